// examples/document/pdf_font.hpp - what the codes of a PDF font stand for, and how wide they are.
//
// What text is comes from the font's table for it (ToUnicode) where there is one, else from its
// encoding: names of glyphs, in the font's dictionary or in a font program of Type 1 or 1C. A font of many
// characters (Type 0) without such a table has codes that nothing explains: they are left out.
//
//   document::pdf_font font;
//   linmem::error failed = font.load(pdf, dictionary);
//   while (!bytes.empty()) { use(font.next(bytes)); }
#pragma once

#include "entities.hpp" // utf8_text
#include "growing_array.hpp"
#include "growing_bytes.hpp"
#include "pdf_cff.hpp"
#include "pdf_code_map.hpp"
#include "pdf_encodings.hpp"
#include "pdf_file.hpp"
#include "pdf_object.hpp"
#include "pdf_widths.hpp"

#include <linmem/error.hpp> // linmem::error, linmem::errc

#include <algorithm>   // std::min, std::sort, std::upper_bound
#include <array>       // std::array
#include <cstddef>     // std::size_t
#include <cstdint>     // std::uint16_t, std::uint32_t
#include <string_view> // std::string_view

namespace document {

/// Adds `units`, UTF-16 with the high byte first, behind `out` in UTF-8. False: no memory.
[[nodiscard]] inline bool append_utf16(std::string_view units, growing_bytes& out) noexcept {
  std::uint32_t high = 0;
  for (std::size_t i = 0; i + 1 < units.size(); i += 2) {
    std::uint32_t unit = static_cast<std::uint32_t>(static_cast<unsigned char>(units[i])) << 8U |
                         static_cast<unsigned char>(units[i + 1]);
    if (unit >= 0xD800 && unit < 0xDC00) {
      high = unit;
      continue;
    }
    if (high != 0 && unit >= 0xDC00 && unit < 0xE000) {
      unit = 0x10000 + ((high - 0xD800) << 10U) + (unit - 0xDC00);
    }
    high = 0;
    if (unit >= 0x20 && !out.append(pdf_character(unit).text())) { return false; }
  }
  return true;
}

/// A character that is shown.
struct pdf_shown {
  std::string_view text; ///< UTF-8; valid until the font is asked for the next
  double width = 0;      ///< in ems
  bool is_blank = false; ///< a single byte 32, which word spacing counts for
};

/// See this header's first lines.
class pdf_font {
public:
  /// Reads `font`, a dictionary of `pdf`. out_of_memory, or limit_exceeded; what is damaged is not used.
  [[nodiscard]] linmem::error load(pdf_file& pdf, std::string_view font) noexcept {
    is_wide_ = pdf.entry(font, "Subtype") == "/Type0";
    const std::string_view map = pdf.entry(font, "ToUnicode");
    if (is_pdf_dictionary(map)) {
      growing_bytes unpacked;
      const linmem::error failed = pdf.unpack(map, unpacked);
      if (pdf_file::is_fatal(failed)) { return failed; }
      if (!read_map(unpacked.text())) { return pdf_file::no_memory; }
    }
    if (is_wide_) {
      const std::string_view encoding = pdf.entry(font, "Encoding");
      const auto says = [&](std::string_view part) {
        return encoding.starts_with('/') && encoding.find(part) != std::string_view::npos;
      };
      is_unicode_ = map.starts_with("/Identity") || says("UCS2") || says("UTF16");
      if (is_pdf_dictionary(encoding)) {
        growing_bytes unpacked;
        const linmem::error failed = pdf.unpack(encoding, unpacked);
        if (pdf_file::is_fatal(failed)) { return failed; }
        if (!codes_.read(unpacked.text())) { return pdf_file::no_memory; }
      }
      const std::string_view parts = pdf.entry(font, "DescendantFonts");
      const std::string_view part = pdf.resolve(pdf_lexer{pdf_inside(parts)}.value());
      const std::string_view width = pdf.entry(part, "DW");
      default_width_ = width.empty() ? 1 : pdf_number(width) / 1000;
      return read_wide_widths(pdf, pdf.entry(part, "W")) ? linmem::error{} : pdf_file::no_memory;
    }
    read_widths(pdf, font);
    return read_encoding(pdf, font);
  }

