// linmem/circuit_breaker.hpp - stops calling what fails, and tries it again later.
//
//   linmem::circuit_breaker<> breaker{{.failure_percent = 50}};
//   if (auto permit = breaker.acquire()) {        // unavailable while the circuit is open
//     if (convert(page)) { permit->success(); } else { permit->failure(); }
//   }                                             // neither: cancelled, and counts as nothing
//
// Closed, every call is permitted, and the last `Window` of them are remembered. When too many of
// those failed it opens: calls are refused at once. After a while it is half open: a few trials
// are permitted, and close it again when all of them succeed. Not a retry loop, and not a timeout: a
// call that hangs holds its permit.
#pragma once

#include <linmem/config.hpp>
#include <linmem/error.hpp>
#include <linmem/no_mutex.hpp>
#include <linmem/result.hpp>

#include <array>       // std::array
#include <chrono>      // std::chrono::milliseconds, std::chrono::steady_clock
#include <cstddef>     // std::size_t
#include <cstdint>     // std::uint32_t, std::uint64_t
#include <type_traits> // std::invoke_result_t
#include <utility>     // std::exchange, std::forward, std::move

namespace linmem::inline LINMEM_ABI {

/// When a breaker opens, and when it closes again.
struct breaker_options {
  /// Opens when this many of a hundred remembered calls failed, or more; 1 to 100.
  std::uint32_t failure_percent = 50;
  /// Does not open before it remembers this many calls; more than the window counts as all of it.
  std::uint32_t minimum_calls = 10;
  /// Forgets calls older than this; 0: only the number of calls bounds the window.
  std::chrono::milliseconds window_time{0};
  /// Refuses every call for so long once it opened.
  std::chrono::milliseconds open_time{5000};
  /// Calls permitted at a time while half open, and successes that close it; at least 1.
  std::uint32_t trials = 1;
};

/// Where a breaker stands.
enum class breaker_state : std::uint32_t {
  closed = 0,    ///< calls are permitted
  open = 1,      ///< calls are refused
  half_open = 2, ///< a few are permitted, to try
};

/// What a breaker did so far, and what it remembers. Fixed-width, so that a host can read it in place.
struct breaker_statistics {
  std::uint64_t permitted = 0;                 ///< calls permitted, cancelled ones too
  std::uint64_t refused = 0;                   ///< calls refused
  std::uint64_t opened = 0;                    ///< times it opened
  std::uint32_t calls = 0;                     ///< calls that the window remembers
  std::uint32_t failures = 0;                  ///< those of them that failed
  breaker_state state = breaker_state::closed; ///< where it stands
  std::uint32_t unused = 0;                    ///< zero
};

/// A circuit breaker that remembers at most `Window` calls, 9 bytes each, and allocates nothing.
/// `Clock` has a now(), static or not, as those of std::chrono have. Locked by `Mutex`; permits may be
/// used on any thread then.
template <class Clock = std::chrono::steady_clock, std::size_t Window = 128,
          basic_lockable Mutex = no_mutex>
class circuit_breaker {
  static_assert(Window > 0 && Window <= (std::size_t{1} << 20), "some calls, and not all of them");
  using time_point = typename Clock::time_point;
  enum class outcome : std::uint8_t { success, failure, cancelled };

public:
  /// Leave to make one call. Dropped without an outcome it is cancelled: the call counts as nothing,
  /// and while half open another trial may take its place. An outcome that comes after the breaker
  /// has changed its state counts as nothing too.
  class permit {
  public:
    permit() = default; ///< for no call
    permit(const permit&) = delete;
    permit& operator=(const permit&) = delete;
    /// Takes over the call of `other`.
    permit(permit&& other) noexcept
        : breaker_{std::exchange(other.breaker_, nullptr)}, period_{other.period_} {}
    /// Cancels the own call and takes over that of `other`.
    permit& operator=(permit&& other) noexcept {
      circuit_breaker* breaker = std::exchange(other.breaker_, nullptr); // first: other may be this
      cancel();
      breaker_ = breaker;
      period_ = other.period_;
      return *this;
    }
    /// Cancels what has no outcome.
    ~permit() { cancel(); }

