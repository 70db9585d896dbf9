// linmem/bytes.hpp - the few byte operations that every layer needs, each checked.
//
// Text and bytes seen as each other without copying, bounds and sizes that cannot overflow, copies
// of possibly empty ranges, and a fill that the optimiser may not drop. Not for parsing.
#pragma once

#include <linmem/config.hpp>
#include <linmem/error.hpp>
#include <linmem/result.hpp>

#include <bit>         // std::has_single_bit
#include <cstddef>     // std::byte, std::size_t
#include <cstring>     // std::memcpy, std::memmove, std::memset
#include <span>        // std::span
#include <string_view> // std::string_view

namespace linmem::inline LINMEM_ABI {

using byte_view = std::span<const std::byte>; ///< bytes to read
using byte_span = std::span<std::byte>;       ///< bytes to write

/// The bytes of `text`; valid as long as the text is.
[[nodiscard]] inline byte_view as_bytes(std::string_view text) noexcept {
  return std::as_bytes(std::span{text});
}

/// `bytes` seen as text; valid as long as the bytes are. Says nothing about their encoding.
[[nodiscard]] inline std::string_view as_text(byte_view bytes) noexcept {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()}; // NOLINT: char may alias
}

/// True when [offset, offset + length) lies within [0, size); never overflows.
[[nodiscard]] constexpr bool in_bounds(std::uint64_t offset, std::uint64_t length,
                                       std::uint64_t size) noexcept {
  return length <= size && offset <= size - length;
}

/// The part [offset, offset + length) of `bytes`, or out_of_range with the size and the end asked
/// for (saturated at 2^64 - 1).
template <class Byte>
[[nodiscard]] constexpr result<std::span<Byte>>
checked_subspan(std::span<Byte> bytes, std::uint64_t offset, std::uint64_t length) noexcept {
  if (!in_bounds(offset, length, bytes.size())) {
    constexpr auto most = ~std::uint64_t{0};
    const std::uint64_t end = length > most - offset ? most : offset + length;
    return fail(errc::out_of_range, "end of range in bytes", bytes.size(), end);
  }
  return bytes.subspan(static_cast<std::size_t>(offset), static_cast<std::size_t>(length));
}

/// `value` rounded up to a multiple of `alignment` (a power of two); 0 when that overflows and
/// value is not 0.
[[nodiscard]] constexpr std::size_t align_up(std::size_t value, std::size_t alignment) noexcept {
  LINMEM_ASSERT(std::has_single_bit(alignment));
  return (value + (alignment - 1)) & ~(alignment - 1);
}

/// The smaller of two sizes; std::min is a macro in some of the world's headers.
template <class Size>
[[nodiscard]] constexpr Size smaller(Size a, Size b) noexcept {
  return b < a ? b : a;
}

/// True when `a + b` overflows.
[[nodiscard]] constexpr bool add_overflows(std::size_t a, std::size_t b) noexcept {
  return b > ~std::size_t{0} - a;
}

/// Copies `from` to the front of `to`, which is at least as long; either may be empty. The ranges
/// do not overlap.
inline void copy_bytes(byte_view from, byte_span to) noexcept {
  LINMEM_ASSERT(from.size() <= to.size());
  if (!from.empty()) { std::memcpy(to.data(), from.data(), from.size()); }
}

/// Sets every byte to zero, also when nothing reads them afterwards.
inline void wipe_bytes(byte_span bytes) noexcept {
  if (bytes.empty()) { return; }
  std::memset(bytes.data(), 0, bytes.size());
#if defined(__GNUC__)
  __asm__ volatile("" : : "r"(bytes.data()) : "memory"); // the store has an observer
#else
  for (volatile std::byte* p = bytes.data(); p != bytes.data() + bytes.size(); ++p) {
    *p = std::byte{0};
  }
#endif
}

} // namespace linmem::inline LINMEM_ABI
