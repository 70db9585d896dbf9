// examples/document/html_tokenizer_states.hpp - what an html_tokenizer does in each of its states.
//
// The second half of html_tokenizer.hpp, which includes it. Laid out to
// be read beside section 13.2.5 of the HTML standard: one case for each state, by its name there.
#pragma once

#include "html_tokenizer.hpp"

#include <array>       // std::array
#include <cstddef>     // std::size_t
#include <cstdint>     // std::uint32_t
#include <string_view> // std::string_view

namespace document {

template <class Sink>
bool html_tokenizer::finish(Sink& sink) noexcept {
  if (owes_text() && !pay(sink)) { return false; }
  const state last = state_;
  state_ = state::data; // whatever follows is handed over below
  switch (last) {
    case state::tag_open:
    case state::raw_less_than_sign:
    case state::script_data_less_than_sign:
    case state::script_data_escaped_less_than_sign: owe("<"); break;
    case state::end_tag_open:
    case state::raw_end_tag_open: owe("</"); break;
    case state::raw_end_tag_name:
      owe("</");
      owe({reference_.data(), reference_size_});
      break;
    case state::cdata_section_bracket: owe("]"); break;
    case state::cdata_section_end: owe("]]"); break;
    case state::character_reference: end_reference("&"); break;
    case state::named_character_reference: end_named_reference('\0'); break;
    case state::numeric_character_reference: end_reference("&#"); break;
    case state::hexadecimal_character_reference_start:
      end_reference(hex_upper_ ? "&#X" : "&#x");
      break;
    case state::hexadecimal_character_reference:
    case state::decimal_character_reference:
      end_reference(from_numeric_reference(number_).text());
      break;
    case state::markup_declaration_open:
    case state::markup_declaration_keyword:
      if (last == state::markup_declaration_keyword) {
        tell_comment(sink, {reference_.data(), matched_});
      }
      [[fallthrough]];
    case state::bogus_comment:
    case state::comment_start:
    case state::comment_start_dash:
    case state::comment:
    case state::comment_end_dash:
    case state::comment_end:
    case state::comment_end_bang: end_comment(sink); break;
    case state::doctype: end_doctype(sink, false); break;
    default: break; // text, or a tag that the end of the input drops
  }
  state_ = state::data;
  return !owes_text() || pay(sink);
}

// Order and fall-through follow the way of an ordinary page: text, `<`, name, attributes, `>`.
// A state that stops in the middle of the input leaves `p` at the byte it wants to see again.
template <class Sink>
const char* html_tokenizer::run(const char* p, const char* end, Sink& sink) noexcept {
  const auto text = [&sink](const char* piece, std::size_t size) { return sink.text(piece, size); };
  const auto comment = [&sink](std::string_view piece) { tell_comment(sink, piece); };
  const auto doctype = [&sink](std::string_view piece) { tell_doctype(sink, piece); };
  for (;;) {
    if (owes_text() && !pay(sink)) { return p; }
    if (p == end) { return p; }
    switch (state_) {
      case state::data:
        if (!pass_text<true, '<', '&'>(p, end, text) || p == end) { return p; }
        if (*p++ == '&') {
          if (const char* const behind = pass_whole_reference(p, end, sink)) {
            p = behind;
          } else {
            begin_reference(state::data);
          }
          break;
        }
        state_ = state::tag_open;
        if (p == end) { return p; }
        [[fallthrough]];
      case state::tag_open:
        if (!is_alpha(*p)) {
          p = open_markup(p);
          break;
        }
        begin_tag(false);
        pass_whole_name(p, end);
        [[fallthrough]];
      case state::tag_name:
        while (!is_space_or<'/', '>'>(*p)) {
          tag_.add(*p);
          if (++p == end) { return p; }
        }
        wants_attributes_ = !end_tag_ && sink.wants_attributes(tag_);
        state_ = state::before_attribute_name;
        [[fallthrough]];
      case state::before_attribute_name:
        if (*p != '>' && !wants_attributes_) {
          p = pass_whole_attributes(p, end);
          if (p == end) { return p; }
        }
        while (is_space_or(*p)) {
          if (++p == end) { return p; }
        }
        if (*p == '>') {
          ++p;
          emit_tag(sink);
          break;
        }
        if (*p == '/') {
          ++p;
          state_ = state::self_closing_start_tag;
          break;
        }
        begin_attribute();
        if (*p == '=') { // a name may begin with it
          attribute_.add('=');
          if (++p == end) { return p; }
        }
        [[fallthrough]];
      case state::attribute_name:
        while (!is_space_or<'/', '>', '='>(*p)) {
          if (wants_attributes_) { attribute_.add(*p); }
          if (++p == end) { return p; }
        }
        state_ = state::after_attribute_name;
        [[fallthrough]];
      case state::after_attribute_name:
        while (is_space_or(*p)) {
          if (++p == end) { return p; }
        }
        end_attribute_name(sink);
        if (*p != '=') { // no value: another attribute or the tag's end
          state_ = state::before_attribute_name;
          break;
        }
        state_ = state::before_attribute_value;
        if (++p == end) { return p; }
        [[fallthrough]];
      case state::before_attribute_value:
        while (is_space_or(*p)) {
          if (++p == end) { return p; }
        }
        if (*p == '\'') {
          ++p;
          state_ = state::attribute_value_single_quoted;
          break;
        }
        if (*p == '>') { // a value is missing: the tag ends
          state_ = state::before_attribute_name;
          break;
        }
        if (*p != '"') {
          state_ = state::attribute_value_unquoted;
          break;
        }
        state_ = state::attribute_value_double_quoted;
        ++p;
        [[fallthrough]];
      case state::attribute_value_double_quoted:
        if (!pass_quoted_value<'"'>(p, end, sink) || p == end) { return p; }
        if (*p++ == '&') {
          begin_reference(state::attribute_value_double_quoted);
        } else {
          state_ = state::before_attribute_name; // white space behind a value may be missing
        }
        break;
      case state::attribute_value_single_quoted:
        if (!pass_quoted_value<'\''>(p, end, sink) || p == end) { return p; }
        if (*p++ == '&') {
          begin_reference(state::attribute_value_single_quoted);
        } else {
          state_ = state::before_attribute_name;
        }
        break;
      case state::attribute_value_unquoted: {
        const char* stop = p;
        while (stop != end && !is_space_or<'>', '&', '\0'>(*stop)) { ++stop; }
        if (wants_value_ && stop != p) {
          p += sink.attribute_value(p, static_cast<std::size_t>(stop - p));
          if (p != stop) { return p; }
        }
        p = stop;
        if (p == end) { return p; }
        if (*p == '&' && wants_value_) {
          ++p;
          begin_reference(state::attribute_value_unquoted);
        } else if (*p == '&' || *p == '\0') {
          ++p;
          owed_to_value_ = wants_value_;
          if (wants_value_) { owe(replacement); }
        } else {
          state_ = state::before_attribute_name;
        }
        break;
      }
      case state::self_closing_start_tag:
        state_ = state::before_attribute_name;
        if (*p == '>') {
          ++p;
          self_closing_ = true;
          emit_tag(sink);
        }
        break;
      case state::end_tag_open:
        if (is_alpha(*p)) {
          begin_tag(true);
          pass_whole_name(p, end);
        } else if (*p == '>') { // `</>` is nothing
          ++p;
          state_ = state::data;
        } else {
          state_ = state::bogus_comment;
        }
        break;

      case state::rcdata:
        if (!pass_text<false, '<', '&'>(p, end, text) || p == end) { return p; }
        if (*p++ == '&') {
          begin_reference(state::rcdata);
        } else {
          begin_raw_less_than_sign(state::rcdata);
        }
        break;
      case state::rawtext:
        if (!pass_text<false, '<'>(p, end, text) || p == end) { return p; }
        ++p;
        begin_raw_less_than_sign(state::rawtext);
        break;
      case state::plaintext:
        if (!pass_text<false>(p, end, text)) { return p; }
        break;
      case state::raw_less_than_sign:
        if (*p == '/') {
          ++p;
          state_ = state::raw_end_tag_open;
        } else {
          owe("<");
          state_ = return_state_;
        }
        break;
      case state::raw_end_tag_open:
        if (is_alpha(*p)) {
          reference_size_ = 0;
          state_ = state::raw_end_tag_name;
        } else {
          owe("</");
          state_ = return_state_;
        }
        break;
      case state::raw_end_tag_name: {
        const std::uint32_t seen = reference_size_;
        const bool complete = raw_name_.size() <= html_name::longest && seen == raw_name_.size();
        if (!complete && seen < html_name::longest && is_alpha(*p) &&
            (*p | 0x20) == raw_name_[seen]) {
          reference_[reference_size_++] = *p++;
        } else if (complete && is_space_or<'/', '>'>(*p)) {
          begin_tag(true);
          tag_ = raw_name_;
          state_ = state::before_attribute_name;
        } else {
          owe("</");
          owe({reference_.data(), seen});
          state_ = return_state_;
        }
        break;
      }

      case state::script_data:
        if (!pass_text<false, '<'>(p, end, text) || p == end) { return p; }
        ++p;
        state_ = state::script_data_less_than_sign;
        break;
      case state::script_data_less_than_sign:
        if (*p == '!') {
          ++p;
          owe("<!");
          state_ = state::script_data_escape_start;
        } else {
          begin_raw_less_than_sign(state::script_data);
        }
        break;
      case state::script_data_escape_start:
        p = pass_dash(p, state::script_data_escape_start_dash, state::script_data);
        break;
      case state::script_data_escape_start_dash:
        p = pass_dash(p, state::script_data_escaped_dash_dash, state::script_data);
        break;
      case state::script_data_escaped:
        if (!pass_text<false, '<', '-'>(p, end, text) || p == end) { return p; }
        if (*p == '-') {
          p = pass_dash(p, state::script_data_escaped_dash, state::script_data_escaped);
        } else {
          ++p;
          state_ = state::script_data_escaped_less_than_sign;
        }
        break;
      case state::script_data_escaped_dash:
        p = pass_dash(p, state::script_data_escaped_dash_dash, state::script_data_escaped);
        break;
      case state::script_data_escaped_dash_dash:
        p = pass_dash(p, state::script_data_escaped_dash_dash,
                      *p == '>' ? state::script_data : state::script_data_escaped);
        break;
      case state::script_data_escaped_less_than_sign:
        if (is_alpha(*p)) {
          owe("<");
          matched_ = 0;
          state_ = state::script_data_double_escape_start;
        } else {
          begin_raw_less_than_sign(state::script_data_escaped);
        }
        break;
      case state::script_data_double_escape_start:
        p = pass_script_name(p, state::script_data_double_escaped, state::script_data_escaped);
        break;
      case state::script_data_double_escaped:
        if (!pass_text<false, '<', '-'>(p, end, text) || p == end) { return p; }
        if (*p == '-') {
          p = pass_dash(p, state::script_data_double_escaped_dash,
                        state::script_data_double_escaped);
        } else {
          ++p;
          owe("<");
          state_ = state::script_data_double_escaped_less_than_sign;
        }
        break;
      case state::script_data_double_escaped_dash:
        p = pass_dash(p, state::script_data_double_escaped_dash_dash,
                      state::script_data_double_escaped);
        break;
      case state::script_data_double_escaped_dash_dash:
        p = pass_dash(p, state::script_data_double_escaped_dash_dash,
                      *p == '>' ? state::script_data : state::script_data_double_escaped);
        break;
      case state::script_data_double_escaped_less_than_sign:
        if (*p == '/') {
          ++p;
          owe("/");
          matched_ = 0;
          state_ = state::script_data_double_escape_end;
        } else {
          state_ = state::script_data_double_escaped;
        }
        break;
      case state::script_data_double_escape_end:
        p = pass_script_name(p, state::script_data_escaped, state::script_data_double_escaped);
        break;

      case state::bogus_comment:
        p = pass_known<knows_comments<Sink>, '>'>(p, end, comment);
        if (p == end) { return p; }
        ++p;
        end_comment(sink);
        break;
      case state::doctype:
        p = pass_known<knows_doctypes<Sink>, '>'>(p, end, doctype);
        if (p == end) { return p; }
        ++p;
        end_doctype(sink, true);
        break;
      case state::markup_declaration_open:
        matched_ = 0;
        number_ = *p == '-' ? 0 : *p == '[' ? 2 : 1;
        state_ = state::markup_declaration_keyword;
        [[fallthrough]];
      case state::markup_declaration_keyword: {
        constexpr std::array<std::string_view, 3> keywords{"--", "doctype", "[CDATA["};
        const std::string_view keyword = keywords[number_];
        const char c = number_ == 1 && is_alpha(*p) ? static_cast<char>(*p | 0x20) : *p;
        if (c != keyword[matched_]) {
          tell_comment(sink, {reference_.data(), matched_});
          state_ = state::bogus_comment;
          break;
        }
        reference_[matched_] = *p++;
        if (++matched_ != keyword.size()) { break; }
        if (number_ == 0) {
          state_ = state::comment_start;
        } else if (number_ == 1) {
          state_ = state::doctype;
        } else if (sink.in_foreign_content()) {
          state_ = state::cdata_section;
        } else {
          tell_comment(sink, keyword);
          state_ = state::bogus_comment;
        }
        break;
      }
      case state::comment_start:
        p = pass_comment(p, "", state::comment_start_dash, true, "", sink);
        break;
      case state::comment_start_dash:
        p = pass_comment(p, "-", state::comment_end, true, "", sink);
        break;
      case state::comment:
        p = pass_known<knows_comments<Sink>, '-'>(p, end, comment);
        if (p == end) { return p; }
        ++p;
        state_ = state::comment_end_dash;
        break;
      case state::comment_end_dash:
        p = pass_comment(p, "-", state::comment_end, false, "", sink);
        break;
      case state::comment_end:
        if (*p == '!') {
          ++p;
          state_ = state::comment_end_bang;
        } else {
          p = pass_comment(p, "--", state::comment_end, true, "-", sink);
        }
        break;
      case state::comment_end_bang:
        p = pass_comment(p, "--!", state::comment_end_dash, true, "--!", sink);
        break;
      case state::cdata_section:
        if (!pass_text<true, ']'>(p, end, text) || p == end) { return p; }
        ++p;
        state_ = state::cdata_section_bracket;
        break;
      case state::cdata_section_bracket:
        if (*p == ']') {
          ++p;
          state_ = state::cdata_section_end;
        } else {
          owe("]");
          state_ = state::cdata_section;
        }
        break;
      case state::cdata_section_end:
        if (*p == ']') {
          ++p;
          owe("]");
        } else if (*p == '>') {
          ++p;
          state_ = state::data;
        } else {
          owe("]]");
          state_ = state::cdata_section;
        }
        break;

      case state::character_reference:
        if (is_alnum(*p)) {
          state_ = state::named_character_reference;
        } else if (*p == '#') {
          ++p;
          state_ = state::numeric_character_reference;
          break;
        } else {
          end_reference("&");
          break;
        }
        [[fallthrough]];
      case state::named_character_reference:
        // No name fills the buffer: what does is none, but may begin with one.
        while (is_alnum(*p) && reference_size_ != reference_.size()) {
          reference_[reference_size_++] = *p;
          if (++p == end) { return p; }
        }
        if (end_named_reference(*p)) { ++p; }
        break;
      case state::numeric_character_reference:
        if ((*p | 0x20) == 'x') {
          hex_upper_ = *p++ == 'X';
          state_ = state::hexadecimal_character_reference_start;
        } else if (is_digit(*p)) {
          state_ = state::decimal_character_reference;
        } else {
          end_reference("&#");
        }
        break;
      case state::hexadecimal_character_reference_start:
        if (hex_value(*p) < 16) {
          state_ = state::hexadecimal_character_reference;
        } else {
          end_reference(hex_upper_ ? "&#X" : "&#x");
        }
        break;
      case state::hexadecimal_character_reference: p = pass_digits<16>(p, end); break;
      case state::decimal_character_reference: p = pass_digits<10>(p, end); break;
    }
  }
}

} // namespace document
