// examples/document/html_name.hpp - the names of tags and attributes, in 24 bytes.
//
// What an html_tokenizer and its sink tell each other: a name as a value that is compared and hashed
// as two numbers, and how the text behind a start tag is to be read. Not for names of custom elements,
// of which it only knows that they are long.
//
//   constexpr document::short_html_name alt{"alt"};
//   if (name == alt) { ... }
#pragma once

#include <bit>         // std::endian
#include <cstdint>     // std::uint8_t, std::uint32_t, std::uint64_t
#include <cstring>     // std::memcpy
#include <string_view> // std::string_view

namespace document {

/// The name of a tag or an attribute, ASCII letters lowered. Longer names than 16 bytes are all one:
/// equal to nothing, themselves included.
class html_name {
public:
  static constexpr std::uint32_t longest = 16; ///< bytes

  constexpr html_name() noexcept = default;
  /// The name `text`, in lower case.
  constexpr explicit html_name(std::string_view text) noexcept {
    for (const char c : text) { add(c); }
  }
  /// Appends a byte, lowered; for U+0000 it appends U+FFFD, as the standard has it in names.
  constexpr void add(char c) noexcept {
    if (c == '\0') {
      for (const char part : {'\xEF', '\xBF', '\xBD'}) { add(part); }
      return;
    }
    const auto byte = static_cast<unsigned char>(c >= 'A' && c <= 'Z' ? c | 0x20 : c);
    if (size_ < 8) {
      low_ |= std::uint64_t{byte} << 8 * size_;
    } else if (size_ < longest) {
      high_ |= std::uint64_t{byte} << 8 * (size_ - 8);
    } else {
      size_ = longest;
    }
    ++size_;
  }
  /// The name of the first `n` of the 8 bytes at `p`, which are letters in lower case or digits.
  static html_name of_lower(const char* p, std::uint32_t n) noexcept {
    static_assert(std::endian::native == std::endian::little);
    html_name made;
    std::memcpy(&made.low_, p, sizeof made.low_);
    made.low_ &= ~std::uint64_t{0} >> (64 - 8 * n);
    made.size_ = n;
    return made;
  }
  /// Length in bytes; 17 for all that are longer than 16.
  [[nodiscard]] constexpr std::uint32_t size() const noexcept { return size_; }
  /// Byte `i` of at most `longest`.
  [[nodiscard]] constexpr char operator[](std::uint32_t i) const noexcept {
    return static_cast<char>((i < 8 ? low_ >> 8 * i : high_ >> 8 * (i - 8)) & 0xFF);
  }
  /// Spreads names over 32 bits.
  [[nodiscard]] constexpr std::uint32_t hash() const noexcept {
    const std::uint64_t mixed = (low_ ^ (high_ << 7 | high_ >> 57)) * 0x9E3779B97F4A7C15U;
    return static_cast<std::uint32_t>(mixed >> 32);
  }
  /// Its first 8 bytes, the first of them lowest, zeros behind it. No name has zeros in it.
  [[nodiscard]] constexpr std::uint64_t low() const noexcept { return low_; }
  /// Bytes 8 to 15, likewise.
  [[nodiscard]] constexpr std::uint64_t high() const noexcept { return high_; }
  friend constexpr bool operator==(const html_name& a, const html_name& b) noexcept {
    return a.low_ == b.low_ && a.high_ == b.high_ && a.size_ == b.size_ && a.size_ <= longest;
  }

private:
  std::uint64_t low_ = 0;
  std::uint64_t high_ = 0;
  std::uint32_t size_ = 0;
};

/// A name of at most 8 bytes, in as many: for tables, and for comparisons with one that is known.
class short_html_name {
public:
  constexpr short_html_name() noexcept = default;
  /// The name `text`, in lower case.
  constexpr explicit short_html_name(std::string_view text) noexcept
      : low_{html_name{text}.low()} {}
  friend constexpr bool operator==(const html_name& a, short_html_name b) noexcept {
    return a.low() == b.low_ && a.high() == 0;
  }

private:
  std::uint64_t low_ = 0;
};

/// How the text behind a start tag is read.
enum class content_model : std::uint8_t {
  data,        ///< markup and references
  rcdata,      ///< references, no markup: title, textarea
  rawtext,     ///< neither: style, xmp, iframe, noembed, noframes
  script_data, ///< neither, and comments hide end tags
  plaintext,   ///< neither, to the end of the input
};

} // namespace document
