#include <linmem/ring.hpp>

#include "failing_storage.hpp"
#include "support.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstring>
#include <deque>
#include <string>
#include <vector>

#if LINMEM_THREADS
#include <thread>
#endif

using linmem::byte_consumer;
using linmem::byte_producer;
using linmem::byte_span;
using linmem::byte_view;
using linmem::errc;
using linmem::error;
using linmem::message_consumer;
using linmem::message_producer;
using linmem::ring_kind;
using linmem::ring_role;
using linmem::ring_state;
using linmem::ring_view;

namespace {

constexpr std::chrono::milliseconds moment{1};

// A ring with both ends, on the heap.
template <class Producer, class Consumer, ring_kind Kind>
struct pair {
  explicit pair(std::uint32_t capacity, linmem::ring_end_options options = {})
      : ring{*linmem::ring<>::create({capacity, Kind})}, out{*Producer::open(ring.view(), options)},
        in{*Consumer::open(ring.view())} {}
  linmem::ring<> ring;
  Producer out;
  Consumer in;
};
using message_pair = pair<message_producer, message_consumer, ring_kind::messages>;
using byte_pair = pair<byte_producer, byte_consumer, ring_kind::bytes>;

std::string read_one(message_consumer& in) {
  const auto message = in.peek();
  if (!message) { return std::string{linmem::name(message.error().code)}; }
  std::string text = support::to_string(*message);
  in.consume();
  return text;
}

// The bytes of message `number`: both sides know them without having met.
std::size_t size_of(std::uint64_t number, std::size_t most) {
  return static_cast<std::size_t>((number * 2654435761U) >> 7U) % (most + 1);
}
std::byte byte_of(std::uint64_t number, std::size_t i) {
  return static_cast<std::byte>(number * 31 + i * 7);
}
void fill(byte_span out, std::uint64_t number) {
  for (std::size_t i = 0; i < out.size(); ++i) { out[i] = byte_of(number, i); }
}
bool is_message(byte_view message, std::uint64_t number, std::size_t most) {
  if (message.size() != size_of(number, most)) { return false; }
  for (std::size_t i = 0; i < message.size(); ++i) {
    if (message[i] != byte_of(number, i)) { return false; }
  }
  return true;
}

} // namespace

