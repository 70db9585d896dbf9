// linmem/environment.hpp - settings of a deployment, from environment variables.
//
//   const auto configured = linmem::read_environment();              // LINMEM_MEMORY_LIMIT_PAGES, ...
//   linmem::tracker().limit(configured->limits());
//   for (const auto& p : configured->problems()) { ... linmem::describe(p, text) ... }
//
// One table says what there is; js/environment.mjs has the same. A value that is none - junk, negative,
// out of range - is reported, and the default stays. Not for settings of one's own, and not read by
// anything in the library unless a program says so.
#pragma once

#include <linmem/bytes.hpp>
#include <linmem/config.hpp>
#include <linmem/error.hpp>
#include <linmem/memory_limits.hpp>
#include <linmem/result.hpp>

#include <array>       // std::array
#include <cstddef>     // std::size_t
#include <cstdint>     // std::uint32_t, std::uint64_t
#include <cstdlib>     // std::getenv
#include <span>        // std::span
#include <string_view> // std::string_view

namespace linmem::inline LINMEM_ABI {

/// What can be set; each value is an index into `settings`.
enum class setting : std::uint8_t {
  memory_limit_mb,      ///< MiB of linear memory at most
  memory_limit_pages,   ///< the same in pages; the smaller one where both are set
  max_pool_size,        ///< instances at most
  initial_pool_size,    ///< instances to begin with, no more than at most
  enable_simd,          ///< 1: take the SIMD build where it runs
  enable_module_cache,  ///< 1: keep compiled modules
  cold_start_target_ms, ///< what a start may take
  timeout_secs,         ///< what an operation may take
  enable_reuse,         ///< 1: use an instance again
  enable_metrics,       ///< 1: export figures
};
/// Number of values of `setting`.
inline constexpr std::size_t setting_count = 10;

/// One row of the table.
struct setting_row {
  std::string_view name;  ///< behind the prefix
  std::uint32_t fallback; ///< the value when nobody says otherwise
  std::uint32_t least;    ///< the smallest value taken
  std::uint32_t most;     ///< the largest
};

/// The table, in the order of `setting`. 0..1 is a switch.
inline constexpr std::array<setting_row, setting_count> settings{{
    {"MEMORY_LIMIT_MB", 256, 1, 1U << 20U},
    {"MEMORY_LIMIT_PAGES", 4096, 1, 1U << 24U},
    {"MAX_POOL_SIZE", 8, 1, 1024},
    {"INITIAL_POOL_SIZE", 2, 0, 1024},
    {"ENABLE_SIMD", 1, 0, 1},
    {"ENABLE_MODULE_CACHE", 1, 0, 1},
    {"COLD_START_TARGET_MS", 15, 1, 60'000},
    {"TIMEOUT_SECS", 30, 1, 86'400},
    {"ENABLE_REUSE", 1, 0, 1},
    {"ENABLE_METRICS", 1, 0, 1},
}};

/// A variable whose value was not taken.
struct setting_problem {
  setting which;          ///< of which setting
  std::string_view given; ///< what the variable says; as long as the environment stays
};

/// The settings of a deployment.
class configuration {
public:
  /// The value of `which`.
  [[nodiscard]] std::uint32_t operator[](setting which) const noexcept {
    return values_[static_cast<std::size_t>(which)];
  }
  /// True when the environment says so, false for a default.
  [[nodiscard]] bool is_set(setting which) const noexcept {
    return (set_ >> static_cast<unsigned>(which) & 1U) != 0;
  }
  /// Hard limits of memory: what is set, or the default of both units where neither is.
  [[nodiscard]] memory_limits limits() const noexcept {
    using enum setting;
    memory_limits hard;
    if (is_set(memory_limit_pages)) { hard.hard_pages = (*this)[memory_limit_pages]; }
    if (is_set(memory_limit_mb) || !is_set(memory_limit_pages)) {
      hard.hard_bytes = std::uint64_t{(*this)[memory_limit_mb]} << 20U;
    }
    return hard;
  }
  /// What was not taken, in the order of the table.
  [[nodiscard]] std::span<const setting_problem> problems() const noexcept {
    return std::span{problems_}.first(problem_count_);
  }

private:
  template <class Lookup>
  friend result<configuration> read_environment(std::string_view prefix, Lookup lookup) noexcept;

  std::array<std::uint32_t, setting_count> values_{};
  std::array<setting_problem, setting_count> problems_{};
  std::size_t problem_count_ = 0;
  std::uint32_t set_ = 0;
};

namespace detail {

// `text` as a number of at most `most`, or -1: digits and nothing else.
[[nodiscard]] constexpr std::int64_t whole_number(std::string_view text,
                                                  std::uint32_t most) noexcept {
  std::int64_t value = text.empty() ? -1 : 0;
  for (const char c : text) {
    if (c < '0' || c > '9') { return -1; }
    value = value * 10 + (c - '0');
    if (value > most) { return -1; }
  }
  return value;
}

} // namespace detail

/// Writes a sentence about `problem` into `out`, cut where `out` ends, and returns what was written.
inline std::string_view describe(const setting_problem& problem, std::span<char> out) noexcept {
  const setting_row& row = settings[static_cast<std::size_t>(problem.which)];
  detail::text_writer text{out};
  text.put(row.name);
  text.put(": expected ");
  text.put(std::uint64_t{row.least});
  text.put(" to ");
  text.put(std::uint64_t{row.most});
  text.put(", got \"");
  text.put(problem.given);
  text.put("\"");
  return text.text();
}

/// Reads every setting. The name of a variable is `prefix`, of at most 64 bytes (else
/// limit_exceeded), and the name in the table; `lookup` gives its value for a NUL-terminated name, or
/// null. A variable that is empty is not set. An initial pool larger than the largest is made as large,
/// and reported.
template <class Lookup>
[[nodiscard]] result<configuration> read_environment(std::string_view prefix,
                                                     Lookup lookup) noexcept {
  constexpr std::size_t longest = 64;
  if (prefix.size() > longest) {
    return fail(errc::limit_exceeded, "prefix of settings in bytes", longest, prefix.size());
  }
  configuration read;
  const auto report = [&read](std::size_t i, std::string_view given) {
    read.problems_[read.problem_count_++] = {static_cast<setting>(i), given};
  };
  for (std::size_t i = 0; i < setting_count; ++i) {
    const setting_row& row = settings[i];
    read.values_[i] = row.fallback;
    std::array<char, longest + 32> name{}; // the longest in the table has 20
    detail::text_writer text{name};
    text.put(prefix);
    text.put(row.name);
    const char* found = lookup(static_cast<const char*>(name.data()));
    const std::string_view given = found != nullptr ? found : "";
    if (given.empty()) { continue; }
    const std::int64_t value = detail::whole_number(given, row.most);
    if (value < std::int64_t{row.least}) {
      report(i, given);
      continue;
    }
    read.values_[i] = static_cast<std::uint32_t>(value);
    read.set_ |= 1U << i;
    const auto largest = read.values_[static_cast<std::size_t>(setting::max_pool_size)];
    if (static_cast<setting>(i) == setting::initial_pool_size && read.values_[i] > largest) {
      read.values_[i] = largest;
      report(i, given);
    }
  }
  // A default is no more than what was set either.
  auto& initial = read.values_[static_cast<std::size_t>(setting::initial_pool_size)];
  initial = smaller(initial, read[setting::max_pool_size]);
  return read;
}

/// As above, with the process's own environment; another thread may not change it meanwhile.
[[nodiscard]] inline result<configuration>
read_environment(std::string_view prefix = "LINMEM_") noexcept {
  return read_environment(prefix, [](const char* name) noexcept { return std::getenv(name); });
}

} // namespace linmem::inline LINMEM_ABI