    /// True while it is for a call that has no outcome yet.
    explicit operator bool() const noexcept { return breaker_ != nullptr; }

    void success() noexcept { end(outcome::success); }  ///< the call succeeded
    void failure() noexcept { end(outcome::failure); }  ///< the call failed
    void cancel() noexcept { end(outcome::cancelled); } ///< the call was not made, or says nothing

  private:
    friend circuit_breaker;
    permit(circuit_breaker& breaker, std::uint64_t period) noexcept
        : breaker_{&breaker}, period_{period} {}
    void end(outcome o) noexcept {
      if (breaker_ != nullptr) { std::exchange(breaker_, nullptr)->end(period_, o); }
    }
    circuit_breaker* breaker_ = nullptr;
    std::uint64_t period_ = 0;
  };

  /// A closed breaker.
  explicit circuit_breaker(breaker_options options = {}, Clock clock = {}) noexcept
      : options_{options}, clock_{std::move(clock)} {
    LINMEM_ASSERT(options.failure_percent >= 1 && options.failure_percent <= 100);
    LINMEM_ASSERT(options.trials >= 1);
    if (options_.minimum_calls > Window) {
      options_.minimum_calls = static_cast<std::uint32_t>(Window);
    }
    // Half of what the clock can count is for ever, and does not overflow.
    constexpr auto longest =
        std::chrono::duration_cast<std::chrono::milliseconds>((time_point::duration::max)() / 2);
    if (options_.window_time > longest) { options_.window_time = longest; }
    if (options_.open_time > longest) { options_.open_time = longest; }
  }
  circuit_breaker(const circuit_breaker&) = delete;
  circuit_breaker& operator=(const circuit_breaker&) = delete;
  circuit_breaker(circuit_breaker&&) = delete; // permits point to it
  circuit_breaker& operator=(circuit_breaker&&) = delete;
  /// No permit is out.
  ~circuit_breaker() = default;

  /// Leave for one call; or unavailable, with the milliseconds until a trial while it is open, or with
  /// the limit of trials while it is half open and all of them are out.
  [[nodiscard]] result<permit> acquire() noexcept {
    const scoped_lock hold{mutex_};
    if (state_ != breaker_state::closed) [[unlikely]] {
      const std::uint64_t wait = milliseconds_left();
      if (wait > 0) {
        ++refused_;
        return fail(errc::unavailable, "milliseconds until the circuit is tried", 0, wait);
      }
      if (state_ == breaker_state::open) { enter(breaker_state::half_open); }
      if (trials_out_ + trials_passed_ >= options_.trials) {
        ++refused_;
        return fail(errc::unavailable, "trials of a circuit that is half open", options_.trials,
                    std::uint64_t{options_.trials} + 1);
      }
      ++trials_out_;
    }
    ++permitted_;
    return permit{*this, period_};
  }

  /// What `f` returns, a result, when a call is permitted: its error, or an exception, is a failure.
  /// Otherwise why it is not, and `f` is not called.
  template <class F>
  std::invoke_result_t<F> call(F&& f) {
    auto leave = acquire();
    if (!leave) { return unexpected{leave.error()}; }
    const failure_unless_told guard{*leave};
    auto answer = std::forward<F>(f)();
    if (answer) { leave->success(); }
    return answer;
  }

  /// Where it stands now: half open as soon as an open one would permit a trial.
  [[nodiscard]] breaker_state state() const noexcept {
    const scoped_lock hold{mutex_};
    return state_now();
  }

  /// Figures as of now.
  [[nodiscard]] breaker_statistics statistics() noexcept {
    const scoped_lock hold{mutex_};
    if (has_time()) { forget_before(clock_.now()); }
    return {permitted_, refused_, opened_, calls_, failures_, state_now()};
  }

