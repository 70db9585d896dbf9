// linmem/resource_tracker.hpp - what the program uses, and what it may use.
//
//   linmem::tracker().limit({.hard_pages = 64});               // 4 MiB of linear memory
//   ...
//   linmem::tracker_block now = linmem::tracker().snapshot();  // outlives everything it counts
//   now.memory_peak_pages;
//
// Every growth that passes linear_memory() and every allocation of heap_storage asks the program's
// tracker first and is told to it afterwards; growth.hpp brings malloc's growth to it too. Its figures
// are one block of words in linear memory, which the host reads with no call. With LINMEM_METRICS 0
// nothing is counted but copies, nothing is limited, and no code is left of it.
//
// Not a profiler: it knows sums, not places. operation.hpp times, metrics.hpp exports, alerts.hpp
// watches.
#pragma once

#include <linmem/bytes.hpp>
#include <linmem/config.hpp>
#include <linmem/counters.hpp>
#include <linmem/error.hpp>
#include <linmem/histogram.hpp>
#include <linmem/layout.hpp>
#include <linmem/memory_limits.hpp>
#include <linmem/result.hpp>

#include <array>       // std::array
#include <cstddef>     // std::size_t
#include <cstdint>     // std::uint32_t, std::uint64_t
#include <optional>    // std::optional
#include <type_traits> // std::is_standard_layout_v
#include <utility>     // std::exchange

namespace linmem::inline LINMEM_ABI {

/// Bytes that the library copied, and what of it is alive now. Both sides add to it where they copy;
/// what is not in it was not copied by the library. Written by the thread that owns the C ABI.
struct copy_ledger {
  std::uint64_t copied_in = 0;  ///< from the host's memory into linear memory, in bytes
  std::uint64_t copied_out = 0; ///< from linear memory into the host's, in bytes
  std::uint64_t staged = 0;     ///< copied once more on the way because an API refused the place
  std::uint64_t buffer_in = 0;  ///< of copied_in, what went into shared buffers
  std::uint64_t stream_in = 0;  ///< of copied_in, what went into the input rooms of streams
  std::uint32_t buffers = 0;    ///< shared buffers with a handle
  std::uint32_t streams = 0;    ///< streams with a handle
};

/// The fields of copy_ledger.
inline constexpr std::array ledger_fields{
    LINMEM_FIELD(copy_ledger, copied_in), LINMEM_FIELD(copy_ledger, copied_out),
    LINMEM_FIELD(copy_ledger, staged),    LINMEM_FIELD(copy_ledger, buffer_in),
    LINMEM_FIELD(copy_ledger, stream_in), LINMEM_FIELD(copy_ledger, buffers),
    LINMEM_FIELD(copy_ledger, streams),
};
/// The layout of copy_ledger.
inline constexpr block_layout ledger_layout{"ledger", sizeof(copy_ledger), ledger_fields};

/// What bytes of the heap are for.
enum class memory_tag : std::uint8_t {
  heap,    ///< nothing in particular
  buffer,  ///< shared buffers
  stream,  ///< streams, their chunks and input rooms
  arena,   ///< arenas
  pool,    ///< pools and what lies idle in them
  cache,   ///< caches
  program, ///< what the program itself reports
};
/// Number of values of `memory_tag`.
inline constexpr std::size_t memory_tags = 7;
/// Their names.
inline constexpr std::array<const char*, memory_tags> memory_tag_names{
    "heap", "buffer", "stream", "arena", "pool", "cache", "program"};

/// Bytes of the heap under one tag.
struct tag_figures {
  std::uint64_t used = 0;      ///< allocated now
  std::uint64_t reserved = 0;  ///< promised by try_reserve, not yet committed
  std::uint64_t committed = 0; ///< allocated so far in all: only ever more
};

/// All figures of a tracker: words only, zero to begin with, in linear memory for the host to read.
/// A copy is a snapshot that needs neither the tracker nor the instance any more.
struct tracker_block {
  std::uint64_t memory_pages = 0;            ///< of linear memory now
  std::uint64_t memory_peak_pages = 0;       ///< the most ever
  std::uint64_t memory_maximum_pages = 0;    ///< as the module declares; 0 while unknown
  std::uint64_t memory_soft_limit_pages = 0; ///< in force; 0 for none
  std::uint64_t memory_limit_pages = 0;      ///< in force; 0 for none
  std::uint64_t grow_requests = 0;           ///< growths asked for
  std::uint64_t grow_failed = 0;             ///< of these, those refused by anyone
  std::uint64_t grow_denied = 0;             ///< of these, those refused by the limit
  std::uint64_t soft_limit_passed = 0;       ///< growths from below the soft limit to above it

