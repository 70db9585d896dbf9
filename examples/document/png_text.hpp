// examples/document/png_text.hpp - what a PNG image says about itself.
//
// Reads the chunks of a PNG file: size, kind of colour, frames of an animation, and its texts (tEXt,
// zTXt, iTXt, Exif, XMP). The pixels are passed over. Checksums of what is read are checked.
//
//   linmem::error failed = document::png_reader{file, report}.read();
//
// Needs zlib and pugixml.
#pragma once

#include "byte_order.hpp"
#include "exif.hpp"
#include "growing_bytes.hpp"
#include "image_report.hpp"
#include "inflate.hpp"
#include "xmp.hpp"

#include <linmem/error.hpp> // linmem::error, linmem::errc

#include <zlib.h> // crc32

#include <algorithm>   // std::min
#include <array>       // std::array
#include <cstddef>     // std::size_t
#include <cstdint>     // std::uint32_t, std::uint64_t
#include <string_view> // std::string_view

namespace document {

/// See this header's first lines.
template <class Report>
class png_reader {
public:
  static constexpr std::string_view magic = "\x89PNG\r\n\x1A\n";  ///< at the beginning
  static constexpr std::size_t most_text = std::size_t{4} << 20U; ///< bytes unpacked in all: 4 MiB

  /// Of `file`, for `report`.
  png_reader(std::string_view file, Report& report) noexcept : file_{file}, report_{report} {}

  /// invalid_data; limit_exceeded for a text that unpacks to too much; out_of_memory.
  [[nodiscard]] linmem::error read() noexcept {
    constexpr std::uint64_t around = 12; // bytes of a chunk before and behind its data
    for (std::uint64_t at = magic.size();;) {
      const std::string_view head = part_of(file_, at, 8);
      if (head.empty()) { return broken_image("PNG: it has no end"); }
      const std::uint32_t size = big_endian(head.substr(0, 4));
      const std::string_view chunk = part_of(file_, at + 4, std::uint64_t{size} + 8);
      if (chunk.empty()) { return broken_image("PNG: a chunk reaches beyond the end"); }
      const std::string_view type = chunk.substr(0, 4);
      const std::string_view data = chunk.substr(4, size);
      if ((at == magic.size()) != (type == "IHDR")) {
        return broken_image("PNG: its header is not the first chunk");
      }
      if (type == "IEND") { return {}; }
      if (is_read(type)) {
        const auto* const bytes = reinterpret_cast<const Bytef*>(chunk.data()); // NOLINT
        if (crc32(0, bytes, size + 4) != big_endian(chunk.substr(4 + size))) {
          return broken_image("PNG: the checksum of a chunk");
        }
        const linmem::error failed = read_chunk(type, data);
        if (failed.code != linmem::errc::none) { return failed; }
      }
      at += size + around;
    }
  }

private:
  static bool is_read(std::string_view type) noexcept {
    for (const std::string_view known : {"IHDR", "acTL", "tIME", "tEXt", "zTXt", "iTXt", "eXIf"}) {
      if (type == known) { return true; }
    }
    return false;
  }

  [[nodiscard]] linmem::error read_chunk(std::string_view type, std::string_view data) noexcept {
    if (type == "IHDR") { return read_header(data); }
    if (type == "acTL") {
      report_.number("frames", big_endian(part_of(data, 0, 4)));
      return {};
    }
    bool written = true;
    if (type == "tIME") {
      written = read_time(data);
    } else if (type == "eXIf") {
      written = read_exif(data, report_);
    } else {
      // A keyword, then the text in one of three forms.
      const std::size_t zero = data.find('\0');
      if (zero == std::string_view::npos) { return broken_image("PNG: a text without a keyword"); }
      const std::string_view keyword = data.substr(0, zero);
      std::string_view text = data.substr(zero + 1);
      bool is_packed = type == "zTXt";
      if (is_packed) { text = text.substr(std::min<std::size_t>(1, text.size())); } // its method
      if (type == "iTXt") {
        is_packed = text.starts_with('\1');
        text = text.substr(std::min<std::size_t>(2, text.size()));
        for (int i = 0; i != 2; ++i) { // its language and the keyword in that
          text = text.substr(std::min(text.find('\0'), text.size() - 1) + 1);
        }
      }
      growing_bytes unpacked;
      if (is_packed) {
        linmem::error failed =
            inflate_zlib(text, text_left_, "PNG: unpacked text in bytes", unpacked);
        if (failed.code == linmem::errc::limit_exceeded) {
          failed.limit = most_text;
          failed.actual = most_text + 1;
        }
        if (failed.code != linmem::errc::none) { return failed; }
        text = unpacked.text();
        text_left_ -= text.size();
      }
      written = read_text(keyword, text);
    }
    return written ? linmem::error{} : Report::no_memory;
  }

