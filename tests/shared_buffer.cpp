#include <linmem/shared_buffer.hpp>

#include "support.hpp"

#include <doctest/doctest.h>

#include <array>
#include <cstdint>
#include <limits>
#include <string>

using linmem::as_bytes;
using linmem::errc;
using linmem::shared_buffer;
using linmem::span_storage;

namespace {
constexpr auto most64 = std::numeric_limits<std::uint64_t>::max();
} // namespace

TEST_SUITE("shared_buffer") {
  TEST_CASE("a new buffer has its capacity, aligned data and nothing committed") {
    auto b = shared_buffer<>::create(100);
    REQUIRE(b);
    CHECK(b->capacity() == 100);
    CHECK(b->position() == 0);
    CHECK(b->view().empty());
    CHECK(reinterpret_cast<std::uintptr_t>(b->data()) % 16 == 0);
    CHECK(b->block().magic == linmem::buffer_block::expected_magic);
  }

  TEST_CASE("capacity 0 is an error, more than there is is another") {
    CHECK(shared_buffer<>::create(0).error().code == errc::invalid_argument);
    volatile std::size_t most = std::numeric_limits<std::size_t>::max();
    for (const std::size_t less : {0U, 1U, 63U, 64U, 65U}) {
      const auto b = shared_buffer<>::create(most - less);
      REQUIRE_FALSE(b);
      CHECK(b.error().code == errc::out_of_memory);
      CHECK(b.error().actual == most - less);
    }
  }

  TEST_CASE("written bytes are read back, and position is the highest end") {
    auto b = shared_buffer<>::create(16);
    REQUIRE(b->write_at(0, as_bytes("hello")));
    REQUIRE(b->write_at(5, as_bytes(" you")));
    CHECK(support::to_string(b->view()) == "hello you");
    REQUIRE(b->write_at(0, as_bytes("J")));
    CHECK(b->position() == 9);
    std::array<std::byte, 4> out{};
    REQUIRE(b->read_at(5, out));
    CHECK(linmem::as_text(out) == " you");
  }

  TEST_CASE("offsets and lengths at every edge: inside or an error, never a partial write") {
    constexpr std::size_t cap = 8;
    auto b = shared_buffer<>::create(cap);
    REQUIRE(b->write_at(0, as_bytes("12345678")));
    const std::string fill(20, 'x');
    for (const std::uint64_t offset :
         {std::uint64_t{0}, std::uint64_t{1}, std::uint64_t{cap - 1}, std::uint64_t{cap},
          std::uint64_t{cap + 1}, std::uint64_t{1} << 31U, (std::uint64_t{1} << 32U) - 1, most64}) {
      for (const std::size_t length : {std::size_t{0}, std::size_t{1}, cap - 1, cap, cap + 1}) {
        CAPTURE(offset);
        CAPTURE(length);
        const bool inside = linmem::in_bounds(offset, length, cap);
        const std::string before = support::to_string(b->view());
        const auto r = b->write_at(offset, as_bytes(std::string_view{fill}.substr(0, length)));
        CHECK(r.has_value() == inside);
        if (!r) {
          CHECK(r.error().code == errc::out_of_range);
          CHECK(support::to_string(b->view()) == before);
        }
        REQUIRE(b->write_at(0, as_bytes("12345678")));
        std::array<std::byte, cap + 1> out{};
        CHECK(b->read_at(offset, linmem::byte_span{out}.first(length)).has_value() == inside);
      }
    }
  }

  TEST_CASE("a write that would leave a gap is refused") {
    auto b = shared_buffer<>::create(8);
    const auto r = b->write_at(1, as_bytes("x"));
    REQUIRE_FALSE(r);
    CHECK(r.error() == linmem::error{errc::out_of_range, "", 0, 1});
  }

  TEST_CASE("reserve lends room, commit keeps what really came") {
    auto b = shared_buffer<>::create(10);
    REQUIRE(b->write_at(0, as_bytes("ab")));
    auto room = b->reserve(6);
    REQUIRE(room);
    CHECK(room->data() == b->data() + 2);
    linmem::copy_bytes(as_bytes("cdef"), *room);
    CHECK(b->position() == 2);
    CHECK(b->commit(7).error() == linmem::error{errc::out_of_range, "", 6, 7});
    REQUIRE(b->commit(4));
    CHECK(support::to_string(b->view()) == "abcdef");
    CHECK(b->commit(1).error().code == errc::out_of_range); // the reservation has ended
    CHECK(b->reserve(5).error() == linmem::error{errc::limit_exceeded, "", 4, 5});
    CHECK(b->reserve(4));
    CHECK(b->reserve(0));
    CHECK(b->commit(0));
  }

  TEST_CASE("a write behind the committed bytes ends a reservation that lay there") {
    auto b = shared_buffer<>::create(8);
    REQUIRE(b->reserve(6));
    REQUIRE(b->write_at(0, as_bytes("abcde")));
    CHECK(b->commit(6).error() == linmem::error{errc::out_of_range, "", 0, 6});
    CHECK(support::to_string(b->view()) == "abcde");
  }

  TEST_CASE("reset forgets, clear overwrites") {
    auto b = shared_buffer<>::create(4);
    REQUIRE(b->write_at(0, as_bytes("abcd")));
    b->reset();
    CHECK(b->position() == 0);
    CHECK(b->data()[0] == std::byte{'a'});
    REQUIRE(b->reserve(2));
    b->clear();
    CHECK(b->data()[0] == std::byte{0});
    CHECK(b->commit(1).error().code == errc::out_of_range);
  }

  TEST_CASE("moving moves the bytes' owner, not the bytes") {
    auto a = shared_buffer<>::create(4);
    REQUIRE(a->write_at(0, as_bytes("abcd")));
    const std::byte* where = a->data();
    shared_buffer<> b = std::move(*a);
    CHECK(b.data() == where);
    auto c = shared_buffer<>::create(9);
    *c = std::move(b);
    CHECK(c->data() == where);
    CHECK(support::to_string(c->view()) == "abcd");
    auto d = shared_buffer<>::adopt(c->release());
    CHECK(d.data() == where);
  }

  TEST_CASE("a buffer lives in a caller's memory, and says what lies there to whoever looks") {
    alignas(16) std::array<std::byte, 128> region{};
    {
      auto b = shared_buffer<span_storage>::create(64, span_storage{region});
      REQUIRE(b);
      REQUIRE(b->write_at(0, as_bytes("shared")));
      const auto* seen = reinterpret_cast<const linmem::buffer_block*>(region.data());
      CHECK(seen->capacity == 64);
      CHECK(seen->position == 6);
      CHECK(std::memcmp(region.data() + seen->data_offset, "shared", 6) == 0);
      CHECK(shared_buffer<span_storage>::create(65, span_storage{region}).error().code ==
            errc::out_of_memory);
    }
    std::uint32_t magic = 1;
    std::memcpy(&magic, region.data(), sizeof magic);
    CHECK(magic == 0); // ended: a stale reader finds no buffer
  }

  TEST_CASE("a lease counts, and moves without counting twice") {
    auto b = shared_buffer<>::create(4);
    linmem::buffer_block* block = b->release();
    {
      linmem::buffer_lease one{block};
      linmem::buffer_lease two = std::move(one);
      CHECK(block->leases == 1);
      const linmem::buffer_lease three{block};
      CHECK(block->leases == 2);
      const linmem::buffer_lease none{nullptr};
    }
    CHECK(block->leases == 0);
    auto freed = shared_buffer<>::adopt(block);
  }

  TEST_CASE("random operations agree with a string") {
    support::numbers random{11};
    for (int round = 0; round < 200; ++round) {
      const std::size_t cap = 1 + random.below(300);
      auto b = shared_buffer<>::create(cap);
      REQUIRE(b);
      std::string model;
      std::size_t reserved = 0;
      std::string lent;
      for (int i = 0; i < 200; ++i) {
        const std::string data(random.below(cap + 3), static_cast<char>('a' + random.below(26)));
        switch (random.below(5)) {
          case 0: {
            const std::size_t at = random.below(cap + 3);
            const bool fits = at <= model.size() && linmem::in_bounds(at, data.size(), cap);
            REQUIRE(b->write_at(at, as_bytes(data)).has_value() == fits);
            if (fits) {
              if (at + data.size() > model.size()) {
                model.resize(at + data.size());
                reserved = 0;
              }
              model.replace(at, data.size(), data);
            }
            break;
          }
          case 1: {
            auto room = b->reserve(data.size());
            REQUIRE(room.has_value() == (data.size() <= cap - model.size()));
            if (room) {
              reserved = data.size();
              lent = data;
              linmem::copy_bytes(as_bytes(data), *room);
            }
            break;
          }
          case 4: {
            const std::size_t n = random.below(reserved + 2);
            REQUIRE(b->commit(n).has_value() == (n <= reserved));
            if (n <= reserved) {
              model += lent.substr(0, n);
              reserved = 0;
            }
            break;
          }
          case 2:
            if (random.below(20) == 0) {
              b->reset();
              model.clear();
              reserved = 0;
            }
            break;
          default: {
            const std::size_t at = random.below(cap + 3);
            std::string out(data.size(), '?');
            const bool fits = linmem::in_bounds(at, out.size(), model.size());
            REQUIRE(b->read_at(at, std::as_writable_bytes(std::span{out})).has_value() == fits);
            if (fits) { REQUIRE(out == model.substr(at, out.size())); }
          }
        }
        REQUIRE(support::to_string(b->view()) == model);
      }
    }
  }
}
