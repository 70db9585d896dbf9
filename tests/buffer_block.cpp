#include <linmem/buffer_block.hpp>

#include <doctest/doctest.h>

#include <array>
#include <cstdint>
#include <limits>
#include <memory>
#include <string_view>
#include <utility>
#include <vector>

#if LINMEM_THREADS
#include <thread>
#endif

using linmem::buffer_block;
using linmem::buffer_lease;
using linmem::errc;
using linmem::field_type;
namespace detail = linmem::detail;

namespace {

enum class color : std::uint16_t { red };
struct point {
  float x, y;
};

template <class T>
constexpr bool has_code(field_type expected) {
  return detail::element_code<T>() == static_cast<std::uint32_t>(expected);
}

// A region with a well-formed block for `capacity` bytes of data at its start.
struct region {
  alignas(16) std::array<std::byte, 512> bytes{};
  buffer_block* block = std::construct_at(reinterpret_cast<buffer_block*>(bytes.data()));

  explicit region(std::uint64_t capacity = 512 - 64 - 8) { block->capacity = capacity; }
  [[nodiscard]] linmem::result<detail::buffer_extent> extent(std::size_t size = 512) const {
    return detail::find_extent(linmem::byte_view{bytes}.first(size));
  }
};

} // namespace

static_assert(linmem::buffer_element<std::byte> && linmem::buffer_element<float> &&
              linmem::buffer_element<point>);
static_assert(!linmem::buffer_element<const std::byte> &&
              !linmem::buffer_element<std::vector<int>>);
static_assert(has_code<std::uint8_t>(field_type::u8) && has_code<std::uint16_t>(field_type::u16));
static_assert(has_code<std::uint32_t>(field_type::u32) && has_code<std::uint64_t>(field_type::u64));
static_assert(has_code<std::int32_t>(field_type::i32) && has_code<color>(field_type::u16));
static_assert(has_code<float>(field_type::f32) && has_code<double>(field_type::f64));
static_assert(has_code<std::byte>(field_type{}) && has_code<bool>(field_type{}) &&
              has_code<point>(field_type{}));
static_assert(has_code<std::int16_t>(field_type::i16));

