// examples/document/pdf_encodings.hpp - what codes and glyphs of PDF's fonts stand for.
//
//   document::pdf_code(document::pdf_encoding::mac_roman, 0x8E).text();   // "é"
//   document::pdf_glyph("eacute").text();                                    // "é"
//
// Names of glyphs are Adobe's: those of Latin and Greek letters and of punctuation, and any that says
// its code point (uni20AC, u1F600). Ligatures are the letters that they join, so that words are found.
#pragma once

#include "entities.hpp" // find_entity, from_code_point, utf8_text
#include "pdf_object.hpp"

#include <algorithm>   // std::copy, std::min
#include <array>       // std::array
#include <cstddef>     // std::size_t
#include <cstdint>     // std::uint8_t, std::uint16_t, std::uint32_t
#include <string_view> // std::string_view

namespace document {

/// Which codes are which characters.
enum class pdf_encoding : std::uint8_t { standard, mac_roman, win_ansi, symbol, dingbats };

/// `text`, which is short, as utf8_text; nothing when it is not.
[[nodiscard]] constexpr utf8_text short_text(std::string_view text) noexcept {
  utf8_text is;
  if (text.size() > is.bytes.size()) { return is; }
  std::copy(text.begin(), text.end(), is.bytes.begin());
  is.size = static_cast<std::uint32_t>(text.size());
  return is;
}

/// What the form `code_point` of an Arabic letter (U+FE80 to U+FEF4) is a form of.
[[nodiscard]] constexpr std::uint32_t pdf_arabic_letter(std::uint32_t code_point) noexcept {
  // How many forms each has, the letters from U+0621 to U+063A and from U+0641 to U+064A.
  constexpr std::string_view forms = "122224242444442222444444444444444224";
  std::uint32_t letter = 0x621;
  std::uint32_t left = code_point - 0xFE80;
  for (const char count : forms) {
    const auto size = static_cast<std::uint32_t>(count - '0');
    if (left < size) { break; }
    left -= size;
    letter = letter == 0x63A ? 0x641 : letter + 1;
  }
  return letter;
}
static_assert(pdf_arabic_letter(0xFE80) == 0x621 && pdf_arabic_letter(0xFEF4) == 0x64A);

/// `code_point` in UTF-8, the letters of a ligature and the letter of a form instead of it; nothing for 0.
[[nodiscard]] inline utf8_text pdf_character(std::uint32_t code_point) noexcept {
  constexpr std::string_view ligatures[]{"ff", "fi", "fl", "ffi", "ffl", "ft", "st"};
  if (code_point >= 0xFB00 && code_point <= 0xFB06) {
    return short_text(ligatures[code_point - 0xFB00]);
  }
  if (code_point >= 0xFE80 && code_point <= 0xFEF4) {
    return from_code_point(pdf_arabic_letter(code_point));
  }
  if (code_point >= 0xFEF5 && code_point <= 0xFEFC) { // lam and one of four alefs
    constexpr std::string_view both[]{"\u0644\u0622", "\u0644\u0623", "\u0644\u0625",
                                      "\u0644\u0627"};
    return short_text(both[(code_point - 0xFEF5) / 2]);
  }
  return code_point == 0 ? utf8_text{} : from_code_point(code_point);
}

/// What `code`, up to 255, is in `encoding`; nothing when it is not used.
[[nodiscard]] inline utf8_text pdf_code(pdf_encoding encoding, std::uint32_t code) noexcept {
  static constexpr std::array<std::uint16_t, 95> standard{
      // from 0xA1
      0xA1,   0xA2,   0xA3,   0x2044, 0xA5,   0x192,  0xA7,   0xA4, 0x27,  0x201C, 0xAB,   0x2039,
      0x203A, 0xFB01, 0xFB02, 0,      0x2013, 0x2020, 0x2021, 0xB7, 0,     0xB6,   0x2022, 0x201A,
      0x201E, 0x201D, 0xBB,   0x2026, 0x2030, 0,      0xBF,   0,    0x60,  0xB4,   0x2C6,  0x2DC,
      0xAF,   0x2D8,  0x2D9,  0xA8,   0,      0x2DA,  0xB8,   0,    0x2DD, 0x2DB,  0x2C7,  0x2014,
      0,      0,      0,      0,      0,      0,      0,      0,    0,     0,      0,      0,
      0,      0,      0,      0,      0xC6,   0,      0xAA,   0,    0,     0,      0,      0x141,
      0xD8,   0x152,  0xBA,   0,      0,      0,      0,      0,    0xE6,  0,      0,      0,
      0x131,  0,      0,      0x142,  0xF8,   0x153,  0xDF,   0,    0,     0,      0};
  static constexpr std::array<std::uint16_t, 128> mac_roman{
      // from 0x80
      0xC4,   0xC5,   0xC7,   0xC9,   0xD1,   0xD6,  0xDC,   0xE1,   0xE0,   0xE2,   0xE4,   0xE3,
      0xE5,   0xE7,   0xE9,   0xE8,   0xEA,   0xEB,  0xED,   0xEC,   0xEE,   0xEF,   0xF1,   0xF3,
      0xF2,   0xF4,   0xF6,   0xF5,   0xFA,   0xF9,  0xFB,   0xFC,   0x2020, 0xB0,   0xA2,   0xA3,
      0xA7,   0x2022, 0xB6,   0xDF,   0xAE,   0xA9,  0x2122, 0xB4,   0xA8,   0x2260, 0xC6,   0xD8,
      0x221E, 0xB1,   0x2264, 0x2265, 0xA5,   0xB5,  0x2202, 0x2211, 0x220F, 0x3C0,  0x222B, 0xAA,
      0xBA,   0x3A9,  0xE6,   0xF8,   0xBF,   0xA1,  0xAC,   0x221A, 0x192,  0x2248, 0x2206, 0xAB,
      0xBB,   0x2026, 0x20,   0xC0,   0xC3,   0xD5,  0x152,  0x153,  0x2013, 0x2014, 0x201C, 0x201D,
      0x2018, 0x2019, 0xF7,   0x25CA, 0xFF,   0x178, 0x2044, 0xA4,   0x2039, 0x203A, 0xFB01, 0xFB02,
      0x2021, 0xB7,   0x201A, 0x201E, 0x2030, 0xC2,  0xCA,   0xC1,   0xCB,   0xC8,   0xCD,   0xCE,
      0xCF,   0xCC,   0xD3,   0xD4,   0,      0xD2,  0xDA,   0xDB,   0xD9,   0x131,  0x2C6,  0x2DC,
      0xAF,   0x2D8,  0x2D9,  0x2DA,  0xB8,   0x2DD, 0x2DB,  0x2C7};
  // Of the font Symbol: letters from 0x40 on, the small ones from 0x60.
  static constexpr std::array<std::uint16_t, 64> symbol{
      0x2245, 0x391, 0x392, 0x3A7, 0x394, 0x395, 0x3A6,  0x393,  0x397,  0x399, 0x3D1,
      0x39A,  0x39B, 0x39C, 0x39D, 0x39F, 0x3A0, 0x398,  0x3A1,  0x3A3,  0x3A4, 0x3A5,
      0x3C2,  0x3A9, 0x39E, 0x3A8, 0x396, '[',   0x2234, ']',    0x22A5, '_',   0x203E,
      0x3B1,  0x3B2, 0x3C7, 0x3B4, 0x3B5, 0x3C6, 0x3B3,  0x3B7,  0x3B9,  0x3D5, 0x3BA,
      0x3BB,  0x3BC, 0x3BD, 0x3BF, 0x3C0, 0x3B8, 0x3C1,  0x3C3,  0x3C4,  0x3C5, 0x3D6,
      0x3C9,  0x3BE, 0x3C8, 0x3B6, '{',   '|',   '}',    0x223C, 0};
  if (code < 0x20) { return {}; }
  if (encoding == pdf_encoding::dingbats && code != ' ') { // as Unicode has them, but for a few
    constexpr std::uint32_t block = 0x2700;
    if (code == 'l' || code == 'n') { return from_code_point(code == 'l' ? 0x25CF : 0x25A0); }
    return from_code_point(block + code - (code < 0x80 ? 0x20 : 0x40));
  }
  if (encoding == pdf_encoding::symbol) {
    if (code >= 0x40 && code < 0x80) { return pdf_character(symbol[code - 0x40]); }
    if (code >= 0x80) { return code == 0xB7 ? from_code_point(0x2022) : utf8_text{}; }
  }
  if (encoding == pdf_encoding::standard) {
    if (code == '\'') { return from_code_point(0x2019); }
    if (code == '`') { return from_code_point(0x2018); }
    if (code >= 0x7F) { return code < 0xA1 ? utf8_text{} : pdf_character(standard[code - 0xA1]); }
  }
  if (encoding == pdf_encoding::mac_roman && code >= 0x80) {
    return pdf_character(mac_roman[code - 0x80]);
  }
  return code == 0xA0 || code == 0xAD ? from_code_point(code == 0xA0 ? ' ' : '-')
                                      : from_numeric_reference(code);
}

/// What HTML calls the accent `text`, which stands by itself; empty when it is none.
[[nodiscard]] inline std::string_view pdf_accent(std::string_view text) noexcept {
  struct accent {
    std::string_view text;
    std::string_view name;
  };
  constexpr accent accents[]{{"\u00B4", "acute"}, {"`", "grave"},      {"\u00A8", "uml"},
                             {"\u02C6", "circ"},  {"\u02DC", "tilde"}, {"\u02DA", "ring"},
                             {"\u00B8", "cedil"}, {"\u02C7", "caron"}, {"\u02DD", "dblac"},
                             {"\u02D8", "breve"}, {"\u00AF", "macr"},  {"\u02D9", "dot"}};
  for (const accent& a : accents) {
    if (a.text == text) { return a.name; }
  }
  return {};
}
/// `letter` with `accent`, as one; nothing when there is no such letter.
[[nodiscard]] inline utf8_text pdf_accented(std::string_view letter,
                                            std::string_view accent) noexcept {
  if (letter == "\u0131") { letter = "i"; } // an i without its dot makes room for the accent
  const std::string_view kind = pdf_accent(accent);
  if (letter.size() != 1 || kind.empty()) { return {}; }
  std::array<char, 8> name{letter[0]};
  std::copy(kind.begin(), kind.end(), name.begin() + 1);
  return find_entity({name.data(), 1 + kind.size()});
}

/// What the glyph called `name` stands for; nothing when that is not known.
[[nodiscard]] inline utf8_text pdf_glyph(std::string_view name) noexcept {
  struct other_name {
    std::string_view name;
    std::string_view text;
  };
  // Where HTML, whose names are here already, has another name or none.
  static constexpr other_name names[]{
      {"space", " "},
      {"nbspace", " "},
      {"exclam", "!"},
      {"quotedbl", "\""},
      {"numbersign", "#"},
      {"percent", "%"},
      {"ampersand", "&"},
      {"quotesingle", "'"},
      {"parenleft", "("},
      {"parenright", ")"},
      {"asterisk", "*"},
      {"hyphen", "-"},
      {"minus", "\u2212"},
      {"slash", "/"},
      {"zero", "0"},
      {"one", "1"},
      {"two", "2"},
      {"three", "3"},
      {"four", "4"},
      {"five", "5"},
      {"six", "6"},
      {"seven", "7"},
      {"eight", "8"},
      {"nine", "9"},
      {"semicolon", ";"},
      {"less", "<"},
      {"equal", "="},
      {"greater", ">"},
      {"question", "?"},
      {"at", "@"},
      {"bracketleft", "["},
      {"backslash", "\\"},
      {"bracketright", "]"},
      {"asciicircum", "^"},
      {"underscore", "_"},
      {"grave", "`"},
      {"braceleft", "{"},
      {"bar", "|"},
      {"braceright", "}"},
      {"asciitilde", "~"},
      {"quoteleft", "\u2018"},
      {"quoteright", "\u2019"},
      {"quotedblleft", "\u201C"},
      {"quotedblright", "\u201D"},
      {"quotesinglbase", "\u201A"},
      {"quotedblbase", "\u201E"},
      {"guillemotleft", "\u00AB"},
      {"guillemotright", "\u00BB"},
      {"guilsinglleft", "\u2039"},
      {"guilsinglright", "\u203A"},
      {"endash", "\u2013"},
      {"emdash", "\u2014"},
      {"bullet", "\u2022"},
      {"ellipsis", "\u2026"},
      {"daggerdbl", "\u2021"},
      {"periodcentered", "\u00B7"},
      {"exclamdown", "\u00A1"},
      {"questiondown", "\u00BF"},
      {"sterling", "\u00A3"},
      {"section", "\u00A7"},
      {"paragraph", "\u00B6"},
      {"florin", "\u0192"},
      {"fraction", "\u2044"},
      {"perthousand", "\u2030"},
      {"currency", "\u00A4"},
      {"brokenbar", "\u00A6"},
      {"registered", "\u00AE"},
      {"trademark", "\u2122"},
      {"degree", "\u00B0"},
      {"plusminus", "\u00B1"},
      {"multiply", "\u00D7"},
      {"divide", "\u00F7"},
      {"logicalnot", "\u00AC"},
      {"mu", "\u00B5"},
      {"dotlessi", "\u0131"},
      {"germandbls", "\u00DF"},
      {"AE", "\u00C6"},
      {"Thorn", "\u00DE"},
      {"Lslash", "\u0141"},
      {"lslash", "\u0142"},
      {"OE", "\u0152"},
      {"oe", "\u0153"},
      {"ae", "\u00E6"},
      {"Euro", "\u20AC"},
      {"ff", "ff"},
      {"fi", "fi"},
      {"fl", "fl"},
      {"ffi", "ffi"},
      {"ffl", "ffl"},
      {"acute", "\u00B4"},
      {"circumflex", "\u02C6"},
      {"dieresis", "\u00A8"},
      {"tilde", "\u02DC"},
      {"hungarumlaut", "\u02DD"},
      {"macron", "\u00AF"},
      {"dotaccent", "\u02D9"},
      {"cedilla", "\u00B8"},
      {"ogonek", "\u02DB"},
      {"arrowright", "\u2192"},
      {"arrowleft", "\u2190"},
      {"lessequal", "\u2264"},
      {"greaterequal", "\u2265"},
      {"notequal", "\u2260"},
      {"infinity", "\u221E"},
      {"bulletmath", "\u2022"},
      {"visiblespace", "\u2423"},
      {"nonbreakingspace", " "},
      {"sfthyphen", "-"},
      {"ordfeminine", "\u00AA"},
      {"ordmasculine", "\u00BA"},
      {"onehalf", "\u00BD"},
      {"onequarter", "\u00BC"},
      {"threequarters", "\u00BE"},
      {"onesuperior", "\u00B9"},
      {"twosuperior", "\u00B2"},
      {"threesuperior", "\u00B3"},
  };
  // Accents that HTML calls something else.
  static constexpr other_name accents[]{
      {"circumflex", "circ"}, {"dieresis", "uml"},  {"cedilla", "cedil"},     {"ogonek", "ogon"},
      {"macron", "macr"},     {"dotaccent", "dot"}, {"hungarumlaut", "dblac"}};
  name = name.substr(0, name.find('.')); // "a.alt" is an a
  for (const other_name& n : names) {
    if (n.name == name) { return short_text(n.text); }
  }
  if (name.size() == 1) { return short_text(name); }
  if (const utf8_text found = find_entity(name)) { return found; }
  for (const other_name& a : accents) {
    if (!name.ends_with(a.name) || name.size() != a.name.size() + 1) { continue; }
    std::array<char, 8> html{name[0]};
    std::copy(a.text.begin(), a.text.end(), html.begin() + 1);
    return find_entity({html.data(), 1 + a.text.size()});
  }
  // Fonts made of pictures number their glyphs: "a65", in decimal.
  const std::string_view number = name.substr(std::min<std::size_t>(1, name.size()));
  if (number.size() >= 2 && number.size() <= 3 && pdf::is_unsigned(number)) {
    return pdf_code(pdf_encoding::win_ansi, std::min(pdf_count(number, 999), 0xFFU));
  }
  const std::size_t prefix = name.starts_with("uni") ? 3 : name.starts_with('u') ? 1 : name.size();
  const std::string_view digits = name.substr(prefix, prefix == 3 ? 4 : 6);
  if (digits.size() < 4) { return {}; }
  std::uint32_t code_point = 0;
  for (const char c : digits) {
    const std::uint32_t digit = pdf::hex_digit(c);
    if (digit == 16) { return {}; }
    code_point = code_point << 4U | digit;
  }
  return pdf_character(code_point);
}

} // namespace document
