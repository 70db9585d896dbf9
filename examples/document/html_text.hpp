// examples/document/html_text.hpp - the text of an HTML document, as a transform.
//
// Reads HTML as it arrives and writes what a person would read of it, in a state of fixed size
// whatever the document's: no tree, and no allocation unless it is asked for metadata or items
// (html_finder.hpp). Not a renderer: style sheets, scripts and the attribute `hidden` have no say, and
// nested lists are not indented.
//
//   document::html_text t;
//   linmem::step_result r = t.step(linmem::as_bytes("<p>caf&eacute;"), out, /*last=*/true);   // "café\n"
//
// The text: the title is the first line. Blocks are parted by a blank line or a line end, white space
// collapses to one space (U+00A0 stays), `pre` and `textarea` keep theirs. List items begin with "- "
// or their number. A row of a table is a line, its cells parted by tabs; blocks within a cell are
// parted by a space. An image is its `alt`. Script, style, frames, templates, comments and TeX
// annotations are left out; the content of `noscript` is kept. Text that is not empty ends with one
// line feed. A byte order mark at the beginning is left out.
#pragma once

#include "findings.hpp"
#include "html_elements.hpp"
#include "html_finder.hpp"
#include "html_tokenizer.hpp"
#include "outline.hpp"
#include "text_layout.hpp"

#include <linmem/transform.hpp> // linmem::step_result
#include <linmem/utf8.hpp>      // linmem::utf8::complete_prefix

#include <algorithm>   // std::copy
#include <array>       // std::array
#include <cstddef>     // std::byte, std::size_t
#include <cstdint>     // std::int32_t, std::uint16_t, std::uint32_t, std::uint64_t
#include <span>        // std::span
#include <string_view> // std::string_view

namespace document {

/// What html_writer remembers of the tags seen so far.
struct html_context {
  static constexpr std::uint32_t numbered_depth = 16; ///< ordered lists nested deeper get "- "

  std::array<std::int32_t, numbered_depth> next_number{}; ///< of each open list
  std::uint16_t ordered = 0;            ///< bit i: the list at depth i is numbered
  std::uint32_t list_depth = 0;         ///< open lists
  std::uint32_t preformatted_depth = 0; ///< open elements that keep white space
  std::uint32_t foreign_depth = 0;      ///< open svg and math elements, 0 in HTML within them
  std::uint32_t foreign_outside = 0;    ///< foreign_depth around that HTML
  std::uint32_t hidden_depth = 0; ///< open elements of the role that hides, all within the first
  element_role hidden_by = element_role::inline_text; ///< that role
  const element* tag = &find_element({});             ///< the start tag whose attributes come
  bool shows_value = false;           ///< the value of the attribute that comes is text or number
  bool first_in_preformatted = false; ///< a line feed that comes now does not count
  bool has_number = false;            ///< the start tag has a number
  bool negative = false;              ///< and it is below zero
  bool bad_number = false;            ///< no, it has not
  bool reversed = false;              ///< the list counts down
  std::int32_t number = 0;            ///< the number
};

/// The sink between an html_tokenizer and a text_layout. Made for one call; the state is elsewhere.
class html_writer {
public:
  /// Remembers in `context`, writes through `layout` to `out`. `finder`, if there is one, is told too.
  html_writer(html_context& context, text_layout& layout, text_output& out,
              html_finder* finder = nullptr) noexcept
      : context_{context}, layout_{layout}, out_{out}, finder_{finder} {}

  /// See html_tokenizer.
  [[nodiscard]] std::size_t text(const char* p, std::size_t n) noexcept {
    if (context_.hidden_depth != 0 || *p == '\0') { return n; } // U+0000 is not shown
    // The way of nearly all text.
    if (context_.preformatted_depth == 0 && finder_ == nullptr) { return layout_.text(p, n, out_); }
    return other_text(p, n);
  }

  /// See html_tokenizer.
  content_model start_tag(const html_name& name, bool self_closing) noexcept {
    const element& e = *context_.tag; // of this name: its attributes were offered
    context_.first_in_preformatted = false;
    if (context_.foreign_depth != 0) {
      if (!e.leaves_foreign) {
        start_foreign_tag(e, self_closing);
        return content_model::data;
      }
      context_.foreign_depth = 0;
      if (context_.hidden_by != element_role::hidden) { context_.hidden_depth = 0; }
    }
    if (context_.hidden_depth != 0) {
      if (e.role == context_.hidden_by) { ++context_.hidden_depth; }
    } else {
      if (finder_ != nullptr) { finder_->start_tag(name, e); }
      start_shown_tag(e, self_closing);
    }
    return model_of(e.role);
  }

