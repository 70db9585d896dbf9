#include <linmem/params_exports.hpp>

#include <doctest/doctest.h>

#include <array>
#include <cstdint>
#include <string_view>
#include <utility>

using linmem::errc;
using linmem::hosted_params;
namespace detail = linmem::detail;

namespace {
struct dial {
  std::uint32_t turns = 0;
  float angle = 0;
};
} // namespace

template <>
inline constexpr auto linmem::params_fields<dial> =
    std::array{LINMEM_FIELD(dial, turns), LINMEM_FIELD(dial, angle)};

TEST_SUITE("params_exports") {
  TEST_CASE("hosted parameters are found by their handle until they end") {
    std::uint32_t handle = 0;
    {
      auto params = hosted_params<dial>::create({.turns = 3, .angle = 0.5F});
      REQUIRE(params);
      handle = params->handle();
      const auto* block =
          reinterpret_cast<const linmem::params_block*>(linmem_params_block(handle));
      REQUIRE(block != nullptr);
      CHECK(block->magic == linmem::params_block::expected_magic);
      const auto* fields = reinterpret_cast<const linmem::block_layout*>(block->fields);
      CHECK(fields->field_count == 2);
      CHECK(fields->fields[1].offset == 4);
      CHECK(params->view().values.turns == 3);

      auto other = hosted_params<dial>::create();
      REQUIRE(other);
      const std::uint32_t kept = other->handle();
      *params = std::move(*other); // ends the first ones
      CHECK(linmem_params_block(handle) == 0);
      CHECK(params->handle() == kept);
      CHECK(linmem_params_block(kept) != 0);
      handle = kept;
    }
    CHECK(linmem_params_block(handle) == 0);
    CHECK(detail::last_error.code == errc::invalid_handle);
    CHECK(detail::last_error.actual == handle);
  }

  TEST_CASE("handles of other things are refused") {
    const std::uint32_t buffer = linmem_buffer_new(1, 0);
    for (const std::uint32_t h : {0U, 1U, buffer, ~0U}) {
      CHECK(linmem_params_block(h) == 0);
      CHECK(detail::last_error.code == errc::invalid_handle);
    }
    CHECK(linmem_buffer_free(buffer) == 1);
  }

  TEST_CASE("the host is told how a block of parameters lies") {
    const auto* layout = reinterpret_cast<const linmem::block_layout*>(linmem_params_layout());
    CHECK(std::string_view{layout->name} == "params");
    CHECK(layout->size == 64);
  }
}
