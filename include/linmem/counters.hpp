// linmem/counters.hpp - how words that are counted in are read and written.
//
// What one thread counts costs plain additions, what several count costs atomic ones: a policy that
// the tracker and the histogram take as a template parameter.
//
//   std::uint64_t bytes = 0;
//   linmem::program_counters::add(bytes, 4096);                          // 4096
//   linmem::program_counters::claim(bytes, 4096, /*limit=*/8000);        // false, and nothing added
//
// Words, not an order: nothing else is published by them. Builtins rather than std::atomic_ref, which
// the oldest supported libc++ lacks, so that the words stay plain for the host that reads them.
#pragma once

#include <linmem/config.hpp>

#include <concepts>    // std::same_as
#include <cstdint>     // std::uint64_t
#include <type_traits> // std::conditional_t

namespace linmem::inline LINMEM_ABI {

/// A way to count. `add` and `subtract` return what the word is afterwards; `claim` adds when the sum
/// stays within the limit and else changes nothing; `raise` makes the word at least `value`.
template <class C>
concept counters = requires(std::uint64_t word, const std::uint64_t& seen, std::uint64_t n) {
  { C::load(seen) } noexcept -> std::same_as<std::uint64_t>;
  { C::store(word, n) } noexcept;
  { C::add(word, n) } noexcept -> std::same_as<std::uint64_t>;
  { C::subtract(word, n) } noexcept -> std::same_as<std::uint64_t>;
  { C::claim(word, n, n) } noexcept -> std::same_as<bool>;
  { C::raise(word, n) } noexcept;
};

/// For what one thread counts.
struct plain_counters {
  /// The word.
  static std::uint64_t load(const std::uint64_t& word) noexcept { return word; }
  /// Sets it.
  static void store(std::uint64_t& word, std::uint64_t value) noexcept { word = value; }
  /// Adds.
  static std::uint64_t add(std::uint64_t& word, std::uint64_t n) noexcept { return word += n; }
  /// Subtracts.
  static std::uint64_t subtract(std::uint64_t& word, std::uint64_t n) noexcept { return word -= n; }
  /// Adds within the limit, or nothing.
  static bool claim(std::uint64_t& word, std::uint64_t n, std::uint64_t limit) noexcept {
    const std::uint64_t sum = word + n;
    if (sum < n || sum > limit) { return false; }
    word = sum;
    return true;
  }
  /// At least `value` from now on.
  static void raise(std::uint64_t& word, std::uint64_t value) noexcept {
    if (word < value) { word = value; }
  }
};

/// For what several threads count.
struct atomic_counters {
  /// The word.
  static std::uint64_t load(const std::uint64_t& word) noexcept {
    return __atomic_load_n(&word, __ATOMIC_RELAXED);
  }
  /// Sets it.
  static void store(std::uint64_t& word, std::uint64_t value) noexcept {
    __atomic_store_n(&word, value, __ATOMIC_RELAXED);
  }
  /// Adds.
  static std::uint64_t add(std::uint64_t& word, std::uint64_t n) noexcept {
    return __atomic_add_fetch(&word, n, __ATOMIC_RELAXED);
  }
  /// Subtracts.
  static std::uint64_t subtract(std::uint64_t& word, std::uint64_t n) noexcept {
    return __atomic_sub_fetch(&word, n, __ATOMIC_RELAXED);
  }
  /// Adds within the limit, or nothing. Never goes beyond for a moment either: another thread would
  /// be refused for bytes that nobody gets.
  static bool claim(std::uint64_t& word, std::uint64_t n, std::uint64_t limit) noexcept {
    std::uint64_t seen = load(word);
    do {
      if (seen > limit || n > limit - seen) { return false; }
    } while (!__atomic_compare_exchange_n(&word, &seen, seen + n, true, __ATOMIC_RELAXED,
                                          __ATOMIC_RELAXED));
    return true;
  }
  /// At least `value` from now on.
  static void raise(std::uint64_t& word, std::uint64_t value) noexcept {
    std::uint64_t seen = load(word);
    while (seen < value && !__atomic_compare_exchange_n(&word, &seen, value, true, __ATOMIC_RELAXED,
                                                        __ATOMIC_RELAXED)) {}
  }
};

/// Atomic in a program that may have threads, plain in one that cannot.
using program_counters = std::conditional_t<LINMEM_THREADS == 1, atomic_counters, plain_counters>;

} // namespace linmem::inline LINMEM_ABI
