// examples/document/gif_text.hpp - what a GIF image says about itself.
//
// Reads the blocks of a GIF file: size, colours, frames, comments and XMP. The pixels are passed over.
//
//   linmem::error failed = document::gif_reader{file, report}.read();
//
// Needs pugixml.
#pragma once

#include "byte_order.hpp"
#include "growing_bytes.hpp"
#include "image_report.hpp"
#include "xmp.hpp"

#include <linmem/error.hpp> // linmem::error, linmem::errc

#include <cstddef>     // std::size_t
#include <cstdint>     // std::uint32_t, std::uint64_t
#include <string_view> // std::string_view

namespace document {

/// See this header's first lines.
template <class Report>
class gif_reader {
public:
  static constexpr std::string_view magic = "GIF8"; ///< at the beginning

  /// Of `file`, for `report`.
  gif_reader(std::string_view file, Report& report) noexcept : file_{file}, report_{report} {}

  /// invalid_data, out_of_memory.
  [[nodiscard]] linmem::error read() noexcept {
    const std::string_view head = part_of(file_, 0, 13);
    if (head.empty()) { return broken_image("GIF: its header"); }
    report_.size(little_endian(head.substr(6, 2)), little_endian(head.substr(8, 2)));
    report_.name("colour", "palette");
    report_.number("bit_depth", (big_endian(head.substr(10, 1)) & 7U) + 1);
    at_ = head.size() + palette_size(head[10]);
    std::uint32_t frames = 0;
    for (;;) {
      constexpr char extension = '\x21';
      constexpr char image = '\x2C';
      constexpr char trailer = '\x3B';
      const std::string_view block = part_of(file_, at_, 1);
      // Without its last byte, a file has all the same been read.
      if (at_ == file_.size() || (!block.empty() && block[0] == trailer)) { break; }
      if (block.empty()) { return beyond; }
      if (block[0] == image) {
        const std::string_view frame = part_of(file_, at_, 10);
        if (frame.empty()) { return beyond; }
        ++frames;
        at_ += frame.size() + palette_size(frame[9]) + 1; // the 1 is for the size of its codes
        if (!pass_data(nullptr)) { return beyond; }
      } else if (block[0] == extension) {
        const linmem::error failed = read_extension();
        if (failed.code != linmem::errc::none) { return failed; }
      } else {
        return broken_image("GIF: a block of no known kind");
      }
    }
    report_.number("frames", frames);
    return {};
  }

private:
  static constexpr linmem::error beyond{linmem::errc::invalid_data,
                                        "GIF: a block reaches beyond the end", 0, 0};

  // Bytes of the palette that `flags` announce.
  static std::uint32_t palette_size(char flags) noexcept {
    const auto bits = static_cast<unsigned char>(flags);
    return (bits & 0x80U) != 0 ? 3U << ((bits & 7U) + 1) : 0;
  }

  [[nodiscard]] linmem::error read_extension() noexcept {
    constexpr std::string_view comment = "\x21\xFE";
    constexpr std::string_view xmp = "\x21\xFF\x0BXMP DataXMP";
    constexpr std::size_t xmp_trailer = 257; // makes the packet look like blocks of data
    const std::string_view rest = file_.substr(static_cast<std::size_t>(at_));
    at_ += 2;
    if (rest.starts_with(comment)) {
      growing_bytes text;
      is_out_ = false;
      if (!pass_data(&text)) { return is_out_ ? Report::no_memory : beyond; }
      return report_.words("comment", text.text()) ? linmem::error{} : Report::no_memory;
    }
    if (!pass_data(nullptr)) { return beyond; }
    const std::size_t end = static_cast<std::size_t>(at_) - (file_.size() - rest.size());
    if (rest.starts_with(xmp) && end >= xmp.size() + xmp_trailer + 1 &&
        !read_xmp(rest.substr(xmp.size(), end - xmp.size() - xmp_trailer - 1), report_)) {
      return Report::no_memory;
    }
    return {};
  }
  // Blocks of at most 255 bytes up to an empty one, into `to` unless it is null. False: beyond the
  // end, or no memory.
  [[nodiscard]] bool pass_data(growing_bytes* to) noexcept {
    for (;;) {
      const std::string_view size = part_of(file_, at_, 1);
      if (size.empty()) { return false; }
      const std::uint32_t bytes = big_endian(size);
      const std::string_view block = part_of(file_, at_ + 1, bytes);
      if (block.size() != bytes) { return false; }
      at_ += 1 + std::uint64_t{bytes};
      if (bytes == 0) { return true; }
      if (to != nullptr && !to->append(block)) {
        is_out_ = true;
        return false;
      }
    }
  }

  std::string_view file_;
  Report& report_;
  std::uint64_t at_ = 0;
  bool is_out_ = false; // of memory
};

} // namespace document
