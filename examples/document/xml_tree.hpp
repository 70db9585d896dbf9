// examples/document/xml_tree.hpp - the tree of an XML document, checked, and a walk through it.
//
// pugixml takes what the standard does not: bytes that are no UTF-8, references to numbers that are no
// characters, any depth. A tree that load_xml makes has none of these, so that its text can be written
// as it is and walked through.
//
//   pugi::xml_document tree;
//   linmem::error failed = document::load_xml("word/styles.xml", "DOCX nesting in levels", bytes, tree);
//
// Names of elements and attributes are looked at without their prefix, which is the author's choice.
// Needs pugixml.hpp on the include path and pugixml.cpp linked.
#pragma once

#include "whole_document.hpp" // deepest_nesting, nesting_error, syntax_error

#include <linmem/bytes.hpp> // linmem::as_bytes
#include <linmem/error.hpp> // linmem::error, linmem::errc
#include <linmem/utf8.hpp>  // linmem::utf8::is_valid, linmem::utf8::valid_prefix

#include <pugixml.hpp>

#include <cstddef>     // std::size_t
#include <cstdint>     // std::uint8_t, std::uint32_t
#include <string_view> // std::string_view

namespace document {

/// The error of `document`, named `name`, that pugixml parsed as `done` says; code none when it is XML.
/// pugixml takes any bytes for UTF-8, the standard does not.
[[nodiscard]] inline linmem::error xml_error(std::string_view name, std::string_view document,
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

/// What a visitor wants next: the node's children, what follows it, or nothing more.
enum class visit : std::uint8_t { into, past, stop };

/// Calls visitor.enter(node) for `root` and what is in it, in the order of the document, and
/// visitor.leave(node) behind its children. False when the visitor stopped. A loop, whatever the depth.
template <class Visitor>
bool walk(pugi::xml_node root, Visitor& visitor) noexcept {
  for (pugi::xml_node node = root; node;) {
    const visit next = visitor.enter(node);
    if (next == visit::stop) { return false; }
    if (next == visit::into && node.first_child()) {
      node = node.first_child();
      continue;
    }
    for (;;) {
      visitor.leave(node);
      if (node == root) { return true; }
      if (const pugi::xml_node sibling = node.next_sibling()) {
        node = sibling;
        break;
      }
      node = node.parent();
    }
  }
  return true;
}

/// The name without its prefix.
[[nodiscard]] inline std::string_view local_name(std::string_view name) noexcept {
  return name.substr(name.find(':') + 1); // npos + 1 is 0
}
[[nodiscard]] inline std::string_view local_name(pugi::xml_node node) noexcept {
  return local_name(std::string_view{node.name()});
}
/// The first child element called `name`; none when there is none.
[[nodiscard]] inline pugi::xml_node child_of(pugi::xml_node node, std::string_view name) noexcept {
  return node.find_child([&](pugi::xml_node child) { return local_name(child) == name; });
}
/// The value of the attribute called `name`; empty when there is none.
[[nodiscard]] inline std::string_view attribute_of(pugi::xml_node node,
                                                   std::string_view name) noexcept {
  return node.find_attribute([&](pugi::xml_attribute a) { return local_name(a.name()) == name; })
      .value();
}

namespace detail {

// Looks for what pugixml takes and the standard does not.
struct tree_check {
  bool looks_at_text;
  std::size_t depth = 0;
  bool is_too_deep = false;

  visit enter(pugi::xml_node node) noexcept {
    if (node.type() == pugi::node_element && depth++ == deepest_nesting) {
      is_too_deep = true;
      return visit::stop;
    }
    return looks_at_text && !is_text(node) ? visit::stop : visit::into;
  }
  void leave(pugi::xml_node node) noexcept {
    if (node.type() == pugi::node_element) { --depth; }
  }

private:
  static bool is_text(pugi::xml_node node) noexcept {
    const auto is_valid = [](std::string_view text) {
      return linmem::utf8::is_valid(linmem::as_bytes(text));
    };
    for (const pugi::xml_attribute a : node.attributes()) {
      if (!is_valid(a.value())) { return false; }
    }
    return is_valid(node.value());
  }
};

} // namespace detail

/// Makes `tree` of `document`, which is called `name` in errors and may go afterwards: invalid_data with
/// line and column; limit_exceeded, called `levels`, for nesting; out_of_memory. `more` are pugixml's
/// flags beside the default ones.
[[nodiscard]] inline linmem::error load_xml(std::string_view name, const char* levels,
                                            std::string_view document, pugi::xml_document& tree,
                                            unsigned more = 0) noexcept {
  const pugi::xml_parse_result done =
      tree.load_buffer(document.data(), document.size(), pugi::parse_default | more);
  if (done.status == pugi::status_out_of_memory) {
    return {linmem::errc::out_of_memory, "XML in bytes", 0, document.size()};
  }
  if (const linmem::error failed = xml_error(name, document, done);
      failed.code != linmem::errc::none) {
    return failed;
  }
  // Text is what the document says, and valid, unless it says "&#xD800;" or comes from elsewhere.
  detail::tree_check check{done.encoding != pugi::encoding_utf8 ||
                           document.find("&#") != std::string_view::npos};
  if (walk(tree, check)) { return {}; }
  return check.is_too_deep ? nesting_error(levels)
                           : linmem::error{linmem::errc::invalid_data,
                                           "XML: a number that is no character", 0, 0};
}

} // namespace document
