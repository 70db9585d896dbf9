// examples/document/markdown_to_text.hpp - the text of a Markdown document that lies in one piece.
//
// Parses with md4c (CommonMark, and GitHub's tables, strike-through, task lists and autolinks) and lays
// the text out as html_text.hpp does. md4c wants the whole document at once and cannot be interrupted,
// so whoever calls must be able to give room for all of the text as it comes; markdown_text.hpp does.
//
//   document::text_keeper sink{room, kept};   // takes the text, gives room
//   document::text_output out{buffer, buffer + size};
//   bool complete = document::markdown_to_text(bytes, out, sink, found);
//
// The text: link texts stay, their addresses do not; an image is its alternative text; code is kept
// as it stands, without fences; list items begin with "- " or their number, tasks with "[x] " or
// "[ ] " behind it; cells are parted by tabs; raw HTML is read as HTML. A front matter (front_matter.hpp)
// and a byte order mark are left out. Found besides (findings.hpp): what a front matter of YAML or TOML
// says; title, headings, links, images and tables.
// Needs md4c.h on the include path and md4c.c linked. md4c allocates, in proportion to the longest
// paragraph and the number of lines; neither it nor this nests calls as the document nests.
#pragma once

#include "entities.hpp"
#include "findings.hpp"
#include "front_matter.hpp"
#include "html_finder.hpp"
#include "html_text.hpp" // html_writer
#include "html_tokenizer.hpp"
#include "outline.hpp"
#include "text_layout.hpp"
#include "toml_text.hpp"      // toml_metadata
#include "whole_document.hpp" // text_sink, sink_text
#include "yaml_text.hpp"      // yaml_metadata

#include <md4c.h>

#include <array>       // std::array
#include <cstddef>     // std::size_t
#include <cstdint>     // std::uint32_t, std::uint64_t
#include <string_view> // std::string_view

namespace document {

/// Longest document in bytes that md4c can be given: its offsets have 32 bits, its counters 31.
inline constexpr std::size_t markdown_longest = 0x7FFFFFFF;

namespace detail {

// The number that `&#...;` or `&#x...;` holds; md4c has checked its form.
[[nodiscard]] constexpr std::uint32_t reference_number(std::string_view reference) noexcept {
  reference.remove_prefix(2);
  std::uint32_t base = 10;
  if ((reference.front() | 0x20) == 'x') {
    reference.remove_prefix(1);
    base = 16;
  }
  std::uint32_t number = 0;
  for (const char c : reference) {
    if (c == ';') { break; }
    const auto digit = static_cast<std::uint32_t>(c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10);
    number = number * base + digit;
    if (number > 0x10FFFF) { return 0x110000; }
  }
  return number;
}

// Receives md4c's callbacks, which return 0 to go on and -1 to stop: md4c's header says that anything
// but 0 stops, its code goes on with the next block when it is positive.
template <text_sink Sink>
class markdown_writer {
public:
  markdown_writer(text_output& out, Sink& sink, findings& found) noexcept
      : text_{out, sink}, found_{found}, keeps_{found.wanted().any()} {}

  bool parse(std::string_view document) noexcept {
    MD_PARSER parser{};
    parser.flags = MD_DIALECT_GITHUB;
    parser.enter_block = [](MD_BLOCKTYPE type, void* detail, void* self) {
      return of(self).enter_block(type, detail) ? 0 : -1;
    };
    parser.leave_block = [](MD_BLOCKTYPE type, void*, void* self) {
      return of(self).leave_block(type) ? 0 : -1;
    };
    parser.enter_span = [](MD_SPANTYPE type, void* detail, void* self) {
      of(self).enter_span(type, detail);
      return 0;
    };
    parser.leave_span = [](MD_SPANTYPE type, void*, void* self) {
      of(self).leave_span(type);
      return 0;
    };
    parser.text = [](MD_TEXTTYPE type, const MD_CHAR* text, MD_SIZE size, void* self) {
      return of(self).text(type, {text, size}) ? 0 : -1;
    };
    // md4c says here, among other things, what it found no memory for, also where it goes on without.
    parser.debug_log = [](const char* message, void* self) {
      if (std::string_view{message}.ends_with("alloc() failed.")) {
        of(self).lacked_memory_ = true;
      }
    };
    // A null pointer is no text, not even an empty one.
    const char* const begin = document.empty() ? "" : document.data();
    if (md_parse(begin, static_cast<MD_SIZE>(document.size()), &parser, this) != 0 ||
        lacked_memory_) {
      return false;
    }
    outline_.finish(found_);
    return text_.finish();
  }

private:
  static constexpr std::uint32_t numbered_depth = 32; // lists nested deeper are not numbered

  static markdown_writer& of(void* self) noexcept { return *static_cast<markdown_writer*>(self); }

