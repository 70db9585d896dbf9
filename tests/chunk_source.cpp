#include <linmem/chunk_source.hpp>

#include <linmem/chunk_stream.hpp>

#include "failing_storage.hpp"
#include "streams.hpp"
#include "support.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <string>
#include <utility>

using linmem::as_bytes;
using linmem::byte_view;
using linmem::chunk_scratch;
using linmem::errc;
using linmem::stream_state;
using support::failing_ref;
using support::failing_storage;

static_assert(linmem::chunk_source<linmem::text_source>);
static_assert(linmem::chunk_source<linmem::text_source, failing_ref>);
static_assert(!linmem::chunk_source<int>);

TEST_SUITE("chunk_source") {
  TEST_CASE("a scratch takes its memory when it is asked, once, and gives it back") {
    failing_storage heap;
    chunk_scratch<failing_ref> scratch{100, heap};
    CHECK(scratch.size() == 100);
    CHECK(heap.outstanding() == 0);
    const auto first = scratch.get();
    CHECK(first.size() == 100);
    CHECK(scratch.get().data() == first.data());
    CHECK(heap.outstanding() == 1);
    chunk_scratch<failing_ref> moved{std::move(scratch)};
    CHECK(moved.get().data() == first.data());
    moved.free();
    moved.free();
    CHECK(heap.outstanding() == 0);
    CHECK(moved.get().size() == 100);
    moved = chunk_scratch<failing_ref>{8, heap};
    CHECK(moved.size() == 8);
    CHECK(heap.outstanding() == 0);
    CHECK(heap.mistakes() == 0);
  }

  TEST_CASE("a scratch without memory is empty, says its size, and may have some later") {
    failing_storage heap;
    chunk_scratch<failing_ref> scratch{100, heap};
    heap.fail_at(0);
    CHECK(scratch.get().empty());
    CHECK(scratch.refusal() == linmem::error{errc::out_of_memory, "", 0, 100});
    heap.grant();
    CHECK(scratch.get().size() == 100);
  }

  TEST_CASE("chunks of valid text are valid alone, join to the whole and lie in the text itself") {
    const std::string text = support::sample_text();
    for (const std::size_t size : support::chunk_sizes()) {
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
    const std::string text = support::broken_text();
    const support::decoded expected = support::decode_like_whatwg(text);
    for (const std::size_t size : support::chunk_sizes()) {
      auto stream = linmem::text_chunks(as_bytes(text), {.chunk_size = size});
      REQUIRE(support::join(*stream, size) == expected.text);
      REQUIRE(stream->source().replaced() == expected.replaced);
      REQUIRE(stream->progress() == 1.0);
    }
  }

  TEST_CASE("a text truncated at every byte ends with one replacement and never stalls") {
    const std::string text = "0123é漢🚀";
    for (std::size_t n = 0; n <= text.size(); ++n) {
      for (const std::size_t size : {4U, 5U, 7U, 65536U}) {
        auto stream = linmem::text_chunks(as_bytes(text).first(n), {.chunk_size = size});
        REQUIRE(support::join(*stream, size) ==
                support::decode_like_whatwg(text.substr(0, n)).text);
      }
    }
  }
}
