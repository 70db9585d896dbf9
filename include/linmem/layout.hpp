// linmem/layout.hpp - how blocks that both sides read describe themselves.
//
// State that the host polls lies in linear memory as plain structs of fixed-width little-endian
// fields. Each such block says its name, its size and its fields once, in C++:
//
//   inline constexpr std::array my_fields{LINMEM_FIELD(my_block, position), ...};
//   inline constexpr linmem::block_layout my_layout{"my_block", sizeof(my_block), my_fields};
//
// The other side reads these tables when it attaches and declares no offset of its own. Not a
// serialisation format: blocks are read in place, by the same version that wrote them.
#pragma once

#include <linmem/config.hpp>

#include <array>       // std::array
#include <bit>         // std::bit_width, std::endian
#include <cstddef>     // offsetof, std::size_t
#include <cstdint>     // fixed-width integers
#include <span>        // std::span
#include <type_traits> // std::is_standard_layout_v

namespace linmem::inline LINMEM_ABI {

static_assert(std::endian::native == std::endian::little, "blocks are little-endian, as wasm is");

/// Raised when the meaning of an existing block, table or C ABI function changes.
inline constexpr std::uint32_t layout_version = 1;

/// Type of a field, as the other side reads it.
enum class field_type : std::uint16_t {
  u8 = 1,   ///< std::uint8_t
  u16 = 2,  ///< std::uint16_t
  u32 = 3,  ///< std::uint32_t
  u64 = 4,  ///< std::uint64_t
  i32 = 5,  ///< std::int32_t
  f32 = 6,  ///< float
  f64 = 7,  ///< double
  i8 = 8,   ///< std::int8_t
  i16 = 9,  ///< std::int16_t
  i64 = 10, ///< std::int64_t
};

namespace detail {
template <class T>
constexpr field_type type_of() noexcept {
  if constexpr (std::is_enum_v<T>) {
    return type_of<std::underlying_type_t<T>>();
  } else if constexpr (std::is_same_v<T, float>) {
    return field_type::f32;
  } else if constexpr (std::is_same_v<T, double>) {
    return field_type::f64;
  } else {
    static_assert(std::is_integral_v<T> && !std::is_same_v<T, bool> && sizeof(T) <= 8,
                  "a field is a fixed-width number or an enum of one");
    using enum field_type;
    constexpr std::array unsigned_types{u8, u16, u32, u64}; // of 1, 2, 4 and 8 bytes
    constexpr std::array signed_types{i8, i16, i32, i64};
    constexpr std::size_t index = std::bit_width(sizeof(T)) - 1;
    return std::is_unsigned_v<T> ? unsigned_types[index] : signed_types[index];
  }
}
} // namespace detail

/// The size of a field of that type, in bytes.
[[nodiscard]] constexpr std::size_t bytes_of(field_type type) noexcept {
  switch (type) {
    using enum field_type;
    case u8:
    case i8: return 1;
    case u16:
    case i16: return 2;
    case u32:
    case i32:
    case f32: return 4;
    case u64:
    case i64:
    case f64: return 8;
  }
  return 0;
}

/// One field of a block.
struct field {
  const char* name;     ///< as in the struct, NUL-terminated
  std::uint16_t offset; ///< from the start of the block, in bytes
  field_type type;      ///< how to read it
};

/// A block: its name, its size in bytes and its fields.
struct block_layout {
  const char* name;          ///< NUL-terminated
  std::uint32_t size;        ///< of the whole block, in bytes
  std::uint32_t field_count; ///< number of fields
  const field* fields;       ///< static storage duration

  /// Describes a block of `bytes` bytes; `table` has static storage duration.
  constexpr block_layout(const char* block, std::size_t bytes,
                         std::span<const field> table) noexcept
      : name{block}, size{static_cast<std::uint32_t>(bytes)},
        field_count{static_cast<std::uint32_t>(table.size())}, fields{table.data()} {}
};

/// The entry for `member` of the standard-layout struct `block`.
#define LINMEM_FIELD(block, member)                                                                \
  ::linmem::field {                                                                                \
    #member, static_cast<std::uint16_t>(offsetof(block, member)),                                  \
        ::linmem::detail::type_of<decltype(block::member)>()                                       \
  }

} // namespace linmem::inline LINMEM_ABI
