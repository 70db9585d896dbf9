#include <linmem/layout.hpp>

#include <doctest/doctest.h>

#include <array>
#include <string_view>

namespace {
enum class mode : std::uint32_t { off, on };
struct block {
  std::uint8_t a;
  std::uint16_t b;
  std::uint32_t c;
  std::uint64_t d;
  std::int32_t e;
  float f;
  double g;
  mode h;
};
constexpr std::array fields{
    LINMEM_FIELD(block, a), LINMEM_FIELD(block, b), LINMEM_FIELD(block, c), LINMEM_FIELD(block, d),
    LINMEM_FIELD(block, e), LINMEM_FIELD(block, f), LINMEM_FIELD(block, g), LINMEM_FIELD(block, h),
};
constexpr linmem::block_layout layout{"block", sizeof(block), fields};
} // namespace

TEST_SUITE("layout") {
  TEST_CASE("a block describes its fields by name, offset and type") {
    CHECK(std::string_view{layout.name} == "block");
    CHECK(layout.size == sizeof(block));
    REQUIRE(layout.field_count == 8);
    using enum linmem::field_type;
    constexpr std::array types{u8, u16, u32, u64, i32, f32, f64, u32};
    constexpr std::array<std::size_t, 8> offsets{
        offsetof(block, a), offsetof(block, b), offsetof(block, c), offsetof(block, d),
        offsetof(block, e), offsetof(block, f), offsetof(block, g), offsetof(block, h)};
    for (std::size_t i = 0; i < types.size(); ++i) {
      CHECK(layout.fields[i].type == types[i]);
      CHECK(layout.fields[i].offset == offsets[i]);
      CHECK(layout.fields[i].name[0] == static_cast<char>('a' + i));
    }
  }
}
