// examples/document/html_tokenizer.hpp - the WHATWG HTML tokenizer, fed a piece at a time.
//
// Splits HTML into text, tags and the attribute values somebody wants, by the states of the HTML
// standard (13.2.5, whose names the states here carry), in a fixed 200 bytes of state, for input cut
// anywhere and a sink that can say "full" anywhere. It builds no tree: the sink plays the part of tree
// construction as far as the tokenizer needs one. What nobody asked for is passed over, not stored:
// unwanted attributes, and comments and doctypes of which the sink does not know; and nothing reports
// parse errors.
//
//   struct sink {
//     std::size_t text(const char* p, std::size_t n);            // how many it took; n, or it is full
//     document::content_model start_tag(const document::html_name& tag, bool self_closing);
//     void end_tag(const document::html_name& tag);
//     bool wants_attributes(const document::html_name& tag);     // asked once for each start tag
//     bool wants_attribute(const document::html_name& tag, const document::html_name& attribute);
//     std::size_t attribute_value(const char* p, std::size_t n); // of the attribute just wanted
//     bool in_foreign_content() const;                           // SVG or MathML: CDATA is text
//
//     void comment(std::string_view piece);                      // and these, or not
//     void end_comment();
//     void doctype(std::string_view piece);                      // see html_doctype.hpp
//     void end_doctype(bool is_closed);                          // false: by the input's end
//   };
//   document::html_tokenizer t;
//   const char* stop = t.run(p, end, sink);   // end, or where the sink was full
//   bool all = t.finish(sink);                // the input has ended; false: the sink was full
//
// Text comes in pieces of any length, references replaced, line ends normalised; a U+0000 comes alone.
// So do comments and doctypes, with U+FFFD for U+0000.
// Attribute values come before the start tag that they belong to.
#pragma once

#include "entities.hpp"
#include "html_name.hpp"
#include "scan.hpp"
#include "text_layout.hpp" // is_space

#include <array>       // std::array
#include <cstddef>     // std::size_t
#include <cstdint>     // std::uint8_t, std::uint32_t, std::uint64_t
#include <cstring>     // std::memcpy
#include <string_view> // std::string_view

namespace document {

/// See this header's first lines.
class html_tokenizer {
public:
  /// Begins in the state of `model`, as if a start tag `last_start_tag` had led there.
  explicit html_tokenizer(content_model model = content_model::data,
                          html_name last_start_tag = html_name{}) noexcept {
    raw_name_ = last_start_tag;
    enter(model);
  }

  /// Reads [p, end). Returns `end`, or where it stopped because the sink was full: present the rest
  /// again.
  template <class Sink>
  [[nodiscard]] const char* run(const char* p, const char* end, Sink& sink) noexcept;

  /// True while a piece of text waits for the sink, though the input may be all read.
  [[nodiscard]] bool owes_text() const noexcept { return owed_at_ != owed_size_; }

  /// Hands over what only the end of the input decides. False when the sink was full: call again.
  /// In between, and afterwards, nothing else may be called.
  template <class Sink>
  [[nodiscard]] bool finish(Sink& sink) noexcept;

private:
  // The states of the standard. Left out, because they differ only in the errors they report: those
  // of comments behind a less-than sign. Merged: the states of doctypes, all of which end at the same
  // byte, and of end tags in RCDATA, RAWTEXT and script data, which differ in where they return to.
  enum class state : std::uint8_t {
    data,
    rcdata,
    rawtext,
    script_data,
    plaintext,
    tag_open,
    end_tag_open,
    tag_name,
    raw_less_than_sign,
    raw_end_tag_open,
    raw_end_tag_name,
    script_data_less_than_sign,
    script_data_escape_start,
    script_data_escape_start_dash,
    script_data_escaped,
    script_data_escaped_dash,
    script_data_escaped_dash_dash,
    script_data_escaped_less_than_sign,
    script_data_double_escape_start,
    script_data_double_escaped,
    script_data_double_escaped_dash,
    script_data_double_escaped_dash_dash,
    script_data_double_escaped_less_than_sign,
    script_data_double_escape_end,
    before_attribute_name,
    attribute_name,
    after_attribute_name,
    before_attribute_value,
    attribute_value_double_quoted,
    attribute_value_single_quoted,
    attribute_value_unquoted,
    self_closing_start_tag,
    bogus_comment,
    markup_declaration_open,
    markup_declaration_keyword,
    comment_start,
    comment_start_dash,
    comment,
    comment_end_dash,
    comment_end,
    comment_end_bang,
    doctype,
    cdata_section,
    cdata_section_bracket,
    cdata_section_end,
    character_reference,
    named_character_reference,
    numeric_character_reference,
    hexadecimal_character_reference_start,
    hexadecimal_character_reference,
    decimal_character_reference,
  };

