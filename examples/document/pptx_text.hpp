// examples/document/pptx_text.hpp - the text of a presentation (PPTX), as a transform.
//
// Slides in their order, hidden ones as well, each followed by its notes: shapes between blank lines, a
// paragraph as a line, a row of a table as a line with tabs between its cells; pictures are what is said
// of them, diagrams the text in them. What only surrounds notes (page numbers and the like), comments, charts and the slides' master are left out. Metadata:
// properties, the number of slides as "pages", their titles as headings, links. Items: tables, and
// images where they stand. For memory and limits see docx_text.hpp.
//
//   document::pptx_text t;
//   linmem::step_result r = t.step(bytes, out, /*last=*/true);
#pragma once

#include "office_markup.hpp"
#include "office_package.hpp"
#include "whole_document.hpp"

#include <linmem/error.hpp> // linmem::error

#include <pugixml.hpp>

#include <cstddef>     // std::size_t
#include <cstdint>     // std::uint64_t
#include <string_view> // std::string_view

namespace document {

/// See whole_document.
struct pptx_parser {
  static constexpr const char* subject = "PPTX document in bytes"; ///< in errors
  static constexpr std::size_t longest = std::size_t{1} << 29U;    ///< bytes

  /// invalid_data, unsupported; limit_exceeded for nesting and what is unpacked; out_of_memory.
  [[nodiscard]] linmem::error parse(std::string_view document, text_output& out, text_keeper& sink,
                                    findings& found) noexcept {
    office_package package{"PPTX nesting in levels"};
    sink_text<text_keeper> text{out, sink};
    if (!package.open(document) || !write(package, text, found)) { return package.failure(); }
    return {};
  }

private:
  static constexpr role_name roles[]{
      {"sp", role::shape},        {"p", role::row_text},      {"t", role::text},
      {"br", role::line},         {"tbl", role::table},       {"tr", role::row},
      {"tc", role::cell},         {"hlinkClick", role::link}, {"blip", role::image},
      {"Fallback", role::hidden}, {"pic", role::shape},       {"cNvPr", role::aside},
      {"relIds", role::diagram},
  };

  static bool write(office_package& package, sink_text<text_keeper>& text,
                    findings& found) noexcept {
    office_document presentation;
    pugi::xml_document tree;
    if (!presentation.open(package, "ppt/presentation.xml", found) ||
        !package.load(presentation.part(), tree)) {
      return false;
    }
    office_markup markup{package, text, found, roles};
    std::uint64_t slides = 0;
    growing_bytes part;
    for (const pugi::xml_node slide : child_of(tree.document_element(), "sldIdLst").children()) {
      if (!presentation.related.part(relation_of(slide, "id"), part)) {
        return package.fail_for_memory();
      }
      if (!package.take(part.text())) { continue; }
      ++slides;
      relations related;
      markup.is_notes = false;
      if (!related.load(package, part.text()) || !markup.write(part.text(), related)) {
        return false;
      }
      if (!related.part_of_type("/notesSlide", "", part)) { return package.fail_for_memory(); }
      markup.is_notes = true;
      relations of_notes;
      if (package.take(part.text()) &&
          (!of_notes.load(package, part.text()) || !markup.write(part.text(), of_notes))) {
        return false;
      }
    }
    found.number("pages", slides);
    return text.finish() || package.fail_for_memory();
  }
};

/// See this header's first lines.
using pptx_text = whole_document<pptx_parser>;

} // namespace document
