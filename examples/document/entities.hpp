// examples/document/entities.hpp - what a character reference of HTML stands for.
//
// Not a decoder of whole texts: the caller finds the `&` and decides by the rules of its format where
// the reference ends.
//
//   document::utf8_text t = document::find_entity("eacute");   // t.text() == "é"
//   document::utf8_text u = document::from_code_point(0x20AC); // u.text() == "€"
//
// All 2,231 named references of the standard are here, in 19 KB of constant data that no constructor
// touches (entities_table.hpp, made by entities.py). Nothing allocates. The 106 old names, which pages
// are full of, are found by one hash; for the others a look-up compares about four names and walks at
// most eight entries.
#pragma once

#include "entities_table.hpp"

#include <algorithm>   // std::max, std::min
#include <array>       // std::array
#include <cstddef>     // std::size_t
#include <cstdint>     // std::uint16_t, std::uint32_t, std::uint64_t
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

// A place in the packed table.
class entity_cursor {
public:
  constexpr explicit entity_cursor(std::size_t at) noexcept : at_{at} {}

  // The header's fields; moves to the rest of the name.
  constexpr void read_head() noexcept {
    const unsigned head = byte();
    shared = head & 0x1F;
    legacy = (head & 0x20) != 0;
    code_points = 1 + (head >> 6 & 1);
    ++at_;
  }
  // Compares the rest of the entry's name, here, with `name`, as far as they agree; moves along and
  // returns how many bytes did.
  constexpr std::size_t match(std::string_view name) noexcept {
    std::size_t same = 0;
    for (; same < name.size(); ++same, ++at_) {
      const unsigned c = byte();
      if ((c & 0x7F) != static_cast<unsigned char>(name[same])) { break; }
      if (c >= 0x80) {
        at_end = true;
        ++at_;
        return same + 1;
      }
    }
    return same;
  }
  // The byte of the entry's name here.
  [[nodiscard]] constexpr unsigned name_byte() const noexcept { return byte() & 0x7F; }
  // Moves behind the name unless match() did.
  constexpr void skip_name() noexcept {
    if (at_end) { return; }
    while (byte() < 0x80) { ++at_; }
    ++at_;
  }
  // Copies the rest of the name and moves behind it; its length.
  constexpr std::size_t copy_name(char* to) noexcept {
    for (std::size_t size = 1;; ++size) {
      *to++ = static_cast<char>(name_byte());
      if (byte() >= 0x80) {
        ++at_;
        return size;
      }
      ++at_;
    }
  }
  // Moves behind the text.
  constexpr utf8_text read_text() noexcept {
    utf8_text text;
    for (unsigned i = 0; i != code_points; ++i) {
      const unsigned lead = byte();
      const std::uint32_t length = lead < 0x80 ? 1 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
      for (std::uint32_t k = 0; k != length; ++k) {
        text.bytes[text.size++] = entities_table::packed[at_++];
      }
    }
    return text;
  }

  std::size_t shared = 0;
  unsigned code_points = 0;
  bool legacy = false;
  bool at_end = false; // all of the entry's name agreed

private:
  [[nodiscard]] constexpr unsigned byte() const noexcept {
    return static_cast<unsigned char>(entities_table::packed[at_]);
  }
  std::size_t at_;
};

// True when the first name of `block` is greater than `name`.
[[nodiscard]] constexpr bool begins_behind(std::size_t block, std::string_view name) noexcept {
  entity_cursor first{entities_table::block_offset[block]};
  first.read_head();
  const std::size_t same = first.match(name);
  if (first.at_end) { return false; }
  return same == name.size() || static_cast<unsigned char>(name[same]) < first.name_byte();
}

// Element c: how many blocks begin with a name whose first byte is below c.
inline constexpr std::array<std::uint16_t, 129> blocks_below = [] {
  std::array<std::uint16_t, 129> below{};
  std::size_t block = 0;
  for (std::size_t c = 0; c != below.size(); ++c) {
    const auto first = [&] {
      entity_cursor at{entities_table::block_offset[block]};
      at.read_head();
      return at.name_byte();
    };
    while (block != entities_table::block_count && first() < c) { ++block; }
    below[c] = static_cast<std::uint16_t>(block);
  }
  return below;
}();

