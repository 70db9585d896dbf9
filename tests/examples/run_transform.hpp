// tests/examples/run_transform.hpp - drives a transform through every way of cutting its input.
//
// What a transform promises (see linmem/transform.hpp) is checked at each step: bounds, progress,
// whole UTF-8 sequences, and nothing written behind what it reports.
#pragma once

#include <linmem/transform.hpp>
#include <linmem/utf8.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace run_transform {

/// The output of `transform` for `input` presented in pieces that end at `cuts` (ascending, at most
/// the size of the input), into buffers of `room` bytes.
template <class Transform>
std::string in_pieces(Transform& transform, std::string_view input,
                      const std::vector<std::size_t>& cuts, std::size_t room,
                      bool valid_input = true) {
  constexpr std::byte canary{0xA5};
  std::vector<std::byte> out(room + 8);
  std::string text;
  std::size_t at = 0;
  std::size_t piece = 0;
  for (;;) {
    while (piece < cuts.size() && cuts[piece] <= at) { ++piece; }
    const std::size_t end = piece < cuts.size() ? cuts[piece] : input.size();
    const bool last = end == input.size();
    // A copy of exact size lets the sanitizer see a read behind the end.
    const auto bytes = linmem::as_bytes(input.substr(at, end - at));
    const std::vector<std::byte> in(bytes.begin(), bytes.end());
    std::fill(out.begin(), out.end(), canary);
    const linmem::step_result r = transform.step(in, linmem::byte_span{out}.first(room), last);
    REQUIRE(r.consumed <= in.size());
    REQUIRE(r.produced <= room);
    const auto written_to = out.begin() + static_cast<std::ptrdiff_t>(r.produced);
    if (!std::all_of(out.begin() + static_cast<std::ptrdiff_t>(room), out.end(),
                     [&](std::byte b) { return b == canary; })) {
      FAIL("wrote behind the output");
    }
    if (valid_input && !linmem::utf8::is_valid({out.begin(), written_to})) {
      FAIL("wrote a part of a sequence");
    }
    text.append(linmem::as_text({out.begin(), written_to}));
    at += r.consumed;
    switch (r.status) {
      case linmem::step_status::need_input:
        REQUIRE_FALSE(last);
        REQUIRE(r.consumed == in.size());
        break;
      case linmem::step_status::need_output: REQUIRE(r.consumed + r.produced != 0); break;
      case linmem::step_status::done:
        REQUIRE(last);
        REQUIRE(at == input.size());
        return text;
      case linmem::step_status::failed: FAIL("failed"); return text;
    }
  }
}

/// Pieces of `size` bytes each.
inline std::vector<std::size_t> every(std::size_t size, std::string_view input) {
  std::vector<std::size_t> cuts;
  for (std::size_t at = size; at < input.size(); at += size) { cuts.push_back(at); }
  return cuts;
}

/// The output for the whole input at once.
template <class Transform>
std::string whole(std::string_view input, bool valid_input = true) {
  Transform t;
  return in_pieces(t, input, {}, 4096, valid_input);
}

/// The output for the whole input at once, after checking that it is the same for the input in two
/// pieces cut anywhere and byte by byte, for output buffers of 4 to 70 bytes, and after reset().
template <class Transform>
std::string any_way(std::string_view input) {
  Transform t;
  const std::string expected = in_pieces(t, input, {}, 4096);
  const auto same = [&](const std::vector<std::size_t>& cuts, std::size_t room) {
    t.reset();
    const std::string got = in_pieces(t, input, cuts, room);
    if (got != expected) {
      CAPTURE(room);
      CAPTURE(cuts.size());
      CAPTURE(cuts.empty() ? 0 : cuts.front());
      CHECK(got == expected);
    }
  };
  const std::vector<std::size_t> bytes = every(1, input);
  for (std::size_t cut = 0; cut < input.size(); ++cut) { same({cut}, 4 + cut % 67); }
  for (std::size_t room = 4; room <= 70; ++room) {
    same({}, room);
    same(bytes, room);
  }
  return expected;
}

/// What a Transform says of `input` that it refuses; empty when it does not.
template <class Transform>
std::string failure_for(std::string_view input) {
  Transform t;
  std::vector<std::byte> out(4096);
  linmem::step_result r{};
  do {
    r = t.step(linmem::as_bytes(input), out, true);
    input.remove_prefix(r.consumed);
  } while (r.status == linmem::step_status::need_output);
  return r.status == linmem::step_status::failed ? linmem::failure_of(t).subject : "";
}

/// A small generator of numbers that are the same everywhere.
class random_numbers {
public:
  explicit random_numbers(std::uint64_t seed) noexcept : state_{seed} {}
  /// A number below `bound`, which is not 0.
  std::size_t below(std::size_t bound) noexcept {
    state_ = state_ * 6364136223846793005U + 1442695040888963407U;
    return static_cast<std::size_t>((state_ >> 33U) % bound);
  }

private:
  std::uint64_t state_;
};

/// `count` of `words`, one after the other, as `numbers` have it.
inline std::string soup(random_numbers& numbers, const std::vector<std::string_view>& words,
                        std::size_t count) {
  std::string text;
  for (std::size_t i = 0; i < count; ++i) { text += words[numbers.below(words.size())]; }
  return text;
}

/// Ascending cuts of `input`, as `numbers` have it.
inline std::vector<std::size_t> cuts_of(random_numbers& numbers, std::string_view input) {
  std::vector<std::size_t> cuts;
  for (std::size_t at = 0;;) {
    at += 1 + numbers.below(9);
    if (at >= input.size()) { return cuts; }
    cuts.push_back(at);
  }
}

} // namespace run_transform
