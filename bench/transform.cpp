// Two transforms, one behind the other, over a text: ASCII letters to upper case, and carriage returns
// left out. A figure is the time of one pass. transform.mjs says what the variants are.
#include "cases.hpp"

#include <linmem/bytes.hpp>
#include <linmem/chunk_stream.hpp>
#include <linmem/pipeline.hpp>
#include <linmem/transform.hpp>

#include <cstddef> // std::byte, std::size_t
#include <ranges>  // std::views::filter, std::views::transform
#include <sstream> // std::istringstream, std::ostringstream
#include <string>  // std::string
#include <utility> // std::move
#include <vector>  // std::vector

namespace {

char upper(char c) noexcept { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c; }

struct to_upper {
  linmem::step_result step(linmem::byte_view in, linmem::byte_span out, bool last) noexcept {
    const std::size_t n = linmem::smaller(in.size(), out.size());
    for (std::size_t i = 0; i < n; ++i) {
      out[i] = static_cast<std::byte>(upper(static_cast<char>(in[i])));
    }
    if (n < in.size()) { return {n, n, linmem::step_status::need_output}; }
    return {n, n, last ? linmem::step_status::done : linmem::step_status::need_input};
  }
  void reset() noexcept {}
};

struct without_returns {
  linmem::step_result step(linmem::byte_view in, linmem::byte_span out, bool last) noexcept {
    std::size_t written = 0;
    for (std::size_t read = 0; read < in.size(); ++read) {
      if (in[read] == std::byte{'\r'}) { continue; }
      if (written == out.size()) { return {read, written, linmem::step_status::need_output}; }
      out[written++] = in[read];
    }
    return {in.size(), written, last ? linmem::step_status::done : linmem::step_status::need_input};
  }
  void reset() noexcept {}
};

std::string made_text(std::size_t bytes) {
  bench::random r;
  std::string text;
  while (text.size() < bytes) {
    for (std::size_t i = 4 + r.below(60); i > 0; --i) {
      text += static_cast<char>(r.below(6) == 0 ? ' ' : 'a' + static_cast<int>(r.below(26)));
    }
    text += "\r\n";
  }
  return text;
}

template <class T>
void pull_all(T t, const std::string& text) {
  auto stream = linmem::transform_chunks(std::move(t), linmem::as_bytes(text));
  for (const linmem::byte_view chunk : *stream) { bench::use(*chunk.data()); }
}

void define_size(bench::cases& all, const std::string& name, const std::string& text) {
  const auto add = [&](const char* way, auto pass) {
    all.add(name, way, 1, std::move(pass), "us");
  };
  // Chunk by chunk, as the stream does it: the output stays in the cache.
  add("limit", [&text, out = std::vector<char>(65536)]() mutable {
    std::size_t written = 0;
    for (const char c : text) {
      if (c == '\r') { continue; }
      out[written++] = upper(c);
      if (written == out.size()) {
        bench::use(*out.data());
        written = 0;
      }
    }
    bench::use(*out.data());
  });
  add("linmem", [&text] { pull_all(linmem::pipeline{to_upper{}, without_returns{}}, text); });
  add("linmem, 16 KiB between",
      [&text] { pull_all(linmem::pipeline<to_upper, without_returns, 16384>{}, text); });
  add("std::string between", [&text] {
    std::string all_upper;
    all_upper.reserve(text.size());
    for (const char c : text) { all_upper += upper(c); }
    std::string out;
    for (const char c : all_upper) {
      if (c != '\r') { out += c; }
    }
    bench::use(*out.data());
  });
  add("std::views", [&text] {
    std::string out;
    for (const char c : text | std::views::transform(upper) |
                            std::views::filter([](char c) { return c != '\r'; })) {
      out += c;
    }
    bench::use(*out.data());
  });
  add("std::stringstream between", [&text] {
    std::istringstream in{text};
    std::stringstream between;
    std::ostringstream out;
    for (char c = 0; in.get(c);) { between.put(upper(c)); }
    for (char c = 0; between.get(c);) {
      if (c != '\r') { out.put(c); }
    }
    bench::use(*out.view().data());
  });
}

} // namespace

void bench::define(cases& all) {
  static const std::string small = made_text(10'000);
  static const std::string large = made_text(1'000'000);
  define_size(all, "10 KB, two steps", small);
  define_size(all, "1 MB, two steps", large);
}
