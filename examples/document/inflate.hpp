// examples/document/inflate.hpp - what deflate packs, unpacked up to a limit.
//
//   document::growing_bytes out;
//   linmem::error failed = document::inflate_zlib(packed, 1 << 20, "unpacked text in bytes", out);
//
// Memory grows as the data does: what is claimed of its size is never believed. Needs zlib.h on the
// include path and zlib linked.
#pragma once

#include "growing_bytes.hpp"

#include <linmem/error.hpp> // linmem::error, linmem::errc

#include <zlib.h>

#include <algorithm>   // std::min
#include <cstddef>     // std::size_t
#include <string_view> // std::string_view

namespace document {

namespace detail {

// `window` is zlib's: negative for data without a head.
[[nodiscard]] inline linmem::error inflate_with(int window, std::string_view packed,
                                                std::size_t most, const char* subject,
                                                growing_bytes& out) noexcept {
  z_stream stream{};
  stream.next_in =
      const_cast<Bytef*>(reinterpret_cast<const Bytef*>(packed.data())); // NOLINT: not written to
  stream.avail_in = static_cast<uInt>(packed.size());
  if (inflateInit2(&stream, window) != Z_OK) {
    return {linmem::errc::out_of_memory, subject, 0, 0};
  }
  linmem::error failed{};
  std::size_t left = most;
  for (int done = Z_OK; done != Z_STREAM_END && failed.code == linmem::errc::none;) {
    if (!out.reserve(1)) {
      failed = {linmem::errc::out_of_memory, subject, 0, 0};
      break;
    }
    // One byte beyond the limit tells data that ends there from data that goes on.
    text_output room = out.room();
    const std::size_t want = std::min(room.room(), left + 1);
    stream.next_out = reinterpret_cast<Bytef*>(room.at); // NOLINT: char may alias
    stream.avail_out = static_cast<uInt>(want);
    done = inflate(&stream, Z_NO_FLUSH);
    const std::size_t got = want - stream.avail_out;
    out.commit(room.at + std::min(got, left));
    if (got > left) {
      failed = {linmem::errc::limit_exceeded, subject, most, most + 1};
    } else if (done == Z_MEM_ERROR) {
      failed = {linmem::errc::out_of_memory, subject, 0, 0};
    } else if (done != Z_OK && done != Z_STREAM_END) {
      failed = {linmem::errc::invalid_data, subject, 0, 0};
    }
    left -= std::min(got, left);
  }
  inflateEnd(&stream);
  return failed;
}

} // namespace detail

/// Adds what `packed`, in zlib's format, unpacks to behind `out`, at most `most` bytes of it.
/// limit_exceeded, out_of_memory or invalid_data, of `subject`; what was unpacked until then is in `out`.
[[nodiscard]] inline linmem::error inflate_zlib(std::string_view packed, std::size_t most,
                                                const char* subject, growing_bytes& out) noexcept {
  return detail::inflate_with(MAX_WBITS, packed, most, subject, out);
}
/// The same for data without a head, as in a ZIP archive.
[[nodiscard]] inline linmem::error inflate_raw(std::string_view packed, std::size_t most,
                                               const char* subject, growing_bytes& out) noexcept {
  return detail::inflate_with(-MAX_WBITS, packed, most, subject, out);
}

} // namespace document
