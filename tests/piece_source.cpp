#include <linmem/piece_source.hpp>

#include <linmem/chunk_stream.hpp>
#include <linmem/generator.hpp>

#include "failing_storage.hpp"
#include "streams.hpp"
#include "support.hpp"

#include <doctest/doctest.h>

#include <cstdint>
#include <forward_list>
#include <ranges>
#include <sstream>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

using linmem::as_bytes;
using linmem::byte_view;
using linmem::errc;
using linmem::piece_source;
using linmem::stream_state;
using linmem::transformed_pieces;
using linmem::utf8_lossy;

static_assert(linmem::piece_range<std::vector<std::string>>);
static_assert(linmem::piece_range<std::forward_list<byte_view>&>);
static_assert(linmem::piece_range<linmem::generator<std::string_view>>);
static_assert(!linmem::piece_range<std::vector<std::u16string>>);
// Strings that are made by value are gone when the iterator moves on, or before.
static_assert(!linmem::piece_range<decltype(std::views::iota(0) | std::views::transform([](int i) {
                                              return std::to_string(i);
                                            }))>);
static_assert(linmem::chunk_source<piece_source<std::ranges::ref_view<std::vector<std::string>>>>);

namespace {

linmem::generator<byte_view> one_by_one(const std::vector<std::string>& pieces) {
  for (const std::string& piece : pieces) {
    // A copy that dies when the next piece is asked for: what is kept longer is caught by ASan.
    const std::string here = piece;
    co_yield as_bytes(here);
  }
}

linmem::generator<std::string_view> then_fails() {
  co_yield "before";
  co_yield linmem::fail(errc::invalid_data, "row", 0, 7);
  co_yield "never";
}

} // namespace

