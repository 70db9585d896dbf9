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
  static constexpr std::size_t smallest = 64;     ///< bytes of class 0
  static constexpr std::int32_t per_doubling = 4; ///< classes from one power of two to the next
  /// Bytes of the largest class: a quarter of what a pointer reaches, and at most 1 TiB.
  static constexpr std::size_t largest = std::size_t{1} << (sizeof(std::size_t) == 4 ? 30U : 40U);

  /// The class of `bytes`, which are at most `largest`.
  [[nodiscard]] static constexpr std::uint32_t index_of(std::size_t bytes) noexcept {
    LINMEM_ASSERT(bytes <= largest);
    // Without a branch, since sizes are mixed where a pool is busy. What is below the smallest class
    // comes out as -3..0, and the sign masks it.
    const std::size_t last = bytes - (bytes != 0 ? 1 : 0);
    const auto top = static_cast<std::int32_t>(std::bit_width(last | (smallest / 2))) - 1;
    const auto quarter = static_cast<std::int32_t>(last >> static_cast<std::uint32_t>(top - 2)) & 3;
    const std::int32_t index = (top - top_of_smallest) * per_doubling + quarter + 1;
    return static_cast<std::uint32_t>(index & ~(index >> 31));
  }

  /// Bytes of every buffer of class `index`.
  [[nodiscard]] static constexpr std::size_t bytes_of(std::uint32_t index) noexcept {
    constexpr std::uint32_t each = per_doubling;
    return (std::size_t{each} + index % each) << (index / each + top_of_smallest - 2U);
  }

private:
  static constexpr std::int32_t top_of_smallest = 6;

public:
  /// Number of classes.
  static constexpr std::uint32_t count = static_cast<std::uint32_t>(
      (std::bit_width(largest) - 1 - top_of_smallest) * per_doubling + 1);
};

} // namespace linmem::inline LINMEM_ABI
