// examples/document/jpeg_text.hpp - what a JPEG image says about itself.
//
// Reads the segments of a JPEG file up to its pixels: size, components, comments, Exif and XMP.
//
//   linmem::error failed = document::jpeg_reader{file, report}.read();
//
// Needs pugixml.
#pragma once

#include "byte_order.hpp"
#include "exif.hpp"
#include "image_report.hpp"
#include "xmp.hpp"

#include <linmem/error.hpp> // linmem::error, linmem::errc

#include <cstddef>     // std::size_t
#include <cstdint>     // std::uint32_t, std::uint64_t
#include <string_view> // std::string_view

namespace document {

/// See this header's first lines.
template <class Report>
class jpeg_reader {
public:
  static constexpr std::string_view magic = "\xFF\xD8\xFF"; ///< at the beginning

  /// Of `file`, for `report`.
  jpeg_reader(std::string_view file, Report& report) noexcept : file_{file}, report_{report} {}

  /// invalid_data, out_of_memory.
  [[nodiscard]] linmem::error read() noexcept {
    constexpr std::uint32_t first_scan = 0xDA;
    constexpr std::uint32_t end = 0xD9;
    for (std::uint64_t at = 2;;) {
      const std::string_view mark = part_of(file_, at, 2);
      if (mark.empty() || mark[0] != '\xFF') { return broken_image("JPEG: a segment is missing"); }
      const std::uint32_t kind = big_endian(mark.substr(1));
      if (kind == 0xFF) { // may be repeated
        ++at;
        continue;
      }
      if (kind == first_scan || kind == end) {
        return has_size_ ? linmem::error{} : broken_image("JPEG: pixels without a size");
      }
      at += 2;
      if (kind == 0x01 || (kind >= 0xD0 && kind <= 0xD7)) { continue; } // these stand alone
      const std::uint32_t size = big_endian(part_of(file_, at, 2));
      const std::string_view segment = part_of(file_, at, size);
      if (segment.size() < 2) { return broken_image("JPEG: a segment reaches beyond the end"); }
      if (!read_segment(kind, segment.substr(2))) { return Report::no_memory; }
      at += size;
    }
  }

private:
  [[nodiscard]] bool read_segment(std::uint32_t kind, std::string_view data) noexcept {
    constexpr std::string_view xmp{"http://ns.adobe.com/xap/1.0/\0", 29};
    constexpr std::uint32_t application = 0xE1;
    constexpr std::uint32_t comment = 0xFE;
    if (kind == comment) { return report_.words("comment", data); }
    if (kind == application && data.starts_with("Exif")) { return read_exif(data, report_); }
    if (kind == application && data.starts_with(xmp)) {
      return read_xmp(data.substr(xmp.size()), report_);
    }
    // C0 to CF begin a frame, but for three that are tables.
    if ((kind & 0xF0) == 0xC0 && kind != 0xC4 && kind != 0xC8 && kind != 0xCC && data.size() >= 6) {
      read_frame(kind, data);
    }
    return true;
  }
  void read_frame(std::uint32_t kind, std::string_view data) noexcept {
    const std::uint32_t components = big_endian(data.substr(5, 1));
    has_size_ = true;
    report_.size(big_endian(data.substr(3, 2)), big_endian(data.substr(1, 2)));
    report_.name("colour", components == 1   ? "greyscale"
                           : components == 4 ? "four colours"
                                             : "colour");
    report_.number("bit_depth", big_endian(data.substr(0, 1)));
    report_.flag("progressive", kind == 0xC2);
  }

  std::string_view file_;
  Report& report_;
  bool has_size_ = false;
};

} // namespace document
