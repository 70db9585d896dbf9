// linmem/tracker_exports.hpp - the program's tracker for the host: an optional part of the C ABI.
//
// Opt-in like exports.hpp, and for the same thread. With it, JavaScript's Tracker works:
//
//   memory.tracker.limit({ hardPages: 64 });
//   memory.tracker.memory_peak_pages;        // read where it lies, without a call
//   memory.tracker.prometheus();
//
// With LINMEM_METRICS 0 the functions are there and answer 0: JavaScript throws unsupported.
#pragma once

#include <linmem/alerts.hpp>
#include <linmem/config.hpp>
#include <linmem/exports.hpp>
#include <linmem/histogram.hpp>
#include <linmem/host.hpp>
#include <linmem/layout.hpp>
#include <linmem/linear_memory.hpp>
#include <linmem/memory_limits.hpp>
#include <linmem/metrics.hpp>
#include <linmem/resource_tracker.hpp>

#include <array>   // std::array
#include <cstddef> // offsetof
#include <cstdint> // std::uint32_t, std::uint64_t, std::uintptr_t

namespace linmem::inline LINMEM_ABI {

/// The figures of tracker_block that are one word each and have no tag; memory_tag's come from the
/// table of metrics.
inline constexpr std::array tracker_fields{
    LINMEM_FIELD(tracker_block, memory_pages),
    LINMEM_FIELD(tracker_block, memory_peak_pages),
    LINMEM_FIELD(tracker_block, memory_maximum_pages),
    LINMEM_FIELD(tracker_block, memory_soft_limit_pages),
    LINMEM_FIELD(tracker_block, memory_limit_pages),
    LINMEM_FIELD(tracker_block, grow_requests),
    LINMEM_FIELD(tracker_block, grow_failed),
    LINMEM_FIELD(tracker_block, grow_denied),
    LINMEM_FIELD(tracker_block, soft_limit_passed),
    LINMEM_FIELD(tracker_block, heap_limit_bytes),
    LINMEM_FIELD(tracker_block, heap_claimed_bytes),
    LINMEM_FIELD(tracker_block, heap_peak_bytes),
    LINMEM_FIELD(tracker_block, heap_failed),
    LINMEM_FIELD(tracker_block, operation_errors),
    field{"operations", detail::in_block(offsetof(tracker_block, operations)), field_type::u64},
    LINMEM_FIELD(tracker_block, cold_starts),
    LINMEM_FIELD(tracker_block, cold_start_nanoseconds),
    LINMEM_FIELD(tracker_block, cold_start_sum),
    LINMEM_FIELD(tracker_block, module_cache_hits),
    LINMEM_FIELD(tracker_block, module_cache_misses),
    LINMEM_FIELD(tracker_block, pool_hits),
    LINMEM_FIELD(tracker_block, pool_misses),
    LINMEM_FIELD(tracker_block, pool_refused),
    LINMEM_FIELD(tracker_block, pool_idle),
    LINMEM_FIELD(tracker_block, pool_lent),
    LINMEM_FIELD(tracker_block, breaker_state),
    LINMEM_FIELD(tracker_block, fallbacks),
};
/// The layout of tracker_block.
inline constexpr block_layout tracker_layout{"tracker", sizeof(tracker_block), tracker_fields};

namespace detail {

// What JavaScript's Tracker reads once; its offsets, and those of `metric`, are known there.
struct metrics_table {
  const block_layout* layout = &tracker_layout;
  std::uint32_t count = tracker_metrics.size();
  const metric* rows = tracker_metrics.data();
  std::uint32_t buckets = histogram::buckets;
  std::uint32_t least = histogram::least;
  std::uint32_t per_doubling = histogram::per_doubling;
  std::uint32_t percentile_count = metric_percentiles.size();
  const unsigned* percentiles = metric_percentiles.data();
  std::uint32_t alert_count = linmem::alert_count;
  const char* const* alert_names = linmem::alert_names.data();
};
inline constexpr metrics_table tracker_table{};

inline constinit alerts program_alerts{};

// A count that JavaScript passes as its own number: checked there, and clamped here.
[[nodiscard]] inline std::uint64_t count_of(double number) noexcept {
  constexpr double most = 9007199254740991; // 2^53 - 1
  if (!(number > 0)) { return 0; }          // also a NaN
  return static_cast<std::uint64_t>(number < most ? number : most);
}

} // namespace detail

} // namespace linmem::inline LINMEM_ABI

