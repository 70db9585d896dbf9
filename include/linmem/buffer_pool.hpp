// linmem/buffer_pool.hpp - buffers that are used again instead of freed.
//
//   linmem::buffer_pool<> pool;
//   {
//     auto lease = pool.try_acquire(50'000);      // a shared_buffer of at least that, or empty
//     lease->write_at(0, page);
//   }                                             // back in the pool: the next one allocates nothing
//
// Sizes are rounded up to classes (size_class.hpp), so that one buffer serves many requests. What is
// kept is bounded by count and bytes. The buffers never move. Not an allocator for small objects:
// see arena.hpp.
#pragma once

#include <linmem/buffer_block.hpp>
#include <linmem/bytes.hpp>
#include <linmem/config.hpp>
#include <linmem/error.hpp>
#include <linmem/no_mutex.hpp>
#include <linmem/result.hpp>
#include <linmem/shared_buffer.hpp>
#include <linmem/size_class.hpp>
#include <linmem/storage.hpp>

#include <array>   // std::array
#include <cstddef> // std::size_t
#include <cstdint> // std::uint64_t
#include <cstring> // std::memcpy
#include <utility> // std::exchange, std::move

namespace linmem::inline LINMEM_ABI {

/// What a pool keeps, and how.
struct pool_options {
  std::size_t keep_count = 64;                   ///< idle buffers kept at most
  std::size_t keep_bytes = std::size_t{1} << 26; ///< their bytes at most (64 MiB)
  std::size_t limit_bytes = ~std::size_t{0}; ///< bytes of all its buffers, idle or lent, at most
  bool zero_on_release = false;              ///< overwrite a buffer before it is kept or freed
};

/// What a pool did so far, and what it has. Fixed-width, so that the host can read it in place.
struct pool_statistics {
  std::uint64_t hits = 0;              ///< acquired without allocating
  std::uint64_t misses = 0;            ///< acquired by allocating
  std::uint64_t refused = 0;           ///< not acquired
  std::uint64_t outstanding = 0;       ///< lent now
  std::uint64_t outstanding_bytes = 0; ///< their capacity
  std::uint64_t retained = 0;          ///< idle now
  std::uint64_t retained_bytes = 0;    ///< their capacity
};

/// Shared buffers by size class. Locked by `Mutex`; leases may be released on any thread then.
template <storage Storage = heap_storage, basic_lockable Mutex = no_mutex>
class buffer_pool {
public:
  /// The buffer type that is lent.
  using buffer = shared_buffer<Storage>;

  /// A buffer that goes back to its pool when it is dropped. Empty, or the only owner of one.
  class lease {
  public:
    lease() = default; ///< empty
    lease(const lease&) = delete;
    lease& operator=(const lease&) = delete;
    /// Takes over the buffer of `other`.
    lease(lease&& other) noexcept
        : pool_{std::exchange(other.pool_, nullptr)}, block_{std::exchange(other.block_, nullptr)} {
    }
    /// Releases the own buffer and takes over that of `other`.
    lease& operator=(lease&& other) noexcept {
      lease taken{std::move(other)};
      std::swap(pool_, taken.pool_);
      std::swap(block_, taken.block_);
      return *this;
    }
    /// Releases the buffer.
    ~lease() {
      if (pool_ != nullptr) { pool_->give_back(block_); }
    }

    /// True when it holds a buffer.
    explicit operator bool() const noexcept { return pool_ != nullptr; }
    /// Bytes there is room for: those of the class, at least what was asked for.
    [[nodiscard]] std::size_t capacity() const noexcept {
      return static_cast<std::size_t>(block_->capacity);
    }
    /// Where they lie.
    [[nodiscard]] std::byte* data() const noexcept { return data_of(block_); }
    /// What the host reads of the buffer.
    [[nodiscard]] buffer_block* block() const noexcept { return block_; }
    /// Gives the buffer away: buffer_pool::attach makes it a lease again.
    [[nodiscard]] buffer_block* detach() noexcept {
      pool_ = nullptr;
      return std::exchange(block_, nullptr);
    }
    /// Calls `f` with the buffer as a shared_buffer, which it must leave as it is, and returns what
    /// `f` returns.
    template <class F>
    decltype(auto) with(F&& f) const {
      keeper kept{buffer::adopt(block_)};
      return std::forward<F>(f)(kept.held);
    }

