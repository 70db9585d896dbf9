#include <linmem/exports.hpp>

#include "support.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

using linmem::errc;
namespace detail = linmem::detail;

namespace {

errc last_code() { return detail::last_error.code; }

// Fills a buffer as the host does: reserve, write where the block says, commit.
std::uint32_t buffer_with(std::string_view text) {
  const std::uint32_t h = linmem_buffer_new(text.empty() ? 1 : text.size(), 0);
  REQUIRE(h != 0);
  REQUIRE(linmem_buffer_reserve(h, text.size()) == 1);
  auto* block = reinterpret_cast<linmem::buffer_block*>(linmem_buffer_block(h));
  auto* data = reinterpret_cast<std::byte*>(block) + block->data_offset;
  linmem::copy_bytes(linmem::as_bytes(text), {data + block->position, text.size()});
  REQUIRE(linmem_buffer_commit(h, text.size()) == 1);
  return h;
}

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

TEST_SUITE("exports") {
  TEST_CASE("the table says where everything lies") {
    const auto* table = reinterpret_cast<const detail::abi_table*>(linmem_abi());
    CHECK(std::string_view{table->magic.data(), 4} == "LMEM");
    CHECK(table->version == linmem::layout_version);
    CHECK(table->pointer_bytes == sizeof(void*));
    CHECK(std::string_view{table->errc_names[3]} == "limit_exceeded");
    CHECK(std::string_view{table->library_version} == LINMEM_VERSION_STRING);
    CHECK(table->block_count == 5);
  }

  TEST_CASE("a buffer is made, filled in place, read and freed") {
    const std::uint32_t buffers = detail::ledger.buffers;
    const std::uint32_t h = buffer_with("hello");
    CHECK(detail::ledger.buffers == buffers + 1);
    CHECK(support::to_string(*linmem::buffer_view(h)) == "hello");
    CHECK(linmem_buffer_reset(h) == 1);
    CHECK(linmem::buffer_view(h)->empty());
    CHECK(linmem_buffer_free(h) == 1);
    CHECK(detail::ledger.buffers == buffers);
    CHECK(linmem_buffer_free(h) == 0);
    CHECK(last_code() == errc::invalid_handle);
  }

  TEST_CASE("every call refuses every handle that is none of its kind") {
    const std::uint32_t buffer = buffer_with("x");
    const std::uint32_t stream = linmem::open_text(buffer);
    REQUIRE(stream != 0);
    const std::uint32_t freed = linmem_buffer_new(1, 0);
    REQUIRE(linmem_buffer_free(freed) == 1);
    for (const std::uint32_t h : {0U, 1U, freed, stream, 0x7FFFFFFFU, 0x80000000U, ~0U}) {
      CAPTURE(h);
      const std::uint32_t failures = detail::last_error.failures;
      CHECK(linmem_buffer_block(h) == 0);
      CHECK(linmem_buffer_reserve(h, 0) == 0);
      CHECK(linmem_buffer_commit(h, 0) == 0);
      CHECK(linmem_buffer_reset(h) == 0);
      CHECK(linmem_buffer_free(h) == 0);
      CHECK_FALSE(linmem::buffer_view(h));
      CHECK(linmem::open_text(h) == 0);
      CHECK(last_code() == errc::invalid_handle);
      CHECK(detail::last_error.actual == h);
      CHECK(detail::last_error.failures == failures + 7);
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

  TEST_CASE("a buffer that the program made is published, and the host frees it") {
    auto made = linmem::shared_buffer<>::create(8);
    REQUIRE(made);
    REQUIRE(made->write_at(0, linmem::as_bytes("made")));
    const auto before = detail::ledger.buffers;
    const std::uint32_t h = linmem::publish_buffer(std::move(*made));
    REQUIRE(h != 0);
    CHECK(detail::ledger.buffers == before + 1);
    const auto seen = linmem::buffer_view(h);
    REQUIRE(seen);
    CHECK(linmem::as_text(*seen) == "made");
    CHECK(linmem_buffer_free(h) == 1);
    CHECK(detail::ledger.buffers == before);
  }

  TEST_CASE("a buffer that a stream reads is neither freed nor reset") {
    const std::uint32_t buffer = buffer_with("text");
    const std::uint32_t stream = linmem::open_stream_over(linmem::copy_transform{}, buffer);
    REQUIRE(stream != 0);
    CHECK(linmem_buffer_free(buffer) == 0);
    CHECK(last_code() == errc::leased);
    CHECK(linmem_buffer_reset(buffer) == 0);
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
    const std::uint32_t buffer = buffer_with("x");
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
    const std::uint32_t buffer = buffer_with("x");
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
    const std::uint32_t buffers = detail::ledger.buffers;
    volatile std::size_t huge = ~std::size_t{0} / 2;
    CHECK(linmem::open_stream(linmem::copy_transform{}, {}, huge) == 0); // no room for its input
    CHECK(last_code() == errc::out_of_memory);
    CHECK(detail::last_error.actual == huge);
    CHECK(linmem_buffer_new(huge, 0) == 0);
    CHECK(last_code() == errc::out_of_memory);
    CHECK(linmem_buffer_new(huge, 1) == 0);
    CHECK(detail::ledger.streams == streams);
    CHECK(detail::ledger.buffers == buffers);
    const std::uint32_t buffer = buffer_with("x");
    const std::uint32_t stream =
        linmem::open_stream_over(linmem::copy_transform{}, buffer, {.chunk_size = huge});
    REQUIRE(stream != 0);
    CHECK(linmem_stream_next(stream) == answer(linmem::stream_state::failed)); // no chunk for it
    CHECK(last_code() == errc::out_of_memory);
    CHECK(linmem_stream_next(stream) == answer(linmem::stream_state::closed));
    CHECK(linmem_stream_free(stream) == 1);
    CHECK(linmem_buffer_free(buffer) == 1);
  }

  TEST_CASE("too many handles is an error, and freeing one makes room") {
    std::vector<std::uint32_t> all;
    for (;;) {
      const std::uint32_t h = linmem_buffer_new(1, 0);
      if (h == 0) { break; }
      all.push_back(h);
    }
    CHECK(last_code() == errc::limit_exceeded);
    CHECK(detail::last_error.limit == 1024);
    CHECK(linmem::open_stream(linmem::copy_transform{}) == 0);
    auto kept = linmem::shared_buffer<>::create(8);
    REQUIRE(kept);
    REQUIRE(kept->write_at(0, linmem::as_bytes("kept")));
    CHECK(linmem::publish_buffer(std::move(*kept)) == 0);
    CHECK(linmem::as_text(kept->view()) == "kept"); // still its maker's
    REQUIRE(linmem_buffer_free(all.back()) == 1);
    all.pop_back();
    const std::uint32_t stream = linmem::open_stream(linmem::copy_transform{});
    CHECK(stream != 0);
    CHECK(linmem_stream_free(stream) == 1);
    for (const std::uint32_t h : all) { REQUIRE(linmem_buffer_free(h) == 1); }
  }
}
