#include <linmem/operation.hpp>

#include <doctest/doctest.h>

#include <chrono>

namespace {

using tracker = linmem::basic_resource_tracker<linmem::plain_counters>;

// A clock that stands where a test puts it.
struct scripted_clock {
  using time_point = std::chrono::time_point<scripted_clock, std::chrono::microseconds>;
  using duration = std::chrono::microseconds;
  const duration* at = nullptr;
  [[nodiscard]] time_point now() const noexcept { return time_point{*at}; }
};

using timed = linmem::operation<scripted_clock, tracker>;

} // namespace

TEST_SUITE("operation") {
  TEST_CASE("counts once, with the time between begin and end") {
    using namespace std::chrono_literals;
    tracker t;
    std::chrono::microseconds now = 5ms;
    {
      timed one{t, {&now}};
      now += 3ms;
      one.succeed();
      now += 1s;
      one.fail(); // ended already
    }
    {
      timed dropped{t, {&now}};
      now += 4ms;
    }
    {
      timed back_in_time{t, {&now}};
      now -= 1s;
      back_in_time.fail();
    }
    const linmem::tracker_block figures = t.snapshot();
    CHECK(figures.operations.count == 3);
    CHECK(figures.operations.sum == 7'000'000);
    CHECK(figures.operation_errors == 2);
  }

  TEST_CASE("of the program's tracker with the steady clock unless told otherwise") {
    const auto before = linmem::tracker().snapshot();
    linmem::operation<>{}.succeed();
    const auto after = linmem::tracker().snapshot();
    CHECK(after.operations.count - before.operations.count == LINMEM_METRICS);
    CHECK(after.operation_errors == before.operation_errors);
  }
}
