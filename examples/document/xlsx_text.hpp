// examples/document/xlsx_text.hpp - the text of an Excel workbook (XLSX), as a transform.
//
// Sheets in their order, hidden ones as well: the name of each, then its rows (sheet_text.hpp says what
// becomes of empty cells). A formula is its last result. Numbers are written as they are stored, not as
// the cell's format shows them, but for dates and times (sheet_number.hpp); TRUE and FALSE, errors such
// as #N/A, and text of several styles are what one sees, without the readings beside East Asian text.
// Comments, charts and images are left out. Metadata: properties and "sheets". Items: each sheet as a
// table. For memory and limits see docx_text.hpp; but the rows of a sheet become trees only a few at a
// time.
//
//   document::xlsx_text t;
//   linmem::step_result r = t.step(bytes, out, /*last=*/true);
#pragma once

#include "growing_array.hpp"
#include "office_package.hpp"
#include "sheet_number.hpp"
#include "sheet_text.hpp"
#include "whole_document.hpp"

#include <linmem/error.hpp> // linmem::error

#include <pugixml.hpp>

#include <algorithm>   // std::min
#include <cstddef>     // std::size_t
#include <cstdint>     // std::uint32_t, std::uintptr_t
#include <limits>      // std::numeric_limits
#include <string_view> // std::string_view

namespace document {

namespace detail {

// What a workbook keeps for all of its sheets: strings and formats by number.
class workbook_tables {
public:
  [[nodiscard]] bool load(office_package& package, relations& related) noexcept {
    growing_bytes part;
    pugi::xml_document tree;
    if (!related.part_of_type("/sharedStrings", "xl/sharedStrings.xml", part)) {
      return package.fail_for_memory();
    }
    if (package.contains(part.text())) {
      if (!package.load(part.text(), tree)) { return false; }
      if (!keep_strings(tree.document_element())) { return package.fail_for_memory(); }
    }
    if (!related.part_of_type("/styles", "xl/styles.xml", part)) {
      return package.fail_for_memory();
    }
    if (package.contains(part.text())) {
      if (!package.load(part.text(), tree)) { return false; }
      if (!keep_formats(tree.document_element())) { return package.fail_for_memory(); }
    }
    return true;
  }

  // The string with that number; empty when there is none.
  [[nodiscard]] std::string_view string(std::size_t number) noexcept {
    if (number >= ends_.size()) { return {}; }
    const std::size_t begin = number == 0 ? 0 : ends_[number - 1];
    return strings_.text().substr(begin, ends_[number] - begin);
  }
  // What the cell style with that number shows.
  [[nodiscard]] date_parts format(std::size_t number) noexcept {
    return number < formats_.size() ? formats_[number] : date_parts{};
  }
  // Adds the text of `item`, plain or of several runs, to `text`.
  [[nodiscard]] static bool append_text(pugi::xml_node item, growing_bytes& text) noexcept {
    for (const pugi::xml_node part : item.children()) {
      const std::string_view name = local_name(part);
      const pugi::xml_node run = name == "r" ? child_of(part, "t") : part;
      if ((name == "t" || name == "r") && !text.append(run.text().get())) { return false; }
    }
    return true;
  }

private:
  [[nodiscard]] bool keep_strings(pugi::xml_node all) noexcept {
    for (const pugi::xml_node item : all.children()) {
      if (local_name(item) == "si" &&
          (!append_text(item, strings_) || !ends_.push(strings_.size()))) {
        return false;
      }
    }
    return true;
  }
  [[nodiscard]] bool keep_formats(pugi::xml_node all) noexcept {
    name_index codes;
    for (const pugi::xml_node format : child_of(all, "numFmts").children()) {
      const date_parts parts = date_parts_of(attribute_of(format, "formatCode"));
      const std::uintptr_t bits =
          (parts.date ? 1U : 0U) | (parts.time ? 2U : 0U) | (parts.duration ? 4U : 0U);
      if (!codes.add(attribute_of(format, "numFmtId"), bits)) { return false; }
    }
    codes.sort();
    for (const pugi::xml_node style : child_of(all, "cellXfs").children()) {
      const std::string_view id = attribute_of(style, "numFmtId");
      const name_entry* const own = codes.find(id);
      const date_parts parts =
          own == nullptr
              ? date_parts_of(number_of(id, 0))
              : date_parts{(own->value & 1U) != 0, (own->value & 2U) != 0, (own->value & 4U) != 0};
      if (!formats_.push(parts)) { return false; }
    }
    return true;
  }

