#include <linmem/lru_cache.hpp>

#include "failing_storage.hpp"
#include "support.hpp"

#include <doctest/doctest.h>

#include <chrono>
#include <cstdint>
#include <functional>
#include <list>
#include <memory>
#include <stdexcept>
#include <string>
#include <utility>

using linmem::errc;
using namespace std::chrono_literals;

namespace {

// A clock that goes where a test puts it.
struct scripted_clock {
  using duration = std::chrono::milliseconds;
  using time_point = std::chrono::time_point<scripted_clock, duration>;
  static inline std::int64_t milliseconds = 0;
  static time_point now() noexcept { return time_point{duration{milliseconds}}; }
};

// Puts every key into the same chain, with the same hash.
struct same_hash {
  template <class K>
  std::size_t operator()(const K&) const noexcept {
    return 42;
  }
};

template <class Key, class Value, class Hash = std::hash<Key>>
using timed_cache = linmem::lru_cache<Key, Value, Hash, std::equal_to<>, scripted_clock>;

using text_cache = linmem::lru_cache<std::string, std::string>;

} // namespace

TEST_SUITE("lru_cache") {
  TEST_CASE("what was set is found, and what was not is null") {
    text_cache cache;
    CHECK(cache.find("a") == nullptr);
    REQUIRE(cache.set("a", "first"));
    REQUIRE(cache.find("a") != nullptr);
    CHECK(*cache.find("a") == "first");
    CHECK(cache.size() == 1);
    CHECK(cache.erase("a"));
    CHECK_FALSE(cache.erase("a"));
    CHECK(cache.find("a") == nullptr);
    CHECK(cache.statistics().hits == 2);
    CHECK(cache.statistics().misses == 2);
  }

  TEST_CASE("the least recently used entry gives way, and finding one is a use") {
    text_cache cache{{.max_entries = 2}};
    REQUIRE(cache.set("a", "1"));
    REQUIRE(cache.set("b", "2"));
    CHECK(cache.find("a") != nullptr);
    CHECK(cache.peek("b") != nullptr); // no use
    REQUIRE(cache.set("c", "3"));
    CHECK(cache.peek("a") != nullptr);
    CHECK(cache.peek("b") == nullptr);
    CHECK(cache.peek("c") != nullptr);
    CHECK(cache.statistics().evicted == 1);
  }

  TEST_CASE("keys of equal hash are different keys") {
    linmem::lru_cache<std::string, int, same_hash> cache{{.max_entries = 100}};
    for (int i = 0; i < 100; ++i) { REQUIRE(cache.set(std::to_string(i), i)); }
    for (int i = 0; i < 100; ++i) {
      REQUIRE(cache.find(std::to_string(i)) != nullptr);
      CHECK(*cache.find(std::to_string(i)) == i);
    }
    CHECK(cache.find("100") == nullptr);
    REQUIRE(cache.set("7", 70));
    CHECK(*cache.find("7") == 70);
    CHECK(*cache.find("8") == 8);
    CHECK(cache.erase("50"));
    CHECK(cache.find("50") == nullptr);
    CHECK(cache.size() == 99);
  }

  TEST_CASE("two documents whose 32-bit hashes are equal are two entries") {
    // FNV-1a of 32 bits, and two words that it does not tell apart.
    struct fnv1a {
      std::size_t operator()(const std::string& text) const noexcept {
        std::uint32_t h = 2166136261U;
        for (const char c : text) { h = (h ^ static_cast<unsigned char>(c)) * 16777619U; }
        return h;
      }
    };
    REQUIRE(fnv1a{}("costarring") == fnv1a{}("liquid"));
    linmem::lru_cache<std::string, int, fnv1a> cache;
    REQUIRE(cache.set("costarring", 1));
    CHECK(cache.find("liquid") == nullptr);
    REQUIRE(cache.set("liquid", 2));
    CHECK(*cache.find("costarring") == 1);
    CHECK(*cache.find("liquid") == 2);
  }

  TEST_CASE("setting an existing key replaces only that one, also in a full cache") {
    text_cache cache{{.max_entries = 2}};
    REQUIRE(cache.set("a", "1"));
    REQUIRE(cache.set("b", "2"));
    REQUIRE(cache.set("b", "3"));
    REQUIRE(cache.set("a", "4"));
    CHECK(*cache.peek("a") == "4");
    CHECK(*cache.peek("b") == "3");
    CHECK(cache.statistics().evicted == 0);
    REQUIRE(cache.set("c", "5")); // a was set last: b gives way
    CHECK(cache.peek("a") != nullptr);
    CHECK(cache.peek("b") == nullptr);
  }

  TEST_CASE("costs are kept below their limit, and what costs more is refused") {
    linmem::lru_cache<int, int> cache{{.max_cost = 100}};
    REQUIRE(cache.set(1, 1, 40));
    REQUIRE(cache.set(2, 2, 40));
    const auto refused = cache.set(3, 3, 101);
    CHECK(refused.error() == linmem::error{errc::limit_exceeded, "", 100, 101});
    CHECK_FALSE(cache.set(1, 11, 101));
    CHECK(*cache.peek(1) == 1); // as it was
    CHECK(cache.cost() == 80);
    REQUIRE(cache.set(3, 3, 100)); // exactly the limit: alone
    CHECK(cache.size() == 1);
    CHECK(cache.cost() == 100);
    CHECK(cache.statistics().evicted == 2);
    REQUIRE(cache.set(4, 4, 0));
    REQUIRE(cache.set(3, 33, 99)); // cheaper than before: nothing gives way
    CHECK(cache.size() == 2);
    REQUIRE(cache.set(4, 44, 2)); // dearer than before: the other one does
    CHECK(cache.size() == 1);
    CHECK(*cache.peek(4) == 44);
  }

  TEST_CASE("costs up to the largest number do not wrap") {
    constexpr std::uint64_t most = ~std::uint64_t{0};
    linmem::lru_cache<int, int> cache;
    REQUIRE(cache.set(1, 1, most));
    REQUIRE(cache.set(2, 2, most));
    CHECK(cache.size() == 1);
    CHECK(cache.cost() == most);
    REQUIRE(cache.set(2, 3, most));
    REQUIRE(cache.set(3, 3, 0));
    CHECK(cache.size() == 2);
  }

  TEST_CASE("a cache for no entries refuses, and keeps what it was given alone") {
    linmem::lru_cache<int, std::unique_ptr<int>> cache{{.max_entries = 0}};
    auto value = std::make_unique<int>(5);
    const auto refused = cache.set(1, std::move(value));
    CHECK(refused.error() == linmem::error{errc::limit_exceeded, "", 0, 1});
    REQUIRE(value != nullptr); // NOLINT: not moved from, as documented
    CHECK(*value == 5);
    CHECK(cache.find(1) == nullptr);
    CHECK(cache.purge() == 0);
  }

  TEST_CASE("an entry ends with its time") {
    scripted_clock::milliseconds = 0;
    timed_cache<int, int> cache{{.ttl = 100ms}};
    REQUIRE(cache.set(1, 1));
    scripted_clock::milliseconds = 60;
    REQUIRE(cache.set(2, 2));
    scripted_clock::milliseconds = 99;
    CHECK(cache.find(1) != nullptr); // finding does not prolong it
    scripted_clock::milliseconds = 100;
    CHECK(cache.peek(1) == nullptr);
    CHECK(cache.size() == 2); // peek changes nothing
    CHECK(cache.find(1) == nullptr);
    CHECK(cache.size() == 1);
    CHECK(cache.statistics().expired == 1);
    CHECK(cache.statistics().misses == 1);
    REQUIRE(cache.set(2, 3)); // set anew, it begins anew
    scripted_clock::milliseconds = 199;
    CHECK(cache.find(2) != nullptr);
    scripted_clock::milliseconds = 200;
    CHECK(cache.purge() == 1);
    CHECK(cache.size() == 0);
    CHECK(cache.statistics().expired == 2);
  }

  TEST_CASE("a time without end does not overflow") {
    linmem::lru_cache<int, int> cache{{.ttl = std::chrono::milliseconds::max()}};
    REQUIRE(cache.set(1, 1));
    CHECK(cache.find(1) != nullptr);
  }

  TEST_CASE("a new version ends all that was set under another") {
    text_cache cache;
    REQUIRE(cache.set("a", "1"));
    REQUIRE(cache.set("b", "2"));
    cache.set_version(7);
    CHECK(cache.peek("a") == nullptr);
    CHECK(cache.find("a") == nullptr);
    CHECK(cache.statistics().invalidated == 1);
    REQUIRE(cache.set("a", "3"));
    CHECK(*cache.find("a") == "3");
    CHECK(cache.purge() == 1);
    CHECK(cache.size() == 1);
    CHECK(cache.version() == 7);
    cache.set_version(0); // tags are compared, not counted
    CHECK(cache.find("a") == nullptr);
  }

  TEST_CASE("what has ended gives way as that, not as evicted") {
    scripted_clock::milliseconds = 0;
    timed_cache<int, int> cache{{.max_entries = 1, .ttl = 10ms}};
    REQUIRE(cache.set(1, 1));
    scripted_clock::milliseconds = 10;
    REQUIRE(cache.set(2, 2));
    cache.set_version(1);
    REQUIRE(cache.set(3, 3));
    REQUIRE(cache.set(4, 4));
    CHECK(cache.statistics().expired == 1);
    CHECK(cache.statistics().invalidated == 1);
    CHECK(cache.statistics().evicted == 1);
  }

  TEST_CASE("a value may come from an entry that gives way for it") {
    text_cache cache{{.max_entries = 1}};
    REQUIRE(cache.set("a", std::string(100, 'x')));
    REQUIRE(cache.set("b", *cache.find("a")));
    CHECK(*cache.find("b") == std::string(100, 'x'));
    REQUIRE(cache.set("b", *cache.find("b")));
    CHECK(*cache.find("b") == std::string(100, 'x'));
  }

  TEST_CASE("once full it allocates nothing more") {
    support::failing_storage heap;
    {
      linmem::lru_cache<int, int, std::hash<int>, std::equal_to<>, scripted_clock,
                        support::failing_ref>
          cache{{.max_entries = 100}, {}, heap};
      for (int i = 0; i < 101; ++i) { REQUIRE(cache.set(i, i)); }
      const std::size_t blocks = heap.outstanding();
      CHECK(blocks == 102); // 100 entries, one to spare, the table
      heap.fail_at(0);
      for (int i = 0; i < 10000; ++i) { REQUIRE(cache.set(i, i)); }
      CHECK(heap.refused() == 0);
      CHECK(heap.outstanding() == blocks);
      cache.clear();
      CHECK(heap.outstanding() == 1);
    }
    CHECK(heap.outstanding() == 0);
    CHECK(heap.mistakes() == 0);
  }

  TEST_CASE("every allocation failing in turn: an error, and all that was there is there") {
    for (std::size_t n = 0; n < 60; ++n) {
      support::failing_storage heap;
      {
        linmem::lru_cache<int, std::string, std::hash<int>, std::equal_to<>, scripted_clock,
                          support::failing_ref>
            cache{{.max_entries = 40}, {}, heap};
        heap.fail_at(n);
        int held = 0;
        for (int i = 0; i < 40; ++i) {
          const auto set = cache.set(i, std::to_string(i));
          if (!set) { CHECK(set.error().code == errc::out_of_memory); }
          CHECK(set.has_value() == (cache.peek(i) != nullptr));
          held += set ? 1 : 0;
        }
        CHECK(held >= 39); // one failed, at most: a table that cannot grow is none
        CHECK(cache.size() == static_cast<std::size_t>(held));
        for (int i = 0; i < 40; ++i) {
          if (const std::string* value = cache.find(i)) { CHECK(*value == std::to_string(i)); }
        }
      }
      CHECK(heap.outstanding() == 0);
      CHECK(heap.mistakes() == 0);
    }
  }

#if defined(__cpp_exceptions)
  TEST_CASE("a copy that throws leaves the cache as it was") {
    struct brittle {
      explicit brittle(int n) noexcept : number{n} {}
      brittle(const brittle& other) : number{other.number} {
        if (number < 0) { throw std::runtime_error{"copy"}; }
      }
      brittle(brittle&&) noexcept = default;
      brittle& operator=(const brittle&) = default;
      brittle& operator=(brittle&&) noexcept = default;
      ~brittle() = default;
      int number;
    };
    support::failing_storage heap;
    {
      linmem::lru_cache<int, brittle, std::hash<int>, std::equal_to<>, scripted_clock,
                        support::failing_ref>
          cache{{.max_entries = 1}, {}, heap};
      REQUIRE(cache.set(1, brittle{1}));
      const brittle bad{-1};
      CHECK_THROWS_AS(static_cast<void>(cache.set(1, bad)), std::runtime_error);
      CHECK_THROWS_AS(static_cast<void>(cache.set(2, bad)), std::runtime_error);
      CHECK(cache.peek(1)->number == 1);
      CHECK(cache.size() == 1);
      CHECK(heap.outstanding() == 2);
    }
    CHECK(heap.outstanding() == 0);
  }
#endif

  TEST_CASE("random operations agree with a model") {
    // The model is a list in the order of use, searched from the front.
    struct held {
      int key;
      std::uint64_t value;
      std::uint64_t cost;
      std::uint64_t version;
      std::int64_t ends;
    };
    // Few hashes, so that chains are long.
    struct weak_hash {
      std::size_t operator()(int key) const noexcept { return static_cast<std::size_t>(key % 5); }
    };
    support::numbers random{505};
    scripted_clock::milliseconds = 0;
    timed_cache<int, std::uint64_t, weak_hash> cache{
        {.max_entries = 20, .max_cost = 100, .ttl = 60ms}};
    std::list<held> model;
    linmem::cache_statistics expected;
    std::uint64_t version = 0;
    const auto cost = [&] {
      std::uint64_t sum = 0;
      for (const held& h : model) { sum += h.cost; }
      return sum;
    };
    const auto drop = [&](std::list<held>::iterator at) {
      if (at->version != version) {
        ++expected.invalidated;
      } else if (at->ends <= scripted_clock::milliseconds) {
        ++expected.expired;
      } else {
        return false;
      }
      model.erase(at);
      return true;
    };
    const std::uint64_t operations = support::operations(200'000);
    for (std::uint64_t i = 0; i < operations; ++i) {
      scripted_clock::milliseconds += static_cast<std::int64_t>(random.below(3));
      const int key = static_cast<int>(random.below(40));
      auto at = model.begin();
      while (at != model.end() && at->key != key) { ++at; }
      const bool there = at != model.end();
      switch (random.below(8)) {
        case 0:
        case 1:
        case 2: {
          const std::uint64_t its_cost = random.below(random.below(10) == 0 ? 120 : 12);
          const bool kept = static_cast<bool>(cache.set(key, i, its_cost));
          REQUIRE(kept == (its_cost <= 100));
          if (!kept) { break; }
          if (there) { model.erase(at); }
          while (model.size() >= 20 || cost() + its_cost > 100) {
            if (!drop(std::prev(model.end()))) {
              ++expected.evicted;
              model.pop_back();
            }
          }
          model.push_front({key, i, its_cost, version, scripted_clock::milliseconds + 60});
          break;
        }
        case 3:
          REQUIRE(cache.erase(key) == there);
          if (there) { model.erase(at); }
          break;
        case 4:
          if (random.below(500) == 0) { cache.set_version(version = random.below(3)); }
          if (random.below(500) == 0) {
            const std::size_t before = model.size();
            for (auto e = model.begin(); e != model.end();) { drop(e++); }
            REQUIRE(cache.purge() == before - model.size());
          }
          break;
        default: {
          const std::uint64_t* found = cache.find(key);
          const bool hit = there && !drop(at);
          ++(hit ? expected.hits : expected.misses);
          REQUIRE((found != nullptr) == hit);
          if (hit) {
            REQUIRE(*found == at->value);
            model.splice(model.begin(), model, at);
          }
        }
      }
      REQUIRE(cache.size() == model.size());
      REQUIRE(cache.cost() == cost());
    }
    const linmem::cache_statistics s = cache.statistics();
    CHECK(s.hits == expected.hits);
    CHECK(s.misses == expected.misses);
    CHECK(s.evicted == expected.evicted);
    CHECK(s.expired == expected.expired);
    CHECK(s.invalidated == expected.invalidated);
    CHECK(s.evicted >= operations / 200);
    CHECK(s.expired >= operations / 2000);
    CHECK(s.invalidated >= operations / 20000);
  }
}