  [[nodiscard]] linmem::error read_header(std::string_view data) noexcept {
    constexpr std::array<std::string_view, 7> colours{
        "greyscale", "", "colour", "palette", "greyscale with alpha", "", "colour with alpha"};
    if (data.size() != 13) { return broken_image("PNG: its header"); }
    const std::uint32_t width = big_endian(data.substr(0, 4));
    const std::uint32_t height = big_endian(data.substr(4, 4));
    const std::uint32_t colour = big_endian(data.substr(9, 1));
    if (width == 0 || height == 0) { return broken_image("PNG: an image without pixels"); }
    if (colour >= colours.size() || colours[colour].empty()) {
      return broken_image("PNG: its kind of colour");
    }
    report_.size(width, height);
    report_.name("colour", colours[colour]);
    report_.number("bit_depth", big_endian(data.substr(8, 1)));
    report_.flag("interlaced", data[12] != 0);
    return {};
  }
  [[nodiscard]] bool read_time(std::string_view data) noexcept {
    if (data.size() != 7) { return true; }
    std::array<char, 24> room{};
    linmem::detail::text_writer text{room};
    text.put(big_endian(data.substr(0, 2)));
    for (std::size_t i = 0; i != 5; ++i) {
      const std::uint32_t value = big_endian(data.substr(2 + i, 1));
      constexpr std::string_view before = "--T::";
      text.put(before.substr(i, 1));
      if (value < 10) { text.put("0"); }
      text.put(value);
    }
    text.put("Z");
    return report_.detail("modified", text.text());
  }
  // Exif and XMP as ImageMagick and GIMP write them: a name, a size, and the bytes in hexadecimal.
  // Other profiles are no words.
  [[nodiscard]] bool read_profile(std::string_view text) noexcept {
    for (int line = 0; line != 3; ++line) { // the first is empty
      text = text.substr(std::min(text.find('\n'), text.size() - 1) + 1);
      if (text.empty()) { return true; }
    }
    growing_bytes profile;
    std::uint32_t byte = 1; // behind a bit for each digit seen
    for (const char c : text) {
      const std::uint32_t digit = c >= '0' && c <= '9'   ? static_cast<std::uint32_t>(c - '0')
                                  : c >= 'a' && c <= 'f' ? static_cast<std::uint32_t>(c - 'a' + 10)
                                                         : 16;
      if (digit == 16) { continue; }
      byte = byte << 4U | digit;
      if (byte < 256) { continue; }
      const char whole = static_cast<char>(byte & 0xFFU);
      if (!profile.append({&whole, 1})) { return false; }
      byte = 1;
    }
    const std::string_view bytes = profile.text();
    return bytes.starts_with("Exif") ? read_exif(bytes, report_)
                                     : read_xmp(bytes.substr(bytes.find('\0') + 1), report_);
  }
  [[nodiscard]] bool read_text(std::string_view keyword, std::string_view text) noexcept {
    if (keyword.starts_with("Raw profile type ")) { return read_profile(text); }
    if (keyword == "XML:com.adobe.xmp") { return read_xmp(text, report_); }
    if (keyword == "Creation Time") { return report_.detail("created", text); }
    if (keyword == "Software") { return report_.detail("software", text); }
    // In lower case, as keys are elsewhere; ASCII, so that any key is UTF-8.
    std::array<char, 79> key{};
    std::size_t size = 0;
    for (const char c : keyword.substr(0, key.size())) {
      const auto code = static_cast<unsigned char>(c);
      key[size++] = c >= 'A' && c <= 'Z'          ? static_cast<char>(c | 0x20)
                    : code < 0x20 || code >= 0x7F ? '?'
                                                  : c;
    }
    return report_.words({key.data(), size}, text);
  }

  std::string_view file_;
  Report& report_;
  std::size_t text_left_ = most_text; // bytes that may still be unpacked
};

} // namespace document
