#include <linmem/chunk_stream.hpp>

#include "support.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <limits>
#include <ranges>
#include <string>
#include <vector>

using linmem::as_bytes;
using linmem::byte_span;
using linmem::byte_view;
using linmem::errc;
using linmem::step_result;
using linmem::step_status;
using linmem::stream_state;

static_assert(std::ranges::input_range<linmem::chunk_stream<linmem::text_source>>);

namespace {

// Takes every chunk, and checks what holds for all of them.
template <class Stream>
std::string join(Stream& stream, std::size_t chunk_size) {
  std::string all;
  double progress = stream.progress();
  for (const byte_view chunk : stream) {
    REQUIRE_FALSE(chunk.empty());
    REQUIRE(chunk.size() <= chunk_size);
    REQUIRE(linmem::utf8::is_valid(chunk));
    all += linmem::as_text(chunk);
    REQUIRE(stream.progress() >= progress);
    REQUIRE(stream.progress() <= 1.0);
    progress = stream.progress();
  }
  REQUIRE(stream.position() == all.size());
  return all;
}

std::vector<std::size_t> chunk_sizes() {
  std::vector<std::size_t> sizes{4096, 65536};
  for (std::size_t n = 4; n <= 70; ++n) { sizes.push_back(n); }
  return sizes;
}

// Every character twice: output is longer than input. Written whole, as transforms of text do.
struct twice {
  step_result step(byte_view in, byte_span out, bool last) noexcept {
    std::size_t read = 0;
    std::size_t written = 0;
    while (read < in.size()) {
      const std::size_t n = linmem::utf8::first_sequence(in.subspan(read)).length;
      if (out.size() - written < n) { return {read, written, step_status::need_output}; }
      linmem::copy_bytes(in.subspan(read, n), out.subspan(written));
      written += n;
      if (second) { read += n; }
      second = !second;
    }
    return {read, written, last ? step_status::done : step_status::need_input};
  }
  void reset() noexcept { second = false; }
  bool second = false;
};

// Passes a few bytes on, then fails with an error of its own.
struct failing {
  step_result step(byte_view in, byte_span out, bool) noexcept {
    const std::size_t n = std::min({in.size(), out.size(), left});
    linmem::copy_bytes(in.first(n), out);
    left -= n;
    return {n, n, left == 0 ? step_status::failed : step_status::need_output};
  }
  void reset() noexcept { left = 10; }
  [[nodiscard]] linmem::error failure() const noexcept {
    return {errc::limit_exceeded, "test bytes", 10, 11};
  }
  std::size_t left = 10;
};

// Breaks its promise: never does anything.
struct stuck {
  step_result step(byte_view, byte_span, bool) noexcept { return {0, 0, step_status::need_output}; }
  void reset() noexcept {}
};

} // namespace

