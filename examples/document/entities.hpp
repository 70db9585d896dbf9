// examples/document/entities.hpp - what a character reference of HTML stands for.
//
// Not a decoder of whole texts: the caller finds the `&` and decides by the rules of its format where
// the reference ends.
//
//   document::utf8_text t = document::find_entity("eacute");   // t.text() == "é"
//   document::utf8_text u = document::from_code_point(0x20AC); // u.text() == "€"
//
// All 2,231 named references of the standard are here, in 15 KB of constant data that compresses well
// (entities_table.hpp, made by entities.py). Nothing allocates: the first look-up makes an index of
// 33 KB in static memory, once for all threads; each is then one hash and about one comparison.
#pragma once

#include "entities_table.hpp"

#include <algorithm>   // std::min
#include <array>       // std::array
#include <bit>         // std::rotl
#include <cstddef>     // std::size_t
#include <cstdint>     // std::uint16_t, std::uint32_t
#include <string_view> // std::string_view

namespace document {

/// At most two code points in UTF-8; empty when there was nothing to find.
struct utf8_text {
  std::array<char, 8> bytes{}; ///< UTF-8
  std::uint32_t size = 0;      ///< bytes in use

  /// The bytes in use; valid as long as this object.
  [[nodiscard]] constexpr std::string_view text() const noexcept { return {bytes.data(), size}; }
  /// True when something was found.
  constexpr explicit operator bool() const noexcept { return size != 0; }
};

/// `code_point` in UTF-8; U+FFFD for 0, surrogates and what lies beyond U+10FFFF.
[[nodiscard]] constexpr utf8_text from_code_point(std::uint32_t code_point) noexcept {
  std::uint32_t c = code_point;
  if (c == 0 || c > 0x10FFFF || (c >= 0xD800 && c <= 0xDFFF)) { c = 0xFFFD; }
  const auto tail = [](std::uint32_t bits) { return static_cast<char>(0x80 | (bits & 0x3F)); };
  if (c < 0x80) { return {{static_cast<char>(c)}, 1}; }
  if (c < 0x800) { return {{static_cast<char>(0xC0 | c >> 6), tail(c)}, 2}; }
  if (c < 0x10000) { return {{static_cast<char>(0xE0 | c >> 12), tail(c >> 6), tail(c)}, 3}; }
  return {{static_cast<char>(0xF0 | c >> 18), tail(c >> 12), tail(c >> 6), tail(c)}, 4};
}

/// What `&#number;` stands for in HTML: as from_code_point(), but 0x80 to 0x9F are read as
/// windows-1252, which is what authors who write them mean.
[[nodiscard]] constexpr utf8_text from_numeric_reference(std::uint32_t number) noexcept {
  constexpr std::array<std::uint16_t, 32> windows_1252{
      0x20AC, 0x81,   0x201A, 0x0192, 0x201E, 0x2026, 0x2020, 0x2021, 0x02C6, 0x2030, 0x0160,
      0x2039, 0x0152, 0x8D,   0x017D, 0x8F,   0x90,   0x2018, 0x2019, 0x201C, 0x201D, 0x2022,
      0x2013, 0x2014, 0x02DC, 0x2122, 0x0161, 0x203A, 0x0153, 0x9D,   0x017E, 0x0178};
  return from_code_point(number >= 0x80 && number <= 0x9F ? windows_1252[number - 0x80] : number);
}

/// Longest name, in bytes without the semicolon.
inline constexpr std::size_t longest_entity_name = entities_table::longest_name;

namespace detail {

// The table by name. Open addressing: a name lies in the first free slot from its hash on.
class entity_index {
public:
  entity_index() noexcept {
    std::uint32_t value = 0;
    std::size_t character = 0;
    for (std::size_t at = 0; byte(at) != 0;) {
      std::uint32_t distance = 0;
      for (; byte(at) >= 0x80; ++at) { distance = distance << 7 | (byte(at) & 0x7F); }
      if (distance != 0) {
        value += distance;
        texts_[++character] = text_of(value);
      }
      const std::size_t begin = at;
      while (byte(at) != 0 && byte(at) < 0x80) { ++at; }
      const std::size_t size = at - begin;
      std::size_t place = home({entities_table::packed + begin, size});
      while (slots_[place] != 0) { place = (place + 1) % slots_.size(); }
      slots_[place] = static_cast<std::uint32_t>(character << 21 | size << 16 | begin);
    }
  }
  // The number of the character that `name` stands for; 0 when there is no such name.
  [[nodiscard]] std::size_t find(std::string_view name) const noexcept {
    for (std::size_t place = home(name);; place = (place + 1) % slots_.size()) {
      const std::uint32_t slot = slots_[place];
      if (slot == 0 || is_name(slot, name)) { return slot >> 21; }
    }
  }
  // Character `number`; nothing for 0.
  [[nodiscard]] const utf8_text& text(std::size_t number) const noexcept { return texts_[number]; }

private:
  static_assert(sizeof entities_table::packed < 1U << 16U && entities_table::longest_name < 32 &&
                entities_table::character_count < 1U << 11U);

