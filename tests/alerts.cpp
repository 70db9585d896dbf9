#include <linmem/alerts.hpp>

#include <doctest/doctest.h>

#include <string>
#include <vector>

using linmem::alert;
using linmem::alert_event;
using linmem::alerts;
using linmem::tracker_block;

namespace {

// "+growth" when it was raised, "-growth" when it is over.
void write_down(void* into, const alert_event& e) noexcept {
  constexpr std::array names{"growth", "cold", "ramp", "cache"};
  static_cast<std::vector<std::string>*>(into)->push_back(std::string{e.raised ? "+" : "-"} +
                                                          names[static_cast<std::size_t>(e.which)]);
}

using told = std::vector<std::string>;

} // namespace

TEST_SUITE("alerts") {
  TEST_CASE("failed growths above 5 in 100 raise once, and end once") {
    told events;
    alerts watch{{}, write_down, &events};
    tracker_block now;
    now.grow_requests = 100;
    now.grow_failed = 5; // exactly 5 of 100 is not above
    watch.evaluate(now);
    CHECK(events == told{});
    now.grow_requests = 200;
    now.grow_failed = 11;
    watch.evaluate(now);
    CHECK(events == told{"+growth"});
    now.grow_requests = 300;
    now.grow_failed = 111;
    watch.evaluate(now);
    watch.evaluate(now); // nothing new: nothing judged
    CHECK(events == told{"+growth"});
    CHECK(watch.is_raised(alert::growth_failures));
    now.grow_requests = 400;
    watch.evaluate(now);
    CHECK(events == told{"+growth", "-growth"});
  }

  TEST_CASE("a rate is not judged before enough has happened, and then over all of it") {
    told events;
    alerts watch{{.least_growths = 20}, write_down, &events};
    tracker_block now;
    for (int i = 0; i < 19; ++i) { // one by one, all failed
      ++now.grow_requests;
      ++now.grow_failed;
      watch.evaluate(now);
      CHECK(events.empty());
    }
    ++now.grow_requests;
    watch.evaluate(now);
    CHECK(events == told{"+growth"});
  }

  TEST_CASE("k of the last n starts over the target") {
    told events;
    alerts watch{{.cold_start_nanoseconds = 100, .cold_starts_over = 2, .cold_start_window = 3},
                 write_down,
                 &events};
    tracker_block now;
    const auto start = [&](std::uint64_t nanoseconds) {
      ++now.cold_starts;
      now.cold_start_sum += nanoseconds;
      watch.evaluate(now);
    };
    start(101);
    start(100); // at the target is not over
    start(100);
    start(101);
    CHECK(events.empty()); // two of four, but one of the last three
    start(101);
    CHECK(events == told{"+cold"});
    start(500);
    start(1);
    CHECK(events == told{"+cold"}); // two of the last three
    start(1);
    CHECK(events == told{"+cold", "-cold"});
    now.cold_starts += 3; // seen at once: each counts as their mean
    now.cold_start_sum += 303;
    watch.evaluate(now);
    CHECK(events == told{"+cold", "-cold", "+cold"});
  }

  TEST_CASE("claimed bytes that only rise raise, and end when they are given back") {
    told events;
    alerts watch{{.leak = {.window = 4}}, write_down, &events};
    tracker_block now;
    for (int i = 0; i < 100; ++i) {
      now.heap_claimed_bytes += 1000;
      watch.evaluate(now);
    }
    CHECK(events == told{"+ramp"});
    for (int i = 0; i < 100; ++i) {
      now.heap_claimed_bytes = i % 3 == 0 ? 0 : 1000;
      watch.evaluate(now);
    }
    CHECK(events == told{"+ramp", "-ramp"});
  }

  TEST_CASE("modules that are not in the cache") {
    told events;
    alerts watch{{.cache_miss_rate = 0.5, .least_lookups = 4}, write_down, &events};
    tracker_block now;
    now.module_cache_misses = 3;
    now.module_cache_hits = 1;
    watch.evaluate(now);
    CHECK(events == told{"+cache"});
    now.module_cache_hits = 5;
    watch.evaluate(now);
    CHECK(events == told{"+cache", "-cache"});
  }

  TEST_CASE("without a callback the state is kept all the same") {
    alerts watch;
    tracker_block now;
    now.grow_requests = now.grow_failed = 20;
    watch.evaluate(now);
    CHECK(watch.is_raised(alert::growth_failures));
    CHECK_FALSE(watch.is_raised(alert::ramp));
  }
}