  growing_bytes strings_;
  growing_array<std::size_t> ends_; // of each string in strings_
  growing_array<date_parts> formats_;
};

// Where the rows of a sheet begin and end, and the tag that ends each. That can be told without a tree
// where every "<" begins a tag, since no text then looks like one; else there is nothing between.
struct sheet_rows {
  std::size_t begin = 0;
  std::size_t end = 0;
  std::string_view tag;

  explicit sheet_rows(std::string_view sheet) noexcept {
    constexpr std::string_view opening = "sheetData>";
    constexpr std::size_t behind_declaration = 5; // "<?xml", and perhaps a byte order mark
    const std::size_t name = sheet.find(opening);
    if (name == std::string_view::npos || sheet.find("<!") != std::string_view::npos ||
        sheet.find("<?", behind_declaration) != std::string_view::npos) {
      return;
    }
    const std::string_view head = sheet.substr(0, name);
    const std::string_view prefix = head.substr(head.rfind('<') + 1); // npos + 1 is 0
    const bool is_utf8 = head.find("encoding") == std::string_view::npos ||
                         head.find("\"UTF-8\"") != std::string_view::npos ||
                         head.find("\"utf-8\"") != std::string_view::npos;
    if (!is_utf8 || prefix.starts_with('/')) { return; }
    const std::size_t first = name + opening.size();
    constexpr std::string_view row = "row>";
    for (std::size_t at = first; (at = sheet.find(row, at)) != std::string_view::npos; ++at) {
      const std::size_t size = 2 + prefix.size() + row.size();
      const std::string_view found = sheet.substr(at + row.size() - size, size);
      if (found.starts_with("</") && found.substr(2).starts_with(prefix)) {
        tag = found;
        begin = first;
        end = sheet.rfind(tag) + tag.size();
        return;
      }
    }
  }
};

} // namespace detail

/// See whole_document.
class xlsx_parser {
public:
  static constexpr const char* subject = "XLSX document in bytes"; ///< in errors
  static constexpr std::size_t longest = std::size_t{1} << 29U;    ///< bytes

  /// invalid_data, unsupported; limit_exceeded for nesting, text and what is unpacked; out_of_memory.
  [[nodiscard]] linmem::error parse(std::string_view document, text_output& out, text_keeper& sink,
                                    findings& found) noexcept {
    office_package package{"XLSX nesting in levels"};
    sink_text<text_keeper> text{out, sink};
    if (!package.open(document) || !write(package, text, found)) { return package.failure(); }
    return {};
  }

private:
  bool write(office_package& package, sink_text<text_keeper>& text, findings& found) noexcept {
    office_document workbook;
    pugi::xml_document tree;
    if (!workbook.open(package, "xl/workbook.xml", found) || !package.load(workbook.part(), tree) ||
        !tables_.load(package, workbook.related)) {
      return false;
    }
    const pugi::xml_node root = tree.document_element();
    const std::string_view from_1904 = attribute_of(child_of(root, "workbookPr"), "date1904");
    from_1904_ = from_1904 == "1" || from_1904 == "true";
    sheet_text sheets{package, text, found};
    growing_bytes part;
    for (const pugi::xml_node sheet : child_of(root, "sheets").children()) {
      if (!workbook.related.part(relation_of(sheet, "id"), part)) {
        return package.fail_for_memory();
      }
      if (!package.take(part.text())) { continue; }
      if (!sheets.begin(attribute_of(sheet, "name")) ||
          !write_sheet(package, part.text(), sheets)) {
        return false;
      }
      sheets.end();
    }
    return text.finish() || package.fail_for_memory();
  }

