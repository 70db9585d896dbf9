// linmem/pool_exports.hpp - buffer pools behind handles: the optional part of the C ABI for them.
//
// Opt-in like exports.hpp, and for the same thread. With it, JavaScript's BufferPool works:
//
//   const pool = memory.pool({ keepBytes: 1 << 22 });
//   { using buffer = pool.acquire(50_000); ... }       // back in the pool, not freed
//
// A pooled buffer is a buffer like any other; freeing its handle gives it back. A handle released
// twice is stale, and one of another pool goes back to where it came from.
#pragma once

#include <linmem/buffer_pool.hpp>
#include <linmem/config.hpp>
#include <linmem/error.hpp>
#include <linmem/exports.hpp>
#include <linmem/host.hpp>
#include <linmem/layout.hpp>

#include <array>   // std::array
#include <cstddef> // std::byte, std::size_t
#include <cstdint> // std::uint32_t, std::uint64_t, std::uintptr_t
#include <new>     // placement new

namespace linmem::inline LINMEM_ABI {

/// The fields of pool_statistics.
inline constexpr std::array pool_fields{
    LINMEM_FIELD(pool_statistics, hits),
    LINMEM_FIELD(pool_statistics, misses),
    LINMEM_FIELD(pool_statistics, refused),
    LINMEM_FIELD(pool_statistics, outstanding),
    LINMEM_FIELD(pool_statistics, outstanding_bytes),
    LINMEM_FIELD(pool_statistics, retained),
    LINMEM_FIELD(pool_statistics, retained_bytes),
};
/// The layout of pool_statistics.
inline constexpr block_layout pool_layout{"pool", sizeof(pool_statistics), pool_fields};

namespace detail {

// A pool that buffers find back to.
struct hosted_pool : buffer_owner {
  explicit hosted_pool(const pool_options& options) noexcept
      : buffer_owner{[](buffer_owner& self, buffer_block* block) noexcept {
          auto& home =
              static_cast<hosted_pool&>(self).pool; // NOLINT: only these have this function
          static_cast<void>(home.attach(block));    // released at once
        }},
        pool{options} {}
  buffer_pool<host_pool_heap> pool;
  pool_statistics figures; // as of the last linmem_pool_block
};

[[nodiscard]] inline hosted_pool* find_pool(std::uint32_t number) noexcept {
  object* found = find_object(number, object_kind::pool, "pool handle");
  return found != nullptr ? static_cast<hosted_pool*>(found->at) : nullptr;
}

} // namespace detail

} // namespace linmem::inline LINMEM_ABI

/// The address of the layout of a pool's block.
LINMEM_EXPORT(linmem_pool_layout) std::uintptr_t linmem_pool_layout() noexcept {
  return reinterpret_cast<std::uintptr_t>(&linmem::pool_layout); // NOLINT: read at once
}

/// A pool, as pool_options say: its handle.
LINMEM_EXPORT(linmem_pool_new)
std::uint32_t linmem_pool_new(std::size_t keep_count, std::size_t keep_bytes,
                              std::size_t limit_bytes, std::uint32_t zero_on_release) noexcept {
  using linmem::detail::hosted_pool;
  std::byte* at = linmem::detail::host_pool_heap{}.allocate(sizeof(hosted_pool));
  if (at == nullptr) {
    return linmem::reject(
        {linmem::errc::out_of_memory, "pool object in bytes", 0, sizeof(hosted_pool)});
  }
  auto* made = ::new (static_cast<void*>(at))
      hosted_pool{linmem::pool_options{keep_count, keep_bytes, limit_bytes, zero_on_release != 0}};
  const auto h = linmem::detail::objects.insert({linmem::detail::object_kind::pool, made, nullptr});
  if (h) { return static_cast<std::uint32_t>(*h); }
  made->~hosted_pool();
  linmem::detail::host_pool_heap{}.deallocate(at, sizeof(hosted_pool));
  return linmem::reject(h.error());
}

/// Brings the pool's statistics up to date: their address.
LINMEM_EXPORT(linmem_pool_block) std::uintptr_t linmem_pool_block(std::uint32_t h) noexcept {
  linmem::detail::hosted_pool* found = linmem::detail::find_pool(h);
  if (found == nullptr) { return 0; }
  found->figures = found->pool.statistics();
  return reinterpret_cast<std::uintptr_t>(&found->figures); // NOLINT: read at once
}

/// A buffer of the pool for at least `bytes`: its handle. Freed by linmem_buffer_free.
LINMEM_EXPORT(linmem_pool_acquire)
std::uint32_t linmem_pool_acquire(std::uint32_t h, std::size_t bytes) noexcept {
  linmem::detail::hosted_pool* found = linmem::detail::find_pool(h);
  if (found == nullptr) { return 0; }
  auto lease = found->pool.acquire(bytes);
  if (!lease) { return linmem::reject(lease.error()); }
  const std::uint32_t buffer = linmem::detail::host_buffer(lease->block(), found);
  if (buffer != 0) { static_cast<void>(lease->detach()); } // the table's now
  return buffer;
}

/// buffer_pool::warm_up.
LINMEM_EXPORT(linmem_pool_warm_up)
std::uint32_t linmem_pool_warm_up(std::uint32_t h, std::size_t count, std::size_t bytes) noexcept {
  linmem::detail::hosted_pool* found = linmem::detail::find_pool(h);
  return found == nullptr ? 0 : linmem::detail::accept(found->pool.warm_up(count, bytes));
}

/// buffer_pool::trim.
LINMEM_EXPORT(linmem_pool_trim)
std::uint32_t linmem_pool_trim(std::uint32_t h, std::size_t to_bytes) noexcept {
  linmem::detail::hosted_pool* found = linmem::detail::find_pool(h);
  if (found == nullptr) { return 0; }
  found->pool.trim(to_bytes);
  return 1;
}

/// Frees the pool and what lies idle in it; refused with `leased` while a buffer of it is out.
LINMEM_EXPORT(linmem_pool_free) std::uint32_t linmem_pool_free(std::uint32_t h) noexcept {
  linmem::detail::hosted_pool* found = linmem::detail::find_pool(h);
  if (found == nullptr) { return 0; }
  const std::uint64_t out = found->pool.statistics().outstanding;
  if (out != 0) { return linmem::reject({linmem::errc::leased, "buffers of a pool", 0, out}); }
  static_cast<void>(linmem::detail::objects.erase(linmem::handle{h}));
  found->~hosted_pool();
  linmem::detail::host_pool_heap{}.deallocate(reinterpret_cast<std::byte*>(found), sizeof *found);
  return 1;
}