  std::uint64_t heap_limit_bytes = 0;          ///< in force; 0 for none
  std::uint64_t heap_claimed_bytes = 0;        ///< used and reserved, all tags
  std::uint64_t heap_peak_bytes = 0;           ///< the most claimed that an allocation ever saw
  std::uint64_t heap_failed = 0;               ///< allocations refused, by the limit or by malloc
  std::array<tag_figures, memory_tags> tags{}; ///< by memory_tag

  std::uint64_t operation_errors = 0; ///< of the operations, those that failed
  histogram operations{};             ///< how long they took, and how many there were

  // Reported by who knows, most of it by the host.
  std::uint64_t cold_starts = 0;            ///< instances made
  std::uint64_t cold_start_nanoseconds = 0; ///< of the last one, from request to ready
  std::uint64_t cold_start_sum = 0;         ///< of all, in nanoseconds
  std::uint64_t module_cache_hits = 0;      ///< compiled modules found
  std::uint64_t module_cache_misses = 0;    ///< compiled modules that had to be made
  std::uint64_t pool_hits = 0;              ///< acquired from what was idle
  std::uint64_t pool_misses = 0;            ///< acquired by making one
  std::uint64_t pool_refused = 0;           ///< not acquired
  std::uint64_t pool_idle = 0;              ///< idle now
  std::uint64_t pool_lent = 0;              ///< lent now
  std::uint64_t breaker_state = 0;          ///< 0 closed, 1 open, 2 half-open
  std::uint64_t fallbacks = 0;              ///< times that a lesser build was taken

  copy_ledger copies{}; ///< what crossed the boundary

  /// Pages now as a part of those there may be, 0..1: of the limit or the maximum, the smaller of the
  /// two, else of the 65,536 that 32 bits address. Growth does not move what it is a part of.
  [[nodiscard]] constexpr double usage() const noexcept {
    std::uint64_t most = 65536;
    if (memory_maximum_pages != 0) { most = smaller(most, memory_maximum_pages); }
    if (memory_limit_pages != 0) { most = smaller(most, memory_limit_pages); }
    return static_cast<double>(memory_pages) / static_cast<double>(most);
  }
};
static_assert(std::is_standard_layout_v<tracker_block>);

/// Bytes that were promised and are not used yet. Commit or cancel; dropping it cancels.
template <class Tracker>
class reservation {
public:
  reservation(const reservation&) = delete;
  reservation& operator=(const reservation&) = delete;
  /// Takes over the promise of `other`.
  reservation(reservation&& other) noexcept
      : tracker_{std::exchange(other.tracker_, nullptr)}, bytes_{other.bytes_}, tag_{other.tag_} {}
  /// Cancels its own promise and takes over that of `other`.
  reservation& operator=(reservation&& other) noexcept {
    if (this != &other) {
      cancel();
      tracker_ = std::exchange(other.tracker_, nullptr);
      bytes_ = other.bytes_;
      tag_ = other.tag_;
    }
    return *this;
  }
  ~reservation() { cancel(); } ///< cancels what was not committed

