// linmem/ring_end.hpp - what the ends of every ring have: states, publication, bounded waiting.
//
// The ends that programs use are in ring.hpp, for bytes and for messages; each of them is one of the
// two classes here:
//
//   linmem::message_producer out = ...;
//   out.publish();                                              // what is committed becomes visible
//   out.wait_writable(100, std::chrono::milliseconds{5});       // timed_out, or there is room
//   out.end();                                                  // the consumer reads all, then stops
//
// An end belongs to one thread. It keeps its own position and what it last saw of the other side, and
// looks at shared words only when that runs out; what it reads there is checked before it is used.
#pragma once

#include <linmem/bytes.hpp>
#include <linmem/config.hpp>
#include <linmem/error.hpp>
#include <linmem/result.hpp>
#include <linmem/ring_block.hpp>

#include <chrono>  // std::chrono::nanoseconds, std::chrono::steady_clock
#include <cstddef> // std::byte, std::size_t
#include <cstdint> // std::uint32_t, std::uint64_t
#include <utility> // std::exchange

// How a thread sleeps. <thread> would be a fifth of the time this header takes.
#if LINMEM_THREADS && !defined(__wasm__)
#if defined(__unix__) || defined(__APPLE__)
#include <sched.h> // sched_yield
#include <time.h>  // nanosleep
#else
#include <thread> // std::this_thread
#endif
#endif
#if defined(__EMSCRIPTEN_PTHREADS__)
#include <emscripten/threading.h> // emscripten_futex_wait, emscripten_is_main_browser_thread
#endif

namespace linmem::inline LINMEM_ABI {

/// How an end is opened.
struct ring_end_options {
  std::uint32_t number = 1; ///< of who has it, chosen by the program; not 0
  /// Commits until a producer publishes; 1 is each, 0 only when told to, when the ring is full, and
  /// at the end. A quarter of the ring is published in any case.
  std::uint32_t publish_every = 1;
};

namespace detail {

// Sleeps a moment, or until `wakes` is no longer `seen`; not longer than `left`.
inline void ring_sleep([[maybe_unused]] std::uint32_t& wakes, [[maybe_unused]] std::uint32_t seen,
                       [[maybe_unused]] std::chrono::nanoseconds left,
                       [[maybe_unused]] unsigned round) noexcept {
#if defined(__wasm__) && LINMEM_THREADS
#if defined(__EMSCRIPTEN_PTHREADS__)
  // A browser's main thread may not sleep, and does not hear JavaScript's notify: only a moment.
  constexpr std::chrono::nanoseconds moment = std::chrono::milliseconds{1};
  const auto longest = emscripten_is_main_browser_thread() != 0 ? smaller(moment, left) : left;
  emscripten_futex_wait(&wakes, seen, std::chrono::duration<double, std::milli>{longest}.count());
#else
  __builtin_wasm_memory_atomic_wait32(reinterpret_cast<int*>(&wakes), // NOLINT: its type
                                      static_cast<int>(seen), left.count());
#endif
#elif LINMEM_THREADS
  constexpr std::chrono::nanoseconds moment = std::chrono::microseconds{50};
  const std::chrono::nanoseconds pause =
      round < 64 ? std::chrono::nanoseconds{0} : smaller(moment, left);
#if defined(__unix__) || defined(__APPLE__)
  if (pause.count() == 0) {
    sched_yield();
  } else {
    const timespec time{.tv_sec = 0, .tv_nsec = static_cast<long>(pause.count())};
    nanosleep(&time, nullptr);
  }
#else
  if (pause.count() == 0) {
    std::this_thread::yield();
  } else {
    std::this_thread::sleep_for(pause);
  }
#endif
#endif
}

// Waits until `ready()`, at most `timeout`; the last answer. Where there are no threads nobody could
// make it true meanwhile.
template <class Ready>
[[nodiscard]] bool
ring_wait([[maybe_unused]] std::uint32_t& waits, [[maybe_unused]] std::uint32_t& wakes,
          [[maybe_unused]] std::chrono::nanoseconds timeout, Ready ready) noexcept {
  if (ready()) { return true; }
#if LINMEM_THREADS
  constexpr int looks = 1000; // some microseconds: less than going to sleep and being woken takes
  for (int i = 0; i < looks; ++i) {
    if (ready()) { return true; }
  }
  using clock = std::chrono::steady_clock;
  constexpr std::chrono::nanoseconds longest = std::chrono::hours{24}; // or the sum overflows
  const auto end = clock::now() + smaller(timeout, longest);
  for (unsigned round = 0;; ++round) {
    const std::uint32_t seen = load_word(wakes);
    __atomic_store_n(&waits, 1U, __ATOMIC_SEQ_CST); // before looking again, or a wake is missed
    const bool is_ready = ready();
    const auto left = end - clock::now();
    if (!is_ready && left.count() > 0) { ring_sleep(wakes, seen, left, round); }
    store_word(waits, 0U);
    if (is_ready || left.count() <= 0) { return is_ready; }
  }
#else
  return false;
#endif
}

// Takes a side of a ring for `number`, if nobody has it and it is open.
[[nodiscard]] inline result<void> take_side(ring_view ring, ring_role role, ring_kind kind,
                                            std::uint32_t number) noexcept {
  if (number == 0) { return fail(errc::invalid_argument, "number of a ring's end", 1, 0); }
  if (ring.kind() != kind) {
    return fail(errc::invalid_argument, "kind of a ring", static_cast<std::uint32_t>(kind),
                static_cast<std::uint32_t>(ring.kind()));
  }
  const bool producer = role == ring_role::producer;
  switch (ring.state(role)) {
    case ring_state::open: break;
    case ring_state::ended:
    case ring_state::failed: return fail(errc::closed, "end of a ring");
    case ring_state::abandoned: return fail(errc::abandoned, "end of a ring");
    default: return fail(errc::corrupt, "ring");
  }
  std::uint32_t found = 0;
  if (!__atomic_compare_exchange_n(producer ? &ring.block().producer : &ring.block().consumer,
                                   &found, number, false, __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE)) {
    return fail(errc::leased, "end of a ring, held by number", 0, found);
  }
  return {};
}

// What both ends have. Not for deletion through it.
class ring_end {
public:
  ring_end(const ring_end&) = delete;
  ring_end& operator=(const ring_end&) = delete;
  ring_end& operator=(ring_end&&) = delete;

