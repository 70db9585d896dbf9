// linmem/size_class.hpp - which sizes a pool keeps apart: four for each doubling.
//
// 64, 80, 96, 112, 128, 160, 192, 224, 256, 320 ... Rounding a size up to its class wastes at most a
// fifth of what is given. Every buffer of a class has exactly the size of the class, so that any of
// them serves any request of the class.
#pragma once

#include <linmem/config.hpp>

#include <bit>     // std::bit_width
#include <cstddef> // std::size_t
#include <cstdint> // std::uint32_t

namespace linmem::inline LINMEM_ABI {

/// The classes of buffer sizes, numbered from 0 upwards.
struct size_class {
  static constexpr std::size_t smallest = 64;      ///< bytes of class 0
  static constexpr std::uint32_t per_doubling = 4; ///< classes from one power of two to the next
  /// Bytes of the largest class: a quarter of what a pointer reaches, and at most 1 TiB.
  static constexpr std::size_t largest = std::size_t{1} << (sizeof(std::size_t) == 4 ? 30U : 40U);

  /// The class of `bytes`, which are at most `largest`.
  [[nodiscard]] static constexpr std::uint32_t index_of(std::size_t bytes) noexcept {
    LINMEM_ASSERT(bytes <= largest);
    // Selected, not branched on: 0 and all up to the smallest class count as its last byte.
    const std::size_t last = bytes <= smallest ? smallest - 1 : bytes - 1;
    const auto top = static_cast<std::uint32_t>(std::bit_width(last)) - 1; // its highest bit
    const auto quarter = static_cast<std::uint32_t>(last >> (top - 2U)) & 3U;
    return top * per_doubling + quarter + 1 - top_of_smallest * per_doubling;
  }

  /// Bytes of every buffer of class `index`.
  [[nodiscard]] static constexpr std::size_t bytes_of(std::uint32_t index) noexcept {
    const std::uint32_t doubling = index / per_doubling;
    return (std::size_t{per_doubling} + index % per_doubling) << (top_of_smallest - 2U + doubling);
  }

private:
  static constexpr std::uint32_t top_of_smallest = 6;

public:
  /// Number of classes.
  static constexpr std::uint32_t count =
      (static_cast<std::uint32_t>(std::bit_width(largest)) - 1 - top_of_smallest) * per_doubling +
      1;
};

} // namespace linmem::inline LINMEM_ABI