  private:
    friend buffer_pool;
    // The lease stays the owner, whatever is done with what this holds.
    struct keeper {
      explicit keeper(buffer b) noexcept : held{std::move(b)} {}
      keeper(const keeper&) = delete;
      keeper& operator=(const keeper&) = delete;
      keeper(keeper&&) = delete;
      keeper& operator=(keeper&&) = delete;
      ~keeper() { static_cast<void>(held.release()); }
      buffer held;
    };
    lease(buffer_pool& pool, buffer_block* block) noexcept : pool_{&pool}, block_{block} {}
    buffer_pool* pool_ = nullptr;
    buffer_block* block_ = nullptr;
  };

  /// Takes no memory before the first acquire() or warm_up().
  explicit buffer_pool(pool_options options = {}, Storage from = {}) noexcept
      : options_{options}, storage_{std::move(from)} {}
  buffer_pool(const buffer_pool&) = delete;
  buffer_pool& operator=(const buffer_pool&) = delete;
  buffer_pool(buffer_pool&&) = delete; // leases point to it
  buffer_pool& operator=(buffer_pool&&) = delete;
  /// Frees what is idle. No lease is out.
  ~buffer_pool() {
    LINMEM_ASSERT(statistics_.outstanding == 0);
    trim(0);
  }

  /// A buffer for at least `bytes`, none committed, content undefined; or an empty lease.
  [[nodiscard]] lease try_acquire(std::size_t bytes) noexcept {
    const scoped_lock hold{mutex_};
    if (bytes > size_class::largest) {
      ++statistics_.refused;
      return {};
    }
    const std::uint32_t index = size_class::index_of(bytes);
    if (buffer_block* block = idle_[index]) [[likely]] {
      idle_[index] = next_of(block);
      ++statistics_.hits;
      --statistics_.retained;
      statistics_.retained_bytes -= block->capacity;
      return lend(block);
    }
    buffer_block* block = make(size_class::bytes_of(index));
    if (block == nullptr) {
      ++statistics_.refused;
      return {};
    }
    ++statistics_.misses;
    return lend(block);
  }

  /// As try_acquire; limit_exceeded with the pool's limit and the demand, or out_of_memory.
  [[nodiscard]] result<lease> acquire(std::size_t bytes) noexcept {
    lease taken = try_acquire(bytes);
    if (!taken) { return unexpected{refusal(bytes)}; }
    return taken;
  }

  /// Releases `l` and says whether it could: invalid_handle for an empty lease (released before) and
  /// for one of another pool, which is left as it is.
  result<void> release(lease& l) noexcept {
    if (l.pool_ != this) { return fail(errc::invalid_handle, "lease of a buffer pool"); }
    give_back(std::exchange(l.block_, nullptr));
    l.pool_ = nullptr;
    return {};
  }

  /// A lease on what a lease of this pool gave away with detach().
  [[nodiscard]] lease attach(buffer_block* block) noexcept { return lease{*this, block}; }

  /// Makes idle buffers for `bytes` until there are `count` of that class, or as many as are kept at
  /// most. out_of_memory and limit_exceeded leave what was made.
  result<void> warm_up(std::size_t count, std::size_t bytes) noexcept {
    const scoped_lock hold{mutex_};
    if (bytes > size_class::largest) { return unexpected{refusal(bytes)}; }
    const std::uint32_t index = size_class::index_of(bytes);
    std::size_t there = 0;
    for (buffer_block* b = idle_[index]; b != nullptr; b = next_of(b)) { ++there; }
    const std::size_t size = size_class::bytes_of(index);
    for (; there < count && may_keep(size); ++there) {
      buffer_block* block = make(size);
      if (block == nullptr) { return unexpected{refusal(bytes)}; }
      keep(block);
    }
    return {};
  }

  /// Frees idle buffers, the largest first, until at most `to_bytes` of them are left.
  void trim(std::size_t to_bytes) noexcept {
    const scoped_lock hold{mutex_};
    trim_idle(to_bytes);
  }

