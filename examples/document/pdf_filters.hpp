// examples/document/pdf_filters.hpp - what PDF's own ways of packing pack, unpacked.
//
//   document::growing_bytes out;
//   linmem::error failed = document::unpack_ascii85(packed, "unpacked stream in bytes", out);
//
// All stop where the data ends or is damaged, as other readers of PDF do.
#pragma once

#include "growing_array.hpp"
#include "growing_bytes.hpp"

#include <linmem/error.hpp> // linmem::error, linmem::errc

#include <array>       // std::array
#include <cstddef>     // std::size_t
#include <cstdint>     // std::uint32_t
#include <cstdlib>     // std::abs
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

/// Adds what LZW packed behind `out`, at most `most` bytes of it; codes become wider one before they must
/// where `is_early`. limit_exceeded or out_of_memory, of `subject`.
[[nodiscard]] inline linmem::error unpack_lzw(std::string_view packed, std::size_t most,
                                              const char* subject, growing_bytes& out,
                                              bool is_early = true) noexcept {
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
    while (width < 12 && next + (is_early ? 1 : 0) >= (std::size_t{1} << width)) { ++width; }
  }
  return {};
}

/// Adds what runs of equal bytes packed behind `out`, at most `most` bytes of it. limit_exceeded or
/// out_of_memory, of `subject`.
[[nodiscard]] inline linmem::error unpack_run_length(std::string_view packed, std::size_t most,
                                                     const char* subject,
                                                     growing_bytes& out) noexcept {
  constexpr std::size_t end = 128;
  const std::size_t begin = out.size();
  while (packed.size() >= 2) {
    const std::size_t length = static_cast<unsigned char>(packed[0]);
    packed.remove_prefix(1);
    if (length == end) { break; }
    const std::size_t size = length < end ? length + 1 : 257 - length;
    if (size > most - (out.size() - begin)) {
      return {linmem::errc::limit_exceeded, subject, most, most + 1};
    }
    const std::string_view bytes = packed.substr(0, length < end ? size : 1);
    packed.remove_prefix(bytes.size());
    for (std::size_t i = 0; i < (length < end ? 1 : size); ++i) {
      if (!out.append(bytes)) { return {linmem::errc::out_of_memory, subject, 0, 0}; }
    }
  }
  return {};
}

/// How the bytes of a stream were made differences: of samples that lie in rows, like those of a
/// picture.
struct pdf_prediction {
  std::uint32_t predictor = 1; ///< 2: TIFF's, of samples of 8 bits; from 10 on: PNG's
  std::uint32_t colors = 1;    ///< samples in a pixel
  std::uint32_t bits = 8;      ///< in a sample
  std::uint32_t columns = 1;   ///< pixels in a row
};

/// Makes bytes of the differences from `from` on of `bytes`, in their place.
inline void undo_prediction(const pdf_prediction& how, std::size_t from,
                            growing_bytes& bytes) noexcept {
  if (how.predictor < 2 || from == bytes.size()) { return; }
  const bool is_png = how.predictor >= 10;
  const std::size_t pixel_bits = std::size_t{how.colors} * how.bits;
  const std::size_t pixel = (pixel_bits + 7) / 8;
  const std::size_t row = (pixel_bits * how.columns + 7) / 8;
  if (row == 0 || (!is_png && how.bits != 8)) { return; }
  auto* const data =
      reinterpret_cast<unsigned char*>(bytes.data()) + from; // NOLINT: char may alias
  const std::size_t end = bytes.size() - from;
  std::size_t to = 0;
  for (std::size_t at = 0; at < end;) {
    const std::uint32_t kind = is_png ? data[at++] : 1; // the first byte of PNG's rows
    const std::size_t begin = to;
    for (std::size_t i = 0; i != row && at < end; ++i, ++at, ++to) {
      const int left = i < pixel ? 0 : data[to - pixel];
      const int above = !is_png || begin == 0 ? 0 : data[to - row];
      const int corner = i < pixel || !is_png || begin == 0 ? 0 : data[to - row - pixel];
      const int near_left = std::abs(above - corner);
      const int near_above = std::abs(left - corner);
      const int near_corner = std::abs(left + above - 2 * corner);
      const int paeth = near_left <= near_above && near_left <= near_corner ? left
                        : near_above <= near_corner                         ? above
                                                                            : corner;
      const int guess = kind == 1   ? left
                        : kind == 2 ? above
                        : kind == 3 ? (left + above) / 2
                        : kind == 4 ? paeth
                                    : 0;
      data[to] = static_cast<unsigned char>(data[at] + guess);
    }
  }
  bytes.cut(from + to);
}

} // namespace document
