#include <linmem/growth.hpp>

#include <doctest/doctest.h>

#include <cstdlib>
#include <thread>
#include <vector>

using linmem::errc;

TEST_SUITE("growth") {
  TEST_CASE("no growth happens in the scope, and the error says so; scopes nest") {
    auto& memory = linmem::linear_memory();
    const std::size_t before = memory.pages();
    {
      const linmem::no_grow outer;
      CHECK(memory.grow(1).error().code == errc::limit_exceeded);
      {
        const linmem::no_grow inner;
        CHECK_FALSE(memory.grow(1));
      }
      CHECK_FALSE(memory.grow(1));
      CHECK(memory.is_growth_forbidden());
    }
    CHECK_FALSE(memory.is_growth_forbidden());
    CHECK(memory.pages() == before);
    CHECK(memory.grow(1));
  }

#if defined(__EMSCRIPTEN__)
  TEST_CASE("malloc's growth is seen by the hooks, refused in the scope, and works afterwards") {
    auto& memory = linmem::linear_memory();
    struct seen {
      int grown = 0;
      int failed = 0;
    } counts;
    linmem::growth_hooks hooks;
    hooks.context = &counts;
    hooks.grown = [](void* c, std::size_t, std::size_t) noexcept {
      ++static_cast<seen*>(c)->grown;
    };
    hooks.grow_failed = [](void* c, std::size_t, std::size_t) noexcept {
      ++static_cast<seen*>(c)->failed;
    };
    memory.watch(hooks);
    const std::size_t more = (memory.pages() + 16) * linmem::page_size; // more than there is
    {
      const linmem::no_grow fixed;
      void* volatile p = std::malloc(more);
      const bool refused = p == nullptr;
      CHECK(refused);
      void* volatile small = std::malloc(100); // what is there can still be given
      const bool given = small != nullptr;
      CHECK(given);
      std::free(small);
    }
    CHECK(counts.grown == 0);
    CHECK(counts.failed > 0);
    void* volatile p = std::malloc(more);
    const bool given = p != nullptr;
    CHECK(given);
    CHECK(counts.grown > 0);
    std::free(p);
    memory.watch({});
  }

#if LINMEM_METRICS
  TEST_CASE("malloc's growth passes the tracker: counted, and beyond its limit refused") {
    auto& memory = linmem::linear_memory();
    auto& tracker = linmem::tracker();
    const auto before = tracker.snapshot();
    const std::size_t more = (memory.pages() + 16) * linmem::page_size;
    void* volatile p = std::malloc(more);
    const bool given = p != nullptr;
    CHECK(given);
    const std::size_t pages = memory.pages();
    CHECK(tracker.snapshot().grow_requests > before.grow_requests);
    CHECK(tracker.snapshot().memory_pages == pages);
    CHECK(tracker.snapshot().memory_peak_pages == pages);

    tracker.limit({.hard_pages = pages});
    void* volatile beyond = std::malloc(pages * linmem::page_size);
    const bool refused = beyond == nullptr;
    CHECK(refused);
    CHECK(memory.pages() == pages);
    CHECK(tracker.snapshot().grow_denied > before.grow_denied);
    const auto why = tracker.take_refusal();
    REQUIRE(why);
    CHECK(why->limit == pages);
    CHECK(why->actual > pages);
    std::free(p);
    p = std::malloc(more); // what is there can still be given
    const bool again = p != nullptr;
    CHECK(again);
    std::free(p);
    tracker.limit({});
  }

#if LINMEM_THREADS
  TEST_CASE("malloc's growth from four threads in turns: the peak is all there is") {
    std::vector<std::thread> threads;
    for (int i = 0; i < 4; ++i) {
      threads.emplace_back([] {
        std::vector<void*> blocks(16);
        for (void*& block : blocks) { block = std::malloc(300'000); }
        for (void* block : blocks) { std::free(block); }
      });
    }
    for (std::thread& thread : threads) { thread.join(); }
    CHECK(linmem::tracker().snapshot().memory_peak_pages == linmem::linear_memory().pages());
    CHECK(linmem::tracker().snapshot().memory_pages == linmem::linear_memory().pages());
  }
#endif
#endif
#endif
}
