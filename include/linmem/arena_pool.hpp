// linmem/arena_pool.hpp - arenas that keep their memory from one document to the next.
//
//   linmem::arena_pool<> pool;
//   for (document& d : batch) {
//     auto lease = pool.try_acquire();      // an empty arena, or an empty lease
//     extract(d, *lease);
//   }                                       // reset, and back in the pool
//
// After the first documents nothing is allocated any more. What an idle arena keeps is bounded. Not
// needed for a single arena in a loop: reset() does the same.
#pragma once

#include <linmem/arena.hpp>
#include <linmem/config.hpp>
#include <linmem/error.hpp>
#include <linmem/no_mutex.hpp>
#include <linmem/result.hpp>
#include <linmem/storage.hpp>

#include <cstddef> // std::size_t
#include <cstdint> // std::uint64_t
#include <new>     // placement new
#include <utility> // std::exchange, std::swap

namespace linmem::inline LINMEM_ABI {

/// What an arena pool keeps, and how its arenas take memory.
struct arena_pool_options {
  arena_options arena{};                         ///< for each arena
  std::size_t keep_count = 8;                    ///< idle arenas kept at most
  std::size_t keep_bytes = std::size_t{1} << 20; ///< bytes that each of them keeps at most
  std::size_t limit_count = ~std::size_t{0};     ///< arenas, idle or lent, at most
};

/// What an arena pool did so far, and what it has.
struct arena_pool_statistics {
  std::uint64_t hits = 0;         ///< acquired from the idle ones
  std::uint64_t misses = 0;       ///< acquired by making one
  std::uint64_t refused = 0;      ///< not acquired
  std::size_t outstanding = 0;    ///< lent now
  std::size_t retained = 0;       ///< idle now
  std::size_t retained_bytes = 0; ///< what the idle ones keep
};

/// Arenas that are lent and come back. Locked by `Mutex`; a lent arena is one thread's.
template <storage Storage = arena_heap, basic_lockable Mutex = no_mutex>
class arena_pool {
  struct node {
    arena<Storage> lent;
    node* next;
  };

public:
  /// An arena that goes back to its pool, reset, when it is dropped. Empty, or the only owner of one.
  class lease {
  public:
    lease() = default; ///< empty
    lease(const lease&) = delete;
    lease& operator=(const lease&) = delete;
    /// Takes over the arena of `other`.
    lease(lease&& other) noexcept
        : pool_{std::exchange(other.pool_, nullptr)}, node_{std::exchange(other.node_, nullptr)} {}
    /// Releases the own arena and takes over that of `other`.
    lease& operator=(lease&& other) noexcept {
      lease taken{std::move(other)};
      std::swap(pool_, taken.pool_);
      std::swap(node_, taken.node_);
      return *this;
    }
    /// Releases the arena; everything in it ends.
    ~lease() {
      if (pool_ != nullptr) { pool_->give_back(node_); }
    }

    /// True when it holds an arena.
    explicit operator bool() const noexcept { return pool_ != nullptr; }
    arena<Storage>& operator*() const noexcept { return node_->lent; }   ///< the arena
    arena<Storage>* operator->() const noexcept { return &node_->lent; } ///< the arena

  private:
    friend arena_pool;
    lease(arena_pool& pool, node* n) noexcept : pool_{&pool}, node_{n} {}
    arena_pool* pool_ = nullptr;
    node* node_ = nullptr;
  };

  /// Takes no memory before the first acquire() or warm_up().
  explicit arena_pool(arena_pool_options options = {}, Storage from = {}) noexcept
      : options_{options}, storage_{std::move(from)} {}
  arena_pool(const arena_pool&) = delete;
  arena_pool& operator=(const arena_pool&) = delete;
  arena_pool(arena_pool&&) = delete; // leases point to it
  arena_pool& operator=(arena_pool&&) = delete;
  /// Frees what is idle. No lease is out.
  ~arena_pool() {
    LINMEM_ASSERT(statistics_.outstanding == 0);
    trim(0);
  }

