// examples/document/pdf_filters.hpp - what PDF's own ways of packing pack, unpacked.
//
//   document::growing_bytes out;
//   linmem::error failed = document::unpack_ascii85(packed, "unpacked stream in bytes", out);
//
// Both stop where the data ends or is damaged, as other readers of PDF do.
#pragma once

#include "growing_array.hpp"
#include "growing_bytes.hpp"

#include <linmem/error.hpp> // linmem::error, linmem::errc

#include <array>       // std::array
#include <cstddef>     // std::size_t
#include <cstdint>     // std::uint32_t
#include <string_view> // std::string_view

namespace document {

/// Adds the bytes that five characters each stand for, four of them, behind `out`. out_of_memory, of
/// `subject`.
[[nodiscard]] inline linmem::error unpack_ascii85(std::string_view packed, const char* subject,
                                                  growing_bytes& out) noexcept {
  std::uint32_t value = 0;
  std::size_t digits = 0;
  const auto put = [&](std::size_t size) {
    const std::array<char, 4> bytes{static_cast<char>(value >> 24U),
                                    static_cast<char>(value >> 16U), static_cast<char>(value >> 8U),
                                    static_cast<char>(value)};
    value = 0;
    digits = 0;
    return out.append({bytes.data(), size});
  };
  for (const char c : packed) {
    if (c == '~') { break; }
    bool written = true;
    if (c == 'z' && digits == 0) {
      written = put(4);
    } else if (c >= '!' && c <= 'u') {
      value = value * 85 + static_cast<std::uint32_t>(c - '!');
      if (++digits == 5) { written = put(4); }
    }
    if (!written) { return {linmem::errc::out_of_memory, subject, 0, 0}; }
  }
  if (digits < 2) { return {}; }
  const std::size_t size = digits - 1;
  for (; digits != 5; ++digits) { value = value * 85 + 84; }
  return put(size) ? linmem::error{} : linmem::error{linmem::errc::out_of_memory, subject, 0, 0};
}

/// Adds what LZW packed behind `out`, at most `most` bytes of it. limit_exceeded or out_of_memory, of
/// `subject`.
[[nodiscard]] inline linmem::error unpack_lzw(std::string_view packed, std::size_t most,
                                              const char* subject, growing_bytes& out) noexcept {
  constexpr std::uint32_t clear = 256;
  constexpr std::uint32_t end = 257;
  constexpr std::size_t most_codes = 4096;
  // A code stands for bytes that were put out before: where, and how many.
  struct sequence {
    std::size_t at;
    std::size_t size;
  };
  growing_array<sequence> known;
  if (!known.assign(most_codes, {0, 0})) { return {linmem::errc::out_of_memory, subject, 0, 0}; }
  const std::size_t begin = out.size();
  std::uint32_t bits = 0;
  std::uint32_t held = 0;
  std::uint32_t width = 9;
  std::size_t next = end + 1;
  sequence before{0, 0};
  for (const char byte : packed) {
    bits = bits << 8U | static_cast<unsigned char>(byte);
    held += 8;
    if (held < width) { continue; }
    held -= width;
    const std::uint32_t code = bits >> held & ((1U << width) - 1);
    if (code == end) { break; }
    if (code == clear) {
      width = 9;
      next = end + 1;
      before.size = 0;
      continue;
    }
    // The code that is about to be made stands for the bytes before and the first of them again.
    const bool is_new = code == next && before.size != 0;
    if (code > end && code >= next && !is_new) { break; }
    sequence now{out.size(), 1};
    const sequence from = is_new ? before : code > end ? known[code] : sequence{0, 0};
    if (code > end) { now.size = from.size + (is_new ? 1 : 0); }
    if (now.size > most - (out.size() - begin)) {
      return {linmem::errc::limit_exceeded, subject, most, most + 1};
    }
    if (!out.reserve(now.size)) { return {linmem::errc::out_of_memory, subject, 0, 0}; }
    char* to = out.room().at;
    if (code < clear) { *to++ = static_cast<char>(code); }
    for (std::size_t i = 0; code > end && i != now.size; ++i) { *to++ = out.data()[from.at + i]; }
    out.commit(to);
    if (before.size != 0 && next < most_codes) { known[next++] = {before.at, before.size + 1}; }
    before = now;
    // Codes become wider one before they must.
    while (width < 12 && next + 1 >= (std::size_t{1} << width)) { ++width; }
  }
  return {};
}

} // namespace document
