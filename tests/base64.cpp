#include <linmem/base64.hpp>

#include <linmem/chunk_stream.hpp>

#include "streams.hpp"
#include "support.hpp"

#include <doctest/doctest.h>

#include <array>
#include <limits>
#include <string>
#include <utility>
#include <vector>

using linmem::as_bytes;
using linmem::base64_encode;
using linmem::base64_size;
using linmem::errc;

static_assert(linmem::transform<linmem::base64_encoder>);
static_assert(base64_size(0) == 0 && base64_size(1) == 4 && base64_size(3) == 4);
static_assert(base64_size(4) == 8);
static_assert(base64_size(std::numeric_limits<std::size_t>::max()) ==
              std::numeric_limits<std::size_t>::max());

namespace {

std::string encoded(const std::string& bytes) {
  std::vector<std::byte> out(base64_size(bytes.size()));
  const auto n = base64_encode(as_bytes(bytes), out);
  REQUIRE(n);
  REQUIRE(*n == out.size());
  return support::to_string(out);
}

// Bit by bit, with nothing of the library's.
std::string encoded_slowly(const std::string& bytes) {
  const std::string letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string bits;
  for (const char c : bytes) {
    for (int bit = 7; bit >= 0; --bit) {
      bits += (static_cast<unsigned char>(c) >> bit & 1) ? '1' : '0';
    }
  }
  while (bits.size() % 6 != 0) { bits += '0'; }
  std::string text;
  for (std::size_t at = 0; at < bits.size(); at += 6) {
    text += letters[std::stoul(bits.substr(at, 6), nullptr, 2)];
  }
  while (text.size() % 4 != 0) { text += '='; }
  return text;
}

} // namespace

TEST_SUITE("base64") {
  TEST_CASE("the test vectors of RFC 4648, section 10") {
    const std::vector<std::pair<std::string, std::string>> vectors{
        {"", ""},
        {"f", "Zg=="},
        {"fo", "Zm8="},
        {"foo", "Zm9v"},
        {"foob", "Zm9vYg=="},
        {"fooba", "Zm9vYmE="},
        {"foobar", "Zm9vYmFy"},
    };
    for (const auto& [bytes, text] : vectors) { CHECK(encoded(bytes) == text); }
    CHECK(encoded("\xFB\xEF\xFF") == "++//");
  }

  TEST_CASE("an output that is too short is an error with both sizes, and nothing is written") {
    std::array<std::byte, 7> out{};
    CHECK(base64_encode(as_bytes("foob"), out).error() ==
          linmem::error{errc::out_of_range, "", 7, 8});
    CHECK(out == std::array<std::byte, 7>{});
  }

  TEST_CASE("random bytes, cut anywhere, in and out, are what a slow encoder makes of them") {
    support::numbers random{64};
    for (std::size_t size = 0; size < 200; ++size) {
      std::string bytes(size, '\0');
      for (char& c : bytes) { c = static_cast<char>(random.next()); }
      const std::string expected = encoded_slowly(bytes);
      REQUIRE(encoded(bytes) == expected);
      for (int round = 0; round < 5; ++round) {
        linmem::base64_encoder t;
        std::string text;
        std::size_t at = 0;
        std::size_t presented = 0;
        for (;;) {
          std::array<std::byte, 20> out{};
          const std::size_t room = 4 + random.below(16);
          const auto r = t.step(as_bytes(bytes).subspan(at, presented - at),
                                std::span{out}.first(room), presented == size);
          at += r.consumed;
          text += linmem::as_text(std::span{out}.first(r.produced));
          if (r.status == linmem::step_status::done) { break; }
          if (r.status == linmem::step_status::need_input) {
            REQUIRE(at == presented);
            presented += 1 + random.below(size - presented);
          } else {
            REQUIRE(r.consumed + r.produced > 0);
          }
        }
        REQUIRE(text == expected);
      }
    }
  }

  TEST_CASE("as a transform it gives the same at every chunk size, and starts anew") {
    const std::string bytes = support::broken_text();
    for (const std::size_t size : support::chunk_sizes()) {
      auto stream =
          linmem::transform_chunks(linmem::base64_encoder{}, as_bytes(bytes), {.chunk_size = size});
      REQUIRE(stream->next() != linmem::stream_state::failed);
      REQUIRE(stream->rewind());
      REQUIRE(support::join(*stream, size) == encoded(bytes));
    }
  }
}
