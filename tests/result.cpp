#include <linmem/result.hpp>

#include <doctest/doctest.h>

#include <memory>
#include <string>
#include <type_traits>
#include <utility>

using linmem::errc;
using linmem::result;

namespace {
result<int> half(int n) {
  if (n % 2 != 0) { return linmem::fail(errc::invalid_argument, "an even number", 0, 1); }
  return n / 2;
}
result<std::unique_ptr<int>> boxed(bool works) {
  if (!works) { return linmem::fail(errc::out_of_memory, "box"); }
  return std::make_unique<int>(5);
}
result<void> check(bool works) {
  if (!works) { return linmem::fail(errc::closed, "door"); }
  return {};
}
} // namespace

TEST_SUITE("result") {
  TEST_CASE("a result holds a value or an error") {
    CHECK(half(8).has_value());
    CHECK(*half(8) == 4);
    CHECK_FALSE(half(7));
    CHECK(half(7).error().code == errc::invalid_argument);
    CHECK(half(7).value_or(-1) == -1);
    CHECK(check(true));
    CHECK(check(false).error().code == errc::closed);
  }

  TEST_CASE("values that only move go in and out") {
    auto r = boxed(true);
    REQUIRE(r);
    const std::unique_ptr<int> out = *std::move(r);
    CHECK(*out == 5);
    CHECK(boxed(false).error().code == errc::out_of_memory);
  }

  TEST_CASE("assigning over a result ends the value it held") {
    auto counted = std::make_shared<int>(1);
    result<std::shared_ptr<int>> r = counted;
    CHECK(counted.use_count() == 2);
    r = linmem::fail(errc::closed, "x");
    CHECK(counted.use_count() == 1);
    r = result<std::shared_ptr<int>>{counted};
    CHECK(counted.use_count() == 2);
    const result<std::shared_ptr<int>> copy = r;
    CHECK(counted.use_count() == 3);
    r = copy;
    CHECK(counted.use_count() == 3);
  }

  TEST_CASE("and_then, transform and or_else carry the error through") {
    CHECK(*half(8).and_then(half) == 2);
    CHECK(half(6).and_then(half).error().code == errc::invalid_argument);
    CHECK(*half(8).transform([](int n) { return std::to_string(n); }) == "4");
    CHECK(*half(7).or_else([](const linmem::error&) { return half(20); }) == 10);
  }

  TEST_CASE("a result of a trivial type is copied like its bytes, also while compiling") {
    static_assert(std::is_trivially_copy_constructible_v<result<int>>);
    static_assert(std::is_trivially_destructible_v<result<int>>);
    static_assert(!std::is_trivially_copy_constructible_v<result<std::string>>);
    constexpr auto copied = [] {
      result<int> first = 4;
      result<int> second = linmem::fail(errc::closed, "things", 1, 2);
      second = first;
      first = linmem::fail(errc::closed, "things", 1, 2);
      return std::pair{*second, first.error().actual};
    }();
    static_assert(copied.first == 4);
    static_assert(copied.second == 2);
  }

#if (defined(__cpp_exceptions) || defined(__EXCEPTIONS)) && !defined(__cpp_lib_expected)
  TEST_CASE("asking for the value of an error throws it") {
    CHECK_THROWS_AS(static_cast<void>(half(7).value()), linmem::bad_result_access);
    try {
      check(false).value();
    } catch (const linmem::bad_result_access& e) { CHECK(e.error().code == errc::closed); }
  }
#endif
}
