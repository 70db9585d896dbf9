// examples/document/sheet_number.hpp - the numbers of a spreadsheet as one reads them.
//
// XLSX stores a date as the number of days since a day of 1899 or 1904, and only the cell's format
// tells it from a number. A date becomes "2024-03-01", with a time "2024-03-01 14:30:00", a time alone
// "14:30:00" and a duration "36:30:00", whatever the format's own order. Other numbers are as they are
// stored, without what no spreadsheet shows: their 16th and later digits, zeros at the end of a
// fraction, and an exponent that a few zeros say as well. 0.30000000000000004 is 0.3, 13.0 is 13,
// 5E-2 is 0.05 and 5E-7 is 5E-07.
//
//   document::number_text room;
//   document::date_text("45352.5", document::date_parts_of("yyyy-mm-dd hh:mm"), false, room);
//   // "2024-03-01 12:00:00"
#pragma once

#include <linmem/error.hpp> // linmem::detail::text_writer

#include <array>       // std::array
#include <chrono>      // std::chrono::sys_days, std::chrono::year_month_day
#include <cstddef>     // std::size_t
#include <cstdint>     // std::int64_t, std::uint8_t, std::uint32_t, std::uint64_t
#include <string_view> // std::string_view

namespace document {

/// What a format shows of a number: none of it for a number that is no date.
struct date_parts {
  bool date = false;     ///< a day
  bool time = false;     ///< a time of day
  bool duration = false; ///< hours that may be more than a day
};

/// Room for the text of a number.
using number_text = std::array<char, 32>;

/// What the format `code` shows, for example "[$-409]d/m/yy h:mm AM/PM".
[[nodiscard]] constexpr date_parts date_parts_of(std::string_view code) noexcept {
  date_parts found;
  bool has_month = false;
  for (std::size_t i = 0; i < code.size() && code[i] != ';';
       ++i) { // the format of positive numbers
    switch (code[i]) {
      case '\\': // these two: what follows stands for itself
      case '_':
      case '*': ++i; break;
      case '"':
        while (++i < code.size() && code[i] != '"') {}
        break;
      case '[':
        ++i;
        // [h] is a duration; other words in brackets are colours, languages and conditions.
        if (i + 1 < code.size() && (code[i + 1] == ']' || code[i + 1] == code[i]) &&
            std::string_view{"hHmMsS"}.find(code[i]) != std::string_view::npos) {
          found.duration = true;
        }
        while (i < code.size() && code[i] != ']') { ++i; }
        break;
      case 'y':
      case 'Y':
      case 'd':
      case 'D': found.date = true; break;
      case 'h':
      case 'H':
      case 's':
      case 'S': found.time = true; break;
      case 'm':
      case 'M': has_month = true; break; // or a minute, beside hours or seconds
      default: break;
    }
  }
  found.date = found.date || (has_month && !found.time && !found.duration);
  return found;
}

/// The same for a format that has a number and no code.
[[nodiscard]] constexpr date_parts date_parts_of(std::uint32_t built_in) noexcept {
  if (built_in == 46) { return {.duration = true}; }
  return {.date = (built_in >= 14 && built_in <= 17) || built_in == 22,
          .time = (built_in >= 18 && built_in <= 22) || built_in == 45 || built_in == 47};
}

namespace detail {

// The digits of a decimal number, without those that no double tells apart.
struct decimal {
  std::array<char, 15> digits{}; // significant ones, rounded
  int count = 0;
  int point = 0; // digits before the point; may be less than 0 or more than count
  bool is_negative = false;
  bool is_number = false;
  bool is_rounded = false;

  explicit constexpr decimal(std::string_view text) noexcept {
    std::size_t i = 0;
    is_negative = text.starts_with('-');
    if (is_negative || text.starts_with('+')) { ++i; }
    bool behind_point = false;
    bool has_digit = false;
    bool rounds_up = false;
    for (; i < text.size(); ++i) {
      const char c = text[i];
      if (c == '.' && !behind_point) {
        behind_point = true;
        continue;
      }
      if (c < '0' || c > '9') { break; }
      has_digit = true;
      if (count == 0 && c == '0') {
        point -= behind_point ? 1 : 0;
        continue;
      }
      if (count < static_cast<int>(digits.size())) {
        digits[static_cast<std::size_t>(count++)] = c;
      } else if (!is_rounded) {
        is_rounded = true;
        rounds_up = c >= '5';
      }
      point += behind_point ? 0 : 1;
    }
    if (has_digit && i < text.size() && (text[i] == 'e' || text[i] == 'E')) {
      i = read_exponent(text, i + 1);
    }
    is_number = has_digit && i == text.size();
    if (rounds_up) { round_up(); }
    while (count != 0 && digits[static_cast<std::size_t>(count - 1)] == '0') { --count; }
  }