  /// The ring.
  [[nodiscard]] ring_view ring() const noexcept { return ring_; }

protected:
  explicit ring_end(ring_view ring) noexcept : ring_{ring} {}
  ring_end(ring_end&& other) noexcept
      : ring_{other.ring_}, position_{other.position_}, limit_{other.limit_},
        shared_{other.shared_}, broken_{other.broken_}, is_over_{other.is_over_},
        is_attached_{std::exchange(other.is_attached_, false)} {}
  ~ring_end() = default;

  [[nodiscard]] std::uint32_t offset() const noexcept { return position_ & (ring_.capacity() - 1); }

  // The ring is of use to neither side from now on.
  error break_ring(const error& why) noexcept {
    broken_ = why;
    is_over_ = true;
    store_word(ring_.block().producer_state, ring_state::corrupt);
    store_word(ring_.block().consumer_state, ring_state::corrupt);
    wake_both(ring_.block());
    return why;
  }
  // The other side left a state that it cannot be in, or found the ring corrupt.
  [[nodiscard]] static error state_error(ring_state found) noexcept {
    return {errc::corrupt, "state of a ring", static_cast<std::uint32_t>(ring_state::abandoned),
            static_cast<std::uint32_t>(found)};
  }

  ring_view ring_;
  std::uint32_t position_ = 0; // of this end
  std::uint32_t limit_ = 0;    // of the other end, as it was last seen
  std::uint32_t shared_ = 0;   // of this end, as the other can see it
  error broken_{};             // why the ring is corrupt, if it is
  bool is_over_ = false;       // nothing more is written or read by this end
  bool is_attached_ = true;    // false once moved from
};

} // namespace detail

/// What byte_producer and message_producer have in common. Destroying an end that has neither ended
/// nor failed publishes what is committed and leaves the side open for the next producer.
class ring_producer : public detail::ring_end {
public:
  ring_producer(const ring_producer&) = delete;
  ring_producer& operator=(const ring_producer&) = delete;
  ring_producer& operator=(ring_producer&&) = delete;

