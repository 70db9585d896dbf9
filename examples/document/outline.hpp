// examples/document/outline.hpp - title, headings, tables and images, as their text flows by.
//
// What HTML and Markdown tell of a document's structure, and text that is passed on at the same time,
// becomes findings (findings.hpp). Only the heading and the cell that are open are kept, each up to a
// limit; white space collapses. Ask wishes::any() first: it costs a copy of that text.
//
//   document::outline outline;
//   outline.begin_heading(found, 1);
//   outline.text("Chapter  one");
//   outline.end_heading(found);   // {"headings":[{"level":1,"text":"Chapter one"}]}
//
// What is not closed is closed by what cannot lie within it, and by finish().
#pragma once

#include "findings.hpp"
#include "growing_bytes.hpp"
#include "text_layout.hpp"

#include <algorithm>   // std::min
#include <array>       // std::array
#include <cstddef>     // std::size_t
#include <cstdint>     // std::uint16_t, std::uint32_t, std::uint64_t
#include <string_view> // std::string_view

namespace document {

/// Text whose white space collapses, up to a limit: what comes behind it is left out.
class short_text {
public:
  /// Keeps `longest` bytes at most.
  explicit short_text(std::size_t longest) noexcept : longest_{longest} {}

  /// Adds text.
  void add(std::string_view text) noexcept {
    if (!is_whole_) { return; }
    // At most a space comes before it.
    const std::size_t room = std::min(text.size() + 1, longest_ - bytes_.size());
    is_whole_ = bytes_.reserve(room);
    if (!is_whole_) { return; }
    text_output out = bytes_.room();
    out.end = std::min(out.end, out.at + (longest_ - bytes_.size()));
    is_whole_ = layout_.text(text.data(), text.size(), out) == text.size();
    bytes_.commit(out.at);
  }
  /// What follows is parted from what precedes by a space.
  void space() noexcept { layout_.space(); }
  /// Forgets all, and keeps the memory.
  void clear() noexcept {
    layout_ = text_layout{};
    bytes_.clear();
    is_whole_ = true;
  }
  /// What was kept; invalid once more is added.
  [[nodiscard]] std::string_view text() const noexcept { return bytes_.text(); }
  /// False when something was left out, for the limit's sake or for want of memory.
  [[nodiscard]] bool is_whole() const noexcept { return is_whole_; }

private:
  text_layout layout_;
  growing_bytes bytes_;
  std::size_t longest_;
  bool is_whole_ = true;
};

/// `text` without HTML's white space around it.
[[nodiscard]] constexpr std::string_view trimmed(std::string_view text) noexcept {
  while (!text.empty() && is_space(text.front())) { text.remove_prefix(1); }
  while (!text.empty() && is_space(text.back())) { text.remove_suffix(1); }
  return text;
}

/// See this header's first lines. Movable, not copyable.
class outline {
public:
  static constexpr std::size_t longest_heading = std::size_t{4} << 10U; ///< bytes
  static constexpr std::size_t longest_cell = std::size_t{64} << 10U;   ///< bytes
  static constexpr std::size_t spanned_columns = 64; ///< cells further right reach no row below

  /// With `heading_is_title` the first heading of level 1 is the title as well, unless there is one.
  explicit outline(bool heading_is_title = false) noexcept : heading_is_title_{heading_is_title} {}

  /// Text, part of whatever is open.
  void text(std::string_view text) noexcept {
    if (in_heading_) { heading_.add(text); }
    if (in_cell_) { cell_.add(text); }
  }
  /// What follows is parted from what precedes by a space: a line or a block ends.
  void space() noexcept {
    heading_.space();
    cell_.space();
  }

  /// A heading begins, of `level` 1 to 6; 0 is the title.
  void begin_heading(findings& found, std::uint32_t level) noexcept {
    end_heading(found);
    in_heading_ = found.wanted().metadata;
    level_ = level;
    heading_.clear();
  }
  /// The heading ends. Without text it leaves no trace.
  void end_heading(findings& found) noexcept {
    if (!in_heading_) { return; }
    in_heading_ = false;
    if (!heading_.is_whole()) { found.truncate(); }
    const std::string_view text = heading_.text();
    if (text.empty()) { return; }
    if (level_ == 0 || (level_ == 1 && heading_is_title_)) { found.text("title", text); }
    if (level_ != 0) { found.heading(level_, text); }
  }

