#include <linmem/push_source.hpp>

#include <linmem/chunk_stream.hpp>

#include "failing_storage.hpp"
#include "streams.hpp"
#include "support.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <string>
#include <utility>

using linmem::as_bytes;
using linmem::copy_transform;
using linmem::errc;
using linmem::push_source;
using linmem::push_window;
using linmem::stream_state;
using linmem::utf8_lossy;
using support::failing_ref;
using support::failing_storage;

namespace {

using repair = utf8_lossy<copy_transform>;

// Pushes `text` in pieces of `piece` bytes, as many as it has credit for.
auto producer_of(const std::string& text, std::size_t piece) {
  return [text, piece, at = std::size_t{0}](auto& to) mutable noexcept {
    while (at < text.size() && to.credit() != 0) {
      const std::size_t n = std::min({piece, to.credit(), text.size() - at});
      REQUIRE(to.push(as_bytes(text).subspan(at, n)));
      at += n;
    }
    if (at == text.size()) { to.finish(); }
  };
}

} // namespace

static_assert(linmem::chunk_source<push_source<copy_transform>>);

TEST_SUITE("push_source") {
  TEST_CASE("what is pushed in pieces is the text that all at once gives, at every chunk size") {
    const std::string text = support::sample_text().substr(0, 3000) + support::broken_text();
    const std::string expected = support::decode_like_whatwg(text).text;
    for (const std::size_t piece : {1U, 7U, 65536U}) {
      for (const std::size_t window : {1U, 5U, 65536U}) {
        for (const std::size_t size : support::chunk_sizes()) {
          auto stream = linmem::chunks_of(push_source{repair{}, producer_of(text, piece), window},
                                          {.chunk_size = size});
          REQUIRE(support::join(*stream, size) == expected);
        }
      }
    }
  }

  TEST_CASE("a push beyond the credit names both, takes nothing, and loses nothing") {
    auto stream = linmem::chunks_of(push_source{copy_transform{}, linmem::no_producer{}, 8},
                                    {.chunk_size = 4});
    auto& to = stream->source();
    CHECK(to.credit() == 8);
    REQUIRE(to.push(as_bytes("12345")));
    CHECK(to.credit() == 3);
    CHECK(to.push(as_bytes("6789")).error() == linmem::error{errc::limit_exceeded, "", 3, 4});
    REQUIRE(to.push(as_bytes("678")));
    CHECK(to.credit() == 0);
    CHECK(to.push(as_bytes("9")).error() == linmem::error{errc::limit_exceeded, "", 0, 1});
    REQUIRE(to.push({}));
    CHECK(support::join(*stream, 4) == "12345678");
    CHECK(stream->state() == stream_state::starved);
    CHECK(to.credit() == 8);
    REQUIRE(to.push(as_bytes("9")));
    to.finish();
    CHECK(to.credit() == 0);
    CHECK(to.push(as_bytes("x")).error().code == errc::closed);
    REQUIRE(stream->next() == stream_state::ready);
    CHECK(support::to_string(stream->chunk()) == "9");
    CHECK(stream->next() == stream_state::ended);
    CHECK(stream->rewind().error().code == errc::unsupported);
  }

  TEST_CASE("bytes pushed while a window is being read wait behind it") {
    auto stream = linmem::chunks_of(push_source{copy_transform{}, linmem::no_producer{}, 10},
                                    {.chunk_size = 4});
    REQUIRE(stream->source().push(as_bytes("abcdef")));
    REQUIRE(stream->next() == stream_state::ready);
    REQUIRE(stream->source().push(as_bytes("ghij")));
    CHECK(stream->source().credit() == 0);
    stream->source().finish();
    std::string all = support::to_string(stream->chunk());
    while (stream->next() == stream_state::ready) { all += linmem::as_text(stream->chunk()); }
    CHECK(all == "abcdefghij");
  }

  TEST_CASE("a producer that pushes nothing lets the stream starve, and is asked again") {
    int asked = 0;
    auto stream = linmem::chunks_of(push_source{copy_transform{}, [&asked](auto& to) noexcept {
                                                  if (++asked < 3) { return; }
                                                  static_cast<void>(to.push(as_bytes("late")));
                                                  to.finish();
                                                }});
    CHECK(stream->next() == stream_state::starved);
    CHECK(stream->next() == stream_state::starved);
    REQUIRE(stream->next() == stream_state::ready);
    CHECK(support::to_string(stream->chunk()) == "late");
    CHECK(asked == 3);
    CHECK(stream->next() == stream_state::ended);
  }

  TEST_CASE("a producer that gives up fails the stream once, after what it pushed") {
    const linmem::error reason{errc::abandoned, "producer", 0, 1};
    auto stream = linmem::chunks_of(push_source{copy_transform{}, [&reason](auto& to) noexcept {
                                                  static_cast<void>(to.push(as_bytes("some")));
                                                  to.abort(reason);
                                                  to.finish(); // too late
                                                }});
    CHECK(support::join(*stream, 65536) == "some");
    CHECK(stream->state() == stream_state::failed);
    CHECK(stream->failure() == reason);
    CHECK(stream->next() == stream_state::closed);
  }

  TEST_CASE("the window is taken with the first byte and given back at the end") {
    failing_storage heap;
    using source = push_source<copy_transform, linmem::no_producer, failing_ref>;
    auto stream = linmem::chunks_of(source{copy_transform{}, {}, 100, heap});
    CHECK(heap.outstanding() == 0);
    heap.fail_at(0);
    CHECK(stream->source().push(as_bytes("x")).error() ==
          linmem::error{errc::out_of_memory, "", 0, 100});
    CHECK(stream->source().credit() == 100);
    heap.grant();
    REQUIRE(stream->source().push(as_bytes("x")));
    CHECK(heap.outstanding() == 1);
    stream->source().finish();
    while (stream->next() == stream_state::ready) {}
    CHECK(stream->state() == stream_state::ended);
    CHECK(heap.outstanding() == 0);
    CHECK(heap.mistakes() == 0);
  }

  TEST_CASE("items of the transform come through") {
    auto stream = linmem::chunks_of(push_source{support::bracketed<>{}, producer_of("a[i1]b", 2)});
    CHECK(support::parts_of(*stream) == "a[i1]b");
  }
}
