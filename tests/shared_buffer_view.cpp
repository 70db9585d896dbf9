#include <linmem/shared_buffer_view.hpp>

#include <linmem/shared_buffer.hpp>

#include "support.hpp"

#include <doctest/doctest.h>

#include <array>
#include <cstdint>
#include <cstring>
#include <limits>
#include <memory>
#include <string>
#include <vector>

#if LINMEM_THREADS
#include <thread>
#endif

using linmem::as_bytes;
using linmem::buffer_block;
using linmem::errc;
using linmem::shared_buffer;
using linmem::shared_buffer_view;
using linmem::span_storage;

namespace {

constexpr auto most64 = std::numeric_limits<std::uint64_t>::max();

// Memory with a buffer in it, as another process would find it.
template <class T = std::byte>
struct mapping {
  alignas(16) std::array<std::byte, 1024> bytes{};
  shared_buffer<span_storage, T> owner;

  explicit mapping(std::size_t capacity, bool locks = false)
      : owner{std::move(*shared_buffer<span_storage, T>::create(capacity, span_storage{bytes},
                                                                {.locks = locks}))} {}
  mapping(const mapping&) = delete;
  mapping& operator=(const mapping&) = delete;

  buffer_block& block() { return *reinterpret_cast<buffer_block*>(bytes.data()); }
  template <class U = T>
  auto open() {
    return shared_buffer_view<U>::open(bytes);
  }
};

} // namespace