  /// A table begins, at `position` in bytes of text. Of tables within tables the innermost are
  /// found: what holds them is there for its looks.
  void begin_table(findings& found, std::uint64_t position) noexcept {
    in_table_ = found.wanted().items;
    in_cell_ = has_rows_ = row_has_cell_ = false;
    position_ = position;
    reaching_ = {};
    column_ = 0;
    cell_.clear();
  }
  /// The table's name follows, before its first cell.
  void begin_caption() noexcept {
    if (has_rows_) { return; }
    in_cell_ = in_table_;
    cell_.clear();
  }
  /// And ends.
  void end_caption() noexcept { in_cell_ = in_cell_ && has_rows_; }
  /// A cell begins, over so many columns and rows.
  void begin_cell(findings& found, std::uint32_t columns = 1, std::uint32_t rows = 1) noexcept {
    if (!in_table_) { return; }
    end_cell(found);
    if (!has_rows_) { found.begin_table(cell_.text(), position_); }
    has_rows_ = row_has_cell_ = in_cell_ = true;
    columns_ = columns;
    rows_ = rows;
    cell_.clear();
  }
  /// The cell ends.
  void end_cell(findings& found) noexcept {
    if (!in_cell_) { return; }
    in_cell_ = false;
    if (!has_rows_) { return; } // the caption
    if (!cell_.is_whole()) { found.truncate(); }
    pass_reached(found);
    found.cell(cell_.text());
    for (std::uint32_t i = 0; i != columns_; ++i, ++column_) {
      if (i != 0) { found.cell({}); }
      if (column_ < spanned_columns) { reaching_[column_] = static_cast<std::uint16_t>(rows_ - 1); }
    }
  }
  /// The row ends.
  void end_row(findings& found) noexcept {
    end_cell(found);
    if (!row_has_cell_) { return; }
    row_has_cell_ = false;
    pass_reached(found);
    column_ = 0;
    found.end_row();
  }
  /// The table ends. Without a cell it leaves no trace.
  void end_table(findings& found) noexcept {
    if (!in_table_) { return; }
    end_row(found);
    in_table_ = false;
    if (has_rows_) { found.end_table(); }
    has_rows_ = false;
  }

  /// An image at `position` in bytes of text: its address, and the text in its stead. One that lies
  /// in the address itself (data:, in base64) is an item; `source` is used to decode it.
  void image(findings& found, growing_bytes& source, std::string_view text,
             std::uint64_t position) noexcept {
    constexpr std::string_view scheme = "data:";
    std::string_view address = trimmed(source.text());
    if (!address.starts_with(scheme)) {
      if (!address.empty()) { found.picture(address, text); }
      return;
    }
    const std::size_t head = std::min(address.find(','), address.size());
    const std::size_t type = std::min(address.find(';'), head);
    found.picture(address.substr(0, type), text);
    if (!found.wanted().items || !address.substr(0, head).ends_with(";base64")) { return; }
    const std::size_t from = static_cast<std::size_t>(address.data() - source.text().data());
    const std::string_view bytes = decoded(source, from + head + 1, from + address.size());
    if (bytes.empty()) { return; }
    found.image(text, address.substr(scheme.size(), type - scheme.size()), position,
                linmem::as_bytes(bytes));
  }

  /// Nothing follows: closes what is open.
  void finish(findings& found) noexcept {
    end_heading(found);
    end_table(found);
  }

private:
  // Cells that lie above and reach into this row, from where it is on.
  void pass_reached(findings& found) noexcept {
    for (; column_ < spanned_columns && reaching_[column_] != 0; ++column_) {
      --reaching_[column_];
      found.cell({});
    }
  }
  static std::uint32_t base64_value(char c) noexcept { // 64: no digit
    if (c >= 'A' && c <= 'Z') { return static_cast<std::uint32_t>(c - 'A'); }
    if (c >= 'a' && c <= 'z') { return static_cast<std::uint32_t>(c - 'a' + 26); }
    if (c >= '0' && c <= '9') { return static_cast<std::uint32_t>(c - '0' + 52); }
    return c == '+' ? 62 : c == '/' ? 63 : 64;
  }
  // The bytes that [at, end) of `source` stands for, written over it; none when it is no base64.
  static std::string_view decoded(growing_bytes& source, std::size_t at, std::size_t end) noexcept {
    const std::size_t begin = at;
    std::size_t size = 0;
    std::uint32_t bits = 0;
    std::uint32_t held = 0; // of `bits`
    for (; at < end && source.text()[at] != '='; ++at) {
      if (is_space(source.text()[at])) { continue; }
      const std::uint32_t value = base64_value(source.text()[at]);
      if (value == 64) { return {}; }
      bits = bits << 6U | value;
      held += 6;
      if (held < 8) { continue; }
      held -= 8;
      const char byte = static_cast<char>(bits >> held & 0xFFU);
      source.replace(begin + size++, {&byte, 1});
    }
    return source.text().substr(begin, size);
  }

  short_text heading_{longest_heading};
  short_text cell_{longest_cell};                         // or the caption
  std::array<std::uint16_t, spanned_columns> reaching_{}; // rows that the cell above reaches down
  std::uint64_t position_ = 0;                            // of the table
  std::uint32_t level_ = 0;
  std::uint32_t column_ = 0;
  std::uint32_t columns_ = 1; // of the cell
  std::uint32_t rows_ = 1;
  bool heading_is_title_;
  bool in_heading_ = false;
  bool in_table_ = false;
  bool in_cell_ = false;
  bool has_rows_ = false;
  bool row_has_cell_ = false;
};

} // namespace document
