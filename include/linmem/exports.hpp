// linmem/exports.hpp - the C ABI that the JS half talks to: shared buffers, errors, figures.
//
// Opt-in: including this header exports the functions `linmem_*` from the module, once however many
// translation units include it, with no linker option. Streams, pools, rings, parameters and the
// tracker have headers of their own, so that a module has only what it offers: stream_exports.hpp,
// pool_exports.hpp, ring_exports.hpp, params_exports.hpp, tracker_exports.hpp.
//
// Addresses go out only to be read by the JS half within the same call; what comes in is handles
// and counts, each checked here. A function that fails returns 0 and leaves its reason in the error
// block. All of it belongs to one thread; include it in one configuration per program.
#pragma once

#include <linmem/config.hpp>
#include <linmem/error.hpp>
#include <linmem/growth.hpp>
#include <linmem/host.hpp>
#include <linmem/linear_memory.hpp>
#include <linmem/shared_buffer.hpp>

#include <cstddef> // std::size_t
#include <cstdint> // std::uint32_t, std::uintptr_t

#if defined(__EMSCRIPTEN__) && !LINMEM_STANDALONE
#include <emscripten/em_asm.h> // EM_ASM
#endif

// The C ABI. Handles are never 0; 0 is the answer of a call that failed.

/// The table that says where everything else lies. With Emscripten's loader also hands the memory to
/// the module object, which otherwise does not have it.
LINMEM_EXPORT(linmem_abi) std::uintptr_t linmem_abi() noexcept {
#if defined(__EMSCRIPTEN__) && !LINMEM_STANDALONE
#pragma clang diagnostic push
#pragma clang diagnostic ignored "-Wgnu-zero-variadic-macro-arguments"
#pragma clang diagnostic ignored "-Wdollar-in-identifier-extension"
  EM_ASM({ Module["linmem"] = {"memory" : wasmMemory}; });
#pragma clang diagnostic pop
#endif
  return reinterpret_cast<std::uintptr_t>(&linmem::detail::table); // NOLINT: read at once
}

/// A buffer of `capacity` bytes, with lock words when `locks` is not 0: its handle.
LINMEM_EXPORT(linmem_buffer_new)
std::uint32_t linmem_buffer_new(std::size_t capacity, std::uint32_t locks) noexcept {
  using linmem::detail::host_shared_buffer;
  host_shared_buffer::storage_type heap;
  const auto block = host_shared_buffer::create_block(capacity, heap, {.locks = locks != 0});
  if (!block) { return linmem::reject(block.error()); }
  const std::uint32_t number = linmem::detail::host_buffer(*block, nullptr);
  if (number == 0) { static_cast<void>(host_shared_buffer::adopt(*block)); } // freed again
  return number;
}

/// The address of the buffer's block.
LINMEM_EXPORT(linmem_buffer_block) std::uintptr_t linmem_buffer_block(std::uint32_t h) noexcept {
  return reinterpret_cast<std::uintptr_t>(linmem::detail::find_buffer(h)); // NOLINT: read at once
}

/// Frees the buffer, or gives it back to its pool; refused with `leased` while a stream reads it.
LINMEM_EXPORT(linmem_buffer_free) std::uint32_t linmem_buffer_free(std::uint32_t h) noexcept {
  linmem::buffer_block* block = linmem::detail::find_buffer(h);
  if (block == nullptr) { return 0; }
  if (block->leases != 0) {
    return linmem::reject({linmem::errc::leased, "buffer leases", 0, block->leases});
  }
  linmem::detail::buffer_owner* owner = linmem::detail::objects.take(linmem::handle{h}).owner;
  if (owner != nullptr) {
    owner->take_back(*owner, block);
  } else {
    static_cast<void>(linmem::detail::host_shared_buffer::adopt(block)); // its destructor frees it
  }
  --linmem::detail::ledger.buffers;
  return 1;
}

/// With 1 forbids growth of the memory, with 0 takes that back; scopes nest. See growth.hpp.
LINMEM_EXPORT(linmem_forbid_growth)
std::uint32_t linmem_forbid_growth(std::uint32_t forbid) noexcept {
  auto& memory = linmem::linear_memory();
  if (forbid != 0) {
    memory.forbid_growth();
  } else if (memory.is_growth_forbidden()) {
    memory.allow_growth();
  }
  return 1;
}
