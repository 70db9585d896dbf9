// examples/document/pdf_visual_run.hpp - letters that are read from right to left, in the order to read.
//
// PDF shows characters where they stand, so most programs write Arabic and Hebrew from left to right, the
// last letter first. A run collects such letters and what is between them, and gives them back in the
// other order.
//
//   document::pdf_visual_run run;
//   if (document::is_right_to_left(text) && !run.push(text)) { return no_memory; }
//   run.flush([](std::string_view text) { return true; });
#pragma once

#include "growing_array.hpp"
#include "growing_bytes.hpp"

#include <cstddef>     // std::size_t
#include <cstdint>     // std::uint32_t
#include <string_view> // std::string_view

namespace document {

/// Whether `text`, in UTF-8, begins with a letter of a script that is written from right to left: U+0590
/// to U+08FF but for digits, and the forms of their letters from U+FB1D to U+FDFF and from U+FE70 to
/// U+FEFF.
[[nodiscard]] inline bool is_right_to_left(std::string_view text) noexcept {
  const auto byte = [text](std::size_t i) -> std::uint32_t {
    return i < text.size() ? static_cast<unsigned char>(text[i]) : 0;
  };
  const std::uint32_t first = byte(0);
  const std::uint32_t unit =
      first < 0xE0 ? (first & 0x1FU) << 6U | (byte(1) & 0x3FU)
                   : (first & 0xFU) << 12U | (byte(1) & 0x3FU) << 6U | (byte(2) & 0x3FU);
  if (first < 0xC0 || first >= 0xF0) { return false; }
  const bool is_digit = (unit >= 0x660 && unit < 0x66A) || (unit >= 0x6F0 && unit < 0x6FA);
  return (unit >= 0x590 && unit < 0x900 && !is_digit) || (unit >= 0xFB1D && unit < 0xFE00) ||
         (unit >= 0xFE70 && unit < 0xFEFF);
}

/// See this header's first lines.
class pdf_visual_run {
public:
  [[nodiscard]] bool is_empty() const noexcept { return pieces_.size() == 0; }
  /// Whether `text` may be within a run: it is read from right to left, or is no letter or digit.
  [[nodiscard]] static bool takes(std::string_view text) noexcept {
    const char c = text.front();
    const auto lowered = static_cast<char>(c | 0x20);
    const bool is_plain = static_cast<unsigned char>(c) < 0x80;
    const bool is_word = (lowered >= 'a' && lowered <= 'z') || (c >= '0' && c <= '9');
    return is_plain ? !is_word : is_right_to_left(text);
  }
  /// Adds a character. False: no memory.
  [[nodiscard]] bool push(std::string_view text) noexcept {
    const piece added{static_cast<std::uint32_t>(bytes_.size()),
                      static_cast<std::uint32_t>(text.size())};
    if (!bytes_.append(text) || !pieces_.push(added)) { return false; }
    if (is_right_to_left(text)) { turned_ = pieces_.size(); }
    return true;
  }
  /// Calls `put` with each character, the last letter first, then what is behind the letters, and forgets
  /// them. False when `put` says so.
  template <class Put>
  [[nodiscard]] bool flush(Put put) noexcept {
    const std::size_t count = pieces_.size();
    bool is_good = true;
    for (std::size_t i = 0; i != count; ++i) {
      const piece& p = pieces_[i < turned_ ? turned_ - 1 - i : i];
      is_good = is_good && put(bytes_.text().substr(p.at, p.size));
    }
    pieces_.clear();
    bytes_.clear();
    turned_ = 0;
    return is_good;
  }

private:
  struct piece {
    std::uint32_t at;
    std::uint32_t size;
  };
  growing_bytes bytes_;
  growing_array<piece> pieces_;
  std::size_t turned_ = 0; // as many are up to the last letter
};

} // namespace document
