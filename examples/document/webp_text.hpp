// examples/document/webp_text.hpp - what a WebP image says about itself.
//
// Reads the chunks of a WebP file: size, alpha, frames of an animation, Exif and XMP. The pixels are
// passed over.
//
//   linmem::error failed = document::webp_reader{file, report}.read();
//
// Needs pugixml.
#pragma once

#include "byte_order.hpp"
#include "exif.hpp"
#include "image_report.hpp"
#include "xmp.hpp"

#include <linmem/error.hpp> // linmem::error, linmem::errc

#include <cstdint>     // std::uint32_t, std::uint64_t
#include <string_view> // std::string_view

namespace document {

/// See this header's first lines.
template <class Report>
class webp_reader {
public:
  static constexpr std::string_view magic = "RIFF"; ///< at the beginning

  /// Of `file`, for `report`.
  webp_reader(std::string_view file, Report& report) noexcept : file_{file}, report_{report} {}

  /// invalid_data, out_of_memory.
  [[nodiscard]] linmem::error read() noexcept {
    constexpr std::uint64_t head_size = 12;
    if (part_of(file_, 8, 4) != "WEBP") { return broken_image("WebP: its header"); }
    for (std::uint64_t at = head_size; at < file_.size();) {
      const std::string_view head = part_of(file_, at, 8);
      const std::uint32_t size = head.empty() ? 0 : little_endian(head.substr(4, 4));
      const std::string_view data = part_of(file_, at + 8, size);
      if (head.empty() || data.size() != size) {
        return broken_image("WebP: a chunk reaches beyond the end");
      }
      if (!read_chunk(head.substr(0, 4), data)) { return Report::no_memory; }
      at += 8 + std::uint64_t{size} + size % 2; // padded
    }
    if (!has_size_) { return broken_image("WebP: it has no size"); }
    if (frames_ != 0) { report_.number("frames", frames_); }
    return {};
  }

private:
  [[nodiscard]] bool read_chunk(std::string_view type, std::string_view data) noexcept {
    if (type == "EXIF") { return read_exif(data, report_); }
    if (type == "XMP ") { return read_xmp(data, report_); }
    if (type == "ANMF") { ++frames_; }
    // The size is in the first chunk, in a form of its own in each of three.
    if (has_size_) { return true; }
    if (type == "VP8X" && data.size() >= 10) {
      size(little_endian(data.substr(4, 3)) + 1, little_endian(data.substr(7, 3)) + 1,
           (data[0] & 0x10) != 0);
    } else if (type == "VP8L" && data.size() >= 5 && data[0] == '\x2F') {
      const std::uint32_t bits = little_endian(data.substr(1, 4));
      size((bits & 0x3FFFU) + 1, (bits >> 14U & 0x3FFFU) + 1, (bits >> 28U & 1U) != 0);
    } else if (type == "VP8 " && data.size() >= 10 && data.substr(3, 3) == "\x9D\x01\x2A") {
      size(little_endian(data.substr(6, 2)) & 0x3FFFU, little_endian(data.substr(8, 2)) & 0x3FFFU,
           false);
    }
    return true;
  }
  void size(std::uint32_t width, std::uint32_t height, bool has_alpha) noexcept {
    has_size_ = true;
    report_.size(width, height);
    report_.name("colour", has_alpha ? "colour with alpha" : "colour");
    report_.number("bit_depth", 8);
  }

  std::string_view file_;
  Report& report_;
  std::uint32_t frames_ = 0;
  bool has_size_ = false;
};

} // namespace document