TEST_SUITE("shared_buffer_view") {
  TEST_CASE("what the owner commits is read through a view, and the other way round") {
    mapping m{64};
    auto view = m.open();
    REQUIRE(view);
    CHECK(view->capacity() == 64);
    REQUIRE(m.owner.write_at(0, as_bytes("from the owner")));
    CHECK(support::to_string(view->view()) == "from the owner");
    auto room = view->reserve(20);
    REQUIRE(room);
    linmem::copy_bytes(as_bytes(", and back"), *room);
    REQUIRE(view->commit(10));
    CHECK(support::to_string(m.owner.view()) == "from the owner, and back");
    CHECK(linmem::as_text(*m.owner.subview(16, 8)) == "and back");
    CHECK(view->data() == m.owner.data());
  }

  TEST_CASE("a block that nobody made, that has ended or that is damaged does not open") {
    alignas(16) std::array<std::byte, 256> zeros{};
    CHECK(shared_buffer_view<>::open(zeros).error().code == errc::corrupt);
    CHECK(shared_buffer_view<>::open({}).error().code == errc::corrupt);
    mapping m{64};
    m.block().capacity = 1025;
    CHECK(m.open().error() == linmem::error{errc::corrupt, "", 1024 - 64 - 8, 1025});
    m.block().capacity = 64;
    REQUIRE(m.owner.free());
    CHECK(m.open().error() == linmem::error{errc::corrupt, "", buffer_block::expected_magic, 0});
  }

  TEST_CASE("a buffer of other elements does not open, except as bytes") {
    mapping<float> m{8};
    CHECK(m.open<float>()->capacity() == 8);
    CHECK(m.open<std::byte>()->capacity() == 32);
    CHECK(m.open<double>().error().code == errc::invalid_argument);
    CHECK(m.open<std::uint32_t>().error().code == errc::invalid_argument);
    m.block().capacity = 31; // no whole number of floats
    CHECK(m.open<float>().error().code == errc::invalid_argument);
    m.block().capacity = 32;
    mapping<> bytes{8};
    CHECK(bytes.open<float>().error().code == errc::invalid_argument);
  }

  TEST_CASE("what the other side writes into the block later is never followed out of the buffer") {
    for (const std::uint64_t position :
         {std::uint64_t{65}, std::uint64_t{1} << 31U, std::uint64_t{1} << 32U, most64}) {
      CAPTURE(position);
      mapping m{64};
      auto view = m.open();
      m.block().position = position;
      m.block().capacity = most64;
      m.block().data_offset = 900;
      m.block().locks_offset = 512;
      CHECK(view->capacity() == 64);
      CHECK(view->position() == 64);
      CHECK(view->view().size() == 64);
      CHECK(view->view().data() == m.bytes.data() + 64);
      CHECK(view->subview(0, 65).error() == linmem::error{errc::out_of_range, "", 64, 65});
      CHECK(view->reserve(1).error() == linmem::error{errc::corrupt, "", 64, position});
      CHECK(view->commit(0).error().code == errc::corrupt);
      CHECK(view->write_at(0, as_bytes("x")).error().code == errc::corrupt);
      CHECK(view->locks().error().code == errc::unsupported);
      m.block().locks_offset = 64; // where the data is
      CHECK(view->locks().error().code == errc::unsupported);
      CHECK(view->reset()); // the way out
      CHECK(view->write_at(0, as_bytes("x")));
    }
  }

  TEST_CASE("a reservation that grew in the block is not committed") {
    for (const std::uint64_t reserved : {std::uint64_t{65}, std::uint64_t{1} << 32U, most64}) {
      mapping m{64};
      auto view = m.open();
      REQUIRE(view->write_at(0, as_bytes("1234")));
      REQUIRE(view->reserve(4));
      m.block().reserved = reserved;
      CHECK(view->commit(4).error() == linmem::error{errc::corrupt, "", 60, reserved});
      CHECK(view->position() == 4);
      CHECK(view->commit(1).error().code == errc::out_of_range); // it has ended
    }
  }

  TEST_CASE("a position between two elements is corrupt, and reads as the elements before it") {
    mapping<std::uint32_t> m{4};
    const std::array<std::uint32_t, 2> two{1, 2};
    REQUIRE(m.owner.write_at(0, two));
    m.block().position = 7;
    CHECK(m.owner.position() == 1);
    CHECK(m.owner.write_at(0, two).error().code == errc::corrupt);
  }

#if LINMEM_CHECKED
  TEST_CASE(
      "a write behind what was reserved is found: nothing is committed, the reservation ends") {
    // Behind it lies free room; or, when all of it is reserved, the guard that every buffer has.
    for (const std::size_t reserved :
         {std::size_t{0}, std::size_t{1}, std::size_t{63}, std::size_t{64}}) {
      for (std::size_t behind = 0; behind < 8; ++behind) {
        CAPTURE(reserved);
        CAPTURE(behind);
        mapping m{64};
        auto room = m.owner.reserve(reserved);
        REQUIRE(room);
        std::byte& hit = *(room->data() + reserved + behind);
        hit ^= std::byte{1};
        CHECK(m.owner.commit(reserved + 1).error().code == errc::out_of_range); // changes nothing
        CHECK(m.owner.commit(reserved).error() ==
              linmem::error{errc::corrupt, "", reserved, reserved});
        CHECK(m.owner.position() == 0);
        CHECK(m.block().reserved == 0);
        REQUIRE(m.owner.reserve(reserved));
        CHECK(m.owner.commit(reserved)); // one that was kept within
      }
    }
  }

  TEST_CASE("filling all that is reserved is no overrun, whatever it is filled with") {
    for (const unsigned byte : {0x00U, 0xFFU, 0x2DU, 0x9BU}) {
      mapping m{64};
      auto room = m.owner.reserve(64);
      for (std::byte& b : *room) { b = static_cast<std::byte>(byte); }
      CHECK(m.owner.commit(64));
    }
  }
#endif

  TEST_CASE("a reservation made by a build without checks is committed by one with them") {
    mapping m{64};
    REQUIRE(m.owner.reserve(8));
    m.block().guarded = 0; // as the other build leaves it
    std::memset(m.owner.data(), 0, 64);
    CHECK(m.owner.commit(8));
  }

  TEST_CASE("lock words are there when asked for, free after every reset, and the same for all") {
    mapping without{64};
    CHECK(without.owner.locks().error().code == errc::unsupported);
    mapping m{64, true};
    CHECK(m.block().locks_offset == 64);
    CHECK(m.block().data_offset == 128);
    auto view = m.open();
    REQUIRE(view);
    REQUIRE(m.owner.locks()->try_lock(15, 8));
    CHECK(view->locks()->try_lock(15).error() == linmem::error{errc::leased, "", 0, 8});
    std::uint32_t word = 0;
    std::memcpy(&word, m.bytes.data() + 64 + 15 * 4, 4); // what JavaScript sees
    CHECK(word == 8);
    REQUIRE(view->reset());
    CHECK(*m.owner.locks()->holder(15) == 0);
    REQUIRE(m.owner.locks()->try_lock(0));
    REQUIRE(view->clear());
    CHECK(*m.owner.locks()->holder(0) == 0);
  }

  TEST_CASE("what is written may lie in the buffer itself") {
    mapping m{64};
    REQUIRE(m.owner.write_at(0, as_bytes("abcdef")));
    REQUIRE(m.owner.write_at(2, m.owner.view()));
    CHECK(support::to_string(m.owner.view()) == "ababcdef");
    REQUIRE(m.owner.write_at(0, *m.owner.subview(2, 6)));
    CHECK(support::to_string(m.owner.view()) == "abcdefef");
    REQUIRE(m.owner.read_at(0, linmem::byte_span{m.owner.data(), 8}.subspan(1, 7)));
    CHECK(support::to_string(m.owner.view()) == "aabcdefe");
  }

#if LINMEM_THREADS
  TEST_CASE("another thread sees committed bytes whole, however they are committed") {
    constexpr std::uint32_t count = 20000;
    auto buffer = shared_buffer<linmem::heap_storage, std::uint32_t>::create(2 * count);
    REQUIRE(buffer);
    std::thread writer{[&buffer] {
      for (std::uint32_t i = 0; i < count; ++i) { // pairs: n, ~n
        const std::array<std::uint32_t, 2> pair{i, ~i};
        if (i % 2 == 0) {
          static_cast<void>(buffer->write_at(buffer->position(), pair));
        } else if (auto room = buffer->reserve(2)) {
          (*room)[0] = pair[0];
          (*room)[1] = pair[1];
          static_cast<void>(buffer->commit(2));
        }
      }
    }};
    std::uint32_t seen = 0;
    int wrong = 0;
    while (seen < count) {
      const auto committed = std::as_const(*buffer).view();
      if (committed.size() % 2 != 0) { ++wrong; }
      for (; seen < committed.size() / 2; ++seen) {
        if (committed[2 * seen] != seen || committed[2 * seen + 1] != ~seen) { ++wrong; }
      }
      std::this_thread::yield();
    }
    writer.join();
    CHECK(wrong == 0);
  }
#endif
}
