// linmem/exports.hpp - the C ABI that the JS half talks to.
//
// Opt-in: including this header exports the functions `linmem_*` from the module, once however many
// translation units include it, with no linker option. How a program publishes streams of its own is
// in host_stream.hpp, which comes with it:
//
//   LINMEM_EXPORT(shout_open) std::uint32_t shout_open() noexcept {
//     return linmem::open_stream(linmem::utf8_lossy<shout>{});      // a handle; 0 on an error
//   }
//
// Addresses go out only to be read by the JS half within the same call; what comes in is handles
// and counts, each checked here. A function that fails returns 0 and leaves its reason in the error
// block. All of it belongs to one thread; include it in one configuration per program.
#pragma once

#include <linmem/config.hpp>
#include <linmem/error.hpp>
#include <linmem/growth.hpp>
#include <linmem/host.hpp>
#include <linmem/host_stream.hpp>
#include <linmem/linear_memory.hpp>
#include <linmem/shared_buffer.hpp>

#include <cstddef> // std::size_t
#include <cstdint> // std::uint32_t, std::uintptr_t
#include <utility> // std::move

#if defined(__EMSCRIPTEN__)
#include <emscripten/em_asm.h> // EM_ASM
#endif

// The C ABI. Handles are never 0; 0 is the answer of a call that failed.

/// The table that says where everything else lies. Under Emscripten also hands the memory to the
/// module object, which otherwise does not have it.
LINMEM_EXPORT(linmem_abi) std::uintptr_t linmem_abi() noexcept {
#if defined(__EMSCRIPTEN__)
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
  auto buffer = linmem::detail::host_shared_buffer::create(capacity, {}, {.locks = locks != 0});
  if (!buffer) { return linmem::reject(buffer.error()); }
  return linmem::detail::host_new(*buffer);
}

/// The address of the buffer's block.
LINMEM_EXPORT(linmem_buffer_block) std::uintptr_t linmem_buffer_block(std::uint32_t h) noexcept {
  return reinterpret_cast<std::uintptr_t>(linmem::detail::find_buffer(h)); // NOLINT: read at once
}

/// shared_buffer::reserve; 1, and the room lies behind the committed bytes.
LINMEM_EXPORT(linmem_buffer_reserve)
std::uint32_t linmem_buffer_reserve(std::uint32_t h, std::size_t bytes) noexcept {
  return linmem::detail::with_buffer(h, [bytes](auto& buffer) -> std::uint32_t {
    const auto room = buffer.reserve(bytes);
    return room ? 1 : linmem::reject(room.error());
  });
}

/// shared_buffer::commit.
LINMEM_EXPORT(linmem_buffer_commit)
std::uint32_t linmem_buffer_commit(std::uint32_t h, std::size_t bytes) noexcept {
  return linmem::detail::with_buffer(
      h, [bytes](auto& buffer) { return linmem::detail::accept(buffer.commit(bytes)); });
}

/// shared_buffer::reset; refused with `leased` while a stream reads the buffer.
LINMEM_EXPORT(linmem_buffer_reset) std::uint32_t linmem_buffer_reset(std::uint32_t h) noexcept {
  return linmem::detail::with_buffer(
      h, [](auto& buffer) { return linmem::detail::accept(buffer.reset()); });
}

/// Frees the buffer, or gives it back to its pool; refused with `leased` while a stream reads it.
LINMEM_EXPORT(linmem_buffer_free) std::uint32_t linmem_buffer_free(std::uint32_t h) noexcept {
  linmem::buffer_block* block = linmem::detail::find_buffer(h);
  if (block == nullptr) { return 0; }
  if (block->leases != 0) {
    return linmem::reject({linmem::errc::leased, "buffer leases", 0, block->leases});
  }
  const auto erased = linmem::detail::objects.erase(linmem::handle{h});
  if (erased->owner != nullptr) {
    erased->owner->take_back(*erased->owner, block);
  } else {
    static_cast<void>(linmem::detail::host_shared_buffer::adopt(block)); // its destructor frees it
  }
  --linmem::detail::ledger.buffers;
  return 1;
}

/// The address of the stream's block.
LINMEM_EXPORT(linmem_stream_block) std::uintptr_t linmem_stream_block(std::uint32_t h) noexcept {
  linmem::hosted_stream* stream = linmem::detail::find_stream(h);
  return stream == nullptr ? 0 : reinterpret_cast<std::uintptr_t>(&stream->block); // NOLINT
}

