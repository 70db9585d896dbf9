#include <linmem/params_block.hpp>

#include <doctest/doctest.h>

#include <array>
#include <cstdint>

namespace {

struct good {
  std::uint8_t a;
  double b;
  std::uint16_t c;
};
struct same_names {
  std::uint8_t a;
  std::int64_t b;
  std::uint16_t c;
};
struct one_missing {
  std::uint32_t a, b, c;
};
struct last_missing {
  std::uint32_t a, b;
};
struct disordered {
  std::uint32_t a, b;
};
struct unlisted {
  std::uint32_t a;
};

} // namespace

template <>
inline constexpr auto linmem::params_fields<good> =
    std::array{LINMEM_FIELD(good, a), LINMEM_FIELD(good, b), LINMEM_FIELD(good, c)};
template <>
inline constexpr auto linmem::params_fields<same_names> = std::array{
    LINMEM_FIELD(same_names, a), LINMEM_FIELD(same_names, b), LINMEM_FIELD(same_names, c)};
template <>
inline constexpr auto linmem::params_fields<one_missing> =
    std::array{LINMEM_FIELD(one_missing, a), LINMEM_FIELD(one_missing, c)};
template <>
inline constexpr auto linmem::params_fields<last_missing> =
    std::array{LINMEM_FIELD(last_missing, a)};
template <>
inline constexpr auto linmem::params_fields<disordered> =
    std::array{LINMEM_FIELD(disordered, b), LINMEM_FIELD(disordered, a)};

TEST_SUITE("params_block") {
  TEST_CASE("a struct has all its members listed, in order, or is no params_struct") {
    CHECK(linmem::params_struct<good>);
    CHECK(linmem::params_struct<same_names>);
    CHECK_FALSE(linmem::params_struct<one_missing>);
    CHECK_FALSE(linmem::params_struct<last_missing>);
    CHECK_FALSE(linmem::params_struct<disordered>);
    CHECK_FALSE(linmem::params_struct<unlisted>);
    CHECK_FALSE(linmem::params_struct<int>);
  }

  TEST_CASE("the fingerprint tells names, offsets and types apart") {
    CHECK(linmem::detail::fingerprint_of<good>() == linmem::detail::fingerprint_of<good>());
    CHECK(linmem::detail::fingerprint_of<good>() != linmem::detail::fingerprint_of<same_names>());
  }

  TEST_CASE("a field of 8 bytes moves as two words, the smaller ones as they are") {
    alignas(8) std::array<std::byte, 8> shared{};
    const double from = -1.5;
    linmem::detail::store_field<8>(shared.data(), reinterpret_cast<const std::byte*>(&from));
    double to = 0;
    linmem::detail::load_field<8>(shared.data(), reinterpret_cast<std::byte*>(&to));
    CHECK(to == -1.5);
    const std::uint8_t byte = 7;
    linmem::detail::store_field<1>(shared.data(), reinterpret_cast<const std::byte*>(&byte));
    CHECK(shared[0] == std::byte{7});
    CHECK(shared[7] == std::byte{0xBF}); // its neighbours stay
  }

  TEST_CASE("a set of fields works across words of bits") {
    linmem::detail::field_set<130> set;
    CHECK(set.is_empty());
    set.add(0, false);
    CHECK(set.is_empty());
    for (const std::size_t i : {0U, 63U, 64U, 129U}) { set.add(i); }
    CHECK(set.has(129));
    CHECK(set.has(64));
    CHECK_FALSE(set.has(65));
    CHECK_FALSE(set.is_empty());
  }
}
