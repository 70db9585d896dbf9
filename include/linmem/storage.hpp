// linmem/storage.hpp - where the bytes of a primitive come from.
//
// Every primitive that owns bytes takes a storage as its template parameter, so that the same code
// runs on the heap, on a caller's memory, in a static array, or in a region shared by two processes:
//
//   auto a = linmem::shared_buffer<>::create(4096);                                  // heap
//   auto b = linmem::shared_buffer<linmem::span_storage>::create(4096, {region});    // a caller's
//
// A storage gives uninitialised bytes or null and never throws. A primitive keeps its storage by
// value; one that cannot be moved, or that several are to share, is passed as a storage_ref. Not an
// STL allocator.
#pragma once

#include <linmem/bytes.hpp>
#include <linmem/config.hpp>
#include <linmem/resource_tracker.hpp>

#include <array>    // std::array
#include <concepts> // std::same_as
#include <cstddef>  // std::byte, std::max_align_t, std::size_t
#include <cstdint>  // std::uintptr_t
#include <cstdlib>  // std::free, std::malloc

namespace linmem::inline LINMEM_ABI {

/// Every block of a storage begins at a multiple of this: what SIMD loads want.
inline constexpr std::size_t storage_alignment = 16;

/// A source of bytes. allocate(n) gives n uninitialised bytes at a multiple of storage_alignment, or
/// null; deallocate takes back exactly what allocate gave.
template <class S>
concept storage = requires(S s, std::byte* bytes, std::size_t n) {
  { s.allocate(n) } noexcept -> std::same_as<std::byte*>;
  { s.deallocate(bytes, n) } noexcept;
};

namespace detail {

// Where malloc aligns to less, as on wasm32, what it gave is moved on by 1 to storage_alignment bytes,
// and the last of them says by how many. aligned_alloc would add 1.8 KB to a wasm module.
inline constexpr bool malloc_aligns = alignof(std::max_align_t) >= storage_alignment;

// `n` bytes of malloc, aligned, or null.
[[nodiscard]] inline std::byte* heap_bytes(std::size_t n) noexcept {
  constexpr std::size_t front = malloc_aligns ? 0 : storage_alignment;
  if (n > ~std::size_t{0} / (malloc_aligns ? 2 : 1) - front) { return nullptr; } // none is larger
  // Some allocators align what is smaller than this to less.
  const std::size_t least = malloc_aligns && n < storage_alignment ? storage_alignment : n;
  auto* given = static_cast<std::byte*>(std::malloc(least + front)); // NOLINT: owned
  if (malloc_aligns || given == nullptr) { return given; }
  const auto address = reinterpret_cast<std::uintptr_t>(given); // NOLINT: to align it
  const std::size_t shift = storage_alignment - address % storage_alignment;
  given[shift - 1] = static_cast<std::byte>(shift);
  return given + shift;
}

// Frees what heap_bytes gave.
inline void free_heap_bytes(std::byte* bytes) noexcept {
  if (!malloc_aligns) { bytes -= std::to_integer<std::size_t>(bytes[-1]); }
  std::free(bytes); // NOLINT: owned
}

} // namespace detail

/// The heap of the module: malloc, which operator new would only wrap in an abort.
class untracked_heap {
public:
  /// `n` bytes or null. Thread-safe as malloc is.
  [[nodiscard]] std::byte* allocate(std::size_t n) noexcept { return detail::heap_bytes(n); }
  /// Gives back what allocate returned; null is allowed.
  void deallocate(std::byte* bytes, std::size_t) noexcept {
    if (bytes != nullptr) { detail::free_heap_bytes(bytes); }
  }
};

#if LINMEM_METRICS

namespace detail {

// Not inlined: the counting is more code than the call to it, and malloc takes longer than both.
[[nodiscard]] [[gnu::noinline]] inline std::byte* allocate_tracked(std::size_t n,
                                                                   memory_tag tag) noexcept {
  if (!tracker().allocating(n)) { return nullptr; }
  std::byte* const given = heap_bytes(n);
  if (given != nullptr) {
    tracker().allocated(n, tag);
  } else {
    tracker().allocation_failed(n);
  }
  return given;
}
[[gnu::noinline]] inline void deallocate_tracked(std::byte* bytes, std::size_t n,
                                                 memory_tag tag) noexcept {
  tracker().freed(n, tag);
  free_heap_bytes(bytes);
}

} // namespace detail

/// The heap, which the program's tracker is asked for first; it counts the bytes under `Tag`.
template <memory_tag Tag>
class tagged_heap {
public:
  /// `n` bytes; null when malloc has none or the tracker's limit refuses. Thread-safe as malloc is.
  [[nodiscard]] std::byte* allocate(std::size_t n) noexcept {
    return detail::allocate_tracked(n, Tag);
  }
  /// Gives back what allocate(n) returned; null is allowed.
  [[gnu::always_inline]] void deallocate(std::byte* bytes, std::size_t n) noexcept {
    if (bytes != nullptr) { detail::deallocate_tracked(bytes, n, Tag); }
  }
};

#else

template <memory_tag>
using tagged_heap = untracked_heap; ///< there is no tracker to ask

#endif

using heap_storage = tagged_heap<memory_tag::heap>;  ///< the heap, for nothing in particular
using buffer_heap = tagged_heap<memory_tag::buffer>; ///< the heap, for shared buffers
using stream_heap = tagged_heap<memory_tag::stream>; ///< the heap, for streams
using arena_heap = tagged_heap<memory_tag::arena>;   ///< the heap, for arenas
using pool_heap = tagged_heap<memory_tag::pool>;     ///< the heap, for buffer pools
using cache_heap = tagged_heap<memory_tag::cache>;   ///< the heap, for caches

/// One block in memory that the caller owns, for example a mapped region. It is given once at a time,
/// as far as this object knows: a copy knows only what was given when it was made.
class span_storage {
public:
  span_storage() = default; ///< no memory: every allocation fails
  /// Gives from `memory`, which outlives what is made of it.
  span_storage(byte_span memory) noexcept : memory_{memory} {} // NOLINT: implicit, as in {region}