TEST_SUITE("chunk_stream") {
  TEST_CASE("chunks of valid text are valid alone, join to the whole and lie in the text itself") {
    const std::string text = support::sample_text();
    for (const std::size_t size : chunk_sizes()) {
      auto stream = linmem::text_chunks(as_bytes(text), {.chunk_size = size});
      REQUIRE(stream);
      std::string all;
      for (const byte_view chunk : *stream) {
        REQUIRE(reinterpret_cast<const char*>(chunk.data()) == text.data() + all.size());
        REQUIRE(chunk.size() + 3 >= std::min(size, text.size() - all.size()));
        all += linmem::as_text(chunk);
      }
      REQUIRE(all == text);
      REQUIRE(stream->state() == stream_state::ended);
    }
  }

  TEST_CASE("invalid text becomes what the standard's decoder makes of it, at every chunk size") {
    std::string text = "plain é ";
    for (const std::string& broken : support::broken_sequences()) {
      text += broken + "x漢" + broken;
    }
    const support::decoded expected = support::decode_like_whatwg(text);
    for (const std::size_t size : chunk_sizes()) {
      auto stream = linmem::text_chunks(as_bytes(text), {.chunk_size = size});
      REQUIRE(join(*stream, size) == expected.text);
      REQUIRE(stream->source().replaced() == expected.replaced);
      REQUIRE(stream->progress() == 1.0);
    }
  }

  TEST_CASE("a text truncated at every byte ends with one replacement and never stalls") {
    const std::string text = "0123é漢🚀";
    for (std::size_t n = 0; n <= text.size(); ++n) {
      for (const std::size_t size : {4U, 5U, 7U, 65536U}) {
        auto stream = linmem::text_chunks(as_bytes(text).first(n), {.chunk_size = size});
        REQUIRE(join(*stream, size) == support::decode_like_whatwg(text.substr(0, n)).text);
      }
    }
  }

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

  TEST_CASE("a transform's output is the same for every chunk size") {
    const std::string text = support::sample_text();
    std::string expected;
    for (std::size_t at = 0; at < text.size();) {
      const std::size_t n = linmem::utf8::first_sequence(as_bytes(text).subspan(at)).length;
      expected += text.substr(at, n) + text.substr(at, n);
      at += n;
    }
    for (const std::size_t size : chunk_sizes()) {
      auto stream = linmem::transform_chunks(twice{}, as_bytes(text), {.chunk_size = size});
      REQUIRE(join(*stream, size) == expected);
    }
  }

  TEST_CASE("a transform that cuts sequences is mended by the stream") {
    const std::string text = support::sample_text();
    for (const std::size_t size : chunk_sizes()) {
      auto stream =
          linmem::transform_chunks(linmem::copy_transform{}, as_bytes(text), {.chunk_size = size});
      REQUIRE(join(*stream, size) == text);
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
    using source = linmem::transform_source<linmem::copy_transform>;
    auto stream = linmem::chunk_stream<source>::create(source{{}}, {.chunk_size = 4});
    REQUIRE(stream->source().feed(as_bytes("abcdef")));
    CHECK(stream->source().feed(as_bytes("x")).error().code == errc::invalid_argument);
    stream->source().finish();
    CHECK(join(*stream, 4) == "abcdef");
  }

  TEST_CASE("rewind starts anew, in the middle, at the end and after a failure") {
    const std::string text = support::sample_text();
    auto stream = linmem::transform_chunks(twice{}, as_bytes(text), {.chunk_size = 50});
    REQUIRE(stream->next() == stream_state::ready);
    REQUIRE(stream->next() == stream_state::ready);
    REQUIRE(stream->rewind());
    CHECK(stream->chunk().empty());
    const std::string first = join(*stream, 50);
    CHECK(stream->progress() == 1.0);
    REQUIRE(stream->rewind());
    CHECK(stream->progress() == 0.0);
    CHECK(join(*stream, 50) == first);
  }

  TEST_CASE("a failure comes after the bytes before it, once, and closes the stream") {
    const std::string text(100, 'x');
    auto stream = linmem::transform_chunks(failing{}, as_bytes(text), {.chunk_size = 4});
    CHECK(join(*stream, 4) == "xxxxxxxxxx");
    CHECK(stream->state() == stream_state::failed);
    CHECK(stream->failure() == linmem::error{errc::limit_exceeded, "", 10, 11});
    CHECK(stream->chunk().empty());
    CHECK(stream->next() == stream_state::closed);
    CHECK(stream->next() == stream_state::closed);
    REQUIRE(stream->rewind());
    CHECK(join(*stream, 4) == "xxxxxxxxxx");
  }

  TEST_CASE("a transform that makes no progress is an error, not a hang") {
    auto stream = linmem::transform_chunks(stuck{}, as_bytes("x"));
    CHECK(stream->next() == stream_state::failed);
    CHECK(stream->failure().code == errc::corrupt);
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
      REQUIRE(join(*in_place, size) == expected.text);
      REQUIRE(in_place->source().replaced() == expected.replaced);
      auto through = linmem::transform_chunks(linmem::utf8_lossy<linmem::copy_transform>{},
                                              as_bytes(text), {.chunk_size = size});
      REQUIRE(join(*through, size) == expected.text);
      REQUIRE(through->source().replaced() == expected.replaced);
    }
  }
}