/// The address of the table that says what is in the block and how it is exported.
LINMEM_EXPORT(linmem_tracker_table) std::uintptr_t linmem_tracker_table() noexcept {
  return reinterpret_cast<std::uintptr_t>(&linmem::detail::tracker_table); // NOLINT: read at once
}

/// Looks at the memory, and returns the address of the tracker's block: it stays where it is.
LINMEM_EXPORT(linmem_tracker_block) std::uintptr_t linmem_tracker_block() noexcept {
#if LINMEM_METRICS
  const auto& memory = linmem::linear_memory();
  linmem::tracker().observe(memory.pages(), memory.maximum());
  return reinterpret_cast<std::uintptr_t>(&linmem::tracker().block()); // NOLINT: it stays
#else
  return linmem::reject({linmem::errc::unsupported, "a tracker in a build without metrics"});
#endif
}

/// Sets the limits, in pages and in bytes; 0 is none.
LINMEM_EXPORT(linmem_tracker_limit)
std::uint32_t linmem_tracker_limit(double soft_pages, double hard_pages, double soft_bytes,
                                   double hard_bytes) noexcept {
  using linmem::detail::count_of;
  linmem::tracker().limit({.soft_pages = count_of(soft_pages),
                           .hard_pages = count_of(hard_pages),
                           .soft_bytes = count_of(soft_bytes),
                           .hard_bytes = count_of(hard_bytes)});
  return 1;
}

/// Counts an operation of the host that took `nanoseconds`; 0 for `succeeded` is an error.
LINMEM_EXPORT(linmem_tracker_operation)
std::uint32_t linmem_tracker_operation(double nanoseconds, std::uint32_t succeeded) noexcept {
  linmem::tracker().record_operation(linmem::detail::count_of(nanoseconds), succeeded != 0);
  return 1;
}

/// Watches the tracker anew, as alert_options say; invalid_argument for a window that is none.
LINMEM_EXPORT(linmem_tracker_watch)
std::uint32_t linmem_tracker_watch(double growth_failure_rate, double cold_start_nanoseconds,
                                   std::uint32_t cold_starts_over, std::uint32_t cold_start_window,
                                   std::uint32_t leak_window, double cache_miss_rate) noexcept {
  if (cold_start_window < 1 || cold_start_window > 64) {
    return linmem::reject(
        {linmem::errc::invalid_argument, "window of cold starts", 64, cold_start_window});
  }
  if (leak_window < 1) {
    return linmem::reject({linmem::errc::invalid_argument, "window of samples", 0, 0});
  }
  linmem::detail::program_alerts =
      linmem::alerts{{.growth_failure_rate = growth_failure_rate,
                      .cold_start_nanoseconds = linmem::detail::count_of(cold_start_nanoseconds),
                      .cold_starts_over = cold_starts_over,
                      .cold_start_window = cold_start_window,
                      .leak = {.window = leak_window},
                      .cache_miss_rate = cache_miss_rate}};
  return 1;
}

/// Judges the figures as they are now: 1 and, above it, a bit for each alert that is raised.
LINMEM_EXPORT(linmem_tracker_alerts) std::uint32_t linmem_tracker_alerts() noexcept {
  auto& watch = linmem::detail::program_alerts;
  watch.evaluate(linmem::tracker().snapshot());
  std::uint32_t bits = 1;
  for (std::uint32_t i = 0; i < linmem::alert_count; ++i) {
    if (watch.is_raised(static_cast<linmem::alert>(i))) { bits |= 2U << i; }
  }
  return bits;
}

/// Counts an instance that took `nanoseconds` to become ready.
LINMEM_EXPORT(linmem_tracker_cold_start)
std::uint32_t linmem_tracker_cold_start(double nanoseconds) noexcept {
  linmem::tracker().record_cold_start(linmem::detail::count_of(nanoseconds));
  return 1;
}
