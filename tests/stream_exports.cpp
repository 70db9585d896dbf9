#include <linmem/stream_exports.hpp>

#include "exported.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

using linmem::errc;
namespace detail = linmem::detail;

namespace {

errc last_code() { return detail::last_error.code; }

const linmem::stream_block& block_of(std::uint32_t h) {
  return *reinterpret_cast<const linmem::stream_block*>(linmem_stream_block(h));
}

constexpr std::uint32_t answer(linmem::stream_state s) { return 1 + static_cast<std::uint32_t>(s); }

// Pulls as the host does, feeding `input` in pieces where the stream starves.
std::string pull(std::uint32_t h, std::string_view input = {}, std::size_t piece = 3) {
  std::string all;
  for (;;) {
    const std::uint32_t state = linmem_stream_next(h);
    const linmem::stream_block& block = block_of(h);
    if (state == answer(linmem::stream_state::ready)) {
      all.append(reinterpret_cast<const char*>(block.chunk),
                 static_cast<std::size_t>(block.chunk_bytes));
    } else if (state == answer(linmem::stream_state::starved)) {
      const std::size_t n =
          std::min({piece, input.size(), static_cast<std::size_t>(block.input_bytes)});
      if (n == 0) {
        REQUIRE(linmem_stream_finish(h) == 1);
        continue;
      }
      linmem::copy_bytes(linmem::as_bytes(input.substr(0, n)),
                         {reinterpret_cast<std::byte*>(block.input), n});
      REQUIRE(linmem_stream_feed(h, n) == 1);
      input.remove_prefix(n);
    } else {
      REQUIRE(state == answer(linmem::stream_state::ended));
      return all;
    }
  }
}

} // namespace