  bool enter_block(MD_BLOCKTYPE type, void* detail) noexcept {
    if (!end_html()) { return false; }
    if (keeps_) { find_begun(type, detail); }
    switch (type) {
      case MD_BLOCK_QUOTE:
      case MD_BLOCK_HR:
      case MD_BLOCK_H:
      case MD_BLOCK_CODE:
      case MD_BLOCK_P: text_.layout.paragraph(); break;
      case MD_BLOCK_UL: start_list({}); break;
      case MD_BLOCK_OL: {
        const auto& begun = *static_cast<const MD_BLOCK_OL_DETAIL*>(detail);
        start_list({begun.start, begun.mark_delimiter});
        break;
      }
      case MD_BLOCK_LI: start_item(*static_cast<const MD_BLOCK_LI_DETAIL*>(detail)); break;
      case MD_BLOCK_TABLE: text_.layout.table(); break;
      case MD_BLOCK_TR: text_.layout.row(); break;
      case MD_BLOCK_TH:
      case MD_BLOCK_TD: text_.layout.cell(); break;
      default: break;
    }
    return true;
  }

  bool leave_block(MD_BLOCKTYPE type) noexcept {
    if (!end_html()) { return false; }
    if (keeps_) { find_ended(type); }
    switch (type) {
      case MD_BLOCK_QUOTE:
      case MD_BLOCK_H:
      case MD_BLOCK_CODE:
      case MD_BLOCK_P: text_.layout.paragraph(); break;
      case MD_BLOCK_UL:
      case MD_BLOCK_OL:
        text_.layout.drop_marker();
        break_around_list();
        --list_depth_;
        break;
      case MD_BLOCK_LI:
        text_.layout.drop_marker();
        text_.layout.line();
        break;
      case MD_BLOCK_TABLE: text_.layout.table(); break;
      case MD_BLOCK_TR: text_.layout.row(); break;
      case MD_BLOCK_TH:
      case MD_BLOCK_TD: text_.layout.end_cell(); break;
      default: break;
    }
    return true;
  }

  void enter_span(MD_SPANTYPE type, void* detail) noexcept {
    if (keeps_ && type == MD_SPAN_A) {
      assign(address_, static_cast<const MD_SPAN_A_DETAIL*>(detail)->href);
      if (address_.size() != 0) { found_.entry("links", address_.text()); }
    }
    if (type != MD_SPAN_IMG) { return; }
    text_.layout.space();
    if (keeps_ && image_depth_++ == 0) {
      assign(source_, static_cast<const MD_SPAN_IMG_DETAIL*>(detail)->src);
      image_position_ = text_.position();
      image_text_.clear();
      outline_.space();
    }
  }

  void leave_span(MD_SPANTYPE type) noexcept {
    if (type != MD_SPAN_IMG) { return; }
    text_.layout.space();
    if (keeps_ && --image_depth_ == 0) {
      outline_.image(found_, source_, image_text_.text(), image_position_);
      outline_.space();
    }
  }

  void find_begun(MD_BLOCKTYPE type, const void* detail) noexcept {
    switch (type) {
      case MD_BLOCK_H:
        outline_.begin_heading(found_, static_cast<const MD_BLOCK_H_DETAIL*>(detail)->level);
        break;
      case MD_BLOCK_TABLE: outline_.begin_table(found_, text_.position()); break;
      case MD_BLOCK_TH:
      case MD_BLOCK_TD: outline_.begin_cell(found_); break;
      default: outline_.space(); break; // within HTML, a cell may hold anything
    }
  }

  void find_ended(MD_BLOCKTYPE type) noexcept {
    switch (type) {
      case MD_BLOCK_H: outline_.end_heading(found_); break;
      case MD_BLOCK_TABLE: outline_.end_table(found_); break;
      case MD_BLOCK_TR: outline_.end_row(found_); break;
      case MD_BLOCK_TH:
      case MD_BLOCK_TD: outline_.end_cell(found_); break;
      default: outline_.space(); break;
    }
  }

  // An attribute's text; nothing of it when memory ran out.
  void assign(growing_bytes& to, const MD_ATTRIBUTE& attribute) noexcept {
    to.clear();
    for (std::size_t i = 0; attribute.substr_offsets[i] < attribute.size; ++i) {
      const MD_OFFSET at = attribute.substr_offsets[i];
      std::string_view piece{attribute.text + at, attribute.substr_offsets[i + 1] - at};
      const utf8_text meant =
          attribute.substr_types[i] == MD_TEXT_ENTITY ? referred(piece) : utf8_text{};
      if (meant) { piece = meant.text(); }
      if (attribute.substr_types[i] == MD_TEXT_NULLCHAR) { piece = replacement; }
      if (!to.append(piece)) {
        to.clear();
        found_.truncate();
        return;
      }
    }
  }

