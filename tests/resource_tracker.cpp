#include <linmem/resource_tracker.hpp>

#include "support.hpp"

#include <linmem/linear_memory.hpp>
#include <linmem/shared_buffer.hpp>
#include <linmem/storage.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <memory>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

using linmem::basic_linear_memory;
using linmem::errc;
using linmem::memory_tag;
using linmem::scripted_pages;
using linmem::tracker_block;

namespace {

using plain = linmem::basic_resource_tracker<linmem::plain_counters>;
using atomic = linmem::basic_resource_tracker<linmem::atomic_counters>;

std::uint64_t used(const tracker_block& figures) {
  std::uint64_t all = 0;
  for (const linmem::tag_figures& tag : figures.tags) { all += tag.used; }
  return all;
}

} // namespace

TEST_SUITE("resource_tracker") {
  TEST_CASE("a new ledger has nothing in it, and its layout names every field") {
    const linmem::copy_ledger ledger;
    CHECK(ledger.copied_in + ledger.copied_out + ledger.staged == 0);
    CHECK(ledger.buffers + ledger.streams == 0);
    std::size_t bytes = 0;
    for (const linmem::field& f : linmem::ledger_fields) {
      bytes += f.type == linmem::field_type::u64 ? 8 : 4;
    }
    CHECK(bytes == sizeof(linmem::copy_ledger)); // no field without a name, no hole
    CHECK(std::string_view{linmem::ledger_layout.name} == "ledger");
  }

  TEST_CASE_TEMPLATE("pages now, their peak and their maximum follow the growths", T, plain,
                     atomic) {
    T t;
    basic_linear_memory memory{scripted_pages{2, 10}, t};
    CHECK(memory.grow(3));
    CHECK(t.snapshot().memory_pages == 5);
    CHECK(t.snapshot().memory_peak_pages == 5);
    CHECK(t.snapshot().memory_maximum_pages == 10);
    CHECK(t.snapshot().grow_requests == 1);
    CHECK(t.snapshot().grow_failed == 0);
  }

  TEST_CASE("the peak is that of the growth itself, not that of samples in between") {
    plain t;
    basic_linear_memory memory{scripted_pages{1, 100}, t};
    for (int i = 0; i < 9; ++i) { CHECK(memory.grow(10)); }
    t.observe(3, 100); // another instance, whose memory is small
    CHECK(t.snapshot().memory_pages == 3);
    CHECK(t.snapshot().memory_peak_pages == 91);
  }

  TEST_CASE("a snapshot keeps the peak when the instance is gone") {
    tracker_block last;
    {
      auto t = std::make_unique<plain>();
      basic_linear_memory memory{scripted_pages{1, 100}, *t};
      CHECK(memory.grow(41));
      last = t->snapshot();
    }
    CHECK(last.memory_peak_pages == 42);
  }

  TEST_CASE("the limit denies, names itself and the demand, and the next growth works") {
    plain t;
    t.limit({.hard_pages = 6});
    basic_linear_memory memory{scripted_pages{2, 10}, t};
    CHECK(memory.grow(5).error() == linmem::error{errc::limit_exceeded, "", 6, 7});
    CHECK(memory.pages() == 2);
    CHECK(memory.grow(4));
    CHECK(memory.pages() == 6);
    const tracker_block now = t.snapshot();
    CHECK(now.grow_requests == 2);
    CHECK(now.grow_failed == 1);
    CHECK(now.grow_denied == 1);
    CHECK(now.memory_peak_pages == 6);
  }

  TEST_CASE("the module's maximum is not ignored: beyond it the limit in force is that") {
    plain t;
    t.limit({.hard_pages = 60});
    basic_linear_memory memory{scripted_pages{2, 10}, t};
    CHECK(memory.grow(9).error() == linmem::error{errc::limit_exceeded, "", 10, 11});
    CHECK(t.snapshot().grow_failed == 1);
    CHECK(t.snapshot().grow_denied == 0); // nobody's limit but the module's
  }

  TEST_CASE("a failure of the backend, of a hook or of a no_grow counts as one") {
    plain t;
    basic_linear_memory memory{scripted_pages{2, 10}, t};
    memory.backend().refuse_from(1);
    CHECK(memory.grow(1).error().code == errc::out_of_memory);
    memory.backend().refuse_from(0);
    memory.forbid_growth();
    CHECK_FALSE(memory.grow(1));
    memory.allow_growth();
    linmem::growth_hooks hooks;
    hooks.growing = [](void*, std::size_t, std::size_t, std::size_t) noexcept { return false; };
    memory.watch(hooks);
    CHECK_FALSE(memory.grow(1));
    CHECK(t.snapshot().grow_requests == 3);
    CHECK(t.snapshot().grow_failed == 3);
    CHECK(t.snapshot().grow_denied == 0);
    CHECK(t.snapshot().memory_pages == 2);
  }

  TEST_CASE("65,535 bytes of limit are one page, and of two limits the smaller counts") {
    plain t;
    t.limit({.hard_bytes = 65535});
    CHECK(t.page_limit() == 1);
    t.limit({.hard_pages = 4, .hard_bytes = 3 * 65536});
    CHECK(t.page_limit() == 3);
    t.limit({});
    CHECK(t.page_limit() == ~std::uint64_t{0});
  }

  TEST_CASE("a soft limit allows, and is counted each time it is passed") {
    plain t;
    t.limit({.soft_pages = 4, .hard_pages = 8});
    basic_linear_memory memory{scripted_pages{1, 10}, t};
    CHECK(memory.grow(3)); // 4: at it
    CHECK(t.snapshot().soft_limit_passed == 0);
    CHECK(memory.grow(1));
    CHECK(memory.grow(1)); // above it already
    CHECK(t.snapshot().soft_limit_passed == 1);
    CHECK(t.snapshot().grow_failed == 0);
  }

  TEST_CASE("usage is a part of what growth does not move, and never 0/0") {
    CHECK(tracker_block{}.usage() == 0);
    plain t;
    basic_linear_memory memory{scripted_pages{2, 64}, t};
    t.observe(2, 64);
    CHECK(t.snapshot().usage() == 2.0 / 64);
    CHECK(memory.grow(14));
    CHECK(t.snapshot().usage() == 16.0 / 64); // eight times the pages, and of the usage
    t.limit({.hard_pages = 32});
    CHECK(t.snapshot().usage() == 16.0 / 32);
    t.limit({.hard_pages = 128});
    CHECK(t.snapshot().usage() == 16.0 / 64);
  }

  TEST_CASE("why memory ran out is told once, and not after it grew again") {
    plain t;
    t.limit({.hard_pages = 6});
    basic_linear_memory memory{scripted_pages{2, 10}, t};
    CHECK_FALSE(t.take_refusal());
    CHECK_FALSE(memory.grow(5));
    const auto why = t.take_refusal();
    REQUIRE(why);
    CHECK(*why == linmem::error{errc::limit_exceeded, "", 6, 7});
    CHECK(std::string_view{why->subject} == "linear memory in pages");
    CHECK_FALSE(t.take_refusal());
    CHECK_FALSE(memory.grow(5));
    CHECK(memory.grow(1));
    CHECK_FALSE(t.take_refusal());
    memory.forbid_growth();
    CHECK_FALSE(memory.grow(1)); // nobody's limit
    CHECK_FALSE(t.take_refusal());
  }

  TEST_CASE("a promise is reserved, then used, or given back: add-then-check with a rollback") {
    plain t;
    t.limit({.hard_bytes = 1000});
    {
      auto kept = t.try_reserve(600, memory_tag::cache);
      REQUIRE(kept);
      CHECK(kept->bytes() == 600);
      CHECK(t.snapshot().tags[5].reserved == 600);
      auto refused = t.try_reserve(401, memory_tag::cache);
      CHECK(refused.error() == linmem::error{errc::limit_exceeded, "", 1000, 1001});
      CHECK(t.try_reserve(~std::uint64_t{0}, memory_tag::cache).error().actual ==
            ~std::uint64_t{0});
      CHECK(t.snapshot().heap_claimed_bytes == 600); // a refusal left nothing behind
      auto dropped = t.try_reserve(400, memory_tag::program);
      CHECK(dropped);
      kept->commit();
    }
    tracker_block now = t.snapshot();
    CHECK(now.heap_claimed_bytes == 600);
    CHECK(now.heap_peak_bytes == 1000);
    CHECK(now.tags[5].used == 600);
    CHECK(now.tags[5].reserved == 0);
    CHECK(now.tags[5].committed == 600);
    CHECK(now.tags[6].reserved == 0);
    CHECK(now.tags[6].committed == 0);
    CHECK(now.heap_failed == 2);
    t.freed(600, memory_tag::cache);
    now = t.snapshot();
    CHECK(now.heap_claimed_bytes == 0);
    CHECK(now.tags[5].used == 0);
    CHECK(now.tags[5].committed == 600);
  }

  TEST_CASE("a promise that is moved is given back once") {
    plain t;
    auto first = *t.try_reserve(10, memory_tag::heap);
    auto second = std::move(first);
    auto third = *t.try_reserve(20, memory_tag::heap);
    third = std::move(second); // cancels its own 20
    CHECK(t.snapshot().heap_claimed_bytes == 10);
    third.cancel();
    third.cancel();
    CHECK(t.snapshot().heap_claimed_bytes == 0);
  }

  TEST_CASE("any sequence of promises and allocations agrees with a model") {
    struct promise {
      linmem::reservation<plain> token;
      memory_tag tag;
    };
    constexpr std::uint64_t limit = 10'000;
    plain t;
    t.limit({.hard_bytes = limit});
    support::numbers random{5};
    std::vector<promise> open;
    std::vector<std::pair<std::uint64_t, memory_tag>> alive;
    std::uint64_t claimed = 0;
    std::uint64_t peak = 0;
    for (std::uint64_t i = 0; i < support::operations(20'000); ++i) {
      const auto tag = static_cast<memory_tag>(random.below(linmem::memory_tags));
      const std::uint64_t bytes = random.below(3000);
      const std::size_t what = random.below(5);
      if (what == 0) {
        auto token = t.try_reserve(bytes, tag);
        REQUIRE(token.has_value() == (claimed + bytes <= limit));
        if (token) {
          claimed += bytes;
          open.push_back({std::move(*token), tag});
        }
      } else if (what == 1 && !open.empty()) {
        open.back().token.commit();
        alive.emplace_back(open.back().token.bytes(), open.back().tag);
        open.pop_back();
      } else if (what == 2 && !open.empty()) {
        claimed -= open.back().token.bytes();
        open.pop_back();
      } else if (what == 3) {
        const bool asked = t.allocating(bytes);
        REQUIRE(asked == (claimed + bytes <= limit));
        if (asked && random.below(4) == 0) {
          t.allocation_failed(bytes);
        } else if (asked) {
          t.allocated(bytes, tag);
          alive.emplace_back(bytes, tag);
          claimed += bytes;
        }
      } else if (!alive.empty()) {
        t.freed(alive.back().first, alive.back().second);
        claimed -= alive.back().first;
        alive.pop_back();
      }
      peak = claimed > peak ? claimed : peak;
      const tracker_block now = t.snapshot();
      REQUIRE(now.heap_claimed_bytes == claimed);
      REQUIRE(now.heap_peak_bytes == peak);
      std::uint64_t in_use = 0;
      for (const auto& [n, by] : alive) { in_use += n; }
      REQUIRE(used(now) == in_use);
    }
  }

  TEST_CASE("a tracker is words in linear memory, and a million operations add none") {
    plain t;
    for (std::uint64_t i = 0; i < 1'000'000; ++i) { t.record_operation(i, i % 2 == 0); }
    CHECK(t.snapshot().operations.count == 1'000'000);
    CHECK(t.snapshot().operation_errors == 500'000);
    static_assert(sizeof t < 2048);
  }

#if LINMEM_THREADS
  TEST_CASE(
      "memory grown by four threads in turns: the peak is the maximum seen, the limit holds") {
    constexpr std::size_t limit = 5000;
    atomic t;
    t.limit({.hard_pages = limit});
    basic_linear_memory memory{scripted_pages{1, 65536}, t};
    std::array<std::size_t, 4> highest{};
    std::vector<std::thread> threads;
    for (std::size_t i = 0; i < 4; ++i) {
      threads.emplace_back([&, i] {
        for (std::size_t delta = i + 1;;) {
          const auto before = memory.grow(delta);
          if (before) {
            highest[i] = *before + delta;
          } else if (delta > 1) {
            delta = 1;
          } else {
            return;
          }
        }
      });
    }
    for (std::thread& thread : threads) { thread.join(); }
    const tracker_block now = t.snapshot();
    CHECK(memory.pages() == limit);
    CHECK(now.memory_peak_pages == *std::max_element(highest.begin(), highest.end()));
    CHECK(now.memory_peak_pages == limit);
    CHECK(now.grow_failed >= 4);
    CHECK(now.grow_denied == now.grow_failed);
  }

  TEST_CASE("growth to a size by four threads grows once") {
    atomic t;
    basic_linear_memory memory{scripted_pages{1, 65536}, t};
    std::vector<std::thread> threads;
    for (int i = 0; i < 4; ++i) {
      threads.emplace_back([&] {
        for (std::size_t to = 2; to <= 1000; ++to) { CHECK(memory.grow_to(to)); }
      });
    }
    for (std::thread& thread : threads) { thread.join(); }
    CHECK(memory.pages() == 1000);
    CHECK(t.snapshot().grow_requests == 999);
  }

  TEST_CASE("bytes promised and freed by four threads end at none, and never pass the limit") {
    atomic t;
    t.limit({.hard_bytes = 1000});
    std::vector<std::thread> threads;
    for (int i = 0; i < 4; ++i) {
      threads.emplace_back([&] {
        for (int n = 0; n < 20'000; ++n) {
          auto token = t.try_reserve(400, memory_tag::cache);
          if (token && n % 2 == 0) {
            token->commit();
            t.freed(400, memory_tag::cache);
          }
        }
      });
    }
    for (std::thread& thread : threads) { thread.join(); }
    CHECK(t.snapshot().heap_claimed_bytes == 0);
    CHECK(t.snapshot().heap_peak_bytes <= 1000);
    CHECK(used(t.snapshot()) == 0);
  }
#endif

#if LINMEM_METRICS
  TEST_CASE("every allocation of the heap is counted under its tag, and given back") {
    const tracker_block before = linmem::tracker().snapshot();
    {
      const auto buffer = linmem::shared_buffer<>::create(10'000);
      const tracker_block now = linmem::tracker().snapshot();
      const std::uint64_t more = now.tags[1].used - before.tags[1].used;
      CHECK(more >= 10'000);
      CHECK(more < 10'200); // the data and its block
      CHECK(now.heap_claimed_bytes - before.heap_claimed_bytes == more);
    }
    CHECK(used(linmem::tracker().snapshot()) == used(before));
    CHECK(linmem::tracker().snapshot().heap_claimed_bytes == before.heap_claimed_bytes);
  }

  TEST_CASE("a heap at its limit gives null; a thousand times leave it as it was; then it gives") {
    auto& t = linmem::tracker();
    linmem::heap_storage heap;
    const tracker_block before = t.snapshot();
    t.limit({.hard_bytes = before.heap_claimed_bytes + 1000});
    for (int i = 0; i < 1000; ++i) { CHECK(heap.allocate(1001) == nullptr); }
    CHECK(t.take_refusal()->actual == before.heap_claimed_bytes + 1001);
    CHECK(t.snapshot().heap_claimed_bytes == before.heap_claimed_bytes);
    CHECK(t.snapshot().heap_failed - before.heap_failed == 1000);
    std::byte* given = heap.allocate(1000);
    CHECK(given != nullptr);
    CHECK(heap.allocate(1) == nullptr);
    heap.deallocate(given, 1000);
    t.limit({});
    CHECK(t.snapshot().heap_claimed_bytes == before.heap_claimed_bytes);
    static_cast<void>(t.take_refusal());
  }

  TEST_CASE("what malloc refuses is given back at once") {
    linmem::heap_storage heap;
    const tracker_block before = linmem::tracker().snapshot();
    CHECK(heap.allocate(~std::size_t{0} / 2 - 64) == nullptr);
    const tracker_block after = linmem::tracker().snapshot();
    CHECK(after.heap_claimed_bytes == before.heap_claimed_bytes);
    CHECK(after.heap_peak_bytes == before.heap_peak_bytes);
    CHECK(after.heap_failed == before.heap_failed + 1);
    static_cast<void>(linmem::tracker().take_refusal());
  }

  TEST_CASE("growth of the program's own memory is counted by its tracker") {
    const tracker_block before = linmem::tracker().snapshot();
    CHECK(linmem::linear_memory().grow(1));
    const tracker_block after = linmem::tracker().snapshot();
    CHECK(after.grow_requests == before.grow_requests + 1);
    CHECK(after.memory_pages == linmem::linear_memory().pages());
    CHECK(after.memory_peak_pages == after.memory_pages);
  }
#endif

  TEST_CASE("a tracker that counts nothing refuses nothing") {
    linmem::null_resource_tracker none;
    none.limit({.hard_pages = 1, .hard_bytes = 1});
    CHECK(none.memory_growing(1, 1000, 10));
    CHECK(none.allocating(1000));
    none.allocated(1000, memory_tag::heap);
    none.freed(1000, memory_tag::heap);
    auto token = none.try_reserve(1000, memory_tag::heap);
    REQUIRE(token);
    token->commit();
    CHECK_FALSE(none.take_refusal());
    CHECK(none.snapshot().heap_claimed_bytes == 0);
    CHECK(none.page_limit() == ~std::uint64_t{0});
  }
}
