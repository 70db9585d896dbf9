// linmem/pages.hpp - the unit in which linear memory grows.
//
//   linmem::pages_for(65'535);      // 1: what is begun counts
//
// Not the size of this program's memory: see linear_memory.hpp.
#pragma once

#include <linmem/config.hpp>

#include <cstddef> // std::size_t
#include <cstdint> // std::uint64_t

namespace linmem::inline LINMEM_ABI {

/// Bytes in a page of linear memory (WebAssembly core specification, 4.2.8 "Memory Instances").
inline constexpr std::size_t page_size = 65536;

/// Pages that hold `bytes` bytes, rounded up: 65,535 bytes are one page, 0 bytes are none.
[[nodiscard]] constexpr std::uint64_t pages_for(std::uint64_t bytes) noexcept {
  return bytes / page_size + (bytes % page_size != 0 ? 1 : 0);
}

} // namespace linmem::inline LINMEM_ABI