  // The digit at `place`, from 0 for the first significant one; 0 before and behind those there are.
  [[nodiscard]] constexpr std::string_view digit(int place) const noexcept {
    if (place < 0 || place >= count) { return "0"; }
    return {&digits[static_cast<std::size_t>(place)], 1};
  }

private:
  constexpr std::size_t read_exponent(std::string_view text, std::size_t i) noexcept {
    const bool is_less = i < text.size() && text[i] == '-';
    if (i < text.size() && (text[i] == '-' || text[i] == '+')) { ++i; }
    int exponent = 0;
    const std::size_t first = i;
    for (; i < text.size() && text[i] >= '0' && text[i] <= '9'; ++i) {
      exponent = exponent > 999 ? exponent : exponent * 10 + (text[i] - '0');
    }
    point += is_less ? -exponent : exponent;
    return i == first ? std::string_view::npos : i;
  }
  constexpr void round_up() noexcept {
    std::size_t i = digits.size();
    while (i != 0 && digits[i - 1] == '9') { digits[--i] = '0'; }
    if (i != 0) {
      ++digits[i - 1];
    } else {
      digits[0] = '1';
      ++point;
    }
  }
};

} // namespace detail

/// The number `text` as one reads it, in `room` where it is not as it was; what is no number is as it
/// was, and so is what has more than 15 digits before its point and no exponent.
[[nodiscard]] constexpr std::string_view plain_number(std::string_view text,
                                                      number_text& room) noexcept {
  const detail::decimal number{text};
  const bool has_exponent = text.find_first_of("eE") != std::string_view::npos;
  const bool ends_in_zeros = text.ends_with('0') && text.find('.') != std::string_view::npos;
  if (!number.is_number || !(number.is_rounded || ends_in_zeros || has_exponent)) { return text; }
  if (number.count == 0) { return "0"; }
  const bool is_plain = number.point > -4 && number.point <= static_cast<int>(number.digits.size());
  if (!is_plain && !has_exponent) { return text; }
  linmem::detail::text_writer out{room};
  const int point = is_plain ? number.point : 1;
  if (number.is_negative) { out.put("-"); }
  if (point <= 0) { out.put("0"); }
  for (int place = 0; place < point; ++place) { out.put(number.digit(place)); }
  for (int place = point; place < number.count; ++place) {
    if (place == point) { out.put("."); }
    out.put(number.digit(place));
  }
  if (!is_plain) {
    const int exponent = number.point - 1;
    out.put(exponent < 0 ? "E-" : "E+");
    const auto size = static_cast<std::uint64_t>(exponent < 0 ? -exponent : exponent);
    if (size < 10) { out.put("0"); }
    out.put(size);
  }
  return out.text();
}

/// The day or time `serial` that a format shows `parts` of, in `room`; in the system that begins in
/// 1904 or in that of 1900. What is no day that the format could show is as plain_number says.
[[nodiscard]] constexpr std::string_view date_text(std::string_view serial, date_parts parts,
                                                   bool from_1904, number_text& room) noexcept {
  constexpr std::uint64_t last_day = 2'958'465;     // of the year 9999
  constexpr std::uint64_t of_a_day = 86'400;        // seconds
  constexpr std::uint64_t unit = 1'000'000'000'000; // of the fraction of a day
  constexpr int longest = 7;                        // digits of last_day
  const detail::decimal number{serial};
  if (!number.is_number || number.is_negative || number.point > longest) {
    return plain_number(serial, room);
  }
  std::uint64_t days = 0;
  std::uint64_t fraction = 0;
  for (int place = 0; place < number.point; ++place) {
    days = days * 10 + static_cast<std::uint64_t>(number.digit(place)[0] - '0');
  }
  for (int i = 0; i != 12; ++i) {
    fraction = fraction * 10 + static_cast<std::uint64_t>(number.digit(number.point + i)[0] - '0');
  }
  std::uint64_t seconds = 0;
  if (parts.time || parts.duration) {
    const std::uint64_t all = days * of_a_day + (fraction * of_a_day + unit / 2) / unit;
    days = all / of_a_day;
    seconds = all % of_a_day;
  }
  if (days > last_day) { return plain_number(serial, room); }
  linmem::detail::text_writer out{room};
  const auto two_digits = [&](std::uint64_t n) {
    if (n < 10) { out.put("0"); }
    out.put(n);
  };
  const bool has_day = parts.date && (days != 0 || from_1904 || !parts.time);
  if (has_day) {
    // The system of 1900 has a 29th of February in that year, so that days before it are one less.
    const auto first = from_1904   ? std::chrono::sys_days{std::chrono::year{1904} / 1 / 1}
                       : days < 60 ? std::chrono::sys_days{std::chrono::year{1899} / 12 / 31}
                                   : std::chrono::sys_days{std::chrono::year{1899} / 12 / 30};
    const std::chrono::year_month_day day{first + std::chrono::days{static_cast<int>(days)}};
    out.put(static_cast<std::uint64_t>(static_cast<int>(day.year())));
    out.put("-");
    two_digits(static_cast<unsigned>(day.month()));
    out.put("-");
    two_digits(static_cast<unsigned>(day.day()));
    if (parts.time) { out.put(" "); }
  }
  if (parts.time || parts.duration) {
    two_digits(seconds / 3600 + (parts.duration ? days * 24 : 0));
    out.put(":");
    two_digits(seconds / 60 % 60);
    out.put(":");
    two_digits(seconds % 60);
  }
  return out.text();
}

} // namespace document
