#include <linmem/arena_pool.hpp>

#include "failing_storage.hpp"

#include <doctest/doctest.h>

#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#if !defined(__EMSCRIPTEN__) || defined(__EMSCRIPTEN_PTHREADS__)
#include <thread>
#endif

using linmem::arena_pool;
using linmem::errc;
using failing_pool = linmem::arena_pool<support::failing_ref>;

namespace {
// What a document does with an arena.
template <class Lease>
bool work(Lease& lease, int documents_size) {
  bool all = true;
  for (int i = 0; i < documents_size; ++i) { all = lease->try_allocate(100) != nullptr && all; }
  return all;
}
} // namespace

TEST_SUITE("arena_pool") {
  TEST_CASE("an arena comes back empty, with its memory") {
    arena_pool<> pool;
    std::uint64_t generation = 0;
    {
      auto lease = pool.try_acquire();
      REQUIRE(lease);
      REQUIRE(work(lease, 100));
      generation = lease->generation();
    }
    auto again = pool.try_acquire();
    CHECK(again->used() == 0);
    CHECK(again->reserved() >= 10000);
    CHECK(again->generation() > generation);
    const auto s = pool.statistics();
    CHECK(s.hits == 1);
    CHECK(s.misses == 1);
    CHECK(s.outstanding == 1);
  }

  TEST_CASE("after warm-up a batch of 1,000 documents takes no memory") {
    support::failing_storage heap;
    failing_pool pool{{}, heap};
    REQUIRE(pool.warm_up(1, 100000));
    const std::size_t before = heap.outstanding();
    heap.fail_at(0);
    for (int i = 0; i < 1000; ++i) {
      auto lease = pool.try_acquire();
      REQUIRE(lease);
      REQUIRE(work(lease, 50 + i % 150));
    }
    CHECK(heap.refused() == 0);
    CHECK(heap.outstanding() == before);
    heap.grant();
  }

  TEST_CASE("what is kept is bounded by count, and each arena by bytes") {
    arena_pool<> pool{{.keep_count = 2, .keep_bytes = 50000}};
    {
      std::vector<arena_pool<>::lease> all;
      for (int i = 0; i < 5; ++i) {
        all.push_back(pool.try_acquire());
        REQUIRE(work(all.back(), 2000));
      }
    }
    CHECK(pool.statistics().retained == 2);
    CHECK(pool.statistics().retained_bytes <= 100000);
    pool.trim(50000);
    CHECK(pool.statistics().retained == 1);
    pool.trim(0);
    CHECK(pool.statistics().retained == 0);
  }

  TEST_CASE("a pool of at most so many arenas refuses one more, with the number") {
    arena_pool<> pool{{.limit_count = 1}};
    auto one = pool.acquire();
    REQUIRE(one);
    const auto two = pool.acquire();
    REQUIRE_FALSE(two);
    CHECK(two.error() == linmem::error{errc::limit_exceeded, "", 1, 2});
    REQUIRE(pool.release(*one));
    CHECK(pool.release(*one).error().code == errc::invalid_handle);
    CHECK(pool.acquire());
    arena_pool<> other;
    auto lease = pool.try_acquire();
    CHECK(other.release(lease).error().code == errc::invalid_handle);
    CHECK(lease);
  }

  TEST_CASE("what an arena destroys is destroyed when the lease ends") {
    arena_pool<> pool;
    auto watched = std::make_shared<int>(1);
    {
      auto lease = pool.try_acquire();
      REQUIRE(lease->make<std::shared_ptr<int>>(watched));
      CHECK(watched.use_count() == 2);
    }
    CHECK(watched.use_count() == 1);
  }

  TEST_CASE("every allocation failing in turn: an error, nothing changed, nothing leaked") {
    for (std::size_t n = 0; n < 30; ++n) {
      support::failing_storage heap;
      {
        failing_pool pool{{}, heap};
        heap.fail_at(n);
        for (int i = 0; i < 10; ++i) {
          auto a = pool.acquire();
          auto b = pool.acquire();
          if (a) { static_cast<void>(work(*a, 100)); }
          if (i == 5) { static_cast<void>(pool.warm_up(4, 10000)); }
        }
        CHECK(pool.statistics().outstanding == 0);
        heap.grant();
        CHECK(pool.acquire());
      }
      CHECK(heap.outstanding() == 0);
      CHECK(heap.mistakes() == 0);
    }
  }

#if !defined(__EMSCRIPTEN__) || defined(__EMSCRIPTEN_PTHREADS__)
  TEST_CASE("threads share a pool that has a mutex") {
    linmem::arena_pool<linmem::heap_storage, std::mutex> pool;
    std::vector<std::thread> threads;
    for (int t = 0; t < 4; ++t) {
      threads.emplace_back([&pool] {
        for (int i = 0; i < 1000; ++i) {
          auto lease = pool.try_acquire();
          if (!lease || !work(lease, 20)) { return; }
        }
      });
    }
    for (std::thread& t : threads) { t.join(); }
    CHECK(pool.statistics().hits + pool.statistics().misses == 4000);
    CHECK(pool.statistics().outstanding == 0);
  }
#endif
}
