// examples/document/toml_text.hpp - the text of a TOML document, as a transform.
//
// Reads TOML 1.1 strictly (toml_reader.hpp) and writes a line for each value (tree_text.hpp), numbers
// and dates as they are written, each table at the place where it is first named. A table can be
// continued anywhere, so that the whole document is needed: see whole_document.hpp. What is no TOML is
// an error with line and column, and gives no text.
//
//   document::toml_text t;
//   linmem::step_result r =
//       t.step(linmem::as_bytes("a = 1\n[b]\nc = ['x', 2.5]"), out, true);   // "a: 1\nb:\nc:\n- x\n- 2.5\n"
#pragma once

#include "findings.hpp"
#include "growing_bytes.hpp"
#include "toml_reader.hpp"
#include "tree_text.hpp"
#include "whole_document.hpp"

#include <linmem/error.hpp> // linmem::error, linmem::errc

#include <cstddef>     // std::size_t
#include <cstdint>     // std::uint32_t
#include <string_view> // std::string_view

namespace document {

/// See whole_document.
struct toml_parser {
  static constexpr const char* subject = "TOML document in bytes"; ///< in errors
  static constexpr std::size_t longest = std::size_t{1} << 30U;    ///< bytes

  /// invalid_data with line and column; limit_exceeded for nesting; out_of_memory.
  template <text_sink Sink>
  [[nodiscard]] linmem::error parse(std::string_view document, text_output& out,
                                    Sink& sink) noexcept {
    // A null pointer is no text, not even an empty one.
    if (document.empty()) { document = ""; }
    toml_reader toml;
    if (const linmem::error failed = toml.read(document); failed.code != linmem::errc::none) {
      return failed;
    }
    tree_text<Sink> tree{out, sink};
    tree.begin_map();
    for (std::uint32_t at = toml[0].inside.first; at != 0;) {
      const toml_reader::node& node = toml[at];
      bool written = !tree.in_map() || tree.key("", toml.key(node));
      if (node.is_open()) {
        node.is_array() ? tree.begin_list() : tree.begin_map();
      } else {
        written = written && tree.scalar("", toml.text(node));
      }
      if (!written) { return no_memory; }
      if (node.is_open() && node.inside.first != 0) {
        at = node.inside.first;
        continue;
      }
      if (node.is_open()) { tree.end(); }
      while (at != 0 && toml[at].next == 0) {
        at = toml[at].parent;
        tree.end();
      }
      at = toml[at].next;
    }
    return tree.finish() ? linmem::error{} : no_memory;
  }

private:
  static constexpr linmem::error no_memory{linmem::errc::out_of_memory, subject, 0, 0};
};

/// Adds what the table at the top of `document` says to `found`: scalars, and arrays of scalars, under
/// their keys in lower case. Nothing of what is nested deeper; what is no TOML, as "front_matter".
inline void toml_metadata(std::string_view document, findings& found) noexcept {
  toml_reader toml;
  if (toml.read(document).code != linmem::errc::none) {
    found.text("front_matter", document);
    return;
  }
  growing_bytes key;
  for (std::uint32_t at = toml[0].inside.first; at != 0; at = toml[at].next) {
    const toml_reader::node& node = toml[at];
    if (!assign_key(key, toml.key(node))) { return; }
    if (!node.is_open() && node.text.size != 0) { found.text(key.text(), toml.text(node)); }
    if (!node.is_array()) { continue; }
    for (std::uint32_t in = node.inside.first; in != 0; in = toml[in].next) {
      if (!toml[in].is_open()) { found.entry(key.text(), toml.text(toml[in])); }
    }
  }
}

/// See this header's first lines.
using toml_text = whole_document<toml_parser>;

} // namespace document