  bool text(MD_TEXTTYPE type, std::string_view text) noexcept {
    if (type == MD_TEXT_HTML) { return html(text); }
    if (!end_html()) { return false; }
    switch (type) {
      case MD_TEXT_NULLCHAR: return flowing(replacement);
      case MD_TEXT_BR:
        text_.layout.line();
        pass_blank();
        return true;
      case MD_TEXT_SOFTBR:
        text_.layout.space();
        pass_blank();
        return true;
      case MD_TEXT_ENTITY: {
        const utf8_text meant = referred(text);
        return flowing(meant ? meant.text() : text);
      }
      case MD_TEXT_CODE: keep(text); return text_.verbatim(text);
      default: return flowing(text);
    }
  }

  bool flowing(std::string_view text) noexcept {
    keep(text);
    return text_.flowing(text);
  }
  void keep(std::string_view text) noexcept {
    if (!keeps_) { return; }
    outline_.text(text);
    if (image_depth_ != 0) { image_text_.add(text); }
  }
  void pass_blank() noexcept {
    outline_.space();
    image_text_.space();
  }

  // CommonMark reads numbers as code points, 0x80 to 0x9F included. Names md4c has not looked up.
  static utf8_text referred(std::string_view reference) noexcept {
    return reference[1] == '#' ? from_code_point(reference_number(reference))
                               : document::find_entity(reference.substr(1, reference.size() - 2));
  }

  // A tag comes in pieces, so HTML ends only where something else begins.
  bool html(std::string_view text) noexcept {
    in_html_ = true;
    for (;;) {
      html_finder finder = finder_here();
      html_writer writer{html_context_, text_.layout, text_.out(), keeps_ ? &finder : nullptr};
      const char* const end = text.data() + text.size();
      const char* const stop = html_tokenizer_.run(text.data(), end, writer);
      text.remove_prefix(static_cast<std::size_t>(stop - text.data()));
      if (text.empty() && !html_tokenizer_.owes_text()) { return true; }
      if (!text_.more()) { return false; }
    }
  }
  bool end_html() noexcept {
    if (!in_html_) { return true; }
    html_finder finder = finder_here();
    html_writer writer{html_context_, text_.layout, text_.out(), keeps_ ? &finder : nullptr};
    while (!html_tokenizer_.finish(writer)) { // text at most: nothing has a place
      if (!text_.more()) { return false; }
    }
    html_tokenizer_ = html_tokenizer{};
    html_context_ = html_context{};
    in_html_ = false;
    return true;
  }

  html_finder finder_here() noexcept {
    return {html_attributes_, outline_, found_, text_.position(), text_.out().at};
  }

  struct open_list {
    std::uint32_t next = 0;
    char delimiter = '\0'; // none: not numbered
  };
  void break_around_list() noexcept {
    // A list within an item belongs to it.
    if (list_depth_ > 1) {
      text_.layout.line();
    } else {
      text_.layout.paragraph();
    }
  }
  void start_list(open_list list) noexcept {
    if (list_depth_ < numbered_depth) { lists_[list_depth_] = list; }
    ++list_depth_;
    break_around_list();
  }
  void start_item(const MD_BLOCK_LI_DETAIL& item) noexcept {
    text_.layout.line();
    if (list_depth_ <= numbered_depth && lists_[list_depth_ - 1].delimiter != '\0') {
      open_list& numbered = lists_[list_depth_ - 1];
      text_.layout.number_marker(numbered.next++, numbered.delimiter);
    } else {
      text_.layout.marker("- ");
    }
    if (item.is_task != 0) { text_.layout.extend_marker(item.task_mark == ' ' ? "[ ] " : "[x] "); }
  }

  static constexpr std::string_view replacement = "\xEF\xBF\xBD";

  sink_text<Sink> text_;
  findings& found_;
  outline outline_{true};
  growing_bytes address_; // of a link
  growing_bytes source_;  // of the outermost image
  short_text image_text_{outline::longest_heading};
  std::uint64_t image_position_ = 0;
  std::uint32_t image_depth_ = 0;
  html_tokenizer html_tokenizer_;
  html_attributes html_attributes_;
  html_context html_context_;
  std::array<open_list, numbered_depth> lists_{};
  std::uint32_t list_depth_ = 0;
  bool keeps_; // something is asked for
  bool in_html_ = false;
  bool lacked_memory_ = false;
};

} // namespace detail

/// Writes the text of `document`, valid UTF-8 of at most markdown_longest bytes, to `out` and the
/// room that `sink` gives; what else it has goes to `found`. False when the sink had no more or md4c
/// found no memory.
template <text_sink Sink>
[[nodiscard]] bool markdown_to_text(std::string_view document, text_output& out, Sink& sink,
                                    findings& found) noexcept {
  constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";
  if (document.starts_with(byte_order_mark)) { document.remove_prefix(byte_order_mark.size()); }
  const front_matter parts = split_front_matter(document);
  if (found.wanted().metadata) {
    switch (parts.is) {
      case front_matter::syntax::yaml: yaml_metadata(parts.text, found); break;
      case front_matter::syntax::toml: toml_metadata(parts.text, found); break;
      case front_matter::syntax::none: break;
    }
  }
  return detail::markdown_writer<Sink>{out, sink, found}.parse(parts.rest);
}

} // namespace document
