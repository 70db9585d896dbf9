// examples/document/pdf_cff.hpp - which codes are which glyphs in a font program of the compact format.
//
// Of a font program in Type 1C (Adobe's technical note 5176) only the encoding is read, and the names of
// the glyphs, as a PDF file may leave them to it.
//
//   document::read_cff_encoding(program, [&](std::uint32_t code, document::utf8_text text) {});
#pragma once

#include "entities.hpp" // from_code_point, utf8_text
#include "pdf_encodings.hpp"

#include <algorithm>   // std::min
#include <array>       // std::array
#include <cstddef>     // std::size_t
#include <cstdint>     // std::uint16_t, std::uint32_t
#include <string_view> // std::string_view

namespace document {

/// Bytes of a font program. What is behind the end is 0.
class cff_reader {
public:
  /// From `at` of `program` on.
  cff_reader(std::string_view program, std::size_t at) noexcept
      : rest_{program.substr(std::min(at, program.size()))} {}

  /// The next number of `size` bytes.
  [[nodiscard]] std::uint32_t number(std::uint32_t size) noexcept {
    std::uint32_t value = 0;
    for (; size != 0; --size) {
      value = value << 8U | (rest_.empty() ? 0 : static_cast<unsigned char>(rest_.front()));
      skip(1);
    }
    return value;
  }
  void skip(std::size_t size) noexcept { rest_.remove_prefix(std::min(size, rest_.size())); }
  [[nodiscard]] bool is_at_end() const noexcept { return rest_.empty(); }

  /// An index: how many values, where their places begin, how wide those are, and their bytes.
  struct index {
    std::uint32_t count = 0;
    std::uint32_t width = 1;
    std::string_view places;
    std::string_view bytes;

