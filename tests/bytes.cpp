#include <linmem/bytes.hpp>

#include <doctest/doctest.h>

#include <array>
#include <cstdint>
#include <limits>

TEST_SUITE("bytes") {
  TEST_CASE("in_bounds holds at every edge and never overflows") {
    constexpr auto most = std::numeric_limits<std::uint64_t>::max();
    constexpr std::uint64_t size = 16;
    struct row {
      std::uint64_t offset;
      std::uint64_t length;
      bool inside;
    };
    for (const row& r :
         {row{0, 0, true}, row{0, 16, true}, row{16, 0, true}, row{15, 1, true}, row{1, 15, true},
          row{0, 17, false}, row{17, 0, false}, row{16, 1, false}, row{1, 16, false},
          row{most, 1, false}, row{1, most, false}, row{most, most, false},
          row{std::uint64_t{1} << 31U, 1, false}, row{1, (std::uint64_t{1} << 32U) - 1, false}}) {
      CAPTURE(r.offset);
      CAPTURE(r.length);
      CHECK(linmem::in_bounds(r.offset, r.length, size) == r.inside);
    }
    CHECK(linmem::in_bounds(0, most, most));
    CHECK_FALSE(linmem::in_bounds(1, most, most));
  }

  TEST_CASE("a checked subspan names the size and the end that was asked for") {
    std::array<std::byte, 8> bytes{};
    const linmem::byte_span all{bytes};
    CHECK(linmem::checked_subspan(all, 2, 6)->data() == bytes.data() + 2);
    CHECK(linmem::checked_subspan(all, 8, 0)->empty());
    const auto beyond = linmem::checked_subspan(all, 4, 5);
    REQUIRE_FALSE(beyond);
    CHECK(beyond.error() == linmem::error{linmem::errc::out_of_range, "", 8, 9});
    const auto overflowing = linmem::checked_subspan(all, ~std::uint64_t{0}, 2);
    REQUIRE_FALSE(overflowing);
    CHECK(overflowing.error().actual == ~std::uint64_t{0});
  }

  TEST_CASE("align_up rounds to the next multiple") {
    CHECK(linmem::align_up(0, 16) == 0);
    CHECK(linmem::align_up(1, 16) == 16);
    CHECK(linmem::align_up(16, 16) == 16);
    CHECK(linmem::align_up(17, 1) == 17);
    CHECK(linmem::align_up(std::numeric_limits<std::size_t>::max(), 16) == 0);
  }

  TEST_CASE("copying and wiping nothing is allowed") {
    linmem::copy_bytes({}, {});
    linmem::wipe_bytes({});
    std::array<std::byte, 3> bytes{std::byte{1}, std::byte{2}, std::byte{3}};
    linmem::wipe_bytes(bytes);
    CHECK(bytes == std::array<std::byte, 3>{});
  }
}
