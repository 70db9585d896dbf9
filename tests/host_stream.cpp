#include <linmem/host_stream.hpp>

#include <linmem/piece_source.hpp>
#include <linmem/pool_exports.hpp>
#include <linmem/stream_exports.hpp>

#include "exported.hpp"
#include "streams.hpp"
#include "support.hpp"

#include <doctest/doctest.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

using linmem::errc;
using linmem::stream_state;
namespace detail = linmem::detail;

namespace {

constexpr std::uint32_t answer(stream_state s) { return 1 + static_cast<std::uint32_t>(s); }
constexpr std::uint32_t table_kind = 0;
constexpr std::uint32_t image_kind = 1;

const linmem::stream_block& block_of(std::uint32_t h) {
  return *reinterpret_cast<const linmem::stream_block*>(linmem_stream_block(h));
}
const linmem::item_block& item_of(std::uint32_t h) {
  return *reinterpret_cast<const linmem::item_block*>(block_of(h).item);
}
std::string_view text_at(std::uint64_t address, std::uint64_t bytes) {
  return {reinterpret_cast<const char*>(address), static_cast<std::size_t>(bytes)};
}

// Everything that linmem_stream_part gives, as support::parts_of writes it.
std::string parts(std::uint32_t h) {
  std::string all;
  for (;;) {
    const std::uint32_t state = linmem_stream_part(h);
    if (state == answer(stream_state::ready)) {
      all += text_at(block_of(h).chunk, block_of(h).chunk_bytes);
    } else if (state == answer(stream_state::item)) {
      all += '[';
      all += "tio"[static_cast<std::size_t>(item_of(h).kind)];
      all += text_at(item_of(h).payload, item_of(h).payload_bytes);
      all += ']';
    } else {
      REQUIRE(state == answer(stream_state::ended));
      return all;
    }
  }
}

#if !defined(__wasm__)
std::size_t grants_left = 0;
std::size_t refused = 0;
bool grant() noexcept {
  if (grants_left == 0) {
    ++refused;
    return false;
  }
  --grants_left;
  return true;
}

// Calls `f` with the first n allocations granted, for n = 0, 1, ..., until it wants no more.
template <class F>
void with_each_refusal(F f) {
  const std::uint32_t buffers = detail::ledger.buffers;
  const std::uint32_t streams = detail::ledger.streams;
  std::size_t rounds = 0;
  do {
    grants_left = rounds++;
    refused = 0;
    const std::uint32_t failures = detail::last_error.failures;
    detail::host_grants = &grant;
    f();
    detail::host_grants = nullptr;
    if (refused != 0) {
      CHECK(detail::last_error.failures > failures);
      CHECK(detail::last_error.code == errc::out_of_memory);
    }
    CHECK(detail::ledger.buffers == buffers);
    CHECK(detail::ledger.streams == streams);
  } while (refused != 0);
  CHECK(rounds > 1);
}
#endif

} // namespace

