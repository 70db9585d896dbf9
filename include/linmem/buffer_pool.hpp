// linmem/buffer_pool.hpp - buffers that are used again instead of freed.
//
//   linmem::buffer_pool<> pool;
//   {
//     auto lease = pool.try_acquire(50'000);      // a shared_buffer of at least that, or empty
//     if (lease) { lease.with([&](auto& buffer) { return buffer.write_at(0, page); }); }
//   }                                             // back in the pool: the next allocates nothing
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
#include <utility> // std::exchange, std::move

namespace linmem::inline LINMEM_ABI {

/// What a pool keeps, and how.
struct pool_options {
  std::size_t keep_count = 1024;                 ///< idle buffers kept at most
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
template <storage Storage = pool_heap, basic_lockable Mutex = no_mutex>
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
      buffer_pool* pool = std::exchange(other.pool_, nullptr); // first: other may be this
      buffer_block* block = std::exchange(other.block_, nullptr);
      if (pool_ != nullptr) { pool_->give_back(block_); }
      pool_ = pool;
      block_ = block;
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
      : options_{options}, storage_{std::move(from)} {
    note_alive();
  }
  buffer_pool(const buffer_pool&) = delete;
  buffer_pool& operator=(const buffer_pool&) = delete;
  buffer_pool(buffer_pool&&) = delete; // leases point to it
  buffer_pool& operator=(buffer_pool&&) = delete;
  /// Frees what is idle. No lease is out.
  ~buffer_pool() {
    LINMEM_ASSERT(sum_idle().count == alive_);
    trim(0);
  }

  /// A buffer for at least `bytes`, none committed, content undefined; or an empty lease.
  [[nodiscard]] lease try_acquire(std::size_t bytes) noexcept {
    const scoped_lock hold{mutex_};
    buffer_block* block = nullptr;
    if (bytes <= size_class::largest) [[likely]] { block = pop(size_class::index_of(bytes)); }
    if (block == nullptr) [[unlikely]] {
      block = make_for(bytes);
      if (block == nullptr) { return {}; }
    }
    ++acquired_;
    return lease{*this, block};
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
    const std::size_t size = size_class::bytes_of(index);
    std::size_t there = 0;
    for (const buffer_block* b = idle_[index]; b != nullptr; b = next_of(*b)) { ++there; }
    for (; there < count && may_keep(size); ++there) {
      buffer_block* block = make(index);
      if (block == nullptr) { return unexpected{refusal(bytes)}; }
      push(block);
    }
    return {};
  }

  /// Frees idle buffers, the largest first, until at most `to_bytes` of them are left.
  void trim(std::size_t to_bytes) noexcept {
    const scoped_lock hold{mutex_};
    trim_idle(to_bytes);
  }

  /// Figures as of now. Walks the idle buffers.
  [[nodiscard]] pool_statistics statistics() const noexcept {
    const scoped_lock hold{mutex_};
    pool_statistics s;
    s.hits = acquired_ - made_for_lease_;
    s.misses = made_for_lease_;
    s.refused = refused_;
    const idle_sum idle = sum_idle();
    s.retained = idle.count;
    s.retained_bytes = idle.bytes;
    s.outstanding = alive_ - idle.count;
    s.outstanding_bytes = alive_bytes_ - idle.bytes;
    return s;
  }

private:
  [[nodiscard]] static std::byte* data_of(buffer_block* block) noexcept {
    return reinterpret_cast<std::byte*>(block) + block->data_offset;
  }

  // The idle buffers of a class are a list through `reserved`, which an idle one does not need: so
  // taking and giving back touch one cache line.
  [[nodiscard]] static buffer_block* next_of(const buffer_block& block) noexcept {
    const auto next = static_cast<std::uintptr_t>(block.reserved);
    return reinterpret_cast<buffer_block*>(next); // NOLINT(performance-no-int-to-ptr): kept there
  }
  void push(buffer_block* block) noexcept {
    buffer_block*& head = idle_[static_cast<std::uint32_t>(block->tag)];
    block->reserved = reinterpret_cast<std::uintptr_t>(head);
    head = block;
  }
  [[nodiscard]] buffer_block* pop(std::uint32_t index) noexcept {
    buffer_block* block = idle_[index];
    if (block != nullptr) {
      idle_[index] = next_of(*block);
      block->reserved = 0;
    }
    return block;
  }

