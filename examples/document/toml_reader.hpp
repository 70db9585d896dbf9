// examples/document/toml_reader.hpp - the tree of a TOML document.
//
// Reads TOML 1.1, of which 1.0 is a part, strictly: what the standard forbids is an error with line and
// column, such as a key that is defined twice. A table can be continued anywhere in a document, so that
// all of it is kept: about 50 bytes for each key and value, and their text, decoded. Values stand as they
// are written, and are checked: an integer fits 64 bits, a date exists.
//
//   document::toml_reader toml;
//   linmem::error failed = toml.read("a.b = [1, 2]");        // code none: it is TOML
//   for (std::uint32_t i = toml[0].inside.first; i != 0; i = toml[i].next) {   // 0 is the table of all
//     use(toml.key(toml[i]), toml[i].kind);
//   }
#pragma once

#include "entities.hpp" // from_code_point
#include "growing_array.hpp"
#include "growing_bytes.hpp"
#include "toml_value.hpp"
#include "whole_document.hpp" // deepest_nesting, syntax_error

#include <linmem/bytes.hpp> // linmem::as_bytes
#include <linmem/error.hpp> // linmem::error, linmem::errc
#include <linmem/utf8.hpp>  // linmem::utf8::valid_prefix

#include <cstddef>     // std::size_t
#include <cstdint>     // std::uint8_t, std::uint16_t, std::uint32_t, std::uint64_t
#include <string_view> // std::string_view

namespace document {

/// See this header's first lines.
class toml_reader {
public:
  /// A part of the text.
  struct slice {
    std::uint32_t at = 0;
    std::uint32_t size = 0;
  };
  /// What a table or an array holds.
  struct children {
    std::uint32_t first = 0;
    std::uint32_t last = 0;
  };
  /// A key with its value, or an element of an array. Others are named by number; 0 is none.
  struct node {
    slice key;
    union {
      slice text;      ///< of a scalar
      children inside; ///< of a table or an array
    };
    std::uint32_t parent;
    std::uint32_t next;
    std::uint16_t depth; ///< tables and arrays from the first to this one
    toml_kind kind;

    /// True for tables and arrays.
    [[nodiscard]] bool is_open() const noexcept { return kind >= toml_kind::array; }
    /// True for arrays.
    [[nodiscard]] bool is_array() const noexcept {
      return kind == toml_kind::array || kind == toml_kind::table_array;
    }
  };

  /// Reads `document`, of less than 4 GiB. invalid_data with line and column; limit_exceeded for
  /// nesting; out_of_memory.
  [[nodiscard]] linmem::error read(std::string_view document) noexcept {
    begin_ = p_ = document.data();
    end_ = begin_ + document.size();
    constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";
    if (document.starts_with(byte_order_mark)) { p_ += byte_order_mark.size(); }
    const std::size_t valid = linmem::utf8::valid_prefix(linmem::as_bytes(document));
    if (valid != document.size()) {
      p_ = begin_ + valid;
      static_cast<void>(fail("these bytes are no UTF-8"));
    } else if (nodes_.push({{}, {{}}, 0, 0, 1, toml_kind::table})) {
      static_cast<void>(read_lines());
    } else {
      static_cast<void>(fail_memory());
    }
    return failure_;
  }

  /// Node `i`; 0 is the table that holds all.
  [[nodiscard]] const node& operator[](std::uint32_t i) const noexcept { return nodes_[i]; }
  /// The key of `n`; empty for an element of an array.
  [[nodiscard]] std::string_view key(const node& n) const noexcept { return text_of(n.key); }
  /// The text of scalar `n`: decoded, or as it is written if it is not a string.
  [[nodiscard]] std::string_view text(const node& n) const noexcept { return text_of(n.text); }

private:
  [[nodiscard]] std::string_view text_of(slice part) const noexcept {
    return text_.text().substr(part.at, part.size);
  }

  // Each of these returns false when it failed, with the reason in failure_.
  [[nodiscard, gnu::noinline]] bool fail(std::string_view what) noexcept {
    std::uint64_t line = 1;
    std::uint64_t column = 1;
    for (const char* p = begin_; p != p_; ++p) {
      if (*p == '\n') {
        ++line;
        column = 1;
      } else if ((*p & 0xC0) != 0x80) {
        ++column;
      }
    }
    failure_ = syntax_error("TOML", line, column, what);
    return false;
  }
  [[nodiscard]] bool fail_at(const char* where, std::string_view what) noexcept {
    p_ = where;
    return fail(what);
  }
  [[nodiscard]] bool fail_memory() noexcept {
    failure_ = {linmem::errc::out_of_memory, "TOML document in bytes", 0, 0};
    return false;
  }
  [[nodiscard, gnu::noinline]] bool append(std::string_view text) noexcept {
    return text_.append(text) || fail_memory();
  }

