// linmem/lru_cache.hpp - a bounded cache: least recently used out first.
//
//   linmem::lru_cache<std::string, page> pages{{.max_entries = 100, .max_cost = 1 << 20}};
//   if (page* hit = pages.find(url)) { return show(*hit); }
//   if (auto kept = pages.set(url, page{...}, bytes); !kept) { report(kept.error()); }
//
// Bounded by the number of entries and by the sum of their costs, for example bytes. Entries may end
// with time, and all at once with a new version. Keys are compared in full: equal hashes are not equal
// keys. Every operation is O(1) but clear() and purge(). Not thread-safe: what find() returns would
// not outlast a lock. Not an index: what it holds may be gone at the next set().
#pragma once

#include <linmem/config.hpp>
#include <linmem/error.hpp>
#include <linmem/result.hpp>
#include <linmem/storage.hpp>

#include <bit>         // std::countr_zero
#include <chrono>      // std::chrono::milliseconds, std::chrono::steady_clock
#include <cstddef>     // std::byte, std::size_t
#include <cstdint>     // std::uint64_t
#include <new>         // placement new; <memory> would be much of the time this header takes
#include <optional>    // std::hash; <functional> would be a third of the time this header takes
#include <type_traits> // std::is_constructible_v
#include <utility>     // std::exchange, std::forward, std::move

namespace linmem::inline LINMEM_ABI {

/// What a cache holds, and for how long.
struct cache_options {
  std::size_t max_entries = 1024;             ///< entries at most
  std::uint64_t max_cost = ~std::uint64_t{0}; ///< sum of their costs at most
  std::chrono::milliseconds ttl{0};           ///< an entry ends so long after it was set; 0: never
};

/// What a cache did so far, and what it has. Fixed-width, so that a host can read it in place.
struct cache_statistics {
  std::uint64_t hits = 0;        ///< found
  std::uint64_t misses = 0;      ///< not found, those that had ended among them
  std::uint64_t evicted = 0;     ///< gave way to another
  std::uint64_t expired = 0;     ///< removed because their time was over
  std::uint64_t invalidated = 0; ///< removed because they were of another version
  std::uint64_t entries = 0;     ///< held now
  std::uint64_t cost = 0;        ///< the sum of their costs
};

/// Compares what has an operator==: keys with what they are looked up by.
struct equal_keys {
  /// Whether they are equal.
  template <class A, class B>
  [[nodiscard]] constexpr bool operator()(const A& a, const B& b) const {
    return a == b;
  }
};

/// At most options.max_entries values by key, most recently used first. Memory comes from `Storage`:
/// one allocation for each entry, and a table that grows with them.
template <class Key, class Value, class Hash = std::hash<Key>, class Equal = equal_keys,
          class Clock = std::chrono::steady_clock, storage Storage = cache_heap>
class lru_cache {
  static_assert(std::is_nothrow_move_constructible_v<Value> &&
                    std::is_nothrow_move_assignable_v<Value>,
                "a value is replaced without a state in between");

public:
  using key_type = Key;      ///< what an entry is found by
  using mapped_type = Value; ///< what it holds

  /// Takes no memory before the first set().
  explicit lru_cache(cache_options options = {}, Clock clock = {}, Storage from = {}) noexcept
      : options_{options}, clock_{std::move(clock)}, storage_{std::move(from)} {
    // Half of what the clock can count is for ever, and does not overflow.
    constexpr auto longest =
        std::chrono::duration_cast<std::chrono::milliseconds>((time_point::duration::max)() / 2);
    if (options_.ttl > longest) { options_.ttl = longest; }
  }
  lru_cache(const lru_cache&) = delete;
  lru_cache& operator=(const lru_cache&) = delete;
  lru_cache(lru_cache&&) = delete; // entries point to it
  lru_cache& operator=(lru_cache&&) = delete;
  /// Destroys every entry.
  ~lru_cache() {
    clear();
    free_table();
  }

  /// The value of `key`, which is now the most recently used, or null. One that has ended is removed.
  /// Valid until the entry is set, erased or evicted: at the latest until the next set().
  template <class K>
  [[nodiscard]] Value* find(const K& key) noexcept {
    node* found = lookup(key, hash_(key));
    if (found == nullptr || end_if_over(found)) {
      ++misses_;
      return nullptr;
    }
    ++hits_;
    touch(found);
    return &found->value;
  }

  /// The value of `key` or null; counts nothing and leaves the order as it is.
  template <class K>
  [[nodiscard]] const Value* peek(const K& key) const noexcept {
    const node* found = lookup(key, hash_(key));
    return found != nullptr && !is_stale(*found) && !is_expired(*found) ? &found->value : nullptr;
  }