TEST_SUITE("ring") {
  TEST_CASE("messages come out as they went in, in order and one at a time") {
    message_pair p{256};
    CHECK(p.out.write(linmem::as_bytes("one")));
    CHECK(p.out.write(linmem::as_bytes("")));
    CHECK(p.out.write(linmem::as_bytes("three")));
    CHECK(read_one(p.in) == "one");
    CHECK(read_one(p.in) == "");
    CHECK(read_one(p.in) == "three");
    CHECK(read_one(p.in) == "timed_out");
  }

  TEST_CASE("bytes come out in order, across the end of the data") {
    byte_pair p{32};
    std::array<std::byte, 20> out{};
    CHECK(*p.out.write(linmem::as_bytes("0123456789abcdefghij")) == 20);
    CHECK(*p.in.read(out) == 20);
    CHECK(*p.out.write(linmem::as_bytes("ABCDEFGHIJKLMNOPQRST")) == 20); // wraps after 12
    CHECK(linmem::as_text(*p.in.peek()) == "ABCDEFGHIJKL");
    CHECK(*p.in.read(out) == 20);
    CHECK(linmem::as_text(out) == "ABCDEFGHIJKLMNOPQRST");
    CHECK(p.in.read(out).error().code == errc::timed_out);
  }

  TEST_CASE("a full byte ring takes what fits, and says what is missing") {
    byte_pair p{32};
    const std::string text(40, 'x');
    CHECK(*p.out.write(linmem::as_bytes(text)) == 32);
    CHECK(p.out.write(linmem::as_bytes(text)).error() == error{errc::timed_out, "", 0, 1});
    CHECK(p.out.try_claim(1).data() == nullptr);
    REQUIRE(p.in.peek());
    CHECK(p.in.consume(5));
    CHECK(p.out.try_claim(100).size() == 0); // not given back yet: less than a quarter
    p.in.release();
    CHECK(p.out.try_claim(100).size() == 5);
    CHECK(p.in.consume(28).error() == error{errc::out_of_range, "", 27, 28});
    CHECK(p.in.consume(27));
  }

  TEST_CASE("messages around every boundary: empty, odd, the largest, one more") {
    for (const std::uint32_t capacity : {32U, 64U, 256U}) {
      message_pair p{capacity};
      const std::size_t most = p.ring.view().largest_message();
      CHECK(most == capacity / 2 - 8);
      std::vector<std::byte> copy(most);
      for (std::uint32_t start = 0; start < capacity; start += 8) { // wherever the ring stands
        for (std::size_t n = 0; n <= most; ++n) {
          CAPTURE(start);
          CAPTURE(n);
          const auto room = p.out.claim(n);
          REQUIRE(room);
          REQUIRE(room->size() == n);
          CHECK(reinterpret_cast<std::uintptr_t>(room->data()) % 8 == 0);
          fill(*room, n);
          REQUIRE(p.out.commit(n));
          REQUIRE(*p.in.read(copy) == n);
          CHECK(std::equal(copy.begin(), copy.begin() + static_cast<std::ptrdiff_t>(n),
                           room->begin()));
        }
        REQUIRE(p.out.write({}));
        REQUIRE(read_one(p.in) == "");
      }
      CHECK(p.out.claim(most + 1).error() == error{errc::limit_exceeded, "", most, most + 1});
      CHECK(p.out.claim(~std::size_t{0}).error().code == errc::limit_exceeded);
      CHECK(p.out.claim(most)); // usable afterwards
    }
  }

  TEST_CASE("what is claimed is invisible until it is committed, and what is aborted never was") {
    message_pair p{256};
    auto room = p.out.claim(8);
    REQUIRE(room);
    linmem::copy_bytes(linmem::as_bytes("12345678"), *room);
    CHECK(read_one(p.in) == "timed_out");
    p.out.abort();
    CHECK(p.out.commit(8).error() == error{errc::out_of_range, "", 0, 8});
    CHECK(read_one(p.in) == "timed_out");
    room = p.out.claim(8);
    linmem::copy_bytes(linmem::as_bytes("abcdefgh"), *room);
    CHECK(p.out.commit(9).error() == error{errc::out_of_range, "", 8, 9});
    CHECK(p.out.commit(3)); // the claim stands, and less than claimed is a message too
    CHECK(read_one(p.in) == "abc");
    CHECK(p.out.commit(0).error().code == errc::out_of_range);
  }

  // The naive ring published all that was claimed.
  TEST_CASE("a write callback that returns 0 publishes nothing") {
    message_pair m{256};
    const auto nothing = linmem::write_with(m.out, 16, [](byte_span) { return std::size_t{0}; });
    CHECK(*nothing == 0);
    CHECK(read_one(m.in) == "timed_out");
    byte_pair b{64};
    CHECK(*linmem::write_with(b.out, 16, [](byte_span) { return std::size_t{0}; }) == 0);
    CHECK(b.in.try_peek().data() == nullptr);
    CHECK(b.out.claim(4));
    CHECK(b.out.commit(0));
    CHECK(b.in.try_peek().data() == nullptr);
  }

  TEST_CASE("a write callback commits what it says, and is refused when it says too much") {
    message_pair p{256};
    const auto two = [](byte_span room) {
      linmem::copy_bytes(linmem::as_bytes("hi"), room);
      return std::size_t{2};
    };
    CHECK(*linmem::write_with(p.out, 16, two) == 2);
    CHECK(read_one(p.in) == "hi");
    const auto lies = [](byte_span) { return std::size_t{17}; };
    CHECK(linmem::write_with(p.out, 16, lies).error() == error{errc::out_of_range, "", 16, 17});
    CHECK(read_one(p.in) == "timed_out");
    CHECK(linmem::write_with(p.out, 500, two).error().code == errc::limit_exceeded);
  }

  TEST_CASE("publication waits for the n-th commit, for publish, for a quarter of the ring") {
    message_pair p{1024, {.publish_every = 3}};
    CHECK(p.out.write(linmem::as_bytes("a")));
    CHECK(p.out.write(linmem::as_bytes("b")));
    CHECK(read_one(p.in) == "timed_out");
    CHECK(p.out.write(linmem::as_bytes("c")));
    CHECK(read_one(p.in) == "a");
    CHECK(p.out.write(linmem::as_bytes("d")));
    p.out.publish();
    CHECK(read_one(p.in) == "b");
    CHECK(read_one(p.in) == "c");
    CHECK(read_one(p.in) == "d");
    const std::string quarter(248, 'q');
    CHECK(p.out.write(linmem::as_bytes(quarter)));
    CHECK(read_one(p.in) == quarter);

    message_pair told{1024, {.publish_every = 0}};
    for (int i = 0; i < 10; ++i) { CHECK(told.out.write(linmem::as_bytes("x"))); }
    CHECK(read_one(told.in) == "timed_out");
    told.out.end(); // publishes too
    CHECK(read_one(told.in) == "x");
  }

  TEST_CASE("a full ring publishes what it holds back, or both would wait for each other") {
    message_pair p{64, {.publish_every = 0}};
    while (p.out.try_write(linmem::as_bytes("x"))) {}
    for (int i = 0; i < 4; ++i) { CHECK(read_one(p.in) == "x"); } // 16 bytes each
    CHECK(read_one(p.in) == "timed_out");
    CHECK(p.out.try_write(linmem::as_bytes("y")));
  }

  TEST_CASE("after the end everything is read, then the ring is closed, for good") {
    message_pair p{256, {.publish_every = 0}};
    CHECK(p.out.write(linmem::as_bytes("last")));
    p.out.end();
    p.out.end(); // a second time does nothing
    CHECK(p.out.write(linmem::as_bytes("more")).error().code == errc::closed);
    CHECK(read_one(p.in) == "last");
    CHECK(read_one(p.in) == "closed");
    CHECK(read_one(p.in) == "closed");
  }

  TEST_CASE("a failure surfaces once, after what was committed; then the ring is closed") {
    message_pair p{256};
    CHECK(p.out.write(linmem::as_bytes("last")));
    p.out.fail(errc::invalid_data);
    CHECK(p.out.claim(1).error().code == errc::closed);
    CHECK(read_one(p.in) == "last");
    CHECK(read_one(p.in) == "invalid_data");
    CHECK(read_one(p.in) == "closed");
    CHECK(read_one(p.in) == "closed");
  }

  TEST_CASE("a consumer that wants no more is noticed by the next claim") {
    message_pair p{256};
    CHECK(p.out.write(linmem::as_bytes("unread")));
    p.in.cancel();
    CHECK(p.out.try_claim(1).data() == nullptr);
    CHECK(p.out.claim(1).error().code == errc::closed);
    CHECK(read_one(p.in) == "closed");
    byte_pair b{64};
    b.in.cancel();
    CHECK(b.out.write(linmem::as_bytes("x")).error().code == errc::closed);
  }

  TEST_CASE("a producer declared gone: what it committed is read, published or not") {
    message_pair p{1024, {.publish_every = 0}};
    CHECK(p.out.write(linmem::as_bytes("one")));
    CHECK(p.out.write(linmem::as_bytes("two")));
    REQUIRE(p.out.claim(100)); // never committed
    CHECK(read_one(p.in) == "timed_out");
    p.in.abandon_producer();
    CHECK(read_one(p.in) == "one");
    CHECK(read_one(p.in) == "two");
    CHECK(read_one(p.in) == "abandoned");
    CHECK(read_one(p.in) == "abandoned");
    CHECK(p.in.wait_readable(moment)); // there is something to learn
  }

  TEST_CASE("a consumer declared gone is noticed by the next claim") {
    byte_pair p{64};
    p.out.abandon_consumer();
    CHECK(p.out.write(linmem::as_bytes("x")).error().code == errc::abandoned);
    CHECK(p.out.wait_writable(64, moment));
  }

  TEST_CASE("each side has one holder at a time, and is given on") {
    const auto ring = linmem::ring<>::create({256, ring_kind::messages});
    REQUIRE(ring);
    {
      auto first = message_producer::open(ring->view(), {.number = 7, .publish_every = 0});
      REQUIRE(first);
      CHECK(message_producer::open(ring->view()).error() == error{errc::leased, "", 0, 7});
      CHECK(first->write(linmem::as_bytes("from the first")));
      auto moved = std::move(*first); // the side goes with it
      CHECK(moved.write(linmem::as_bytes("and on")));
    }
    auto second = message_producer::open(ring->view(), {.number = 8});
    REQUIRE(second);
    CHECK(second->write(linmem::as_bytes("from the second")));
    {
      auto in = message_consumer::open(ring->view());
      REQUIRE(in);
      CHECK(read_one(*in) == "from the first");
      REQUIRE(in->peek()); // seen, not consumed: the next consumer gets it
    }
    auto in = message_consumer::open(ring->view());
    REQUIRE(in);
    CHECK(read_one(*in) == "and on");
    CHECK(read_one(*in) == "from the second");
    CHECK(message_consumer::open(ring->view(), {.number = 0}).error().code ==
          errc::invalid_argument);
  }

  TEST_CASE("an end of the other kind, and of a side that is over, is refused") {
    const auto ring = linmem::ring<>::create({256, ring_kind::messages});
    CHECK(byte_producer::open(ring->view()).error().code == errc::invalid_argument);
    CHECK(byte_consumer::open(ring->view()).error().code == errc::invalid_argument);
    message_producer::open(ring->view())->end();
    CHECK(message_producer::open(ring->view()).error().code == errc::closed);
    ring->view().abandon(ring_role::consumer);
    CHECK(message_consumer::open(ring->view()).error().code == errc::abandoned);
    const auto bytes = linmem::ring<>::create({256, ring_kind::bytes});
    CHECK(message_producer::open(bytes->view()).error().code == errc::invalid_argument);
  }

  TEST_CASE("a wait is bounded, and ends early when there is something to do or to learn") {
    message_pair p{256};
    CHECK(p.in.wait_readable(moment).error().code == errc::timed_out);
    CHECK(p.in.wait_readable(std::chrono::nanoseconds{-1}).error().code == errc::timed_out);
    CHECK(p.out.wait_writable(100, moment));
    while (p.out.try_write(linmem::as_bytes("12345678"))) {}
    CHECK(p.out.wait_writable(8, moment).error() == error{errc::timed_out, "", 0, 16});
    CHECK(p.out.wait_writable(5000, moment)); // never: claim says so
    CHECK(p.in.wait_readable(std::chrono::hours{1}));
    p.in.cancel();
    CHECK(p.out.wait_writable(8, std::chrono::hours{1}));
    CHECK(p.in.wait_readable(std::chrono::hours{1}));
  }

  TEST_CASE("a message that does not fit the reader's buffer stays, with both numbers said") {
    message_pair p{256};
    CHECK(p.out.write(linmem::as_bytes("too long")));
    std::array<std::byte, 8> out{};
    CHECK(p.in.read(byte_span{out}.first(7)).error() == error{errc::limit_exceeded, "", 7, 8});
    CHECK(*p.in.read(out) == 8);
    CHECK(linmem::as_text(out) == "too long");
  }

  TEST_CASE("indices wrap at 2^32 without a seam") {
    for (const ring_kind kind : {ring_kind::bytes, ring_kind::messages}) {
      auto ring = *linmem::ring<>::create({64, kind});
      auto& block = ring.view().block();
      block.published = block.committed = block.released = 0xFFFFFFC0U; // 64 before the seam
      std::array<std::byte, 24> copy{};
      for (std::uint64_t n = 0; n < 20; ++n) {
        std::array<std::byte, 24> message{};
        fill(message, n);
        if (kind == ring_kind::bytes) {
          CHECK(*byte_producer::open(ring.view())->write(message) == 24);
          CHECK(*byte_consumer::open(ring.view())->read(copy) == 24);
        } else {
          CHECK(message_producer::open(ring.view())->write(message));
          CHECK(*message_consumer::open(ring.view())->read(copy) == 24);
        }
        CHECK(copy == message);
      }
      CHECK(block.published < 0x1000U);
    }
  }

  // Each is done to a ring in use, and found by the first operation that reads it.
  TEST_CASE("corrupt words are detected, never followed, and end the ring for both sides") {
    struct damage {
      std::string what;
      bool found_by_producer;
      void (*apply)(ring_view);
    };
    const std::array damages{
        damage{"published beyond the capacity", false,
               [](ring_view r) { r.block().published += 4096; }},
        damage{"published behind what was read", false,
               [](ring_view r) { r.block().published -= 128; }},
        damage{"published not at a record", false, [](ring_view r) { r.block().published += 4; }},
        damage{"state of the producer", false,
               [](ring_view r) { r.block().producer_state = static_cast<ring_state>(77); }},
        damage{"released beyond what was written", true,
               [](ring_view r) { r.block().released += 512; }},
        damage{"released behind what it was", true, [](ring_view r) { r.block().released -= 128; }},
        damage{"released not at a record", true, [](ring_view r) { r.block().released += 4; }},
        damage{"state of the consumer", true,
               [](ring_view r) { r.block().consumer_state = static_cast<ring_state>(77); }},
        damage{"length of a message", false,
               [](ring_view r) { std::memset(r.data() + 64, 0xFF, 4); }},
        damage{"length of a message beyond what is published", false,
               [](ring_view r) { r.data()[64] = std::byte{200}; }},
        damage{"mark of a message", false, [](ring_view r) { r.data()[68] = std::byte{0}; }},
        damage{"a message that claims to be padding", false,
               [](ring_view r) { std::memcpy(r.data() + 68, "PAD ", 4); }},
    };
    for (const damage& d : damages) {
      CAPTURE(d.what);
      message_pair p{256};
      const std::string text(56, 'x'); // a record of 64
      REQUIRE(p.out.write(linmem::as_bytes(text)));
      REQUIRE(read_one(p.in) == text);
      REQUIRE(p.out.write(linmem::as_bytes(text)));
      d.apply(p.ring.view());
      if (d.found_by_producer) {
        errc code = errc::none;
        for (int i = 0; i < 8 && code == errc::none; ++i) { // until it looks
          const auto written = p.out.write(linmem::as_bytes(text));
          if (!written) { code = written.error().code; }
        }
        CHECK(code == errc::corrupt);
        CHECK(p.out.claim(1).error().code == errc::corrupt);
        while (p.in.try_peek().data() != nullptr) { p.in.consume(); }
        CHECK(p.in.peek().error().code == errc::corrupt);
      } else {
        CHECK(p.in.peek().error().code == errc::corrupt);
        CHECK(p.in.peek().error().code == errc::corrupt); // stays
        CHECK(p.out.claim(1).error().code == errc::corrupt);
      }
      CHECK(p.ring.view().state(ring_role::producer) == ring_state::corrupt);
      CHECK(p.ring.view().state(ring_role::consumer) == ring_state::corrupt);
    }
  }

  TEST_CASE("corrupt indices of a byte ring are detected by both sides") {
    byte_pair p{64};
    p.ring.view().block().published = 65;
    CHECK(p.in.peek().error() == error{errc::corrupt, "", 64, 65});
    CHECK(p.out.write(linmem::as_bytes("x")).error().code == errc::corrupt);
    byte_pair q{64};
    q.ring.view().block().released = 100; // more than is written below
    std::array<std::byte, 64> all{};
    CHECK(*q.out.write(all) == 64);
    CHECK(q.out.write(all).error().code == errc::corrupt);
    CHECK(q.in.peek().error().code == errc::corrupt);
  }

  TEST_CASE("a ring whose words are corrupt already is opened as a corrupt one") {
    auto ring = *linmem::ring<>::create({64, ring_kind::messages});
    ring.view().block().published = 1000;
    auto out = message_producer::open(ring.view());
    REQUIRE(out);
    CHECK(out->claim(1).error().code == errc::corrupt);
    CHECK(message_consumer::open(ring.view()).error().code == errc::corrupt);
  }

  TEST_CASE("a failure code that is none is taken for corruption, not for a message") {
    message_pair p{64};
    p.out.fail(errc::closed);
    p.ring.view().block().failure = static_cast<errc>(4711);
    CHECK(read_one(p.in) == "corrupt");
  }

  TEST_CASE("every allocation that fails is an error, and nothing is left behind") {
    support::failing_storage heap;
    using ring = linmem::ring<support::failing_ref>;
    heap.fail_at(0);
    CHECK(ring::create({1024, ring_kind::bytes}, heap).error() ==
          error{errc::out_of_memory, "", 0, 384 + 1024 + 112});
    heap.grant();
    CHECK(ring::create({1000, ring_kind::bytes}, heap).error().code == errc::invalid_argument);
    {
      auto made = ring::create({1024, ring_kind::bytes}, heap);
      REQUIRE(made);
      auto moved = std::move(*made);
      CHECK(heap.outstanding() == 1);
    }
    CHECK(heap.outstanding() == 0);
    CHECK(heap.mistakes() == 0);
  }

  TEST_CASE("any run of operations does what a queue of messages does") {
    const std::uint64_t operations = support::operations(200'000);
    for (const std::uint32_t capacity : {32U, 128U, 4096U}) {
      for (const std::uint32_t every : {0U, 1U, 5U}) {
        message_pair p{capacity, {.publish_every = every}};
        support::numbers random{capacity + every};
        const std::size_t most = p.ring.view().largest_message();
        std::deque<std::uint64_t> visible;
        std::deque<std::uint64_t> held; // committed, not seen by the consumer
        std::uint64_t number = 0;
        for (std::uint64_t i = 0; i < operations / 9; ++i) {
          switch (random.below(8)) {
            case 0: p.out.publish(); break;
            case 1:
              if (p.out.try_claim(random.below(most + 1)).data() != nullptr) { p.out.abort(); }
              break;
            case 2:
            case 3:
            case 4: {
              const std::size_t n = size_of(number, most);
              const byte_span room = p.out.try_claim(n + random.below(most - n + 1));
              if (room.data() == nullptr) { break; }
              fill(room.first(n), number);
              REQUIRE(p.out.commit(n));
              held.push_back(number++);
              break;
            }
            default: {
              const byte_view message = p.in.try_peek();
              if (message.data() == nullptr) {
                if (every == 1) { REQUIRE(held.empty()); }
                break;
              }
              REQUIRE_FALSE(held.empty());
              REQUIRE(is_message(message, held.front(), most));
              held.pop_front();
              p.in.consume();
            }
          }
        }
        p.out.end();
        for (; !held.empty(); held.pop_front()) {
          const byte_view message = p.in.try_peek();
          REQUIRE(is_message(message, held.front(), most));
          p.in.consume();
        }
        CHECK(read_one(p.in) == "closed");
        CHECK(number > operations / 90);
      }
    }
  }

  TEST_CASE("any run of operations does what a queue of bytes does") {
    const std::uint64_t operations = support::operations(200'000);
    for (const std::uint32_t capacity : {32U, 128U, 4096U}) {
      byte_pair p{capacity};
      support::numbers random{capacity};
      std::uint32_t written = 0;
      std::uint32_t read = 0;
      std::vector<std::byte> piece;
      const auto follows = [](byte_view bytes, std::uint32_t at) {
        return std::all_of(bytes.begin(), bytes.end(),
                           [&at](std::byte b) { return b == byte_of(at++, 0); });
      };
      for (std::uint64_t i = 0; i < operations / 3; ++i) {
        piece.resize(random.below(capacity + 8));
        switch (random.below(4)) {
          case 0: {
            for (std::size_t k = 0; k < piece.size(); ++k) { piece[k] = byte_of(written + k, 0); }
            const std::size_t n = p.out.try_write(piece);
            REQUIRE(n <= piece.size());
            written += static_cast<std::uint32_t>(n);
            break;
          }
          case 1: {
            const byte_span room = p.out.try_claim(piece.size());
            const std::size_t n = random.below(room.size() + 1);
            for (std::size_t k = 0; k < n; ++k) { room[k] = byte_of(written + k, 0); }
            if (room.data() != nullptr) { REQUIRE(p.out.commit(n)); }
            written += static_cast<std::uint32_t>(n);
            break;
          }
          case 2: {
            const std::size_t n = p.in.try_read(piece);
            REQUIRE(n == std::min<std::size_t>(piece.size(), written - read));
            REQUIRE(follows(byte_view{piece}.first(n), read));
            read += static_cast<std::uint32_t>(n);
            break;
          }
          default: {
            const byte_view bytes = p.in.try_peek();
            REQUIRE(bytes.empty() == (read == written));
            REQUIRE(follows(bytes, read));
            const std::size_t n = random.below(bytes.size() + 1);
            REQUIRE(p.in.consume(n));
            read += static_cast<std::uint32_t>(n);
          }
        }
      }
      CHECK(read > operations / 3);
    }
  }

#if LINMEM_THREADS
  TEST_CASE("messages cross between threads each way, with stalls, and none is lost or changed") {
    const std::uint64_t count = support::operations(1'000'000);
    auto there = *linmem::ring<>::create({4096, ring_kind::messages});
    auto back = *linmem::ring<>::create({4096, ring_kind::messages});
    constexpr std::size_t most = 60;
    const auto stall = [](support::numbers& random) {
      if (random.below(20'000) == 0) {
        std::this_thread::sleep_for(std::chrono::microseconds{random.below(200)});
      }
    };
    const auto send = [&](ring_view ring, std::uint32_t every) {
      auto out = *message_producer::open(ring, {.publish_every = every});
      support::numbers random{every};
      for (std::uint64_t n = 0; n < count;) {
        stall(random);
        const std::size_t size = size_of(n, most);
        if (const byte_span room = out.try_claim(size); room.data() != nullptr) {
          fill(room, n);
          if (!out.commit(size)) { return; }
          ++n;
        } else if (!out.wait_writable(size, std::chrono::seconds{10})) {
          return;
        }
      }
      out.end();
    };
    const auto receive = [&](ring_view ring) {
      auto in = *message_consumer::open(ring);
      support::numbers random{99};
      for (std::uint64_t n = 0;;) {
        stall(random);
        if (const byte_view message = in.try_peek(); message.data() != nullptr) {
          if (!is_message(message, n, most)) { return n; }
          in.consume();
          ++n;
        } else if (!in.wait_readable(std::chrono::seconds{10})) {
          return n;
        } else if (in.try_peek().data() == nullptr) { // the end
          return n + (in.peek().error().code == errc::closed ? 0 : 1);
        }
      }
    };
    std::uint64_t at_peer = 0;
    std::uint64_t received = 0;
    {
      std::thread peer{[&] { at_peer = receive(there.view()); }};
      std::thread echo{[&] { send(back.view(), 1); }};
      std::thread back_here{[&] { received = receive(back.view()); }};
      send(there.view(), 16);
      peer.join();
      echo.join();
      back_here.join();
    }
    CHECK(at_peer == count);
    CHECK(received == count);
  }

  TEST_CASE("bytes cross between threads, and their checksums agree") {
    const std::uint64_t count = support::operations(1'000'000);
    auto ring = *linmem::ring<>::create({1024, ring_kind::bytes});
    std::uint64_t sent = 0;
    std::uint64_t received = 0;
    std::uint64_t total = 0;
    std::thread writer{[&] {
      auto out = *byte_producer::open(ring.view(), {.publish_every = 4});
      support::numbers random{1};
      for (std::uint64_t n = 0; n < 8 * count;) {
        const byte_span room = out.try_claim(1 + random.below(200));
        if (room.data() == nullptr) {
          if (!out.wait_writable(1, std::chrono::seconds{10})) { return; }
          continue;
        }
        fill(room, n);
        for (const std::byte b : room) { sent = sent * 31 + std::to_integer<std::uint64_t>(b); }
        if (!out.commit(room.size())) { return; }
        n += room.size();
      }
      out.end();
    }};
    auto in = *byte_consumer::open(ring.view());
    std::array<std::byte, 300> piece{};
    while (in.wait_readable(std::chrono::seconds{10})) {
      const auto n = in.read(piece);
      if (!n) { break; }
      total += *n;
      for (const std::byte b : byte_span{piece}.first(*n)) {
        received = received * 31 + std::to_integer<std::uint64_t>(b);
      }
    }
    writer.join();
    CHECK(total >= 8 * count);
    CHECK(received == sent);
  }
#endif
}