  // The next byte; 0 at the end, as which no document may hold it.
  [[nodiscard]] char peek() const noexcept { return p_ != end_ ? *p_ : '\0'; }
  [[nodiscard]] bool pass(char c) noexcept {
    if (peek() != c || p_ == end_) { return false; }
    ++p_;
    return true;
  }
  void pass_blanks() noexcept {
    while (peek() == ' ' || peek() == '\t') { ++p_; }
  }
  [[nodiscard]] bool pass_newline() noexcept {
    if (peek() == '\r' && end_ - p_ >= 2 && p_[1] == '\n') { ++p_; }
    return pass('\n');
  }
  static bool is_control(char c) noexcept {
    return (static_cast<unsigned char>(c) < 0x20 && c != '\t') || c == 0x7F;
  }
  static bool is_bare(char c) noexcept {
    const char lowered = static_cast<char>(c | 0x20);
    return detail::is_digit(c) || (lowered >= 'a' && lowered <= 'z') || c == '-' || c == '_';
  }

  [[nodiscard]] bool read_lines() noexcept {
    for (;;) {
      pass_blanks();
      if (p_ == end_) { return true; }
      const char c = peek();
      const bool is_empty = c == '#' || c == '\n' || c == '\r';
      if (!is_empty && !(c == '[' ? read_header() : read_entry(table_))) { return false; }
      pass_blanks();
      if (!pass_comment()) { return false; }
      if (p_ != end_ && !pass_newline()) { return fail("the line should end here"); }
    }
  }
  [[nodiscard]] bool pass_comment() noexcept {
    if (peek() != '#') { return true; }
    while (p_ != end_ && !is_control(*p_)) { ++p_; }
    return p_ == end_ || *p_ == '\n' || *p_ == '\r' || fail("control character in a comment");
  }
  // Blanks, line ends and comments: what may stand between the parts of an array.
  [[nodiscard]] bool pass_space() noexcept {
    do {
      pass_blanks();
      if (!pass_comment()) { return false; }
    } while (pass_newline());
    return true;
  }

  // [a.b] or [[a.b]]: the table that the lines behind it belong to.
  [[nodiscard]] bool read_header() noexcept {
    static_cast<void>(pass('['));
    const bool is_array = pass('[');
    slice name{};
    table_ = 0;
    for (;;) {
      if (!read_name(name)) { return false; }
      if (!pass('.')) { break; }
      std::uint32_t next = find(table_, name);
      if (next == 0 && !add(table_, name, toml_kind::implied_table, next)) { return false; }
      if (nodes_[next].kind == toml_kind::table_array) { next = nodes_[next].inside.last; }
      if (nodes_[next].kind < toml_kind::table) { return fail_at(name_, "this key is no table"); }
      table_ = next;
    }
    if (!pass(']') || (is_array && !pass(']'))) { return fail("a closing bracket is missing"); }
    std::uint32_t found = find(table_, name);
    const bool is_new = found == 0;
    const toml_kind kind = is_array ? toml_kind::table_array : toml_kind::table;
    if (is_new && !add(table_, name, kind, found)) { return false; }
    if (is_array) {
      if (nodes_[found].kind != kind) { return fail_at(name_, "this key is no array of tables"); }
      return add(found, {}, toml_kind::table, table_);
    }
    if (!is_new && nodes_[found].kind != toml_kind::implied_table) {
      return fail_at(name_, "this table is defined twice");
    }
    nodes_[found].kind = kind;
    table_ = found;
    return true;
  }

  // a.b = value, in `table`; within an inline table, and up to its value.
  [[nodiscard]] bool read_keys(std::uint32_t table, std::uint32_t& made) noexcept {
    slice name{};
    for (;;) {
      if (!read_name(name)) { return false; }
      if (!pass('.')) { break; }
      std::uint32_t next = find(table, name);
      if (next == 0 && !add(table, name, toml_kind::dotted_table, next)) { return false; }
      if (nodes_[next].kind != toml_kind::dotted_table) {
        return fail_at(name_, "this key is defined elsewhere");
      }
      table = next;
    }
    if (find(table, name) != 0) { return fail_at(name_, "this key is defined twice"); }
    if (!pass('=')) { return fail("an equals sign is missing"); }
    pass_blanks();
    return add(table, name, toml_kind::text, made);
  }
  [[nodiscard]] bool read_entry(std::uint32_t table) noexcept {
    std::uint32_t made = 0;
    return read_keys(table, made) && read_value(made);
  }
  // One part of a key, with the blanks around it.
  [[nodiscard]] bool read_name(slice& name) noexcept {
    pass_blanks();
    name_ = p_;
    if (peek() == '"' || peek() == '\'') {
      if (!read_string(name, false)) { return false; }
    } else {
      while (is_bare(peek())) { ++p_; }
      if (p_ == name_) { return fail("a key is missing"); }
      if (!keep(name_, name)) { return false; }
    }
    pass_blanks();
    return true;
  }
  // The text from `from` to here.
  [[nodiscard]] bool keep(const char* from, slice& to) noexcept {
    to = {static_cast<std::uint32_t>(text_.size()), static_cast<std::uint32_t>(p_ - from)};
    return append({from, to.size});
  }

