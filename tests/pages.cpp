#include <linmem/pages.hpp>

#include <doctest/doctest.h>

#include <cstdint>

TEST_SUITE("pages") {
  TEST_CASE("bytes round up to pages: 65,535 bytes are one page, not none") {
    CHECK(linmem::pages_for(0) == 0);
    CHECK(linmem::pages_for(1) == 1);
    CHECK(linmem::pages_for(65535) == 1);
    CHECK(linmem::pages_for(65536) == 1);
    CHECK(linmem::pages_for(65537) == 2);
    CHECK(linmem::pages_for(~std::uint64_t{0}) == (std::uint64_t{1} << 48U));
  }
}
