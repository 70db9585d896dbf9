// examples/document/tree_text.hpp - keys, values and lists as lines of text.
//
// What JSON, YAML and TOML have in common is a tree of maps, lists and scalars. A tree_text is told of
// it in document order and writes a line for each scalar: "key: value" in a map, "- value" in a list. A
// key whose value is a map or a list stands on a line of its own. As lists elsewhere, nesting is not
// indented, so that the text is never longer than the document by more than a factor.
//
//   document::tree_text<Sink> tree{out, sink};
//   tree.begin_map(); tree.key("", "a"); tree.begin_list(); tree.scalar("", "1"); tree.end(); tree.end();
//   // "a:\n- 1\n"
#pragma once

#include "whole_document.hpp" // deepest_nesting, sink_text, text_sink

#include <bitset>      // std::bitset
#include <cstddef>     // std::size_t
#include <string_view> // std::string_view

namespace document {

/// See this header's first lines. What returns false has met the end of the sink's room.
template <text_sink Sink>
class tree_text {
public:
  /// Writes to `out`, then to the room of `sink`.
  tree_text(text_output& out, Sink& sink) noexcept : text_{out, sink} {}

  /// Maps and lists that are open.
  [[nodiscard]] std::size_t depth() const noexcept { return depth_; }
  /// True when one more may begin.
  [[nodiscard]] bool may_nest() const noexcept { return depth_ != deepest_nesting; }

  /// True when what began last, and has not ended, is a map.
  [[nodiscard]] bool in_map() const noexcept { return depth_ != 0 && !is_list_[depth_ - 1]; }

  /// Begins a map or a list; the caller has asked may_nest().
  void begin_map() noexcept { begin(false); }
  void begin_list() noexcept { begin(true); }
  /// Ends what began last.
  void end() noexcept {
    --depth_;
    text_.layout.drop_marker();
    text_.layout.line();
  }
  /// The key of the value that follows, behind a `prefix` that belongs to the format.
  [[nodiscard]] bool key(std::string_view prefix, std::string_view name) noexcept {
    text_.layout.line();
    if (!text_.flowing(prefix) || !text_.flowing(name) || !text_.flowing(":")) { return false; }
    text_.layout.space();
    return true;
  }
  /// A value that is neither map nor list.
  [[nodiscard]] bool scalar(std::string_view prefix, std::string_view value) noexcept {
    mark_item();
    return text_.flowing(prefix) && text_.verbatim(value);
  }
  /// Another tree begins, behind a blank line.
  void separate() noexcept { text_.layout.paragraph(); }
  /// Nothing follows.
  [[nodiscard]] bool finish() noexcept { return text_.finish(); }

private:
  void begin(bool list) noexcept {
    mark_item();
    is_list_[depth_++] = list;
  }
  void mark_item() noexcept {
    if (depth_ != 0 && is_list_[depth_ - 1]) {
      text_.layout.line();
      text_.layout.marker("- ");
    }
  }

  sink_text<Sink> text_;
  std::bitset<deepest_nesting> is_list_;
  std::size_t depth_ = 0;
};

} // namespace document