  // A sheet is long, and its tree would be several times as long: where its rows can be cut out of it,
  // they become trees a few at a time.
  bool write_sheet(office_package& package, std::string_view part, sheet_text& to) noexcept {
    constexpr std::size_t at_a_time = std::size_t{64} << 10U; // bytes of rows
    growing_bytes xml;
    if (!package.unpack(part, xml)) { return false; }
    const std::string_view all = xml.text();
    const detail::sheet_rows rows{all};
    pugi::xml_document tree;
    bool is_cut = false; // and what is left is a document
    if (rows.begin != rows.end) {
      growing_bytes left;
      is_cut = left.append(all.substr(0, rows.begin)) && left.append(all.substr(rows.end)) &&
               package.parse(part, left.text(), tree);
    }
    if (!is_cut && !package.parse(part, all, tree)) { return false; }
    for (std::size_t at = rows.begin; is_cut && at != rows.end;) {
      const std::size_t from = std::min(at + at_a_time, rows.end - rows.tag.size());
      const std::size_t end = all.find(rows.tag, from) + rows.tag.size();
      pugi::xml_document some;
      if (!package.parse(part, all.substr(at, end - at), some,
                         pugi::parse_fragment | pugi::parse_ws_pcdata_single)) {
        return package.parse(part, all, tree) && false; // for the line of the error
      }
      if (!write_rows(package, some, to)) { return false; }
      at = end;
    }
    return write_rows(package, child_of(tree.document_element(), "sheetData"), to);
  }

  bool write_rows(office_package& package, pugi::xml_node rows, sheet_text& to) noexcept {
    for (const pugi::xml_node row : rows.children()) {
      std::uint32_t column = 0;
      for (const pugi::xml_node cell : row.children()) {
        column = column_of(attribute_of(cell, "r"), column);
        std::string_view text;
        if (!read(cell, text)) { return package.fail_for_memory(); }
        if (!to.cell(column, text)) { return false; }
        ++column;
      }
      to.end_row();
    }
    return true;
  }

  // The column, from 0, of a place such as "BC12"; `otherwise` when it says none.
  static std::uint32_t column_of(std::string_view place, std::uint32_t otherwise) noexcept {
    constexpr std::size_t most_letters = 3;
    std::uint32_t column = 0;
    for (std::size_t i = 0; i != std::min(place.size(), most_letters); ++i) {
      if (place[i] < 'A' || place[i] > 'Z') { break; }
      column = column * 26 + static_cast<std::uint32_t>(place[i] - 'A' + 1);
    }
    return column == 0 ? otherwise : column - 1;
  }

  // What a cell shows.
  [[nodiscard]] bool read(pugi::xml_node cell, std::string_view& text) noexcept {
    const std::string_view type = attribute_of(cell, "t");
    if (type == "inlineStr") {
      inline_.clear();
      const bool kept = detail::workbook_tables::append_text(child_of(cell, "is"), inline_);
      text = inline_.text();
      return kept;
    }
    const std::string_view value = child_of(cell, "v").text().get();
    if (value.empty()) { return true; }
    if (type == "s") {
      text = tables_.string(number_of(value, std::numeric_limits<std::uint32_t>::max()));
    } else if (type == "b") {
      text = value == "0" ? "FALSE" : "TRUE";
    } else if (type.empty() || type == "n") {
      const date_parts parts = tables_.format(number_of(attribute_of(cell, "s"), 0));
      text = parts.date || parts.time || parts.duration
                 ? date_text(value, parts, from_1904_, number_)
                 : plain_number(value, number_);
    } else { // str, e, d
      text = value;
    }
    return true;
  }

  detail::workbook_tables tables_;
  bool from_1904_ = false;
  growing_bytes inline_; // text of a cell that is not shared
  number_text number_{};
};

/// See this header's first lines.
using xlsx_text = whole_document<xlsx_parser>;

} // namespace document
