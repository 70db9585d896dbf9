#include <linmem/shared_buffer.hpp>

#include "failing_storage.hpp"
#include "support.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>
#include <limits>
#include <optional>
#include <string>
#include <vector>

using linmem::as_bytes;
using linmem::errc;
using linmem::heap_storage;
using linmem::shared_buffer;
using linmem::span_storage;
using support::failing_ref;
using support::failing_storage;

namespace {

constexpr auto most64 = std::numeric_limits<std::uint64_t>::max();
constexpr auto most = std::numeric_limits<std::size_t>::max();

// 0, 1, and both sides of every edge that matters for a buffer of `cap` elements.
std::vector<std::uint64_t> edges(std::uint64_t cap) {
  return {0,
          1,
          cap - 1,
          cap,
          cap + 1,
          (std::uint64_t{1} << 31U) - 1,
          std::uint64_t{1} << 31U,
          (std::uint64_t{1} << 32U) - 1,
          std::uint64_t{1} << 32U,
          (std::uint64_t{1} << 32U) + cap,
          most64 - cap,
          most64 - 1,
          most64};
}

struct point {
  float x, y, z;
  friend bool operator==(const point&, const point&) = default;
};

template <class T>
T value_of(std::uint64_t n) {
  if constexpr (std::is_same_v<T, point>) {
    const auto f = static_cast<float>(n % 1000);
    return {f, f + 1, f + 2};
  } else {
    return static_cast<T>(n);
  }
}

// Random operations on a buffer and on the vector that it should equal.
template <class T>
void compare_with_model(std::uint64_t seed, std::uint64_t operations) {
  support::numbers random{seed};
  failing_storage heap;
  using buffer = shared_buffer<failing_ref, T>;
  std::optional<buffer> b;
  std::vector<T> model;
  std::vector<T> lent; // what the room was filled with
  std::optional<linmem::buffer_lease> lease;
  std::uint32_t generation = 0;
  bool alike = true;
  const auto expect = [&](bool right) { alike = alike && right; };

  for (std::uint64_t i = 0; i < operations && alike; ++i) {
    if (!b) {
      b = buffer::try_create(1 + random.below(40), heap, {.locks = random.below(2) == 0});
      REQUIRE(b);
      model.clear();
      lent.clear();
      generation = b->generation();
    }
    const std::size_t cap = b->capacity();
    std::vector<T> data(random.below(cap + 3), value_of<T>(random.next()));
    const std::uint64_t anywhere =
        random.below(8) == 0 ? edges(cap)[random.below(13)] : random.below(cap + 2);
    switch (random.below(16)) {
      case 0:
      case 1:
      case 2: {
        const bool fits = anywhere <= model.size() && linmem::in_bounds(anywhere, data.size(), cap);
        expect(b->write_at(anywhere, data).has_value() == fits);
        if (fits) {
          const auto at = static_cast<std::size_t>(anywhere);
          if (at + data.size() > model.size()) {
            model.resize(at + data.size());
            lent.clear();
          }
          std::copy(data.begin(), data.end(), model.begin() + static_cast<std::ptrdiff_t>(at));
        }
        break;
      }
      case 3:
      case 4:
      case 5: {
        const std::size_t asked =
            anywhere > most ? most : std::max(data.size(), static_cast<std::size_t>(anywhere));
        auto room = b->reserve(asked);
        expect(room.has_value() == (asked <= cap - model.size()));
        if (room) {
          lent.assign(asked, value_of<T>(random.next()));
          std::copy(lent.begin(), lent.end(), room->begin());
        }
        break;
      }
      case 6:
      case 7: {
        const std::size_t n = random.below(lent.size() + 2);
        expect(b->commit(n).has_value() == (n <= lent.size()));
        if (n <= lent.size()) {
          model.insert(model.end(), lent.begin(), lent.begin() + static_cast<std::ptrdiff_t>(n));
          lent.clear();
        }
        break;
      }
      case 8: {
        const bool done = (random.below(2) == 0 ? b->reset() : b->clear()).has_value();
        expect(done == !lease);
        if (done) {
          model.clear();
          lent.clear();
          expect(b->generation() != generation);
          generation = b->generation();
        }
        break;
      }
      case 9: {
        const std::size_t to = random.below(cap + 2);
        heap.fail_at(random.below(2)); // the first allocation, or none
        const bool refuses = to == 0 || to < model.size() || to > cap || lease || !lent.empty();
        const std::size_t refused = heap.refused();
        const bool done = b->shrink(to).has_value();
        heap.grant();
        expect(done == (!refuses && heap.refused() == refused));
        expect(b->capacity() == (done ? to : cap));
        generation = b->generation();
        break;
      }
      case 10:
        if (lease) {
          lease.reset();
        } else {
          lease = b->lease();
        }
        expect(b->leases() == (lease ? 1U : 0U));
        break;
      case 11: {
        auto moved = random.below(2) == 0 ? std::move(*b) : buffer::adopt(b->release(), heap);
        b = std::move(moved);
        break;
      }
      case 12:
        if (random.below(8) == 0) {
          const bool done = b->free().has_value();
          expect(done == !lease);
          if (done) {
            b.reset();
            expect(heap.outstanding() == 0);
          }
        }
        break;
      default: {
        const bool fits = linmem::in_bounds(anywhere, data.size(), model.size());
        expect(b->subview(anywhere, data.size()).has_value() == fits);
        expect(b->read_at(anywhere, data).has_value() == fits);
        if (fits) {
          expect(std::equal(data.begin(), data.end(),
                            model.begin() + static_cast<std::ptrdiff_t>(anywhere)));
        }
      }
    }
    if (b) {
      const auto seen = std::as_const(*b).view();
      expect(std::equal(seen.begin(), seen.end(), model.begin(), model.end()));
    }
    if (!alike) { FAIL_CHECK("seed " << seed << ", operation " << i); }
  }
  lease.reset();
  b.reset();
  CHECK(heap.outstanding() == 0);
  CHECK(heap.mistakes() == 0);
}

} // namespace