  static constexpr unsigned byte(std::size_t at) noexcept {
    return static_cast<unsigned char>(entities_table::packed[at]);
  }
  static constexpr utf8_text text_of(std::uint32_t value) noexcept {
    if (value < 0x20000) { return from_code_point(value); }
    utf8_text both = from_code_point(value & 0xFFFF);
    const utf8_text second = from_code_point(value >> 16);
    for (const char c : second.text()) { both.bytes[both.size++] = c; }
    return both;
  }
  static constexpr std::size_t home(std::string_view name) noexcept {
    std::uint64_t hash = 0;
    for (const char c : name) { hash = std::rotl(hash, 7) ^ static_cast<unsigned char>(c); }
    return static_cast<std::size_t>(hash * 0x9E3779B97F4A7C15U >> 52U);
  }
  // As short as names are, quicker than a call of memcmp.
  static constexpr bool is_name(std::uint32_t slot, std::string_view name) noexcept {
    std::size_t n = name.size();
    if (n != (slot >> 16 & 0x1F)) { return false; }
    const char* const stored = entities_table::packed + (slot & 0xFFFF);
    while (n != 0 && stored[n - 1] == name[n - 1]) { --n; }
    return n == 0;
  }

  // Of each name where it is in the table, in 16 bits, its size, in 5, and its character; 0: free.
  std::array<std::uint32_t, 4096> slots_{};
  std::array<utf8_text, entities_table::character_count + 1> texts_{};
};

// Made at the first look-up.
[[nodiscard]] inline const entity_index& entities() noexcept {
  static const entity_index made;
  return made;
}

// The names that are not in the table: letters of mathematical alphabets. Unicode has some of these
// letters elsewhere; they are in the table.
[[nodiscard]] constexpr utf8_text find_mathematical_letter(std::string_view name) noexcept {
  struct alphabet {
    std::string_view name;
    std::uint32_t first;
  };
  constexpr std::array alphabets{alphabet{"scr", 0x1D49C}, alphabet{"fr", 0x1D504},
                                 alphabet{"opf", 0x1D538}};
  constexpr std::string_view letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
  const std::size_t letter = name.empty() ? letters.npos : letters.find(name[0]);
  if (letter == letters.npos) { return {}; }
  for (const alphabet& a : alphabets) {
    if (name.substr(1) == a.name) {
      return from_code_point(a.first + static_cast<std::uint32_t>(letter));
    }
  }
  return {};
}

} // namespace detail

/// What `&name;` stands for; nothing when there is no such name. `name` is without `&` and `;`.
[[nodiscard]] inline utf8_text find_entity(std::string_view name) noexcept {
  const detail::entity_index& index = detail::entities();
  if (const std::size_t character = index.find(name)) { return index.text(character); }
  return detail::find_mathematical_letter(name);
}

/// The longest beginning of `name` that is a reference without a semicolon, as in `&copy2024`, and
/// its length in bytes; 0 when there is none.
struct entity_prefix {
  utf8_text text;         ///< what it stands for
  std::size_t length = 0; ///< bytes of the name
};

/// See entity_prefix.
[[nodiscard]] inline entity_prefix find_entity_prefix(std::string_view name) noexcept {
  const detail::entity_index& index = detail::entities();
  for (std::size_t n = std::min(name.size(), entities_table::longest_legacy_name); n >= 2; --n) {
    const std::size_t character = index.find(name.substr(0, n));
    if (character != 0 && character <= entities_table::legacy_characters) {
      return {index.text(character), n};
    }
  }
  return {};
}

} // namespace document