  /// The start of the memory, aligned, if it has room for `n` bytes and is not given already.
  [[nodiscard]] std::byte* allocate(std::size_t n) noexcept {
    const auto address = reinterpret_cast<std::uintptr_t>(memory_.data()); // NOLINT
    const std::size_t skip = (storage_alignment - address % storage_alignment) % storage_alignment;
    if (given_ || memory_.data() == nullptr || !in_bounds(skip, n, memory_.size())) {
      return nullptr;
    }
    given_ = true;
    return memory_.data() + skip;
  }
  /// Makes the memory available again.
  void deallocate(std::byte* bytes, std::size_t) noexcept {
    if (bytes != nullptr) { given_ = false; }
  }

private:
  byte_span memory_{};
  bool given_ = false;
};

/// A storage that lies elsewhere and outlives this: for one that cannot be moved, or that several
/// primitives share.
template <storage S>
class storage_ref {
public:
  /// Gives what `from` gives.
  storage_ref(S& from) noexcept : from_{&from} {} // NOLINT: implicit, as in create(4096, region)

  /// As the other storage's.
  [[nodiscard]] std::byte* allocate(std::size_t n) noexcept { return from_->allocate(n); }
  /// As the other storage's.
  void deallocate(std::byte* bytes, std::size_t n) noexcept { from_->deallocate(bytes, n); }

private:
  S* from_;
};

/// `Bytes` bytes inside this object, given once at a time. It cannot be moved, since what it gave
/// would move with it: make it static or a member, and pass a storage_ref to it. With static storage
/// duration it costs no bytes in the program file and no constructor.
template <std::size_t Bytes>
class static_storage {
public:
  static_storage() = default; ///< zeros, nothing given
  static_storage(const static_storage&) = delete;
  static_storage& operator=(const static_storage&) = delete;
  static_storage(static_storage&&) = delete;
  static_storage& operator=(static_storage&&) = delete;
  /// What was given is not used any more.
  ~static_storage() = default;

  /// The start of the bytes, if there are `n` and they are not given already.
  [[nodiscard]] std::byte* allocate(std::size_t n) noexcept {
    if (given_ || n > Bytes) { return nullptr; }
    given_ = true;
    return memory_.data();
  }
  /// Makes the bytes available again.
  void deallocate(std::byte* bytes, std::size_t) noexcept {
    if (bytes != nullptr) { given_ = false; }
  }

private:
  alignas(storage_alignment) std::array<std::byte, Bytes> memory_{};
  bool given_ = false;
};

} // namespace linmem::inline LINMEM_ABI
