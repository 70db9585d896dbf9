#include <linmem/size_class.hpp>

#include <doctest/doctest.h>

using linmem::size_class;

TEST_SUITE("size_class") {
  TEST_CASE("the classes are four for each doubling") {
    constexpr std::size_t expected[] = {64, 80, 96, 112, 128, 160, 192, 224, 256, 320};
    for (std::uint32_t i = 0; i < 10; ++i) { CHECK(size_class::bytes_of(i) == expected[i]); }
    CHECK(size_class::bytes_of(size_class::count - 1) == size_class::largest);
  }

  TEST_CASE(
      "a class holds what it is asked for, no smaller one does, and equal class is equal size") {
    for (std::size_t n = 0; n <= 70000; ++n) {
      const std::uint32_t index = size_class::index_of(n);
      REQUIRE(size_class::bytes_of(index) >= n);
      if (index > 0) { REQUIRE(size_class::bytes_of(index - 1) < n); }
      REQUIRE(size_class::index_of(size_class::bytes_of(index)) == index);
      if (n > 64) { REQUIRE(size_class::bytes_of(index) - n <= n / 4); }
    }
    CHECK(size_class::index_of(size_class::largest) == size_class::count - 1);
  }
}
