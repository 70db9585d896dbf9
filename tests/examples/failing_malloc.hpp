// tests/examples/failing_malloc.hpp - lets each allocation of a transform fail in turn.
//
// The libraries that read formats call malloc, so that it is malloc that fails: the tests are linked
// with --wrap for it, calloc and realloc (failing_malloc.cpp).
#pragma once

#include "run_transform.hpp"

#include <doctest/doctest.h>

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace failing_malloc {

/// Of the allocations that follow, lets the one after `n` others fail, and those behind it.
void fail_after(std::size_t n) noexcept;
/// All are granted again; whether one had failed.
bool grant() noexcept;

/// Runs a transform over `input` with one more allocation each time, until none fails: before that
/// each run is out_of_memory, then the text is `expected`.
template <class Transform>
void each_in_turn(std::string_view input, std::string_view expected) {
  for (std::size_t n = 0;; ++n) {
    REQUIRE(n < 10'000);
    Transform t;
    std::vector<std::byte> out(4); // text that is kept for want of room is allocated as well
    std::string text;
    text.reserve(expected.size() + out.size()); // what follows must not allocate for the test
    linmem::step_result r{};
    std::size_t at = 0;
    fail_after(n);
    do {
      const std::string_view piece = input.substr(at, 7);
      r = t.step(linmem::as_bytes(piece), out, at + piece.size() == input.size());
      at += r.consumed;
      text += linmem::as_text({out.data(), r.produced});
    } while (r.status != linmem::step_status::done && r.status != linmem::step_status::failed);
    if (!grant()) {
      CHECK(r.status == linmem::step_status::done);
      CHECK(text == expected);
      return;
    }
    CAPTURE(n);
    CHECK(r.status == linmem::step_status::failed);
    CHECK(t.failure().code == linmem::errc::out_of_memory);
    t.reset();
    CHECK(run_transform::in_pieces(t, input, {}, 64) == expected);
  }
}

} // namespace failing_malloc
