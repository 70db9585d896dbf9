#include <linmem/linear_memory.hpp>

#include <doctest/doctest.h>

#include <vector>

using linmem::basic_linear_memory;
using linmem::errc;
using linmem::scripted_pages;

namespace {
// Writes down what the hooks hear.
struct witness {
  std::vector<std::size_t> asked;
  std::vector<std::size_t> grown;
  std::vector<std::size_t> failed;
  bool allow = true;

  linmem::growth_hooks hooks() {
    return {
        this,
        [](void* self, std::size_t, std::size_t wanted, std::size_t) noexcept {
          static_cast<witness*>(self)->asked.push_back(wanted);
          return static_cast<witness*>(self)->allow;
        },
        [](void* self, std::size_t, std::size_t now) noexcept {
          static_cast<witness*>(self)->grown.push_back(now);
        },
        [](void* self, std::size_t, std::size_t wanted) noexcept {
          static_cast<witness*>(self)->failed.push_back(wanted);
        },
    };
  }
};
} // namespace

TEST_SUITE("linear_memory") {
  TEST_CASE("growth asks first, then tells, and returns the pages before") {
    basic_linear_memory memory{scripted_pages{2, 10}};
    witness w;
    memory.watch(w.hooks());
    CHECK(*memory.grow(3) == 2);
    CHECK(memory.pages() == 5);
    CHECK(memory.size() == 5 * 65536);
    CHECK(w.asked == std::vector<std::size_t>{5});
    CHECK(w.grown == std::vector<std::size_t>{5});
    CHECK(w.failed.empty());
    CHECK(*memory.grow(0) == 5);
    CHECK(w.asked.size() == 1);
  }

  TEST_CASE("a hook that says no leaves the memory as it was") {
    basic_linear_memory memory{scripted_pages{2, 10}};
    witness w;
    w.allow = false;
    memory.watch(w.hooks());
    const auto r = memory.grow(1);
    REQUIRE_FALSE(r);
    CHECK(r.error().code == errc::limit_exceeded);
    CHECK(r.error().actual == 3);
    CHECK(memory.pages() == 2);
    CHECK(memory.backend().requests() == 0);
    CHECK(w.failed == std::vector<std::size_t>{3});
  }

  TEST_CASE("the maximum is named by the error, and is not an offer to the backend") {
    basic_linear_memory memory{scripted_pages{2, 10}};
    const auto r = memory.grow(9);
    REQUIRE_FALSE(r);
    CHECK(r.error() == linmem::error{errc::limit_exceeded, "", 10, 11});
    CHECK(*memory.grow(8) == 2);
    CHECK_FALSE(memory.grow(1));
    CHECK_FALSE(memory.grow(~std::size_t{0}));
    CHECK(memory.pages() == 10);
  }

  TEST_CASE("a backend that refuses is out of memory, then works again") {
    basic_linear_memory memory{scripted_pages{1, 100}};
    witness w;
    memory.watch(w.hooks());
    memory.backend().refuse_from(2);
    CHECK(memory.grow(1));
    CHECK(memory.grow(1).error().code == errc::out_of_memory);
    CHECK(memory.grow(1).error().code == errc::out_of_memory);
    CHECK(w.failed.size() == 2);
    memory.backend().refuse_from(0);
    CHECK(memory.grow(1));
    CHECK(memory.pages() == 3);
  }

  TEST_CASE("the memory of this program can be asked, and grows") {
    auto& memory = linmem::linear_memory();
    const std::size_t before = memory.pages();
    CHECK(before > 0);
    CHECK(memory.maximum() >= before);
    CHECK(*memory.grow(1) == before);
    CHECK(memory.pages() >= before + 1); // a host may give more than it was asked for
  }
}
