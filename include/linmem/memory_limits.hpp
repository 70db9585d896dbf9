// linmem/memory_limits.hpp - how much memory there may be, in pages, in bytes, or in both.
//
//   linmem::memory_limits limits{.hard_pages = 64, .hard_bytes = 1 << 20};
//   limits.pages();                                  // 16: the smaller of the two
//
// The rule where both are set: the smaller one is in force. Bytes are rounded up to pages, so that a
// limit of 65,535 bytes is one page and not none. A hard limit refuses; a soft one is counted when it
// is passed. Not what enforces them: see resource_tracker.hpp.
#pragma once

#include <linmem/bytes.hpp>
#include <linmem/config.hpp>
#include <linmem/pages.hpp>

#include <cstdint> // std::uint64_t

namespace linmem::inline LINMEM_ABI {

/// Limits, in whichever unit one thinks. 0 is: no limit.
struct memory_limits {
  std::uint64_t soft_pages = 0; ///< of linear memory; passing it is counted
  std::uint64_t hard_pages = 0; ///< of linear memory; growth beyond is refused
  std::uint64_t soft_bytes = 0; ///< as soft_pages, in bytes
  std::uint64_t hard_bytes =
      0; ///< as hard_pages; and, not rounded, of what linmem takes of the heap

  /// The hard limit in force, in pages; 0 for none.
  [[nodiscard]] constexpr std::uint64_t pages() const noexcept {
    return stricter(hard_pages, pages_for(hard_bytes));
  }
  /// The soft limit in force, in pages; 0 for none.
  [[nodiscard]] constexpr std::uint64_t warn_pages() const noexcept {
    return stricter(soft_pages, pages_for(soft_bytes));
  }

private:
  [[nodiscard]] static constexpr std::uint64_t stricter(std::uint64_t a, std::uint64_t b) noexcept {
    if (a == 0 || b == 0) { return a + b; }
    return smaller(a, b);
  }
};

} // namespace linmem::inline LINMEM_ABI
