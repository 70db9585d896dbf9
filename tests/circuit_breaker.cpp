#include <linmem/circuit_breaker.hpp>

#include "support.hpp"

#include <doctest/doctest.h>

#include <chrono>
#include <cstdint>
#include <deque>
#include <stdexcept>
#include <utility>
#include <vector>

#if !defined(__EMSCRIPTEN__) || defined(__EMSCRIPTEN_PTHREADS__)
#include <atomic>
#include <mutex>
#include <thread>
#endif

using linmem::breaker_state;
using linmem::errc;
using namespace std::chrono_literals;

namespace {

// A clock that goes where a test puts it.
struct scripted_clock {
  using duration = std::chrono::milliseconds;
  using time_point = std::chrono::time_point<scripted_clock, duration>;
  std::int64_t* milliseconds;
  [[nodiscard]] time_point now() const noexcept { return time_point{duration{*milliseconds}}; }
};

using breaker = linmem::circuit_breaker<scripted_clock, 8>;

template <class Breaker>
void call(Breaker& b, bool succeeds) {
  auto permit = b.acquire();
  REQUIRE(permit);
  succeeds ? permit->success() : permit->failure();
}

} // namespace

TEST_SUITE("circuit_breaker") {
  TEST_CASE("it opens at the failure rate, and not before the minimum of calls") {
    std::int64_t now = 0;
    breaker b{{.failure_percent = 50, .minimum_calls = 4}, {&now}};
    call(b, false);
    call(b, false);
    call(b, true);
    CHECK(b.state() == breaker_state::closed); // 2 of 3, but only 3
    call(b, true);                             // 2 of 4
    CHECK(b.state() == breaker_state::open);
    CHECK(b.statistics().opened == 1);
  }

  TEST_CASE("successes alone never open it, and below the rate it stays closed") {
    std::int64_t now = 0;
    breaker b{{.failure_percent = 1, .minimum_calls = 1}, {&now}};
    for (int i = 0; i < 100; ++i) { call(b, true); }
    CHECK(b.state() == breaker_state::closed);
    CHECK(b.statistics().calls == 8); // the window; what is older is forgotten
    breaker c{{.failure_percent = 26, .minimum_calls = 8}, {&now}};
    for (int i = 0; i < 100; ++i) { call(c, i % 5 != 0); }
    CHECK(c.state() == breaker_state::closed);
    CHECK(c.statistics().calls == 8);
    CHECK(c.statistics().failures == 1); // i = 95
  }

  TEST_CASE("open, it refuses with the milliseconds that are left") {
    std::int64_t now = 1000;
    breaker b{{.minimum_calls = 1, .open_time = 500ms}, {&now}};
    call(b, false);
    CHECK(b.acquire().error() == linmem::error{errc::unavailable, "", 0, 500});
    now += 499;
    CHECK(b.acquire().error() == linmem::error{errc::unavailable, "", 0, 1});
    now += 1;
    CHECK(b.state() == breaker_state::half_open);
    CHECK(b.acquire());
    CHECK(b.statistics().refused == 2);
  }

  TEST_CASE("half open, it never permits more trials than it has") {
    std::int64_t now = 0;
    breaker b{{.minimum_calls = 1, .open_time = 10ms, .trials = 2}, {&now}};
    call(b, false);
    now = 10;
    auto first = b.acquire();
    auto second = b.acquire();
    REQUIRE(first);
    REQUIRE(second);
    for (int i = 0; i < 1000; ++i) {
      REQUIRE(b.acquire().error() == linmem::error{errc::unavailable, "", 2, 3});
    }
    second->cancel(); // gives its place back
    auto third = b.acquire();
    REQUIRE(third);
    first->success();
    CHECK_FALSE(b.acquire()); // a success keeps its place: only cancelling gives it back
    CHECK(b.state() == breaker_state::half_open);
    third->success();
    CHECK(b.state() == breaker_state::closed);
  }

  TEST_CASE("a trial that fails opens it again, for the whole time") {
    std::int64_t now = 0;
    breaker b{{.minimum_calls = 1, .open_time = 10ms, .trials = 3}, {&now}};
    call(b, false);
    now = 12;
    call(b, true);
    call(b, false);
    CHECK(b.acquire().error() == linmem::error{errc::unavailable, "", 0, 10});
    CHECK(b.statistics().opened == 2);
  }

  TEST_CASE("a permit that is dropped is a cancelled one") {
    std::int64_t now = 0;
    breaker b{{.minimum_calls = 1, .open_time = 10ms}, {&now}};
    { const auto dropped = b.acquire(); }
    CHECK(b.statistics().calls == 0);
    call(b, false);
    now = 10;
    for (int i = 0; i < 10; ++i) { CHECK(b.acquire()); } // each is dropped before the next
    auto moved = b.acquire();
    REQUIRE(moved);
    breaker::permit other = std::move(*moved);
    CHECK_FALSE(*moved); // NOLINT: moved from, as documented
    CHECK_FALSE(b.acquire());
    other = breaker::permit{};
    CHECK(b.acquire());
  }

  TEST_CASE("an outcome that comes after a change of state counts as nothing") {
    std::int64_t now = 0;
    breaker b{{.minimum_calls = 1, .open_time = 10ms}, {&now}};
    auto slow = b.acquire();
    auto slower = b.acquire();
    call(b, false);
    now = 10;
    auto trial = b.acquire();
    slow->failure();   // began while closed
    slower->success(); // neither opens nor closes what is half open now
    CHECK(b.state() == breaker_state::half_open);
    trial->success();
    CHECK(b.state() == breaker_state::closed);
    CHECK(b.statistics().calls == 0);
    trial->failure(); // the first outcome is the only one
    CHECK(b.state() == breaker_state::closed);
  }

  TEST_CASE("calls older than the window's time are forgotten") {
    std::int64_t now = 0;
    breaker b{{.minimum_calls = 3, .window_time = 100ms}, {&now}};
    call(b, false);
    call(b, false);
    now = 100; // exactly as old as the window: still remembered
    CHECK(b.statistics().failures == 2);
    now = 101;
    CHECK(b.statistics().calls == 0);
    call(b, false);
    call(b, false);
    CHECK(b.state() == breaker_state::closed);
    call(b, false);
    CHECK(b.state() == breaker_state::open);
  }

  TEST_CASE("a minimum beyond the window counts as the whole window") {
    std::int64_t now = 0;
    breaker b{{.minimum_calls = 1000}, {&now}};
    for (int i = 0; i < 7; ++i) { call(b, false); }
    CHECK(b.state() == breaker_state::closed);
    call(b, false);
    CHECK(b.state() == breaker_state::open);
  }

  TEST_CASE("call() tells the outcome by the result, and does not call while it is open") {
    std::int64_t now = 0;
    breaker b{{.minimum_calls = 2, .open_time = 10ms}, {&now}};
    const auto works = [] { return linmem::result<int>{7}; };
    const auto fails = []() -> linmem::result<int> {
      return linmem::fail(errc::corrupt, "a page");
    };
    CHECK(*b.call(works) == 7);
    CHECK(b.call(fails).error().code == errc::corrupt);
    bool called = false;
    const auto refused = b.call([&called]() -> linmem::result<void> {
      called = true;
      return {};
    });
    CHECK(refused.error() == linmem::error{errc::unavailable, "", 0, 10});
    CHECK_FALSE(called);
  }

#if defined(__cpp_exceptions)
  TEST_CASE("an exception out of call() is a failure") {
    std::int64_t now = 0;
    breaker b{{.minimum_calls = 1}, {&now}};
    const auto throws = []() -> linmem::result<void> { throw std::runtime_error{"page"}; };
    CHECK_THROWS_AS(static_cast<void>(b.call(throws)), std::runtime_error);
    CHECK(b.state() == breaker_state::open);
  }
#endif

  TEST_CASE("reset closes it and forgets") {
    std::int64_t now = 0;
    breaker b{{.minimum_calls = 1}, {&now}};
    auto before = b.acquire();
    call(b, false);
    b.reset();
    CHECK(b.state() == breaker_state::closed);
    before->failure();
    CHECK(b.statistics().calls == 0);
  }

  TEST_CASE("with a clock of the standard it needs nothing else") {
    linmem::circuit_breaker<> b{{.minimum_calls = 1, .window_time = 1h, .open_time = 1h}};
    b.acquire()->failure();
    const auto refused = b.acquire();
    REQUIRE_FALSE(refused);
    CHECK(refused.error().actual > 3'500'000);
    CHECK(refused.error().actual <= 3'600'000);
  }

  TEST_CASE("a time without end does not overflow") {
    constexpr auto ever = std::chrono::milliseconds::max();
    linmem::circuit_breaker<> b{{.minimum_calls = 1, .window_time = ever, .open_time = ever}};
    call(b, true);
    call(b, true);
    CHECK(b.statistics().calls == 2);
    b.acquire()->failure(); // 1 of 3
    CHECK(b.state() == breaker_state::closed);
    b.acquire()->failure(); // 2 of 4
    CHECK(b.state() == breaker_state::open);
    CHECK_FALSE(b.acquire());
  }

  TEST_CASE("random calls agree with a model") {
    // The model keeps every call, and counts anew each time.
    struct remembered {
      std::int64_t at;
      bool failed;
    };
    struct out {
      breaker::permit permit;
      std::uint64_t period;
    };
    constexpr std::size_t window = 8;
    support::numbers random{404};
    const std::uint64_t operations = support::operations(200'000);
    for (const std::int64_t window_time : {0, 50}) {
      std::int64_t now = 0;
      breaker b{{.failure_percent = 40,
                 .minimum_calls = 5,
                 .window_time = std::chrono::milliseconds{window_time},
                 .open_time = 30ms,
                 .trials = 3},
                {&now}};
      breaker_state state = breaker_state::closed;
      std::uint64_t period = 0;
      std::int64_t opened_at = 0;
      std::size_t trials_out = 0;
      std::size_t passed = 0;
      std::vector<remembered> calls;
      std::vector<out> all;
      const auto enter = [&](breaker_state s) {
        state = s;
        ++period;
        calls.clear();
        trials_out = passed = 0;
        opened_at = now;
      };
      const auto in_window = [&] {
        std::deque<remembered> recent;
        for (const remembered& r : calls) {
          if (window_time == 0 || now - r.at <= window_time) { recent.push_back(r); }
        }
        while (recent.size() > window) { recent.pop_front(); }
        return recent;
      };
      for (std::uint64_t i = 0; i < operations; ++i) {
        now += static_cast<std::int64_t>(random.below(4));
        if (all.size() < 6 && random.below(2) == 0) {
          auto permit = b.acquire();
          if (state == breaker_state::open && now - opened_at >= 30) {
            enter(breaker_state::half_open);
          }
          const bool expected = state == breaker_state::closed ||
                                (state == breaker_state::half_open && trials_out + passed < 3);
          REQUIRE(permit.has_value() == expected);
          if (permit) {
            if (state == breaker_state::half_open) { ++trials_out; }
            all.push_back({std::move(*permit), period});
          } else if (state == breaker_state::open) {
            REQUIRE(permit.error().actual == static_cast<std::uint64_t>(opened_at + 30 - now));
          }
        } else if (!all.empty()) {
          std::swap(all[random.below(all.size())], all.back());
          const std::size_t outcome = random.below(5); // 0: cancelled, 1: failure
          const bool counts = all.back().period == period;
          if (outcome == 1) { all.back().permit.failure(); }
          if (outcome > 1) { all.back().permit.success(); }
          all.pop_back();
          if (!counts) {
            // a state that has ended
          } else if (state == breaker_state::closed && outcome != 0) {
            calls.push_back({now, outcome == 1});
            const auto recent = in_window();
            std::size_t failures = 0;
            for (const remembered& r : recent) { failures += r.failed ? 1U : 0U; }
            if (recent.size() >= 5 && failures * 100 >= 40 * recent.size()) {
              enter(breaker_state::open);
            }
          } else if (state == breaker_state::half_open) {
            --trials_out;
            if (outcome == 1) {
              enter(breaker_state::open);
            } else if (outcome > 1 && ++passed == 3) {
              enter(breaker_state::closed);
            }
          }
        }
        const bool trial_due = state == breaker_state::open && now - opened_at >= 30;
        REQUIRE(b.state() == (trial_due ? breaker_state::half_open : state));
        REQUIRE(b.statistics().calls == in_window().size());
      }
      CHECK(b.statistics().opened >= operations / 2000); // every state, often
    }
  }

#if !defined(__EMSCRIPTEN__) || defined(__EMSCRIPTEN_PTHREADS__)
  TEST_CASE("threads share a breaker that has a mutex, and its trials") {
    using shared = linmem::circuit_breaker<scripted_clock, 64, std::mutex>;
    std::int64_t now = 0;
    shared b{{.minimum_calls = 1, .open_time = 10ms, .trials = 2}, {&now}};
    b.acquire()->failure();
    now = 10;
    std::atomic<int> at_once{0};
    std::atomic<int> most{0};
    std::vector<std::thread> threads;
    for (int t = 0; t < 4; ++t) {
      threads.emplace_back([&] {
        for (int i = 0; i < 2000; ++i) {
          auto permit = b.acquire();
          if (!permit) { continue; }
          const int here = ++at_once;
          for (int seen = most; here > seen && !most.compare_exchange_weak(seen, here);) {}
          --at_once;
          permit->cancel();
        }
      });
    }
    for (std::thread& t : threads) { t.join(); }
    CHECK(most >= 1);
    CHECK(most <= 2);
    CHECK(b.state() == breaker_state::half_open);
    CHECK(b.statistics().permitted + b.statistics().refused == 8001);
  }
#endif
}
