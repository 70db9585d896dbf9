#include <linmem/exports.hpp>

#include "exported.hpp"
#include "support.hpp"

#include <doctest/doctest.h>

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <utility>
#include <vector>

using linmem::errc;
namespace detail = linmem::detail;

namespace {

errc last_code() { return detail::last_error.code; }

} // namespace

TEST_SUITE("exports") {
  TEST_CASE("the table says where everything lies") {
    const auto* table = reinterpret_cast<const detail::abi_table*>(linmem_abi());
    CHECK(std::string_view{table->magic.data(), 4} == "LMEM");
    CHECK(table->version == linmem::layout_version);
    CHECK(table->pointer_bytes == sizeof(void*));
    CHECK(std::string_view{table->errc_names[3]} == "limit_exceeded");
    CHECK(std::string_view{table->library_version} == LINMEM_VERSION_STRING);
    CHECK(table->block_count == 3);
  }

  TEST_CASE("a buffer is made, filled in place, read and freed") {
    const std::uint32_t buffers = detail::ledger.buffers;
    const std::uint32_t h = support::hosted_buffer("hello");
    CHECK(detail::ledger.buffers == buffers + 1);
    CHECK(support::to_string(*linmem::buffer_view(h)) == "hello");
    CHECK(linmem_buffer_free(h) == 1);
    CHECK(detail::ledger.buffers == buffers);
    CHECK(linmem_buffer_free(h) == 0);
    CHECK(last_code() == errc::invalid_handle);
  }

  TEST_CASE("every call refuses every handle that is none of its kind") {
    const std::uint32_t freed = linmem_buffer_new(1, 0);
    REQUIRE(linmem_buffer_free(freed) == 1);
    for (const std::uint32_t h : {0U, 1U, freed, 0x7FFFFFFFU, 0x80000000U, ~0U}) {
      CAPTURE(h);
      const std::uint32_t failures = detail::last_error.failures;
      CHECK(linmem_buffer_block(h) == 0);
      CHECK(linmem_buffer_free(h) == 0);
      CHECK_FALSE(linmem::buffer_view(h));
      CHECK(last_code() == errc::invalid_handle);
      CHECK(detail::last_error.actual == h);
      CHECK(detail::last_error.failures == failures + 3);
    }
  }

  TEST_CASE("a buffer that the program made is published, and the host frees it") {
    auto made = linmem::shared_buffer<>::create(8);
    REQUIRE(made);
    REQUIRE(made->write_at(0, linmem::as_bytes("made")));
    const auto before = detail::ledger.buffers;
    const std::uint32_t h = linmem::publish_buffer(std::move(*made));
    REQUIRE(h != 0);
    CHECK(detail::ledger.buffers == before + 1);
    const auto seen = linmem::buffer_view(h);
    REQUIRE(seen);
    CHECK(linmem::as_text(*seen) == "made");
    CHECK(linmem_buffer_free(h) == 1);
    CHECK(detail::ledger.buffers == before);
  }

  TEST_CASE("memory that is not there is an error with its number, and leaves nothing behind") {
    const std::uint32_t buffers = detail::ledger.buffers;
    volatile std::size_t huge = ~std::size_t{0} / 2;
    CHECK(linmem_buffer_new(huge, 0) == 0);
    CHECK(last_code() == errc::out_of_memory);
    CHECK(detail::last_error.actual == huge);
    CHECK(linmem_buffer_new(huge, 1) == 0);
    CHECK(detail::ledger.buffers == buffers);
  }

  TEST_CASE("too many handles is an error, and freeing one makes room") {
    std::vector<std::uint32_t> all;
    for (;;) {
      const std::uint32_t h = linmem_buffer_new(1, 0);
      if (h == 0) { break; }
      all.push_back(h);
    }
    CHECK(last_code() == errc::limit_exceeded);
    CHECK(detail::last_error.limit == 1024);
    auto kept = linmem::shared_buffer<>::create(8);
    REQUIRE(kept);
    REQUIRE(kept->write_at(0, linmem::as_bytes("kept")));
    CHECK(linmem::publish_buffer(std::move(*kept)) == 0);
    CHECK(linmem::as_text(kept->view()) == "kept"); // still its maker's
    REQUIRE(linmem_buffer_free(all.back()) == 1);
    all.pop_back();
    all.push_back(linmem_buffer_new(1, 0));
    CHECK(all.back() != 0);
    for (const std::uint32_t h : all) { REQUIRE(linmem_buffer_free(h) == 1); }
  }
}
