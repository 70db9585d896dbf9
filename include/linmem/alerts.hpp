// linmem/alerts.hpp - says once when something goes wrong, and once when it is over.
//
//   linmem::alerts watch{{}, [](void*, const linmem::alert_event& e) noexcept { ... }};
//   watch.evaluate(linmem::tracker().snapshot());    // after each document, or each second
//
// Rates are of what happened since they were last judged, not since the start, and are judged only
// once enough has happened. Memory is bounded, whatever comes. Not a scheduler: it looks when it is
// asked to.
#pragma once

#include <linmem/config.hpp>
#include <linmem/leak_slope.hpp>
#include <linmem/resource_tracker.hpp>

#include <array>   // std::array
#include <bit>     // std::popcount
#include <cstddef> // std::size_t
#include <cstdint> // std::uint32_t, std::uint64_t

namespace linmem::inline LINMEM_ABI {

/// What is watched.
enum class alert : std::uint8_t {
  growth_failures, ///< too many growths of linear memory were refused
  cold_start,      ///< too many of the last starts took too long
  ramp,            ///< heap memory rises and is not given back
  cache_misses,    ///< too many modules were not in the cache
};
/// Number of values of `alert`.
inline constexpr std::size_t alert_count = 4;
/// Their names, as JavaScript sees them.
inline constexpr std::array<const char*, alert_count> alert_names{"growth_failures", "cold_start",
                                                                  "ramp", "cache_misses"};

/// When an alert is raised.
struct alert_options {
  double growth_failure_rate = 0.05;                 ///< more than this part of the growths
  std::uint64_t least_growths = 20;                  ///< before their rate is judged
  std::uint64_t cold_start_nanoseconds = 15'000'000; ///< what a start may take
  std::uint32_t cold_starts_over = 3;                ///< slow ones, ...
  std::uint32_t cold_start_window = 5;               ///< ... of so many, 1..64
  leak_options leak{};                               ///< of claimed heap bytes, one sample a call
  double cache_miss_rate = 0.5;                      ///< more than this part of the lookups
  std::uint64_t least_lookups = 20;                  ///< before their rate is judged
};

/// An alert that was raised, or is over.
struct alert_event {
  alert which;      ///< what
  bool raised;      ///< false: it is over
  double value;     ///< what was found: a rate, slow starts, bytes per sample
  double threshold; ///< what it was compared with
};

/// Judges snapshots of a tracker. One thread.
class alerts {
public:
  /// Called on each change, by evaluate(), on its thread; may be null.
  using callback = void (*)(void* context, const alert_event& event) noexcept;

  /// Nothing is raised.
  explicit constexpr alerts(const alert_options& options = {}, callback changed = nullptr,
                            void* context = nullptr) noexcept
      : options_{options}, changed_{changed}, context_{context}, slope_{options.leak} {
    LINMEM_ASSERT(options.cold_start_window >= 1 && options.cold_start_window <= 64);
  }

  /// Compares `now` with what was seen before, and calls back for each alert that changed.
  void evaluate(const tracker_block& now) noexcept {
    judge_rate(alert::growth_failures, growths_, now.grow_requests, now.grow_failed,
               options_.least_growths, options_.growth_failure_rate);
    judge_rate(alert::cache_misses, lookups_, now.module_cache_hits + now.module_cache_misses,
               now.module_cache_misses, options_.least_lookups, options_.cache_miss_rate);
    judge_cold_starts(now);
    slope_.sample(now.heap_claimed_bytes);
    set(alert::ramp, slope_.is_ramp(), slope_.bytes_per_sample(), options_.leak.least_per_sample);
  }

  /// True while `which` is raised.
  [[nodiscard]] bool is_raised(alert which) const noexcept {
    return raised_[static_cast<std::size_t>(which)];
  }

private:
  struct seen {
    std::uint64_t all = 0;
    std::uint64_t bad = 0;
  };

  void judge_rate(alert which, seen& before, std::uint64_t all, std::uint64_t bad,
                  std::uint64_t least, double threshold) noexcept {
    const std::uint64_t more = all - before.all;
    if (more == 0 || more < least) { return; }
    const double rate = static_cast<double>(bad - before.bad) / static_cast<double>(more);
    before = {all, bad};
    set(which, rate > threshold, rate, threshold);
  }

  // Of several starts between two calls only their mean is known: each counts as that.
  void judge_cold_starts(const tracker_block& now) noexcept {
    const std::uint64_t more = now.cold_starts - starts_;
    if (more == 0) { return; }
    const std::uint64_t mean = (now.cold_start_sum - start_sum_) / more;
    starts_ = now.cold_starts;
    start_sum_ = now.cold_start_sum;
    constexpr std::uint64_t bits = 64;
    const std::uint64_t window = ~std::uint64_t{0} >> (bits - options_.cold_start_window);
    for (std::uint64_t i = 0; i < more && i < bits; ++i) {
      slow_ = (slow_ << 1U | (mean > options_.cold_start_nanoseconds ? 1U : 0U)) & window;
    }
    const auto count = static_cast<std::uint32_t>(std::popcount(slow_));
    set(alert::cold_start, count >= options_.cold_starts_over, count, options_.cold_starts_over);
  }

  void set(alert which, bool raised, double value, double threshold) noexcept {
    bool& state = raised_[static_cast<std::size_t>(which)];
    if (state == raised) { return; }
    state = raised;
    if (changed_ != nullptr) { changed_(context_, {which, raised, value, threshold}); }
  }

  alert_options options_;
  callback changed_;
  void* context_;
  leak_slope slope_;
  seen growths_;
  seen lookups_;
  std::uint64_t starts_ = 0;
  std::uint64_t start_sum_ = 0;
  std::uint64_t slow_ = 0; // one bit for each of the last starts
  std::array<bool, alert_count> raised_{};
};

} // namespace linmem::inline LINMEM_ABI
