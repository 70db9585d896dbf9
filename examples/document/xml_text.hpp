// examples/document/xml_text.hpp - the text of an XML document, as a transform.
//
// Parses with pugixml and writes the text of elements, entities and CDATA sections: an element is a
// line of its own where its parent holds elements only, and flows with the text where there is some.
// Attributes, comments and processing instructions leave no trace. UTF-8, UTF-16 and UTF-32 are told
// apart as the standard says, and Latin-1 by its declaration. The parser needs the whole document: see
// whole_document.hpp. Only the five entities of the standard are replaced, so that none can explode.
// Found besides (findings.hpp): title and language, of the root or its head (RSS: channel; DocBook: info).
//
//   document::xml_text t;
//   linmem::step_result r =
//       t.step(linmem::as_bytes("<a><b>x <i>y</i></b><b>z &lt;</b></a>"), out, true);   // "x y\nz <\n"
//
// What is no XML is an error with line and column, and gives no text. Needs pugixml.hpp on the include
// path and pugixml.cpp linked.
#pragma once

#include "findings.hpp"
#include "outline.hpp"
#include "whole_document.hpp"
#include "xml_tree.hpp"

#include <linmem/error.hpp> // linmem::error, linmem::errc

#include <pugixml.hpp>

#include <bitset>      // std::bitset
#include <cstddef>     // std::size_t
#include <string_view> // std::string_view

namespace document {

/// See whole_document.
struct xml_parser {
  static constexpr const char* subject = "XML document in bytes"; ///< in errors
  static constexpr std::size_t longest = std::size_t{1} << 29U;   ///< bytes

  /// invalid_data with line and column; limit_exceeded for nesting; out_of_memory.
  template <text_sink Sink>
  [[nodiscard]] linmem::error parse(std::string_view document, text_output& out, Sink& sink,
                                    findings& found) noexcept {
    pugi::xml_document tree;
    const linmem::error failed = load_xml("XML", "XML nesting in levels", document, tree);
    if (failed.code != linmem::errc::none) { return failed; }
    if (found.wanted().metadata) { describe(tree.document_element(), found); }
    return write(tree, out, sink);
  }

private:
  static constexpr linmem::error no_memory{linmem::errc::out_of_memory, subject, 0, 0};

  // Tells an outline all text.
  struct gatherer {
    outline& to;

    visit enter(pugi::xml_node node) noexcept {
      to.text(node.value());
      return visit::into;
    }
    void leave(pugi::xml_node) noexcept {}
  };
  // Title and language of the root, or of the element in it that is there to say them.
  static void describe(pugi::xml_node root, findings& found) noexcept {
    const pugi::xml_node head = root.find_child([](pugi::xml_node child) {
      const std::string_view name = local_name(child);
      return name == "channel" || name == "head" || name.ends_with("info");
    });
    outline titles;
    gatherer gathered{titles};
    for (const pugi::xml_node described : {root, head}) {
      titles.begin_heading(found, 0);
      if (const pugi::xml_node title = child_of(described, "title")) { walk(title, gathered); }
      titles.end_heading(found);
      for (const std::string_view language :
           {attribute_of(described, "lang"),
            std::string_view{child_of(described, "language").text().get()}}) {
        if (!language.empty()) { found.text("language", language); }
      }
    }
  }

  template <class Sink>
  static linmem::error write(pugi::xml_node root, text_output& out, Sink& sink) noexcept {
    sink_text<Sink> text{out, sink};
    std::bitset<deepest_nesting + 1> flows; // by depth: the element holds text
    std::size_t depth = 0;
    // Down to the first child, else on to the next sibling, else up: a loop, whatever the depth.
    for (pugi::xml_node node = root.first_child(); node;) {
      if (node.type() == pugi::node_element) {
        if (!flows[depth]) { text.layout.line(); }
        if (const pugi::xml_node child = node.first_child()) {
          flows[++depth] = holds_text(node);
          node = child;
          continue;
        }
      } else if (is_text(node) && !text.flowing(node.value())) {
        return no_memory;
      }
      while (!node.next_sibling() && depth != 0) {
        node = node.parent();
        if (!flows[--depth]) { text.layout.line(); }
      }
      node = node.next_sibling();
    }
    return text.finish() ? linmem::error{} : no_memory;
  }
  static bool is_text(pugi::xml_node node) noexcept {
    return node.type() == pugi::node_pcdata || node.type() == pugi::node_cdata;
  }
  static bool holds_text(pugi::xml_node node) noexcept {
    for (const pugi::xml_node child : node.children()) {
      if (is_text(child)) { return true; }
    }
    return false;
  }
};

/// See this header's first lines.
using xml_text = whole_document<xml_parser>;

} // namespace document
