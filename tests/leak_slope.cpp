#include <linmem/leak_slope.hpp>

#include "support.hpp"

#include <doctest/doctest.h>

#include <cstdint>

using linmem::leak_slope;

TEST_SUITE("leak_slope") {
  TEST_CASE("a ramp is seen once eight windows are full, with its slope") {
    leak_slope slope{{.window = 10}};
    for (std::uint64_t i = 0; i < 80; ++i) {
      CHECK_FALSE(slope.is_ramp());
      slope.sample(1000 + 100 * i);
    }
    CHECK(slope.is_ramp());
    CHECK(slope.bytes_per_sample() == doctest::Approx(100));
    slope.reset();
    CHECK_FALSE(slope.is_ramp());
    CHECK(slope.bytes_per_sample() == 0);
  }

  TEST_CASE("a sawtooth is quiet, whatever its teeth; on a ramp it is not") {
    for (const std::uint64_t period : {2U, 7U, 10U, 33U, 64U}) {
      leak_slope flat{{.window = 64}};
      leak_slope rising{{.window = 64}};
      for (std::uint64_t i = 0; i < 64 * 20; ++i) {
        const std::uint64_t tooth = i % period * 1'000'000;
        flat.sample(5000 + tooth);
        rising.sample(5000 + tooth + i * 10);
        CHECK_FALSE(flat.is_ramp());
      }
      CHECK(rising.is_ramp());
      CHECK(rising.bytes_per_sample() == doctest::Approx(10).epsilon(0.2));
    }
  }

  TEST_CASE("a fall, a step that stays, and a slope below the least are quiet") {
    leak_slope fall{{.window = 4}};
    leak_slope step{{.window = 4}};
    leak_slope slow{{.window = 4, .least_per_sample = 50}};
    for (std::uint64_t i = 0; i < 100; ++i) {
      fall.sample(1'000'000 - 100 * i);
      step.sample(i < 50 ? 1000 : 9'000'000);
      slow.sample(49 * i);
      CHECK_FALSE(fall.is_ramp());
      CHECK_FALSE(step.is_ramp());
      CHECK_FALSE(slow.is_ramp());
    }
  }

  TEST_CASE(
      "noise without a trend is a ramp in fewer than 2 of 100 windows, noise on a ramp is one") {
    support::numbers random{7};
    std::uint64_t alarms = 0;
    std::uint64_t windows = 0;
    leak_slope noise{{.window = 1}};
    leak_slope ramp{{.window = 16}};
    for (std::uint64_t i = 0; i < support::operations(20'000); ++i) {
      noise.sample(random.below(1'000'000));
      ramp.sample(random.below(1'000'000) + i * 20'000);
      alarms += noise.is_ramp() ? 1U : 0U;
      ++windows;
      if (i >= 16 * leak_slope::troughs) { REQUIRE(ramp.is_ramp()); }
    }
    CHECK(alarms * 100 < windows * 2);
  }

  TEST_CASE("a monitor does not grow: a million samples later it is as large as before") {
    leak_slope slope;
    for (std::uint64_t i = 0; i < 1'000'000; ++i) { slope.sample(i % 50); }
    static_assert(sizeof slope <= 128);
    CHECK_FALSE(slope.is_ramp());
  }
}
