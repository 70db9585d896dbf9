// examples/document/pdf_code_map.hpp - how long the codes of a PDF font are, and which characters of the
// font they choose.
//
// For fonts of many characters (Type 0) that bring a map of their own (a CMap); without one, codes have
// two bytes and are the characters' numbers.
//
//   document::pdf_code_map map;
//   if (!map.read("1 begincodespacerange <00> <80> endcodespacerange")) { return no_memory; }
//   map.size_of("Abc");      // 1
//   map.character(0x41);     // 0x41
#pragma once

#include "growing_array.hpp"
#include "pdf_object.hpp"

#include <algorithm>   // std::min, std::sort, std::upper_bound
#include <cstddef>     // std::size_t
#include <cstdint>     // std::uint32_t
#include <string_view> // std::string_view

namespace document {

/// The number that the hexadecimal digits of `value` are, "<0041>" for example; its last eight count.
[[nodiscard]] inline std::uint32_t pdf_code_of(std::string_view value) noexcept {
  std::uint32_t code = 0;
  for (const char c : value) {
    if (const std::uint32_t digit = pdf::hex_digit(c); digit != 16) { code = code << 4U | digit; }
  }
  return code;
}

/// See this header's first lines.
class pdf_code_map {
public:
  /// Reads what `map` says of codes. False: no memory.
  [[nodiscard]] bool read(std::string_view map) noexcept {
    pdf_lexer lexer{map};
    enum class part { none, sizes, characters, ranges } is = part::none;
    for (std::string_view token = lexer.token(); !token.empty(); token = lexer.token()) {
      if (token == "begincodespacerange") { is = part::sizes; }
      if (token == "begincidchar") { is = part::characters; }
      if (token == "begincidrange") { is = part::ranges; }
      if (token.starts_with("end")) { is = part::none; }
      if (!token.starts_with('<') || is == part::none) { continue; }
      const std::uint32_t low = pdf_code_of(token);
      const std::uint32_t high = is == part::characters ? low : pdf_code_of(lexer.token());
      if (is == part::sizes) {
        const std::size_t size = std::min<std::size_t>((token.size() - 1) / 2, 4);
        if (sizes_.size() < most_sizes && !sizes_.push({low, high, size})) { return false; }
      } else if (!characters_.push({low, high, pdf_count(lexer.token(), 0xFFFF)})) {
        return false;
      }
    }
    std::sort(characters_.begin(), characters_.end(),
              [](const range& a, const range& b) { return a.low < b.low; });
    return true;
  }
  /// How many bytes of `codes`, which are not empty, are the next code.
  [[nodiscard]] std::size_t size_of(std::string_view codes) const noexcept {
    std::uint32_t code = 0;
    for (std::size_t size = 1; size <= std::min<std::size_t>(4, codes.size()); ++size) {
      code = code << 8U | static_cast<unsigned char>(codes[size - 1]);
      for (std::size_t i = 0; i != sizes_.size(); ++i) {
        if (sizes_[i].value == size && is_within(code, sizes_[i])) { return size; }
      }
    }
    return std::min<std::size_t>(2, codes.size());
  }
  /// The number of the character that `code` chooses.
  [[nodiscard]] std::uint32_t character(std::uint32_t code) noexcept {
    const range* const behind =
        std::upper_bound(characters_.begin(), characters_.end(), code,
                         [](std::uint32_t c, const range& r) { return c < r.low; });
    if (behind == characters_.begin() || behind[-1].high < code) { return code; }
    return static_cast<std::uint32_t>(behind[-1].value) + (code - behind[-1].low);
  }

private:
  static constexpr std::size_t most_sizes = 100; // as many as a map may have in one group
  struct range {
    std::uint32_t low;
    std::uint32_t high;
    std::size_t value; // bytes of a code, or the character that the first of them chooses
  };
  // A range of codes is one of each of their bytes.
  static bool is_within(std::uint32_t code, const range& r) noexcept {
    for (std::size_t shift = 0; shift != 8 * r.value; shift += 8) {
      const std::uint32_t byte = code >> shift & 0xFFU;
      if (byte < (r.low >> shift & 0xFFU) || byte > (r.high >> shift & 0xFFU)) { return false; }
    }
    return true;
  }

  growing_array<range> sizes_;
  growing_array<range> characters_;
};

} // namespace document
