// A peer that is killed anywhere: the survivor gets a state, never hangs, and reads all that was
// committed.
//
// The child is one end of a ring, the parent the other. The child counts what it committed, or
// consumed, in a word of its own beside the ring, after each step: what the parent finds must agree,
// give or take the one step that was in the making. Every byte of a message follows from the round and
// the number of the message, so that what an earlier round left behind is no message.
#include "process.hpp"

#include <linmem/ring.hpp>

#include "../support.hpp"

#include <doctest/doctest.h>

#include <chrono>
#include <ostream>

using linmem::byte_span;
using linmem::byte_view;
using linmem::errc;
using linmem::message_consumer;
using linmem::message_producer;
using linmem::ring_kind;
using linmem::ring_role;
using linmem::ring_view;
using support::bytes_of;
using support::process;

namespace {

constexpr std::uint32_t capacity = 4096;
constexpr std::size_t count_offset = linmem::ring_view::bytes_for(capacity);
constexpr std::size_t region_size = count_offset + 128;
constexpr std::uint32_t number_of_kills = 1000;
constexpr std::chrono::seconds too_long{10};

std::size_t size_of(std::uint32_t round, std::uint32_t number) {
  return (round * 7 + number * 13) % 300;
}
std::byte byte_of(std::uint32_t round, std::uint32_t number, std::size_t i) {
  return static_cast<std::byte>(round * 101 + number * 31 + i * 7);
}
bool is_message(byte_view message, std::uint32_t round, std::uint32_t number) {
  if (message.size() != size_of(round, number)) { return false; }
  for (std::size_t i = 0; i < message.size(); ++i) {
    if (message[i] != byte_of(round, number, i)) { return false; }
  }
  return true;
}

std::uint32_t& count_in(byte_span memory) {
  return *reinterpret_cast<std::uint32_t*>(memory.data() + count_offset);
}

// Time in which to be killed, however fast the machine and the compiler.
void linger(support::numbers& random) {
  const auto end = std::chrono::steady_clock::now() + std::chrono::nanoseconds{random.below(3000)};
  while (std::chrono::steady_clock::now() < end) {}
}

// What a correct producer does, or one that commits before it has filled.
enum class order { fill_then_commit, commit_then_fill };

void write_for_ever(byte_span memory, std::uint32_t round, order o) {
  support::numbers random{round};
  const auto ring = ring_view::open(memory);
  if (!ring) { _exit(1); }
  auto out = message_producer::open(
      *ring, {.number = static_cast<std::uint32_t>(getpid()), .publish_every = round % 3 * 8});
  if (!out) { _exit(2); }
  for (std::uint32_t number = 0;; ++number) {
    const std::size_t n = size_of(round, number);
    const byte_span room = out->try_claim(n);
    if (room.data() == nullptr) {
      if (!out->wait_writable(n, too_long)) { _exit(3); }
      --number;
      continue;
    }
    if (o == order::commit_then_fill && !out->commit(n)) { _exit(4); }
    for (std::size_t i = 0; i < n; ++i) {
      if (i == n / 2) { linger(random); }
      room[i] = byte_of(round, number, i);
    }
    if (o == order::fill_then_commit && !out->commit(n)) { _exit(4); }
    __atomic_store_n(&count_in(memory), number + 1, __ATOMIC_RELEASE);
  }
}

void read_for_ever(byte_span memory, std::uint32_t round) {
  support::numbers random{round};
  const auto ring = ring_view::open(memory);
  if (!ring) { _exit(1); }
  auto in = message_consumer::open(*ring, {.number = static_cast<std::uint32_t>(getpid())});
  if (!in) { _exit(2); }
  for (std::uint32_t number = 0;;) {
    const byte_view message = in->try_peek();
    if (message.data() == nullptr) {
      if (!in->wait_readable(too_long)) { _exit(3); }
      continue;
    }
    if (!is_message(message, round, number)) { _exit(5); }
    linger(random);
    in->consume();
    __atomic_store_n(&count_in(memory), ++number, __ATOMIC_RELEASE);
  }
}

// What was met in all rounds: says whether the kills hit where it matters.
struct tally {
  int not_killed = 0;         // ended by itself: a mistake of the peer
  int lost = 0;               // committed, and not read
  int torn = 0;               // read, and not what was written
  int wrong_state = 0;        // the survivor learns something else than that the peer is gone
  int stuck = 0;              // waits that ran into their bound
  int only_committed = 0;     // killed with messages committed that were not published
  int never_came = 0;         // killed before it had its end
  std::uint64_t messages = 0; // read in all
};
std::ostream& operator<<(std::ostream& out, const tally& t) {
  return out << t.messages << " messages; killed with some not published: " << t.only_committed
             << ", before it had its end: " << t.never_came;
}

ring_view fresh_ring(byte_span memory) {
  count_in(memory) = 0;
  return *ring_view::create(memory.first(count_offset), capacity, ring_kind::messages);
}

// One producer's life, and what it leaves to the consumer here.
template <class Map>
void kill_producer(byte_span memory, Map map, std::uint32_t round, order o, tally& t) {
  support::numbers random{round};
  const ring_view ring = fresh_ring(memory);
  auto in = *message_consumer::open(ring);
  process producer{[&] {
    const auto& region = map();
    write_for_ever(bytes_of(region), round, o);
  }};
  if (random.below(10) != 0) {
    const auto started = [&] { return __atomic_load_n(&count_in(memory), __ATOMIC_ACQUIRE) > 0; };
    if (!support::wait_until(started)) { ++t.stuck; }
  }
  std::uint32_t number = 0;
  bool torn = false;
  const auto read_all = [&] {
    for (byte_view message = in.try_peek(); message.data() != nullptr && !torn;
         message = in.try_peek()) {
      torn = !is_message(message, round, number++);
      in.consume();
    }
  };
  using clock = std::chrono::steady_clock;
  for (const auto end = clock::now() + std::chrono::microseconds{random.below(500)};
       clock::now() < end;) {
    read_all();
  }
  if (!producer.kill_now()) { ++t.not_killed; }
  if (ring.holder(ring_role::producer) == 0) { ++t.never_came; }

  read_all();
  const std::uint32_t published = number;
  in.abandon_producer();
  if (!in.wait_readable(too_long)) { ++t.stuck; }
  read_all();
  t.messages += number;
  if (number > published) { ++t.only_committed; }
  const std::uint32_t counted = count_in(memory);
  if (torn) {
    ++t.torn;
    return; // what follows is not known
  }
  if (number != counted && number != counted + 1) { ++t.lost; }
  if (in.peek().error().code != errc::abandoned) { ++t.wrong_state; }
}

// One consumer's life, while the producer here goes on.
void kill_consumer(byte_span memory, std::uint32_t round, tally& t) {
  support::numbers random{round};
  const ring_view ring = fresh_ring(memory);
  auto out = *message_producer::open(ring);
  process consumer{[&] { read_for_ever(memory, round); }};
  std::uint32_t number = 0;
  const auto write_one = [&] {
    const std::size_t n = size_of(round, number);
    const byte_span room = out.try_claim(n);
    if (room.data() == nullptr) { return false; }
    for (std::size_t i = 0; i < n; ++i) { room[i] = byte_of(round, number, i); }
    if (!out.commit(n)) { ++t.wrong_state; }
    ++number;
    return true;
  };
  if (random.below(10) != 0) {
    const auto started = [&] {
      write_one();
      return __atomic_load_n(&count_in(memory), __ATOMIC_ACQUIRE) > 0;
    };
    if (!support::wait_until(started)) { ++t.stuck; }
  }
  using clock = std::chrono::steady_clock;
  for (const auto end = clock::now() + std::chrono::microseconds{random.below(500)};
       clock::now() < end;) {
    write_one();
  }
  if (!consumer.kill_now()) { ++t.not_killed; }
  if (ring.holder(ring_role::consumer) == 0) { ++t.never_came; }
  while (write_one()) {} // fills up: nobody reads any more
  if (out.claim(size_of(round, number)).error().code != errc::timed_out) { ++t.wrong_state; }
  out.abandon_consumer();
  if (!out.wait_writable(1000, too_long)) { ++t.stuck; }
  if (out.claim(1).error().code != errc::abandoned) { ++t.wrong_state; }
  const std::uint32_t consumed = count_in(memory);
  if (consumed > number) { ++t.lost; }
  t.messages += consumed;
}

} // namespace