  // The value of `made`, and all that is in it: a loop, whatever the depth.
  [[nodiscard]] bool read_value(std::uint32_t made) noexcept {
    for (;;) {
      bool is_first = true;
      if (peek() == '[' || peek() == '{') {
        if (!open(made, *p_++ == '[' ? toml_kind::array : toml_kind::inline_table)) {
          return false;
        }
      } else {
        if (!read_scalar(nodes_[made])) { return false; }
        made = container_of(made);
        is_first = false;
      }
      // What is open ends, or another value begins.
      for (;;) {
        if (nodes_[made].kind > toml_kind::inline_table) { return true; }
        const bool is_array = nodes_[made].kind == toml_kind::array;
        if (!pass_space()) { return false; }
        const bool has_comma = !is_first && pass(',');
        if (has_comma && !pass_space()) { return false; }
        if (pass(is_array ? ']' : '}')) {
          made = container_of(made);
          is_first = false;
          continue;
        }
        if (!is_first && !has_comma) {
          return fail(is_array ? "a comma or a closing bracket is missing"
                               : "a comma or a closing brace is missing");
        }
        const std::uint32_t container = made;
        if (!(is_array ? add(container, {}, toml_kind::text, made) : read_keys(container, made))) {
          return false;
        }
        break;
      }
    }
  }
  // What a comma behind `made` belongs to: dotted keys have no brackets of their own.
  [[nodiscard]] std::uint32_t container_of(std::uint32_t made) const noexcept {
    do { made = nodes_[made].parent; } while (nodes_[made].kind == toml_kind::dotted_table);
    return made;
  }

  [[nodiscard]] bool read_scalar(node& made) noexcept {
    slice text{};
    if (peek() == '"' || peek() == '\'') {
      if (!read_string(text, true)) { return false; }
      made.text = text;
      return true;
    }
    const char* const begin = p_;
    const auto pass_word = [this] {
      while (is_bare(peek()) || peek() == '+' || peek() == '.' || peek() == ':') { ++p_; }
    };
    pass_word();
    // A blank may part a date from its time.
    if (p_ - begin == 10 && begin[4] == '-' && end_ - p_ >= 2 && *p_ == ' ' &&
        detail::is_digit(p_[1])) {
      ++p_;
      pass_word();
    }
    const std::string_view word{begin, static_cast<std::size_t>(p_ - begin)};
    if (word.empty()) { return fail("a value is missing"); }
    const toml_word is = toml_word_of(word);
    if (is.what != nullptr) { return fail_at(begin, is.what); }
    made.kind = is.kind;
    if (!keep(begin, text)) { return false; }
    made.text = text;
    return true;
  }

  // A string in quotes of one kind or the other, on one line or, where it `may_span` them, several.
  [[nodiscard]] bool read_string(slice& to, bool may_span) noexcept {
    const char quote = *p_;
    const auto quotes = [&](std::ptrdiff_t most) {
      std::ptrdiff_t n = 0;
      while (n != most && n != end_ - p_ && p_[n] == quote) { ++n; }
      return n;
    };
    const bool spans = may_span && quotes(3) == 3;
    p_ += spans ? 3 : 1;
    if (spans) { static_cast<void>(pass_newline()); }
    to.at = static_cast<std::uint32_t>(text_.size());
    for (;;) {
      const char* const run = p_;
      while (p_ != end_ && *p_ != quote && !(*p_ == '\\' && quote == '"') && !is_control(*p_)) {
        ++p_;
      }
      if (!append({run, static_cast<std::size_t>(p_ - run)})) { return false; }
      if (p_ == end_) { return fail("a closing quote is missing"); }
      if (*p_ == quote) {
        // Three end a string of several lines; one or two before them belong to it.
        const std::ptrdiff_t n = spans ? quotes(5) : 1;
        const std::ptrdiff_t closing = spans ? 3 : 1;
        const std::ptrdiff_t inside = n < closing ? n : n - closing;
        if (!append({p_, static_cast<std::size_t>(inside)})) { return false; }
        p_ += n;
        if (n < closing) { continue; }
        to.size = static_cast<std::uint32_t>(text_.size()) - to.at;
        return true;
      }
      if (*p_ == '\\') {
        if (!read_escape(spans)) { return false; }
      } else if (spans && pass_newline()) {
        if (!append("\n")) { return false; }
      } else {
        return fail("control character in a string");
      }
    }
  }
  [[nodiscard]] bool read_escape(bool spans) noexcept {
    const char* const begin = p_++;
    const char c = peek();
    if (spans && (c == ' ' || c == '\t' || c == '\r' || c == '\n')) {
      pass_blanks();
      if (!pass_newline()) { return fail_at(begin, "this is no escape"); }
      do { pass_blanks(); } while (pass_newline());
      return true;
    }
    constexpr std::string_view names = "btnfre\"\\";
    constexpr std::string_view meanings = "\b\t\n\f\r\x1B\"\\";
    if (const std::size_t i = names.find(c); p_ != end_ && i != std::string_view::npos) {
      ++p_;
      return append(meanings.substr(i, 1));
    }
    const int digits = c == 'x' ? 2 : c == 'u' ? 4 : c == 'U' ? 8 : 0;
    if (digits == 0) { return fail_at(begin, "this is no escape"); }
    ++p_;
    std::uint32_t value = 0;
    for (int i = 0; i != digits; ++i) {
      const int digit = detail::hex_digit(peek());
      if (digit == 16) { return fail_at(begin, "this escape lacks a digit"); }
      value = value << 4U | static_cast<std::uint32_t>(digit);
      ++p_;
    }
    if (value > 0x10FFFF || (value >= 0xD800 && value <= 0xDFFF)) {
      return fail_at(begin, "this escape is no character");
    }
    return append(value == 0 ? std::string_view{"\0", 1} : from_code_point(value).text());
  }