  /// Stores `value` under `key`, as the most recently used, in place of what `key` had. Others give
  /// way, least recently used first, as the limits demand. limit_exceeded when the entry alone is above
  /// a limit, and out_of_memory: everything is as it was then, and `key` and `value` are still the
  /// caller's.
  template <class K = Key, class V = Value>
    requires std::is_constructible_v<Key, K&&> && std::is_constructible_v<Value, V&&>
  result<void> set(K&& key, V&& value,
                   std::uint64_t cost = 1) noexcept(std::is_nothrow_constructible_v<Key, K&&> &&
                                                    std::is_nothrow_constructible_v<Value, V&&>) {
    if (cost > options_.max_cost) {
      return fail(errc::limit_exceeded, "cost of a cache entry", options_.max_cost, cost);
    }
    if (options_.max_entries == 0) { return fail(errc::limit_exceeded, "cache entries", 0, 1); }
    const std::size_t hash = hash_(key);
    if (node* found = lookup(key, hash)) {
      Value fresh(std::forward<V>(value)); // may throw, or come from an entry that gives way
      found->value = std::move(fresh);
      cost_ -= std::exchange(found->cost, 0);
      touch(found);
      make_room(0, cost);
      account(*found, cost);
      return {};
    }
    if (!grow_table()) {
      return fail(errc::out_of_memory, "cache table in bytes", 0, least_buckets * sizeof(node*));
    }
    block memory{*this, take_block()};
    if (memory.bytes == nullptr) {
      return fail(errc::out_of_memory, "cache entry in bytes", 0, sizeof(node));
    }
    node* made = ::new (static_cast<void*>(memory.bytes))
        node{hash, std::forward<K>(key), std::forward<V>(value)};
    memory.bytes = nullptr;
    make_room(1, cost); // after: key and value may come from an entry that gives way
    made->next_in_chain = std::exchange(bucket(hash), made);
    made->insert_after(used_);
    ++size_;
    account(*made, cost);
    return {};
  }

  /// Removes the entry of `key`; false when there is none.
  template <class K>
  bool erase(const K& key) noexcept {
    node* found = lookup(key, hash_(key));
    if (found == nullptr) { return false; }
    remove(found);
    return true;
  }

  /// Removes every entry, and gives their memory back.
  void clear() noexcept {
    while (size_ > 0) { remove(oldest()); }
    free_block(std::exchange(spare_, nullptr));
  }

  /// Removes what has ended, O(n), and returns how many entries that were. Without it they stay until
  /// they are looked for or give way.
  std::size_t purge() noexcept {
    const std::size_t before = size_;
    for (link* at = used_.next; at != &used_;) {
      node* entry = static_cast<node*>(std::exchange(at, at->next)); // NOLINT: all but used_ are
      end_if_over(entry);
    }
    return before - size_;
  }

  /// From now on only what is set under `tag` is found: what was set under another has ended, O(1).
  void set_version(std::uint64_t tag) noexcept { version_ = tag; }
  /// The present version; 0 to begin with.
  [[nodiscard]] std::uint64_t version() const noexcept { return version_; }

  /// Number of entries, those that have ended but are not removed yet among them.
  [[nodiscard]] std::size_t size() const noexcept { return size_; }
  /// The sum of their costs.
  [[nodiscard]] std::uint64_t cost() const noexcept { return cost_; }
  /// Figures as of now.
  [[nodiscard]] cache_statistics statistics() const noexcept {
    return {hits_, misses_, evicted_, expired_, invalidated_, size_, cost_};
  }

private:
  using time_point = typename Clock::time_point;

  // A ring of entries in the order of their use; the cache's own link stands between its ends.
  struct link {
    link* previous;
    link* next;
    void unlink() noexcept {
      previous->next = next;
      next->previous = previous;
    }
    void insert_after(link& other) noexcept {
      previous = &other;
      next = other.next;
      next->previous = this;
      other.next = this;
    }
  };

  struct node : link {
    template <class K, class V>
    node(std::size_t hashed, K&& k, V&& v)
        : link{}, hash{hashed}, key(std::forward<K>(k)), value(std::forward<V>(v)) {}
    node* next_in_chain = nullptr;
    std::size_t hash;
    std::uint64_t cost = 0;
    std::uint64_t version = 0;
    time_point ends{};
    Key key;
    Value value;
  };
  static_assert(alignof(node) <= storage_alignment, "what a storage gives");

  // Memory of an entry that is being made: an exception of its key or value leaves it here.
  struct block {
    block(lru_cache& c, std::byte* memory) noexcept : cache{c}, bytes{memory} {}
    block(const block&) = delete;
    block& operator=(const block&) = delete;
    block(block&&) = delete;
    block& operator=(block&&) = delete;
    ~block() { cache.free_block(bytes); }
    lru_cache& cache;
    std::byte* bytes;
  };

  static constexpr std::size_t least_buckets = 8;

  template <class K>
  [[nodiscard]] node* lookup(const K& key, std::size_t hash) const noexcept {
    if (table_ == nullptr) { return nullptr; }
    for (node* n = bucket(hash); n != nullptr; n = n->next_in_chain) {
      if (n->hash == hash && equal_(n->key, key)) { return n; }
    }
    return nullptr;
  }

