// examples/document/image_text.hpp - the words in a PNG, JPEG, GIF or WebP image, as a transform.
//
// An image has no text but what was written into the file beside its pixels: titles, comments,
// descriptions. Each is a line, "comment: ...". Its size, its colours and what a camera wrote are
// metadata (findings.hpp). The format is told by the first bytes. No pixel is decoded, so that an image
// costs its file and no more, whatever size it claims to have.
//
//   document::image_text t;
//   linmem::step_result r = t.step(bytes, out, /*last=*/true);   // "title: A tree\n"
//
// Needs zlib and pugixml.
#pragma once

#include "gif_text.hpp"
#include "image_report.hpp"
#include "jpeg_text.hpp"
#include "png_text.hpp"
#include "webp_text.hpp"
#include "whole_document.hpp"

#include <linmem/error.hpp> // linmem::error, linmem::errc

#include <cstddef>     // std::size_t
#include <string_view> // std::string_view

namespace document {

/// See whole_document.
struct image_parser {
  static constexpr const char* subject = "image in bytes";      ///< in errors
  static constexpr std::size_t longest = std::size_t{1} << 30U; ///< bytes

  /// invalid_data; limit_exceeded for a text that unpacks to too much; out_of_memory.
  template <text_sink Sink>
  [[nodiscard]] linmem::error parse(std::string_view document, text_output& out, Sink& sink,
                                    findings& found) noexcept {
    image_report<Sink> report{out, sink, found};
    const linmem::error failed = read(document, report);
    if (failed.code != linmem::errc::none) { return failed; }
    return report.finish() ? linmem::error{} : image_report<Sink>::no_memory;
  }

private:
  template <class Report>
  static linmem::error read(std::string_view file, Report& report) noexcept {
    const auto is = [file](std::string_view magic) { return file.starts_with(magic); };
    if (is(png_reader<Report>::magic)) { return png_reader<Report>{file, report}.read(); }
    if (is(jpeg_reader<Report>::magic)) { return jpeg_reader<Report>{file, report}.read(); }
    if (is(gif_reader<Report>::magic)) { return gif_reader<Report>{file, report}.read(); }
    if (is(webp_reader<Report>::magic)) { return webp_reader<Report>{file, report}.read(); }
    return broken_image("image that is no PNG, JPEG, GIF or WebP");
  }
};

/// See this header's first lines.
using image_text = whole_document<image_parser>;

} // namespace document
