// The module of the chunk_stream benchmark: text that lies in memory, or is made as it is read, and
// the same text in the ways that one would hand it out otherwise.
#include "repeated_text.hpp"

#include <linmem/stream_exports.hpp>

#include <array>       // std::array
#include <cstdlib>     // std::free, std::malloc
#include <string_view> // std::string_view

LINMEM_EXPORT(bench_text) std::uint32_t bench_text(std::uint32_t buffer) noexcept {
  return linmem::open_text(buffer);
}
/// Says whether the text made from now on is ASCII only or mixed.
LINMEM_EXPORT(bench_use_mixed) void bench_use_mixed(std::uint32_t is_mixed) noexcept {
  bench::use_mixed(is_mixed != 0);
}
/// The text of `bytes` bytes as a stream.
LINMEM_EXPORT(bench_stream) std::uint32_t bench_stream(std::uint32_t bytes) noexcept {
  return linmem::open_stream(bench::repeated_text{bytes});
}
/// What is fed, repaired where it is no UTF-8.
LINMEM_EXPORT(bench_copy) std::uint32_t bench_copy() noexcept {
  return linmem::open_stream(linmem::utf8_lossy<linmem::copy_transform>{});
}

/// Makes the text from byte `at` on in a place that is always the same, and returns it.
LINMEM_EXPORT(bench_piece)
const char* bench_piece(std::uint32_t at, std::uint32_t bytes) noexcept {
  static std::array<char, 65536> piece;
  bench::write_text(at, piece.data(), linmem::smaller<std::size_t>(bytes, piece.size()));
  return piece.data();
}

/// All of the text, NUL-terminated; std::free's.
LINMEM_EXPORT(bench_whole) char* bench_whole(std::uint32_t bytes) noexcept {
  auto* text = static_cast<char*>(std::malloc(bytes + std::size_t{1}));
  bench::write_text(0, text, bytes);
  text[bytes] = '\0';
  return text;
}
LINMEM_EXPORT(bench_free) void bench_free(char* text) noexcept { std::free(text); }

/// The text as the string of a JSON document.
LINMEM_EXPORT(bench_json) char* bench_json(std::uint32_t bytes) noexcept {
  char* text = bench_whole(bytes);
  // Twice the room is enough: each escaped character becomes two.
  auto* json = static_cast<char*>(std::malloc(2 * std::size_t{bytes} + 12));
  char* out = json;
  for (const char c : std::string_view{"{\"text\":\""}) { *out++ = c; }
  for (const char c : std::string_view{text, bytes}) {
    if (c == '"' || c == '\\' || c == '\n') {
      *out++ = '\\';
      *out++ = c == '\n' ? 'n' : c;
    } else {
      *out++ = c;
    }
  }
  for (const char c : std::string_view{"\"}"}) { *out++ = c; }
  *out = '\0';
  std::free(text);
  return json;
}
