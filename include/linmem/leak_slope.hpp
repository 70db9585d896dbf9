// linmem/leak_slope.hpp - whether memory only ever grows, from samples in bounded memory.
//
//   linmem::leak_slope slope{{.window = 100}};
//   slope.sample(bytes_used);                        // after each document, say
//   if (slope.is_ramp()) { ... slope.bytes_per_sample() ... }
//
// A program that allocates and frees draws a sawtooth: its teeth say nothing, the troughs between them
// do. Of each window of samples only the least is kept, of the last eight windows; where they
// rise nearly without exception, memory is not given back. Not for cycles longer than a
// window: choose one that holds a few.
#pragma once

#include <linmem/config.hpp>

#include <array>   // std::array
#include <cstddef> // std::size_t
#include <cstdint> // std::uint64_t

namespace linmem::inline LINMEM_ABI {

/// When memory counts as leaking.
struct leak_options {
  std::uint32_t window = 64;   ///< samples to a trough, at least 1
  double least_per_sample = 1; ///< bytes that a sample must add for a ramp
};

/// A sampled amount, and whether its troughs rise. One thread.
class leak_slope {
public:
  static constexpr std::size_t troughs = 8; ///< that are looked at

  /// No samples yet.
  explicit constexpr leak_slope(leak_options options = {}) noexcept : options_{options} {
    LINMEM_ASSERT(options.window >= 1);
  }

  /// Adds a sample: what is used now.
  constexpr void sample(std::uint64_t used) noexcept {
    if (in_window_ == 0 || used < least_) { least_ = used; }
    if (++in_window_ < options_.window) { return; }
    in_window_ = 0;
    if (count_ < troughs) {
      lows_[count_++] = least_;
      return;
    }
    for (std::size_t i = 1; i < troughs; ++i) { lows_[i - 1] = lows_[i]; }
    lows_[troughs - 1] = least_;
  }

  /// Bytes that a sample adds, by least squares over the troughs; 0 before all of them are there.
  [[nodiscard]] constexpr double bytes_per_sample() const noexcept {
    if (count_ < troughs) { return 0; }
    constexpr double middle = (troughs - 1) / 2.0;
    double product = 0;
    double square = 0;
    for (std::size_t i = 0; i < troughs; ++i) {
      const double x = static_cast<double>(i) - middle;
      product += x * static_cast<double>(lows_[i]);
      square += x * x;
    }
    return product / square / options_.window;
  }

  /// True when memory is not given back: the slope is at least the one in the options, and in nearly
  /// every pair of troughs the later one is the higher (Mann and Kendall's S of at least 20 of 28, which
  /// 7 of 1,000 random orders reach).
  [[nodiscard]] constexpr bool is_ramp() const noexcept {
    constexpr int least_order = 20;
    return order() >= least_order && bytes_per_sample() >= options_.least_per_sample;
  }

  /// Forgets all samples.
  constexpr void reset() noexcept { count_ = in_window_ = 0; }

private:
  // Pairs of troughs that rise, less those that fall.
  [[nodiscard]] constexpr int order() const noexcept {
    int rising = 0;
    for (std::size_t late = 1; late < count_; ++late) {
      for (std::size_t early = 0; early < late; ++early) {
        rising += (lows_[late] > lows_[early] ? 1 : 0) - (lows_[late] < lows_[early] ? 1 : 0);
      }
    }
    return rising;
  }

  leak_options options_;
  std::array<std::uint64_t, troughs> lows_{};
  std::size_t count_ = 0;
  std::uint32_t in_window_ = 0;
  std::uint64_t least_ = 0;
};

} // namespace linmem::inline LINMEM_ABI