TEST_SUITE("shared_buffer") {
  TEST_CASE("a new buffer has its capacity, aligned data and nothing committed") {
    for (const bool locks : {false, true}) {
      auto b = shared_buffer<>::create(100, {}, {.locks = locks});
      REQUIRE(b);
      CHECK(b->capacity() == 100);
      CHECK(b->position() == 0);
      CHECK(b->view().empty());
      CHECK(reinterpret_cast<std::uintptr_t>(b->data()) % 16 == 0);
      CHECK(b->block().magic == linmem::buffer_block::expected_magic);
      CHECK(b->locks().has_value() == locks);
      if (locks) { CHECK(*b->locks()->holder(15) == 0); } // malloc's bytes need not be zero
    }
  }

  TEST_CASE("capacity 0 is an error, more than there is is another") {
    CHECK(shared_buffer<>::create(0).error() == linmem::error{errc::invalid_argument, "", 1, 0});
    CHECK_FALSE(shared_buffer<>::try_create(0));
    volatile std::size_t all = most;
    for (const std::size_t less : {0U, 1U, 63U, 64U, 65U, 71U, 72U, 73U, 87U, 88U, 136U, 152U}) {
      for (const bool locks : {false, true}) {
        const auto b = shared_buffer<>::create(all - less, {}, {.locks = locks});
        REQUIRE_FALSE(b);
        CHECK(b.error() == linmem::error{errc::out_of_memory, "", 0, all - less});
        CHECK_FALSE(shared_buffer<>::try_create(all - less));
      }
    }
  }

  TEST_CASE("a capacity in elements that overflows in bytes is refused, not made small") {
    using doubles = shared_buffer<heap_storage, double>;
    volatile std::size_t eighth = most / 8;
    for (const std::size_t more : {0U, 1U, 2U, 16U}) { // 8 * (most / 8 + 1) wraps to 0, and so on
      CHECK(doubles::create(eighth + more).error().code == errc::out_of_memory);
    }
    volatile std::size_t all = most;
    CHECK(doubles::create(all).error().actual == most);
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
    CHECK(linmem::as_text(*b->subview(0, 5)) == "Jello");
  }

  TEST_CASE("offset plus length that overflows is refused: every edge is inside or an error, never "
            "a part") {
    constexpr std::size_t cap = 8;
    auto b = shared_buffer<>::create(cap);
    REQUIRE(b->write_at(0, as_bytes("12345678")));
    const std::string fill(20, 'x');
    for (const std::uint64_t offset : edges(cap)) {
      for (const std::size_t length : {std::size_t{0}, std::size_t{1}, cap - 1, cap, cap + 1}) {
        CAPTURE(offset);
        CAPTURE(length);
        const bool inside = linmem::in_bounds(offset, length, cap);
        const auto r = b->write_at(offset, as_bytes(std::string_view{fill}.substr(0, length)));
        CHECK(r.has_value() == inside);
        if (!r) {
          CHECK(r.error().code == errc::out_of_range);
          CHECK(support::to_string(b->view()) == "12345678");
        }
        REQUIRE(b->write_at(0, as_bytes("12345678")));
        std::array<std::byte, cap + 1> out{};
        CHECK(b->read_at(offset, linmem::byte_span{out}.first(length)).has_value() == inside);
        if (!inside) { CHECK(out == std::array<std::byte, cap + 1>{}); }
      }
      for (const std::uint64_t length : edges(cap)) {
        CAPTURE(offset);
        CAPTURE(length);
        const auto part = b->subview(offset, length);
        CHECK(part.has_value() == linmem::in_bounds(offset, length, cap));
        if (part) {
          CHECK(part->size() == length);
        } else {
          CHECK(part.error().limit == cap);
        }
      }
    }
  }

  TEST_CASE("counts at every edge are reserved and committed when they fit, and refused with the "
            "number") {
    constexpr std::size_t cap = 8;
    for (const std::uint64_t count : edges(cap)) {
      if (count > most) { continue; } // no size_t here
      CAPTURE(count);
      const auto n = static_cast<std::size_t>(count);
      auto b = shared_buffer<>::create(cap);
      const auto room = b->reserve(n);
      CHECK(room.has_value() == (count <= cap));
      if (!room) { CHECK(room.error() == linmem::error{errc::limit_exceeded, "", cap, count}); }
      REQUIRE(b->reserve(cap));
      const auto done = b->commit(n);
      CHECK(done.has_value() == (count <= cap));
      if (!done) { CHECK(done.error() == linmem::error{errc::out_of_range, "", cap, count}); }
      CHECK(b->position() == (count <= cap ? count : 0));
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

  TEST_CASE("reset forgets, clear overwrites, and both say that views have expired") {
    auto b = shared_buffer<>::create(4);
    REQUIRE(b->write_at(0, as_bytes("abcd")));
    const std::uint32_t first = b->generation();
    REQUIRE(b->reset());
    CHECK(b->position() == 0);
    CHECK(b->data()[0] == std::byte{'a'});
    CHECK(b->generation() != first);
    const std::uint32_t second = b->generation();
    REQUIRE(b->reserve(2));
    REQUIRE(b->clear());
    CHECK(std::all_of(b->data(), b->data() + 4, [](std::byte x) { return x == std::byte{0}; }));
    CHECK(b->commit(1).error().code == errc::out_of_range);
    CHECK(b->generation() != second);
  }

  TEST_CASE("elements of a type: counted as such, and named for the host") {
    auto b = shared_buffer<heap_storage, float>::create(10);
    REQUIRE(b);
    CHECK(b->capacity() == 10);
    CHECK(b->block().capacity == 40); // the block counts bytes
    CHECK(b->block().element == static_cast<std::uint32_t>(linmem::field_type::f32));
    REQUIRE(b->write_at(0, std::array{1.5F, 2.5F}));
    auto room = b->reserve(8);
    REQUIRE(room);
    (*room)[0] = 3.5F;
    REQUIRE(b->commit(1));
    CHECK(b->position() == 3);
    CHECK(b->block().position == 12);
    CHECK(b->view()[2] == 3.5F);
    CHECK(b->reserve(8).error() == linmem::error{errc::limit_exceeded, "", 7, 8});
    CHECK(std::string_view{b->reserve(8).error().subject} == "free buffer elements");
    std::array<float, 2> out{};
    REQUIRE(b->read_at(1, out));
    CHECK(out == std::array{2.5F, 3.5F});

    auto points = shared_buffer<heap_storage, point>::create(2);
    REQUIRE(points->write_at(0, std::array{point{1, 2, 3}}));
    CHECK(points->view()[0] == point{1, 2, 3});
    CHECK(points->block().element == 0);
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
    alignas(16) std::array<std::byte, 136> region{};
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
      auto view = b->share();
      REQUIRE(view.write_at(6, as_bytes("!")));
      CHECK(support::to_string(b->view()) == "shared!");
    }
    std::uint32_t magic = 1;
    std::memcpy(&magic, region.data(), sizeof magic);
    CHECK(magic == 0); // ended: a stale reader finds no buffer
  }

  TEST_CASE("a buffer in a static array, through a reference to it") {
    static constinit linmem::static_storage<256> region;
    using buffer = shared_buffer<linmem::storage_ref<linmem::static_storage<256>>>;
    auto first = buffer::create(256 - 64 - 8, region);
    REQUIRE(first);
    CHECK(buffer::create(1, region).error().code == errc::out_of_memory); // it is taken
    REQUIRE(first->free());
    CHECK(buffer::create(256 - 64 - 7, region).error().code == errc::out_of_memory);
    CHECK(buffer::create(1, region));
  }

  TEST_CASE("a leased buffer is not freed, shrunk, reset or cleared, and stays as it was") {
    auto b = shared_buffer<>::create(8);
    REQUIRE(b->write_at(0, as_bytes("abcd")));
    const std::byte* where = b->data();
    {
      const auto one = b->lease();
      const auto two = b->lease();
      const linmem::error expected{errc::leased, "", 0, 2};
      CHECK(b->leases() == 2);
      CHECK(b->free().error() == expected);
      CHECK(b->shrink(4).error() == expected);
      CHECK(b->reset().error() == expected);
      CHECK(b->clear().error() == expected);
      shared_buffer<> moved = std::move(*b); // the owner moves, the bytes do not
      CHECK(moved.data() == where);
      CHECK(support::to_string(moved.view()) == "abcd");
      *b = std::move(moved);
    }
    CHECK(b->shrink(4));
    CHECK(b->reset());
    CHECK(b->clear());
    CHECK(b->free());
    CHECK(b->release() == nullptr); // there is nothing left to free
  }

#if !LINMEM_CHECKED
  TEST_CASE("a buffer that goes while a lease is out keeps its bytes: rather lost than dangling") {
    failing_storage heap;
    linmem::buffer_block* block = nullptr;
    {
      std::optional<linmem::buffer_lease> lease;
      {
        auto b = shared_buffer<failing_ref>::create(8, heap);
        lease = b->lease();
        block = b->release();
        const auto owner = shared_buffer<failing_ref>::adopt(block, heap);
      }
      CHECK(heap.outstanding() == 1);
      CHECK(block->magic == linmem::buffer_block::expected_magic);
    }
    static_cast<void>(shared_buffer<failing_ref>::adopt(block, heap));
    CHECK(heap.outstanding() == 0);
  }
#endif

  TEST_CASE("shrinking moves what is committed and the lock words, and says so") {
    failing_storage heap;
    auto b = shared_buffer<failing_ref>::create(100, heap, {.locks = true});
    REQUIRE(b->write_at(0, as_bytes("kept")));
    REQUIRE(b->locks()->try_lock(3, 9));
    const std::uint32_t generation = b->generation();
    CHECK(b->shrink(3).error() == linmem::error{errc::out_of_range, "", 4, 3});
    CHECK(b->shrink(101).error() == linmem::error{errc::out_of_range, "", 100, 101});
    CHECK(b->shrink(0).error().code == errc::invalid_argument);
    CHECK(b->shrink(most).error() == linmem::error{errc::out_of_range, "", 100, most});
    REQUIRE(b->reserve(5));
    CHECK(b->shrink(4).error() == linmem::error{errc::leased, "", 0, 5}); // somebody fills it
    REQUIRE(b->commit(0));
    REQUIRE(b->shrink(4));
    CHECK(b->capacity() == 4);
    CHECK(support::to_string(b->view()) == "kept");
    CHECK(*b->locks()->holder(3) == 9);
    CHECK(b->generation() != generation);
    CHECK(heap.outstanding() == 1);
    CHECK(b->reserve(1).error() == linmem::error{errc::limit_exceeded, "", 0, 1});
    CHECK(b->shrink(4)); // nothing to do
  }

  TEST_CASE(
      "every allocation failing in turn: an error value, the state unchanged, nothing leaked") {
    failing_storage heap;
    for (std::size_t n = 0;; ++n) {
      CAPTURE(n);
      heap.fail_at(n);
      const std::size_t refused = heap.refused();
      auto b = shared_buffer<failing_ref>::create(100, heap);
      if (!b) {
        CHECK(b.error() == linmem::error{errc::out_of_memory, "", 0, 100});
        CHECK(heap.outstanding() == 0);
        continue;
      }
      const auto tried = shared_buffer<failing_ref>::try_create(100, heap);
      CHECK(tried.has_value() == (heap.refused() == refused));
      REQUIRE(b->write_at(0, as_bytes("kept")));
      REQUIRE(b->write_at(4, as_bytes(" too"))); // none of these allocates
      const std::byte* where = b->data();
      const auto shrunk = b->shrink(10);
      if (!shrunk) {
        CHECK(shrunk.error() == linmem::error{errc::out_of_memory, "", 0, 10});
        CHECK(b->capacity() == 100);
        CHECK(b->data() == where);
      }
      CHECK(support::to_string(b->view()) == "kept too");
      CHECK(b->reset());
      if (heap.refused() == refused) { break; } // every allocation was granted: the end
    }
    CHECK(heap.outstanding() == 0);
    CHECK(heap.mistakes() == 0);
    CHECK(heap.refused() == 3); // create, try_create, shrink
  }

  TEST_CASE("a buffer gives its bytes back: nothing is kept for the process's lifetime") {
    failing_storage heap;
    for (int i = 0; i < 100; ++i) {
      auto a = shared_buffer<failing_ref>::create(1000, heap);
      auto b = shared_buffer<failing_ref, double>::create(7, heap, {.locks = true});
      *a = std::move(*shared_buffer<failing_ref>::create(2000, heap)); // frees the first
      CHECK(heap.outstanding() == 2);
      const auto given = shared_buffer<failing_ref>::adopt(a->release(), heap);
      REQUIRE(b->shrink(3));
      if (i % 2 == 0) { REQUIRE(b->free()); }
    }
    CHECK(heap.outstanding() == 0);
    CHECK(heap.mistakes() == 0); // every size came back as it was given
  }

  TEST_CASE("random operations agree with a vector") {
    const std::uint64_t each = support::operations(600'000) / 3;
    compare_with_model<std::byte>(2024, each);
    compare_with_model<std::uint16_t>(2025, each);
    compare_with_model<point>(2026, each);
  }
}