  static constexpr std::string_view replacement = "\xEF\xBF\xBD";

  static constexpr bool is_alpha(char c) noexcept {
    const int lower = c | 0x20;
    return lower >= 'a' && lower <= 'z';
  }
  static constexpr bool is_digit(char c) noexcept { return c >= '0' && c <= '9'; }
  static constexpr bool is_alnum(char c) noexcept { return is_alpha(c) || is_digit(c); }
  // True when `c` is white space or one of `More`, all of which are below 64.
  template <char... More>
  static constexpr bool is_space_or(char c) noexcept {
    constexpr auto bit = [](char x) { return std::uint64_t{1} << static_cast<unsigned>(x); };
    constexpr std::uint64_t set =
        ((bit('\t') | bit('\n') | bit('\f') | bit('\r') | bit(' ')) | ... | bit(More));
    const auto byte = static_cast<unsigned char>(c);
    return byte < 64 && (set >> byte & 1) != 0;
  }
  static constexpr std::uint32_t hex_value(char c) noexcept { // 16: no digit
    if (is_digit(c)) { return static_cast<std::uint32_t>(c - '0'); }
    const int lower = c | 0x20;
    return lower >= 'a' && lower <= 'f' ? static_cast<std::uint32_t>(lower - 'a' + 10) : 16;
  }

  void enter(content_model model) noexcept {
    constexpr std::array<state, 5> first{state::data, state::rcdata, state::rawtext,
                                         state::script_data, state::plaintext};
    state_ = first[static_cast<std::size_t>(model)];
  }

  // Text that is not in the input as it stands. Everything owed is handed over before the next byte
  // is looked at, so it only has to hold the longest: a name that was no reference, with its `&`.
  void owe(std::string_view text) noexcept {
    std::memcpy(owed_.data() + owed_size_, text.data(), text.size());
    owed_size_ += static_cast<std::uint32_t>(text.size());
  }
  [[nodiscard]] bool in_attribute() const noexcept {
    return return_state_ == state::attribute_value_double_quoted ||
           return_state_ == state::attribute_value_single_quoted ||
           return_state_ == state::attribute_value_unquoted;
  }
  template <class Sink>
  [[nodiscard]] bool pay(Sink& sink) noexcept {
    const char* const p = owed_.data() + owed_at_;
    const std::size_t n = owed_size_ - owed_at_;
    owed_at_ +=
        static_cast<std::uint32_t>(owed_to_value_ ? sink.attribute_value(p, n) : sink.text(p, n));
    if (owes_text()) { return false; }
    owed_at_ = owed_size_ = 0;
    owed_to_value_ = false;
    return true;
  }

  void begin_tag(bool end_tag) noexcept {
    tag_ = html_name{};
    end_tag_ = end_tag;
    self_closing_ = false;
    wants_attributes_ = false;
    state_ = state::tag_name;
  }
  // The way of nearly all names: short, in lower case, and all of it here..
  void pass_whole_name(const char*& p, const char* end) noexcept {
    if (end - p < 9) { return; }
    const char* q = p + 1; // the first is a letter
    while (q != p + 8 && ((*q >= 'a' && *q <= 'z') || is_digit(*q))) { ++q; }
    if (!is_space_or<'/', '>'>(*q) || *p < 'a') { return; }
    tag_ = html_name::of_lower(p, static_cast<std::uint32_t>(q - p));
    p = q;
  }
  template <class Sink>
  void emit_tag(Sink& sink) noexcept {
    state_ = state::data;
    if (end_tag_) {
      sink.end_tag(tag_);
    } else if (const content_model model = sink.start_tag(tag_, self_closing_);
               model != content_model::data) {
      raw_name_ = tag_;
      enter(model);
    }
  }

