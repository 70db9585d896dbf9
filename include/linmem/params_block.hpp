// linmem/params_block.hpp - what all sides know of shared parameters, and how one field is moved.
//
// The block lies in front of the parameters, in linear memory or in a region shared by two processes:
//
//   | params_block, 64 bytes | change words, one a field | values: a T |
//
// Made by shared_params, read by its views and by the JS half. The fields of a T are listed once:
//
//   template <> inline constexpr auto linmem::params_fields<look> =
//       std::array{LINMEM_FIELD(look, zoom), LINMEM_FIELD(look, page)};
//
// Not to be filled in by hand.
#pragma once

#include <linmem/buffer_block.hpp>
#include <linmem/bytes.hpp>
#include <linmem/config.hpp>
#include <linmem/layout.hpp>
#include <linmem/storage.hpp>

#include <array>       // std::array
#include <cstddef>     // std::byte, std::size_t
#include <cstdint>     // fixed-width integers
#include <cstring>     // std::memcpy
#include <type_traits> // std::conditional_t, std::is_standard_layout_v
#include <utility>     // std::index_sequence

namespace linmem::inline LINMEM_ABI {

/// The fields of T, a std::array of LINMEM_FIELD: to be specialised once for each T. Every member is
/// listed, in the order of the struct; one that is not does not travel.
template <class T>
inline constexpr auto params_fields = std::array<field, 0>{};

/// What all sides know of parameters. It holds no address that matters to another process. `sequence` is twice the version, and one more
/// while a publication is under way. The change word of a field is the sequence that its last change
/// led to, so that readers of any version each find what they miss.
struct alignas(storage_alignment) params_block {
  static constexpr std::uint32_t expected_magic = 0x41504D4C; ///< "LMPA" in memory

