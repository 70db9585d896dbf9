// linmem/ring_exports.hpp - rings behind handles: the optional part of the C ABI for them.
//
// Opt-in like exports.hpp, and for the same thread. With it, JavaScript's Ring works, and
// functions of the program find the ring that a handle names:
//
//   LINMEM_EXPORT(log_to) std::uint32_t log_to(std::uint32_t h) noexcept {
//     const auto ring = linmem::hosted_ring(h);
//     auto out = ring ? linmem::message_producer::open(*ring) : linmem::unexpected{ring.error()};
//     return out ? (log.emplace(std::move(*out)), 1) : linmem::reject(out.error());
//   }
//
// A ring is not freed while one of its sides is taken, by whichever language: free says `leased`. The
// ends themselves may belong to any thread; only the handle belongs to this one.
#pragma once

#include <linmem/config.hpp>
#include <linmem/error.hpp>
#include <linmem/exports.hpp>
#include <linmem/host.hpp>
#include <linmem/result.hpp>
#include <linmem/ring.hpp>
#include <linmem/ring_block.hpp>
#include <linmem/storage.hpp>

#include <cstddef> // std::byte
#include <cstdint> // std::uint32_t, std::uintptr_t
#include <new>     // placement new
#include <utility> // std::move

namespace linmem::inline LINMEM_ABI {

namespace detail {

[[nodiscard]] inline ring<>* find_ring(std::uint32_t number) noexcept {
  object* found = find_object(number, object_kind::ring, "ring handle");
  return found != nullptr ? static_cast<ring<>*>(found->at) : nullptr;
}

} // namespace detail

/// The ring that the host calls `number`; invalid_handle when it names none. Valid until the host
/// frees it, which it cannot while a side is taken.
[[nodiscard]] inline result<ring_view> hosted_ring(std::uint32_t number) noexcept {
  const ring<>* found = detail::find_ring(number);
  if (found == nullptr) { return unexpected{detail::no_such("ring handle", number)}; }
  return found->view();
}

} // namespace linmem::inline LINMEM_ABI

/// The address of the layout of a ring's block.
LINMEM_EXPORT(linmem_ring_layout) std::uintptr_t linmem_ring_layout() noexcept {
  return reinterpret_cast<std::uintptr_t>(&linmem::ring_layout); // NOLINT: read at once
}

/// A ring of `capacity` bytes, for messages when `kind` is 1, for bytes when it is 0: its handle.
LINMEM_EXPORT(linmem_ring_new)
std::uint32_t linmem_ring_new(std::uint32_t capacity, std::uint32_t kind) noexcept {
  using ring_type = linmem::ring<>;
  if (kind > 1) {
    return linmem::reject({linmem::errc::invalid_argument, "kind of a ring", 1, kind});
  }
  auto made = ring_type::create({capacity, static_cast<linmem::ring_kind>(kind)});
  if (!made) { return linmem::reject(made.error()); }
  std::byte* at = linmem::heap_storage{}.allocate(sizeof(ring_type));
  if (at == nullptr) {
    return linmem::reject(
        {linmem::errc::out_of_memory, "ring object in bytes", 0, sizeof(ring_type)});
  }
  auto* ring = ::new (static_cast<void*>(at)) ring_type{std::move(*made)};
  const auto h = linmem::detail::objects.insert({linmem::detail::object_kind::ring, ring, nullptr});
  if (h) { return static_cast<std::uint32_t>(*h); }
  ring->~ring_type();
  linmem::heap_storage{}.deallocate(at, sizeof(ring_type));
  return linmem::reject(h.error());
}

/// The address of the ring's block, which stays where it is until the ring is freed.
LINMEM_EXPORT(linmem_ring_block) std::uintptr_t linmem_ring_block(std::uint32_t h) noexcept {
  const linmem::ring<>* ring = linmem::detail::find_ring(h);
  return ring == nullptr ? 0 : reinterpret_cast<std::uintptr_t>(&ring->view().block()); // NOLINT
}

/// Frees the ring; refused with `leased`, and the number of who has it, while a side is taken.
LINMEM_EXPORT(linmem_ring_free) std::uint32_t linmem_ring_free(std::uint32_t h) noexcept {
  using ring_type = linmem::ring<>;
  ring_type* ring = linmem::detail::find_ring(h);
  if (ring == nullptr) { return 0; }
  for (const auto role : {linmem::ring_role::producer, linmem::ring_role::consumer}) {
    const std::uint32_t holder = ring->view().holder(role);
    if (holder != 0) {
      return linmem::reject({linmem::errc::leased, "end of a ring, held by number", 0, holder});
    }
  }
  static_cast<void>(linmem::detail::objects.erase(linmem::handle{h}));
  ring->~ring_type();
  linmem::heap_storage{}.deallocate(reinterpret_cast<std::byte*>(ring), sizeof *ring);
  return 1;
}