  /// The bytes are used now; freed() gives them back. Once.
  void commit() noexcept {
    LINMEM_ASSERT(tracker_ != nullptr);
    std::exchange(tracker_, nullptr)->commit(bytes_, tag_);
  }
  /// Nobody needs them. Does nothing after commit() or cancel().
  void cancel() noexcept {
    if (tracker_ != nullptr) { std::exchange(tracker_, nullptr)->cancel(bytes_, tag_); }
  }
  /// Bytes promised.
  [[nodiscard]] std::uint64_t bytes() const noexcept { return bytes_; }

private:
  friend Tracker;
  reservation(Tracker& tracker, std::uint64_t bytes, memory_tag tag) noexcept
      : tracker_{&tracker}, bytes_{bytes}, tag_{tag} {}

  Tracker* tracker_;
  std::uint64_t bytes_;
  memory_tag tag_;
};

/// Counts pages, bytes and operations in a block, and refuses what its limits forbid. Any thread when
/// `Counters` are atomic; no function allocates, waits or calls back.
template <counters Counters = program_counters>
class basic_resource_tracker {
public:
  constexpr basic_resource_tracker() = default;                   ///< all zero, no limits
  basic_resource_tracker(const basic_resource_tracker&) = delete; // others hold its address
  basic_resource_tracker& operator=(const basic_resource_tracker&) = delete;
  basic_resource_tracker(basic_resource_tracker&&) = delete;
  basic_resource_tracker& operator=(basic_resource_tracker&&) = delete;
  ~basic_resource_tracker() = default;

  /// Sets the limits. What is beyond them already stays; it only gets no more.
  void limit(const memory_limits& limits) noexcept {
    Counters::store(block_.memory_soft_limit_pages, limits.warn_pages());
    Counters::store(block_.memory_limit_pages, limits.pages());
    Counters::store(block_.heap_limit_bytes, limits.hard_bytes);
  }
  /// The hard limit in force, in pages; the largest number for none.
  [[nodiscard]] std::uint64_t page_limit() const noexcept {
    return in_force(block_.memory_limit_pages);
  }

  /// The memory has `pages` pages of at most `maximum`: told when one looks, for example on start.
  void observe(std::uint64_t pages, std::uint64_t maximum) noexcept {
    Counters::store(block_.memory_pages, pages);
    Counters::store(block_.memory_maximum_pages, maximum);
    Counters::raise(block_.memory_peak_pages, pages);
  }
  /// Asked before a growth from `current` to `desired` pages; false denies it. Every answer of true is
  /// followed by memory_grown() or grow_failed(), every false by grow_failed().
  [[nodiscard]] bool memory_growing(std::uint64_t current, std::uint64_t desired,
                                    std::uint64_t maximum) noexcept {
    Counters::add(block_.grow_requests, 1);
    observe(current, maximum);
    const std::uint64_t limit = page_limit();
    if (desired > limit) {
      Counters::add(block_.grow_denied, 1);
      refused(in_pages, limit, desired);
      return false;
    }
    Counters::store(refusal_, none);
    return desired <= maximum;
  }
  /// Told after a growth, on the growing thread: the peak is exact.
  void memory_grown(std::uint64_t before, std::uint64_t now) noexcept {
    Counters::store(block_.memory_pages, now);
    Counters::raise(block_.memory_peak_pages, now);
    const std::uint64_t soft = in_force(block_.memory_soft_limit_pages);
    if (before <= soft && now > soft) { Counters::add(block_.soft_limit_passed, 1); }
  }
  /// Told that a growth did not happen, whoever refused it.
  void grow_failed() noexcept { Counters::add(block_.grow_failed, 1); }

  /// Promises `bytes` of the heap, or refuses with limit_exceeded and counts nothing.
  [[nodiscard]] result<reservation<basic_resource_tracker>> try_reserve(std::uint64_t bytes,
                                                                        memory_tag tag) noexcept {
    if (!claim(bytes)) {
      return fail(errc::limit_exceeded, heap_subject, in_force(block_.heap_limit_bytes),
                  asked_in_all(bytes));
    }
    Counters::raise(block_.heap_peak_bytes, Counters::load(block_.heap_claimed_bytes));
    Counters::add(of(tag).reserved, bytes);
    return reservation<basic_resource_tracker>{*this, bytes, tag};
  }

