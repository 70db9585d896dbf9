#include <linmem/arena.hpp>

#include "failing_storage.hpp"
#include "support.hpp"

#include <doctest/doctest.h>

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

using linmem::arena;
using linmem::errc;
using linmem::reset_mode;
using failing_arena = linmem::arena<support::failing_ref>;

namespace {

bool is_aligned(const std::byte* p, std::size_t alignment) {
  return reinterpret_cast<std::uintptr_t>(p) % alignment == 0;
}

void fill(std::byte* p, std::size_t n, unsigned tag) {
  for (std::size_t i = 0; i < n; ++i) { p[i] = static_cast<std::byte>(tag + i); }
}
bool holds(const std::byte* p, std::size_t n, unsigned tag) {
  for (std::size_t i = 0; i < n; ++i) {
    if (p[i] != static_cast<std::byte>(tag + i)) { return false; }
  }
  return true;
}

// Writes down its end.
struct mourned {
  mourned(std::vector<int>& where, int who) noexcept : ends{&where}, name{who} {}
  mourned(const mourned&) = delete;
  mourned& operator=(const mourned&) = delete;
  ~mourned() { ends->push_back(name); }
  std::vector<int>* ends;
  int name;
};

// The sizes and numbers of a document's allocations: 100 KB in pieces.
std::vector<std::size_t> document_sizes(std::uint64_t seed, std::size_t bytes) {
  support::numbers random{seed};
  std::vector<std::size_t> sizes;
  for (std::size_t sum = 0; sum < bytes;) {
    sizes.push_back(1 + random.below(bytes / 50));
    sum += sizes.back();
  }
  return sizes;
}

} // namespace

