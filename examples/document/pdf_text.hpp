// examples/document/pdf_text.hpp - the text of a PDF document, as a transform.
//
// A PDF file says where characters stand, not what words and lines they make. Text is written in the
// order of the file: a gap becomes a space, another height a new line, a wide one a blank line; pages
// are parted by blank lines. Pages, title, author and dates are metadata (findings.hpp). The whole file
// is needed: see whole_document.hpp. Pictures of text have none.
//
//   document::pdf_text t;
//   linmem::step_result r = t.step(bytes, out, /*last=*/true);
//
// Needs zlib.
#pragma once

#include "findings.hpp"
#include "growing_bytes.hpp"
#include "pdf_encodings.hpp"
#include "pdf_file.hpp"
#include "pdf_font.hpp"
#include "pdf_object.hpp"
#include "pdf_page.hpp"
#include "whole_document.hpp"

#include <linmem/bytes.hpp> // linmem::as_bytes
#include <linmem/error.hpp> // linmem::error, linmem::errc
#include <linmem/utf8.hpp>  // linmem::utf8::is_valid

#include <array>       // std::array
#include <cstddef>     // std::size_t
#include <cstdint>     // std::uint32_t
#include <string_view> // std::string_view

namespace document {

/// See whole_document.
struct pdf_parser {
  static constexpr const char* subject = "PDF document in bytes"; ///< in errors
  static constexpr std::size_t longest = std::size_t{1} << 30U;   ///< bytes
  static constexpr std::size_t deepest_tree = 64;                 ///< levels of pages

  /// What is damaged or cannot be read is left out; it is an error when nothing else is there:
  /// invalid_data, unsupported. limit_exceeded; out_of_memory.
  template <text_sink Sink>
  [[nodiscard]] linmem::error parse(std::string_view document, text_output& out, Sink& sink,
                                    findings& found) noexcept {
    pdf_file pdf;
    linmem::error failed = pdf.open(document);
    if (failed.code != linmem::errc::none) { return failed; }
    sink_text<Sink> text{out, sink};
    pdf_page<Sink> page{pdf, text};
    std::uint32_t pages = 0;
    const auto write = [&](std::string_view dictionary, std::string_view resources) {
      ++pages;
      const linmem::error failure = page.write(dictionary, resources);
      return failure.code == linmem::errc::none ? pdf.exhausted() : failure;
    };
    linmem::error damage{};
    failed = each_page(pdf, damage, write);
    if (pages == 0 && failed.code == linmem::errc::none) { failed = each_lost_page(pdf, write); }
    if (failed.code != linmem::errc::none) { return failed; }
    if (damage.code == linmem::errc::none) { damage = page.damage(); }
    if (pages == 0 && damage.code == linmem::errc::none) {
      damage = {linmem::errc::invalid_data, "PDF: it has no pages", 0, 0};
    }
    if (!page.is_written() && damage.code != linmem::errc::none) { return damage; }
    if (found.wanted().metadata) {
      found.number("pages", pages);
      if (!describe(pdf, found)) { return pdf_file::no_memory; }
    }
    return text.finish() ? linmem::error{} : pdf_file::no_memory;
  }

private:
  // Calls `visit` with each page that no tree leads to, in the order of their numbers.
  template <class Visit>
  static linmem::error each_lost_page(pdf_file& pdf, Visit visit) noexcept {
    std::size_t index = 0;
    for (std::string_view page = pdf.next_of("/Page", index); !page.empty();
         page = pdf.next_of("/Page", index)) {
      const linmem::error failed = visit(page, pdf.entry(page, "Resources"));
      if (failed.code != linmem::errc::none) { return failed; }
    }
    return pdf.exhausted();
  }
  // Calls `visit` with each page and the resources that it has or inherits. What is there twice in the
  // tree could be there any number of times: it is left out, and `damage` says so.
  template <class Visit>
  static linmem::error each_page(pdf_file& pdf, linmem::error& damage, Visit visit) noexcept {
    struct level {
      pdf_lexer kids;
      std::string_view resources;
    };
    std::array<level, deepest_tree> levels{};
    const std::string_view root = pdf.entry(pdf.catalog(), "Pages");
    std::size_t depth = 0;
    const auto descend = [&](std::string_view node, std::string_view inherited) {
      const std::string_view own = pdf.entry(node, "Resources");
      levels[depth++] = {pdf_lexer{pdf_inside(pdf.entry(node, "Kids"))},
                         own.empty() ? inherited : own};
    };
    descend(root, {});
    while (depth != 0) {
      level& here = levels[depth - 1];
      const std::string_view reference = here.kids.value();
      if (reference.empty()) {
        --depth;
        continue;
      }
      const std::string_view node = pdf.resolve(reference);
      if (!is_pdf_dictionary(node)) {
        damage = {linmem::errc::invalid_data, "PDF: a page is missing", 0, 0};
        continue;
      }
      if (node.data() != reference.data() && !pdf.take(reference)) {
        damage = {linmem::errc::invalid_data, "PDF: a page is in its tree twice", 0, 0};
        continue;
      }
      if (!pdf.entry(node, "Kids").empty()) {
        if (depth == deepest_tree) {
          return {linmem::errc::limit_exceeded, "PDF pages in levels", deepest_tree, depth + 1};
        }
        descend(node, here.resources);
        continue;
      }
      const std::string_view own = pdf.entry(node, "Resources");
      const linmem::error failed = visit(node, own.empty() ? here.resources : own);
      if (failed.code != linmem::errc::none) { return failed; }
    }
    return {};
  }

