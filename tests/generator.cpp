#include <linmem/generator.hpp>

#include <linmem/arena.hpp>
#include <linmem/chunk_stream.hpp>
#include <linmem/piece_source.hpp>

#include "failing_storage.hpp"
#include "support.hpp"

#include <doctest/doctest.h>

#include <array>
#include <cstdint>
#include <memory>
#include <ranges>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

using linmem::arena;
using linmem::errc;
using linmem::generator;
using support::failing_ref;
using support::failing_storage;

static_assert(std::ranges::input_range<generator<int>>);
static_assert(std::ranges::view<generator<int>>);
static_assert(!std::is_copy_constructible_v<generator<int>>);

namespace {

generator<int> count_to(int n) {
  for (int i = 1; i <= n; ++i) { co_yield i; }
}

template <class From>
generator<int> count_in(std::allocator_arg_t, From& /*frames*/, int n) {
  for (int i = 1; i <= n; ++i) { co_yield i; }
}

// A storage is passed by value.
generator<int> count_with(std::allocator_arg_t, failing_ref /*frames*/, int n) {
  for (int i = 1; i <= n; ++i) { co_yield i; }
}

struct counter {
  int step;
  generator<int> count(std::allocator_arg_t, arena<>& /*frames*/, int n) const {
    for (int i = 1; i <= n; ++i) { co_yield i* step; }
  }
};

// Says when its frame is gone.
generator<int> forever(std::shared_ptr<int> alive) {
  for (;;) { co_yield ++*alive; }
}

generator<std::string> fails_after(int n) {
  for (int i = 0; i < n; ++i) { co_yield std::to_string(i); }
  co_yield linmem::fail(errc::limit_exceeded, "test values", 2, 3);
  co_yield "never";
}

struct alignas(16) lanes {
  std::array<float, 4> values;
};
generator<std::uintptr_t> address_of_a_local() {
  const lanes local{};
  co_yield reinterpret_cast<std::uintptr_t>(&local);
}

int sum(generator<int> values) {
  int all = 0;
  for (const int value : values) { all += value; }
  return all;
}

} // namespace

TEST_SUITE("generator") {
  TEST_CASE("values come in order, and standard views work on them") {
    std::vector<int> all;
    for (const int i : count_to(5)) { all.push_back(i); }
    CHECK(all == std::vector{1, 2, 3, 4, 5});
    CHECK(sum(count_to(0)) == 0);
    all.clear();
    for (const int i : count_to(1000) | std::views::filter([](int n) { return n % 3 == 0; }) |
                           std::views::take(3)) {
      all.push_back(i);
    }
    CHECK(all == std::vector{3, 6, 9});
  }

  TEST_CASE("a value is referred to where it lies, not copied") {
    const std::string here = "a string that is too long to lie inside itself";
    const auto yields = [](const std::string& s) -> generator<std::string> { co_yield s; };
    auto values = yields(here);
    CHECK(&*values.begin() == &here);
  }

  TEST_CASE("a frame lies in the arena that is named, and an early end destroys it") {
    arena<> frames;
    CHECK(sum(count_in(std::allocator_arg, frames, 10)) == 55);
    CHECK(frames.peak() > 0);
    CHECK(frames.used() == 0); // the newest allocation goes back
    CHECK(sum(counter{2}.count(std::allocator_arg, frames, 3)) == 12);

    auto alive = std::make_shared<int>(0);
    {
      auto values = forever(alive);
      CHECK(*values.begin() == 1);
      CHECK(alive.use_count() > 1);
    }
    CHECK(alive.use_count() == 1);
  }

  TEST_CASE("a storage by value is kept in the frame, and every frame goes back to it") {
    failing_storage heap;
    {
      auto first = count_with(std::allocator_arg, heap, 3);
      auto second = count_with(std::allocator_arg, heap, 4);
      CHECK(heap.outstanding() == 2);
      CHECK(*first.begin() == 1);
      second = std::move(first);
      CHECK(sum(std::move(second)) == 5);
    }
    CHECK(heap.outstanding() == 0);
    CHECK(heap.mistakes() == 0);
  }

  TEST_CASE("without memory for its frame a generator is empty and says why") {
    failing_storage heap;
    heap.fail_at(0);
    auto none = count_with(std::allocator_arg, heap, 3);
    CHECK(none.begin() == none.end());
    CHECK(none.failure().code == errc::out_of_memory);
    const auto moved = std::move(none);
    CHECK(moved.failure().code == errc::out_of_memory);
    CHECK(generator<int>{}.failure().code == errc::none);

    arena<> full{{.limit = 64}};
    CHECK(count_in(std::allocator_arg, full, 3).failure().code == errc::out_of_memory);

    // As the source of a stream that is a failure, not an empty text.
    heap.fail_at(0);
    const auto text = [](std::allocator_arg_t, failing_ref) -> generator<std::string_view> {
      co_yield "text";
    };
    auto stream = linmem::chunks_of(linmem::piece_source{text(std::allocator_arg, heap)});
    CHECK(stream->next() == linmem::stream_state::failed);
    CHECK(stream->failure().code == errc::out_of_memory);
  }

  TEST_CASE("an error ends the values, and failure says which") {
    auto values = fails_after(2);
    std::string all;
    for (const std::string& value : values) { all += value; }
    CHECK(all == "01");
    CHECK(values.failure() == linmem::error{errc::limit_exceeded, "", 2, 3});
  }

  TEST_CASE("frames are aligned for SIMD, wherever they lie") {
    for (const std::uintptr_t address : address_of_a_local()) { CHECK(address % 16 == 0); }
  }

#if defined(__cpp_exceptions) && !defined(DOCTEST_CONFIG_NO_EXCEPTIONS_BUT_WITH_ALL_ASSERTS)
  TEST_CASE("an exception leaves the increment, and the generator is at its end") {
    const auto throws = []() -> generator<int> {
      co_yield 1;
      throw 7;
    };
    auto values = throws();
    auto at = values.begin();
    CHECK(*at == 1);
    CHECK_THROWS_AS(++at, int);
    CHECK(at == values.end());
  }
#endif
}