TEST_SUITE("host_stream") {
  TEST_CASE("parts are chunks and items; items are pulled by kind with a cursor for each") {
    const std::uint32_t buffer = support::hosted_buffer("[m{\"a\":1}]one [t1][i2]two[t3]");
    const std::uint32_t h =
        linmem::open_stream_over(support::bracketed<>{}, buffer, {.chunk_size = 8});
    REQUIRE(h != 0);
    CHECK(linmem_stream_metadata(h) == answer(stream_state::starved)); // nothing is read yet
    CHECK(linmem_stream_item(h, linmem::any_item) == answer(stream_state::starved));
    CHECK(parts(h) == "one [t1][i2]two[t3]");

    CHECK(linmem_stream_metadata(h) == answer(stream_state::item));
    CHECK(text_at(item_of(h).payload, item_of(h).payload_bytes) == "{\"a\":1}");
    REQUIRE(linmem_stream_item(h, image_kind) == answer(stream_state::item));
    CHECK(text_at(item_of(h).payload, item_of(h).payload_bytes) == "2");
    CHECK(text_at(item_of(h).name, item_of(h).name_bytes) == "name");
    CHECK(text_at(item_of(h).media_type, item_of(h).media_type_bytes) == "text/plain");
    CHECK(item_of(h).position == 4);
    CHECK(item_of(h).index == 1);
    CHECK(linmem_stream_item(h, image_kind) == answer(stream_state::ended));
    REQUIRE(linmem_stream_item(h, table_kind) == answer(stream_state::item));
    REQUIRE(linmem_stream_item(h, table_kind) == answer(stream_state::item));
    CHECK(item_of(h).index == 2);
    std::size_t count = 0;
    while (linmem_stream_item(h, linmem::any_item) == answer(stream_state::item)) { ++count; }
    CHECK(count == 3);

    REQUIRE(linmem_stream_rewind(h) == 1);
    CHECK(linmem_stream_item(h, table_kind) == answer(stream_state::starved));
    CHECK(linmem_stream_metadata(h) == answer(stream_state::starved));
    CHECK(parts(h) == "one [t1][i2]two[t3]");
    REQUIRE(linmem_stream_item(h, table_kind) == answer(stream_state::item));
    CHECK(item_of(h).index == 0);
    CHECK(linmem_stream_free(h) == 1);
    CHECK(linmem_buffer_free(buffer) == 1);
  }

  TEST_CASE("a kind that is none and a handle that is none are errors") {
    const std::uint32_t h = linmem::open_stream(linmem::copy_transform{});
    CHECK(linmem_stream_item(h, 3) == 0);
    CHECK(detail::last_error.code == errc::out_of_range);
    CHECK(detail::last_error.limit == 2);
    CHECK(detail::last_error.actual == 3);
    CHECK(linmem_stream_item(h, table_kind) == answer(stream_state::starved));
    CHECK(linmem_stream_metadata(h) == answer(stream_state::starved));
    CHECK(linmem_stream_free(h) == 1);
    for (const std::uint32_t gone : {0U, h, ~0U}) {
      CHECK(linmem_stream_item(gone, 0) == 0);
      CHECK(linmem_stream_metadata(gone) == 0);
      CHECK(linmem_stream_part(gone) == 0);
      CHECK(detail::last_error.code == errc::invalid_handle);
    }
  }

  TEST_CASE("a stream without items has chunks as its parts") {
    const std::uint32_t buffer = support::hosted_buffer("text");
    const std::uint32_t h = linmem::open_text(buffer);
    CHECK(parts(h) == "text");
    CHECK(linmem_stream_free(h) == 1);
    CHECK(linmem_buffer_free(buffer) == 1);
  }

  TEST_CASE("a failure in parts is recorded once, then the stream is closed") {
    const std::uint32_t buffer = support::hosted_buffer("a[f]b");
    const std::uint32_t h = linmem::open_stream_over(support::bracketed<>{}, buffer);
    CHECK(linmem_stream_part(h) == answer(stream_state::ready));
    CHECK(linmem_stream_part(h) == answer(stream_state::failed));
    CHECK(detail::last_error.code == errc::invalid_data);
    CHECK(linmem_stream_part(h) == answer(stream_state::closed));
    CHECK(linmem_stream_free(h) == 1);
    CHECK(linmem_buffer_free(buffer) == 1);
  }

  TEST_CASE("remaining counts down, and is unknown until the host says how much there is") {
    const std::uint32_t h = linmem::open_stream(linmem::copy_transform{}, {.chunk_size = 4});
    CHECK(block_of(h).remaining == linmem::unknown_total);
    CHECK(linmem_stream_expect(h, 6) == 1);
    CHECK(block_of(h).remaining == 6);
    linmem::copy_bytes(linmem::as_bytes("abcdef"),
                       {reinterpret_cast<std::byte*>(block_of(h).input), 6});
    CHECK(linmem_stream_feed(h, 6) == 1);
    CHECK(linmem_stream_next(h) == answer(stream_state::ready));
    CHECK(block_of(h).remaining == 2);
    CHECK(linmem_stream_finish(h) == 1);
    CHECK(linmem_stream_next(h) == answer(stream_state::ready));
    CHECK(linmem_stream_next(h) == answer(stream_state::ended));
    CHECK(block_of(h).remaining == 0);
    CHECK(linmem_stream_free(h) == 1);
  }

  TEST_CASE("any source can be published") {
    static const std::vector<std::string> rope{"a", "b", "c"};
    const std::uint32_t h = linmem::open_source(linmem::piece_source{rope});
    CHECK(parts(h) == "abc");
    CHECK(linmem_stream_rewind(h) == 1);
    CHECK(parts(h) == "abc");
    CHECK(linmem_stream_feed(h, 0) == 0);
    CHECK(detail::last_error.code == errc::unsupported);
    CHECK(linmem_stream_free(h) == 1);
  }

#if !defined(__wasm__) // the storage of hosted objects is asked natively only
  TEST_CASE("every allocation of a fed stream that fails is an error and leaves nothing behind") {
    with_each_refusal([] {
      const std::uint32_t h = linmem::open_stream(linmem::copy_transform{}, {.chunk_size = 8}, 16);
      if (h == 0) { return; }
      linmem::copy_bytes(linmem::as_bytes("fed"),
                         {reinterpret_cast<std::byte*>(block_of(h).input), 3});
      CHECK(linmem_stream_feed(h, 3) == 1);
      CHECK(linmem_stream_finish(h) == 1);
      const std::uint32_t state = linmem_stream_next(h); // takes the chunk
      CHECK((state == answer(stream_state::ready) || state == answer(stream_state::failed)));
      CHECK(linmem_stream_free(h) == 1);
    });
  }

  TEST_CASE("every allocation of a stream over a buffer that fails leaves no lease behind") {
    with_each_refusal([] {
      const std::uint32_t buffer = linmem_buffer_new(4, 0);
      if (buffer == 0) { return; }
      const std::uint32_t h = linmem::open_stream_over(linmem::copy_transform{}, buffer);
      if (h != 0) { CHECK(linmem_stream_free(h) == 1); }
      CHECK(linmem_buffer_free(buffer) == 1);
    });
  }

  TEST_CASE("every allocation of a pool that fails is an error and leaves nothing behind") {
    with_each_refusal([] {
      const std::uint32_t pool = linmem_pool_new(8, 1 << 20, 1 << 22, 0);
      if (pool == 0) { return; }
      const std::uint32_t buffer = linmem_pool_acquire(pool, 100);
      if (buffer != 0) {
        static_cast<void>(linmem_pool_warm_up(pool, 2, 100));
        CHECK(linmem_buffer_free(buffer) == 1);
      }
      CHECK(linmem_pool_free(pool) == 1);
    });
  }
#endif
}