  /// Asked before `bytes` are allocated: false when the limit refuses. Followed by allocated() or
  /// allocation_failed().
  [[nodiscard]] bool allocating(std::uint64_t bytes) noexcept { return claim(bytes); }
  /// The bytes are there.
  void allocated(std::uint64_t bytes, memory_tag tag) noexcept {
    Counters::raise(block_.heap_peak_bytes, Counters::load(block_.heap_claimed_bytes));
    Counters::add(of(tag).used, bytes);
    Counters::add(of(tag).committed, bytes);
  }
  /// They are not: what allocating() claimed is given back.
  void allocation_failed(std::uint64_t bytes) noexcept {
    Counters::subtract(block_.heap_claimed_bytes, bytes);
    Counters::add(block_.heap_failed, 1);
  }
  /// Bytes that were allocated or committed are free again.
  void freed(std::uint64_t bytes, memory_tag tag) noexcept {
    Counters::subtract(block_.heap_claimed_bytes, bytes);
    Counters::subtract(of(tag).used, bytes);
  }

  /// An operation ended after `nanoseconds`. See operation.hpp.
  void record_operation(std::uint64_t nanoseconds, bool succeeded) noexcept {
    block_.operations.template record<Counters>(nanoseconds);
    if (!succeeded) { Counters::add(block_.operation_errors, 1); }
  }
  /// An instance became ready `nanoseconds` after it was asked for.
  void record_cold_start(std::uint64_t nanoseconds) noexcept {
    Counters::store(block_.cold_start_nanoseconds, nanoseconds);
    Counters::add(block_.cold_start_sum, nanoseconds);
    Counters::add(block_.cold_starts, 1);
  }

  /// The limit that last refused something, and what was asked: why malloc gave null. Once; nothing when
  /// it has been taken, or a growth was allowed since.
  [[nodiscard]] std::optional<error> take_refusal() noexcept {
    const std::uint64_t what = Counters::load(refusal_);
    if (what == none) { return std::nullopt; }
    Counters::store(refusal_, none);
    return error{errc::limit_exceeded, what == in_pages ? memory_subject : heap_subject,
                 Counters::load(refusal_limit_), Counters::load(refusal_asked_)};
  }

  /// The figures where they lie. Single ones are right at any time; several at once are not of one
  /// moment while other threads count.
  [[nodiscard]] constexpr tracker_block& block() noexcept { return block_; }
  /// A copy of all of them.
  [[nodiscard]] tracker_block snapshot() const noexcept {
    tracker_block copy;
    const auto* from = reinterpret_cast<const std::uint64_t*>(&block_); // NOLINT: words only,
    auto* to = reinterpret_cast<std::uint64_t*>(&copy);                 // NOLINT: up to the ledger
    for (std::size_t i = 0; i < offsetof(tracker_block, copies) / sizeof *to; ++i) {
      to[i] = Counters::load(from[i]);
    }
    copy.copies = block_.copies;
    return copy;
  }

private:
  friend reservation<basic_resource_tracker>;
  enum : std::uint64_t { none, in_pages, in_bytes }; // what refusal_ says: which limit it was
  static constexpr const char* memory_subject = "linear memory in pages";
  static constexpr const char* heap_subject = "heap in bytes";
  static constexpr std::uint64_t most = ~std::uint64_t{0};

