// examples/document/scan.hpp - looking at 16 bytes of text at a time.
//
// What the inner loops of the document transforms share: the next of a few bytes in a range, and a
// block of 16 bytes with the set of its positions that hold a byte. SSE2 and WebAssembly SIMD where
// the target has them, the same answers byte by byte elsewhere. Not a general string library.
//
//   const char* tag = document::find_any<'<', '&'>(p, end);   // or end
#pragma once

#include <bit>     // std::countr_zero, std::endian
#include <cstddef> // std::size_t
#include <cstdint> // std::uint32_t, std::uint64_t
#include <cstring> // std::memcpy

#if defined(__SSE2__)
#include <emmintrin.h>
#elif defined(__wasm_simd128__)
#include <wasm_simd128.h>
#endif

namespace document {

#if defined(__SSE2__) || defined(__wasm_simd128__)
#define LINMEM_DOCUMENT_BLOCKS 1 // byte_block exists

/// 16 bytes. A set of positions is an integer whose bit i stands for byte i.
class byte_block {
public:
  static constexpr std::size_t size = 16; ///< bytes

#if defined(__SSE2__)
  /// The 16 bytes at `p`.
  explicit byte_block(const char* p) noexcept
      : v_{_mm_loadu_si128(reinterpret_cast<const __m128i*>(p))} {}
  /// Writes them to the 16 bytes at `p`.
  void store(char* p) const noexcept { _mm_storeu_si128(reinterpret_cast<__m128i*>(p), v_); }
  /// Positions that hold one of `Bytes`.
  template <char... Bytes>
  [[nodiscard]] std::uint32_t any() const noexcept {
    __m128i hit = _mm_setzero_si128();
    ((hit = _mm_or_si128(hit, _mm_cmpeq_epi8(v_, _mm_set1_epi8(Bytes)))), ...);
    return static_cast<std::uint32_t>(_mm_movemask_epi8(hit));
  }

private:
  __m128i v_;
#else
  explicit byte_block(const char* p) noexcept : v_{wasm_v128_load(p)} {}
  void store(char* p) const noexcept { wasm_v128_store(p, v_); }
  template <char... Bytes>
  [[nodiscard]] std::uint32_t any() const noexcept {
    v128_t hit = wasm_i8x16_const_splat(0);
    ((hit = wasm_v128_or(hit, wasm_i8x16_eq(v_, wasm_i8x16_const_splat(Bytes)))), ...);
    return wasm_i8x16_bitmask(hit);
  }

private:
  v128_t v_;
#endif
};
#else
#define LINMEM_DOCUMENT_BLOCKS 0
#endif

/// The first of `Bytes` in [p, end), or `end`.
template <char... Bytes>
[[nodiscard]] inline const char* find_any(const char* p, const char* end) noexcept {
#if LINMEM_DOCUMENT_BLOCKS
  for (; end - p >= static_cast<std::ptrdiff_t>(byte_block::size); p += byte_block::size) {
    const std::uint32_t hit = byte_block{p}.template any<Bytes...>();
    if (hit != 0) { return p + std::countr_zero(hit); }
  }
#else
  if constexpr (std::endian::native == std::endian::little) {
    // A byte of x is zero where (x - ones) & ~x has its top bit set; above the first such byte a
    // borrow may add more, but only the first is asked for.
    constexpr std::uint64_t ones = 0x0101010101010101U;
    for (; end - p >= 8; p += 8) {
      std::uint64_t word = 0;
      std::memcpy(&word, p, sizeof word);
      std::uint64_t hit = 0;
      const auto look = [&](char byte) {
        const std::uint64_t x = word ^ ones * static_cast<unsigned char>(byte);
        hit |= (x - ones) & ~x;
      };
      (look(Bytes), ...);
      hit &= ones << 7U;
      if (hit != 0) { return p + std::countr_zero(hit) / 8; }
    }
  }
#endif
  while (p != end && ((*p != Bytes) && ...)) { ++p; }
  return p;
}

} // namespace document
