// What a second process sees of a buffer, and what it may do to it.
#include "process.hpp"

#include <linmem/shared_buffer.hpp>

#include "../support.hpp"

#include <doctest/doctest.h>

#include <array>
#include <numeric>
#include <vector>

using linmem::as_bytes;
using linmem::as_text;
using linmem::errc;
using linmem::shared_buffer;
using linmem::shared_buffer_view;
using linmem::span_storage;
using support::bytes_of;
using support::process;
using support::shared_file;

TEST_SUITE("interprocess") {
  TEST_CASE("a reader that maps the memory at another address finds what the writer commits") {
    const shared_file file{1U << 16U};
    const auto mine = file.map();
    const auto also_mine =
        file.map(); // the same bytes, elsewhere: nothing in a block is an address
    REQUIRE(mine.get_address() != also_mine.get_address());
    process writer{[&file] {
      const auto region = file.map();
      auto buffer = shared_buffer<span_storage, double>::create(100, bytes_of(region));
      if (!buffer) { _exit(1); }
      for (int i = 0; i < 100; ++i) {
        auto room = buffer->reserve(1);
        if (!room) { _exit(2); }
        room->front() = i;
        if (!buffer->commit(1)) { _exit(3); }
      }
      static_cast<void>(buffer->release()); // the bytes stay behind
    }};
    auto view = shared_buffer_view<double>::open(bytes_of(mine));
    REQUIRE(support::wait_until([&] { // corrupt until the block is complete, then never again
      if (!view) { view = shared_buffer_view<double>::open(bytes_of(mine)); }
      return view.has_value();
    }));
    REQUIRE(support::wait_until([&] { return view->position() == 100; }));
    CHECK(writer.join());
    const auto other = shared_buffer_view<double>::open(bytes_of(also_mine));
    REQUIRE(other);
    const auto committed = other->view();
    CHECK(std::accumulate(committed.begin(), committed.end(), 0.0) == 4950.0);
  }

  TEST_CASE("both processes write in turn, each behind what the other committed") {
    const auto region = boost::interprocess::anonymous_shared_memory(4096);
    auto buffer = shared_buffer<span_storage>::create(1000, bytes_of(region));
    REQUIRE(buffer);
    REQUIRE(buffer->write_at(0, as_bytes("one ")));
    process other{[&region] {
      auto view = shared_buffer_view<>::open(bytes_of(region));
      _exit(view && view->write_at(view->position(), as_bytes("two ")) ? 0 : 1);
    }};
    CHECK(other.join());
    REQUIRE(buffer->write_at(buffer->position(), as_bytes("three")));
    CHECK(as_text(buffer->view()) == "one two three");
  }

  TEST_CASE("a lock is held by one process at a time") {
    const auto region = boost::interprocess::anonymous_shared_memory(4096);
    auto buffer =
        shared_buffer<span_storage, std::uint64_t>::create(1, bytes_of(region), {.locks = true});
    REQUIRE(buffer);
    REQUIRE(buffer->write_at(0, std::array<std::uint64_t, 1>{0}));
    constexpr std::uint64_t rounds = 20000;
    const auto count_up = [&region](std::uint32_t number) {
      auto view = shared_buffer_view<std::uint64_t>::open(bytes_of(region));
      auto locks = *view->locks();
      for (std::uint64_t i = 0; i < rounds;) {
        if (!locks.lock(0, number, 1000)) {
          std::this_thread::yield();
          continue;
        }
        ++view->data()[0]; // not atomic: two at once would lose counts
        ++i;
        if (!locks.unlock(0, number)) { return false; }
      }
      return true;
    };
    process other{[&] { _exit(count_up(2) ? 0 : 1); }};
    CHECK(count_up(1));
    CHECK(other.join());
    CHECK(buffer->view()[0] == 2 * rounds);
  }

  TEST_CASE("a lease that another process holds is respected") {
    const auto region = boost::interprocess::anonymous_shared_memory(4096);
    auto buffer = shared_buffer<span_storage>::create(100, bytes_of(region));
    REQUIRE(buffer);
    process reader{[&region] {
      auto view = shared_buffer_view<>::open(bytes_of(region));
      const auto lease = view->lease();
      if (!support::wait_until([&] { return view->position() == 4; })) { _exit(1); }
    }};
    REQUIRE(support::wait_until([&] { return buffer->leases() == 1; }));
    CHECK(buffer->reset().error() == linmem::error{errc::leased, "", 0, 1});
    REQUIRE(buffer->write_at(0, as_bytes("done")));
    CHECK(reader.join());
    CHECK(buffer->reset());
  }

  TEST_CASE("memory that another process scribbles over is an error, not a wild read") {
    support::numbers random{99};
    const auto region = boost::interprocess::anonymous_shared_memory(4096);
    const auto bytes = bytes_of(region);
    std::vector<std::byte> sound(4096);
    for (int i = 0; i < 20000; ++i) {
      if (i == 0) {
        auto buffer = shared_buffer<span_storage>::create(1000, bytes, {.locks = true});
        REQUIRE(buffer);
        REQUIRE(buffer->write_at(0, as_bytes("sound")));
        static_cast<void>(buffer->release());
        linmem::copy_bytes(bytes, sound);
      }
      linmem::copy_bytes(sound, bytes);
      for (std::size_t n = 1 + random.below(3); n > 0; --n) {
        bytes[random.below(64)] = static_cast<std::byte>(random.next());
      }
      auto view = shared_buffer_view<>::open(bytes);
      if (!view) { continue; }
      REQUIRE(view->capacity() <= 4096);
      REQUIRE(view->position() <= view->capacity());
      std::uint64_t sum = 0; // sanitizers and the kernel watch that all of it is there
      for (const std::byte b : std::as_const(*view).view()) { sum += static_cast<unsigned>(b); }
      auto room = view->reserve(view->capacity() - view->position());
      if (room) {
        for (std::byte& b : *room) { b = static_cast<std::byte>(sum); }
        static_cast<void>(view->commit(room->size()));
      }
      if (auto locks = view->locks()) { static_cast<void>(locks->try_lock(15)); }
      static_cast<void>(view->clear());
    }
  }
}