  // Title and what else the file says of itself. False: no memory.
  [[nodiscard]] static bool describe(pdf_file& pdf, findings& found) noexcept {
    struct meaning {
      std::string_view name;
      std::string_view key;
    };
    constexpr meaning meanings[]{{"Title", "title"},          {"Author", "author"},
                                 {"Subject", "description"},  {"Keywords", "keywords"},
                                 {"Creator", "creator"},      {"Producer", "producer"},
                                 {"CreationDate", "created"}, {"ModDate", "modified"}};
    const std::string_view information = pdf.information();
    for (const meaning& m : meanings) {
      const std::string_view value = pdf.entry(information, m.name);
      if (!is_pdf_string(value)) { continue; }
      growing_bytes bytes;
      growing_bytes decoded;
      if (!pdf.string(information, value, bytes) || !decode(bytes.text(), decoded)) {
        return false;
      }
      if (decoded.size() == 0) { continue; }
      date_text date{};
      found.text(m.key, m.name.ends_with("Date") ? iso_date(decoded.text(), date) : decoded.text());
    }
    const std::string_view language = pdf.entry(pdf.catalog(), "Lang");
    growing_bytes bytes;
    growing_bytes decoded;
    if (is_pdf_string(language)) {
      if (!pdf.string(pdf.catalog(), language, bytes) || !decode(bytes.text(), decoded)) {
        return false;
      }
      found.text("language", decoded.text());
    }
    return true;
  }
  // UTF-16 and UTF-8 begin with a mark; what has none is nearly windows-1252.
  [[nodiscard]] static bool decode(std::string_view bytes, growing_bytes& out) noexcept {
    if (bytes.starts_with("\xFE\xFF")) { return append_utf16(bytes.substr(2), out); }
    if (bytes.starts_with("\xEF\xBB\xBF") && linmem::utf8::is_valid(linmem::as_bytes(bytes))) {
      return out.append(bytes.substr(3));
    }
    for (const char c : bytes) {
      if (!out.append(pdf_code(pdf_encoding::win_ansi, static_cast<unsigned char>(c)).text())) {
        return false;
      }
    }
    return true;
  }
  using date_text = std::array<char, 25>;
  // "D:20240131120000+01'00'" as it is written elsewhere: 2024-01-31T12:00:00+01:00.
  static std::string_view iso_date(std::string_view date, date_text& room) noexcept {
    constexpr std::string_view form = "dddd-dd-ddTdd:dd:dd";
    std::string_view rest = date.starts_with("D:") ? date.substr(2) : date;
    std::size_t size = 0;
    for (const char c : form) {
      if (c == 'd') {
        if (rest.empty() || !pdf::is_digit(rest.front())) { return date; }
        room[size++] = rest.front();
        rest.remove_prefix(1);
      } else {
        room[size++] = c;
      }
    }
    if (rest.starts_with('Z')) { room[size++] = 'Z'; }
    if (rest.size() >= 6 && (rest[0] == '+' || rest[0] == '-') && rest[3] == '\'') {
      for (const char c : {rest[0], rest[1], rest[2], ':', rest[4], rest[5]}) { room[size++] = c; }
    }
    return {room.data(), size};
  }
};

/// See this header's first lines.
using pdf_text = whole_document<pdf_parser>;

} // namespace document