  /// Takes the next character off `codes`, which are not empty.
  [[nodiscard]] pdf_shown next(std::string_view& codes) noexcept {
    const std::size_t size = is_wide_ ? codes_.size_of(codes) : 1;
    std::uint32_t code = 0;
    for (const char c : codes.substr(0, size)) {
      code = code << 8U | static_cast<unsigned char>(c);
    }
    codes.remove_prefix(size);
    pdf_shown shown{{},
                    is_wide_ ? wide_width(codes_.character(code)) : widths_[code],
                    size == 1 && code == ' '};
    const range* const mapped = range_of(code);
    if (mapped != nullptr) {
      if (mapped->low == mapped->high) {
        shown.text = map_text_.text().substr(mapped->text, mapped->size);
      } else {
        text_ = pdf_character(mapped->text + (code - mapped->low));
        shown.text = text_.text();
      }
    } else if (!is_wide_) {
      shown.text = encoding_[code].text();
    } else if (is_unicode_) {
      text_ = pdf_character(code);
      shown.text = text_.text();
    }
    return shown;
  }

private:
  // Codes that follow one another, and what they stand for: of one code, `size` bytes of map_text_ at
  // `text`; of several, the code point of the first.
  struct range {
    std::uint32_t low;
    std::uint32_t high;
    std::uint32_t text;
    std::uint32_t size;
  };
  struct wide_range {
    std::uint32_t low;
    std::uint32_t high;
    double width;
  };

  template <class Range>
  static const Range* find(growing_array<Range>& ranges, std::uint32_t code) noexcept {
    const Range* const behind =
        std::upper_bound(ranges.begin(), ranges.end(), code,
                         [](std::uint32_t c, const Range& r) { return c < r.low; });
    return behind != ranges.begin() && behind[-1].high >= code ? behind - 1 : nullptr;
  }
  [[nodiscard]] const range* range_of(std::uint32_t code) noexcept { return find(map_, code); }
  [[nodiscard]] double wide_width(std::uint32_t code) noexcept {
    const wide_range* const r = find(wide_widths_, code);
    return r != nullptr ? r->width : default_width_;
  }

  // The table of codes: "<0041> <0042>" between beginbfchar and endbfchar, ranges between others.
  [[nodiscard]] bool read_map(std::string_view map) noexcept {
    pdf_lexer lexer{map};
    enum class part { none, characters, ranges } is = part::none;
    for (std::string_view token = lexer.token(); !token.empty(); token = lexer.token()) {
      if (token == "beginbfchar") { is = part::characters; }
      if (token == "beginbfrange") { is = part::ranges; }
      if (token.starts_with("endbf")) { is = part::none; }
      if (!is_pdf_string(token) || is == part::none) { continue; }
      const std::uint32_t low = pdf_code_of(token);
      const std::uint32_t high = is == part::ranges ? pdf_code_of(lexer.token()) : low;
      const std::string_view text = lexer.token();
      if (high < low) { continue; }
      if (is_pdf_array(text)) {
        pdf_lexer texts{pdf_inside(text)};
        std::uint32_t code = low;
        for (std::string_view one = texts.token(); !one.empty() && code <= high;
             one = texts.token()) {
          if (!add_text(code++, one)) { return false; }
        }
      } else if (low == high) {
        if (!add_text(low, text)) { return false; }
      } else if (!map_.push({low, high, pdf_code_of(text), 0})) {
        return false;
      }
    }
    std::sort(map_.begin(), map_.end(),
              [](const range& a, const range& b) { return a.low < b.low; });
    return true;
  }
  // What UTF-16 in hexadecimal says `code` stands for.
  [[nodiscard]] bool add_text(std::uint32_t code, std::string_view hex) noexcept {
    growing_bytes units;
    if (!pdf_bytes(hex, units)) { return false; }
    const std::size_t at = map_text_.size();
    if (!append_utf16(units.text(), map_text_)) { return false; }
    return map_.push({code, code, static_cast<std::uint32_t>(at),
                      static_cast<std::uint32_t>(map_text_.size() - at)});
  }

  void read_widths(pdf_file& pdf, std::string_view font) noexcept {
    const std::string_view matrix = pdf.entry(font, "FontMatrix"); // of Type 3
    const double em =
        is_pdf_array(matrix) ? pdf_number(pdf_lexer{pdf_inside(matrix)}.token()) : 0.001;
    const std::string_view missing = pdf.entry(pdf.entry(font, "FontDescriptor"), "MissingWidth");
    const std::string_view widths = pdf.entry(font, "Widths");
    const std::string_view name = pdf.entry(font, "BaseFont");
    for (std::uint32_t code = 0; code != widths_.size(); ++code) {
      widths_[code] = widths.empty() ? pdf_standard_width(name, code) : pdf_number(missing) * em;
    }
    pdf_lexer lexer{pdf_inside(widths)};
    std::uint32_t code = pdf_count(pdf.entry(font, "FirstChar"), 256);
    for (std::string_view w = lexer.value(); !w.empty() && code < 256; w = lexer.value()) {
      widths_[code++] = pdf_number(pdf.resolve(w)) * em;
    }
  }
  // "1 [500 600]" for codes from 1 on, "10 20 500" for all from 10 to 20.
  [[nodiscard]] bool read_wide_widths(pdf_file& pdf, std::string_view widths) noexcept {
    pdf_lexer lexer{pdf_inside(widths)};
    for (std::string_view token = lexer.value(); !token.empty(); token = lexer.value()) {
      std::uint32_t code = pdf_count(token, 0xFFFF);
      const std::string_view second = pdf.resolve(lexer.value());
      if (!is_pdf_array(second)) {
        if (!wide_widths_.push(
                {code, pdf_count(second, 0xFFFF), pdf_number(lexer.value()) / 1000})) {
          return false;
        }
        continue;
      }
      pdf_lexer each{pdf_inside(second)};
      for (std::string_view w = each.value(); !w.empty(); w = each.value(), ++code) {
        if (!wide_widths_.push({code, code, pdf_number(w) / 1000})) { return false; }
      }
    }
    std::sort(wide_widths_.begin(), wide_widths_.end(),
              [](const wide_range& a, const wide_range& b) { return a.low < b.low; });
    return true;
  }

