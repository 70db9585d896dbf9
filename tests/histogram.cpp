#include <linmem/histogram.hpp>

#include "support.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cstdint>
#include <vector>

using linmem::histogram;

TEST_SUITE("histogram") {
  TEST_CASE("an empty histogram has no quantile but 0") {
    const histogram none;
    CHECK(none.quantile(1) == 0);
    CHECK(none.quantile(50) == 0);
    CHECK(none.quantile(100) == 0);
  }

  TEST_CASE("every bucket begins where the one before it ends") {
    std::uint64_t begin = 0;
    for (std::size_t i = 0; i < histogram::buckets; ++i) {
      const std::uint64_t end = histogram::upper_bound(i);
      CHECK(end > begin);
      CHECK(histogram::bucket_of(begin) == i);
      CHECK(histogram::bucket_of(end - 1) == i);
      if (i >= histogram::per_doubling) { CHECK(4 * (end - begin) <= begin); } // a quarter at most
      begin = end;
    }
    CHECK(begin == std::uint64_t{1} << 39U); // 550 s
    CHECK(histogram::bucket_of(begin) == histogram::buckets - 1);
    CHECK(histogram::bucket_of(~std::uint64_t{0}) == histogram::buckets - 1);
  }

  TEST_CASE("quantiles of a hundred known durations") {
    histogram h;
    for (std::uint64_t ms = 1; ms <= 100; ++ms) { h.record(ms * 1'000'000); }
    CHECK(h.count == 100);
    CHECK(h.sum == 5'050'000'000U);
    CHECK(h.quantile(1) >= 1'000'000);
    CHECK(h.quantile(50) >= 50'000'000);
    CHECK(h.quantile(50) <= 62'500'000);
    CHECK(h.quantile(99) >= 99'000'000);
    CHECK(h.quantile(99) <= 123'750'000);
    CHECK(h.quantile(100) >= 100'000'000);
  }

  TEST_CASE("quantiles are never less than the true ones, and at most a quarter or 1 us more") {
    support::numbers random{20};
    for (std::uint64_t round = 0; round < support::operations(200); ++round) {
      histogram h;
      std::vector<std::uint64_t> all(1 + random.below(300));
      for (std::uint64_t& ns : all) {
        ns = random.next() >> (25 + random.below(39)); // of every magnitude up to 550 s
        h.record<linmem::atomic_counters>(ns);
      }
      std::sort(all.begin(), all.end());
      for (const unsigned percent : {1U, 50U, 95U, 99U, 100U}) {
        const std::size_t rank = (all.size() * percent + 99) / 100;
        const std::uint64_t exact = all[rank - 1];
        CHECK(h.quantile(percent) >= exact);
        CHECK(h.quantile(percent) <= exact + exact / 4 + histogram::least);
      }
    }
  }
}