[[nodiscard]] constexpr utf8_text find_packed_entity(std::string_view name) noexcept {
  if (name.empty() || static_cast<unsigned char>(name[0]) >= 128) { return {}; }
  const auto initial = static_cast<unsigned char>(name[0]);
  // The block whose first name is the last that is not greater: the one before those that begin with
  // the same letter, or one of them.
  std::size_t low = std::max<std::size_t>(blocks_below[initial], 1) - 1;
  std::size_t high = std::max<std::size_t>(blocks_below[initial + 1U], 1);
  while (high - low > 1) {
    const std::size_t middle = low + (high - low) / 2;
    (begins_behind(middle, name) ? high : low) = middle;
  }
  entity_cursor at{entities_table::block_offset[low]};
  const std::size_t names = std::min(
      entities_table::block_names, entities_table::name_count - low * entities_table::block_names);
  // `equal` bytes of `name` agree with the entry before. Names ascend: an entry that shares more
  // differs where its predecessor did, one that shares fewer is already beyond.
  std::size_t equal = 0;
  for (std::size_t i = 0; i < names; ++i) {
    at.read_head();
    at.at_end = false;
    if (at.shared < equal) { break; }
    if (at.shared == equal) {
      equal += at.match(name.substr(equal));
      if (at.at_end && equal == name.size()) { return at.read_text(); }
    }
    at.skip_name();
    static_cast<void>(at.read_text());
  }
  return {};
}

// The first bytes of a name as a number.
[[nodiscard]] constexpr std::uint64_t name_key(std::string_view name) noexcept {
  std::uint64_t key = 0;
  for (std::size_t i = 0; i != std::min(name.size(), entities_table::longest_legacy_name); ++i) {
    key |= std::uint64_t{static_cast<unsigned char>(name[i])} << 8 * i;
  }
  return key;
}

// The names that may stand without a semicolon are also those that pages are full of. Each fits
// into a number together with its text, and is found by one hash.
class legacy_table {
public:
  constexpr legacy_table() noexcept {
    std::array<char, entities_table::longest_name> name{};
    entity_cursor at{0};
    for (std::size_t i = 0; i != entities_table::name_count; ++i) {
      at.read_head();
      at.at_end = false;
      const std::size_t size = at.copy_name(name.data() + at.shared) + at.shared;
      const bool legacy = at.legacy;
      const utf8_text text = at.read_text();
      if (legacy) { insert(name_key({name.data(), size}), text); }
    }
  }
  [[nodiscard]] constexpr utf8_text find(std::uint64_t key) const noexcept {
    for (std::size_t at = home(key); slots_[at] != 0; at = (at + 1) % slots_.size()) {
      if ((slots_[at] & key_bits) == key) {
        const auto first = static_cast<char>(slots_[at] >> 48U & 0xFF);
        const auto second = static_cast<char>(slots_[at] >> 56U);
        return {{first, second}, second != '\0' ? 2U : 1U};
      }
    }
    return {};
  }

private:
  static constexpr std::uint64_t key_bits = (std::uint64_t{1} << 48U) - 1;
  static_assert(entities_table::longest_legacy_name == 6);

  static constexpr std::size_t home(std::uint64_t key) noexcept {
    return static_cast<std::size_t>(key * 0x9E3779B97F4A7C15U >> 56U);
  }
  constexpr void insert(std::uint64_t key, const utf8_text& text) noexcept {
    std::size_t at = home(key);
    while (slots_[at] != 0) { at = (at + 1) % slots_.size(); }
    slots_[at] = key;
    for (std::uint32_t i = 0; i != text.size; ++i) { // at most two bytes: all are Latin-1
      slots_[at] |= std::uint64_t{static_cast<unsigned char>(text.bytes[i])} << (48 + 8 * i);
    }
  }

  std::array<std::uint64_t, 256> slots_{}; // name in the lower six bytes, text above; 0: free
};
inline constexpr legacy_table legacy_names;

} // namespace detail

/// What `&name;` stands for; nothing when there is no such name. `name` is without `&` and `;`.
[[nodiscard]] constexpr utf8_text find_entity(std::string_view name) noexcept {
  if (name.size() <= entities_table::longest_legacy_name) {
    if (const utf8_text found = detail::legacy_names.find(detail::name_key(name))) { return found; }
  }
  return detail::find_packed_entity(name);
}

/// The longest beginning of `name` that is a reference without a semicolon, as in `&copy2024`, and
/// its length in bytes; 0 when there is none.
struct entity_prefix {
  utf8_text text;         ///< what it stands for
  std::size_t length = 0; ///< bytes of the name
};

/// See entity_prefix.
[[nodiscard]] constexpr entity_prefix find_entity_prefix(std::string_view name) noexcept {
  const std::uint64_t key = detail::name_key(name);
  for (std::size_t n = std::min(name.size(), entities_table::longest_legacy_name); n >= 2; --n) {
    const std::uint64_t kept = (std::uint64_t{1} << 8 * n) - 1;
    if (const utf8_text found = detail::legacy_names.find(key & kept)) { return {found, n}; }
  }
  return {};
}

} // namespace document
