// examples/image_batch/image_file.hpp - what an image file is and how large, before it is decoded.
//
// The sizes in a file are a demand for memory that anybody may write. They are read and compared with
// limits here, and the file is gone through once: chunks and segments have to be there in full. The
// decoder does not mind, and fills up what is missing; nor does it look at the checksums of a PNG.
//
//   const auto header = image_batch::inspect(file, limits);    // result<image_header>; reads little
//   const auto fine = image_batch::verify(file, header->format); // result<void>; reads all of it
//
// Does not look into compressed data: that is the decoder's part.
#pragma once

#include <linmem/bytes.hpp>
#include <linmem/error.hpp>
#include <linmem/result.hpp>

#include <zlib.h>

#include <cstddef>     // std::byte, std::size_t
#include <cstdint>     // std::uint32_t, std::uint64_t
#include <cstring>     // std::memchr
#include <string_view> // std::string_view
#include <utility>     // std::exchange

namespace image_batch {

/// What an image may be at most.
struct image_limits {
  std::uint64_t file_bytes = std::uint64_t{64} << 20; ///< bytes of the file
  std::uint64_t side = 16'384;                        ///< pixels of its width and of its height
  std::uint64_t pixels = std::uint64_t{1} << 25;      ///< of both multiplied: 128 MiB as RGBA
};

/// What reads it.
enum class image_format : std::uint32_t { png, jpeg };

/// What a file says of its image.
struct image_header {
  image_format format = image_format::png;
  std::uint32_t width = 0;  ///< in pixels, at least 1
  std::uint32_t height = 0; ///< in pixels, at least 1