    /// The value with `number`; empty when there is none.
    [[nodiscard]] std::string_view operator[](std::size_t number) const noexcept {
      if (number >= count) { return {}; }
      cff_reader place{places, number * width};
      const std::size_t begin = place.number(width);
      const std::size_t end = place.number(width);
      if (begin == 0 || end < begin || end - 1 > bytes.size()) { return {}; }
      return bytes.substr(begin - 1, end - begin);
    }
  };
  /// The next index, and goes behind it.
  [[nodiscard]] index next_index() noexcept {
    index found;
    found.count = number(2);
    if (found.count == 0) { return found; }
    found.width = std::min<std::uint32_t>(number(1), 4);
    found.places = rest_.substr(0, (std::size_t{found.count} + 1) * found.width);
    skip(found.places.size());
    found.bytes = rest_;
    cff_reader last{found.places, std::size_t{found.count} * found.width};
    const std::uint32_t end = last.number(found.width);
    skip(end == 0 ? 0 : end - 1);
    return found;
  }

private:
  std::string_view rest_;
};

/// What the standard string `number` of the format stands for, the name of a glyph; nothing for those
/// that only fonts of small capitals and the like have.
[[nodiscard]] inline utf8_text cff_standard_glyph(std::uint32_t number) noexcept {
  // From 150 on; those before are the glyphs of the standard encoding, in its order.
  static constexpr std::array<std::uint16_t, 79> others{
      0xB9,  0xAC,  0xB5,   0x2122, 0xD0, 0xBD, 0xB1,  0xDE,  0xBC, 0xF7, 0xA6, 0xB0, 0xFE, 0xBE,
      0xB2,  0xAE,  0x2212, 0xF0,   0xD7, 0xB3, 0xA9,  0xC1,  0xC2, 0xC4, 0xC0, 0xC5, 0xC3, 0xC7,
      0xC9,  0xCA,  0xCB,   0xC8,   0xCD, 0xCE, 0xCF,  0xCC,  0xD1, 0xD3, 0xD4, 0xD6, 0xD2, 0xD5,
      0x160, 0xDA,  0xDB,   0xDC,   0xD9, 0xDD, 0x178, 0x17D, 0xE1, 0xE2, 0xE4, 0xE0, 0xE5, 0xE3,
      0xE7,  0xE9,  0xEA,   0xEB,   0xE8, 0xED, 0xEE,  0xEF,  0xEC, 0xF1, 0xF3, 0xF4, 0xF6, 0xF2,
      0xF5,  0x161, 0xFA,   0xFB,   0xFC, 0xF9, 0xFD,  0xFF,  0x17E};
  if (number >= 150) {
    return number - 150 < others.size() ? from_code_point(others[number - 150]) : utf8_text{};
  }
  for (std::uint32_t code = 0; number != 0 && code != 256; ++code) {
    const utf8_text text = pdf_code(pdf_encoding::standard, code);
    if (text && --number == 0) { return text; }
  }
  return {};
}

/// Calls `put` with each code that the encoding of `program` has, and what its glyph stands for.
template <class Put>
void read_cff_encoding(std::string_view program, Put put) noexcept {
  cff_reader reader{program, 0};
  reader.skip(2);
  reader = {program, reader.number(1)};
  static_cast<void>(reader.next_index()); // names of fonts
  const std::string_view top = reader.next_index()[0];
  const cff_reader::index strings = reader.next_index();
  // Operands, each group before its operator: 15 says where the glyphs' names are, 16 where the codes.
  std::uint32_t names_at = 0;
  std::uint32_t codes_at = 0;
  std::uint32_t operand = 0;
  for (cff_reader dictionary{top, 0}; !dictionary.is_at_end();) {
    const std::uint32_t byte = dictionary.number(1);
    if (byte == 15) { names_at = operand; }
    if (byte == 16) { codes_at = operand; }
    if (byte == 12) { dictionary.skip(1); }
    if (byte == 28) {
      operand = dictionary.number(2);
    } else if (byte == 29) {
      operand = dictionary.number(4);
    } else if (byte == 30) {
      while (!dictionary.is_at_end() && (dictionary.number(1) & 0xFU) != 0xFU) {}
    } else if (byte >= 32 && byte < 247) {
      operand = byte - 139;
    } else if (byte >= 247 && byte < 251) {
      operand = (byte - 247) * 256 + dictionary.number(1) + 108;
    } else if (byte >= 251) {
      dictionary.skip(1);
    }
  }
  constexpr std::uint32_t predefined = 2;
  if (codes_at <= predefined) { return; }
  // The name of glyph 1, 2, ...: one after the other, or in ranges.
  std::array<std::uint16_t, 257> names{};
  if (names_at <= predefined) {
    for (std::uint32_t i = 0; i != names.size(); ++i) { names[i] = static_cast<std::uint16_t>(i); }
  } else {
    cff_reader from{program, names_at};
    const std::uint32_t format = from.number(1);
    for (std::size_t glyph = 1; glyph < names.size() && !from.is_at_end();) {
      std::uint32_t name = from.number(2);
      std::uint32_t more = format == 0 ? 0 : from.number(format == 1 ? 1 : 2);
      for (++more; more != 0 && glyph < names.size(); --more) {
        names[glyph++] = static_cast<std::uint16_t>(name++);
      }
    }
  }
  const auto put_glyph = [&](std::uint32_t code, std::size_t glyph) {
    constexpr std::uint32_t standard_strings = 391;
    const std::uint32_t name = names[std::min(glyph, names.size() - 1)];
    put(code, name < standard_strings ? cff_standard_glyph(name)
                                      : pdf_glyph(strings[name - standard_strings]));
  };
  cff_reader from{program, codes_at};
  const std::uint32_t format = from.number(1) & 0x7FU;
  std::size_t glyph = 1;
  for (std::uint32_t left = from.number(1); left != 0; --left) {
    std::uint32_t code = from.number(1);
    std::uint32_t more = format == 0 ? 0 : from.number(1);
    for (++more; more != 0 && code < 256; --more) { put_glyph(code++, glyph++); }
  }
}

} // namespace document
