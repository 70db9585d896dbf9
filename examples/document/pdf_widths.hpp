// examples/document/pdf_widths.hpp - how wide the characters of fonts are that a PDF file does not bring.
//
// Every reader of PDF knows fourteen fonts, whose widths a file may leave out. Here are those of
// Helvetica and Times for ASCII; their bold and slanted kinds are near enough to tell words apart.
//
//   document::pdf_standard_width("/Helvetica-Bold", 'i');   // 0.222 ems
#pragma once

#include <array>       // std::array
#include <cstdint>     // std::uint16_t, std::uint32_t
#include <string_view> // std::string_view

namespace document {

/// The width of `code` in the font called `name`, in ems.
[[nodiscard]] inline double pdf_standard_width(std::string_view name, std::uint32_t code) noexcept {
  // From 32 to 126, in thousandths.
  static constexpr std::array<std::uint16_t, 95> helvetica{
      278,  278, 355, 556, 556, 889, 667, 191, 333, 333, 389, 584, 278, 333, 278, 278,
      556,  556, 556, 556, 556, 556, 556, 556, 556, 556, 278, 278, 584, 584, 584, 556,
      1015, 667, 667, 722, 722, 667, 611, 778, 722, 278, 500, 667, 556, 833, 722, 778,
      667,  778, 722, 667, 611, 722, 667, 944, 667, 667, 611, 278, 278, 278, 469, 556,
      333,  556, 556, 500, 556, 556, 278, 556, 556, 222, 222, 500, 222, 833, 556, 556,
      556,  556, 333, 500, 278, 556, 500, 722, 500, 500, 500, 334, 260, 334, 584};
  static constexpr std::array<std::uint16_t, 95> times{
      250, 333, 408, 500, 500, 833, 778, 180, 333, 333, 500, 564, 250, 333, 250, 278,
      500, 500, 500, 500, 500, 500, 500, 500, 500, 500, 278, 278, 564, 564, 564, 444,
      921, 722, 667, 667, 722, 611, 556, 722, 722, 333, 389, 722, 611, 889, 722, 722,
      556, 722, 667, 556, 611, 722, 722, 944, 722, 722, 611, 333, 278, 333, 469, 500,
      333, 444, 500, 444, 500, 444, 333, 500, 500, 278, 278, 500, 278, 778, 500, 500,
      500, 500, 333, 389, 278, 500, 500, 722, 500, 500, 444, 480, 200, 480, 541};
  const auto is = [name](std::string_view part) {
    return name.find(part) != std::string_view::npos;
  };
  constexpr double elsewhere = 0.5;
  if (is("Courier")) { return 0.6; }
  if (code < 32 || code > 126) { return elsewhere; }
  return (is("Times") ? times : helvetica)[code - 32] / 1000.0;
}

} // namespace document
