// A writer of parameters that is killed anywhere: no reader sees half a version, none hangs, and a
// survivor takes the dead writer's publication back.
#include "process.hpp"

#include <linmem/shared_params.hpp>

#include "../support.hpp"

#include <doctest/doctest.h>

#include <array>
#include <chrono>
#include <cstdint>
#include <ostream>

using linmem::errc;
using linmem::params_view;
using linmem::shared_params;
using linmem::span_storage;
using support::bytes_of;
using support::process;

namespace {

// All equal in every version. Many, so that a writer spends its time in publications.
struct numbers {
  std::uint64_t first, a, b, c, d, e, f, g, h, i, j, k, l, m, n, last;
};

numbers all(std::uint64_t x) { return {x, x, x, x, x, x, x, x, x, x, x, x, x, x, x, x}; }
bool is_even(const numbers& x) {
  for (const std::uint64_t y :
       {x.a, x.b, x.c, x.d, x.e, x.f, x.g, x.h, x.i, x.j, x.k, x.l, x.m, x.n, x.last}) {
    if (y != x.first) { return false; }
  }
  return true;
}

constexpr int number_of_kills = 1000;

struct tally {
  int torn = 0;
  int lost = 0;     // a version that was read is not what recover() brought back
  int unusable = 0; // the survivor could not go on
  int not_killed = 0;
  int in_publication = 0; // killed between the beginning and the end of one
  std::uint64_t reads = 0;
};
std::ostream& operator<<(std::ostream& out, const tally& t) {
  return out << t.reads << " reads; killed in a publication: " << t.in_publication;
}

} // namespace

template <>
inline constexpr auto linmem::params_fields<numbers> = std::array{
    LINMEM_FIELD(numbers, first), LINMEM_FIELD(numbers, a), LINMEM_FIELD(numbers, b),
    LINMEM_FIELD(numbers, c),     LINMEM_FIELD(numbers, d), LINMEM_FIELD(numbers, e),
    LINMEM_FIELD(numbers, f),     LINMEM_FIELD(numbers, g), LINMEM_FIELD(numbers, h),
    LINMEM_FIELD(numbers, i),     LINMEM_FIELD(numbers, j), LINMEM_FIELD(numbers, k),
    LINMEM_FIELD(numbers, l),     LINMEM_FIELD(numbers, m), LINMEM_FIELD(numbers, n),
    LINMEM_FIELD(numbers, last),
};

TEST_SUITE("interprocess") {
  TEST_CASE(
      "1,000 writers of parameters are killed: nothing is torn, nobody hangs, all is recovered") {
    const support::shared_file file{4096};
    const auto mapped = file.map();
    auto params = shared_params<numbers, span_storage>::create(all(1), bytes_of(mapped));
    REQUIRE(params);
    auto survivor = params->view();
    support::numbers random{1};
    tally t;
    for (int round = 0; round < number_of_kills; ++round) {
      CAPTURE(round);
      process writer{[&] {
        const auto own = file.map(); // at another address
        auto view = params_view<numbers>::open(bytes_of(own));
        if (!view || !view->read()) { _exit(1); }
        for (;;) {
          view->values = all(view->values.first + 1);
          if (!view->publish()) { _exit(2); }
        }
      }};
      const std::uint32_t before = survivor.version();
      if (!support::wait_until([&] { return survivor.present_version() != before; })) {
        ++t.unusable;
      }
      using clock = std::chrono::steady_clock;
      const auto end = clock::now() + std::chrono::microseconds{random.below(300)};
      while (clock::now() < end) {
        if (!survivor.read()) { continue; } // the writer was stopped in the middle
        ++t.reads;
        if (!is_even(survivor.values)) { ++t.torn; }
      }
      if (!writer.kill_now()) { ++t.not_killed; }

      const std::uint32_t dead = survivor.publication();
      if (dead == 0) {
        if (!survivor.read() || !is_even(survivor.values)) { ++t.torn; }
        continue;
      }
      ++t.in_publication;
      const std::uint64_t had = survivor.values.first;
      CHECK(survivor.read().error().code == errc::timed_out);
      if (!survivor.recover(dead)) { ++t.unusable; }
      auto late = params_view<numbers>::open(bytes_of(mapped));
      if (!late || !late->read() || !is_even(late->values)) {
        ++t.torn;
      } else if (late->values.first != had) {
        ++t.lost;
      }
    }
    MESSAGE(t);
    CHECK(t.torn == 0);
    CHECK(t.lost == 0);
    CHECK(t.unusable == 0);
    CHECK(t.not_killed == 0);
    CHECK(t.in_publication > 0); // the kills hit what they are about
    CHECK(t.reads > number_of_kills);
  }
}