  // The child of `table` called `name`, whose text is forgotten if it is there; 0: none.
  [[nodiscard, gnu::noinline]] std::uint32_t find(std::uint32_t table, slice name) noexcept {
    if (slots_.size() == 0) { return 0; }
    const std::uint32_t found = slots_[slot_of(table, text_of(name))];
    if (found != 0) { text_.cut(name.at); }
    return found;
  }
  // Open addressing, at most half full; a slot holds 0 or the node.
  [[nodiscard, gnu::noinline]] std::size_t slot_of(std::uint32_t table,
                                                   std::string_view name) const noexcept {
    std::uint32_t hash = 2166136261U ^ table; // FNV-1a
    for (const char c : name) { hash = (hash ^ static_cast<unsigned char>(c)) * 16777619U; }
    hash ^= hash >> 15U;
    std::size_t at = hash & (slots_.size() - 1);
    while (slots_[at] != 0 &&
           (nodes_[slots_[at]].parent != table || key(nodes_[slots_[at]]) != name)) {
      at = (at + 1) & (slots_.size() - 1);
    }
    return at;
  }
  [[nodiscard]] bool make_slots() noexcept {
    if (nodes_.size() < slots_.size() / 2) { return true; }
    if (!slots_.assign(slots_.size() == 0 ? 64 : slots_.size() * 2, 0)) { return fail_memory(); }
    for (std::uint32_t i = 1; i != nodes_.size(); ++i) {
      if (!nodes_[nodes_[i].parent].is_array()) {
        slots_[slot_of(nodes_[i].parent, key(nodes_[i]))] = i;
      }
    }
    return true;
  }

  // Adds a child of `parent`, which is no scalar; a table and its child are told apart by `name`.
  [[nodiscard, gnu::noinline]] bool add(std::uint32_t parent, slice name, toml_kind kind,
                                        std::uint32_t& made) noexcept {
    made = static_cast<std::uint32_t>(nodes_.size());
    const node& above = nodes_[parent];
    const bool has_name = !above.is_array();
    if (has_name && !make_slots()) { return false; }
    if (!nodes_.push({name, {{}}, parent, 0, above.depth, toml_kind::text})) {
      return fail_memory();
    }
    if (has_name) { slots_[slot_of(parent, text_of(name))] = made; }
    children& siblings = nodes_[parent].inside;
    (siblings.first == 0 ? siblings.first : nodes_[siblings.last].next) = made;
    siblings.last = made;
    return kind == toml_kind::text || open(made, kind);
  }
  // Makes `made` a table or an array.
  [[nodiscard]] bool open(std::uint32_t made, toml_kind kind) noexcept {
    node& n = nodes_[made];
    n.kind = kind;
    n.inside = {};
    if (++n.depth <= deepest_nesting) { return true; }
    failure_ = nesting_error("TOML nesting in levels");
    return false;
  }

  const char* begin_ = nullptr;
  const char* p_ = nullptr;
  const char* end_ = nullptr;
  const char* name_ = nullptr; // where the part of a key begins that was read last
  std::uint32_t table_ = 0;    // that lines belong to
  growing_bytes text_;
  growing_array<node> nodes_;
  growing_array<std::uint32_t> slots_;
  linmem::error failure_{};
};

} // namespace document