  [[nodiscard]] linmem::error read_encoding(pdf_file& pdf, std::string_view font) noexcept {
    const std::string_view encoding = pdf.entry(font, "Encoding");
    const std::string_view base =
        is_pdf_dictionary(encoding) ? pdf.entry(encoding, "BaseEncoding") : encoding;
    const std::string_view kind = pdf.entry(font, "Subtype");
    const std::string_view name = pdf.entry(font, "BaseFont");
    const bool is_dingbats = name.ends_with("ZapfDingbats");
    const pdf_encoding is = is_dingbats         ? pdf_encoding::dingbats
                            : name == "/Symbol" ? pdf_encoding::symbol
                            : base == "/WinAnsiEncoding" || (base.empty() && kind == "/TrueType")
                                ? pdf_encoding::win_ansi
                            : base == "/MacRomanEncoding" ? pdf_encoding::mac_roman
                                                          : pdf_encoding::standard;
    for (std::uint32_t code = 0; code != encoding_.size(); ++code) {
      encoding_[code] = pdf_code(is, code);
    }
    const std::string_view program = pdf.entry(pdf.entry(font, "FontDescriptor"), "FontFile");
    if (base.empty() && !is_dingbats && is_pdf_dictionary(program)) {
      growing_bytes unpacked;
      const linmem::error failed = pdf.unpack(program, unpacked);
      if (pdf_file::is_fatal(failed)) { return failed; }
      read_program(unpacked.text());
    }
    const std::string_view compact = pdf.entry(pdf.entry(font, "FontDescriptor"), "FontFile3");
    if (base.empty() && !is_dingbats && pdf.entry(compact, "Subtype") == "/Type1C") {
      growing_bytes unpacked;
      const linmem::error failed = pdf.unpack(compact, unpacked);
      if (pdf_file::is_fatal(failed)) { return failed; }
      read_cff_encoding(unpacked.text(),
                        [this](std::uint32_t code, utf8_text text) { encoding_[code] = text; });
    }
    // Names, each for the code behind the one before; a number is the code of the next.
    pdf_lexer lexer{pdf_inside(pdf.entry(encoding, "Differences"))};
    std::uint32_t code = 0;
    for (std::string_view token = lexer.value(); !token.empty(); token = lexer.value()) {
      if (token.front() != '/') {
        code = pdf_count(token, 256);
      } else if (code < encoding_.size()) {
        // The names of dingbats are numbers that say nothing.
        if (!is_dingbats) { encoding_[code] = pdf_glyph(token.substr(1)); }
        ++code;
      }
    }
    return {};
  }
  // "dup 65 /A put" in what of a font program is not encrypted.
  void read_program(std::string_view program) noexcept {
    const std::size_t begin = program.find("/Encoding");
    if (begin == std::string_view::npos) { return; }
    pdf_lexer lexer{program.substr(begin, program.find("eexec") - begin)};
    for (std::string_view token = lexer.token(); !token.empty() && token != "def";
         token = lexer.token()) {
      if (token != "dup") { continue; }
      const std::uint32_t code = pdf_count(lexer.token(), 256);
      const std::string_view name = lexer.token();
      if (code < encoding_.size() && name.starts_with('/')) {
        encoding_[code] = pdf_glyph(name.substr(1));
      }
    }
  }

  std::array<utf8_text, 256> encoding_{};
  std::array<double, 256> widths_{};
  growing_array<range> map_;
  growing_bytes map_text_;
  growing_array<wide_range> wide_widths_;
  utf8_text text_{};
  double default_width_ = 1;
  pdf_code_map codes_;
  bool is_wide_ = false;
  bool is_unicode_ = false; // codes are code points
};

} // namespace document