  /// See html_tokenizer.
  void end_tag(const html_name& name) noexcept {
    const element& e = find_element(name);
    context_.first_in_preformatted = false;
    if (context_.hidden_depth != 0) {
      if (e.role == context_.hidden_by) { --context_.hidden_depth; }
      return;
    }
    if (finder_ != nullptr) { finder_->end_tag(name, e); }
    end_shown_tag(e);
  }

  /// See html_tokenizer.
  [[nodiscard]] bool wants_attributes(const html_name& name) noexcept {
    context_.tag = &find_element(name);
    context_.has_number = context_.negative = context_.bad_number = context_.reversed = false;
    context_.number = 0;
    const bool kept = finder_ != nullptr && finder_->wants_attributes(name, out_.at);
    const element_role role = context_.tag->role;
    return context_.hidden_depth == 0 &&
           (kept || role == element_role::image || role == element_role::ordered_list ||
            role == element_role::item);
  }
  /// See html_tokenizer.
  [[nodiscard]] bool wants_attribute(const html_name& name, const html_name& attribute) noexcept {
    context_.shows_value = shows_attribute(attribute);
    const bool kept = finder_ != nullptr && finder_->wants_attribute(name, attribute);
    return kept || context_.shows_value;
  }
  /// See html_tokenizer.
  [[nodiscard]] std::size_t attribute_value(const char* p, std::size_t n) noexcept {
    std::size_t taken = n;
    if (context_.shows_value && context_.tag->role == element_role::image) {
      taken = layout_.text(p, n, out_);
    } else if (context_.shows_value) {
      for (const char c : std::string_view{p, n}) { add_to_number(c); }
    }
    if (finder_ != nullptr) { finder_->attribute_value(*context_.tag, {p, taken}); }
    return taken;
  }
  /// See html_tokenizer.
  [[nodiscard]] bool in_foreign_content() const noexcept { return context_.foreign_depth != 0; }

private:
  // Text that is preformatted, or told to the finder.
  [[gnu::noinline]] std::size_t other_text(const char* p, std::size_t n) noexcept {
    std::size_t taken = 0;
    if (context_.preformatted_depth == 0) {
      taken = layout_.text(p, n, out_);
    } else {
      const std::size_t skipped = context_.first_in_preformatted && *p == '\n' ? 1 : 0;
      context_.first_in_preformatted = false;
      taken = skipped + layout_.verbatim(p + skipped, n - skipped, out_);
    }
    if (finder_ != nullptr) { finder_->text({p, taken}); }
    return taken;
  }

  static content_model model_of(element_role role) noexcept {
    switch (role) {
      case element_role::title:
      case element_role::text_area: return content_model::rcdata;
      case element_role::raw_text:
      case element_role::hidden_raw: return content_model::rawtext;
      case element_role::hidden_script: return content_model::script_data;
      case element_role::plaintext: return content_model::plaintext;
      default: return content_model::data;
    }
  }

  [[nodiscard]] bool shows_attribute(const html_name& attribute) noexcept {
    static constexpr short_html_name alt{"alt"};
    static constexpr short_html_name start{"start"};
    static constexpr short_html_name value{"value"};
    static constexpr short_html_name reversed{"reversed"};
    switch (context_.tag->role) {
      case element_role::image:
        if (attribute != alt) { return false; }
        layout_.space();
        return true;
      case element_role::ordered_list:
        if (attribute == reversed) { context_.reversed = true; }
        return attribute == start && !context_.has_number;
      case element_role::item: return attribute == value && !context_.has_number;
      default: return false;
    }
  }

  void hide(element_role role) noexcept {
    context_.hidden_by = role;
    context_.hidden_depth = 1;
  }

  void start_shown_tag(const element& e, bool self_closing) noexcept {
    switch (e.role) {
      case element_role::inline_text:
      case element_role::html_in_foreign: break;
      case element_role::line:
      case element_role::line_break: layout_.line(); break;
      case element_role::title:
      case element_role::paragraph: layout_.paragraph(); break;
      case element_role::spaced:
      case element_role::image: layout_.space(); break;
      case element_role::list:
      case element_role::ordered_list: start_list(e.role == element_role::ordered_list); break;
      case element_role::item: start_item(); break;
      case element_role::table: layout_.table(); break;
      case element_role::row: layout_.row(); break;
      case element_role::cell: layout_.cell(); break;
      case element_role::text_area:
        layout_.line();
        start_preformatted();
        break;
      case element_role::preformatted:
      case element_role::raw_text:
      case element_role::plaintext:
        layout_.paragraph();
        start_preformatted();
        break;
      case element_role::hidden:
      case element_role::hidden_raw:
      case element_role::hidden_script: hide(e.role); break;
      case element_role::foreign:
        layout_.space();
        if (!self_closing) { context_.foreign_depth = 1; }
        break;
    }
  }