  void give_back(buffer_block* block) noexcept {
    const scoped_lock hold{mutex_};
    LINMEM_ASSERT(block->magic == buffer_block::expected_magic && block->leases == 0);
    // As forget_committed; nobody else holds the buffer, so that nothing has to be atomic.
    block->position = 0;
    block->guarded = 0;
    ++block->generation;
    if (all_are_kept_) [[likely]] {
      push(block);
    } else {
      give_back_slowly(block);
    }
  }
  // Where the caps are in reach, or buffers are to be overwritten.
  [[gnu::noinline]] void give_back_slowly(buffer_block* block) noexcept {
    const auto size = static_cast<std::size_t>(block->capacity);
    if (options_.zero_on_release) { wipe_bytes({data_of(block), size}); }
    if (may_keep(size)) {
      push(block);
    } else {
      destroy(block);
    }
  }

  // Counted when asked for, so that lending and giving back do not.
  struct idle_sum {
    std::uint64_t count = 0;
    std::uint64_t bytes = 0;
  };
  [[nodiscard]] idle_sum sum_idle() const noexcept {
    idle_sum sum;
    for (const buffer_block* head : idle_) {
      for (const buffer_block* b = head; b != nullptr; b = next_of(*b)) {
        ++sum.count;
        sum.bytes += b->capacity;
      }
    }
    return sum;
  }
  [[nodiscard]] bool may_keep(std::size_t size) const noexcept {
    const idle_sum kept = sum_idle();
    return kept.count < options_.keep_count && size <= options_.keep_bytes &&
           kept.bytes <= options_.keep_bytes - size;
  }

  // For a lease, when there is no idle buffer of the class. Not inlined: it is what makes it slow.
  [[nodiscard, gnu::noinline]] buffer_block* make_for(std::size_t bytes) noexcept {
    buffer_block* block =
        bytes <= size_class::largest ? make(size_class::index_of(bytes)) : nullptr;
    ++(block != nullptr ? made_for_lease_ : refused_);
    return block;
  }
  [[nodiscard]] buffer_block* make(std::uint32_t index) noexcept {
    const std::size_t size = size_class::bytes_of(index);
    if (size > options_.limit_bytes) { return nullptr; }
    const std::size_t room = options_.limit_bytes - size;
    if (alive_bytes_ > room) { // what lies idle gives way to what is wanted
      const std::uint64_t lent = alive_bytes_ - sum_idle().bytes;
      trim_idle(room > lent ? room - lent : 0);
      if (alive_bytes_ > room) { return nullptr; }
    }
    auto made = buffer::create(size, storage_);
    if (!made) {
      trim_idle(0);
      made = buffer::create(size, storage_);
    }
    if (!made) { return nullptr; }
    buffer_block* block = made->release();
    block->tag = index;
    ++alive_;
    alive_bytes_ += size;
    note_alive();
    return block;
  }
  void destroy(buffer_block* block) noexcept {
    --alive_;
    alive_bytes_ -= block->capacity;
    note_alive();
    static_cast<void>(buffer::adopt(block, storage_)); // its destructor frees it
  }
  // Whether all buffers there are could be kept: then nothing is counted when one comes back.
  void note_alive() noexcept {
    all_are_kept_ = alive_ <= options_.keep_count && alive_bytes_ <= options_.keep_bytes &&
                    !options_.zero_on_release;
  }

  void trim_idle(std::uint64_t to_bytes) noexcept {
    std::uint64_t kept = sum_idle().bytes;
    for (std::uint32_t index = size_class::count; index-- > 0;) {
      while (kept > to_bytes && idle_[index] != nullptr) {
        buffer_block* block = pop(index);
        kept -= block->capacity;
        destroy(block);
      }
    }
  }

  [[nodiscard]] error refusal(std::size_t bytes) const noexcept {
    if (bytes > size_class::largest) {
      return {errc::limit_exceeded, "largest pooled buffer in bytes", size_class::largest, bytes};
    }
    const std::uint64_t demand =
        alive_bytes_ - sum_idle().bytes + size_class::bytes_of(size_class::index_of(bytes));
    if (demand > options_.limit_bytes) {
      return {errc::limit_exceeded, "buffer pool in bytes", options_.limit_bytes, demand};
    }
    return {errc::out_of_memory, "buffer capacity in bytes", 0, bytes};
  }

  std::array<buffer_block*, size_class::count> idle_{};
  std::uint64_t acquired_ = 0;
  std::uint64_t made_for_lease_ = 0;
  std::uint64_t refused_ = 0;
  std::uint64_t alive_ = 0; // lent and idle
  std::uint64_t alive_bytes_ = 0;
  bool all_are_kept_ = true;
  pool_options options_;
  [[no_unique_address]] Storage storage_;
  [[no_unique_address]] mutable Mutex mutex_{};
};

} // namespace linmem::inline LINMEM_ABI