  /// Figures that change with the pool, for who reads them in place. Not for a pool with a mutex.
  [[nodiscard]] const pool_statistics& live_statistics() const noexcept { return statistics_; }
  /// Figures as of now.
  [[nodiscard]] pool_statistics statistics() const noexcept {
    const scoped_lock hold{mutex_};
    return statistics_;
  }

private:
  [[nodiscard]] static std::byte* data_of(buffer_block* block) noexcept {
    return reinterpret_cast<std::byte*>(block) + block->data_offset;
  }
  // The idle ones of a class are a list through their own data.
  [[nodiscard]] static buffer_block* next_of(buffer_block* block) noexcept {
    buffer_block* next = nullptr;
    std::memcpy(static_cast<void*>(&next), data_of(block), sizeof(buffer_block*));
    return next;
  }

  [[nodiscard]] lease lend(buffer_block* block) noexcept {
    ++statistics_.outstanding;
    statistics_.outstanding_bytes += block->capacity;
    return lease{*this, block};
  }

  void give_back(buffer_block* block) noexcept {
    const scoped_lock hold{mutex_};
    LINMEM_ASSERT(block->magic == buffer_block::expected_magic && block->leases == 0);
    const auto size = static_cast<std::size_t>(block->capacity);
    --statistics_.outstanding;
    statistics_.outstanding_bytes -= size;
    if (options_.zero_on_release) { wipe_bytes({data_of(block), size}); }
    if (may_keep(size)) {
      keep(block);
    } else {
      destroy(block);
    }
  }

  [[nodiscard]] bool may_keep(std::size_t size) const noexcept {
    return statistics_.retained < options_.keep_count && size <= options_.keep_bytes &&
           statistics_.retained_bytes <= options_.keep_bytes - size;
  }
  void keep(buffer_block* block) noexcept {
    detail::forget_committed(*block);
    buffer_block*& head = idle_[size_class::index_of(static_cast<std::size_t>(block->capacity))];
    std::memcpy(data_of(block), static_cast<const void*>(&head), sizeof(buffer_block*));
    head = block;
    ++statistics_.retained;
    statistics_.retained_bytes += block->capacity;
  }

  [[nodiscard]] std::uint64_t held() const noexcept {
    return statistics_.outstanding_bytes + statistics_.retained_bytes;
  }
  [[nodiscard]] buffer_block* make(std::size_t size) noexcept {
    if (size > options_.limit_bytes) { return nullptr; }
    // What lies idle gives way to what is wanted.
    if (held() > options_.limit_bytes - size) {
      const std::size_t room = options_.limit_bytes - size;
      const std::uint64_t lent = statistics_.outstanding_bytes;
      trim_idle(room > lent ? room - static_cast<std::size_t>(lent) : 0);
      if (held() > room) { return nullptr; }
    }
    auto made = buffer::create(size, storage_);
    if (!made) {
      trim_idle(0);
      made = buffer::create(size, storage_);
    }
    return made ? made->release() : nullptr;
  }
  void destroy(buffer_block* block) noexcept {
    static_cast<void>(buffer::adopt(block, storage_)); // its destructor frees it
  }

  void trim_idle(std::size_t to_bytes) noexcept {
    for (std::uint32_t index = size_class::count; index-- > 0;) {
      while (idle_[index] != nullptr && statistics_.retained_bytes > to_bytes) {
        buffer_block* block = std::exchange(idle_[index], next_of(idle_[index]));
        --statistics_.retained;
        statistics_.retained_bytes -= block->capacity;
        destroy(block);
      }
    }
  }

  [[nodiscard]] error refusal(std::size_t bytes) const noexcept {
    if (bytes > size_class::largest) {
      return {errc::limit_exceeded, "largest pooled buffer in bytes", size_class::largest, bytes};
    }
    const std::uint64_t demand =
        statistics_.outstanding_bytes + size_class::bytes_of(size_class::index_of(bytes));
    if (demand > options_.limit_bytes) {
      return {errc::limit_exceeded, "buffer pool in bytes", options_.limit_bytes, demand};
    }
    return {errc::out_of_memory, "buffer capacity in bytes", 0, bytes};
  }

  pool_options options_;
  pool_statistics statistics_{};
  std::array<buffer_block*, size_class::count> idle_{};
  [[no_unique_address]] Storage storage_;
  [[no_unique_address]] mutable Mutex mutex_{};
};

} // namespace linmem::inline LINMEM_ABI