TEST_SUITE("buffer_block") {
  TEST_CASE("the host finds every field where the table says") {
    struct row {
      std::string_view name;
      std::uint16_t offset;
      field_type type;
    };
    constexpr std::array expected{
        row{"magic", 0, field_type::u32},         row{"version", 4, field_type::u32},
        row{"capacity", 8, field_type::u64},      row{"position", 16, field_type::u64},
        row{"reserved", 24, field_type::u64},     row{"data_offset", 32, field_type::u32},
        row{"leases", 36, field_type::u32},       row{"element", 40, field_type::u32},
        row{"locks_offset", 44, field_type::u32}, row{"generation", 48, field_type::u32},
        row{"guarded", 52, field_type::u32},
    };
    REQUIRE(linmem::buffer_layout.field_count == expected.size());
    CHECK(linmem::buffer_layout.size == 64);
    for (std::size_t i = 0; i < expected.size(); ++i) {
      const linmem::field& f = linmem::buffer_layout.fields[i];
      CHECK(f.name == expected[i].name);
      CHECK(f.offset == expected[i].offset);
      CHECK(f.type == expected[i].type);
    }
  }

  TEST_CASE("a block that agrees with itself and its memory has an extent") {
    const region r;
    const auto extent = r.extent();
    REQUIRE(extent);
    CHECK(extent->data_offset == 64);
    CHECK(extent->capacity == 440);
    CHECK(region{1}.extent(64 + 1 + 8));
  }

  TEST_CASE("memory that is too small or not aligned holds no buffer, and is not read") {
    const region r;
    CHECK(detail::find_extent({}).error().code == errc::corrupt);
    for (const std::size_t size : {0U, 1U, 63U, 64U, 71U}) {
      CHECK(r.extent(size).error() == linmem::error{errc::corrupt, "", 72, size});
    }
    CHECK(detail::find_extent(linmem::byte_view{r.bytes}.subspan(8)).error() ==
          linmem::error{errc::invalid_argument, "", 16, 8});
  }

  TEST_CASE("a block that something overwrote is corrupt: every field, at every edge") {
    constexpr std::uint64_t big = std::numeric_limits<std::uint64_t>::max();
    const auto refused = [](auto spoil) {
      region r;
      spoil(*r.block);
      const auto extent = r.extent();
      return !extent && extent.error().code == errc::corrupt;
    };
    for (const std::uint32_t magic : {0U, 1U, buffer_block::expected_magic + 1, ~0U}) {
      CHECK(refused([=](buffer_block& b) { b.magic = magic; }));
    }
    for (const std::uint32_t version : {0U, linmem::layout_version + 1, ~0U}) {
      CHECK(refused([=](buffer_block& b) { b.version = version; }));
    }
    for (const std::uint64_t capacity :
         {std::uint64_t{0}, std::uint64_t{441}, std::uint64_t{512}, std::uint64_t{1} << 31U,
          (std::uint64_t{1} << 32U) - 1, (std::uint64_t{1} << 32U) + 440, big - 71, big}) {
      CAPTURE(capacity);
      CHECK(refused([=](buffer_block& b) { b.capacity = capacity; }));
    }
    for (const std::uint64_t position :
         {std::uint64_t{441}, std::uint64_t{1} << 31U, std::uint64_t{1} << 32U, big}) {
      CAPTURE(position);
      CHECK(refused([=](buffer_block& b) { b.position = position; }));
    }
    for (const std::uint32_t offset :
         {0U, 1U, 16U, 63U, 65U, 72U, 80U, 504U, 512U, 1U << 31U, ~0U, ~0U - 15U}) {
      CAPTURE(offset); // 80: aligned, but the capacity ends beyond the memory then
      CHECK(refused([=](buffer_block& b) { b.data_offset = offset; }));
    }
    for (const std::uint32_t locks : {1U, 4U, 60U, 63U, 65U, 128U, ~0U, 64U}) {
      CAPTURE(locks); // 64: there, but the data would lie in them
      CHECK(refused([=](buffer_block& b) { b.locks_offset = locks; }));
    }
    region r{512 - 128 - 8};
    r.block->locks_offset = 64;
    r.block->data_offset = 128;
    CHECK(r.extent());
  }

  TEST_CASE("a reservation that its writer never ended is no damage") {
    region r;
    r.block->position = 100;
    r.block->reserved = 340;
    CHECK(r.extent());
    r.block->position = 440; // a writer may die between the two stores of a commit
    CHECK(r.extent());
  }

  TEST_CASE("a block that is used again forgets, and says so") {
    region r;
    r.block->position = 7;
    r.block->reserved = 9;
    r.block->guarded = 1;
    detail::forget_committed(*r.block);
    CHECK(r.block->position == 0);
    CHECK(r.block->reserved == 0);
    CHECK(r.block->guarded == 0);
    CHECK(r.block->generation == 1);
  }

  TEST_CASE("a lease counts, and moves without counting twice") {
    buffer_block block;
    {
      buffer_lease one{&block};
      buffer_lease two = std::move(one);
      CHECK(block.leases == 1);
      buffer_lease three{&block};
      CHECK(block.leases == 2);
      three = std::move(two); // ends its own at once
      CHECK(block.leases == 1);
      const buffer_lease none{nullptr};
    }
    CHECK(block.leases == 0);
  }

#if LINMEM_THREADS
  TEST_CASE("leases taken and ended on several threads are all counted") {
    buffer_block block;
    std::vector<std::thread> threads;
    for (int t = 0; t < 3; ++t) {
      threads.emplace_back([&block] {
        for (int i = 0; i < 20000; ++i) { const buffer_lease lease{&block}; }
      });
    }
    for (std::thread& t : threads) { t.join(); }
    CHECK(block.leases == 0);
  }
#endif
}
