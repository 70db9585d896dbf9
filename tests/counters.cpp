#include <linmem/counters.hpp>

#include <doctest/doctest.h>

#include <cstdint>
#include <thread>
#include <type_traits>
#include <vector>

using linmem::atomic_counters;
using linmem::plain_counters;

static_assert(linmem::counters<plain_counters> && linmem::counters<atomic_counters>);
static_assert(std::is_same_v<linmem::program_counters, atomic_counters> == (LINMEM_THREADS == 1));

TEST_SUITE("counters") {
  TEST_CASE_TEMPLATE("words are added to, taken from, and raised", Counters, plain_counters,
                     atomic_counters) {
    std::uint64_t word = 0;
    CHECK(Counters::add(word, 5) == 5);
    CHECK(Counters::subtract(word, 2) == 3);
    Counters::raise(word, 2);
    CHECK(Counters::load(word) == 3);
    Counters::raise(word, 7);
    CHECK(Counters::load(word) == 7);
    Counters::store(word, 1);
    CHECK(word == 1);
  }

  TEST_CASE_TEMPLATE("a claim beyond the limit changes nothing, also where the sum would overflow",
                     Counters, plain_counters, atomic_counters) {
    constexpr std::uint64_t most = ~std::uint64_t{0};
    std::uint64_t word = 10;
    CHECK_FALSE(Counters::claim(word, 1, 9)); // beyond already
    CHECK_FALSE(Counters::claim(word, 1, 10));
    CHECK_FALSE(Counters::claim(word, most, 20));
    CHECK_FALSE(Counters::claim(word, most, most));
    CHECK(word == 10);
    CHECK(Counters::claim(word, 10, 20));
    CHECK(Counters::claim(word, 0, 20));
    CHECK(Counters::claim(word, most - 20, most));
    CHECK(word == most);
  }

#if LINMEM_THREADS
  TEST_CASE("four threads that claim one unit each time get the limit between them, and no more") {
    constexpr std::uint64_t limit = 10'000;
    std::uint64_t word = 0;
    std::uint64_t given = 0;
    std::uint64_t highest = 0;
    std::vector<std::thread> threads;
    for (int i = 0; i < 4; ++i) {
      threads.emplace_back([&] {
        while (atomic_counters::claim(word, 1, limit)) {
          atomic_counters::add(given, 1);
          atomic_counters::raise(highest, atomic_counters::load(word));
        }
      });
    }
    for (std::thread& t : threads) { t.join(); }
    CHECK(word == limit);
    CHECK(given == limit);
    CHECK(highest == limit);
  }
#endif
}
