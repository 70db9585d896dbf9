// examples/image_batch/decoder_memory.hpp - what a decoder allocates, out of the pool.
//
// The decoder asks for memory by functions like malloc's. Each block that it gets is a buffer of the
// pool, the one with the finished pixels too: that one is taken over as it is, and nothing is copied.
// A single block is bounded by what an image of that size may need, all of them by the pool's limit.
// What the decoder leaves behind when it fails goes back to the pool with this object.
#pragma once

#include "picture.hpp"

#include <linmem/bytes.hpp>
#include <linmem/error.hpp>
#include <linmem/result.hpp>

#include <array>   // std::array
#include <cstddef> // std::size_t
#include <cstdint> // std::uint64_t
#include <cstring> // std::memcpy
#include <utility> // std::move

namespace image_batch {

/// The blocks of one decoder run. One thread.
class decoder_memory {
public:
  /// Takes blocks of at most `most` bytes from `pool`, which outlives this.
  decoder_memory(pixel_pool& pool, std::uint64_t most) noexcept : pool_{&pool}, most_{most} {}

  /// A block of `bytes`, or null with the reason in failure().
  [[nodiscard]] void* allocate(std::size_t bytes) noexcept {
    using linmem::errc;
    pixel_pool::lease* const free = find(nullptr);
    if (free == nullptr) {
      return refuse({errc::limit_exceeded, "decoder's blocks", most_blocks, most_blocks + 1});
    }
    if (bytes > most_) {
      return refuse({errc::limit_exceeded, "decoder's block in bytes", most_, bytes});
    }
    auto buffer = pool_->acquire(bytes);
    if (!buffer) { return refuse(buffer.error()); }
    *free = std::move(*buffer);
    return free->data();
  }

  /// The block at `at` (or null) with room for `bytes`, moved where it has none; null with the reason
  /// in failure(), and the block is as it was.
  [[nodiscard]] void* resize(void* at, std::size_t bytes) noexcept {
    if (at == nullptr) { return allocate(bytes); }
    pixel_pool::lease& old = *find(at);
    if (bytes <= old.capacity()) { return at; } // the rest of its size class
    void* const moved = allocate(bytes);
    if (moved != nullptr) {
      std::memcpy(moved, at, old.capacity());
      old = {};
    }
    return moved;
  }

  /// Gives the block at `at` back; null is allowed.
  void free(void* at) noexcept {
    if (at != nullptr) { *find(at) = {}; }
  }

  /// The block at `at`, which is the caller's from now on.
  [[nodiscard]] pixel_pool::lease take(void* at) noexcept { return std::move(*find(at)); }

  /// Why a block was refused last; code none when every one was granted.
  [[nodiscard]] const linmem::error& failure() const noexcept { return failure_; }

private:
  static constexpr std::size_t most_blocks = 32; // stb_image has 14 at a time

  // The lease of the block at `at`; with null one that is empty, or null when there is none left.
  [[nodiscard]] pixel_pool::lease* find(const void* at) noexcept {
    for (pixel_pool::lease& block : blocks_) {
      if ((block ? static_cast<const void*>(block.data()) : nullptr) == at) { return &block; }
    }
    return nullptr;
  }

  [[nodiscard]] void* refuse(const linmem::error& why) noexcept {
    failure_ = why;
    return nullptr;
  }

  pixel_pool* pool_;
  std::uint64_t most_;
  std::array<pixel_pool::lease, most_blocks> blocks_{};
  linmem::error failure_{};
};

} // namespace image_batch