  void begin_reference(state from) noexcept {
    return_state_ = from;
    state_ = state::character_reference;
    reference_size_ = 0;
    number_ = 0;
  }
  void end_reference(std::string_view text) noexcept {
    owed_to_value_ = in_attribute();
    owe(text);
    state_ = return_state_;
  }
  // The way of nearly all references in text: `&`, here behind us, name or number, `;`, all of it in
  // this piece of the input. Null when it is not so, and nothing has happened.
  template <class Sink>
  [[nodiscard]] const char* pass_whole_reference(const char* p, const char* end,
                                                 Sink& sink) noexcept {
    const char* const stop = end - p > 32 ? p + 32 : end;
    const char* q = p;
    utf8_text found;
    if (q != stop && is_alpha(*q)) {
      do { ++q; } while (q != stop && is_alnum(*q));
      if (q == stop || *q != ';') { return nullptr; }
      found = find_entity({p, static_cast<std::size_t>(q - p)});
      if (!found) { return nullptr; }
    } else {
      if (q == stop || *q != '#') { return nullptr; }
      const bool hex = ++q != stop && (*q | 0x20) == 'x';
      const std::uint32_t base = hex ? 16 : 10;
      if (hex) { ++q; }
      const char* const digits = q;
      std::uint32_t number = 0;
      for (; q != stop && hex_value(*q) < base && q - digits < 7; ++q) {
        number = number * base + hex_value(*q);
      }
      if (q == digits || q == stop || *q != ';') { return nullptr; }
      found = from_numeric_reference(number);
    }
    const std::size_t taken = sink.text(found.bytes.data(), found.size);
    owed_to_value_ = false;
    owe(found.text().substr(taken));
    return q + 1;
  }
  // `next` is the byte behind the name, or any that is neither a letter nor `=` at the end of the
  // input. True when it belongs to the reference.
  bool end_named_reference(char next) noexcept {
    const std::string_view name{reference_.data(), reference_size_};
    if (next == ';') {
      if (const utf8_text found = find_entity(name)) {
        end_reference(found.text());
        return true;
      }
    }
    const entity_prefix found = find_entity_prefix(name);
    const char following = found.length < name.size() ? name[found.length] : next;
    // Query strings in attributes are full of `&copy=`.
    if (found.length == 0 || (in_attribute() && (following == '=' || is_alnum(following)))) {
      end_reference("&");
      owe(name);
    } else {
      end_reference(found.text.text());
      owe(name.substr(found.length));
    }
    return false;
  }

  // What `<` begins when no letter follows.
  const char* open_markup(const char* p) noexcept {
    switch (*p) {
      case '/': state_ = state::end_tag_open; return p + 1;
      case '!': state_ = state::markup_declaration_open; return p + 1;
      case '?': state_ = state::bogus_comment; return p;
      default:
        owe("<");
        state_ = state::data;
        return p;
    }
  }
  void begin_raw_less_than_sign(state from) noexcept {
    return_state_ = from;
    state_ = state::raw_less_than_sign;
  }
  // Script data: a dash is text and leads to `dash`, anything else is read in the state `other`.
  const char* pass_dash(const char* p, state dash, state other) noexcept {
    state_ = other;
    if (*p != '-') { return p; }
    owe("-");
    state_ = dash;
    return p + 1;
  }
  // Script data: a tag's name is text, and where it leads depends on whether it is "script".
  const char* pass_script_name(const char* p, state script, state other) noexcept {
    constexpr std::string_view name = "script";
    if (is_alpha(*p)) {
      const bool matches = matched_ < name.size() && (*p | 0x20) == name[matched_];
      matched_ = matches ? matched_ + 1 : static_cast<std::uint32_t>(name.size()) + 1;
      owe({p, 1});
      return p + 1;
    }
    state_ = matched_ == name.size() && is_space_or<'/', '>'>(*p) ? script : other;
    return p;
  }
  template <class Sink>
  static constexpr bool knows_comments = requires(Sink& sink, std::string_view piece) {
    sink.comment(piece);
    sink.end_comment();
  };
  template <class Sink>
  static constexpr bool knows_doctypes = requires(Sink& sink, std::string_view piece) {
    sink.doctype(piece);
    sink.end_doctype(true);
  };
  template <class Sink>
  static void tell_comment(Sink& sink, std::string_view piece) noexcept {
    if constexpr (knows_comments<Sink>) {
      if (!piece.empty()) { sink.comment(piece); }
    }
  }
  template <class Sink>
  static void tell_doctype([[maybe_unused]] Sink& sink, std::string_view piece) noexcept {
    if constexpr (knows_doctypes<Sink>) { sink.doctype(piece); }
  }
  template <class Sink>
  void end_comment(Sink& sink) noexcept {
    state_ = state::data;
    if constexpr (knows_comments<Sink>) { sink.end_comment(); }
  }
  template <class Sink>
  void end_doctype(Sink& sink, bool is_closed) noexcept {
    state_ = state::data;
    if constexpr (knows_doctypes<Sink>) { sink.end_doctype(is_closed); }
  }
  // The next `Stop`, or the end; what is before it goes to `take` if the sink knows it.
  template <bool Known, char Stop, class Take>
  [[nodiscard]] const char* pass_known(const char* p, const char* end, const Take& take) noexcept {
    if constexpr (!Known) { return find_any<Stop>(p, end); }
    static_cast<void>(pass_text<false, Stop>(p, end, [&](const char* piece, std::size_t size) {
      take({piece, size});
      return size;
    }));
    return p;
  }
  // Comments, behind dashes which may end it and are `held` for so long: another leads to `dash` and
  // makes `certain` of them its content, `>` ends it where it `may_end`, anything else makes all.
  template <class Sink>
  const char* pass_comment(const char* p, std::string_view held, state dash, bool may_end,
                           std::string_view certain, Sink& sink) noexcept {
    if (*p == '-') {
      tell_comment(sink, certain);
      state_ = dash;
    } else if (*p == '>' && may_end) {
      end_comment(sink);
    } else {
      tell_comment(sink, held);
      state_ = state::comment;
      return p;
    }
    return p + 1;
  }
  template <std::uint32_t Base>
  const char* pass_digits(const char* p, const char* end) noexcept {
    for (; p != end && hex_value(*p) < Base; ++p) {
      number_ = number_ * Base + hex_value(*p);
      if (number_ > 0x10FFFF) { number_ = 0x110000; }
    }
    if (p == end) { return p; }
    const bool semicolon = *p == ';';
    end_reference(from_numeric_reference(number_).text());
    return semicolon ? p + 1 : p;
  }

