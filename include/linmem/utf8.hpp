// linmem/utf8.hpp - where UTF-8 may be cut, and whether it is valid.
//
// Chunks of text can be decoded alone only if no chunk ends inside a sequence. These functions find
// such places and say what is wrong where bytes are no UTF-8:
//
//   std::size_t n = linmem::utf8::complete_prefix(chunk);   // cut here: nothing is split
//   std::size_t v = linmem::utf8::valid_prefix(chunk);      // [0, v) is valid UTF-8
//
// Invalid bytes are grouped as the WHATWG decoder groups them (Encoding Standard, "UTF-8 decoder";
// Unicode 15, section 3.9, "substitution of maximal subparts"): one U+FFFD per group. Not for
// converting to other encodings, normalising or counting characters.
#pragma once

#include <linmem/bytes.hpp>
#include <linmem/config.hpp>

#include <array>   // std::array
#include <bit>     // std::countr_zero
#include <cstddef> // std::byte, std::size_t
#include <cstdint> // std::uint8_t, std::uint64_t
#include <cstring> // std::memcpy

#if defined(__wasm_simd128__)
#include <wasm_simd128.h> // wasm_v128_load, wasm_i8x16_bitmask
#endif

namespace linmem::inline LINMEM_ABI {
namespace utf8 {

/// U+FFFD REPLACEMENT CHARACTER in UTF-8: what stands for one group of invalid bytes.
inline constexpr std::array<std::byte, 3> replacement{std::byte{0xEF}, std::byte{0xBF},
                                                      std::byte{0xBD}};

/// The longest sequence in bytes: no chunk can be shorter than this and still progress.
inline constexpr std::size_t max_sequence = 4;

/// What stands at the front of some bytes.
enum class sequence_kind : std::uint8_t {
  complete,   ///< one whole valid sequence
  incomplete, ///< all bytes there are; a valid sequence may follow from them
  invalid,    ///< bytes that no continuation makes valid
};

/// The first sequence of some bytes.
struct sequence {
  sequence_kind kind;  ///< what it is
  std::uint8_t length; ///< its bytes: 1..4 complete, 1..3 incomplete or invalid
};

namespace detail {

// What may follow a lead byte: how many bytes, and the range of the first of them. The others are
// 80..BF. From Unicode 15, table 3-7.
struct lead {
  std::uint8_t length; // 0: no lead byte
  std::uint8_t low;
  std::uint8_t high;
};

[[nodiscard]] constexpr lead lead_of(std::uint8_t byte) noexcept {
  if (byte < 0x80) { return {1, 0, 0}; }
  if (byte < 0xC2) { return {0, 0, 0}; }
  if (byte < 0xE0) { return {2, 0x80, 0xBF}; }
  if (byte == 0xE0) { return {3, 0xA0, 0xBF}; }
  if (byte == 0xED) { return {3, 0x80, 0x9F}; }
  if (byte < 0xF0) { return {3, 0x80, 0xBF}; }
  if (byte == 0xF0) { return {4, 0x90, 0xBF}; }
  if (byte < 0xF4) { return {4, 0x80, 0xBF}; }
  if (byte == 0xF4) { return {4, 0x80, 0x8F}; }
  return {0, 0, 0};
}

[[nodiscard]] constexpr bool is_continuation(std::uint8_t byte) noexcept {
  return (byte & 0xC0U) == 0x80;
}

// Length of the run of ASCII at the front, rounded down to the width of the loop.
[[nodiscard]] inline std::size_t ascii_run(const std::byte* data, std::size_t size) noexcept {
  std::size_t at = 0;
#if defined(__wasm_simd128__)
  for (; at + 64 <= size; at += 64) {
    const v128_t any =
        wasm_v128_or(wasm_v128_or(wasm_v128_load(data + at), wasm_v128_load(data + at + 16)),
                     wasm_v128_or(wasm_v128_load(data + at + 32), wasm_v128_load(data + at + 48)));
    if (wasm_i8x16_bitmask(any) != 0) { break; }
  }
#else
  constexpr std::uint64_t high_bits = 0x8080808080808080U;
  for (; at + 32 <= size; at += 32) {
    std::array<std::uint64_t, 4> words; // NOLINT: filled by the next line
    std::memcpy(words.data(), data + at, sizeof words);
    if (((words[0] | words[1] | words[2] | words[3]) & high_bits) != 0) { break; }
  }
#endif
  return at;
}

// Number of ASCII bytes at the front of the 8 at `data`.
[[nodiscard]] inline std::size_t ascii_word(const std::byte* data) noexcept {
  std::uint64_t word = 0;
  std::memcpy(&word, data, sizeof word);
  const std::uint64_t high = word & 0x8080808080808080U;
  return high == 0 ? sizeof word : static_cast<std::size_t>(std::countr_zero(high)) / 8;
}

// Length of the valid sequence of 2..4 bytes at the front of the 4 at `data`, or 0. The same ranges
// as lead_of, as masks over a little-endian word: one load instead of four.
[[nodiscard]] inline std::size_t sequence_word(const std::byte* data) noexcept {
  std::uint32_t word = 0;
  std::memcpy(&word, data, sizeof word);
  if ((word & 0xC0C0F0U) == 0x8080E0) { // E0..EF, two continuations
    const std::uint32_t range = word & 0x200FU;
    return range != 0 && range != 0x200D ? 3 : 0; // neither overlong nor a surrogate
  }
  if ((word & 0xC0E0U) == 0x80C0) { return (word & 0x1EU) != 0 ? 2 : 0; } // C0, C1 are overlong
  if ((word & 0xC0C0C0F8U) == 0x808080F0) {
    const std::uint32_t sixteenths = ((word & 0x07U) << 2U) | ((word >> 12U) & 0x03U);
    return sixteenths >= 1 && sixteenths <= 16 ? 4 : 0; // U+10000..U+10FFFF
  }
  return 0;
}

} // namespace detail

/// The sequence at the front of `bytes`, which are not empty.
[[nodiscard]] constexpr sequence first_sequence(byte_view bytes) noexcept {
  LINMEM_ASSERT(!bytes.empty());
  const auto at = [bytes](std::size_t i) { return std::to_integer<std::uint8_t>(bytes[i]); };
  const detail::lead lead = detail::lead_of(at(0));
  if (lead.length == 0) { return {sequence_kind::invalid, 1}; }
  if (lead.length == 1) { return {sequence_kind::complete, 1}; }
  if (bytes.size() == 1) { return {sequence_kind::incomplete, 1}; }
  if (at(1) < lead.low || at(1) > lead.high) { return {sequence_kind::invalid, 1}; }
  for (std::uint8_t i = 2; i < lead.length; ++i) {
    if (i == bytes.size()) { return {sequence_kind::incomplete, i}; }
    if (!detail::is_continuation(at(i))) { return {sequence_kind::invalid, i}; }
  }
  return {sequence_kind::complete, lead.length};
}

/// Length in bytes of the longest prefix of `bytes` that is valid UTF-8. What follows it, if
/// anything, is an incomplete or an invalid sequence: first_sequence tells which.
[[nodiscard]] inline std::size_t valid_prefix(byte_view bytes) noexcept {
  const std::byte* const data = bytes.data();
  const std::size_t size = bytes.size();
  std::size_t at = 0;
  while (size - at >= sizeof(std::uint64_t)) {
    if (const std::size_t ascii = detail::ascii_word(data + at); ascii != 0) {
      at += ascii;
      if (ascii == sizeof(std::uint64_t)) { at += detail::ascii_run(data + at, size - at); }
      continue;
    }
    const std::size_t length = detail::sequence_word(data + at);
    if (length == 0) { return at; }
    at += length;
  }
  while (at < size) {
    const sequence next = first_sequence(bytes.subspan(at));
    if (next.kind != sequence_kind::complete) { return at; }
    at += next.length;
  }
  return at;
}

/// True when all of `bytes` is valid UTF-8; true for none.
[[nodiscard]] inline bool is_valid(byte_view bytes) noexcept {
  return valid_prefix(bytes) == bytes.size();
}

/// Length in bytes of the longest prefix of `bytes` that does not end inside a sequence: at most 3
/// bytes less than all. Looks at the last 3 bytes only; invalid bytes count as whole sequences, so
/// that a loop over prefixes always progresses once it holds 4 bytes.
[[nodiscard]] constexpr std::size_t complete_prefix(byte_view bytes) noexcept {
  const std::size_t size = bytes.size();
  for (std::size_t back = 1; back <= 3 && back <= size; ++back) {
    const auto byte = std::to_integer<std::uint8_t>(bytes[size - back]);
    if (detail::is_continuation(byte)) { continue; }
    const bool cut = first_sequence(bytes.subspan(size - back)).kind == sequence_kind::incomplete;
    return cut ? size - back : size;
  }
  return size;
}

} // namespace utf8
} // namespace linmem::inline LINMEM_ABI
