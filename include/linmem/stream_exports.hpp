// linmem/stream_exports.hpp - streams behind handles: the optional part of the C ABI for them.
//
// Opt-in like exports.hpp, and for the same thread. With it, JavaScript's ChunkStream works. How a
// program publishes streams of its own is in host_stream.hpp, which comes with it:
//
//   LINMEM_EXPORT(shout_open) std::uint32_t shout_open() noexcept {
//     return linmem::open_stream(linmem::utf8_lossy<shout>{});      // a handle; 0 on an error
//   }
#pragma once

#include <linmem/chunk_source.hpp>
#include <linmem/config.hpp>
#include <linmem/error.hpp>
#include <linmem/exports.hpp>
#include <linmem/host.hpp>
#include <linmem/host_stream.hpp>
#include <linmem/stream_items.hpp>

#include <cstddef> // std::size_t
#include <cstdint> // std::uint32_t, std::uint64_t, std::uintptr_t

/// The address of the layout of a stream's block.
LINMEM_EXPORT(linmem_stream_layout) std::uintptr_t linmem_stream_layout() noexcept {
  return reinterpret_cast<std::uintptr_t>(&linmem::stream_layout); // NOLINT: read at once
}

/// The address of the layout of an item's block.
LINMEM_EXPORT(linmem_stream_item_layout) std::uintptr_t linmem_stream_item_layout() noexcept {
  return reinterpret_cast<std::uintptr_t>(&linmem::item_layout); // NOLINT: read at once
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
