// linmem/resource_tracker.hpp - what crossed the boundary, and by how many copies.
//
// A ledger in linear memory: C++ and its host add to it where they copy, and both read it with no
// call. What is not in it was not copied by the library.
//
//   linmem::copy_ledger ledger;
//   ledger.copied_in += bytes.size();
//
// Not a profiler. One thread at a time writes.
#pragma once

#include <linmem/config.hpp>
#include <linmem/layout.hpp>

#include <array>   // std::array
#include <cstdint> // std::uint32_t, std::uint64_t

namespace linmem::inline LINMEM_ABI {

/// Bytes that the library copied, and what of it is alive now.
struct copy_ledger {
  std::uint64_t copied_in = 0;  ///< from the host's memory into linear memory, in bytes
  std::uint64_t copied_out = 0; ///< from linear memory into the host's, in bytes
  std::uint64_t staged = 0;     ///< copied once more on the way because an API refused the place
  std::uint32_t buffers = 0;    ///< shared buffers with a handle
  std::uint32_t streams = 0;    ///< streams with a handle
};

/// The fields of copy_ledger.
inline constexpr std::array ledger_fields{
    LINMEM_FIELD(copy_ledger, copied_in), LINMEM_FIELD(copy_ledger, copied_out),
    LINMEM_FIELD(copy_ledger, staged),    LINMEM_FIELD(copy_ledger, buffers),
    LINMEM_FIELD(copy_ledger, streams),
};
/// The layout of copy_ledger.
inline constexpr block_layout ledger_layout{"ledger", sizeof(copy_ledger), ledger_fields};

} // namespace linmem::inline LINMEM_ABI
