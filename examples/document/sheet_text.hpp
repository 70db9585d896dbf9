// examples/document/sheet_text.hpp - the rows of a spreadsheet as text, and as tables.
//
// What XLSX and ODS become: the name of a sheet on a line, then a line for each row that has something,
// with tabs between its cells. Cells that are empty cost nothing: a row without any other is no line,
// what follows the last cell of a row is not there, and between two cells, or before the first one, at
// most `widest_gap` empty ones become tabs; a wider gap is as one empty cell. Each sheet is a table of
// the stream's items, by the same rules. A text of more than `longest_text` is an error, since a few
// bytes can ask for any number of cells.
//
//   document::sheet_text sheets{package, text, found};
//   sheets.begin("Prices");
//   if (!sheets.cell(0, "apples") || !sheets.cell(2, "1.5")) { return package.failure(); }   // columns
//   sheets.end_row();
//   sheets.end();   // "Prices\napples\t\t1.5\n"
#pragma once

#include "office_package.hpp"
#include "whole_document.hpp" // sink_text, text_keeper

#include <linmem/error.hpp> // linmem::error, linmem::errc

#include <algorithm>   // std::all_of, std::min
#include <cstddef>     // std::size_t
#include <cstdint>     // std::uint32_t, std::uint64_t
#include <limits>      // std::numeric_limits
#include <string_view> // std::string_view

namespace document {

/// The number that `digits` are, at most the greatest there is; `otherwise` when they are none.
[[nodiscard]] constexpr std::uint32_t number_of(std::string_view digits,
                                                std::uint32_t otherwise) noexcept {
  constexpr std::uint64_t most = std::numeric_limits<std::uint32_t>::max();
  std::uint64_t number = 0;
  for (const char c : digits) {
    if (c < '0' || c > '9') { return otherwise; }
    number = std::min(most, number * 10 + static_cast<std::uint64_t>(c - '0'));
  }
  return digits.empty() ? otherwise : static_cast<std::uint32_t>(number);
}

/// True when `text` shows nothing.
[[nodiscard]] inline bool is_blank(std::string_view text) noexcept {
  return std::all_of(text.begin(), text.end(), is_space);
}

/// See this header's first lines.
class sheet_text {
public:
  static constexpr std::uint64_t widest_gap = 64; ///< empty cells between two that are not
  static constexpr std::uint64_t longest_text = std::uint64_t{64} << 20U; ///< bytes: 64 MiB

  /// All of it is referred to.
  sheet_text(office_package& package, sink_text<text_keeper>& text, findings& found) noexcept
      : package_{package}, text_{text}, found_{found} {}

  /// Begins a sheet. False, like what follows, when failure() of the package is set.
  [[nodiscard]] bool begin(std::string_view name) noexcept {
    found_.entry("sheets", name);
    text_.layout.paragraph();
    if (!text_.flowing(name)) { return package_.fail_for_memory(); }
    text_.layout.line();
    found_.begin_table(name, text_.position());
    return true;
  }
  /// The cell in `column`, from 0, of a row; a cell without text is passed over.
  [[nodiscard]] bool cell(std::uint64_t column, std::string_view text) noexcept {
    if (is_blank(text)) { return true; }
    if (next_ == 0) { text_.layout.row(); }
    const std::uint64_t gap = column > next_ ? column - next_ : 0;
    for (std::uint64_t i = gap > widest_gap ? 1 : gap; i != 0; --i) {
      text_.layout.cell();
      text_.layout.end_cell();
      found_.cell("");
    }
    text_.layout.cell();
    const std::uint64_t size = text_.position() + text.size();
    if (size > longest_text) {
      return package_.fail(
          {linmem::errc::limit_exceeded, "text of a spreadsheet in bytes", longest_text, size});
    }
    if (!text_.flowing(text)) { return package_.fail_for_memory(); }
    text_.layout.end_cell();
    found_.cell(text);
    next_ = next_ + gap + 1;
    return true;
  }
  /// Ends a row.
  void end_row() noexcept {
    if (next_ != 0) { found_.end_row(); }
    text_.layout.row();
    next_ = 0;
  }
  /// Ends the sheet.
  void end() noexcept { found_.end_table(); }

private:
  office_package& package_;
  sink_text<text_keeper>& text_;
  findings& found_;
  std::uint64_t next_ = 0; // column, of this row
};

} // namespace document
