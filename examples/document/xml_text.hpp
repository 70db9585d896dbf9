// examples/document/xml_text.hpp - the text of an XML document, as a transform.
//
// Parses with pugixml and writes the text of elements, entities and CDATA sections: an element is a
// line of its own where its parent holds elements only, and flows with the text where there is some.
// Attributes, comments and processing instructions leave no trace. UTF-8, UTF-16 and UTF-32 are told
// apart as the standard says, and Latin-1 by its declaration. The parser needs the whole document: see
// whole_document.hpp. Only the five entities of the standard are replaced, so that none can explode.
//
//   document::xml_text t;
//   linmem::step_result r =
//       t.step(linmem::as_bytes("<a><b>x <i>y</i></b><b>z &lt;</b></a>"), out, true);   // "x y\nz <\n"
//
// What is no XML is an error with line and column, and gives no text. Needs pugixml.hpp on the include
// path and pugixml.cpp linked.
#pragma once

#include "whole_document.hpp"

#include <linmem/bytes.hpp> // linmem::as_bytes
#include <linmem/error.hpp> // linmem::error, linmem::errc
#include <linmem/utf8.hpp>  // linmem::utf8::valid_prefix

#include <pugixml.hpp>

#include <bitset>      // std::bitset
#include <cstddef>     // std::size_t
#include <cstdint>     // std::uint32_t
#include <string_view> // std::string_view

namespace document {

/// The error of `document`, named `name`, that pugixml parsed as `done` says; code none when it is XML.
/// pugixml takes any bytes for UTF-8, the standard does not.
[[nodiscard]] inline linmem::error xml_error(const char* name, std::string_view document,
                                             const pugi::xml_parse_result& done) noexcept {
  const char* what = done.description();
  auto offset = static_cast<std::size_t>(done.offset);
  if (done) {
    if (done.encoding != pugi::encoding_utf8) { return {}; }
    offset = linmem::utf8::valid_prefix(linmem::as_bytes(document));
    if (offset == document.size()) { return {}; }
    what = "Bytes that are not UTF-8";
  }
  // The offset counts bytes of the document in UTF-8, whatever its encoding.
  const auto is = [&](pugi::xml_encoding encoding) { return done.encoding == encoding; };
  const bool wide = is(pugi::encoding_utf32_le) || is(pugi::encoding_utf32_be);
  const bool half = is(pugi::encoding_utf16_le) || is(pugi::encoding_utf16_be);
  const bool swapped = is(pugi::encoding_utf32_be) || is(pugi::encoding_utf16_be);
  const std::size_t unit = wide ? 4 : half ? 2 : 1;
  std::uint32_t line = 1;
  std::uint32_t column = 1;
  for (std::size_t at = 0, seen = 0; seen < offset && document.size() - at >= unit; at += unit) {
    std::uint32_t code = 0;
    for (std::size_t i = 0; i != unit; ++i) {
      const std::size_t k = swapped ? i : unit - 1 - i;
      code = code << 8U | static_cast<unsigned char>(document[at + k]);
    }
    const bool is_surrogate = half && code >= 0xD800 && code <= 0xDFFF;
    seen += unit == 1 || code < 0x80       ? 1U
            : code < 0x800 || is_surrogate ? 2U
            : code < 0x10000               ? 3U
                                           : 4U;
    const bool goes_on =
        unit == 1 ? (code & 0xC0U) == 0x80 : half && code >= 0xDC00 && code <= 0xDFFF;
    column = code == '\n' ? 1 : column + (goes_on ? 0 : 1);
    line += code == '\n' ? 1 : 0;
  }
  return syntax_error(name, line, column, what);
}

/// See whole_document.
struct xml_parser {
  static constexpr const char* subject = "XML document in bytes"; ///< in errors
  static constexpr std::size_t longest = std::size_t{1} << 29U;   ///< bytes

  /// invalid_data with line and column; limit_exceeded for nesting; out_of_memory.
  template <text_sink Sink>
  [[nodiscard]] linmem::error parse(std::string_view document, text_output& out,
                                    Sink& sink) noexcept {
    pugi::xml_document parsed;
    const pugi::xml_parse_result done = parsed.load_buffer(document.data(), document.size());
    if (done.status == pugi::status_out_of_memory) { return no_memory; }
    if (const linmem::error failed = xml_error("XML", document, done);
        failed.code != linmem::errc::none) {
      return failed;
    }
    return write(parsed, out, sink);
  }

private:
  static constexpr linmem::error no_memory{linmem::errc::out_of_memory, subject, 0, 0};

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
          if (depth == deepest_nesting) { return nesting_error("XML nesting in levels"); }
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
