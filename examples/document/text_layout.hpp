// examples/document/text_layout.hpp - flowing text into plain lines.
//
// What HTML and Markdown become is the same plain text: white space collapses to one space, blocks
// are lines with at most one blank line between them, list items begin with a marker, cells of a row
// are parted by tabs. A text_layout is told text and structure in document order and writes that text
// into whatever room there is, whole UTF-8 sequences only; what does not fit yet is told again.
// Not for markup: it knows no tags.
//
//   document::text_layout layout;
//   document::text_output out{buffer, buffer + size};
//   layout.paragraph();
//   std::size_t taken = layout.text(words, length, out);   // less than length: out is full
//
// A separator is written only before text that follows it, so none is ever at the beginning, at the
// end, or doubled. The state is of fixed size.
#pragma once

#include "scan.hpp"

#include <linmem/utf8.hpp> // linmem::utf8::complete_prefix

#include <algorithm>   // std::copy, std::max
#include <array>       // std::array
#include <cstddef>     // std::byte, std::size_t
#include <cstdint>     // std::int64_t, std::uint32_t, std::uint64_t
#include <span>        // std::as_bytes
#include <string_view> // std::string_view

namespace document {

/// Room to write text to: [at, end). Writing moves `at`.
struct text_output {
  char* at;  ///< next byte to write
  char* end; ///< behind the last

  /// Bytes left.
  [[nodiscard]] std::size_t room() const noexcept { return static_cast<std::size_t>(end - at); }
};

/// HTML's white space: tab, line feed, form feed, carriage return, space.
[[nodiscard]] constexpr bool is_space(char c) noexcept {
  return c == ' ' || c == '\n' || c == '\t' || c == '\r' || c == '\f';
}

/// See this header's first lines.
class text_layout {
public:
  /// What follows begins on a new line; within a table cell, behind a space.
  void line() noexcept { break_lines(1); }
  /// What follows begins behind a blank line; within a table cell, behind a space.
  void paragraph() noexcept { break_lines(2); }
  /// What follows is parted from what precedes by at least a space.
  void space() noexcept { space_ = pending_ = true; }

  /// The line that follows begins with `marker`, for example "- ". Forgotten when no text comes
  /// before drop_marker() or the next marker. Of a marker longer than 16 bytes the rest is left out.
  void marker(std::string_view marker) noexcept {
    drop_marker();
    extend_marker(marker);
  }
  /// The same for a number and `delimiter`, for example "12. ".
  void number_marker(std::int64_t number, char delimiter) noexcept {
    std::array<char, 16> digits{};
    std::size_t at = digits.size();
    digits[--at] = ' ';
    digits[--at] = delimiter;
    auto rest = static_cast<std::uint64_t>(number < 0 ? -number : number);
    do {
      digits[--at] = static_cast<char>('0' + rest % 10);
      rest /= 10;
    } while (rest != 0 && at > 1);
    if (number < 0) { digits[--at] = '-'; }
    marker({digits.data() + at, digits.size() - at});
  }
  /// Appends to the marker, for example "[x] ".
  void extend_marker(std::string_view more) noexcept {
    for (const char c : more) {
      if (marker_size_ != marker_.size()) { marker_[marker_size_++] = c; }
    }
    pending_ = true;
  }
  /// Forgets a marker that has no text yet: an empty item leaves no trace.
  void drop_marker() noexcept { marker_at_ = marker_size_ = 0; }

  /// A table begins or ends. Rows of a table within a cell are lines of their own.
  void table() noexcept {
    in_cell_ = row_has_cell_ = false;
    paragraph();
  }
  /// A row begins or ends.
  void row() noexcept {
    in_cell_ = row_has_cell_ = false;
    line();
  }
  /// A cell begins: behind a tab, unless it is the row's first.
  void cell() noexcept {
    if (row_has_cell_) { ++tabs_; }
    row_has_cell_ = in_cell_ = pending_ = true;
  }
  /// A cell ends.
  void end_cell() noexcept { in_cell_ = false; }

  /// Writes text whose white space collapses. Returns how many of the `size` bytes at `text` are
  /// done with; less than `size` when `out` has no room for what comes next.
  [[nodiscard]] std::size_t text(const char* text, std::size_t size, text_output& out) noexcept {
    const char* p = text;
    const char* const end = text + size;
    while (p != end) {
      if (is_space(*p)) {
        while (++p != end && is_space(*p)) {}
        space();
        continue;
      }
      if (pending_ && !write_pending(out)) { break; }
      const std::size_t n = fitting(p, end, out);
      if (n == 0) { break; }
      p = copy_words(p, p + n, out);
    }
    return static_cast<std::size_t>(p - text);
  }

