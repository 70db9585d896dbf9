// examples/document/docx_text.hpp - the text of a Word document (DOCX), as a transform.
//
// A DOCX file is a ZIP archive of XML. Its body is written, then its footnotes and endnotes: paragraphs
// between blank lines, list items with "- ", a row of a table as a line with tabs between its cells.
// Pictures are what is said of them, diagrams the text in them. Deleted text, fields' instructions, the
// readings beside East Asian text, comments and headers are left out. Metadata: properties, headings (by
// outline level or style), links. Items: tables, and images where they stand. The directory of an
// archive is at its end: see whole_document.hpp for what that costs; what is unpacked has limits, see
// zip_archive.hpp and office_package.hpp.
//
//   document::docx_text t;
//   linmem::step_result r = t.step(bytes, out, /*last=*/true);
//
// Needs what zip_archive.hpp and xml_tree.hpp need.
#pragma once

#include "office_markup.hpp"
#include "office_package.hpp"
#include "whole_document.hpp"

#include <linmem/error.hpp> // linmem::error

#include <cstddef>     // std::size_t
#include <string_view> // std::string_view
#include <utility>     // std::pair

namespace document {

/// See whole_document.
struct docx_parser {
  static constexpr const char* subject = "DOCX document in bytes"; ///< in errors
  static constexpr std::size_t longest = std::size_t{1} << 29U;    ///< bytes

  /// invalid_data, unsupported; limit_exceeded for nesting and what is unpacked; out_of_memory.
  [[nodiscard]] linmem::error parse(std::string_view document, text_output& out, text_keeper& sink,
                                    findings& found) noexcept {
    office_package package{"DOCX nesting in levels"};
    sink_text<text_keeper> text{out, sink};
    if (!package.open(document) || !write(package, text, found)) { return package.failure(); }
    return {};
  }

private:
  static constexpr role_name roles[]{
      {"p", role::paragraph},     {"t", role::text},          {"tab", role::space},
      {"br", role::line},         {"cr", role::line},         {"noBreakHyphen", role::hyphen},
      {"tbl", role::table},       {"tr", role::row},          {"tc", role::cell},
      {"numPr", role::item},      {"hyperlink", role::link},  {"blip", role::image},
      {"imagedata", role::image}, {"moveFrom", role::hidden}, {"Fallback", role::hidden},
      {"ptab", role::space},      {"rt", role::hidden},       {"docPr", role::aside},
      {"relIds", role::diagram},
  };

  static bool write(office_package& package, sink_text<text_keeper>& text,
                    findings& found) noexcept {
    office_document body;
    if (!body.open(package, "word/document.xml", found)) { return false; }
    office_markup markup{package, text, found, roles};
    growing_bytes part;
    heading_styles styles;
    if (found.wanted().metadata) {
      if (!body.related.part_of_type("/styles", "word/styles.xml", part)) {
        return package.fail_for_memory();
      }
      if (!styles.load(package, part.text())) { return false; }
      markup.styles = &styles;
    }
    if (!markup.write(body.part(), body.related)) { return false; }
    for (const auto& [type, usual] : {std::pair{"/footnotes", "word/footnotes.xml"},
                                      std::pair{"/endnotes", "word/endnotes.xml"}}) {
      if (!body.related.part_of_type(type, usual, part)) { return package.fail_for_memory(); }
      relations related;
      if (package.take(part.text()) &&
          (!related.load(package, part.text()) || !markup.write(part.text(), related))) {
        return false;
      }
    }
    return text.finish() || package.fail_for_memory();
  }
};

/// See this header's first lines.
using docx_text = whole_document<docx_parser>;

} // namespace document
