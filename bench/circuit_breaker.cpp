// A call through a breaker, and a call that one refuses. circuit_breaker.mjs says what the variants
// are.
#include "cases.hpp"

#include <linmem/circuit_breaker.hpp>

#include <chrono> // std::chrono

namespace {

constexpr std::size_t calls = 1024;

// Not inlined, so that there is a call whose overhead is measured.
[[gnu::noinline]] linmem::result<std::uint32_t> work(std::uint32_t n) noexcept {
  bench::use(n);
  return n + 1;
}

template <class Call>
[[gnu::noinline]] std::uint32_t repeat(Call call) {
  std::uint32_t sum = 0;
  for (std::uint32_t i = 0; i < calls; ++i) {
    const auto answer = call(i);
    sum += answer ? *answer : 1;
  }
  return sum;
}

} // namespace

void bench::define(cases& all) {
  using namespace std::chrono_literals;
  static linmem::circuit_breaker<> closed;
  static linmem::circuit_breaker<> timed{{.window_time = 60s}};
  static linmem::circuit_breaker<> open{{.minimum_calls = 1, .open_time = 1h}};
  open.acquire()->failure();

  const char* name = "a call that is permitted";
  all.add(name, "limit", calls, [] { use(repeat(work)); });
  all.add(name, "linmem", calls, [] {
    use(repeat([](std::uint32_t n) { return closed.call([n] { return work(n); }); }));
  });
  all.add(name, "linmem, window in time", calls,
          [] { use(repeat([](std::uint32_t n) { return timed.call([n] { return work(n); }); })); });
  // A refusal says how long it lasts: it reads the clock.
  name = "a call that is refused";
  all.add(name, "limit", calls, [] {
    use(repeat([](std::uint32_t n) {
      use(std::chrono::steady_clock::now());
      return work(n);
    }));
  });
  all.add(name, "linmem", calls,
          [] { use(repeat([](std::uint32_t n) { return open.call([n] { return work(n); }); })); });
}
