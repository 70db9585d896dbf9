// examples/document/pooled_batch/document_memory.hpp - what malloc gives while a document is read.
//
//   document::document_memory memory{64 << 10, 8 << 20};
//   memory.begin();
//   void* a = memory.allocate(100);   // by moving a pointer; null: ask the heap
//   ...
//   memory.end();                     // all of it at once, once the last is freed
//
// An arena in one region, so that an address says whose it is. The region becomes as large as the
// largest document needed, up to a limit; what does not fit is left to the heap. What is freed is given
// again at once if it was the newest, else to the next document. What outlives its document is not
// pulled away: until it is freed, later documents are left to the heap, too.
//
//   region:  | size | allocation | size | allocation ...... | free ... |
//
// One thread at a time.
#pragma once

#include <linmem/arena.hpp>         // linmem::arena
#include <linmem/bytes.hpp>         // linmem::align_up, linmem::byte_span
#include <linmem/shared_buffer.hpp> // linmem::shared_buffer
#include <linmem/size_class.hpp>    // linmem::size_class
#include <linmem/storage.hpp>       // linmem::arena_heap, linmem::span_storage

#include <algorithm>  // std::min
#include <cstddef>    // std::byte, std::max_align_t, std::size_t
#include <cstring>    // std::memcpy
#include <functional> // std::less
#include <optional>   // std::optional
#include <utility>    // std::move

namespace document {

/// See this header's first lines.
class document_memory {
public:
  /// A region of `capacity` bytes to begin with, where there is memory; at most `most` later.
  document_memory(std::size_t capacity, std::size_t most) noexcept
      : most_{std::min(most, linmem::size_class::largest)} {
    grow(capacity);
  }
  document_memory(const document_memory&) = delete;
  document_memory& operator=(const document_memory&) = delete;
  document_memory(document_memory&&) = delete; // what was allocated stays where it is
  document_memory& operator=(document_memory&&) = delete;
  ~document_memory() = default;

  /// A document begins: allocate() gives memory, if nothing of an earlier document is left.
  void begin() noexcept {
    demand_ = 0;
    is_open_ = true;
    serves_ = live_ == 0;
  }
  /// It has ended: all memory is free, if nothing of it is left, and there will be as much as it wanted.
  void end() noexcept {
    is_open_ = serves_ = false;
    if (live_ != 0) { return; }
    arena_.reset();
    if (demand_ > capacity()) { grow(demand_); }
  }
  /// Between begin() and end().
  [[nodiscard]] bool is_open() const noexcept { return is_open_; }

  /// `n` bytes, aligned as malloc's; null outside of a document and when the region has no more.
  [[nodiscard]] void* allocate(std::size_t n) noexcept {
    if (!serves_ || n > most_) { return nullptr; }
    demand_ += linmem::align_up(header + n, header);
    std::byte* const given = arena_.try_allocate(header + n, header);
    if (given == nullptr) { return nullptr; }
    std::memcpy(given, &n, sizeof n);
    ++live_;
    return given + header;
  }
  /// `at`, which owns() is true of, with room for `n` bytes: where it lies or elsewhere. Null, and
  /// nothing changed, when the region has no more.
  [[nodiscard]] void* reallocate(void* at, std::size_t n) noexcept {
    const std::size_t old = size_of(at);
    std::byte* const block = static_cast<std::byte*>(at) - header;
    if (n <= old) { return at; }
    if (serves_ && n <= most_ && arena_.try_resize_last(block, header + old, header + n)) {
      demand_ += n - old;
      std::memcpy(block, &n, sizeof n);
      return at;
    }
    void* const moved = allocate(n);
    if (moved == nullptr) { return nullptr; }
    std::memcpy(moved, at, old);
    free(at);
    return moved;
  }
  /// Takes back `at`, which owns() is true of.
  void free(void* at) noexcept {
    static_cast<void>(
        arena_.try_free_last(static_cast<std::byte*>(at) - header, header + size_of(at)));
    if (--live_ == 0 && !is_open_) { arena_.reset(); } // what outlived its document
  }
  /// Whether `at` was allocated here.
  [[nodiscard]] bool owns(const void* at) const noexcept {
    const auto* const byte = static_cast<const std::byte*>(at);
    const std::less<const std::byte*> before;
    return region_ && !before(byte, region_->data()) && before(byte, region_->data() + capacity());
  }
  /// Bytes of `at`, which owns() is true of.
  [[nodiscard]] static std::size_t size_of(const void* at) noexcept {
    std::size_t size = 0;
    std::memcpy(&size, static_cast<const std::byte*>(at) - header, sizeof size);
    return size;
  }

  /// Bytes of the region.
  [[nodiscard]] std::size_t capacity() const noexcept {
    return region_ ? static_cast<std::size_t>(region_->capacity()) : 0;
  }
  /// Allocations that are not freed.
  [[nodiscard]] std::size_t live() const noexcept { return live_; }

private:
  // In front of an allocation: its size, and room so that it is aligned.
  static constexpr std::size_t header = alignof(std::max_align_t);
  // Of an arena's chunk, at most.
  static constexpr std::size_t chunk_header = 64;

  using region = linmem::shared_buffer<linmem::arena_heap>;

  // An empty region for `bytes`, or as many as may be; where there is no memory, the old one stays.
  void grow(std::size_t bytes) noexcept {
    const std::size_t wanted =
        std::min(bytes, linmem::size_class::largest - chunk_header) + chunk_header;
    const std::size_t size =
        std::min(linmem::size_class::bytes_of(linmem::size_class::index_of(wanted)), most_);
    if (size <= capacity()) { return; }
    auto made = region::try_create(size);
    if (!made) { return; }
    const std::size_t initial = size - std::min(size, chunk_header);
    arena_ = linmem::arena<linmem::span_storage>{{.initial = initial, .limit = size},
                                                 linmem::byte_span{made->data(), size}};
    region_ = std::move(made);
  }

  std::optional<region> region_;
  linmem::arena<linmem::span_storage> arena_; // in the region
  std::size_t most_;
  std::size_t demand_ = 0; // bytes that this document asked for
  std::size_t live_ = 0;
  bool is_open_ = false;
  bool serves_ = false;
};

} // namespace document
