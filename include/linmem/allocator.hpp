// linmem/allocator.hpp - an arena behind the standard containers, a pool behind std::pmr ones.
//
//   linmem::arena<> arena;
//   std::vector<int, linmem::allocator<int>> numbers{linmem::allocator<int>{arena}};
//
// Containers have no way to be refused: when the arena has no more, the handler is called and must
// not return. The one by default throws std::bad_alloc where exceptions are on and ends the program
// where they are off. What a container frees goes back only if it was the newest allocation.
#pragma once

#include <linmem/arena.hpp>
#include <linmem/buffer_block.hpp>
#include <linmem/buffer_pool.hpp>
#include <linmem/config.hpp>
#include <linmem/error.hpp>
#include <linmem/no_mutex.hpp>
#include <linmem/storage.hpp>

#include <cstddef> // std::size_t
#include <cstdlib> // std::abort
#include <new>     // std::bad_alloc

#if __has_include(<memory_resource>)
#include <memory_resource> // std::pmr::memory_resource
#endif

namespace linmem::inline LINMEM_ABI {

/// The handler by default: throws std::bad_alloc, or ends the program where nothing can be thrown.
[[noreturn]] inline void exhausted(const error& /*why*/) {
#if defined(__cpp_exceptions) || defined(__EXCEPTIONS)
  throw std::bad_alloc{};
#else
  std::abort();
#endif
}

namespace detail {
template <auto Handler, storage Storage>
[[nodiscard]] std::byte* allocate_or_handle(arena<Storage>& from, std::size_t bytes,
                                            std::size_t alignment) {
  const auto given = from.allocate(bytes, alignment);
  if (!given) { Handler(given.error()); }
  return given->data();
}
} // namespace detail

/// A standard allocator that takes from an arena, which outlives everything made with it. `Handler`
/// is called with the error when the arena has no more.
template <class T, storage Storage = arena_heap, auto Handler = &exhausted>
class allocator {
public:
  using value_type = T; ///< as the standard asks
  /// The same for another type, as the standard asks.
  template <class U>
  struct rebind {
    using other = allocator<U, Storage, Handler>; ///< as the standard asks
  };

  /// Takes from `from`.
  explicit allocator(arena<Storage>& from) noexcept : arena_{&from} {}
  /// Takes from the arena of `other`.
  template <class U>
  allocator(const allocator<U, Storage, Handler>&
                other) noexcept // NOLINT: implicit, as the standard asks
      : arena_{&other.source()} {}

  /// Room for `n` objects; never null.
  [[nodiscard]] T* allocate(std::size_t n) {
    const std::size_t bytes = n > ~std::size_t{0} / sizeof(T) ? ~std::size_t{0} : n * sizeof(T);
    return reinterpret_cast<T*>(detail::allocate_or_handle<Handler>(*arena_, bytes, alignof(T)));
  }
  /// Gives back the newest allocation; any other stays until the arena is reset.
  void deallocate(T* p, std::size_t n) noexcept {
    static_cast<void>(arena_->try_free_last(reinterpret_cast<std::byte*>(p), n * sizeof(T)));
  }
  /// The arena.
  [[nodiscard]] arena<Storage>& source() const noexcept { return *arena_; }

  /// Equal when both take from the same arena.
  template <class U>
  friend bool operator==(const allocator& a, const allocator<U, Storage, Handler>& b) noexcept {
    return &a.source() == &b.source();
  }

private:
  arena<Storage>* arena_;
};

#if defined(__cpp_lib_memory_resource)

/// An arena as a std::pmr::memory_resource, otherwise as allocator.
template <storage Storage = arena_heap, auto Handler = &exhausted>
class arena_resource final : public std::pmr::memory_resource {
public:
  /// Takes from `from`, which outlives everything made with it.
  explicit arena_resource(arena<Storage>& from) noexcept : arena_{from} {}

private:
  void* do_allocate(std::size_t bytes, std::size_t alignment) override {
    return detail::allocate_or_handle<Handler>(arena_, bytes, alignment);
  }
  void do_deallocate(void* p, std::size_t bytes, std::size_t /*alignment*/) override {
    static_cast<void>(arena_.try_free_last(static_cast<std::byte*>(p), bytes));
  }
  [[nodiscard]] bool do_is_equal(const std::pmr::memory_resource& other) const noexcept override {
    return this == &other;
  }

  arena<Storage>& arena_;
};

/// A buffer pool as a std::pmr::memory_resource, for few large blocks: each costs a buffer's header and
/// is rounded up to its size class. What is freed is used again. Alignments up to storage_alignment;
/// a larger one is refused as unsupported.
template <storage Storage = pool_heap, basic_lockable Mutex = no_mutex, auto Handler = &exhausted>
class pool_resource final : public std::pmr::memory_resource {
public:
  /// Takes from `from`, which outlives everything made with it.
  explicit pool_resource(buffer_pool<Storage, Mutex>& from) noexcept : pool_{from} {}

private:
  void* do_allocate(std::size_t bytes, std::size_t alignment) override {
    if (alignment > storage_alignment) {
      Handler(error{errc::unsupported, "alignment of a pooled block in bytes", storage_alignment,
                    alignment});
    }
    auto taken = pool_.acquire(bytes);
    if (!taken) { Handler(taken.error()); }
    std::byte* data = taken->data();
    static_cast<void>(taken->detach()); // found again by its address
    return data;
  }
  void do_deallocate(void* p, std::size_t /*bytes*/, std::size_t /*alignment*/) override {
    auto* block =
        reinterpret_cast<buffer_block*>(static_cast<std::byte*>(p) - sizeof(buffer_block));
    static_cast<void>(pool_.attach(block)); // released at once
  }
  [[nodiscard]] bool do_is_equal(const std::pmr::memory_resource& other) const noexcept override {
    return this == &other;
  }

  buffer_pool<Storage, Mutex>& pool_;
};

#endif

} // namespace linmem::inline LINMEM_ABI
