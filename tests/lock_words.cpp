#include <linmem/lock_words.hpp>

#include <doctest/doctest.h>

#include <array>
#include <cstdint>
#include <limits>

#if LINMEM_THREADS
#include <thread>
#include <vector>
#endif

using linmem::errc;
using linmem::lock_words;

TEST_SUITE("lock_words") {
  TEST_CASE("a lock that is taken says who has it, until it is given back") {
    std::array<std::uint32_t, 16> words{};
    lock_words locks{words};
    REQUIRE(locks.try_lock(3, 42));
    CHECK(words[3] == 42); // what JavaScript's Atomics see
    CHECK(*locks.holder(3) == 42);
    const auto again = locks.try_lock(3, 7);
    REQUIRE_FALSE(again);
    CHECK(again.error() == linmem::error{errc::leased, "", 0, 42});
    CHECK(locks.try_lock(3, 42).error().code == errc::leased); // not recursive
    CHECK(locks.try_lock(4, 7));                               // the others are free
    REQUIRE(locks.unlock(3, 42));
    CHECK(words[3] == 0);
    CHECK(*locks.holder(3) == 0);
    CHECK(locks.try_lock(3, 7));
  }

  TEST_CASE("unlocking what is free, or what another holds, is an error and changes nothing") {
    std::array<std::uint32_t, 16> words{};
    lock_words locks{words};
    CHECK(locks.unlock(0).error().code == errc::invalid_argument);
    REQUIRE(locks.try_lock(0, 1));
    CHECK(locks.unlock(0, 2).error() == linmem::error{errc::leased, "", 0, 1});
    CHECK(*locks.holder(0) == 1);
    REQUIRE(locks.unlock(0, 1));
    CHECK(locks.unlock(0, 1).error().code == errc::invalid_argument);
  }

  TEST_CASE("an index beyond the words is refused by every function, however far") {
    std::array<std::uint32_t, 16> words{};
    lock_words locks{words};
    for (const std::uint64_t index :
         {std::uint64_t{16}, std::uint64_t{17}, std::uint64_t{1} << 31U,
          (std::uint64_t{1} << 32U) - 1, std::uint64_t{1} << 32U, (std::uint64_t{1} << 32U) + 3,
          std::numeric_limits<std::uint64_t>::max()}) {
      CAPTURE(index);
      const linmem::error expected{errc::out_of_range, "", 16, index};
      CHECK(locks.try_lock(index).error() == expected);
      CHECK(locks.lock(index).error() == expected);
      CHECK(locks.unlock(index).error() == expected);
      CHECK(locks.holder(index).error() == expected);
    }
    for (const std::uint64_t index : {0U, 1U, 15U}) {
      CHECK(locks.try_lock(index));
      CHECK(locks.unlock(index));
    }
    CHECK(words == std::array<std::uint32_t, 16>{});
  }

  TEST_CASE("nobody has the number 0, which means free") {
    std::array<std::uint32_t, 16> words{};
    lock_words locks{words};
    CHECK(locks.try_lock(0, 0).error().code == errc::invalid_argument);
    CHECK(locks.unlock(0, 0).error().code == errc::invalid_argument);
  }

  TEST_CASE("a dead holder hangs nobody, and its lock is freed in its name, once") {
    std::array<std::uint32_t, 16> words{};
    lock_words locks{words};
    constexpr std::uint32_t dead = 1234;
    REQUIRE(locks.lock(0, dead));
    const auto got = locks.lock(0, 1, 1000); // ends, or this test would not
    REQUIRE_FALSE(got);
    CHECK(got.error().actual == dead);
    CHECK(locks.unlock(0, dead));
    CHECK(locks.unlock(0, dead).error().code == errc::invalid_argument); // the second survivor
    CHECK(locks.lock(0, 1, 1));
  }

  TEST_CASE("no attempts at all are one attempt") {
    std::array<std::uint32_t, 16> words{};
    lock_words locks{words};
    CHECK(locks.lock(0, 1, 0));
    CHECK(locks.lock(0, 2, 0).error().code == errc::leased);
  }

  TEST_CASE("reset frees them all") {
    std::array<std::uint32_t, 16> words{};
    words.fill(9);
    lock_words{words}.reset();
    CHECK(words == std::array<std::uint32_t, 16>{});
  }

#if LINMEM_THREADS
  TEST_CASE("one thread at a time is inside") {
    std::array<std::uint32_t, 16> words{};
    std::uint64_t inside = 0; // not atomic: a race would lose counts, and sanitizers report it
    constexpr std::uint32_t rounds = 20000;
    const auto work = [&](std::uint32_t number) {
      lock_words locks{words};
      for (std::uint32_t i = 0; i < rounds;) {
        if (!locks.lock(5, number, 100)) {
          std::this_thread::yield();
          continue;
        }
        ++inside;
        ++i;
        static_cast<void>(locks.unlock(5, number));
      }
    };
    std::vector<std::thread> threads;
    for (std::uint32_t number = 1; number <= 3; ++number) { threads.emplace_back(work, number); }
    for (std::thread& t : threads) { t.join(); }
    CHECK(inside == 3U * rounds);
    CHECK(words[5] == 0);
  }
#endif
}
