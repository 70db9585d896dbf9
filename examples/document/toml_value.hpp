// examples/document/toml_value.hpp - what a word of a TOML document is: a number, a date, true or false.
//
//   document::toml_word_of("0x1F").kind;        // toml_kind::integer
//   document::toml_word_of("1979-02-30").what;  // "this is no value": there is no such day
//
// Checks what TOML 1.1 demands, and converts nothing: the extractor writes values as they are written.
#pragma once

#include <algorithm>   // std::min
#include <array>       // std::array
#include <cstddef>     // std::size_t
#include <cstdint>     // std::uint8_t, std::uint64_t
#include <string_view> // std::string_view

namespace document {

/// What a key or an element of an array stands for.
enum class toml_kind : std::uint8_t {
  text,
  integer,
  real,
  boolean,
  date_time,
  array,
  inline_table,
  table_array,   ///< of [[a]]
  table,         ///< of [a]
  implied_table, ///< a of [a.b]
  dotted_table,  ///< a of a.b = 1
};

/// A word without quotes.
struct toml_word {
  toml_kind kind;             ///< integer, real, boolean or date_time
  const char* what = nullptr; ///< why it is none of these
};

namespace detail {

[[nodiscard]] inline bool is_digit(char c) noexcept { return c >= '0' && c <= '9'; }
[[nodiscard]] inline int hex_digit(char c) noexcept {
  if (is_digit(c)) { return c - '0'; }
  const char lowered = static_cast<char>(c | 0x20);
  return lowered >= 'a' && lowered <= 'f' ? lowered - 'a' + 10 : 16;
}

enum class number_kind : std::uint8_t { none, integer, too_large, real };

// What number `word` is.
[[nodiscard]] inline number_kind number_kind_of(std::string_view word) noexcept {
  const bool is_signed = word.front() == '+' || word.front() == '-';
  const bool is_negative = word.front() == '-';
  if (is_signed) { word.remove_prefix(1); }
  if (word == "inf" || word == "nan") { return number_kind::real; }
  int base = 10;
  if (!is_signed && word.size() > 2 && word[0] == '0' && !is_digit(word[1])) {
    base = word[1] == 'x' ? 16 : word[1] == 'o' ? 8 : word[1] == 'b' ? 2 : 10;
    if (base != 10) { word.remove_prefix(2); }
  }
  std::uint64_t value = 0;
  bool is_too_large = false;
  // Digits, single underscores between them.
  const auto pass_digits = [&] {
    std::size_t n = 0;
    while (n != word.size()) {
      const std::size_t at = word[n] == '_' && n != 0 ? n + 1 : n;
      const int digit = at != word.size() ? hex_digit(word[at]) : 16;
      if (digit >= base) { break; }
      const auto limit = std::uint64_t{0x7FFFFFFFFFFFFFFF} + (is_negative ? 1 : 0);
      const auto more = static_cast<std::uint64_t>(digit);
      const auto times = static_cast<std::uint64_t>(base);
      is_too_large = is_too_large || value > (limit - more) / times;
      value = is_too_large ? value : value * times + more;
      n = at + 1;
    }
    word.remove_prefix(n);
    return n;
  };
  const bool has_zero = base == 10 && word.starts_with('0');
  const std::size_t digits = pass_digits();
  if (digits == 0 || (has_zero && digits != 1)) { return number_kind::none; }
  if (word.empty()) { return is_too_large ? number_kind::too_large : number_kind::integer; }
  if (base != 10) { return number_kind::none; }
  if (word.front() == '.') {
    word.remove_prefix(1);
    if (pass_digits() == 0) { return number_kind::none; }
  }
  if (!word.empty() && (word.front() | 0x20) == 'e') {
    word.remove_prefix(1);
    if (!word.empty() && (word.front() == '+' || word.front() == '-')) { word.remove_prefix(1); }
    if (pass_digits() == 0) { return number_kind::none; }
  }
  return word.empty() ? number_kind::real : number_kind::none;
}

// The number that `digits` at `at` of `word` are; 10000 when they are none.
[[nodiscard]] inline int number_at(std::string_view word, std::size_t at,
                                   std::size_t digits) noexcept {
  constexpr int none = 10'000;
  if (word.size() < at + digits) { return none; }
  int value = 0;
  for (const char c : word.substr(at, digits)) {
    if (!is_digit(c)) { return none; }
    value = value * 10 + (c - '0');
  }
  return value;
}

[[nodiscard]] inline bool is_time(std::string_view word, bool may_have_offset) noexcept {
  const auto pass_minutes = [&] {
    const bool is = number_at(word, 0, 2) <= 23 && word[2] == ':' && number_at(word, 3, 2) <= 59;
    if (is) { word.remove_prefix(5); }
    return is;
  };
  if (word.size() < 5 || !pass_minutes()) { return false; }
  if (word.starts_with(':')) {
    if (number_at(word, 1, 2) > 60) { return false; } // 60 is a leap second
    word.remove_prefix(3);
    if (word.starts_with('.')) {
      word.remove_prefix(1);
      const std::size_t digits = std::min(word.find_first_not_of("0123456789"), word.size());
      if (digits == 0) { return false; }
      word.remove_prefix(digits);
    }
  }
  if (word.empty()) { return true; }
  if (!may_have_offset) { return false; }
  if (word == "Z" || word == "z") { return true; }
  if (word.front() != '+' && word.front() != '-') { return false; }
  word.remove_prefix(1);
  return word.size() == 5 && pass_minutes();
}

[[nodiscard]] inline bool is_date_time(std::string_view word) noexcept {
  if (word.size() < 10 || word[4] != '-') { return is_time(word, false); }
  constexpr std::array<int, 12> days{31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  const int year = number_at(word, 0, 4);
  const int month = number_at(word, 5, 2);
  const int day = number_at(word, 8, 2);
  if (year > 9999 || word[7] != '-' || month < 1 || month > 12) { return false; }
  const bool is_leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
  const int last = days[static_cast<std::size_t>(month - 1)] + (month == 2 && is_leap ? 1 : 0);
  if (day < 1 || day > last) { return false; }
  if (word.size() == 10) { return true; }
  const char between = word[10];
  return (between == 'T' || between == 't' || between == ' ') && is_time(word.substr(11), true);
}

} // namespace detail

/// What `word`, which is not empty, is.
[[nodiscard]] inline toml_word toml_word_of(std::string_view word) noexcept {
  if (word == "true" || word == "false") { return {toml_kind::boolean}; }
  if (detail::is_date_time(word)) { return {toml_kind::date_time}; }
  switch (detail::number_kind_of(word)) {
    case detail::number_kind::integer: return {toml_kind::integer};
    case detail::number_kind::real: return {toml_kind::real};
    case detail::number_kind::too_large:
      return {toml_kind::text, "this integer has more than 64 bits"};
    default: return {toml_kind::text, "this is no value"};
  }
}

} // namespace document
