#include <linmem/transform.hpp>

#include "support.hpp"

#include <doctest/doctest.h>

#include <array>
#include <string>
#include <vector>

using linmem::as_bytes;
using linmem::byte_view;
using linmem::copy_transform;
using linmem::step_result;
using linmem::step_status;
using linmem::utf8_lossy;

static_assert(linmem::transform<copy_transform>);
static_assert(linmem::transform<utf8_lossy<copy_transform>>);
static_assert(!linmem::transform<int>);

namespace {

// Runs `t` over `input`, presented in pieces of `in` bytes, through an output of `out` bytes.
template <class T>
std::string run(T& t, std::string_view input, std::size_t in, std::size_t out) {
  std::string result;
  std::vector<std::byte> buffer(out);
  std::size_t at = 0;
  std::size_t end = std::min(in, input.size());
  for (;;) {
    const bool last = end == input.size();
    const byte_view piece = as_bytes(input.substr(at, end - at));
    const step_result r = t.step(piece, buffer, last);
    REQUIRE(r.consumed <= piece.size());
    REQUIRE(r.produced <= out);
    result += linmem::as_text(byte_view{buffer}.first(r.produced));
    at += r.consumed;
    if (r.status == step_status::done) {
      REQUIRE(at == input.size());
      return result;
    }
    REQUIRE(r.status != step_status::failed);
    if (r.status == step_status::need_input) {
      REQUIRE_FALSE(last);
      REQUIRE(at == end);
      end = std::min(end + in, input.size());
    } else {
      REQUIRE(r.consumed + r.produced > 0);
    }
  }
}

// Checks what a transform behind utf8_lossy may rely on; takes whole sequences only.
struct valid_only {
  step_result step(byte_view in, linmem::byte_span out, bool last) noexcept {
    if (!linmem::utf8::is_valid(in)) { broken = true; }
    const std::size_t n = linmem::utf8::complete_prefix(in.first(std::min(in.size(), out.size())));
    linmem::copy_bytes(in.first(n), out);
    if (n < in.size()) { return {n, n, step_status::need_output}; }
    return {n, n, last ? step_status::done : step_status::need_input};
  }
  void reset() noexcept {}
  bool broken = false;
};

} // namespace

TEST_SUITE("transform") {
  TEST_CASE("copy_transform copies, whatever the pieces") {
    const std::string text = "0123456789abcdef";
    for (std::size_t in = 1; in <= 17; ++in) {
      for (std::size_t out = 1; out <= 17; ++out) {
        copy_transform t;
        REQUIRE(run(t, text, in, out) == text);
      }
    }
  }

  TEST_CASE("invalid bytes become U+FFFD as the standard's decoder does, cut anywhere") {
    std::vector<std::string> inputs;
    for (const std::string& broken : support::broken_sequences()) {
      inputs.push_back(broken);
      inputs.push_back(broken + "z");
      inputs.push_back("é" + broken + "漢");
      inputs.push_back(broken + broken);
    }
    for (const std::string& input : inputs) {
      const support::decoded expected = support::decode_like_whatwg(input);
      for (std::size_t in = 1; in <= input.size(); ++in) {
        for (const std::size_t out : {1U, 2U, 3U, 4U, 5U, 64U}) {
          utf8_lossy<copy_transform> t;
          REQUIRE(run(t, input, in, out) == expected.text);
          REQUIRE(t.replaced() == expected.replaced);
        }
      }
    }
  }

  TEST_CASE("every truncation of a valid text is repaired once, at its end") {
    const std::string text = "aé漢🚀";
    for (std::size_t n = 0; n <= text.size(); ++n) {
      const std::string cut = text.substr(0, n);
      utf8_lossy<copy_transform> t;
      CHECK(run(t, cut, 1, 4) == support::decode_like_whatwg(cut).text);
      CHECK(t.replaced() == (linmem::utf8::is_valid(as_bytes(cut)) ? 0U : 1U));
    }
  }

  TEST_CASE("the transform behind sees valid UTF-8 only") {
    support::numbers random{3};
    const std::string text = support::sample_text();
    for (int round = 0; round < 300; ++round) {
      std::string input = text.substr(random.below(50), 100 + random.below(40000));
      for (std::size_t i = random.below(20); i > 0; --i) {
        input[random.below(input.size())] = static_cast<char>(random.next());
      }
      utf8_lossy<valid_only> t;
      const support::decoded expected = support::decode_like_whatwg(input);
      REQUIRE(run(t, input, 1 + random.below(20000), 4 + random.below(5000)) == expected.text);
      REQUIRE(t.replaced() == expected.replaced);
      REQUIRE_FALSE(t.inner().broken);
    }
  }

  TEST_CASE("reset forgets a cut sequence and the count") {
    utf8_lossy<copy_transform> t;
    std::array<std::byte, 16> out{};
    CHECK(t.step(as_bytes("a\xE2\x82"), out, false).produced == 1);
    t.reset();
    CHECK(t.replaced() == 0);
    CHECK(run(t, "b", 1, 4) == "b");
  }

  TEST_CASE("an output without room makes no progress and loses nothing") {
    utf8_lossy<copy_transform> t;
    const step_result r = t.step(as_bytes("ab"), {}, true);
    CHECK(r.consumed == 0);
    CHECK(r.status == step_status::need_output);
    CHECK(run(t, "ab", 2, 4) == "ab");
  }
}
