// linmem/histogram.hpp - durations in buckets that grow with them, in memory that does not.
//
//   linmem::histogram durations;
//   durations.record(3'000'000);                     // 3 ms, in nanoseconds
//   std::uint64_t p99 = durations.quantile(99);      // at most a quarter more than the true one
//
// Four buckets for each doubling, from one microsecond to nine minutes: 0.9 KB, whatever is recorded.
// Not for values below a microsecond: they all lie in the first bucket.
#pragma once

#include <linmem/config.hpp>
#include <linmem/counters.hpp>

#include <array>   // std::array
#include <bit>     // std::bit_width
#include <cstddef> // std::size_t
#include <cstdint> // std::uint64_t

namespace linmem::inline LINMEM_ABI {

/// Durations that were recorded. Words only, so that the host reads it where it lies.
struct histogram {
  static constexpr std::size_t buckets = 112;      ///< four for each of 28 doublings
  static constexpr std::uint64_t least = 1024;     ///< width of the first buckets, in nanoseconds
  static constexpr std::uint64_t per_doubling = 4; ///< buckets

  std::uint64_t count = 0;                     ///< durations recorded
  std::uint64_t sum = 0;                       ///< of them, in nanoseconds
  std::array<std::uint64_t, buckets> counts{}; ///< how many lie in each bucket

  /// The bucket of a duration; the last one also holds what is longer than all.
  [[nodiscard]] static constexpr std::size_t bucket_of(std::uint64_t nanoseconds) noexcept {
    const std::uint64_t n = nanoseconds / least;
    if (n < per_doubling) { return static_cast<std::size_t>(n); }
    const auto doubling = static_cast<std::uint64_t>(std::bit_width(n)) - 2; // 1 for 4..7
    const std::uint64_t index = per_doubling * (doubling - 1) + (n >> (doubling - 1));
    return index < buckets ? static_cast<std::size_t>(index) : buckets - 1;
  }

  /// Nanoseconds just above all that lie in bucket `index`.
  [[nodiscard]] static constexpr std::uint64_t upper_bound(std::size_t index) noexcept {
    if (index < per_doubling) { return (index + 1) * least; }
    const std::uint64_t step = index / per_doubling - 1;
    return ((per_doubling + index % per_doubling + 1) << step) * least;
  }

  /// Adds a duration.
  template <counters Counters = plain_counters>
  void record(std::uint64_t nanoseconds) noexcept {
    Counters::add(count, 1);
    Counters::add(sum, nanoseconds);
    Counters::add(counts[bucket_of(nanoseconds)], 1);
  }

  /// Nanoseconds that `percent` (1..100) of the durations do not exceed: the upper bound of the
  /// bucket, so never less than the true one. 0 when nothing was recorded. Of a copy, while others
  /// record.
  [[nodiscard]] constexpr std::uint64_t quantile(unsigned percent) const noexcept {
    LINMEM_ASSERT(percent >= 1 && percent <= 100);
    const std::uint64_t rank = count / 100 * percent + (count % 100 * percent + 99) / 100;
    std::uint64_t seen = 0;
    for (std::size_t i = 0; i < buckets; ++i) {
      seen += counts[i];
      if (seen >= rank && seen != 0) { return upper_bound(i); }
    }
    return 0;
  }
};

} // namespace linmem::inline LINMEM_ABI
