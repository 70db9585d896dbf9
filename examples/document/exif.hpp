// examples/document/exif.hpp - what a camera wrote into an image: the fields of Exif.
//
// Exif is a TIFF file without an image: directories of fields, each of which says where its value is.
// Three directories are read, once each (the image's, Exif's own, GPS), so that no chain of them can be
// endless. A field whose value is outside, or is of another type than it should be, is left out.
//
//   if (!document::read_exif(tiff, report)) { return no_memory; }
#pragma once

#include "byte_order.hpp"
#include "image_report.hpp"

#include <linmem/error.hpp> // linmem::detail::text_writer

#include <array>       // std::array
#include <bitset>      // std::bitset
#include <cmath>       // std::llround
#include <cstddef>     // std::size_t
#include <cstdint>     // std::uint8_t, std::uint16_t, std::uint32_t, std::uint64_t
#include <iterator>    // std::size
#include <string_view> // std::string_view

namespace document {

/// See this header's first lines.
template <class Report>
class exif_reader {
public:
  /// Of `tiff`, for `report`.
  exif_reader(std::string_view tiff, Report& report) noexcept : tiff_{tiff}, report_{report} {}

  /// False: no memory. Bytes that are no TIFF have no fields.
  [[nodiscard]] bool read() noexcept {
    is_big_ = tiff_.starts_with("MM");
    if (!is_big_ && !tiff_.starts_with("II")) { return true; }
    if (number(2, 2) != 42) { return true; }
    return directory(number(4, 4), of::image) && (exif_ == 0 || directory(exif_, of::exif)) &&
           (gps_ == 0 || directory(gps_, of::gps)) && position();
  }

private:
  enum class of : std::uint8_t { image, exif, gps };
  enum class as : std::uint8_t { words, detail, date, number, ratio, fraction };
  struct meaning {
    of directory;
    std::uint16_t tag;
    as kind;
    std::string_view key;
  };
  static constexpr meaning meanings[]{
      {of::image, 0x010E, as::words, "description"},
      {of::image, 0x010F, as::detail, "make"},
      {of::image, 0x0110, as::detail, "model"},
      {of::image, 0x0112, as::number, "orientation"},
      {of::image, 0x0131, as::detail, "software"},
      {of::image, 0x0132, as::date, "modified"},
      {of::image, 0x013B, as::words, "author"},
      {of::image, 0x8298, as::words, "copyright"},
      {of::exif, 0x829A, as::fraction, "exposure_time"},
      {of::exif, 0x829D, as::ratio, "f_number"},
      {of::exif, 0x8827, as::number, "iso"},
      {of::exif, 0x9003, as::date, "created"},
      {of::exif, 0x920A, as::ratio, "focal_length"},
      {of::exif, 0x9286, as::words, "comment"},
      {of::exif, 0xA434, as::detail, "lens"},
  };
  // A field's value, where it is.
  struct field {
    std::uint32_t type = 0;
    std::uint32_t count = 0;
    std::uint64_t at = 0; // 0: it is not there
  };

  [[nodiscard]] std::uint32_t number(std::uint64_t at, std::uint64_t size) const noexcept {
    const std::string_view bytes = part_of(tiff_, at, size);
    return is_big_ ? big_endian(bytes) : little_endian(bytes);
  }
  [[nodiscard]] field field_at(std::uint64_t entry) const noexcept {
    constexpr std::array<std::uint8_t, 11> sizes{0, 1, 1, 2, 4, 8, 1, 1, 2, 4, 8}; // by type
    field f{number(entry + 2, 2), number(entry + 4, 4), 0};
    if (f.type == 0 || f.type >= sizes.size()) { return f; }
    const std::uint64_t size = std::uint64_t{sizes[f.type]} * f.count;
    const std::uint64_t at = size <= 4 ? entry + 8 : number(entry + 8, 4);
    if (!part_of(tiff_, at, size).empty()) { f.at = at; }
    return f;
  }

  [[nodiscard]] bool directory(std::uint32_t at, of which) noexcept {
    constexpr std::uint32_t entry_size = 12;
    const std::uint32_t count = number(at, 2);
    for (std::uint32_t i = 0; i != count; ++i) {
      const std::uint64_t entry = std::uint64_t{at} + 2 + std::uint64_t{i} * entry_size;
      if (part_of(tiff_, entry, entry_size).empty()) { break; }
      const std::uint32_t tag = number(entry, 2);
      const field f = field_at(entry);
      if (f.at == 0) { continue; }
      if (which == of::image && tag == 0x8769) { exif_ = number(f.at, 4); }
      if (which == of::image && tag == 0x8825) { gps_ = number(f.at, 4); }
      if (which == of::gps && tag < gps_fields_.size()) { gps_fields_[tag] = f; }
      for (std::size_t k = 0; k != std::size(meanings); ++k) {
        // Once each: many fields may share one long value.
        if (meanings[k].directory != which || meanings[k].tag != tag || seen_[k]) { continue; }
        seen_[k] = true;
        if (!report(meanings[k], f)) { return false; }
      }
    }
    return true;
  }

