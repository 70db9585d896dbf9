// linmem/lock_words.hpp - sixteen locks of one word each, between threads, processes and JavaScript.
//
// A word is 0 while free, else the number of who holds it. Nothing here waits without a bound: a
// holder that died hangs nobody, and says who it was:
//
//   linmem::lock_words locks = *buffer.locks();
//   if (auto got = locks.lock(0, my_number)) {                 // a bounded number of attempts
//     ...
//     locks.unlock(0, my_number);
//   } else if (is_dead(got.error().actual)) {                  // errc::leased: held by that number
//     locks.unlock(0, got.error().actual);                     // in the dead holder's name
//   }
//
// In JavaScript, on an Int32Array over the words: Atomics.compareExchange(words, i, 0, number) === 0
// takes lock i, Atomics.compareExchange(words, i, number, 0) === number gives it back.
// Not fair, not recursive, and nothing to sleep on.
#pragma once

#include <linmem/config.hpp>
#include <linmem/error.hpp>
#include <linmem/result.hpp>

#include <cstddef> // std::byte, std::size_t
#include <cstdint> // std::uint32_t, std::uint64_t
#include <span>    // std::span

namespace linmem::inline LINMEM_ABI {

namespace detail {
/// Tells the processor that this thread waits for another.
inline void relax() noexcept {
#if defined(__x86_64__) || defined(__i386__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  __asm__ volatile("yield");
#endif
}
} // namespace detail

/// Sixteen lock words that lie elsewhere, in a shared_buffer for example.
class lock_words {
public:
  static constexpr std::size_t count = 16;                            ///< locks
  static constexpr std::size_t bytes = count * sizeof(std::uint32_t); ///< that they take
  static constexpr std::uint32_t default_attempts = 10'000; ///< of lock(): some 100 microseconds

  /// Locks in `words`, which outlive this object. All zero is: all free.
  explicit lock_words(std::span<std::uint32_t, count> words) noexcept : words_{words.data()} {}
  /// Locks in the `bytes` bytes at `memory`, aligned to 4.
  [[nodiscard]] static lock_words at(std::byte* memory) noexcept {
    auto* words = reinterpret_cast<std::uint32_t*>(memory); // NOLINT: a word, aligned
    return lock_words{std::span<std::uint32_t, count>{words, count}};
  }

  /// Takes lock `index` for `holder`, which is not 0. out_of_range for an index beyond the words;
  /// leased when somebody has it, whose number is the error's `actual`.
  result<void> try_lock(std::uint64_t index, std::uint32_t holder = 1) noexcept {
    return lock(index, holder, 1);
  }

  /// As try_lock, up to `attempts` times. Where there are no threads nobody could free the lock
  /// meanwhile, and one attempt is all.
  result<void> lock(std::uint64_t index, std::uint32_t holder = 1,
                    std::uint32_t attempts = default_attempts) noexcept {
    if (auto refused = check(index, holder); !refused) { return refused; }
    if constexpr (LINMEM_THREADS == 0) { attempts = 1; }
    std::uint32_t& word = words_[index];
    std::uint32_t found = 0;
    do {
      found = 0;
      if (__atomic_compare_exchange_n(&word, &found, holder, false, __ATOMIC_ACQUIRE,
                                      __ATOMIC_RELAXED)) {
        return {};
      }
      // Reading until it looks free disturbs the holder less than trying to write.
      while (attempts > 1 && __atomic_load_n(&word, __ATOMIC_RELAXED) != 0) {
        --attempts;
        detail::relax();
      }
    } while (attempts-- > 1);
    return fail(errc::leased, "lock word, held by number", 0, found);
  }

  /// Frees lock `index`, which `holder` has. A survivor frees the lock of a dead holder by giving
  /// that holder's number: of two survivors one succeeds, and neither frees the other's lock.
  /// invalid_argument when it is free, leased when another has it; out_of_range as above.
  result<void> unlock(std::uint64_t index, std::uint32_t holder = 1) noexcept {
    if (auto refused = check(index, holder); !refused) { return refused; }
    std::uint32_t found = holder;
    if (__atomic_compare_exchange_n(&words_[index], &found, 0U, false, __ATOMIC_RELEASE,
                                    __ATOMIC_RELAXED)) {
      return {};
    }
    if (found == 0) { return fail(errc::invalid_argument, "lock word, which is free"); }
    return fail(errc::leased, "lock word, held by number", 0, found);
  }

  /// The number of who has lock `index`, 0 for nobody; out_of_range as above.
  [[nodiscard]] result<std::uint32_t> holder(std::uint64_t index) const noexcept {
    if (auto refused = check(index, 1); !refused) { return unexpected{refused.error()}; }
    return __atomic_load_n(&words_[index], __ATOMIC_ACQUIRE);
  }

  /// Frees all of them, whoever has them.
  void reset() noexcept {
    for (std::size_t i = 0; i < count; ++i) { __atomic_store_n(&words_[i], 0U, __ATOMIC_RELEASE); }
  }

private:
  [[nodiscard]] static result<void> check(std::uint64_t index, std::uint32_t holder) noexcept {
    if (index >= count) { return fail(errc::out_of_range, "lock word", count, index); }
    if (holder == 0) { return fail(errc::invalid_argument, "number of a lock's holder", 1, 0); }
    return {};
  }

  std::uint32_t* words_;
};

} // namespace linmem::inline LINMEM_ABI
