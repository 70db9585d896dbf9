#include <linmem/transform_source.hpp>

#include <linmem/chunk_stream.hpp>

#include "streams.hpp"
#include "support.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <string>

using linmem::as_bytes;
using linmem::errc;
using linmem::stream_state;

using fed_copy = linmem::transform_source<linmem::copy_transform>;
static_assert(linmem::chunk_source<fed_copy>);

TEST_SUITE("transform_source") {
  TEST_CASE("a transform's output is the same for every chunk size") {
    const std::string text = support::sample_text();
    const std::string expected = support::doubled(text);
    for (const std::size_t size : support::chunk_sizes()) {
      auto stream =
          linmem::transform_chunks(support::twice{}, as_bytes(text), {.chunk_size = size});
      REQUIRE(support::join(*stream, size) == expected);
    }
  }

  TEST_CASE("a transform that cuts sequences is mended by the stream") {
    const std::string text = support::sample_text();
    for (const std::size_t size : support::chunk_sizes()) {
      auto stream =
          linmem::transform_chunks(linmem::copy_transform{}, as_bytes(text), {.chunk_size = size});
      REQUIRE(support::join(*stream, size) == text);
    }
  }

  TEST_CASE("a fed stream starves, is fed, and gives the same as all at once") {
    const std::string text = support::sample_text() + "\xF0\x9F" + support::sample_text();
    const std::string expected = support::decode_like_whatwg(text).text;
    using source = linmem::transform_source<linmem::utf8_lossy<linmem::copy_transform>>;
    for (const std::size_t piece : {1U, 7U, 4096U, 65536U}) {
      auto stream = linmem::chunk_stream<source>::create(
          source{linmem::utf8_lossy<linmem::copy_transform>{}}, {.chunk_size = 64});
      REQUIRE(stream);
      std::string all;
      std::size_t fed = 0;
      for (;;) {
        const stream_state state = stream->next();
        if (state == stream_state::ready) {
          REQUIRE(linmem::utf8::is_valid(stream->chunk()));
          all += linmem::as_text(stream->chunk());
        } else if (state == stream_state::starved) {
          const std::size_t n = std::min(piece, text.size() - fed);
          if (n == 0) {
            stream->source().finish();
          } else {
            REQUIRE(stream->source().feed(as_bytes(text).subspan(fed, n)));
          }
          fed += n;
        } else {
          REQUIRE(state == stream_state::ended);
          break;
        }
      }
      REQUIRE(all == expected);
      CHECK(stream->source().feed({}).error().code == errc::closed);
      CHECK(stream->rewind().error().code == errc::unsupported);
    }
  }

  TEST_CASE("feeding while input is left is refused and loses nothing") {
    using source = fed_copy;
    auto stream = linmem::chunk_stream<source>::create(source{{}}, {.chunk_size = 4});
    REQUIRE(stream->source().feed(as_bytes("abcdef")));
    CHECK(stream->source().feed(as_bytes("x")).error().code == errc::invalid_argument);
    stream->source().finish();
    CHECK(support::join(*stream, 4) == "abcdef");
  }

  TEST_CASE("a transform that makes no progress is an error, not a hang") {
    auto stream = linmem::transform_chunks(support::stuck{}, as_bytes("x"));
    CHECK(stream->next() == stream_state::failed);
    CHECK(stream->failure().code == errc::corrupt);
  }

  TEST_CASE("flush gives a short chunk of what is there, without splitting a sequence") {
    auto stream = linmem::chunks_of(fed_copy{{}}, {.chunk_size = 64});
    REQUIRE(stream->source().feed(as_bytes("one\xC3")));
    stream->source().flush();
    REQUIRE(stream->next() == stream_state::ready);
    CHECK(support::to_string(stream->chunk()) == "one");
    CHECK(stream->next() == stream_state::starved);
    stream->source().flush(); // nothing whole is there: no empty chunk
    CHECK(stream->next() == stream_state::starved);
    REQUIRE(stream->source().feed(as_bytes("\xA9!")));
    stream->source().finish();
    REQUIRE(stream->next() == stream_state::ready);
    CHECK(support::to_string(stream->chunk()) == "é!");
    CHECK(stream->next() == stream_state::ended);
  }

  TEST_CASE("an aborted input fails with its reason after the bytes before it") {
    const linmem::error reason{errc::timed_out, "download in seconds", 30, 31};
    auto stream = linmem::chunks_of(fed_copy{{}}, {.chunk_size = 4});
    REQUIRE(stream->source().feed(as_bytes("abcdef")));
    stream->source().abort(reason);
    CHECK(stream->source().feed(as_bytes("x")).error().code == errc::closed);
    CHECK(support::join(*stream, 4) == "abcdef");
    CHECK(stream->state() == stream_state::failed);
    CHECK(stream->failure() == reason);
    CHECK(stream->next() == stream_state::closed);
  }

  TEST_CASE("restart takes the same input again, fed from the front") {
    fed_copy source{{}};
    linmem::chunk_scratch<> scratch{8};
    for (int round = 0; round < 2; ++round) {
      REQUIRE(source.feed(as_bytes("again")));
      source.finish();
      CHECK(support::to_string(source.pull(scratch).bytes) == "again");
      CHECK(source.pull(scratch).state == stream_state::ended);
      CHECK(source.consumed() == 5);
      source.restart();
      CHECK(source.consumed() == 0);
    }
  }
}