  // The way of nearly all attributes that nobody wants: ` name="value"`, all of it in this piece of the
  // input. Where it is not so any more.
  static const char* pass_whole_attributes(const char* p, const char* end) noexcept {
    for (;;) {
      const char* q = p;
      while (q != end && is_space_or(*q)) { ++q; }
      const char* const name = q;
      while (q != end && !is_space_or<'/', '>', '='>(*q)) { ++q; }
      if (q == name || end - q < 2 || *q != '=' || q[1] != '"') { return p; }
      q = find_any<'"'>(q + 2, end);
      if (q == end) { return p; }
      p = q + 1;
    }
  }
  void begin_attribute() noexcept {
    attribute_ = html_name{};
    state_ = state::attribute_name;
  }
  // The attribute's name is complete.
  template <class Sink>
  void end_attribute_name(Sink& sink) noexcept {
    wants_value_ =
        wants_attributes_ && attribute_.size() != 0 && sink.wants_attribute(tag_, attribute_);
  }

  // The text up to one of `Stops` or the end; line ends normalised, U+0000 replaced unless `KeepNull`.
  // False when the sink is full.
  template <bool KeepNull, char... Stops, class Text>
  [[nodiscard]] bool pass_text(const char*& p, const char* end, const Text& text) noexcept {
    while (p != end) {
      if (ignore_feed_) {
        ignore_feed_ = false;
        if (*p == '\n') {
          ++p;
          continue;
        }
      }
      const char* const stop = find_any<Stops..., '\r', '\0'>(p, end);
      if (stop != p) {
        p += text(p, static_cast<std::size_t>(stop - p));
        if (p != stop) { return false; }
        if (p == end) { return true; }
      }
      if (*p == '\r') {
        if (text("\n", 1) == 0) { return false; }
        ignore_feed_ = true;
      } else if (*p != '\0') {
        return true;
      } else if (KeepNull) {
        if (text(p, 1) == 0) { return false; }
      } else if (text(replacement.data(), replacement.size()) == 0) { // all of it or none
        return false;
      }
      ++p;
    }
    return true;
  }
  template <char Quote, class Sink>
  [[nodiscard]] bool pass_quoted_value(const char*& p, const char* end, Sink& sink) noexcept {
    if (!wants_value_) {
      p = find_any<Quote>(p, end);
      return true;
    }
    return pass_text<false, Quote, '&'>(p, end, [&](const char* text, std::size_t size) {
      return sink.attribute_value(text, size);
    });
  }

  html_name tag_;
  html_name attribute_;
  html_name raw_name_; // the start tag whose end tag ends RCDATA, RAWTEXT or script data
  std::array<char, 40> owed_{};
  std::array<char, 32> reference_{}; // the name or keyword so far, as written
  std::uint32_t owed_at_ = 0;
  std::uint32_t owed_size_ = 0;
  std::uint32_t reference_size_ = 0;
  std::uint32_t number_ = 0;  // of a numeric reference; stays above U+10FFFF once there
  std::uint32_t matched_ = 0; // bytes of a keyword or of raw_name_ seen
  state state_ = state::data;
  state return_state_ = state::data; // of references, and of end tags in raw text
  bool end_tag_ = false;
  bool self_closing_ = false;
  bool wants_attributes_ = false;
  bool wants_value_ = false;
  bool owed_to_value_ = false;
  bool hex_upper_ = false;   // the reference began with &#X
  bool ignore_feed_ = false; // the last byte was a carriage return, handed over as line feed
};

} // namespace document

#include "html_tokenizer_states.hpp" // html_tokenizer::run, html_tokenizer::finish