  /// The same for text whose white space is kept. Empty lines at its beginning and end are not.
  [[nodiscard]] std::size_t verbatim(const char* text, std::size_t size,
                                     text_output& out) noexcept {
    const char* p = text;
    const char* const end = text + size;
    while (p != end) {
      if (*p == '\n') {
        if (!broken_ && started_) { ++lines_; }
        space_ = false;
        pending_ = true;
        ++p;
        continue;
      }
      if (pending_ && !write_pending(out)) { break; }
      std::size_t n = fitting(p, end, out);
      if (n == 0) { break; }
      n = static_cast<std::size_t>(find_any<'\n'>(p, p + n) - p);
      out.at = std::copy(p, p + n, out.at);
      p += n;
    }
    return static_cast<std::size_t>(p - text);
  }

  /// Ends the text: with a line feed, unless there is none. False when `out` is full; call again.
  [[nodiscard]] bool finish(text_output& out) noexcept {
    if (!started_ || finished_) { return true; }
    if (out.room() == 0) { return false; }
    *out.at++ = '\n';
    return finished_ = true;
  }

private:
  void break_lines(std::uint32_t count) noexcept {
    pending_ = true;
    if (in_cell_) {
      space_ = true;
      return;
    }
    // Line feeds that ended verbatim text are part of the separator, not added to it.
    lines_ = broken_ ? std::max(lines_, count) : count;
    broken_ = true;
    space_ = false;
    tabs_ = 0;
  }

  // Can be interrupted anywhere: what is written is taken off what is pending.
  [[nodiscard]] bool write_pending(text_output& out) noexcept {
    if (!started_) {
      lines_ = 0;
      space_ = false;
      started_ = true;
    }
    if (lines_ != 0 || tabs_ != 0) { space_ = false; }
    const auto put = [&](char c) {
      if (out.room() == 0) { return false; }
      *out.at++ = c;
      return true;
    };
    for (; lines_ != 0; --lines_) {
      if (!put('\n')) { return false; }
    }
    for (; tabs_ != 0; --tabs_) {
      if (!put('\t')) { return false; }
    }
    if (space_ && !put(' ')) { return false; }
    space_ = false;
    for (; marker_at_ != marker_size_; ++marker_at_) {
      if (!put(marker_[marker_at_])) { return false; }
    }
    marker_at_ = marker_size_ = 0;
    broken_ = pending_ = false;
    return true;
  }

  // How many of the bytes can be written as whole sequences.
  [[nodiscard]] static std::size_t fitting(const char* p, const char* end,
                                           const text_output& out) noexcept {
    const auto size = static_cast<std::size_t>(end - p);
    if (size <= out.room()) { return size; }
    return linmem::utf8::complete_prefix(std::as_bytes(std::span{p, out.room()}));
  }

  // Copies up to the first white space that is more than a single space between words, or a space
  // at the end: whether that one stays is not known yet. There is room for all.
  static const char* copy_words(const char* p, const char* end, text_output& out) noexcept {
    char* at = out.at;
#if LINMEM_DOCUMENT_BLOCKS
    constexpr auto step = static_cast<std::ptrdiff_t>(byte_block::size);
    while (end - p >= step) {
      const byte_block block{p};
      const std::uint32_t blanks = block.any<' '>();
      const std::uint32_t other = block.any<'\n', '\t', '\r', '\f'>();
      const std::uint32_t stop = other | (blanks & ((blanks | other) >> 1U | 0x8000U));
      block.store(at); // what is too much is written over
      if (stop == 0) {
        p += step;
        at += step;
        continue;
      }
      const int n = std::countr_zero(stop);
      p += n;
      at += n;
      // The block may only have ended at a space between two words.
      if (n == step - 1 && *p == ' ' && end - p >= 2 && !is_space(p[1])) {
        *at++ = *p++;
        continue;
      }
      out.at = at;
      return p;
    }
#endif
    for (; p != end; ++p) {
      if (is_space(*p) && (*p != ' ' || end - p == 1 || is_space(p[1]))) { break; }
      *at++ = *p;
    }
    out.at = at;
    return p;
  }

  std::array<char, 16> marker_{};
  std::uint32_t marker_at_ = 0;
  std::uint32_t marker_size_ = 0;
  std::uint32_t lines_ = 0; // line feeds to write before the next text
  std::uint32_t tabs_ = 0;  // tabs to write behind them
  bool space_ = false;      // a space to write, unless a line or a tab is
  bool pending_ = true;     // any of these may be wanted
  bool broken_ = false;     // lines_ comes from a block, not from verbatim text
  bool started_ = false;    // something was written
  bool finished_ = false;
  bool in_cell_ = false;
  bool row_has_cell_ = false;
};

} // namespace document