TEST_SUITE("arena") {
  TEST_CASE("a new arena has taken nothing") {
    support::failing_storage heap;
    {
      const failing_arena a{{}, heap};
      CHECK(a.used() == 0);
      CHECK(a.reserved() == 0);
      CHECK(a.peak() == 0);
    }
    CHECK(heap.refused() + heap.mistakes() == 0);
  }

  TEST_CASE("allocations are aligned, apart from each other, and stay where they are") {
    arena<> a;
    struct piece {
      std::byte* at;
      std::size_t size;
    };
    std::vector<piece> all;
    support::numbers random{1};
    for (unsigned i = 0; i < 3000; ++i) {
      const std::size_t size = random.below(i % 100 == 0 ? 20000 : 200);
      const std::size_t alignment = std::size_t{1} << random.below(9);
      std::byte* p = a.try_allocate(size, alignment);
      REQUIRE(p != nullptr);
      REQUIRE(is_aligned(p, alignment));
      fill(p, size, i);
      all.push_back({p, size});
    }
    for (unsigned i = 0; i < all.size(); ++i) { REQUIRE(holds(all[i].at, all[i].size, i)); }
    CHECK(a.used() <= a.reserved());
  }

  TEST_CASE("an allocation of nothing has an address, takes nothing, and is followed by others") {
    arena<> a;
    CHECK(a.try_allocate(0) != nullptr);
    CHECK(a.reserved() == 0);
    std::byte* first = a.try_allocate(10);
    CHECK(a.try_allocate(0) != nullptr);
    CHECK(a.try_allocate(10) == first + 16);
    CHECK(a.used() == 32);
    CHECK(a.rewind(a.mark()));
  }

  TEST_CASE("a size or alignment that overflows is refused, never wrapped") {
    arena<> a;
    volatile std::size_t most = ~std::size_t{0};
    for (const std::size_t less : {0U, 1U, 7U, 8U, 15U, 16U, 31U, 32U, 63U, 64U, 4096U}) {
      for (const std::size_t alignment : {1U, 8U, 16U, 4096U}) {
        CHECK(a.try_allocate(most - less, alignment) == nullptr);
      }
    }
    CHECK(a.try_allocate(1, most / 2 + 1) == nullptr);
    CHECK(a.make_span<std::uint64_t>(most / 4).error().code == errc::out_of_memory);
    CHECK(a.reserved() == 0);
    CHECK(a.try_allocate(1) != nullptr);
  }

  TEST_CASE("the limit holds to the byte, and the error names it and the demand") {
    arena<> a{{.initial = 0, .limit = 10000}};
    std::size_t given = 0;
    while (a.try_allocate(100) != nullptr) { given += 100; }
    CHECK(given >= 9000); // the last of the limit is used too
    CHECK(a.reserved() <= 10000);
    const auto refused = a.allocate(5000);
    REQUIRE_FALSE(refused);
    CHECK(refused.error().code == errc::limit_exceeded);
    CHECK(refused.error().limit == 10000);
    CHECK(refused.error().actual > 10000);
    a.reset();
    CHECK(a.allocate(5000)); // works on
    CHECK(a.reserved() <= 10000);
  }

  TEST_CASE("a first chunk of known size holds what was announced") {
    support::failing_storage heap;
    failing_arena a{{.initial = 100000, .limit = 200000}, heap};
    heap.fail_at(1);
    for (int i = 0; i < 1000; ++i) { REQUIRE(a.try_allocate(100 - 4) != nullptr); } // 96 is 12 x 8
    CHECK(heap.outstanding() == 1);
  }

  TEST_CASE("what is too large for a chunk gets a slab, and the chunk in use is used up") {
    arena<> a;
    std::byte* before = a.try_allocate(8);
    std::byte* large = a.try_allocate(500000);
    std::byte* after = a.try_allocate(8);
    REQUIRE(large != nullptr);
    CHECK(after == before + 8);
    fill(large, 500000, 3);
    CHECK(holds(large, 500000, 3));
  }

  TEST_CASE("make constructs, and destroys at reset in reverse order") {
    std::vector<int> ends;
    arena<> a;
    for (int i = 0; i < 4; ++i) { REQUIRE(a.make<mourned>(ends, i)); }
    CHECK(*a.try_make<int>(5) == 5);
    CHECK(**a.make<std::string>("a string that is too long to be stored inside itself") ==
          "a string that is too long to be stored inside itself");
    CHECK(ends.empty());
    a.reset();
    CHECK(ends == std::vector<int>{3, 2, 1, 0});
    {
      arena<> b;
      static_cast<void>(b.try_make<mourned>(ends, 9));
    }
    CHECK(ends.back() == 9);
  }

  TEST_CASE("make_span is zeroed, copy copies") {
    arena<> a;
    fill(a.try_allocate(4096), 4096, 1);
    a.reset();
    const auto numbers = a.make_span<std::uint32_t>(100);
    REQUIRE(numbers);
    for (const std::uint32_t n : *numbers) { REQUIRE(n == 0); }
    CHECK(a.make_span<int>(0)->empty());
    CHECK(*a.copy("text") == "text");
    CHECK(a.copy("")->empty());
  }

  TEST_CASE("only the newest allocation is resized or freed in place") {
    arena<> a;
    std::byte* first = a.try_allocate(10);
    std::byte* last = a.try_allocate(10);
    fill(last, 10, 7);
    CHECK_FALSE(a.try_resize_last(first, 10, 20));
    CHECK_FALSE(a.try_resize_last(nullptr, 10, 20));
    CHECK(a.try_resize_last(last, 10, 1000));
    CHECK(holds(last, 10, 7));
    CHECK(a.try_resize_last(last, 1000, 4));
    CHECK_FALSE(a.try_resize_last(last, 4, 100000)); // not in this chunk
    CHECK(a.try_allocate(1) == last + 8);
    CHECK_FALSE(a.try_free_last(last, 4));
    CHECK(a.try_free_last(last + 8, 1));
    CHECK(a.try_free_last(last, 4));
    CHECK(a.try_allocate(3) == last);
  }

  TEST_CASE("rewind takes back what came after the mark, and only that") {
    std::vector<int> ends;
    arena<> a;
    std::byte* kept = a.try_allocate(100);
    fill(kept, 100, 5);
    static_cast<void>(a.try_make<mourned>(ends, 1));
    const auto outer = a.mark();
    const std::size_t used = a.used();
    for (int round = 0; round < 3; ++round) {
      static_cast<void>(a.try_make<mourned>(ends, 2));
      const auto inner = a.mark();
      for (int i = 0; i < 50; ++i) { fill(a.try_allocate(1000), 1000, 1); }
      fill(a.try_allocate(300000), 300000, 2); // a slab
      REQUIRE(a.rewind(inner));
      REQUIRE(a.rewind(outer));
      CHECK(a.used() == used);
      CHECK(ends.size() == static_cast<std::size_t>(round) + 1);
    }
    CHECK(holds(kept, 100, 5));
    const std::size_t reserved = a.reserved();
    for (int i = 0; i < 50; ++i) { REQUIRE(a.try_allocate(1000) != nullptr); }
    CHECK(a.reserved() == reserved); // what rewind emptied is used again
  }

  TEST_CASE("a mark that a rewind or a reset passed is stale") {
    arena<> a;
    const auto empty = a.mark();
    static_cast<void>(a.try_allocate(10));
    const auto early = a.mark();
    for (int i = 0; i < 100; ++i) { static_cast<void>(a.try_allocate(1000)); }
    const auto late = a.mark();
    REQUIRE(a.rewind(early));
    CHECK(a.rewind(late).error().code == errc::invalid_handle);
    REQUIRE(a.rewind(early)); // itself still valid
    REQUIRE(a.rewind(empty));
    CHECK(a.used() == 0);
    a.reset();
    CHECK(a.rewind(empty).error().code == errc::invalid_handle);
  }

  TEST_CASE("references expire with the generation") {
    arena<> a;
    int* five = a.try_make<int>(5);
    const linmem::arena_ref<int> ref{a, five};
    CHECK(*ref.get() == 5);
    a.reset();
    CHECK(ref.get() == nullptr);
    CHECK(linmem::arena_ref<int>{}.get() == nullptr);
    CHECK(a.generation() == 1);
  }

  TEST_CASE("reset keeps what was used in one chunk, and the next round takes nothing") {
    support::failing_storage heap;
    failing_arena a{{}, heap};
    const auto sizes = document_sizes(4, 100000);
    const auto round = [&] {
      for (const std::size_t n : sizes) { REQUIRE(a.try_allocate(n) != nullptr); }
      static_cast<void>(a.try_allocate(60000)); // a slab in the first round
      a.reset();
    };
    round();
    CHECK(heap.outstanding() == 1);
    heap.fail_at(0); // nothing is taken from here on
    for (int i = 0; i < 10; ++i) { round(); }
    CHECK(heap.refused() == 0);
    CHECK(heap.outstanding() == 1);
    heap.grant();
  }

  TEST_CASE("reset gives back, keeps, or keeps at most as much as it is told") {
    support::failing_storage heap;
    failing_arena a{{}, heap};
    const auto use = [&] {
      for (int i = 0; i < 100; ++i) { REQUIRE(a.try_allocate(1000) != nullptr); }
    };
    use();
    a.reset(reset_mode::retain_with_limit, 50000);
    CHECK(a.reserved() <= 50000);
    CHECK(a.reserved() > 40000);
    use();
    a.reset(reset_mode::retain_with_limit, 0);
    CHECK(a.reserved() == 0);
    use();
    a.reset(reset_mode::retain);
    CHECK(a.reserved() >= 100000);
    CHECK(a.used() == 0);
    a.reset(reset_mode::free);
    CHECK(a.reserved() == 0);
    CHECK(heap.outstanding() == 0);
    CHECK(a.peak() >= 100000); // kept through every reset
  }

  TEST_CASE("documents of 100 KB waste less than a third of what they reserve") {
    for (std::uint64_t seed = 0; seed < 20; ++seed) {
      arena<> a;
      for (const std::size_t n : document_sizes(seed, 100000)) {
        REQUIRE(a.try_allocate(n) != nullptr);
      }
      CHECK(static_cast<double>(a.reserved()) < 1.34 * static_cast<double>(a.used()) + 4096);
    }
  }

  TEST_CASE("usage is measured against a fixed denominator") {
    arena<> a{{.initial = 0, .limit = 100000}};
    CHECK(a.usage() == 0.0);
    static_cast<void>(a.try_allocate(25000));
    CHECK(a.usage() == 0.25);
    static_cast<void>(a.try_allocate(25000));
    CHECK(a.usage() == 0.5); // though more is reserved by now
    arena<> none{{.initial = 0, .limit = 0}};
    CHECK(none.usage() == 1.0); // not 0/0
    CHECK(none.allocate(1).error() ==
          linmem::error{errc::limit_exceeded, "", 0, none.allocate(1).error().actual});
  }

  TEST_CASE("moving an arena moves its memory's owner, not the memory") {
    arena<> a;
    std::byte* p = a.try_allocate(10);
    fill(p, 10, 1);
    arena<> b = std::move(a);
    CHECK(holds(p, 10, 1));
    CHECK(b.used() == 16);
    b.reset();
    arena<> c;
    static_cast<void>(c.try_allocate(1));
    c = std::move(b);
    CHECK(c.generation() == 1);
  }

  TEST_CASE("every allocation failing in turn: an error, nothing changed, nothing leaked") {
    for (std::size_t n = 0; n < 40; ++n) {
      support::failing_storage heap;
      std::vector<int> ends;
      {
        failing_arena a{{}, heap};
        heap.fail_at(n);
        std::size_t before = 0;
        for (int i = 0; i < 60; ++i) {
          before = a.used();
          const auto r = i % 3 == 0   ? a.allocate(3000).has_value()
                         : i % 3 == 1 ? a.make<mourned>(ends, i).has_value()
                                      : a.allocate(40000).has_value();
          if (!r) { REQUIRE(a.used() == before); }
          if (i == 30) { a.reset(); }
        }
        if (heap.refused() != 0) {
          heap.grant();
          CHECK(a.allocate(100000)); // usable afterwards
        }
      }
      CHECK(heap.outstanding() == 0);
      CHECK(heap.mistakes() == 0);
    }
  }

  TEST_CASE("random operations agree with a model") {
    const std::uint64_t rounds = support::operations(120'000) / 4'000;
    for (std::uint64_t seed = 0; seed < rounds; ++seed) {
      support::numbers random{seed};
      support::failing_storage heap;
      {
        failing_arena a{{.initial = random.below(3) * 1000, .limit = std::size_t{1} << 20U}, heap};
        struct piece {
          std::byte* at;
          std::size_t size;
          unsigned tag;
        };
        struct point {
          failing_arena::checkpoint where;
          std::size_t pieces;
        };
        std::vector<piece> pieces;
        std::vector<point> points;
        for (unsigned i = 0; i < 4000; ++i) {
          switch (random.below(20)) {
            case 0:
              if (random.below(10) == 0) {
                a.reset(reset_mode{static_cast<std::uint8_t>(random.below(3))},
                        random.below(100000));
                pieces.clear();
                points.clear();
              }
              break;
            case 1: points.push_back({a.mark(), pieces.size()}); break;
            case 2:
              if (!points.empty()) {
                const std::size_t to = random.below(points.size());
                REQUIRE(a.rewind(points[to].where));
                pieces.resize(points[to].pieces);
                points.resize(to + 1);
              }
              break;
            case 3:
              if (!pieces.empty() && (points.empty() || points.back().pieces < pieces.size())) {
                piece& last = pieces.back();
                const std::size_t wanted = random.below(3000);
                if (a.try_resize_last(last.at, last.size, wanted)) {
                  const std::size_t kept = linmem::smaller(last.size, wanted);
                  REQUIRE(holds(last.at, kept, last.tag));
                  last.size = wanted;
                  fill(last.at, wanted, last.tag);
                }
              }
              break;
            default: {
              const std::size_t size = random.below(random.below(30) == 0 ? 30000 : 300);
              const std::size_t alignment = std::size_t{1} << random.below(8);
              std::byte* p = a.try_allocate(size, alignment);
              if (p == nullptr) { break; } // the limit
              REQUIRE(is_aligned(p, alignment));
              fill(p, size, i);
              pieces.push_back({p, size, i});
            }
          }
          REQUIRE(a.used() <= a.reserved());
          REQUIRE(a.used() <= a.peak());
          REQUIRE(a.reserved() <= a.limit());
          if (i % 64 == 0) {
            for (const piece& p : pieces) { REQUIRE(holds(p.at, p.size, p.tag)); }
          }
        }
      }
      REQUIRE(heap.outstanding() == 0);
      REQUIRE(heap.mistakes() == 0);
    }
  }
}