  std::uint32_t magic = expected_magic;   ///< says that this is a params_block; 0 once freed
  std::uint32_t version = layout_version; ///< of this layout
  std::uint32_t sequence = 2;             ///< twice the version; odd while being published
  std::uint32_t waiters = 0;              ///< to be notified of `sequence`
  std::uint32_t field_count = 0;          ///< fields, and change words
  std::uint32_t fingerprint = 0;          ///< of the fields' names, offsets and types
  std::uint32_t value_bytes = 0;          ///< sizeof(T)
  std::uint32_t changed_offset = 64;      ///< from the block to the change words, in bytes
  std::uint32_t values_offset = 0;        ///< from the block to the values, in bytes
  std::uint32_t unused = 0;               ///< zero
  std::uint64_t published = 0;            ///< bytes of fields that publications moved, so far
  std::uint64_t fields = 0;               ///< address of their block_layout, for the host; or 0
};
static_assert(sizeof(params_block) == 64);

/// The fields of params_block.
inline constexpr std::array params_block_fields{
    LINMEM_FIELD(params_block, magic),          LINMEM_FIELD(params_block, sequence),
    LINMEM_FIELD(params_block, waiters),        LINMEM_FIELD(params_block, value_bytes),
    LINMEM_FIELD(params_block, changed_offset), LINMEM_FIELD(params_block, values_offset),
    LINMEM_FIELD(params_block, published),      LINMEM_FIELD(params_block, fields),
};
/// The layout of params_block.
inline constexpr block_layout params_block_layout{"params", sizeof(params_block),
                                                  params_block_fields};

namespace detail {

// True when the fields lie in a T in order, each aligned, with no room for a member between them.
template <class T>
[[nodiscard]] consteval bool lists_every_member() noexcept {
  std::size_t end = 0;
  for (const field& f : params_fields<T>) {
    const std::size_t size = bytes_of(f.type);
    if (f.offset < end || f.offset % smaller<std::size_t>(size, 4) != 0) { return false; }
    if (f.offset - end >= size) { return false; } // more than padding
    end = f.offset + size;
  }
  return end <= sizeof(T) && sizeof(T) - end < alignof(T);
}

// FNV-1a over what both sides have to agree on.
template <class T>
[[nodiscard]] consteval std::uint32_t fingerprint_of() noexcept {
  std::uint32_t hash = 2166136261U;
  const auto add = [&hash](std::uint32_t byte) { hash = (hash ^ byte) * 16777619U; };
  for (const field& f : params_fields<T>) {
    for (const char* c = f.name; *c != 0; ++c) { add(static_cast<unsigned char>(*c)); }
    add(static_cast<std::uint32_t>(f.type));
    add(f.offset & 0xFFU);
    add(f.offset >> 8U);
  }
  return hash;
}

// Calls `f` with the number of each field as a constant: straight code, whose sizes are known.
template <class T, class F>
constexpr void for_each_field(F f) noexcept {
  [&]<std::size_t... I>(std::index_sequence<I...>) {
    (f(std::integral_constant<std::size_t, I>{}), ...);
  }(std::make_index_sequence<params_fields<T>.size()>{});
}

template <class T, std::size_t I>
inline constexpr std::size_t field_bytes = bytes_of(params_fields<T>[I].type);

// One unit of a field between shared memory and a copy. A field of 8 bytes is two units. Each access
// is atomic, since it may race. A reader that meets a unit of a newer publication must also see that
// the sequence has moved on; acquire and release on the units say so without a fence, which the
// thread sanitizer does not follow, and cost nothing on x86 and in WebAssembly.
template <class Unit>
void load_unit(const std::byte* shared, std::byte* own) noexcept {
  const Unit unit = load_word(*reinterpret_cast<const Unit*>(shared)); // NOLINT: aligned
  std::memcpy(own, &unit, sizeof unit);
}
template <class Unit>
void store_unit(std::byte* shared, const std::byte* own) noexcept {
  Unit unit;
  std::memcpy(&unit, own, sizeof unit);
  store_word(*reinterpret_cast<Unit*>(shared), unit); // NOLINT: aligned
}

// Which of the fields: a bit each, so that nothing has to be cleared one by one.
template <std::size_t Count>
class field_set {
public:
  void add(std::size_t i, bool whether = true) noexcept {
    words_[i / 64] |= std::uint64_t{whether} << (i % 64);
  }
  [[nodiscard]] bool has(std::size_t i) const noexcept {
    return ((words_[i / 64] >> (i % 64)) & 1U) != 0;
  }
  [[nodiscard]] bool is_empty() const noexcept {
    std::uint64_t any = 0;
    for (const std::uint64_t word : words_) { any |= word; }
    return any == 0;
  }

private:
  std::array<std::uint64_t, (Count + 63) / 64> words_{};
};

template <std::size_t Bytes>
using unit_of = std::conditional_t<Bytes == 1, std::uint8_t,
                                   std::conditional_t<Bytes == 2, std::uint16_t, std::uint32_t>>;

template <std::size_t Bytes>
void load_field(const std::byte* shared, std::byte* own) noexcept {
  using unit = unit_of<Bytes>;
  load_unit<unit>(shared, own);
  if constexpr (Bytes == 8) { load_unit<unit>(shared + 4, own + 4); }
}
template <std::size_t Bytes>
void store_field(std::byte* shared, const std::byte* own) noexcept {
  using unit = unit_of<Bytes>;
  store_unit<unit>(shared, own);
  if constexpr (Bytes == 8) { store_unit<unit>(shared + 4, own + 4); }
}

// Wakes who waits for the sequence in JavaScript. Anything else polls.
inline void notify_readers([[maybe_unused]] params_block& block) noexcept {
#if defined(__wasm__) && LINMEM_THREADS
  if (__atomic_load_n(&block.waiters, __ATOMIC_SEQ_CST) != 0) {
    __builtin_wasm_memory_atomic_notify(reinterpret_cast<int*>(&block.sequence), ~0U); // NOLINT
  }
#endif
}

} // namespace detail

/// A struct of fixed-width numbers whose fields are listed in params_fields<T>.
template <class T>
concept params_struct =
    std::is_standard_layout_v<T> && std::is_trivially_copyable_v<T> &&
    std::is_nothrow_default_constructible_v<T> && alignof(T) <= storage_alignment &&
    sizeof(T) <= 65536 && params_fields<T>.size() != 0 && detail::lists_every_member<T>();

} // namespace linmem::inline LINMEM_ABI