  /// Makes all that is committed visible to the consumer.
  void publish() noexcept {
    pending_ = 0;
    if (position_ == shared_) { return; }
    shared_ = position_;
    detail::store_word(ring_.block().published, position_);
    detail::wake(ring_.block().consumer_waits, ring_.block().consumer_wakes);
  }

  /// Publishes, and says that nothing follows: the consumer reads all of it, then gets `closed`.
  void end() noexcept { close(ring_state::ended); }

  /// Publishes, and says that nothing follows because of `reason`: the consumer reads all of it, then
  /// gets that error once, then `closed`.
  void fail(errc reason) noexcept {
    LINMEM_ASSERT(reason != errc::none);
    if (!is_over_) { ring_.block().failure = reason; }
    close(ring_state::failed);
  }

  /// Gives a claim up: nothing of it is ever seen.
  void abort() noexcept { claimed_ = no_claim; }

  /// Waits until `bytes` can be claimed, or until claim would say why not, for at most `timeout`.
  /// Publishes first. timed_out when neither came; at once where there are no threads.
  [[nodiscard]] result<void> wait_writable(std::size_t bytes,
                                           std::chrono::nanoseconds timeout) noexcept {
    publish();
    auto& block = ring_.block();
    const std::uint32_t needed = demand(bytes);
    const bool ready =
        needed > ring_.capacity() ||
        detail::ring_wait(block.producer_waits, block.producer_wakes, timeout, [this, needed] {
          return has_room(needed) || state() != ring_state::open;
        });
    if (ready) { return {}; }
    return linmem::fail(errc::timed_out, "room in a ring in bytes", free(), needed);
  }

  /// Declares the consumer gone; see ring_view::abandon.
  void abandon_consumer() noexcept { ring_.abandon(ring_role::consumer); }

protected:
  static constexpr std::uint32_t no_claim = ~std::uint32_t{0};

  ring_producer(ring_view ring, ring_end_options options) noexcept
      : ring_end{ring}, every_{options.publish_every == 0 ? ~0U : options.publish_every} {
    const auto& block = ring_.block();
    position_ = shared_ = detail::load_word(block.published);
    limit_ = detail::load_word(block.released);
    const bool whole =
        detail::load_word(block.committed) == position_ && used() <= ring_.capacity();
    if (!whole || !is_aligned(position_) || !is_aligned(limit_)) {
      break_ring({errc::corrupt, "bytes in use of a ring", ring_.capacity(), used()});
    }
  }
  ring_producer(ring_producer&& other) noexcept = default;
  ~ring_producer() {
    if (!is_attached_) { return; }
    if (state() != ring_state::corrupt) { publish(); }
    release_side();
  }

  // Where this side stands. The consumer's wish to read no more ends it too.
  [[nodiscard]] ring_state state() const noexcept {
    return detail::load_word(ring_.block().consumer_state);
  }
  [[nodiscard]] std::uint32_t used() const noexcept { return position_ - limit_; }
  [[nodiscard]] std::uint32_t free() const noexcept { return ring_.capacity() - used(); }

  // Room for `n` more bytes, looking at the consumer's index only when what is known is too little.
  [[nodiscard]] bool has_room(std::uint32_t n) noexcept { return free() >= n || look(n); }

  // True while the consumer, and this side, may go on.
  [[nodiscard]] bool is_open() const noexcept { return state() == ring_state::open && !is_over_; }