TEST_SUITE("interprocess") {
  TEST_CASE("1,000 producers are killed: all that was committed is read, and nothing hangs") {
    const support::shared_file file{region_size};
    const auto mapped = file.map();
    tally t;
    for (std::uint32_t round = 1; round <= number_of_kills; ++round) {
      const auto anew = [&] { return file.map(); }; // at an address of its own
      kill_producer(bytes_of(mapped), anew, round, order::fill_then_commit, t);
    }
    MESSAGE(t);
    CHECK(t.lost == 0);
    CHECK(t.torn == 0);
    CHECK(t.wrong_state == 0);
    CHECK(t.stuck == 0);
    CHECK(t.not_killed == 0);
    // The kills hit the places that they are about.
    CHECK(t.only_committed > 0);
    CHECK(t.messages > number_of_kills);
  }

  TEST_CASE("a producer that commits before it fills is caught, so the check can fail") {
    const auto region = boost::interprocess::anonymous_shared_memory(region_size);
    const auto same = [&]() -> const support::mapped_region& { return region; };
    tally t;
    for (std::uint32_t round = 1; round <= 5000 && t.torn == 0; ++round) {
      kill_producer(bytes_of(region), same, round, order::commit_then_fill, t);
    }
    CHECK(t.torn > 0);
  }

  TEST_CASE("200 consumers are killed: the producer is told, and does not hang") {
    const auto region = boost::interprocess::anonymous_shared_memory(region_size);
    tally t;
    for (std::uint32_t round = 1; round <= 200; ++round) {
      kill_consumer(bytes_of(region), round, t);
    }
    MESSAGE(t);
    CHECK(t.wrong_state == 0);
    CHECK(t.stuck == 0);
    CHECK(t.not_killed == 0);
    CHECK(t.lost == 0);
    CHECK(t.messages > 200);
  }
}
