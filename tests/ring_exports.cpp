#include <linmem/ring_exports.hpp>

#include <doctest/doctest.h>

using linmem::errc;
namespace detail = linmem::detail;

TEST_SUITE("ring_exports") {
  TEST_CASE("a ring behind a handle is written and read, and freed once its sides are free") {
    const std::uint32_t h = linmem_ring_new(256, 1);
    REQUIRE(h != 0);
    const auto ring = linmem::hosted_ring(h);
    REQUIRE(ring);
    CHECK(reinterpret_cast<std::uintptr_t>(&ring->block()) == linmem_ring_block(h));
    CHECK(linmem_ring_block(h) % 128 == 0);
    {
      auto out = linmem::message_producer::open(*ring, {.number = 5});
      REQUIRE(out);
      CHECK(out->write(linmem::as_bytes("hello")));
      CHECK(linmem_ring_free(h) == 0);
      CHECK(detail::last_error.code == errc::leased);
      CHECK(detail::last_error.actual == 5);
    }
    {
      auto in = linmem::message_consumer::open(*ring, {.number = 6});
      REQUIRE(in);
      CHECK(linmem::as_text(*in->peek()) == "hello");
      CHECK(linmem_ring_free(h) == 0);
      CHECK(detail::last_error.actual == 6);
    }
    CHECK(linmem_ring_free(h) == 1);
    CHECK(linmem_ring_free(h) == 0);
    CHECK(detail::last_error.code == errc::invalid_handle);
  }

  TEST_CASE("a side whose holder is gone does not keep the ring from being freed") {
    const std::uint32_t h = linmem_ring_new(64, 0);
    auto ring = *linmem::hosted_ring(h);
    ring.block().producer = 9; // taken by a worker that was terminated
    CHECK(linmem_ring_free(h) == 0);
    ring.abandon(linmem::ring_role::producer);
    CHECK(linmem_ring_free(h) == 1);
  }

  TEST_CASE("what no ring can be is refused with its number") {
    CHECK(linmem_ring_new(100, 0) == 0);
    CHECK(detail::last_error.code == errc::invalid_argument);
    CHECK(detail::last_error.actual == 100);
    CHECK(linmem_ring_new(64, 2) == 0);
    CHECK(detail::last_error.limit == 1);
    CHECK(detail::last_error.actual == 2);
  }

  TEST_CASE("every call refuses every handle that is no ring") {
    const std::uint32_t buffer = linmem_buffer_new(1, 0);
    const std::uint32_t gone = linmem_ring_new(64, 0);
    REQUIRE(linmem_ring_free(gone) == 1);
    for (const std::uint32_t h : {0U, 1U, buffer, gone, ~0U}) {
      CHECK(linmem_ring_block(h) == 0);
      CHECK(linmem_ring_free(h) == 0);
      CHECK(linmem::hosted_ring(h).error() == linmem::error{errc::invalid_handle, "", 0, h});
      CHECK(detail::last_error.code == errc::invalid_handle);
    }
    CHECK(linmem_buffer_free(buffer) == 1);
  }
}