  // Refuses to commit more than was claimed.
  [[nodiscard]] result<void> check_commit(std::size_t n) const noexcept {
    if (claimed_ != no_claim && n <= claimed_) { return {}; }
    return linmem::fail(errc::out_of_range, "claimed bytes", claimed_ == no_claim ? 0 : claimed_,
                        n);
  }

  // What is committed: `n` bytes from the position on. The survivor of a producer that was killed
  // reads this index, so a plain store is enough; the data is in place before it, in program order.
  void advance(std::uint32_t n) noexcept {
    claimed_ = no_claim;
    position_ += n;
#if defined(__wasm__)
    __atomic_signal_fence(__ATOMIC_RELEASE);
    *static_cast<volatile std::uint32_t*>(&ring_.block().committed) = position_; // no seq_cst store
#else
    detail::store_word(ring_.block().committed, position_);
#endif
    if (++pending_ >= every_ || position_ - shared_ >= ring_.capacity() / 4) { publish(); }
  }

  // Why a claim of `n` bytes of the ring got nothing.
  [[nodiscard]] error refusal(std::uint32_t n) noexcept {
    if (broken_.code != errc::none) { return broken_; }
    const ring_state now = state();
    switch (now) {
      case ring_state::open: break;
      case ring_state::ended: return {errc::closed, "ring, whose consumer wants no more"};
      case ring_state::abandoned: return {errc::abandoned, "consumer of a ring"};
      default: return break_ring(state_error(now));
    }
    if (is_over_) { return {errc::closed, "ring, which was ended"}; }
    return {errc::timed_out, "room in a ring in bytes", free(), n};
  }

  std::uint32_t claimed_ = no_claim; // bytes lent to be filled

private:
  // Bytes of the ring that a claim of `bytes` may take, at most.
  [[nodiscard]] std::uint32_t demand(std::size_t bytes) const noexcept {
    const bool messages = ring_.kind() == ring_kind::messages;
    const std::size_t most = messages ? ring_.largest_message() : ring_.capacity();
    if (bytes > most) { return ~0U; } // refused without waiting
    const auto n = static_cast<std::uint32_t>(bytes);
    if (!messages) { return n; }
    const std::uint32_t record = detail::record_bytes(n);
    const std::uint32_t rest = ring_.capacity() - offset();
    return rest < record ? rest + record : record;
  }
  [[nodiscard]] bool is_aligned(std::uint32_t index) const noexcept {
    return ring_.kind() == ring_kind::bytes || index % detail::ring_header == 0;
  }

  // Sees what the consumer has released. It can only have gone on, and not beyond what it could read.
  bool look(std::uint32_t n) noexcept {
    if (is_over_) { return false; }
    publish(); // or both would wait for each other
    const std::uint32_t seen = detail::load_word(ring_.block().released);
    if (position_ - seen > used() || !is_aligned(seen)) {
      break_ring({errc::corrupt, "bytes in use of a ring", used(), position_ - seen});
      return false;
    }
    limit_ = seen;
    return free() >= n;
  }

  void close(ring_state how) noexcept {
    abort();
    if (is_over_) { return; }
    publish();
    is_over_ = true;
    detail::close_side(ring_.block().producer_state, how);
    detail::wake(ring_.block().consumer_waits, ring_.block().consumer_wakes);
  }

  void release_side() noexcept { detail::store_word(ring_.block().producer, 0U); }

  std::uint32_t pending_ = 0; // commits since the last publication
  std::uint32_t every_;
};

/// What byte_consumer and message_consumer have in common. Destroying an end that was not cancelled
/// releases what it consumed and leaves the side open for the next consumer.
class ring_consumer : public detail::ring_end {
public:
  ring_consumer(const ring_consumer&) = delete;
  ring_consumer& operator=(const ring_consumer&) = delete;
  ring_consumer& operator=(ring_consumer&&) = delete;

  /// Gives what was consumed back to the producer now. Done by itself for each quarter of the ring,
  /// and whenever the ring looks empty.
  void release() noexcept {
    if (position_ == shared_) { return; }
    shared_ = position_;
    detail::store_word(ring_.block().released, position_);
    detail::wake(ring_.block().producer_waits, ring_.block().producer_wakes);
  }

