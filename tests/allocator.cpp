#include <linmem/allocator.hpp>

#include <doctest/doctest.h>

#include <map>
#include <string>
#include <vector>

using linmem::allocator;
using linmem::arena;

namespace {
// Stands for what a program without exceptions does, where a test can see it.
struct stopped {};
#if defined(__cpp_exceptions) || defined(__EXCEPTIONS)
[[noreturn]] void stop(const linmem::error& e) {
  CHECK(e.code == linmem::errc::limit_exceeded);
  throw stopped{};
}
#endif
} // namespace

TEST_SUITE("allocator") {
  TEST_CASE("containers take from the arena") {
    arena<> a;
    std::vector<int, allocator<int>> numbers{allocator<int>{a}};
    for (int i = 0; i < 1000; ++i) { numbers.push_back(i); }
    CHECK(numbers[999] == 999);
    CHECK(a.used() >= 4000);
    using text = std::basic_string<char, std::char_traits<char>, allocator<char>>;
    const text long_one(300, 'x', allocator<char>{a});
    CHECK(long_one.size() == 300);
    using pair = std::pair<const int, int>;
    std::map<int, int, std::less<>, allocator<pair>> map{allocator<pair>{a}};
    for (int i = 0; i < 100; ++i) { map[i] = i; }
    CHECK(map.at(50) == 50);
  }

  TEST_CASE("allocators are equal when they take from the same arena") {
    arena<> a;
    arena<> b;
    CHECK(allocator<int>{a} == allocator<char>{a});
    CHECK_FALSE(allocator<int>{a} == allocator<int>{b});
  }

  TEST_CASE("the newest allocation goes back, others wait for the reset") {
    arena<> a;
    allocator<int> from{a};
    int* first = from.allocate(10);
    int* last = from.allocate(10);
    const std::size_t used = a.used();
    from.deallocate(first, 10);
    CHECK(a.used() == used);
    from.deallocate(last, 10);
    CHECK(a.used() < used);
    CHECK(from.allocate(10) == last);
  }

#if defined(__cpp_exceptions) || defined(__EXCEPTIONS)
  TEST_CASE("exhaustion calls the handler, which by default throws bad_alloc") {
    arena<> a{{.limit = 10000}};
    std::vector<int, allocator<int>> numbers{allocator<int>{a}};
    CHECK_THROWS_AS(numbers.resize(100000), std::bad_alloc);
    CHECK(numbers.empty());
    std::vector<int, allocator<int, linmem::arena_heap, &stop>> own{
        allocator<int, linmem::arena_heap, &stop>{a}};
    CHECK_THROWS_AS(own.resize(100000), stopped);
    CHECK_THROWS_AS(static_cast<void>(allocator<int>{a}.allocate(~std::size_t{0} / 2)),
                    std::bad_alloc);
    numbers.resize(100); // usable afterwards
    CHECK(numbers.size() == 100);
  }
#endif

#if defined(__cpp_lib_memory_resource)
  TEST_CASE("an arena is a memory resource") {
    arena<> a;
    linmem::arena_resource<> resource{a};
    std::pmr::vector<std::pmr::string> words{&resource};
    for (int i = 0; i < 100; ++i) {
      words.emplace_back("a word that is too long to be stored inside");
    }
    CHECK(words.back().size() == 43);
    CHECK(a.used() > 4300);
    linmem::arena_resource<> other{a};
    CHECK_FALSE(resource == other);
  }

  TEST_CASE("a pool is a memory resource, and what is freed is used again") {
    linmem::buffer_pool<> pool;
    linmem::pool_resource<> resource{pool};
    for (int round = 0; round < 3; ++round) {
      std::pmr::vector<int> numbers{&resource};
      for (int i = 0; i < 10000; ++i) { numbers.push_back(i); }
      CHECK(numbers[9999] == 9999);
    }
    const auto s = pool.statistics();
    CHECK(s.outstanding == 0);
    CHECK(s.hits >= 2 * s.misses);
  }
#endif
}
