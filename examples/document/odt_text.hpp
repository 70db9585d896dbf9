// examples/document/odt_text.hpp - the text of an OpenDocument text (ODT), as a transform.
//
// Paragraphs between blank lines, list items with "- ", a row of a table as a line with tabs between its
// cells; notes stand where they are referred to, and pictures are what is said of them. Comments, changes
// that were tracked, headers and footers, the marks of notes and the readings beside East Asian text are
// left out. Metadata: properties, headings, links. Items: tables, and images where they
// stand. For memory and limits see docx_text.hpp.
//
//   document::odt_text t;
//   linmem::step_result r = t.step(bytes, out, /*last=*/true);
#pragma once

#include "office_markup.hpp"
#include "office_package.hpp"
#include "whole_document.hpp"

#include <linmem/error.hpp> // linmem::error

#include <cstddef>     // std::size_t
#include <string_view> // std::string_view

namespace document {

/// See whole_document.
struct odt_parser {
  static constexpr const char* subject = "ODT document in bytes"; ///< in errors
  static constexpr std::size_t longest = std::size_t{1} << 29U;   ///< bytes

  /// invalid_data, unsupported; limit_exceeded for nesting and what is unpacked; out_of_memory.
  [[nodiscard]] linmem::error parse(std::string_view document, text_output& out, text_keeper& sink,
                                    findings& found) noexcept {
    office_package package{"ODT nesting in levels"};
    sink_text<text_keeper> text{out, sink};
    office_markup markup{package, text, found, roles};
    markup.is_mixed = true;
    relations none;
    if (!open_odf(package, document, found) || !markup.write("content.xml", none) ||
        !(text.finish() || package.fail_for_memory())) {
      return package.failure();
    }
    return {};
  }

private:
  static constexpr role_name roles[]{
      {"p", role::paragraph},
      {"h", role::heading},
      {"list-item", role::item},
      {"s", role::space},
      {"tab", role::space},
      {"line-break", role::line},
      {"table", role::table},
      {"table-row", role::row},
      {"table-cell", role::cell},
      {"covered-table-cell", role::hidden},
      {"a", role::link},
      {"image", role::image},
      {"frame", role::aside},
      {"desc", role::aside},
      {"note-citation", role::hidden},
      {"ruby-text", role::hidden},
      {"annotation", role::hidden},
      {"tracked-changes", role::hidden},
      {"font-face-decls", role::hidden},
      {"automatic-styles", role::hidden},
      {"scripts", role::hidden},
  };
};

/// See this header's first lines.
using odt_text = whole_document<odt_parser>;

} // namespace document