  /// Wants no more: the producer gets `closed`. What is in the ring is not read any more.
  void cancel() noexcept {
    detail::close_side(ring_.block().consumer_state, ring_state::ended);
    is_over_ = true;
    limit_ = position_;
    detail::wake(ring_.block().producer_waits, ring_.block().producer_wakes);
  }

  /// Waits until there is something to read, or until peek would say why there will not be, for at
  /// most `timeout`. timed_out when neither came; at once where there are no threads.
  [[nodiscard]] result<void> wait_readable(std::chrono::nanoseconds timeout) noexcept {
    auto& block = ring_.block();
    const bool ready =
        detail::ring_wait(block.consumer_waits, block.consumer_wakes, timeout,
                          [this] { return has_more() || is_over_ || seen_ != ring_state::open; });
    if (ready) { return {}; }
    return linmem::fail(errc::timed_out, "something to read in a ring");
  }

  /// Declares the producer gone: what it committed is read, published or not, and then peek says
  /// `abandoned`. See ring_view::abandon.
  void abandon_producer() noexcept { ring_.abandon(ring_role::producer); }

protected:
  explicit ring_consumer(ring_view ring) noexcept : ring_end{ring} {
    position_ = shared_ = limit_ = detail::load_word(ring_.block().released);
    if (!is_aligned(position_)) {
      break_ring({errc::corrupt, "index of a ring", detail::ring_header, position_});
    }
  }
  ring_consumer(ring_consumer&& other) noexcept = default;
  ~ring_consumer() {
    if (!is_attached_) { return; }
    if (broken_.code == errc::none) { release(); }
    detail::store_word(ring_.block().consumer, 0U);
  }

  // Something to read, looking at the producer's index only when what is known is consumed.
  [[nodiscard]] bool has_more() noexcept { return position_ != limit_ || look(); }

  // Goes `n` bytes on.
  void advance(std::uint32_t n) noexcept {
    position_ += n;
    if (position_ - shared_ >= ring_.capacity() / 4) { release(); }
  }

  // Why there is nothing to read. Says what failed once.
  [[nodiscard]] error refusal() noexcept {
    if (broken_.code != errc::none) { return broken_; }
    if (is_over_) { return {errc::closed, "ring, which is read to its end"}; }
    switch (seen_) {
      case ring_state::open: return {errc::timed_out, "something to read in a ring"};
      case ring_state::abandoned: return {errc::abandoned, "producer of a ring"};
      case ring_state::failed: {
        is_over_ = true;
        const errc reason = detail::load_word(ring_.block().failure);
        const bool known = reason != errc::none && static_cast<std::size_t>(reason) < errc_count;
        return {known ? reason : errc::corrupt, "producer of a ring, which failed"};
      }
      case ring_state::ended:
        is_over_ = true;
        return {errc::closed, "ring, which is read to its end"};
      default: return break_ring(state_error(seen_));
    }
  }

private:
  [[nodiscard]] bool is_aligned(std::uint32_t index) const noexcept {
    return ring_.kind() == ring_kind::bytes || index % detail::ring_header == 0;
  }

  // Sees what the producer has published. The state first: what was published before it ended is
  // there once it has ended.
  bool look() noexcept {
    if (is_over_) { return false; }
    release();
    auto& block = ring_.block();
    seen_ = detail::load_word(block.producer_state);
    if (seen_ > ring_state::abandoned) {
      break_ring(state_error(seen_));
      return false;
    }
    const std::uint32_t seen =
        detail::load_word(seen_ == ring_state::abandoned ? block.committed : block.published);
    if (seen - position_ > ring_.capacity() || !is_aligned(seen)) {
      break_ring({errc::corrupt, "bytes in use of a ring", ring_.capacity(), seen - position_});
      return false;
    }
    limit_ = seen;
    return limit_ != position_;
  }

  ring_state seen_ = ring_state::open; // of the producer, when it was last looked at
};

} // namespace linmem::inline LINMEM_ABI