  /// Closes it and forgets every call; permits that are out count as nothing.
  void reset() noexcept {
    const scoped_lock hold{mutex_};
    enter(breaker_state::closed);
  }

private:
  // An exception leaves call() through this.
  struct failure_unless_told {
    explicit failure_unless_told(permit& p) noexcept : told{p} {}
    failure_unless_told(const failure_unless_told&) = delete;
    failure_unless_told& operator=(const failure_unless_told&) = delete;
    failure_unless_told(failure_unless_told&&) = delete;
    failure_unless_told& operator=(failure_unless_told&&) = delete;
    ~failure_unless_told() { told.failure(); }
    permit& told;
  };

  // Until an open breaker permits a trial; rounded up, so that 0 means now.
  [[nodiscard]] std::uint64_t milliseconds_left() const noexcept {
    if (state_ != breaker_state::open) { return 0; }
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(opened_at_ + options_.open_time -
                                                                   clock_.now());
    return left.count() > 0 ? static_cast<std::uint64_t>(left.count()) : 0;
  }

  [[nodiscard]] breaker_state state_now() const noexcept {
    return state_ == breaker_state::open && milliseconds_left() == 0 ? breaker_state::half_open
                                                                     : state_;
  }

  // Begins a period: what was permitted before it counts as nothing.
  void enter(breaker_state state) noexcept {
    state_ = state;
    ++period_;
    trials_out_ = trials_passed_ = 0;
    calls_ = failures_ = 0;
    if (state == breaker_state::open) {
      opened_at_ = clock_.now();
      ++opened_;
    }
  }

  void end(std::uint64_t period, outcome o) noexcept {
    const scoped_lock hold{mutex_};
    if (period != period_) { return; }
    if (state_ == breaker_state::closed) {
      if (o != outcome::cancelled) { remember(o == outcome::failure); }
      return;
    }
    --trials_out_; // half open: nothing is permitted while it is open
    if (o == outcome::failure) {
      enter(breaker_state::open);
    } else if (o == outcome::success && ++trials_passed_ == options_.trials) {
      enter(breaker_state::closed);
    }
  }

  [[nodiscard]] bool has_time() const noexcept { return options_.window_time.count() > 0; }

  void remember(bool failed) noexcept {
    const time_point now = has_time() ? clock_.now() : time_point{};
    if (has_time()) { forget_before(now); }
    if (calls_ == Window) { forget_oldest(); }
    const std::size_t at = (oldest_ + calls_) % Window;
    ended_at_[at] = now;
    failed_[at] = failed;
    ++calls_;
    if (failed) { ++failures_; }
    if (calls_ >= options_.minimum_calls && failures_ > 0 &&
        std::uint64_t{failures_} * 100 >= std::uint64_t{options_.failure_percent} * calls_) {
      enter(breaker_state::open);
    }
  }

  void forget_before(time_point now) noexcept {
    while (calls_ > 0 && now - ended_at_[oldest_] > options_.window_time) { forget_oldest(); }
  }

  void forget_oldest() noexcept {
    if (failed_[oldest_]) { --failures_; }
    --calls_;
    oldest_ = (oldest_ + 1) % Window;
  }

  breaker_options options_;
  [[no_unique_address]] Clock clock_;
  [[no_unique_address]] mutable Mutex mutex_;
  breaker_state state_ = breaker_state::closed;
  std::uint32_t trials_out_ = 0;    // half open: permitted and without an outcome
  std::uint32_t trials_passed_ = 0; // half open: succeeded
  std::uint64_t period_ = 0;        // changes of state so far
  time_point opened_at_{};
  std::uint64_t permitted_ = 0;
  std::uint64_t refused_ = 0;
  std::uint64_t opened_ = 0;
  std::uint32_t calls_ = 0;    // that the window holds, from oldest_ on
  std::uint32_t failures_ = 0; // of those
  std::size_t oldest_ = 0;
  std::array<time_point, Window> ended_at_{}; // only where the window has a time
  std::array<bool, Window> failed_{};
};

} // namespace linmem::inline LINMEM_ABI
