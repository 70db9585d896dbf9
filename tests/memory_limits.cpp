#include <linmem/memory_limits.hpp>

#include <doctest/doctest.h>

#include <cstdint>

using linmem::memory_limits;

TEST_SUITE("memory_limits") {
  TEST_CASE("nothing set is no limit") {
    const memory_limits none;
    CHECK(none.pages() == 0);
    CHECK(none.warn_pages() == 0);
  }

  TEST_CASE("one unit set counts in both, bytes rounded up to pages") {
    CHECK(memory_limits{.hard_pages = 3}.pages() == 3);
    CHECK(memory_limits{.hard_bytes = 65535}.pages() == 1); // not none
    CHECK(memory_limits{.hard_bytes = 65537}.pages() == 2);
    CHECK(memory_limits{.soft_pages = 3}.warn_pages() == 3);
    CHECK(memory_limits{.soft_bytes = 1}.warn_pages() == 1);
    CHECK(memory_limits{.soft_pages = 3}.pages() == 0);
  }

  TEST_CASE("where both are set and disagree, the smaller is in force") {
    const memory_limits pages_win{
        .soft_pages = 2, .hard_pages = 4, .soft_bytes = 1 << 20, .hard_bytes = 1 << 20};
    CHECK(pages_win.pages() == 4);
    CHECK(pages_win.warn_pages() == 2);
    const memory_limits bytes_win{
        .soft_pages = 2, .hard_pages = 64, .soft_bytes = 65536, .hard_bytes = 1 << 20};
    CHECK(bytes_win.pages() == 16);
    CHECK(bytes_win.warn_pages() == 1);
  }
}