  // SVG and MathML: elements may close themselves, and only few of HTML's names mean anything.
  void start_foreign_tag(const element& e, bool self_closing) noexcept {
    if (self_closing) { return; }
    if (context_.hidden_depth != 0) {
      if (e.role == context_.hidden_by) { ++context_.hidden_depth; }
      return;
    }
    switch (e.role) {
      case element_role::foreign: ++context_.foreign_depth; break;
      case element_role::title:
      case element_role::html_in_foreign:
        layout_.space();
        context_.foreign_outside = context_.foreign_depth;
        context_.foreign_depth = 0;
        break;
      case element_role::hidden:
      case element_role::hidden_raw:
      case element_role::hidden_script: hide(e.role); break;
      default: break;
    }
  }

  void end_shown_tag(const element& e) noexcept {
    switch (e.role) {
      case element_role::line:
      case element_role::line_break: layout_.line(); break;
      case element_role::paragraph: layout_.paragraph(); break;
      case element_role::spaced: layout_.space(); break;
      case element_role::list:
      case element_role::ordered_list: end_list(); break;
      case element_role::item:
        layout_.drop_marker();
        layout_.line();
        break;
      case element_role::table: layout_.table(); break;
      case element_role::row: layout_.row(); break;
      case element_role::cell: layout_.end_cell(); break;
      case element_role::text_area:
        end_preformatted();
        layout_.line();
        break;
      case element_role::preformatted:
      case element_role::raw_text:
        end_preformatted();
        layout_.paragraph();
        break;
      case element_role::foreign:
        layout_.space();
        if (context_.foreign_depth != 0) { --context_.foreign_depth; }
        context_.foreign_outside = 0;
        break;
      case element_role::title:
        if (context_.foreign_outside == 0) {
          layout_.paragraph();
          break;
        }
        [[fallthrough]];
      case element_role::html_in_foreign:
        layout_.space();
        if (context_.foreign_outside != 0) { context_.foreign_depth = context_.foreign_outside; }
        context_.foreign_outside = 0;
        break;
      default: break;
    }
  }

  void start_preformatted() noexcept {
    ++context_.preformatted_depth;
    context_.first_in_preformatted = true;
  }
  void end_preformatted() noexcept {
    if (context_.preformatted_depth != 0) { --context_.preformatted_depth; }
  }

  void break_around_list() noexcept {
    // A list within an item belongs to it.
    if (context_.list_depth > 1) {
      layout_.line();
    } else {
      layout_.paragraph();
    }
  }
  void start_list(bool ordered) noexcept {
    const std::uint32_t depth = context_.list_depth++;
    if (depth < html_context::numbered_depth) {
      const auto bit = static_cast<std::uint16_t>(1U << depth);
      const bool numbered = ordered && !context_.reversed;
      context_.ordered =
          static_cast<std::uint16_t>(numbered ? context_.ordered | bit : context_.ordered & ~bit);
      context_.next_number[depth] = number_or(1);
    }
    break_around_list();
  }
  void end_list() noexcept {
    layout_.drop_marker();
    break_around_list();
    if (context_.list_depth != 0) { --context_.list_depth; }
  }
  void start_item() noexcept {
    layout_.line();
    const std::uint32_t depth = context_.list_depth;
    if (depth == 0 || depth > html_context::numbered_depth ||
        (unsigned{context_.ordered} >> (depth - 1U) & 1U) == 0) {
      layout_.marker("- ");
      return;
    }
    std::int32_t& next = context_.next_number[depth - 1U];
    next = number_or(next);
    layout_.number_marker(next++, '.');
  }

  // The standard's rules for integers, as far as lists need them: white space, a sign, digits, and
  // whatever follows does not count.
  void add_to_number(char c) noexcept {
    if (context_.bad_number) { return; }
    if (c >= '0' && c <= '9') {
      context_.has_number = true;
      context_.number =
          context_.number > 99'999'999 ? 999'999'999 : context_.number * 10 + (c - '0');
    } else if (c == '-' && !context_.has_number && !context_.negative) {
      context_.negative = true;
    } else if (context_.has_number || context_.negative || !is_space(c)) {
      context_.bad_number = true;
    }
  }
  [[nodiscard]] std::int32_t number_or(std::int32_t otherwise) const noexcept {
    if (!context_.has_number) { return otherwise; }
    return context_.negative ? -context_.number : context_.number;
  }

