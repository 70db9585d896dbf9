// examples/document/docx_text.hpp - the text of a Word document (DOCX), as a transform.
//
// A DOCX file is a ZIP archive of XML. Its body is written, then its footnotes and endnotes: paragraphs
// between blank lines, list items with "- ", a row of a table as a line with tabs between its cells.
// Deleted text, fields' instructions and headers are left out. The directory of an archive is at its
// end: see whole_document.hpp for what that costs; what is unpacked has the limit `longest_part`.
//
//   document::docx_text t;
//   linmem::step_result r = t.step(bytes, out, /*last=*/true);
//
// Needs what zip_archive.hpp and xml_text.hpp need.
#pragma once

#include "whole_document.hpp"
#include "xml_text.hpp" // xml_error
#include "zip_archive.hpp"

#include <linmem/error.hpp> // linmem::error, linmem::errc

#include <pugixml.hpp>

#include <cstddef>     // std::size_t
#include <cstdint>     // std::uint8_t
#include <string_view> // std::string_view

namespace document {

/// See whole_document.
struct docx_parser {
  static constexpr const char* subject = "DOCX document in bytes";    ///< in errors
  static constexpr std::size_t longest = std::size_t{1} << 29U;       ///< bytes
  static constexpr std::size_t longest_part = std::size_t{64} << 20U; ///< bytes of XML: 64 MiB

  /// invalid_data, unsupported; limit_exceeded for nesting and what is unpacked; out_of_memory.
  template <text_sink Sink>
  [[nodiscard]] linmem::error parse(std::string_view document, text_output& out,
                                    Sink& sink) noexcept {
    zip_archive zip;
    if (const linmem::error failed = zip.open(document); failed.code != linmem::errc::none) {
      return failed;
    }
    sink_text<Sink> text{out, sink};
    bool is_body = true;
    for (const char* part : {"word/document.xml", "word/footnotes.xml", "word/endnotes.xml"}) {
      if (is_body || zip.contains(part)) {
        growing_bytes xml;
        linmem::error failed = zip.unpack(part, longest_part, xml);
        if (failed.code == linmem::errc::none) { failed = write_part(part, xml.text(), text); }
        if (failed.code != linmem::errc::none) { return failed; }
      }
      is_body = false;
    }
    return text.finish() ? linmem::error{} : no_memory;
  }

private:
  static constexpr linmem::error no_memory{linmem::errc::out_of_memory, subject, 0, 0};

  // What an element means; by its name without the prefix, which is the author's choice.
  enum class role : std::uint8_t {
    none,
    paragraph,
    item,
    text,
    space,
    line,
    table,
    row,
    cell,
    hidden
  };

  static role role_of(std::string_view name) noexcept {
    struct entry {
      std::string_view name;
      role is;
    };
    static constexpr entry roles[]{
        {"p", role::paragraph},     {"t", role::text},  {"tab", role::space},
        {"br", role::line},         {"cr", role::line}, {"tbl", role::table},
        {"tr", role::row},          {"tc", role::cell}, {"numPr", role::item},
        {"Fallback", role::hidden},
    };
    name.remove_prefix(name.find(':') + 1); // npos + 1 is 0
    for (const entry& e : roles) {
      if (e.name == name) { return e.is; }
    }
    return role::none;
  }

  template <class Text>
  static linmem::error write_part(const char* part, std::string_view xml, Text& text) noexcept {
    pugi::xml_document parsed;
    const pugi::xml_parse_result done =
        parsed.load_buffer(xml.data(), xml.size(), pugi::parse_default | pugi::parse_ws_pcdata);
    if (done.status == pugi::status_out_of_memory) { return no_memory; }
    if (const linmem::error failed = xml_error(part, xml, done);
        failed.code != linmem::errc::none) {
      return failed;
    }
    text.layout.paragraph();
    std::size_t depth = 0;
    for (pugi::xml_node node = parsed.first_child(); node;) {
      const role is = role_of(node.name());
      begin(is, text.layout);
      if (is == role::text && !text.flowing(node.text().get())) { return no_memory; }
      const pugi::xml_node child =
          is == role::hidden || is == role::text ? pugi::xml_node{} : node.first_child();
      if (child) {
        if (++depth > deepest_nesting) { return nesting_error("DOCX nesting in levels"); }
        node = child;
        continue;
      }
      end(is, text.layout);
      while (!node.next_sibling() && depth != 0) {
        node = node.parent();
        --depth;
        end(role_of(node.name()), text.layout);
      }
      node = node.next_sibling();
    }
    return {};
  }

  static void begin(role is, text_layout& layout) noexcept {
    switch (is) {
      case role::paragraph: layout.paragraph(); break;
      case role::item:
        layout.line();
        layout.marker("- ");
        break;
      case role::space: layout.space(); break;
      case role::line: layout.line(); break;
      case role::table: layout.table(); break;
      case role::row: layout.row(); break;
      case role::cell: layout.cell(); break;
      default: break;
    }
  }
  static void end(role is, text_layout& layout) noexcept {
    switch (is) {
      case role::paragraph:
        layout.drop_marker();
        layout.paragraph();
        break;
      case role::table: layout.table(); break;
      case role::row: layout.row(); break;
      case role::cell: layout.end_cell(); break;
      default: break;
    }
  }
};

/// See this header's first lines.
using docx_text = whole_document<docx_parser>;

} // namespace document
