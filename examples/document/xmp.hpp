// examples/document/xmp.hpp - what a program wrote about a document: XMP.
//
// XMP is XML in a fixed form: descriptions with elements that hold lists. Read are the words of Dublin
// Core: title, description, creator, rights and subject. What is no XML says nothing.
//
//   if (!document::read_xmp(packet, report)) { return no_memory; }
//
// Needs pugixml.hpp on the include path and pugixml.cpp linked.
#pragma once

#include <linmem/bytes.hpp> // linmem::as_bytes
#include <linmem/utf8.hpp>  // linmem::utf8::is_valid

#include <pugixml.hpp>

#include <string_view> // std::string_view

namespace document {

/// Tells `report` the words of `packet`. False: no memory.
template <class Report>
[[nodiscard]] bool read_xmp(std::string_view packet, Report& report) noexcept {
  struct meaning {
    std::string_view name;
    std::string_view key;
  };
  constexpr meaning meanings[]{{"dc:title", "title"},
                               {"dc:description", "description"},
                               {"dc:creator", "author"},
                               {"dc:rights", "copyright"},
                               {"dc:subject", "keywords"}};
  if (!linmem::utf8::is_valid(linmem::as_bytes(packet))) { return true; }
  pugi::xml_document parsed;
  const pugi::xml_parse_result done = parsed.load_buffer(packet.data(), packet.size());
  if (done.status == pugi::status_out_of_memory) { return false; }
  pugi::xml_node root = parsed.document_element();
  if (std::string_view{root.name()} != "rdf:RDF") { root = root.child("rdf:RDF"); }
  for (const pugi::xml_node about : root.children("rdf:Description")) {
    for (const pugi::xml_node property : about.children()) {
      for (const meaning& m : meanings) {
        if (m.name != property.name()) { continue; }
        for (const pugi::xml_node item : property.first_child().children("rdf:li")) {
          if (!report.words(m.key, item.text().get())) { return false; }
        }
      }
    }
  }
  return true;
}

} // namespace document
