// A writer that is killed anywhere: what it committed is whole, and what it held can be taken back.
//
// The child fills a buffer with records of all sizes, by reserve, fill and commit or by write_at. Now
// and then it takes a lock and overwrites the first 64 bytes, the cell. The parent reads meanwhile,
// kills it after a random time, and then looks closely. Every byte of a record follows from the
// round and from the record's number, so that what an earlier writer left behind is no record.
#include "process.hpp"

#include <linmem/shared_buffer.hpp>

#include "../support.hpp"

#include <doctest/doctest.h>

#include <array>
#include <chrono>
#include <cstring>
#include <ostream>

using linmem::byte_view;
using linmem::errc;
using linmem::shared_buffer;
using linmem::shared_buffer_view;
using linmem::span_storage;
using support::bytes_of;
using support::process;

namespace {

constexpr std::size_t cell_size = 64;
constexpr std::uint64_t cell_lock = 7;
constexpr std::size_t capacity = std::size_t{1} << 18U;
constexpr std::size_t region_size = capacity + 4096;
constexpr auto number_of_kills = 1000;

// The bytes of record `number` of `round`: a header and a body that both follow from the two.
struct header {
  std::uint32_t round;
  std::uint32_t number;
  std::uint32_t size; // of the body
  std::uint32_t check;
};
std::uint64_t seed_of(std::uint32_t round, std::uint32_t number) {
  return (std::uint64_t{round} << 32U) + number;
}
header header_of(std::uint32_t round, std::uint32_t number) {
  support::numbers random{seed_of(round, number)};
  const std::size_t most = random.below(8) == 0 ? 4096 : 256;
  const auto size = static_cast<std::uint32_t>(random.below(most));
  return {round, number, size, static_cast<std::uint32_t>(random.next())};
}
std::byte body_byte(const header& h, std::size_t i) {
  return static_cast<std::byte>((h.check >> (8 * (i % 4))) + i / 4);
}

// The number of whole records in `bytes` from `number` on; `bytes` is left with what is none.
std::uint32_t read_records(byte_view& bytes, std::uint32_t round, std::uint32_t number) {
  while (bytes.size() >= sizeof(header)) {
    header found{};
    std::memcpy(&found, bytes.data(), sizeof found);
    const header expected = header_of(round, number);
    if (std::memcmp(&found, &expected, sizeof found) != 0) { break; }
    if (bytes.size() - sizeof found < found.size) { break; }
    bool whole = true;
    for (std::size_t i = 0; i < found.size; ++i) {
      whole = whole && bytes[sizeof found + i] == body_byte(found, i);
    }
    if (!whole) { break; }
    bytes = bytes.subspan(sizeof found + found.size);
    ++number;
  }
  return number;
}

// The cell: the same byte 64 times while nobody writes it.
using cell = std::array<std::byte, cell_size>;
bool is_whole(const cell& c) {
  for (const std::byte b : c) {
    if (b != c[0]) { return false; }
  }
  return true;
}

// What a correct writer does, or one that publishes before it has filled.
enum class order { fill_then_commit, commit_then_fill };

// Time in which to be killed, however fast the machine and the compiler.
void linger(support::numbers& random) {
  const auto end =
      std::chrono::steady_clock::now() + std::chrono::nanoseconds{random.below(10'000)};
  while (std::chrono::steady_clock::now() < end) {}
}

// Writes records until the buffer is full, then only the cell, and never returns.
void write_for_ever(shared_buffer_view<> buffer, std::uint32_t round, order o) {
  support::numbers random{seed_of(round, 0xFFFFFFFF)};
  auto locks = *buffer.locks();
  const auto number_of_this = static_cast<std::uint32_t>(getpid());
  std::array<std::byte, sizeof(header) + 4096> record{};
  for (std::uint32_t number = 0;;) {
    const header h = header_of(round, number);
    const std::size_t size = sizeof h + h.size;
    const std::size_t at = buffer.position();
    if (size <= buffer.capacity() - at) {
      if (random.below(2) == 0) { // in place, a piece at a time, having asked for more than needed
        const std::size_t more = random.below(buffer.capacity() - at - size + 1);
        auto room = buffer.reserve(size + more);
        if (!room) { _exit(1); }
        if (o == order::commit_then_fill && !buffer.commit(size)) { _exit(2); }
        std::memcpy(room->data(), &h, sizeof h);
        linger(random);
        for (std::size_t i = 0; i < h.size; ++i) { (*room)[sizeof h + i] = body_byte(h, i); }
        if (o == order::fill_then_commit && !buffer.commit(size)) { _exit(2); }
      } else {
        std::memcpy(record.data(), &h, sizeof h);
        for (std::size_t i = 0; i < h.size; ++i) { record[sizeof h + i] = body_byte(h, i); }
        if (!buffer.write_at(at, byte_view{record}.first(size))) { _exit(3); }
      }
      ++number;
    }
    if (size > buffer.capacity() - at || random.below(4) == 0) {
      if (!locks.lock(cell_lock, number_of_this)) { continue; } // the reader has it: later
      const auto value = static_cast<std::byte>(random.next());
      for (std::size_t i = 0; i < cell_size; ++i) {
        if (i == cell_size / 2) { linger(random); }
        if (!buffer.write_at(i, byte_view{&value, 1})) { _exit(4); }
      }
      if (!locks.unlock(cell_lock, number_of_this)) { _exit(5); }
    }
  }
}

// What was met in all rounds: says whether the kills hit where it matters.
struct tally {
  int not_killed = 0;     // ended by itself: a mistake of the writer
  int torn = 0;           // committed bytes that are no records
  int torn_cells = 0;     // a cell that was not whole though nobody had its lock
  int unusable = 0;       // a buffer that the survivor could not go on with
  int stuck = 0;          // waits that ran into their bound
  int in_reservation = 0; // killed between reserve and commit
  int holding_lock = 0;   // killed with the lock
  int half_cells = 0;     // of those, with the cell half written
  std::uint64_t records = 0;
};
std::ostream& operator<<(std::ostream& out, const tally& t) {
  return out << t.records << " records verified; killed in a reservation: " << t.in_reservation
             << ", holding the lock: " << t.holding_lock
             << ", with the cell half written: " << t.half_cells;
}

// One writer's life and what it leaves. `map` gives the writer's mapping of the memory.
template <class Map>
void kill_one(linmem::byte_span memory, Map map, std::uint32_t round, order o, tally& t) {
  support::numbers random{round};
  // The same bytes as in the rounds before, with all that was left in them.
  auto buffer = shared_buffer<span_storage>::create(capacity, memory, {.locks = true});
  REQUIRE(buffer);
  REQUIRE(buffer->write_at(0, cell{}));
  auto locks = *buffer->locks();
  process writer{[&] {
    const auto& region = map();
    const auto view = shared_buffer_view<>::open(bytes_of(region));
    if (!view) { _exit(6); }
    write_for_ever(*view, round, o);
  }};
  const std::uint32_t writer_number = writer.id();

  // Some are killed before they do anything, most a moment after their first commit.
  if (random.below(10) != 0) {
    const auto started = [&] { return buffer->position() > cell_size; };
    if (!support::wait_until(started)) { ++t.stuck; }
  }
  using clock = std::chrono::steady_clock;
  const auto end = clock::now() + std::chrono::microseconds{random.below(800)};
  bool torn = false;
  std::size_t verified = cell_size;
  for (std::uint32_t number = 0; clock::now() < end;) {
    byte_view committed = std::as_const(*buffer).view().subspan(verified);
    const std::size_t before = committed.size();
    number = read_records(committed, round, number);
    verified += before - committed.size();
    torn = torn || !committed.empty();
    if (locks.lock(cell_lock, 1, 100)) { // its bound is its only wait
      cell c{};
      REQUIRE(buffer->read_at(0, c));
      if (!is_whole(c)) { ++t.torn_cells; }
      REQUIRE(locks.unlock(cell_lock, 1));
    }
  }
  if (!writer.kill_now()) { ++t.not_killed; }

  // Now it holds still. All of it again, from the start, as one who comes later finds it.
  auto found = shared_buffer_view<>::open(memory);
  REQUIRE(found);
  byte_view committed = std::as_const(*found).view().subspan(cell_size);
  std::uint32_t number = read_records(committed, round, 0);
  t.records += number;
  if (torn || !committed.empty()) {
    ++t.torn;
    return; // there is nothing to go on from
  }
  if (found->block().reserved != 0) { ++t.in_reservation; }

  // The lock: free and the cell whole, or held by the dead, who is found out in bounded time.
  cell c{};
  REQUIRE(found->read_at(0, c));
  if (const auto got = locks.lock(cell_lock, 1); !got) {
    CHECK(got.error() == linmem::error{errc::leased, "", 0, writer_number});
    ++t.holding_lock;
    if (!is_whole(c)) { ++t.half_cells; }
    REQUIRE(locks.unlock(cell_lock, writer_number));
    REQUIRE(locks.lock(cell_lock, 1));
  } else if (!is_whole(c)) {
    ++t.torn_cells;
  }

  // The survivor goes on where the writer stopped, and starts anew.
  const auto more = linmem::as_bytes("more");
  const std::size_t at = found->position();
  if (at + more.size() <= capacity) {
    const auto room = found->reserve(more.size());
    if (room) { linmem::copy_bytes(more, *room); }
    const bool usable = room && found->commit(more.size()) && found->position() == at + more.size();
    if (!usable) { ++t.unusable; }
  }
  if (!found->reset() || *locks.holder(cell_lock) != 0) { ++t.unusable; }
}

} // namespace

TEST_SUITE("interprocess") {
  TEST_CASE("1,000 writers are killed: the reader never sees a torn commit and never hangs") {
    const auto inherited = boost::interprocess::anonymous_shared_memory(region_size);
    const support::shared_file file{region_size};
    const auto mapped = file.map();
    tally t;
    for (std::uint32_t round = 1; round <= number_of_kills; ++round) {
      CAPTURE(round);
      if (round % 2 == 0) { // the mapping that the writer inherits, at the same address
        const auto same = [&]() -> const support::mapped_region& { return inherited; };
        kill_one(bytes_of(inherited), same, round, order::fill_then_commit, t);
      } else { // a mapping that the writer makes, at an address of its own
        const auto anew = [&] { return file.map(); };
        kill_one(bytes_of(mapped), anew, round, order::fill_then_commit, t);
      }
    }
    MESSAGE(t);
    CHECK(t.torn == 0);
    CHECK(t.torn_cells == 0);
    CHECK(t.unusable == 0);
    CHECK(t.stuck == 0);
    CHECK(t.not_killed == 0);
    // The kills hit the places that they are about.
    CHECK(t.in_reservation > 0);
    CHECK(t.holding_lock > 0);
    CHECK(t.half_cells > 0);
    CHECK(t.records > number_of_kills);
  }

  TEST_CASE("a writer that commits before it fills is caught, so the check can fail") {
    const auto region = boost::interprocess::anonymous_shared_memory(region_size);
    const auto same = [&]() -> const support::mapped_region& { return region; };
    tally t;
    for (std::uint32_t round = 1; round <= 200 && t.torn == 0; ++round) {
      kill_one(bytes_of(region), same, round, order::commit_then_fill, t);
    }
    CHECK(t.torn > 0);
  }
}