TEST_SUITE("stream_exports") {
  TEST_CASE("the layouts of both blocks are told") {
    const auto name = [](std::uintptr_t layout) {
      return std::string_view{reinterpret_cast<const linmem::block_layout*>(layout)->name};
    };
    CHECK(name(linmem_stream_layout()) == "stream");
    CHECK(name(linmem_stream_item_layout()) == "item");
  }

  TEST_CASE("every call refuses every handle that is none of its kind") {
    const std::uint32_t buffer = support::hosted_buffer("x");
    const std::uint32_t stream = linmem::open_text(buffer);
    REQUIRE(stream != 0);
    const std::uint32_t freed = linmem_buffer_new(1, 0);
    REQUIRE(linmem_buffer_free(freed) == 1);
    CHECK(linmem_buffer_block(stream) == 0);
    CHECK(linmem_buffer_free(stream) == 0);
    for (const std::uint32_t h : {0U, freed, stream, ~0U}) {
      CHECK(linmem::open_text(h) == 0);
      CHECK(last_code() == errc::invalid_handle);
      CHECK(detail::last_error.actual == h);
    }
    for (const std::uint32_t h : {0U, freed, buffer, ~0U}) {
      CAPTURE(h);
      CHECK(linmem_stream_block(h) == 0);
      CHECK(linmem_stream_next(h) == 0);
      CHECK(linmem_stream_feed(h, 0) == 0);
      CHECK(linmem_stream_finish(h) == 0);
      CHECK(linmem_stream_expect(h, 1) == 0);
      CHECK(linmem_stream_rewind(h) == 0);
      CHECK(linmem_stream_free(h) == 0);
      CHECK(last_code() == errc::invalid_handle);
    }
    CHECK(linmem_stream_free(stream) == 1);
    CHECK(linmem_buffer_free(buffer) == 1);
  }

  TEST_CASE("a buffer that a stream reads is neither freed nor reset") {
    const std::uint32_t buffer = support::hosted_buffer("text");
    const std::uint32_t stream = linmem::open_stream_over(linmem::copy_transform{}, buffer);
    REQUIRE(stream != 0);
    CHECK(linmem_buffer_free(buffer) == 0);
    CHECK(last_code() == errc::leased);
    auto* block = reinterpret_cast<linmem::buffer_block*>(linmem_buffer_block(buffer));
    CHECK(linmem::shared_buffer_view<>::at(*block).reset().error().code == errc::leased);
    CHECK(pull(stream) == "text");
    CHECK(linmem_stream_rewind(stream) == 1);
    CHECK(pull(stream) == "text");
    CHECK(linmem_stream_free(stream) == 1);
    CHECK(linmem_buffer_free(buffer) == 1);
  }

  TEST_CASE("a fed stream says where its input goes, and refuses more than fits") {
    const std::uint32_t h =
        linmem::open_stream(linmem::utf8_lossy<linmem::copy_transform>{}, {.chunk_size = 8}, 5);
    REQUIRE(h != 0);
    CHECK(block_of(h).input_bytes == 5);
    CHECK(linmem_stream_expect(h, 11) == 1);
    CHECK(block_of(h).total == 11);
    CHECK(linmem_stream_feed(h, 6) == 0);
    CHECK(last_code() == errc::out_of_range);
    CHECK(linmem_stream_rewind(h) == 0);
    CHECK(last_code() == errc::unsupported);
    CHECK(pull(h, "h\xC3\xA9llo \xFF w\xE2") == "h\xC3\xA9llo \xEF\xBF\xBD w\xEF\xBF\xBD");
    CHECK(block_of(h).replaced == 2);
    CHECK(block_of(h).progress == 1.0);
    CHECK(linmem_stream_free(h) == 1);
  }

  TEST_CASE("a total that is no count is refused") {
    const std::uint32_t h = linmem::open_stream(linmem::copy_transform{});
    for (const double total : {-1.0, 0.0 / 0.0, 1e300}) {
      CHECK(linmem_stream_expect(h, total) == 0);
    }
    CHECK(linmem_stream_free(h) == 1);
  }

  TEST_CASE("feeding a stream that has all its input is refused") {
    const std::uint32_t buffer = support::hosted_buffer("x");
    for (const std::uint32_t h :
         {linmem::open_text(buffer), linmem::open_stream_over(linmem::copy_transform{}, buffer)}) {
      CHECK(linmem_stream_feed(h, 0) == 0);
      CHECK(last_code() == errc::unsupported);
      CHECK(linmem_stream_finish(h) == 0);
      CHECK(linmem_stream_free(h) == 1);
    }
    CHECK(linmem_buffer_free(buffer) == 1);
  }

  TEST_CASE("a stream that cannot be made leaves nothing behind") {
    const std::uint32_t buffer = support::hosted_buffer("x");
    const std::uint32_t streams = detail::ledger.streams;
    CHECK(linmem::open_text(buffer, {.chunk_size = 3}) == 0);
    CHECK(last_code() == errc::invalid_argument);
    CHECK(detail::last_error.limit == 4);
    CHECK(detail::last_error.actual == 3);
    CHECK(detail::ledger.streams == streams);
    CHECK(linmem_buffer_free(buffer) == 1); // no lease was left
  }

  TEST_CASE("memory that is not there is an error with its number, and leaves nothing behind") {
    const std::uint32_t streams = detail::ledger.streams;
    volatile std::size_t huge = ~std::size_t{0} / 2;
    CHECK(linmem::open_stream(linmem::copy_transform{}, {}, huge) == 0); // no room for its input
    CHECK(last_code() == errc::out_of_memory);
    CHECK(detail::last_error.actual == huge);
    CHECK(detail::ledger.streams == streams);
    const std::uint32_t buffer = support::hosted_buffer("x");
    const std::uint32_t stream =
        linmem::open_stream_over(linmem::copy_transform{}, buffer, {.chunk_size = huge});
    REQUIRE(stream != 0);
    CHECK(linmem_stream_next(stream) == answer(linmem::stream_state::failed)); // no chunk for it
    CHECK(last_code() == errc::out_of_memory);
    CHECK(linmem_stream_next(stream) == answer(linmem::stream_state::closed));
    CHECK(linmem_stream_free(stream) == 1);
    CHECK(linmem_buffer_free(buffer) == 1);
  }

  TEST_CASE("a stream that finds no handle is an error, and freeing one makes room") {
    std::vector<std::uint32_t> all;
    while (const std::uint32_t h = linmem_buffer_new(1, 0)) { all.push_back(h); }
    CHECK(linmem::open_stream(linmem::copy_transform{}) == 0);
    CHECK(last_code() == errc::limit_exceeded);
    REQUIRE(linmem_buffer_free(all.back()) == 1);
    all.pop_back();
    const std::uint32_t stream = linmem::open_stream(linmem::copy_transform{});
    CHECK(stream != 0);
    CHECK(linmem_stream_free(stream) == 1);
    for (const std::uint32_t h : all) { REQUIRE(linmem_buffer_free(h) == 1); }
  }
}
