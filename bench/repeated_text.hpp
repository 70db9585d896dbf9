// Text of any size for the benchmarks of text: one sentence again and again, so that none of it has
// to lie anywhere. A few of its characters need escaping in JSON.
#pragma once

#include <linmem/bytes.hpp>
#include <linmem/transform.hpp>

#include <array>       // std::array
#include <cstddef>     // std::size_t
#include <cstring>     // std::memcpy
#include <string_view> // std::string_view

namespace bench {

inline constexpr std::string_view english = "Linear memory holds the text; the \"host\" wants it "
                                            "all, or in pieces: that makes a difference.\n";
inline constexpr std::string_view mixed = // a third of the bytes beyond ASCII
    "Linear memory holds the text; the \"host\" wants it: d\u00E9j\u00E0 vu, "
    "\u03B5\u03BB\u03BB\u03B7\u03BD\u03B9\u03BA\u03AC, \u6F22\u5B57, \U0001F680.\n";
static_assert(english.size() == mixed.size(), "both give the same sizes");

// A sentence often enough that copying it is quick.
template <const std::string_view& Sentence>
inline constexpr auto many = [] {
  std::array<char, Sentence.size() * 64> text{};
  for (std::size_t i = 0; i < text.size(); ++i) { text[i] = Sentence[i % Sentence.size()]; }
  return text;
}();

/// What the text is made of, for the whole module.
inline std::string_view block{many<english>.data(), many<english>.size()};
inline void use_mixed(bool is_mixed) noexcept {
  const auto& text = is_mixed ? many<mixed> : many<english>;
  block = {text.data(), text.size()};
}

/// Writes the text from its byte `at` on.
inline void write_text(std::size_t at, char* out, std::size_t bytes) noexcept {
  while (bytes != 0) {
    const std::size_t from = at % block.size();
    const std::size_t n = linmem::smaller(bytes, block.size() - from);
    std::memcpy(out, block.data() + from, n);
    at += n;
    out += n;
    bytes -= n;
  }
}

/// The transform that needs no input: its output is the text.
class repeated_text {
public:
  explicit repeated_text(std::size_t bytes) noexcept : bytes_{bytes} {}
  linmem::step_result step(linmem::byte_view, linmem::byte_span out, bool last) noexcept {
    const std::size_t n = linmem::smaller(out.size(), bytes_ - at_);
    write_text(at_, reinterpret_cast<char*>(out.data()), n); // NOLINT: bytes
    at_ += n;
    using enum linmem::step_status;
    return {0, n, at_ < bytes_ ? need_output : last ? done : need_input};
  }
  void reset() noexcept { at_ = 0; }

private:
  std::size_t bytes_;
  std::size_t at_ = 0;
};

} // namespace bench