  // The high bits of a product with the golden ratio: std::hash of a number is often the number.
  [[nodiscard]] node*& bucket(std::size_t hash) const noexcept {
    const std::uint64_t mixed = std::uint64_t{hash} * 0x9E3779B97F4A7C15U;
    return table_[static_cast<std::size_t>(mixed >> (64 - bucket_bits_))];
  }

  [[nodiscard]] std::size_t buckets() const noexcept {
    return table_ == nullptr ? 0 : std::size_t{1} << bucket_bits_;
  }

  // A bucket for each entry and the next. False only when there is no table at all: one that cannot
  // grow has longer chains.
  bool grow_table() noexcept {
    if (size_ < buckets()) { return true; }
    const std::size_t count = table_ == nullptr ? least_buckets : 2 * buckets();
    std::byte* bytes = storage_.allocate(count * sizeof(node*));
    if (bytes == nullptr) { return table_ != nullptr; }
    free_table();
    table_ = reinterpret_cast<node**>(bytes); // NOLINT: aligned for it
    bucket_bits_ = static_cast<unsigned>(std::countr_zero(count));
    for (std::size_t i = 0; i < count; ++i) { ::new (static_cast<void*>(table_ + i)) node* {}; }
    for (link* at = used_.next; at != &used_; at = at->next) {
      node* entry = static_cast<node*>(at); // NOLINT: all but used_ are
      entry->next_in_chain = std::exchange(bucket(entry->hash), entry);
    }
    return true;
  }

  void free_table() noexcept {
    if (table_ == nullptr) { return; }
    storage_.deallocate(reinterpret_cast<std::byte*>(table_), buckets() * sizeof(node*)); // NOLINT
    table_ = nullptr;
  }

  // The memory of the last entry that gave way, or new memory, or null.
  [[nodiscard]] std::byte* take_block() noexcept {
    if (spare_ != nullptr) { return std::exchange(spare_, nullptr); }
    return storage_.allocate(sizeof(node));
  }
  void free_block(std::byte* bytes) noexcept {
    if (bytes != nullptr) { storage_.deallocate(bytes, sizeof(node)); }
  }

  [[nodiscard]] node* oldest() noexcept {
    return static_cast<node*>(used_.previous); // NOLINT: not used_ while there are entries
  }

  void touch(node* entry) noexcept {
    entry->unlink();
    entry->insert_after(used_);
  }

  // As if set just now.
  void account(node& entry, std::uint64_t cost) noexcept {
    entry.cost = cost;
    cost_ += cost;
    entry.version = version_;
    if (options_.ttl.count() > 0) { entry.ends = clock_.now() + options_.ttl; }
  }

  [[nodiscard]] bool is_stale(const node& entry) const noexcept {
    return entry.version != version_;
  }
  [[nodiscard]] bool is_expired(const node& entry) const noexcept {
    return options_.ttl.count() > 0 && clock_.now() >= entry.ends;
  }

  bool end_if_over(node* entry) noexcept {
    if (is_stale(*entry)) {
      ++invalidated_;
    } else if (is_expired(*entry)) {
      ++expired_;
    } else {
      return false;
    }
    remove(entry);
    return true;
  }

  void make_room(std::size_t entries, std::uint64_t cost) noexcept {
    while (size_ + entries > options_.max_entries || cost_ > options_.max_cost - cost) {
      node* victim = oldest();
      if (!end_if_over(victim)) {
        ++evicted_;
        remove(victim);
      }
    }
  }

  void remove(node* entry) noexcept {
    node** at = &bucket(entry->hash);
    while (*at != entry) { at = &(*at)->next_in_chain; }
    *at = entry->next_in_chain;
    entry->unlink();
    --size_;
    cost_ -= entry->cost;
    entry->~node();
    free_block(std::exchange(spare_, reinterpret_cast<std::byte*>(entry))); // NOLINT
  }

  cache_options options_;
  [[no_unique_address]] Hash hash_;
  [[no_unique_address]] Equal equal_;
  [[no_unique_address]] Clock clock_;
  [[no_unique_address]] Storage storage_;
  link used_{&used_, &used_}; // the most recently used entry is next
  node** table_ = nullptr;    // 2^bucket_bits_ chains
  unsigned bucket_bits_ = 0;
  std::size_t size_ = 0;
  std::uint64_t cost_ = 0;
  std::uint64_t version_ = 0;
  std::byte* spare_ = nullptr; // memory for an entry, kept for the next set()
  std::uint64_t hits_ = 0;
  std::uint64_t misses_ = 0;
  std::uint64_t evicted_ = 0;
  std::uint64_t expired_ = 0;
  std::uint64_t invalidated_ = 0;
};

} // namespace linmem::inline LINMEM_ABI
