#include <linmem/utf8.hpp>

#include "support.hpp"

#include <doctest/doctest.h>

#include <array>
#include <string>
#include <string_view>

using linmem::as_bytes;
namespace utf8 = linmem::utf8;

TEST_SUITE("utf8") {
  TEST_CASE("the first sequence is told apart by kind and length") {
    struct row {
      std::string_view bytes;
      utf8::sequence_kind kind;
      int length;
    };
    using enum utf8::sequence_kind;
    const std::array rows{
        row{"a", complete, 1},
        row{"\x7F", complete, 1},
        row{"\xC2\x80", complete, 2},
        row{"\xDF\xBF", complete, 2},
        row{"\xE0\xA0\x80", complete, 3},
        row{"\xED\x9F\xBF", complete, 3},
        row{"\xEE\x80\x80", complete, 3},
        row{"\xEF\xBF\xBF", complete, 3},
        row{"\xF0\x90\x80\x80", complete, 4},
        row{"\xF4\x8F\xBF\xBF", complete, 4},
        row{"\xC2", incomplete, 1},
        row{"\xE0", incomplete, 1},
        row{"\xE0\xA0", incomplete, 2},
        row{"\xF4\x8F\xBF", incomplete, 3},
        row{"\x80", invalid, 1},
        row{"\xC0\x80", invalid, 1},
        row{"\xC2\x41", invalid, 1},
        row{"\xE0\x9F\xBF", invalid, 1},
        row{"\xED\xA0\x80", invalid, 1},
        row{"\xE1\x80\x41", invalid, 2},
        row{"\xF0\x8F\xBF\xBF", invalid, 1},
        row{"\xF0\x90\x80\x41", invalid, 3},
        row{"\xF4\x90\x80\x80", invalid, 1},
        row{"\xF5\x80\x80\x80", invalid, 1},
    };
    for (const row& r : rows) {
      CAPTURE(r.bytes);
      const utf8::sequence s = utf8::first_sequence(as_bytes(r.bytes));
      CHECK(s.kind == r.kind);
      CHECK(s.length == r.length);
    }
  }

  TEST_CASE("every code point is one complete sequence, every surrogate is none") {
    for (std::uint32_t c = 0; c <= 0x10FFFF; ++c) {
      std::string s;
      if (c < 0x80) {
        s += static_cast<char>(c);
      } else if (c < 0x800) {
        s += static_cast<char>(0xC0U | (c >> 6U));
        s += static_cast<char>(0x80U | (c & 0x3FU));
      } else if (c < 0x10000) {
        s += static_cast<char>(0xE0U | (c >> 12U));
        s += static_cast<char>(0x80U | ((c >> 6U) & 0x3FU));
        s += static_cast<char>(0x80U | (c & 0x3FU));
      } else {
        s += static_cast<char>(0xF0U | (c >> 18U));
        s += static_cast<char>(0x80U | ((c >> 12U) & 0x3FU));
        s += static_cast<char>(0x80U | ((c >> 6U) & 0x3FU));
        s += static_cast<char>(0x80U | (c & 0x3FU));
      }
      const bool is_surrogate = c >= 0xD800 && c <= 0xDFFF;
      if (utf8::is_valid(as_bytes(s)) == is_surrogate) { FAIL("code point " << c); }
    }
  }

  TEST_CASE("the valid prefix ends where the decoder of the standard first replaces") {
    const std::string text = support::sample_text();
    CHECK(utf8::valid_prefix(as_bytes(text)) == text.size());
    CHECK(utf8::valid_prefix({}) == 0);
    for (const std::string& broken : support::broken_sequences()) {
      for (const std::size_t lead : {0U, 1U, 15U, 16U, 31U, 32U, 33U, 63U, 64U, 65U, 200U}) {
        const std::string all = std::string(lead, 'x') + broken + "tail";
        CAPTURE(lead);
        CHECK(utf8::valid_prefix(as_bytes(all)) ==
              support::decode_like_whatwg(all).text.find("\xEF\xBF\xBD"));
      }
    }
  }

  TEST_CASE("a complete prefix never ends inside a sequence and loses at most three bytes") {
    const std::string text = support::sample_text();
    for (std::size_t n = 0; n <= text.size(); ++n) {
      const std::size_t cut = utf8::complete_prefix(as_bytes(text).first(n));
      REQUIRE(cut <= n);
      REQUIRE(n - cut <= 3);
      REQUIRE(utf8::is_valid(as_bytes(text).first(cut)));
    }
  }

  TEST_CASE("four bytes or more always have a complete prefix, valid or not") {
    support::numbers random{7};
    for (int round = 0; round < 200000; ++round) {
      std::array<std::byte, 6> bytes{};
      for (std::byte& b : bytes) { b = static_cast<std::byte>(random.next() | 0x80U); }
      const std::size_t size = 4 + random.below(3);
      REQUIRE(utf8::complete_prefix(linmem::byte_view{bytes}.first(size)) > 0);
    }
  }
}
