#include <linmem/buffer_pool.hpp>

#include "failing_storage.hpp"
#include "support.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cstring>
#include <mutex>
#include <utility>
#include <vector>

#if !defined(__EMSCRIPTEN__) || defined(__EMSCRIPTEN_PTHREADS__)
#include <thread>
#endif

using linmem::buffer_pool;
using linmem::errc;
using linmem::size_class;
using failing_pool = linmem::buffer_pool<support::failing_ref>;

TEST_SUITE("buffer_pool") {
  TEST_CASE("a buffer comes back and is lent again, for any request of its class") {
    buffer_pool<> pool;
    std::byte* where = nullptr;
    {
      auto lease = pool.try_acquire(900);
      REQUIRE(lease);
      CHECK(lease.capacity() == 1024);
      where = lease.data();
      lease.with([](auto& buffer) { REQUIRE(buffer.write_at(0, linmem::as_bytes("used"))); });
      CHECK(lease.block()->position == 4);
    }
    for (const std::size_t n : {897U, 1000U, 1024U}) {
      auto lease = pool.try_acquire(n);
      CHECK(lease.data() == where);
      CHECK(lease.capacity() >= n);
      CHECK(lease.block()->position == 0);
    }
    auto other = pool.try_acquire(1025);
    CHECK(other.data() != where);
    const auto s = pool.statistics();
    CHECK(s.hits == 3);
    CHECK(s.misses == 2);
    CHECK(s.outstanding == 1);
    CHECK(s.retained == 1);
    CHECK(s.retained_bytes == 1024);
  }

  TEST_CASE("a released buffer never serves a request that is larger than it") {
    buffer_pool<> pool;
    for (std::size_t n = 1; n < 20000; n += 13) {
      auto lease = pool.try_acquire(n);
      REQUIRE(lease.capacity() >= n);
      std::memset(lease.data(), 1, n); // sanitizers watch
    }
  }

  TEST_CASE("what is kept is bounded by count and by bytes") {
    support::failing_storage heap;
    failing_pool pool{{.keep_count = 3, .keep_bytes = 5000}, heap};
    const auto use = [&](std::size_t bytes, int count) {
      std::vector<failing_pool::lease> all;
      for (int i = 0; i < count; ++i) { all.push_back(pool.try_acquire(bytes)); }
    };
    use(64, 10);
    CHECK(pool.statistics().retained == 3);
    CHECK(heap.outstanding() == 3);
    pool.trim(0);
    use(2048, 3);
    CHECK(pool.statistics().retained_bytes == 4096);
    pool.trim(0);
    use(100000, 1);
    CHECK(pool.statistics().retained == 0);
    CHECK(heap.outstanding() == 0);
  }

  TEST_CASE("warm_up makes, trim frees, the largest first") {
    buffer_pool<> pool;
    REQUIRE(pool.warm_up(4, 1000));
    REQUIRE(pool.warm_up(4, 1000)); // there already
    REQUIRE(pool.warm_up(1, 8192));
    CHECK(pool.statistics().retained == 5);
    pool.trim(4 * 1024);
    CHECK(pool.statistics().retained == 4);
    CHECK(pool.statistics().retained_bytes == 4096);
    CHECK(pool.try_acquire(1024));
    CHECK(pool.statistics().hits == 1);
    pool.trim(0);
    CHECK(pool.statistics().retained == 0);
    CHECK(pool.warm_up(1, size_class::largest + 1).error().code == errc::limit_exceeded);
  }

  TEST_CASE("the limit counts what is lent; what lies idle gives way") {
    buffer_pool<> pool{{.limit_bytes = 10000}};
    REQUIRE(pool.warm_up(1, 8192));
    auto held = pool.acquire(4096); // the idle 8 KiB have to go
    REQUIRE(held);
    CHECK(pool.statistics().retained == 0);
    const auto refused = pool.acquire(8192);
    REQUIRE_FALSE(refused);
    CHECK(refused.error() == linmem::error{errc::limit_exceeded, "", 10000, 4096 + 8192});
    CHECK(pool.statistics().refused == 1);
    CHECK(pool.acquire(size_class::largest + 1).error().code == errc::limit_exceeded);
    CHECK(pool.acquire(4096));
  }

  TEST_CASE("releasing twice, or to another pool, is an error and changes nothing") {
    buffer_pool<> pool;
    buffer_pool<> other;
    auto lease = pool.try_acquire(100);
    CHECK(other.release(lease).error().code == errc::invalid_handle);
    CHECK(lease);
    CHECK(pool.release(lease));
    CHECK_FALSE(lease);
    CHECK(pool.release(lease).error().code == errc::invalid_handle);
    CHECK(pool.statistics().retained == 1);
    CHECK(other.statistics().retained == 0);
  }

  TEST_CASE("a lease moves, and its buffer is released once") {
    buffer_pool<> pool;
    auto a = pool.try_acquire(100);
    auto b = std::move(a);
    CHECK_FALSE(a); // NOLINT: moved from, as documented
    a = pool.try_acquire(100);
    a = std::move(b);
    CHECK(pool.statistics().outstanding == 1);
    linmem::buffer_block* raw = a.detach();
    CHECK_FALSE(a);
    a = pool.attach(raw);
    CHECK(a);
    a = {};
    CHECK(pool.statistics().outstanding == 0);
    CHECK(pool.statistics().retained == 2);
  }

  TEST_CASE("buffers that held secrets are overwritten when asked for") {
    for (const bool zero : {false, true}) {
      buffer_pool<> pool{{.zero_on_release = zero}};
      std::byte* where = nullptr;
      {
        auto lease = pool.try_acquire(100);
        where = lease.data();
        std::memset(where, 7, lease.capacity());
      }
      auto again = pool.try_acquire(100);
      REQUIRE(again.data() == where);
      CHECK((where[100] == std::byte{0}) == zero);
    }
  }

  TEST_CASE("every allocation failing in turn: an error, nothing changed, nothing leaked") {
    for (std::size_t n = 0; n < 30; ++n) {
      support::failing_storage heap;
      {
        failing_pool pool{{}, heap};
        heap.fail_at(n);
        std::vector<failing_pool::lease> held;
        for (int i = 0; i < 20; ++i) {
          const auto before = pool.statistics();
          auto lease = pool.acquire(100U << (i % 7));
          if (lease) {
            held.push_back(std::move(*lease));
          } else {
            CHECK(lease.error().code == errc::out_of_memory);
            CHECK(pool.statistics().outstanding == before.outstanding);
          }
          if (i % 3 == 0) { static_cast<void>(pool.warm_up(2, 500)); }
          if (i % 5 == 4) { held.erase(held.begin()); }
        }
      }
      CHECK(heap.outstanding() == 0);
      CHECK(heap.mistakes() == 0);
    }
  }

  TEST_CASE("idle buffers make room when the heap has no more") {
    support::failing_storage heap;
    failing_pool pool{{}, heap};
    REQUIRE(pool.warm_up(2, 1000));
    heap.fail_at(0); // once: what follows the trim is granted
    CHECK(pool.acquire(100000));
    CHECK(heap.refused() == 1);
    CHECK(pool.statistics().misses == 1);
    CHECK(heap.outstanding() == 1); // only what this test's lease gave back
  }

  TEST_CASE("random operations agree with a model") {
    support::numbers random{77};
    support::failing_storage heap;
    {
      failing_pool pool{{.keep_count = 20, .keep_bytes = 200000, .limit_bytes = 1000000}, heap};
      struct held {
        failing_pool::lease lease;
        std::size_t asked;
        unsigned char tag;
      };
      std::vector<held> all;
      std::uint64_t lent = 0;
      const std::uint64_t operations = support::operations(60'000);
      for (std::uint64_t i = 0; i < operations; ++i) {
        switch (random.below(5)) {
          case 0:
          case 1: {
            const std::size_t bytes = random.below(random.below(20) == 0 ? 200000 : 3000);
            auto lease = pool.try_acquire(bytes);
            const std::size_t size = size_class::bytes_of(size_class::index_of(bytes));
            REQUIRE(static_cast<bool>(lease) == (lent + size <= 1000000));
            if (!lease) { break; }
            REQUIRE(lease.capacity() == size);
            const auto tag = static_cast<unsigned char>(i);
            std::memset(lease.data(), tag, bytes);
            lent += size;
            all.push_back({std::move(lease), bytes, tag});
            break;
          }
          case 2:
          case 3: {
            if (all.empty()) { break; }
            const std::size_t at = random.below(all.size());
            const held& h = all[at];
            for (std::size_t k = 0; k < h.asked; k += 97) {
              REQUIRE(h.lease.data()[k] == std::byte{h.tag});
            }
            lent -= h.lease.capacity();
            std::swap(all[at], all.back());
            all.pop_back();
            break;
          }
          default:
            if (random.below(100) == 0) { pool.trim(random.below(200000)); }
        }
        const auto s = pool.statistics();
        REQUIRE(s.outstanding == all.size());
        REQUIRE(s.outstanding_bytes == lent);
        REQUIRE(s.retained <= 20);
        REQUIRE(s.retained_bytes <= 200000);
        REQUIRE(heap.outstanding() == s.outstanding + s.retained);
      }
    }
    CHECK(heap.outstanding() == 0);
    CHECK(heap.mistakes() == 0);
  }

#if !defined(__EMSCRIPTEN__) || defined(__EMSCRIPTEN_PTHREADS__)
  TEST_CASE("threads share a pool that has a mutex") {
    linmem::buffer_pool<linmem::heap_storage, std::mutex> pool;
    std::vector<std::thread> threads;
    for (unsigned t = 0; t < 4; ++t) {
      threads.emplace_back([&pool, t] {
        support::numbers random{t};
        for (int i = 0; i < 3000; ++i) {
          auto lease = pool.try_acquire(random.below(4000));
          std::memset(lease.data(), static_cast<int>(t), 64);
        }
      });
    }
    for (std::thread& t : threads) { t.join(); }
    const auto s = pool.statistics();
    CHECK(s.hits + s.misses == 12000);
    CHECK(s.outstanding == 0);
  }
#endif
}