  /// An empty arena, or an empty lease when the limit or the storage has no more.
  [[nodiscard]] lease try_acquire() noexcept {
    const scoped_lock hold{mutex_};
    node* taken = idle_;
    if (taken != nullptr) {
      idle_ = taken->next;
      --statistics_.retained;
      statistics_.retained_bytes -= taken->lent.reserved();
      ++statistics_.hits;
    } else {
      taken = statistics_.outstanding < options_.limit_count ? make() : nullptr;
      if (taken == nullptr) {
        ++statistics_.refused;
        return {};
      }
      ++statistics_.misses;
    }
    ++statistics_.outstanding;
    return lease{*this, taken};
  }

  /// As try_acquire; limit_exceeded with the number of arenas, or out_of_memory.
  [[nodiscard]] result<lease> acquire() noexcept {
    lease taken = try_acquire();
    if (taken) { return taken; }
    if (statistics_.outstanding >= options_.limit_count) {
      return fail(errc::limit_exceeded, "arenas of a pool", options_.limit_count,
                  std::uint64_t{statistics_.outstanding} + 1);
    }
    return fail(errc::out_of_memory, "arena object in bytes", 0, sizeof(node));
  }

  /// Releases `l` and says whether it could: invalid_handle for an empty lease (released before) and
  /// for one of another pool, which is left as it is.
  result<void> release(lease& l) noexcept {
    if (l.pool_ != this) { return fail(errc::invalid_handle, "lease of an arena pool"); }
    give_back(std::exchange(l.node_, nullptr));
    l.pool_ = nullptr;
    return {};
  }

  /// Makes idle arenas that hold `bytes` each until there are `count`, or as many as are kept at most.
  /// out_of_memory leaves what was made.
  result<void> warm_up(std::size_t count, std::size_t bytes) noexcept {
    const scoped_lock hold{mutex_};
    while (statistics_.retained < smaller(count, options_.keep_count)) {
      node* made = make();
      if (made == nullptr) {
        return fail(errc::out_of_memory, "arena object in bytes", 0, sizeof(node));
      }
      const auto warmed = made->lent.allocate(smaller(bytes, options_.keep_bytes));
      keep(made);
      if (!warmed) { return unexpected{warmed.error()}; }
    }
    return {};
  }

  /// Frees idle arenas until what they keep is at most `to_bytes`; with 0 all of them.
  void trim(std::size_t to_bytes) noexcept {
    const scoped_lock hold{mutex_};
    while (idle_ != nullptr && (to_bytes == 0 || statistics_.retained_bytes > to_bytes)) {
      node* freed = std::exchange(idle_, idle_->next);
      --statistics_.retained;
      statistics_.retained_bytes -= freed->lent.reserved();
      destroy(freed);
    }
  }

  /// Figures as of now.
  [[nodiscard]] arena_pool_statistics statistics() const noexcept {
    const scoped_lock hold{mutex_};
    return statistics_;
  }

private:
  [[nodiscard]] node* make() noexcept {
    std::byte* bytes = storage_.allocate(sizeof(node));
    if (bytes == nullptr) { return nullptr; }
    return ::new (static_cast<void*>(bytes))
        node{arena<Storage>{options_.arena, storage_}, nullptr};
  }
  void destroy(node* n) noexcept {
    n->~node();
    storage_.deallocate(reinterpret_cast<std::byte*>(n), sizeof(node));
  }
  void keep(node* n) noexcept {
    n->lent.reset(reset_mode::retain_with_limit, options_.keep_bytes);
    n->next = std::exchange(idle_, n);
    ++statistics_.retained;
    statistics_.retained_bytes += n->lent.reserved();
  }
  void give_back(node* n) noexcept {
    const scoped_lock hold{mutex_};
    --statistics_.outstanding;
    if (statistics_.retained < options_.keep_count) {
      keep(n);
    } else {
      destroy(n);
    }
  }

  arena_pool_options options_;
  arena_pool_statistics statistics_{};
  node* idle_ = nullptr;
  [[no_unique_address]] Storage storage_;
  [[no_unique_address]] mutable Mutex mutex_{};
};

} // namespace linmem::inline LINMEM_ABI
