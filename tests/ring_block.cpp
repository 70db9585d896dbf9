#include <linmem/ring_block.hpp>

#include <doctest/doctest.h>

#include <array>
#include <cstddef>

using linmem::errc;
using linmem::ring_block;
using linmem::ring_kind;
using linmem::ring_role;
using linmem::ring_state;
using linmem::ring_view;

namespace {
struct alignas(128) memory_of_a_ring {
  std::array<std::byte, 1024> bytes{};
};
} // namespace

TEST_SUITE("ring_block") {
  TEST_CASE("each side's words lie on lines of their own") {
    CHECK(sizeof(ring_block) == 384);
    CHECK(alignof(ring_block) == 128);
    CHECK(offsetof(ring_block, published) == 128);
    CHECK(offsetof(ring_block, committed) == 132);
    CHECK(offsetof(ring_block, released) == 256);
    CHECK(linmem::ring_layout.field_count == 17);
  }

  TEST_CASE("a ring is made in memory that lies elsewhere, and found there again") {
    memory_of_a_ring m;
    const auto made = ring_view::create(m.bytes, 512, ring_kind::bytes);
    REQUIRE(made);
    const auto found = ring_view::open(m.bytes);
    REQUIRE(found);
    CHECK(&found->block() == &made->block());
    CHECK(found->capacity() == 512);
    CHECK(found->kind() == ring_kind::bytes);
    CHECK(found->largest_message() == 248);
    CHECK(found->data() == m.bytes.data() + 384);
    CHECK(found->state(ring_role::producer) == ring_state::open);
    CHECK(found->holder(ring_role::consumer) == 0);
  }

  TEST_CASE("a capacity is a power of two from 32 to 2^30, and fits") {
    memory_of_a_ring m;
    for (const std::uint32_t capacity :
         {0U, 1U, 16U, 33U, 96U, 511U, (1U << 30U) + 1, 1U << 31U, ~0U}) {
      CAPTURE(capacity);
      CHECK(ring_view::create(m.bytes, capacity).error() ==
            linmem::error{errc::invalid_argument, "", 1U << 30U, capacity});
    }
    CHECK(ring_view::create(m.bytes, 1U << 30U).error() ==
          linmem::error{errc::limit_exceeded, "", 1024, 384 + (1U << 30U)});
    CHECK(ring_view::create(m.bytes, 1024).error().code == errc::limit_exceeded);
    CHECK(ring_view::create(m.bytes, 512));
    CHECK(ring_view::create(linmem::byte_span{m.bytes}.first(384 + 32), 32));
    CHECK_FALSE(ring_view::create(linmem::byte_span{m.bytes}.first(384 + 31), 32));
  }

  TEST_CASE("memory that is not aligned to a line is refused") {
    memory_of_a_ring m;
    const auto askew = linmem::byte_span{m.bytes}.subspan(64);
    CHECK(ring_view::create(askew, 32).error() ==
          linmem::error{errc::invalid_argument, "", 128, 64});
    CHECK(ring_view::open(askew).error().code == errc::invalid_argument);
  }

  TEST_CASE("what is no ring is not opened, whatever is wrong about it") {
    memory_of_a_ring m;
    CHECK(ring_view::open(m.bytes).error().code == errc::corrupt); // zeros
    CHECK(ring_view::open({}).error().code == errc::corrupt);
    const auto damaged = [&m](auto damage) {
      auto ring = ring_view::create(m.bytes, 512);
      damage(ring->block());
      return ring_view::open(m.bytes).error();
    };
    CHECK(damaged([](ring_block& b) { b.magic = 1; }).actual == 1);
    CHECK(damaged([](ring_block& b) { b.version = 9; }) == linmem::error{errc::corrupt, "", 1, 9});
    CHECK(damaged([](ring_block& b) { b.capacity = 1024; }) ==
          linmem::error{errc::corrupt, "", 640, 1024});
    CHECK(damaged([](ring_block& b) { b.capacity = 500; }).code == errc::corrupt);
    CHECK(damaged([](ring_block& b) { b.capacity = 0; }).code == errc::corrupt);
    CHECK(damaged([](ring_block& b) { b.data_offset = 0; }) ==
          linmem::error{errc::corrupt, "", 384, 0});
    CHECK(damaged([](ring_block& b) { b.kind = static_cast<ring_kind>(2); }) ==
          linmem::error{errc::corrupt, "", 1, 2});
  }

  TEST_CASE("who is declared gone has no number any more, and what had ended stays so") {
    memory_of_a_ring m;
    auto ring = *ring_view::create(m.bytes, 64);
    ring.block().producer = 7;
    ring.abandon(ring_role::producer);
    CHECK(ring.state(ring_role::producer) == ring_state::abandoned);
    CHECK(ring.holder(ring_role::producer) == 0);
    CHECK(ring.state(ring_role::consumer) == ring_state::open);
    ring.block().consumer_state = ring_state::ended;
    ring.abandon(ring_role::consumer);
    CHECK(ring.state(ring_role::consumer) == ring_state::ended);
  }
}