TEST_SUITE("piece_source") {
  TEST_CASE("pieces of any length give the text that all at once gives, at every chunk size") {
    const std::string text = support::sample_text().substr(0, 3000) + support::broken_text();
    const support::decoded expected = support::decode_like_whatwg(text);
    for (const std::size_t piece : {1U, 2U, 3U, 7U, 100U, 65536U}) {
      const std::vector<std::string> pieces = support::pieces_of(text, piece);
      for (const std::size_t size : support::chunk_sizes()) {
        auto stream = linmem::chunks_of(piece_source{pieces}, {.chunk_size = size});
        REQUIRE(support::join(*stream, size) == expected.text);
        REQUIRE(stream->source().replaced() == expected.replaced);
        REQUIRE(stream->source().consumed() == text.size());
        auto made =
            linmem::chunks_of(transformed_pieces{one_by_one(pieces), utf8_lossy<support::twice>{}},
                              {.chunk_size = size});
        REQUIRE(support::join(*made, size) == support::doubled(expected.text));
      }
    }
  }

  TEST_CASE("random pieces of random bytes, from a generator that frees each piece") {
    support::numbers random{5};
    for (std::uint64_t round = support::operations(3000); round > 0; --round) {
      std::string text;
      std::vector<std::string> pieces;
      for (std::size_t i = random.below(30); i > 0; --i) {
        std::string piece = support::sample_text().substr(random.below(90), random.below(60));
        if (random.below(3) == 0) { piece += static_cast<char>(random.next()); }
        text += piece;
        pieces.push_back(std::move(piece));
      }
      const std::size_t size = 4 + random.below(100);
      auto stream = linmem::chunks_of(piece_source{one_by_one(pieces)}, {.chunk_size = size});
      REQUIRE(support::join(*stream, size) == support::decode_like_whatwg(text).text);
    }
  }

  TEST_CASE("a long piece is handed out where it lies, also behind a sequence cut by two pieces") {
    const std::string front = "front\xE6\xBC";
    const std::string back = "\xA2" + std::string(100, 'b');
    const std::vector<std::string_view> pieces{front, back};
    auto stream = linmem::chunks_of(piece_source{pieces}, {.chunk_size = 64});
    REQUIRE(stream->next() == stream_state::ready); // gathered: the pieces before are short
    CHECK(support::to_string(stream->chunk()) == "front漢");
    REQUIRE(stream->next() == stream_state::ready);
    CHECK(reinterpret_cast<const char*>(stream->chunk().data()) == back.data() + 1);
    CHECK(stream->chunk().size() == 64);
    REQUIRE(stream->next() == stream_state::ready);
    CHECK(reinterpret_cast<const char*>(stream->chunk().data()) == back.data() + 65);
    CHECK(stream->next() == stream_state::ended);
  }

  TEST_CASE("tiny pieces do not become tiny chunks") {
    const std::vector<std::string> pieces(1000, "x");
    auto stream = linmem::chunks_of(piece_source{pieces}, {.chunk_size = 100});
    support::join(*stream, 100);
    CHECK(stream->chunks() == 10);
  }

  TEST_CASE("no pieces, and empty ones, have no chunk") {
    for (const std::size_t n : {0U, 1U, 3U}) {
      const std::vector<std::string> pieces(n);
      auto stream = linmem::chunks_of(piece_source{pieces});
      CHECK(stream->next() == stream_state::ended);
      auto made = linmem::chunks_of(transformed_pieces{pieces, linmem::copy_transform{}});
      CHECK(made->next() == stream_state::ended);
      CHECK(made->progress() == 1.0);
    }
  }

  TEST_CASE("two iterators are a range") {
    const std::vector<std::vector<std::uint8_t>> pieces{{'n', 'o'}, {'y', 'e'}, {'s'}, {'n', 'o'}};
    auto stream = linmem::chunks_of(
        piece_source{std::ranges::subrange{pieces.begin() + 1, pieces.begin() + 3}});
    CHECK(support::join(*stream, 65536) == "yes");
  }

  TEST_CASE("a range that can be read again is, one that cannot is unsupported") {
    const std::vector<std::string> pieces{"a\xFF", "b"};
    auto stream = linmem::chunks_of(piece_source{pieces});
    auto made = linmem::chunks_of(transformed_pieces{pieces, utf8_lossy<linmem::copy_transform>{}});
    for (int round = 0; round < 2; ++round) {
      CHECK(support::join(*stream, 65536) == "a\xEF\xBF\xBD"
                                             "b");
      CHECK(stream->source().replaced() == 1);
      REQUIRE(stream->rewind());
      CHECK(support::join(*made, 65536) == "a\xEF\xBF\xBD"
                                           "b");
      REQUIRE(made->rewind());
    }
    auto once = linmem::chunks_of(piece_source{one_by_one(pieces)});
    CHECK(once->rewind());
    once->next();
    CHECK(once->rewind().error().code == errc::unsupported);
    CHECK(once->state() == stream_state::ready);
  }

  TEST_CASE("a total that is expected gives progress") {
    const std::vector<std::string> pieces(10, std::string(10, 'x'));
    piece_source source{pieces};
    source.expect(100);
    auto stream = linmem::chunks_of(std::move(source), {.chunk_size = 20});
    CHECK(stream->progress() == 0.0);
    stream->next();
    CHECK(stream->progress() == 0.1); // a piece is half a chunk: it comes alone
    CHECK(stream->remaining() == 90);
  }

  TEST_CASE("the failure of a generator in the middle comes once, after the text before it") {
    const linmem::error expected{errc::invalid_data, "", 0, 7};
    auto stream = linmem::chunks_of(piece_source{then_fails()});
    CHECK(support::join(*stream, 65536) == "before");
    CHECK(stream->state() == stream_state::failed);
    CHECK(stream->failure() == expected);
    CHECK(stream->next() == stream_state::closed);
    auto made = linmem::chunks_of(transformed_pieces{then_fails(), linmem::copy_transform{}});
    CHECK(support::join(*made, 65536) == "before");
    CHECK(made->failure() == expected);
  }

  TEST_CASE("items of the transform come through") {
    const std::vector<std::string> pieces{"on", "e[t", "1]two"};
    auto stream = linmem::chunks_of(transformed_pieces{pieces, support::bracketed<>{}});
    CHECK(support::parts_of(*stream) == "one[t1]two");
  }

  TEST_CASE("no memory for a chunk is an error that names its size; long pieces need none") {
    support::failing_storage heap;
    heap.fail_at(0);
    const std::vector<std::string> tiny{"a", "b"};
    using source = piece_source<std::ranges::ref_view<const std::vector<std::string>>>;
    auto stream = linmem::chunk_stream<source, support::failing_ref>::create(
        source{tiny}, {.chunk_size = 64}, heap);
    CHECK(stream->next() == stream_state::failed);
    CHECK(stream->failure() == linmem::error{errc::out_of_memory, "", 0, 64});
    heap.fail_at(0);
    const std::vector<std::string> large{std::string(64, 'x')};
    auto in_place = linmem::chunk_stream<source, support::failing_ref>::create(
        source{large}, {.chunk_size = 64}, heap);
    CHECK(support::join(*in_place, 64).size() == 64);
  }
}
