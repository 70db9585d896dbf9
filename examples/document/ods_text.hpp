// examples/document/ods_text.hpp - the text of an OpenDocument spreadsheet (ODS), as a transform.
//
// Sheets in their order, hidden ones as well: the name of each, then its rows (sheet_text.hpp says what
// becomes of empty cells). A cell is the text that it shows; one without is its stored value. Cells and
// rows that the file says to repeat are written as often, when they hold something. Comments, changes
// that were tracked, drawings and images are left out. Metadata: properties and "sheets". Items: each
// sheet as a table. For memory and limits see docx_text.hpp.
//
//   document::ods_text t;
//   linmem::step_result r = t.step(bytes, out, /*last=*/true);
#pragma once

#include "growing_array.hpp"
#include "office_package.hpp"
#include "sheet_text.hpp"
#include "whole_document.hpp"

#include <linmem/error.hpp> // linmem::error

#include <pugixml.hpp>

#include <cstddef>     // std::size_t
#include <cstdint>     // std::uint64_t
#include <string_view> // std::string_view

namespace document {

/// See whole_document.
class ods_parser {
public:
  static constexpr const char* subject = "ODS document in bytes"; ///< in errors
  static constexpr std::size_t longest = std::size_t{1} << 29U;   ///< bytes

  /// invalid_data, unsupported; limit_exceeded for nesting, text and what is unpacked; out_of_memory.
  [[nodiscard]] linmem::error parse(std::string_view document, text_output& out, text_keeper& sink,
                                    findings& found) noexcept {
    office_package package{"ODS nesting in levels"};
    sink_text<text_keeper> text{out, sink};
    if (!open_odf(package, document, found) || !write(package, text, found)) {
      return package.failure();
    }
    return {};
  }

private:
  // A cell that holds something.
  struct filled_cell {
    std::uint64_t column;
    std::uint64_t times; // that it is there, side by side
    std::size_t begin;   // of its text in texts_
    std::size_t end;
  };

  // Walks through the groups of a sheet to its rows.
  struct row_visitor {
    ods_parser& parser;
    office_package& package;
    sheet_text& to;

    visit enter(pugi::xml_node node) noexcept {
      const std::string_view name = local_name(node);
      if (name == "table-row") {
        return parser.write_row(package, node, to) ? visit::past : visit::stop;
      }
      for (const std::string_view group :
           {"table", "table-rows", "table-header-rows", "table-row-group"}) {
        if (name == group) { return visit::into; }
      }
      return visit::past;
    }
    void leave(pugi::xml_node) noexcept {}
  };

  // Collects the text of a paragraph.
  struct paragraph_visitor {
    growing_bytes& text;

    visit enter(pugi::xml_node node) noexcept {
      if (node.type() != pugi::node_element) {
        return text.append(node.value()) ? visit::past : visit::stop;
      }
      const std::string_view name = local_name(node);
      if (name == "annotation") { return visit::past; }
      const bool is_space = name == "s" || name == "tab";
      const bool kept = !(is_space || name == "line-break") || text.append(is_space ? " " : "\n");
      return kept ? visit::into : visit::stop;
    }
    void leave(pugi::xml_node) noexcept {}
  };

  bool write(office_package& package, sink_text<text_keeper>& text, findings& found) noexcept {
    pugi::xml_document tree;
    if (!package.load("content.xml", tree, pugi::parse_ws_pcdata)) { return false; }
    const pugi::xml_node body = child_of(tree.document_element(), "body");
    sheet_text sheets{package, text, found};
    for (const pugi::xml_node table : child_of(body, "spreadsheet").children()) {
      if (local_name(table) != "table") { continue; }
      row_visitor rows{*this, package, sheets};
      if (!sheets.begin(attribute_of(table, "name")) || !walk(table, rows)) { return false; }
      sheets.end();
    }
    return text.finish() || package.fail_for_memory();
  }

  bool write_row(office_package& package, pugi::xml_node row, sheet_text& to) noexcept {
    if (!read_row(row)) { return package.fail_for_memory(); }
    if (cells_.size() == 0) { return true; }
    for (std::uint64_t i = times(row, "number-rows-repeated"); i != 0; --i) {
      for (const filled_cell& cell : cells_) {
        const std::string_view text = texts_.text().substr(cell.begin, cell.end - cell.begin);
        for (std::uint64_t k = 0; k != cell.times; ++k) {
          if (!to.cell(cell.column + k, text)) { return false; }
        }
      }
      to.end_row();
    }
    return true;
  }

  // Fills cells_ and texts_. False when there is no memory.
  [[nodiscard]] bool read_row(pugi::xml_node row) noexcept {
    cells_.clear();
    texts_.clear();
    std::uint64_t column = 0;
    for (const pugi::xml_node cell : row.children()) {
      if (cell.type() != pugi::node_element) { continue; }
      const std::uint64_t repeated = times(cell, "number-columns-repeated");
      const std::size_t begin = texts_.size();
      if (!read_cell(cell)) { return false; }
      const std::string_view text = texts_.text().substr(begin);
      if (is_blank(text)) {
        texts_.cut(begin);
      } else if (!cells_.push({column, repeated, begin, texts_.size()})) {
        return false;
      }
      column += repeated;
    }
    return true;
  }
  [[nodiscard]] bool read_cell(pugi::xml_node cell) noexcept {
    const std::size_t begin = texts_.size();
    for (const pugi::xml_node paragraph : cell.children()) {
      if (local_name(paragraph) != "p") { continue; }
      paragraph_visitor visitor{texts_};
      if ((texts_.size() != begin && !texts_.append("\n")) || !walk(paragraph, visitor)) {
        return false;
      }
    }
    if (texts_.size() != begin) { return true; }
    for (const std::string_view value :
         {"string-value", "date-value", "time-value", "boolean-value", "value"}) {
      const std::string_view text = attribute_of(cell, value);
      if (!text.empty()) { return texts_.append(text); }
    }
    return true;
  }

  // How often an element is there.
  static std::uint64_t times(pugi::xml_node node, std::string_view name) noexcept {
    return number_of(attribute_of(node, name), 1);
  }

  growing_array<filled_cell> cells_; // of the row
  growing_bytes texts_;              // their texts
};

/// See this header's first lines.
using ods_text = whole_document<ods_parser>;

} // namespace document