  html_context& context_;
  text_layout& layout_;
  text_output& out_;
  html_finder* finder_;
};

/// See this header's first lines. Satisfies linmem::transform; never fails. Movable, not copyable.
class html_text {
public:
  /// Finds what `wanted` says, besides the text.
  explicit html_text(wishes wanted = {}) noexcept : found_{wanted} {}
  // As for findings.
  [[gnu::noinline]] html_text(html_text&&) noexcept = default;
  [[gnu::noinline]] html_text& operator=(html_text&&) noexcept = default;
  [[gnu::noinline]] ~html_text() = default;

  /// See linmem::transform.
  linmem::step_result step(std::span<const std::byte> in, std::span<std::byte> out,
                           bool last) noexcept {
    char* const room = reinterpret_cast<char*>(out.data()); // NOLINT: char may alias
    text_output output{room, room + out.size()};
    const char* const begin = reinterpret_cast<const char*>(in.data()); // NOLINT
    const char* const end = begin + in.size();
    const char* p = begin;
    html_finder finder{attributes_, outline_, found_, written_, room};
    const auto result = [&](linmem::step_status status) {
      const auto produced = static_cast<std::size_t>(output.at - room);
      written_ += produced;
      return linmem::step_result{static_cast<std::size_t>(p - begin), produced, status};
    };
    html_writer writer{context_, layout_, output, found_.wanted().any() ? &finder : nullptr};
    // The tokenizer sees whole sequences only, so it never writes a part of one.
    if (carried_size_ != 0) {
      p = complete_carried(p, end);
      if (p == end && !last && carried_is_incomplete()) {
        return result(linmem::step_status::need_input);
      }
      if (!run_carried(writer)) { return result(linmem::step_status::need_output); }
    }
    const char* stop = end;
    if (!last) {
      const std::span rest{p, static_cast<std::size_t>(end - p)};
      stop = p + linmem::utf8::complete_prefix(std::as_bytes(rest));
    }
    p = run(p, stop, writer);
    if (p != stop || tokenizer_.owes_text()) { return result(linmem::step_status::need_output); }
    if (!last) {
      for (; p != end; ++p) { carried_[carried_size_++] = *p; }
      return result(linmem::step_status::need_input);
    }
    if (!tokenizer_.finish(writer) || !layout_.finish(output)) {
      return result(linmem::step_status::need_output);
    }
    outline_.finish(found_);
    found_.finish();
    return result(linmem::step_status::done);
  }

  /// Begins anew, with the same wishes; gives back all memory.
  void reset() noexcept { *this = html_text{found_.wanted()}; }

  /// What the document has besides its text: items as the text gets there, metadata at its end.
  [[nodiscard]] auto& items() noexcept { return found_.items(); }

private:
  static constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";

  [[nodiscard]] bool carried_is_incomplete() const noexcept {
    const std::span carried{carried_.data(), carried_size_};
    return linmem::utf8::complete_prefix(std::as_bytes(carried)) != carried_size_;
  }
  const char* complete_carried(const char* p, const char* end) noexcept {
    while (p != end && carried_size_ != carried_.size() && carried_is_incomplete()) {
      carried_[carried_size_++] = *p++;
    }
    return p;
  }
  bool run_carried(html_writer& writer) noexcept {
    const char* const stop = carried_.data() + carried_size_;
    const char* const p = run(carried_.data(), stop, writer);
    carried_size_ = static_cast<std::size_t>(stop - p);
    std::copy(p, stop, carried_.begin());
    return carried_size_ == 0 && !tokenizer_.owes_text();
  }
  // The input begins with whole sequences, so a mark lies within the first piece.
  const char* run(const char* p, const char* end, html_writer& writer) noexcept {
    if (at_beginning_ && p != end) {
      at_beginning_ = false;
      if (std::string_view{p, static_cast<std::size_t>(end - p)}.starts_with(byte_order_mark)) {
        p += byte_order_mark.size();
      }
    }
    return tokenizer_.run(p, end, writer);
  }

  html_tokenizer tokenizer_;
  html_context context_;
  text_layout layout_;
  findings found_;
  outline outline_;
  html_attributes attributes_;
  std::uint64_t written_ = 0;     // bytes of text
  std::array<char, 4> carried_{}; // the beginning of a sequence that the input cut, consumed
  std::size_t carried_size_ = 0;
  bool at_beginning_ = true;
};

} // namespace document