  /// Bytes of the image as RGBA.
  [[nodiscard]] constexpr std::size_t rgba_bytes() const noexcept {
    return std::size_t{4} * width * height; // no overflow: within the limits
  }
};

namespace detail {

/// Reads numbers, big end first; what is read is there: checked before.
[[nodiscard]] inline std::uint32_t number_at(linmem::byte_view file, std::size_t at,
                                             std::size_t bytes) noexcept {
  std::uint32_t number = 0;
  for (std::size_t i = 0; i < bytes; ++i) {
    number = number << 8U | std::to_integer<std::uint32_t>(file[at + i]);
  }
  return number;
}

inline linmem::result<void> check_size(const image_header& header,
                                       const image_limits& limits) noexcept {
  using linmem::errc, linmem::fail;
  if (header.width == 0) { return fail(errc::invalid_data, "image width in pixels", 1, 0); }
  if (header.height == 0) { return fail(errc::invalid_data, "image height in pixels", 1, 0); }
  if (header.width > limits.side) {
    return fail(errc::limit_exceeded, "image width in pixels", limits.side, header.width);
  }
  if (header.height > limits.side) {
    return fail(errc::limit_exceeded, "image height in pixels", limits.side, header.height);
  }
  const std::uint64_t pixels = std::uint64_t{header.width} * header.height;
  if (pixels > limits.pixels) {
    return fail(errc::limit_exceeded, "image size in pixels", limits.pixels, pixels);
  }
  return {};
}

// Where `file` ends in the middle of something that takes `bytes` from `at` on.
[[nodiscard]] inline bool ends_within(linmem::byte_view file, std::size_t at,
                                      std::uint64_t bytes) noexcept {
  return !linmem::in_bounds(at, bytes, file.size());
}
[[nodiscard]] inline linmem::unexpected cut_off(linmem::byte_view file, std::size_t at,
                                                std::uint64_t bytes) noexcept {
  return linmem::fail(linmem::errc::invalid_data, "image file that is cut off, in bytes",
                      file.size(), at + bytes);
}

inline constexpr std::string_view png_signature{"\x89PNG\r\n\x1A\n"};
inline constexpr std::string_view jpeg_signature{"\xFF\xD8\xFF"};

// A PNG is a row of chunks: length, name, data, checksum of name and data.
struct png_chunk {
  static constexpr std::size_t around = 12; // bytes besides the data
  std::string_view name;
  linmem::byte_view checked; // name and data
  std::uint32_t checksum;    // what it says
};

// The chunk at `at`.
inline linmem::result<png_chunk> chunk_at(linmem::byte_view file, std::size_t at) noexcept {
  if (ends_within(file, at, png_chunk::around)) { return cut_off(file, at, png_chunk::around); }
  const std::uint32_t bytes = number_at(file, at, 4);
  const std::uint64_t whole = std::uint64_t{png_chunk::around} + bytes;
  if (ends_within(file, at, whole)) { return cut_off(file, at, whole); }
  return png_chunk{linmem::as_text(file.subspan(at + 4, 4)), file.subspan(at + 4, bytes + 4),
                   number_at(file, at + 8 + bytes, 4)};
}

// Calls `f` with each chunk up to the last one, until there is an error.
template <class F>
linmem::result<void> for_each_chunk(linmem::byte_view file, F f) noexcept {
  for (std::size_t at = png_signature.size();;) {
    const auto chunk = chunk_at(file, at);
    if (!chunk) { return linmem::unexpected{chunk.error()}; }
    if (auto fine = f(*chunk); !fine || chunk->name == "IEND") { return fine; }
    at += chunk->checked.size() + png_chunk::around - 4;
  }
}

inline linmem::result<image_header> inspect_png(linmem::byte_view file,
                                                const image_limits& limits) noexcept {
  image_header header{image_format::png};
  bool is_first = true;
  const auto fine = for_each_chunk(file, [&](const png_chunk& chunk) -> linmem::result<void> {
    if (!std::exchange(is_first, false)) { return {}; }
    if (chunk.name != "IHDR" || chunk.checked.size() != 4 + 13) {
      return linmem::fail(linmem::errc::invalid_data, "PNG that does not begin with its header");
    }
    header.width = number_at(chunk.checked, 4, 4);
    header.height = number_at(chunk.checked, 8, 4);
    return check_size(header, limits);
  });
  if (!fine) { return linmem::unexpected{fine.error()}; }
  return header;
}

// A JPEG is a row of segments: FF, marker, length, data. Behind a start of scan come entropy-coded
// bytes, in which FF is followed by 0 or by a restart marker.
inline linmem::result<image_header> inspect_jpeg(linmem::byte_view file,
                                                 const image_limits& limits) noexcept {
  using linmem::errc, linmem::fail;
  constexpr std::uint32_t scan = 0xDA;
  constexpr std::uint32_t end = 0xD9;
  image_header header{image_format::jpeg};
  bool in_scan = false;
  for (std::size_t at = 2;;) {
    const auto* const rest = file.data() + at;
    const void* const found = std::memchr(rest, 0xFF, file.size() - at);
    if (found == nullptr) { return cut_off(file, file.size(), 2); }
    const auto skipped = static_cast<std::size_t>(static_cast<const std::byte*>(found) - rest);
    if (skipped != 0 && !in_scan) {
      return fail(errc::invalid_data, "bytes between JPEG segments", 0, skipped);
    }
    at += skipped;
    if (ends_within(file, at, 2)) { return cut_off(file, at, 2); }
    const std::uint32_t marker = number_at(file, at + 1, 1);
    if (marker == 0xFF) { // a fill byte
      ++at;
      continue;
    }
    at += 2;
    if (marker == 0 || (marker >= 0xD0 && marker <= 0xD7)) { continue; }
    if (marker == end) { break; }
    if (ends_within(file, at, 2)) { return cut_off(file, at, 2); }
    const std::uint32_t bytes = number_at(file, at, 2);
    if (bytes < 2) { return fail(errc::invalid_data, "JPEG segment in bytes", 2, bytes); }
    if (ends_within(file, at, bytes)) { return cut_off(file, at, bytes); }
    const bool is_table = marker == 0xC4 || marker == 0xC8 || marker == 0xCC;
    if (marker >= 0xC0 && marker <= 0xCF && !is_table) { // a start of frame
      if (marker > 0xC2) {                               // lossless, hierarchical or arithmetic
        return fail(errc::unsupported, "JPEG process of frame marker", 0xC2, marker);
      }
      if (bytes < 8) { return fail(errc::invalid_data, "JPEG frame header in bytes", 8, bytes); }
      header.height = number_at(file, at + 3, 2);
      header.width = number_at(file, at + 5, 2);
      if (auto checked = check_size(header, limits); !checked) {
        return linmem::unexpected{checked.error()};
      }
    }
    in_scan = marker == scan;
    at += bytes;
  }
  if (header.width == 0) { return fail(errc::invalid_data, "JPEG without a frame"); }
  return header;
}

} // namespace detail

/// What `file` says of its image, checked against `limits`: limit_exceeded with the limit and the
/// number. invalid_data for a file that is empty or cut off; unsupported for one that is neither PNG
/// nor JPEG.
inline linmem::result<image_header> inspect(linmem::byte_view file,
                                            const image_limits& limits) noexcept {
  using linmem::errc, linmem::fail;
  if (file.empty()) { return fail(errc::invalid_data, "image file in bytes", 1, 0); }
  if (file.size() > limits.file_bytes) {
    return fail(errc::limit_exceeded, "image file in bytes", limits.file_bytes, file.size());
  }
  const std::string_view text = linmem::as_text(file);
  if (text.starts_with(detail::png_signature)) { return detail::inspect_png(file, limits); }
  if (text.starts_with(detail::jpeg_signature)) { return detail::inspect_jpeg(file, limits); }
  return fail(errc::unsupported, "image format, which is neither PNG nor JPEG");
}

/// Checks the sums over the data of `file`, which inspect() has found whole: invalid_data with what a
/// sum should be and is. A JPEG has none.
inline linmem::result<void> verify(linmem::byte_view file, image_format format) noexcept {
  if (format != image_format::png) { return {}; }
  return detail::for_each_chunk(file, [](const detail::png_chunk& chunk) -> linmem::result<void> {
    const auto* const bytes = reinterpret_cast<const Bytef*>(chunk.checked.data()); // NOLINT
    const auto sum =
        static_cast<std::uint32_t>(crc32(0, bytes, static_cast<uInt>(chunk.checked.size())));
    if (sum == chunk.checksum) { return {}; }
    return linmem::fail(linmem::errc::invalid_data, "checksum of a PNG chunk", chunk.checksum, sum);
  });
}

} // namespace image_batch
