#include <linmem/pipeline.hpp>

#include <linmem/base64.hpp>
#include <linmem/chunk_stream.hpp>

#include "streams.hpp"
#include "support.hpp"

#include <doctest/doctest.h>

#include <array>
#include <string>
#include <vector>

using linmem::as_bytes;
using linmem::copy_transform;
using linmem::errc;
using linmem::pipeline;
using linmem::step_result;
using linmem::step_status;
using linmem::stream_state;
using linmem::utf8_lossy;
using support::failing;

using twice = utf8_lossy<support::twice>;

using repair = utf8_lossy<copy_transform>;
static_assert(linmem::transform<pipeline<repair, twice>>);
static_assert(linmem::publishes_items<pipeline<repair, support::bracketed<>>>);

namespace {

// Forgets that the input ended: asks for more at the end.
struct insatiable {
  step_result step(linmem::byte_view in, linmem::byte_span, bool) noexcept {
    return {in.size(), 0, step_status::need_input};
  }
  void reset() noexcept {}
};

// Writes nothing before the end, then a line.
struct at_the_end {
  step_result step(linmem::byte_view in, linmem::byte_span out, bool last) noexcept {
    if (!last) { return {in.size(), 0, step_status::need_input}; }
    if (out.size() < 4) { return {in.size(), 0, step_status::need_output}; }
    linmem::copy_bytes(as_bytes("end\n"), out);
    return {in.size(), 4, step_status::done};
  }
  void reset() noexcept {}
};

template <class T>
std::string all_of(T t, std::string_view input, std::size_t chunk_size = 64) {
  auto stream = linmem::transform_chunks(std::move(t), as_bytes(input), {.chunk_size = chunk_size});
  return support::join(*stream, chunk_size);
}

} // namespace

TEST_SUITE("pipeline") {
  TEST_CASE("the second gets what the first made, at every size of buffer, chunk and piece") {
    const std::string text = support::broken_text();
    const std::string expected = support::doubled(support::decode_like_whatwg(text).text);
    for (const std::size_t size : support::chunk_sizes()) {
      REQUIRE(all_of(pipeline<repair, twice, 4>{}, text, size) == expected);
      REQUIRE(all_of(pipeline<repair, twice>{}, text, size) == expected);
      REQUIRE(all_of(pipeline<twice, repair>{}, support::sample_text(), size) ==
              support::doubled(support::sample_text()));
    }
  }

  TEST_CASE("three in a row, in either grouping, are the same") {
    const std::string text = support::broken_text();
    const std::string expected =
        support::doubled(support::doubled(support::decode_like_whatwg(text).text));
    CHECK(all_of((repair{} | twice{}) | twice{}, text) == expected);
    CHECK(all_of(repair{} | (twice{} | twice{}), text) == expected);
  }

  TEST_CASE("what the first writes at the end reaches the second, also from no input") {
    CHECK(all_of(pipeline{at_the_end{}, twice{}}, "ignored") == "eenndd\n\n");
    CHECK(all_of(pipeline{at_the_end{}, linmem::base64_encoder{}}, "") == "ZW5kCg==");
    CHECK(all_of(pipeline{copy_transform{}, at_the_end{}}, "") == "end\n");
    CHECK(all_of(pipeline{copy_transform{}, copy_transform{}}, "").empty());
  }

  TEST_CASE("when it needs input, all that was put in has gone through") {
    pipeline<repair, twice, 4> t;
    std::array<std::byte, 64> out{};
    const step_result r = t.step(as_bytes("abcdef"), out, false);
    CHECK(r.status == step_status::need_input);
    CHECK(r.consumed == 6);
    CHECK(linmem::as_text(std::span{out}.first(r.produced)) == "aabbccddeeff");
  }

  TEST_CASE("an output without room makes no progress and loses nothing") {
    pipeline<copy_transform, copy_transform, 4> t;
    std::string all;
    std::size_t at = 0;
    for (int i = 0; i < 100; ++i) {
      std::array<std::byte, 3> out{};
      const step_result r = t.step(as_bytes("0123456789").subspan(at),
                                   std::span{out}.first(i % 2 == 0 ? 0 : 3), true);
      at += r.consumed;
      all += linmem::as_text(std::span{out}.first(r.produced));
      if (r.status == step_status::done) { break; }
      REQUIRE(r.status == step_status::need_output);
    }
    CHECK(all == "0123456789");
  }

  TEST_CASE("the failure of either is the pipeline's, after what was made before it, and stays") {
    const std::string text(100, 'x');
    const linmem::error expected{errc::limit_exceeded, "", 10, 11};
    auto first =
        linmem::transform_chunks(pipeline{failing{}, twice{}}, as_bytes(text), {.chunk_size = 4});
    CHECK(support::join(*first, 4) == std::string(20, 'x'));
    CHECK(first->failure() == expected);
    auto second =
        linmem::transform_chunks(pipeline{twice{}, failing{}}, as_bytes(text), {.chunk_size = 4});
    CHECK(support::join(*second, 4) == std::string(10, 'x'));
    CHECK(second->failure() == expected);
    REQUIRE(second->rewind());
    CHECK(support::join(*second, 4) == std::string(10, 'x'));

    pipeline<twice, failing> t;
    std::array<std::byte, 64> out{};
    CHECK(t.step(as_bytes(text), out, true).status == step_status::failed);
    CHECK(t.step(as_bytes(text), out, true).status == step_status::failed);
    t.reset();
    CHECK(t.step(as_bytes("ab"), out, false).status == step_status::need_input);
  }

  TEST_CASE("one that makes no progress is an error of the stream, not a hang") {
    const auto check = [](auto t) {
      auto stream = linmem::transform_chunks(std::move(t), as_bytes("x"));
      CHECK(support::join(*stream, 65536).empty());
      CHECK(stream->failure().code == errc::corrupt);
    };
    check(pipeline{support::stuck{}, twice{}});
    check(pipeline{twice{}, support::stuck{}});
    check(pipeline{insatiable{}, twice{}});
    check(pipeline{twice{}, insatiable{}});
  }

  TEST_CASE("replacements are counted in both, and items are the second's") {
    auto stream = linmem::transform_chunks(repair{} | utf8_lossy<support::bracketed<>>{},
                                           as_bytes("a\xFF[t1]b"), {.chunk_size = 16});
    CHECK(support::parts_of(*stream) == "a\xEF\xBF\xBD[t1]b");
    CHECK(stream->source().replaced() == 1);
    CHECK(stream->items().size() == 1);
  }
}
