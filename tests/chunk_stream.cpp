#include <linmem/chunk_stream.hpp>

#include "failing_storage.hpp"
#include "streams.hpp"
#include "support.hpp"

#include <doctest/doctest.h>

#include <limits>
#include <ranges>
#include <string>
#include <vector>

using linmem::as_bytes;
using linmem::byte_view;
using linmem::errc;
using linmem::stream_state;
using support::failing_ref;
using support::failing_storage;

using text_stream = linmem::chunk_stream<linmem::text_source>;
static_assert(std::ranges::input_range<text_stream>);
static_assert(std::ranges::viewable_range<text_stream&>);

TEST_SUITE("chunk_stream") {
  TEST_CASE("an empty text has no chunk and is done") {
    auto stream = linmem::text_chunks({});
    CHECK(stream->begin() == stream->end());
    CHECK(stream->state() == stream_state::ended);
    CHECK(stream->progress() == 1.0);
    CHECK(stream->next() == stream_state::ended);
  }

  TEST_CASE("a chunk size below 4 is an error that names the limit") {
    for (const std::size_t size : {0U, 1U, 2U, 3U}) {
      const auto stream = linmem::text_chunks({}, {.chunk_size = size});
      REQUIRE_FALSE(stream);
      CHECK(stream.error() == linmem::error{errc::invalid_argument, "", 4, size});
    }
    CHECK(linmem::text_chunks({}, {.chunk_size = 4}));
  }

  TEST_CASE("rewind starts anew, in the middle, at the end and after a failure") {
    const std::string text = support::sample_text();
    auto stream = linmem::transform_chunks(support::twice{}, as_bytes(text), {.chunk_size = 50});
    REQUIRE(stream->next() == stream_state::ready);
    REQUIRE(stream->next() == stream_state::ready);
    REQUIRE(stream->rewind());
    CHECK(stream->chunk().empty());
    const std::string first = support::join(*stream, 50);
    CHECK(stream->progress() == 1.0);
    REQUIRE(stream->rewind());
    CHECK(stream->progress() == 0.0);
    CHECK(support::join(*stream, 50) == first);
  }

  TEST_CASE("a failure comes after the bytes before it, once, and closes the stream") {
    const std::string text(100, 'x');
    auto stream = linmem::transform_chunks(support::failing{}, as_bytes(text), {.chunk_size = 4});
    CHECK(support::join(*stream, 4) == "xxxxxxxxxx");
    CHECK(stream->state() == stream_state::failed);
    CHECK(stream->failure() == linmem::error{errc::limit_exceeded, "", 10, 11});
    CHECK(stream->chunk().empty());
    CHECK(stream->next() == stream_state::closed);
    CHECK(stream->next() == stream_state::closed);
    REQUIRE(stream->rewind());
    CHECK(support::join(*stream, 4) == "xxxxxxxxxx");
  }

  TEST_CASE("a chunk that memory has no room for is an error that names its size") {
    volatile std::size_t huge = std::numeric_limits<std::size_t>::max() / 2;
    auto copied =
        linmem::transform_chunks(linmem::copy_transform{}, as_bytes("x"), {.chunk_size = huge});
    CHECK(copied->next() == stream_state::failed);
    CHECK(copied->failure() == linmem::error{errc::out_of_memory, "", 0, huge});
    auto repaired = linmem::text_chunks(as_bytes("\xFF"), {.chunk_size = huge});
    CHECK(repaired->next() == stream_state::failed);
    CHECK(repaired->failure() == linmem::error{errc::out_of_memory, "", 0, huge});
    // Valid text needs no memory at all.
    auto in_place = linmem::text_chunks(as_bytes("x"), {.chunk_size = huge});
    CHECK(in_place->next() == stream_state::ready);
  }

  TEST_CASE("random bytes in random pieces are what the standard's decoder makes of them") {
    support::numbers random{99};
    for (int round = 0; round < 2000; ++round) {
      std::string text;
      for (std::size_t i = random.below(400); i > 0; --i) {
        switch (random.below(4)) {
          case 0: text += static_cast<char>(random.next()); break;
          case 1:
            text += support::broken_sequences()[random.below(support::broken_sequences().size())];
            break;
          case 2: text += "漢"; break;
          default: text += "word ";
        }
      }
      const std::size_t size = 4 + random.below(100);
      const support::decoded expected = support::decode_like_whatwg(text);
      auto in_place = linmem::text_chunks(as_bytes(text), {.chunk_size = size});
      REQUIRE(support::join(*in_place, size) == expected.text);
      REQUIRE(in_place->source().replaced() == expected.replaced);
      auto through = linmem::transform_chunks(linmem::utf8_lossy<linmem::copy_transform>{},
                                              as_bytes(text), {.chunk_size = size});
      REQUIRE(support::join(*through, size) == expected.text);
      REQUIRE(through->source().replaced() == expected.replaced);
    }
  }

  TEST_CASE("standard views work on a stream") {
    auto stream = linmem::text_chunks(as_bytes("aaaabbbbccccdddd"), {.chunk_size = 4});
    std::string all;
    for (const std::string_view text :
         *stream | std::views::transform(linmem::as_text) | std::views::take(3)) {
      all += text;
      all += ' ';
    }
    CHECK(all == "aaaa bbbb cccc ");
  }

  TEST_CASE("total and remaining are known, or said to be unknown") {
    auto stream = linmem::text_chunks(as_bytes("0123456789"), {.chunk_size = 4});
    CHECK(stream->total() == 10);
    CHECK(stream->remaining() == 10);
    stream->next();
    CHECK(stream->remaining() == 6);
    CHECK(stream->progress() == 0.4);
    while (stream->next() == stream_state::ready) {}
    CHECK(stream->remaining() == 0);

    using fed = linmem::transform_source<linmem::copy_transform>;
    auto unknown = linmem::chunks_of(fed{{}}, {.chunk_size = 4});
    CHECK(unknown->total() == linmem::unknown_total);
    CHECK(unknown->remaining() == linmem::unknown_total);
    unknown->source().finish();
    CHECK(unknown->next() == stream_state::ended);
    CHECK(unknown->remaining() == 0);
    CHECK(unknown->progress() == 1.0);
  }

  TEST_CASE(
      "progress of nothing is 1, not 0/0, and it never falls when the total turns out larger") {
    CHECK(linmem::text_chunks({})->progress() == 1.0);
    using fed = linmem::transform_source<linmem::copy_transform>;
    auto stream = linmem::chunks_of(fed{{}}, {.chunk_size = 4});
    stream->source().expect(8);
    REQUIRE(stream->source().feed(as_bytes("abcd....")));
    REQUIRE(stream->next() == stream_state::ready);
    CHECK(stream->progress() == 0.5);
    stream->source().expect(80);
    CHECK(stream->progress() == 0.5);
    REQUIRE(stream->next() == stream_state::ready);
    CHECK(stream->progress() == 0.5);
    stream->source().expect(2); // less than there was
    stream->source().finish();
    CHECK(stream->next() == stream_state::ended);
    CHECK(stream->progress() == 1.0);
  }

  TEST_CASE("a failure gives the memory of the chunk and of the items back at once") {
    failing_storage heap;
    using transform = support::bracketed<failing_ref>;
    using source = linmem::transform_source<transform>;
    auto stream = linmem::chunk_stream<source, failing_ref>::create(
        source{transform{{}, heap}, as_bytes("text[t1]more[f]never")}, {.chunk_size = 4}, heap);
    CHECK(support::parts_of(*stream) == "text[t1]more");
    CHECK(stream->state() == stream_state::failed);
    CHECK(stream->failure() == linmem::error{errc::invalid_data, "", 0, 8});
    CHECK(heap.outstanding() == 0);
    CHECK(stream->next_part() == stream_state::closed);
    CHECK(stream->next() == stream_state::closed);
    CHECK(heap.mistakes() == 0);
  }

  TEST_CASE("every allocation that fails is an error, and the stream works once there is memory") {
    failing_storage heap;
    using source = linmem::transform_source<support::bracketed<failing_ref>>;
    for (std::size_t n = 0;; ++n) {
      heap.fail_at(n);
      auto stream = linmem::chunk_stream<source, failing_ref>::create(
          source{support::bracketed<failing_ref>{{}, heap}, as_bytes("some[t1]text[i2]")},
          {.chunk_size = 8}, heap);
      REQUIRE(stream);
      const std::size_t refused = heap.refused();
      const std::string got = support::parts_of(*stream);
      if (heap.refused() == refused) {
        CHECK(got == "some[t1]text[i2]");
        CHECK(n >= 2); // the chunk, and the items
        break;
      }
      if (stream->state() == stream_state::ended) { // an arena that got less than it wanted
        CHECK(got == "some[t1]text[i2]");
      } else {
        CHECK(stream->state() == stream_state::failed);
        CHECK(stream->failure().code == errc::out_of_memory);
      }
      heap.grant();
      REQUIRE(stream->rewind());
      CHECK(support::parts_of(*stream) == "some[t1]text[i2]");
    }
    CHECK(heap.outstanding() == 0);
    CHECK(heap.mistakes() == 0);
  }

  TEST_CASE("parts are the text, cut where items belong, with the items between") {
    const std::string text = "[mé][t1]one [i2][o3]two é[t4]é three[t5]";
    const std::string expected = "[t1]one [i2][o3]two é[t4]é three[t5]";
    for (const std::size_t size : support::chunk_sizes()) {
      auto stream =
          linmem::transform_chunks(support::bracketed<>{}, as_bytes(text), {.chunk_size = size});
      REQUIRE(support::parts_of(*stream) == expected);
      REQUIRE(stream->state() == stream_state::ended);
      REQUIRE(stream->position() == std::string{"one two éé three"}.size());
      REQUIRE(stream->items().metadata() == "é");
      REQUIRE(stream->next_part() == stream_state::ended);
    }
  }

  TEST_CASE("next passes the items, which are pulled by kind") {
    auto stream = linmem::transform_chunks(support::bracketed<>{}, as_bytes("a[t1]b[i2]c[t3]d"),
                                           {.chunk_size = 4});
    CHECK(support::join(*stream, 4) == "abcd");
    linmem::item_cursor tables{linmem::item_kind::table};
    const auto* first = stream->items().next(tables);
    REQUIRE(first != nullptr);
    CHECK(first->position == 1);
    CHECK(support::to_string(stream->items().next(tables)->payload) == "3");
    CHECK(stream->items().next(tables) == nullptr);
  }

  TEST_CASE("next after part of a chunk gives its rest, and parts after next go on behind it") {
    auto stream = linmem::transform_chunks(support::bracketed<>{}, as_bytes("ab[t1]cd[i2]efgh[o3]"),
                                           {.chunk_size = 8});
    REQUIRE(stream->next_part() == stream_state::ready);
    CHECK(support::to_string(stream->chunk()) == "ab");
    REQUIRE(stream->next() == stream_state::ready);
    CHECK(support::to_string(stream->chunk()) == "cdefgh");
    CHECK(support::parts_of(*stream) == "[t1][i2][o3]"); // late rather than lost
    CHECK(stream->state() == stream_state::ended);
  }

  TEST_CASE("an item that belongs inside a sequence comes before it") {
    using source = linmem::transform_source<support::bracketed<>>;
    auto stream = linmem::chunk_stream<source>::create(
        source{support::bracketed<>{}, as_bytes("a\xC3[t1]\xA9z")}, {.chunk_size = 16});
    CHECK(support::parts_of(*stream) == "a[t1]éz");
  }

  TEST_CASE("unread gives a part of a chunk back, and does nothing where there is none") {
    auto stream =
        linmem::transform_chunks(support::bracketed<>{}, as_bytes("ab[t1]cd"), {.chunk_size = 8});
    stream->unread();
    REQUIRE(stream->next_part() == stream_state::ready);
    stream->unread();
    stream->unread();
    CHECK(stream->position() == 0);
    CHECK(stream->chunks() == 0);
    REQUIRE(stream->next_part() == stream_state::ready);
    CHECK(support::to_string(stream->chunk()) == "ab");
    REQUIRE(stream->next_part() == stream_state::item);
    stream->unread(); // an item is no chunk
    CHECK(support::parts_of(*stream) == "cd");
    CHECK(stream->position() == 4);
  }

  TEST_CASE("rewind forgets images, tables and metadata, and makes them again") {
    const std::string text = "[m{}]x[t1]y[i2]z";
    auto stream =
        linmem::transform_chunks(support::bracketed<>{}, as_bytes(text), {.chunk_size = 4});
    CHECK(support::parts_of(*stream) == "x[t1]y[i2]z");
    CHECK(stream->items().size() == 2);
    linmem::item_cursor images{linmem::item_kind::image};
    CHECK(stream->items().next(images) != nullptr);
    REQUIRE(stream->rewind());
    CHECK(stream->items().size() == 0);
    CHECK(stream->items().metadata().empty());
    CHECK(stream->items().next(images) == nullptr);
    REQUIRE(stream->next_part() == stream_state::ready);
    REQUIRE(stream->rewind()); // in the middle of a chunk
    CHECK(support::parts_of(*stream) == "x[t1]y[i2]z");
    CHECK(stream->items().next(images) != nullptr); // the cursor began anew
    CHECK(stream->items().metadata() == "{}");
  }

  TEST_CASE("a sink that refuses a chunk gets it again, and nothing is lost") {
    const std::string text = support::sample_text();
    auto stream = linmem::text_chunks(as_bytes(text), {.chunk_size = 50});
    std::string all;
    int refusals = 0;
    std::size_t credit = 0;
    const auto sink = [&](byte_view chunk) {
      if (chunk.size() > credit) { return false; }
      credit -= chunk.size();
      all += linmem::as_text(chunk);
      return true;
    };
    while (linmem::drain(*stream, sink) == stream_state::ready) {
      credit += 120;
      ++refusals;
      REQUIRE(stream->position() == all.size());
    }
    CHECK(stream->state() == stream_state::ended);
    CHECK(all == text);
    CHECK(refusals > 10);
    CHECK(stream->position() == text.size());
  }
}