  [[nodiscard]] static std::uint64_t in_force(const std::uint64_t& limit) noexcept {
    const std::uint64_t set = Counters::load(limit);
    return set != 0 ? set : most;
  }
  [[nodiscard]] tag_figures& of(memory_tag tag) noexcept {
    return block_.tags[static_cast<std::size_t>(tag)];
  }
  [[nodiscard]] std::uint64_t asked_in_all(std::uint64_t bytes) const noexcept {
    const std::uint64_t sum = Counters::load(block_.heap_claimed_bytes) + bytes;
    return sum < bytes ? most : sum;
  }
  [[nodiscard]] bool claim(std::uint64_t bytes) noexcept {
    const std::uint64_t limit = in_force(block_.heap_limit_bytes);
    if (Counters::claim(block_.heap_claimed_bytes, bytes, limit)) { return true; }
    Counters::add(block_.heap_failed, 1);
    refused(in_bytes, limit, asked_in_all(bytes));
    return false;
  }
  void commit(std::uint64_t bytes, memory_tag tag) noexcept {
    Counters::subtract(of(tag).reserved, bytes);
    Counters::add(of(tag).used, bytes);
    Counters::add(of(tag).committed, bytes);
  }
  void cancel(std::uint64_t bytes, memory_tag tag) noexcept {
    Counters::subtract(block_.heap_claimed_bytes, bytes);
    Counters::subtract(of(tag).reserved, bytes);
  }
  void refused(std::uint64_t what, std::uint64_t limit, std::uint64_t asked) noexcept {
    Counters::store(refusal_limit_, limit);
    Counters::store(refusal_asked_, asked);
    Counters::store(refusal_, what);
  }

  tracker_block block_{};
  std::uint64_t refusal_ = none;
  std::uint64_t refusal_limit_ = 0;
  std::uint64_t refusal_asked_ = 0;
};

/// Counts and limits nothing: what the program's tracker is when LINMEM_METRICS is 0. Every call
/// disappears.
class null_resource_tracker {
public:
  /// Nothing.
  void limit(const memory_limits&) noexcept {}
  /// The largest number: there is no limit.
  [[nodiscard]] std::uint64_t page_limit() const noexcept { return ~std::uint64_t{0}; }
  /// Nothing.
  void observe(std::uint64_t, std::uint64_t) noexcept {}
  /// Always.
  [[nodiscard]] bool memory_growing(std::uint64_t, std::uint64_t, std::uint64_t) noexcept {
    return true;
  }
  /// Nothing.
  void memory_grown(std::uint64_t, std::uint64_t) noexcept {}
  /// Nothing.
  void grow_failed() noexcept {}
  /// A promise that nobody counts.
  [[nodiscard]] result<reservation<null_resource_tracker>> try_reserve(std::uint64_t bytes,
                                                                       memory_tag tag) noexcept {
    return reservation<null_resource_tracker>{*this, bytes, tag};
  }
  /// Always.
  [[nodiscard]] bool allocating(std::uint64_t) noexcept { return true; }
  /// Nothing.
  void allocated(std::uint64_t, memory_tag) noexcept {}
  /// Nothing.
  void allocation_failed(std::uint64_t) noexcept {}
  /// Nothing.
  void freed(std::uint64_t, memory_tag) noexcept {}
  /// Nothing.
  void record_operation(std::uint64_t, bool) noexcept {}
  /// Nothing.
  void record_cold_start(std::uint64_t) noexcept {}
  /// Nothing was refused.
  [[nodiscard]] std::optional<error> take_refusal() noexcept { return std::nullopt; }
  /// All zero.
  [[nodiscard]] tracker_block snapshot() const noexcept { return {}; }

private:
  friend reservation<null_resource_tracker>;
  void commit(std::uint64_t, memory_tag) noexcept {}
  void cancel(std::uint64_t, memory_tag) noexcept {}
};

#if LINMEM_METRICS
using resource_tracker = basic_resource_tracker<>; ///< the type of tracker()
#else
using resource_tracker = null_resource_tracker; ///< the type of tracker()
#endif

namespace detail {
inline constinit resource_tracker program_tracker{};
#if LINMEM_METRICS
inline constexpr copy_ledger& program_copies = program_tracker.block().copies;
#else
inline constinit copy_ledger program_copies{};
#endif
} // namespace detail

/// The tracker of this program: of linear_memory() and of heap_storage.
[[nodiscard]] inline resource_tracker& tracker() noexcept { return detail::program_tracker; }

} // namespace linmem::inline LINMEM_ABI
