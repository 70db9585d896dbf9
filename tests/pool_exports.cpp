#include <linmem/pool_exports.hpp>

#include <doctest/doctest.h>

using linmem::errc;
namespace detail = linmem::detail;

TEST_SUITE("pool_exports") {
  TEST_CASE("a pooled buffer is a buffer, and freeing it gives it back") {
    const std::uint32_t pool = linmem_pool_new(8, 1 << 20, 1 << 22, 0);
    REQUIRE(pool != 0);
    const auto figures = [pool] {
      return *reinterpret_cast<const linmem::pool_statistics*>(linmem_pool_block(pool));
    };
    const std::uint32_t first = linmem_pool_acquire(pool, 1000);
    REQUIRE(first != 0);
    auto* block = reinterpret_cast<linmem::buffer_block*>(linmem_buffer_block(first));
    CHECK(block->capacity >= 1024);
    CHECK(linmem::shared_buffer_view<>::at(*block).write_at(0, linmem::as_bytes("0123456789")));
    CHECK(figures().outstanding == 1);
    CHECK(linmem_pool_free(pool) == 0);
    CHECK(detail::last_error.code == errc::leased);
    CHECK(linmem_buffer_free(first) == 1);
    CHECK(linmem_buffer_free(first) == 0); // released twice
    CHECK(detail::last_error.code == errc::invalid_handle);
    CHECK(figures().retained == 1);
    const std::uint32_t second = linmem_pool_acquire(pool, 1000);
    CHECK(figures().hits == 1);
    CHECK(linmem::buffer_view(second)->empty());
    CHECK(linmem_buffer_free(second) == 1);
    CHECK(linmem_pool_warm_up(pool, 3, 100) == 1);
    CHECK(figures().retained == 4);
    CHECK(linmem_pool_trim(pool, 0) == 1);
    CHECK(figures().retained == 0);
    CHECK(linmem_pool_free(pool) == 1);
  }

  TEST_CASE("every call refuses every handle that is no pool") {
    const std::uint32_t buffer = linmem_buffer_new(1, 0);
    const std::uint32_t gone = linmem_pool_new(1, 1, 1, 0);
    REQUIRE(linmem_pool_free(gone) == 1);
    for (const std::uint32_t h : {0U, 1U, buffer, gone, ~0U}) {
      CHECK(linmem_pool_block(h) == 0);
      CHECK(linmem_pool_acquire(h, 1) == 0);
      CHECK(linmem_pool_warm_up(h, 1, 1) == 0);
      CHECK(linmem_pool_trim(h, 0) == 0);
      CHECK(linmem_pool_free(h) == 0);
      CHECK(detail::last_error.code == errc::invalid_handle);
      CHECK(detail::last_error.actual == h);
    }
    CHECK(linmem_buffer_free(buffer) == 1);
  }
}