/// Goes to the next chunk. 1 + stream_state; on `failed` the reason is recorded.
LINMEM_EXPORT(linmem_stream_next) std::uint32_t linmem_stream_next(std::uint32_t h) noexcept {
  linmem::hosted_stream* stream = linmem::detail::find_stream(h);
  if (stream == nullptr) { return 0; }
  stream->next();
  if (stream->block.state == linmem::stream_state::failed) { linmem::reject(stream->failure()); }
  return 1 + static_cast<std::uint32_t>(stream->block.state);
}

/// Goes to the next part, text or an item, which is then in the stream's item block. Answers as above.
LINMEM_EXPORT(linmem_stream_part) std::uint32_t linmem_stream_part(std::uint32_t h) noexcept {
  linmem::hosted_stream* stream = linmem::detail::find_stream(h);
  if (stream == nullptr) { return 0; }
  stream->next_part();
  if (stream->block.state == linmem::stream_state::failed) { linmem::reject(stream->failure()); }
  return 1 + static_cast<std::uint32_t>(stream->block.state);
}

/// The first `bytes` of the stream's input room are filled.
LINMEM_EXPORT(linmem_stream_feed)
std::uint32_t linmem_stream_feed(std::uint32_t h, std::size_t bytes) noexcept {
  linmem::hosted_stream* stream = linmem::detail::find_stream(h);
  return stream == nullptr ? 0 : linmem::detail::accept(stream->feed(bytes));
}

/// No input follows.
LINMEM_EXPORT(linmem_stream_finish) std::uint32_t linmem_stream_finish(std::uint32_t h) noexcept {
  linmem::hosted_stream* stream = linmem::detail::find_stream(h);
  return stream == nullptr ? 0 : linmem::detail::accept(stream->finish());
}

/// There will be `total` bytes of input, for progress.
LINMEM_EXPORT(linmem_stream_expect)
std::uint32_t linmem_stream_expect(std::uint32_t h, double total) noexcept {
  linmem::hosted_stream* stream = linmem::detail::find_stream(h);
  if (stream == nullptr) { return 0; }
  constexpr double most = 9007199254740991; // 2^53 - 1: a count that JavaScript can hold
  if (!(total >= 0 && total <= most)) {     // also refuses NaN
    return linmem::reject({linmem::errc::invalid_argument, "expected input in bytes"});
  }
  stream->expect(static_cast<std::uint64_t>(total));
  return 1;
}

/// Goes to the next item of `kind`, or of any kind for any_item, among those the stream has made so
/// far. 1 + stream_state::item, and the stream's item block says what it is; 1 + the stream's state
/// while there is none. Each kind has a cursor of its own, and so have any_item and the parts.
LINMEM_EXPORT(linmem_stream_item)
std::uint32_t linmem_stream_item(std::uint32_t h, std::uint32_t kind) noexcept {
  linmem::hosted_stream* stream = linmem::detail::find_stream(h);
  if (stream == nullptr) { return 0; }
  if (kind >= linmem::item_kinds && kind != linmem::any_item) {
    return linmem::reject({linmem::errc::out_of_range, "item kind", linmem::item_kinds - 1, kind});
  }
  const bool found = stream->next_item(kind);
  return 1 + static_cast<std::uint32_t>(found ? linmem::stream_state::item : stream->block.state);
}

/// Puts the metadata, one JSON text, into the stream's item block as a payload. Answers as above.
LINMEM_EXPORT(linmem_stream_metadata)
std::uint32_t linmem_stream_metadata(std::uint32_t h) noexcept {
  linmem::hosted_stream* stream = linmem::detail::find_stream(h);
  if (stream == nullptr) { return 0; }
  const bool found = stream->metadata();
  return 1 + static_cast<std::uint32_t>(found ? linmem::stream_state::item : stream->block.state);
}

/// chunk_stream::rewind.
LINMEM_EXPORT(linmem_stream_rewind) std::uint32_t linmem_stream_rewind(std::uint32_t h) noexcept {
  linmem::hosted_stream* stream = linmem::detail::find_stream(h);
  return stream == nullptr ? 0 : linmem::detail::accept(stream->rewind());
}

/// Frees the stream, its chunk and its input room, and ends its lease.
LINMEM_EXPORT(linmem_stream_free) std::uint32_t linmem_stream_free(std::uint32_t h) noexcept {
  linmem::hosted_stream* stream = linmem::detail::find_stream(h);
  if (stream == nullptr) { return 0; }
  static_cast<void>(linmem::detail::objects.erase(linmem::handle{h}));
  stream->destroy();
  --linmem::detail::ledger.streams;
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