  [[nodiscard]] bool report(const meaning& m, const field& f) noexcept {
    constexpr std::uint32_t short_number = 3;
    constexpr std::uint32_t rational = 5;
    std::string_view text = part_of(tiff_, f.at, f.count);
    if (f.type == 2 || f.type == 7) { text = text.substr(0, text.find('\0', f.type == 7 ? 8 : 0)); }
    switch (m.kind) {
      case as::words:
        if (f.type == 7) { // behind the name of its encoding, of which one is understood
          if (!text.starts_with("ASCII") || text.size() < 8) { return true; }
          text.remove_prefix(8);
        }
        return report_.words(m.key, text);
      case as::detail: return f.type != 2 || report_.detail(m.key, text);
      case as::date: return f.type != 2 || date(m.key, text);
      case as::number:
        if (f.type == short_number) { report_.number(m.key, number(f.at, 2)); }
        return true;
      case as::ratio: return f.type != rational || decimal(m.key, ratio(f.at), 1);
      case as::fraction: return f.type != rational || fraction(m.key, f.at);
    }
    return true;
  }
  // "2024:01:31 12:00:00" as it is written elsewhere: 2024-01-31T12:00:00.
  [[nodiscard]] bool date(std::string_view key, std::string_view text) noexcept {
    std::array<char, 19> iso{};
    if (text.size() != iso.size()) { return true; }
    text.copy(iso.data(), iso.size());
    iso[4] = iso[7] = '-';
    iso[10] = 'T';
    return report_.detail(key, {iso.data(), iso.size()});
  }
  [[nodiscard]] double ratio(std::uint64_t at) const noexcept {
    const std::uint32_t below = number(at + 4, 4);
    return below == 0 ? 0 : static_cast<double>(number(at, 4)) / below;
  }
  // Times are fractions of a second.
  [[nodiscard]] bool fraction(std::string_view key, std::uint64_t at) noexcept {
    const std::uint32_t above = number(at, 4);
    const std::uint32_t below = number(at + 4, 4);
    if (above == 0 || below == 0) { return true; }
    if (above >= below) { return decimal(key, ratio(at), 1); }
    std::array<char, 32> room{};
    linmem::detail::text_writer text{room};
    text.put("1/");
    text.put((std::uint64_t{below} + above / 2) / above);
    return report_.detail(key, text.text());
  }
  [[nodiscard]] bool decimal(std::string_view key, double value, int digits) noexcept {
    std::uint64_t scale = 1;
    for (int i = 0; i != digits; ++i) { scale *= 10; }
    const bool is_negative = value < 0;
    const auto scaled = static_cast<std::uint64_t>(
        std::llround((is_negative ? -value : value) * static_cast<double>(scale)));
    std::array<char, 48> room{};
    linmem::detail::text_writer text{room};
    if (is_negative) { text.put("-"); }
    text.put(scaled / scale);
    text.put(".");
    for (std::uint64_t place = scale / 10; place != 0; place /= 10) {
      text.put(scaled / place % 10);
    }
    return report_.detail(key, text.text());
  }

  // Degrees, minutes and seconds as decimal degrees; south and west are negative.
  [[nodiscard]] bool position() noexcept {
    return coordinate("gps_latitude", gps_fields_[1], gps_fields_[2], "S") &&
           coordinate("gps_longitude", gps_fields_[3], gps_fields_[4], "W");
  }
  [[nodiscard]] bool coordinate(std::string_view key, const field& side, const field& parts,
                                std::string_view negative) noexcept {
    if (side.at == 0 || parts.at == 0 || parts.type != 5 || parts.count != 3) { return true; }
    const double degrees = ratio(parts.at) + ratio(parts.at + 8) / 60 + ratio(parts.at + 16) / 3600;
    return decimal(key, part_of(tiff_, side.at, 1) == negative ? -degrees : degrees, 6);
  }

  std::string_view tiff_;
  Report& report_;
  std::array<field, 5> gps_fields_{}; // by tag
  std::bitset<std::size(meanings)> seen_;
  std::uint32_t exif_ = 0;
  std::uint32_t gps_ = 0;
  bool is_big_ = false;
};

/// Tells `report` the fields of `tiff`. False: no memory.
template <class Report>
[[nodiscard]] bool read_exif(std::string_view tiff, Report& report) noexcept {
  constexpr std::string_view mark{"Exif\0\0", 6}; // before it, in some formats
  if (tiff.starts_with(mark)) { tiff.remove_prefix(mark.size()); }
  return exif_reader<Report>{tiff, report}.read();
}

} // namespace document
