// What the tests of streams share: transforms that behave, fail and publish, and what must hold for
// every stream.
#pragma once

#include <linmem/bytes.hpp>
#include <linmem/chunk_source.hpp>
#include <linmem/error.hpp>
#include <linmem/transform.hpp>
#include <linmem/utf8.hpp>

#include "bracketed.hpp"
#include "support.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <string>
#include <vector>

namespace support {

/// Takes every chunk, and checks what holds for all of them.
template <class Stream>
std::string join(Stream& stream, std::size_t chunk_size) {
  std::string all;
  double progress = stream.progress();
  for (const linmem::byte_view chunk : stream) {
    REQUIRE_FALSE(chunk.empty());
    REQUIRE(chunk.size() <= chunk_size);
    REQUIRE(linmem::utf8::is_valid(chunk));
    all += linmem::as_text(chunk);
    REQUIRE(stream.progress() >= progress);
    REQUIRE(stream.progress() <= 1.0);
    progress = stream.progress();
  }
  REQUIRE(stream.position() == all.size());
  if (stream.state() == linmem::stream_state::ended) {
    REQUIRE(stream.progress() == 1.0);
    REQUIRE(stream.remaining() == 0);
  }
  return all;
}

inline std::vector<std::size_t> chunk_sizes() {
  std::vector<std::size_t> sizes{1024, 4096, 65536};
  for (std::size_t n = 4; n <= 70; ++n) { sizes.push_back(n); }
  return sizes;
}

/// Text with every broken sequence in it, between whole ones.
inline std::string broken_text() {
  std::string text = "plain é ";
  for (const std::string& broken : broken_sequences()) { text += broken + "x漢" + broken; }
  return text;
}

/// `text` in pieces of `size` bytes, cut anywhere.
inline std::vector<std::string> pieces_of(const std::string& text, std::size_t size) {
  std::vector<std::string> pieces;
  for (std::size_t at = 0; at < text.size(); at += size) {
    pieces.push_back(text.substr(at, size));
  }
  return pieces;
}

/// Every character twice: output is longer than input. Written whole, as transforms of text do.
struct twice {
  linmem::step_result step(linmem::byte_view in, linmem::byte_span out, bool last) noexcept {
    std::size_t read = 0;
    std::size_t written = 0;
    while (read < in.size()) {
      const std::size_t n = linmem::utf8::first_sequence(in.subspan(read)).length;
      if (out.size() - written < n) { return {read, written, linmem::step_status::need_output}; }
      linmem::copy_bytes(in.subspan(read, n), out.subspan(written));
      written += n;
      if (second) { read += n; }
      second = !second;
    }
    return {read, written, last ? linmem::step_status::done : linmem::step_status::need_input};
  }
  void reset() noexcept { second = false; }
  bool second = false;
};

/// What `twice` makes of `text`.
inline std::string doubled(const std::string& text) {
  std::string all;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t n = linmem::utf8::first_sequence(linmem::as_bytes(text).subspan(at)).length;
    all += text.substr(at, n) + text.substr(at, n);
    at += n;
  }
  return all;
}

/// Passes ten bytes on, then fails with an error of its own.
struct failing {
  linmem::step_result step(linmem::byte_view in, linmem::byte_span out, bool) noexcept {
    const std::size_t n = std::min({in.size(), out.size(), left});
    linmem::copy_bytes(in.first(n), out);
    left -= n;
    if (left == 0) { return {n, n, linmem::step_status::failed}; }
    return {n, n,
            n == in.size() ? linmem::step_status::need_input : linmem::step_status::need_output};
  }
  void reset() noexcept { left = 10; }
  [[nodiscard]] linmem::error failure() const noexcept {
    return {linmem::errc::limit_exceeded, "test bytes", 10, 11};
  }
  std::size_t left = 10;
};

/// Breaks its promise: never does anything.
struct stuck {
  linmem::step_result step(linmem::byte_view, linmem::byte_span, bool) noexcept {
    return {0, 0, linmem::step_status::need_output};
  }
  void reset() noexcept {}
};

/// Everything that next_part() gives: text as it is, items in brackets with their kind's letter.
template <class Stream>
std::string parts_of(Stream& stream) {
  std::string all;
  for (;;) {
    switch (stream.next_part()) {
      case linmem::stream_state::ready:
        REQUIRE_FALSE(stream.chunk().empty());
        REQUIRE(linmem::utf8::is_valid(stream.chunk()));
        all += linmem::as_text(stream.chunk());
        break;
      case linmem::stream_state::item:
        all += '[';
        all += "tio"[static_cast<std::size_t>(stream.item().kind)];
        all += linmem::as_text(stream.item().payload);
        all += ']';
        break;
      default: return all;
    }
  }
}

} // namespace support
