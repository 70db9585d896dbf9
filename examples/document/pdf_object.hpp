// examples/document/pdf_object.hpp - the values that PDF is written in, where they lie.
//
// Nothing is built: a value is the bytes that it is written with, and is looked through when something
// in it is asked for. So no value costs memory, none is too deep, and what is damaged is a value that is
// not there.
//
//   document::pdf_lexer lexer{"<< /Size 3 /Kids [1 0 R 2 0 R] >>"};
//   std::string_view dict = lexer.value();
//   document::pdf_entry(dict, "Size");   // "3"
#pragma once

#include "growing_bytes.hpp"

#include <cstddef>     // std::size_t
#include <cstdint>     // std::uint32_t
#include <string_view> // std::string_view

namespace document {

namespace pdf {

[[nodiscard]] inline bool is_white(char c) noexcept {
  return c == ' ' || c == '\n' || c == '\r' || c == '\t' || c == '\f' || c == '\0';
}
[[nodiscard]] inline bool is_regular(char c) noexcept {
  return !is_white(c) && std::string_view{"()<>[]{}/%"}.find(c) == std::string_view::npos;
}
[[nodiscard]] inline bool is_digit(char c) noexcept { return c >= '0' && c <= '9'; }
[[nodiscard]] inline bool is_unsigned(std::string_view text) noexcept {
  for (const char c : text) {
    if (!is_digit(c)) { return false; }
  }
  return !text.empty() && text.size() < 11;
}
/// 16: it is none.
[[nodiscard]] inline std::uint32_t hex_digit(char c) noexcept {
  const char lowered = static_cast<char>(c | 0x20);
  return is_digit(c)                        ? static_cast<std::uint32_t>(c - '0')
         : lowered >= 'a' && lowered <= 'f' ? static_cast<std::uint32_t>(lowered - 'a') + 10
                                            : 16;
}

} // namespace pdf

/// Takes values off the front of bytes.
class pdf_lexer {
public:
  pdf_lexer() = default;
  /// Of `bytes`, which stay where they are.
  explicit pdf_lexer(std::string_view bytes) noexcept
      : p_{bytes.data()}, end_{bytes.data() + bytes.size()} {}

  /// The next token, array, dictionary or string; empty at the end. What is open at the end, ends there.
  [[nodiscard]] std::string_view token() noexcept {
    pass_space();
    const char* const begin = p_;
    std::size_t depth = 0;
    do {
      pass_space();
      if (p_ == end_) { break; }
      const bool is_double = end_ - p_ >= 2 && p_[0] == p_[1];
      switch (*p_) {
        case '(': pass_string(); break;
        case '<':
          if (is_double) {
            ++depth;
            p_ += 2;
          } else {
            while (p_ != end_ && *p_ != '>') { ++p_; }
            if (p_ != end_) { ++p_; }
          }
          break;
        case '[':
          ++depth;
          ++p_;
          break;
        case '>':
        case ']':
          depth -= depth == 0 ? 0 : 1;
          p_ += *p_ == '>' && is_double ? 2 : 1;
          break;
        default:
          ++p_;
          if (p_[-1] == '/' || pdf::is_regular(p_[-1])) {
            while (p_ != end_ && pdf::is_regular(*p_)) { ++p_; }
          }
      }
    } while (depth != 0);
    return {begin, static_cast<std::size_t>(p_ - begin)};
  }
  /// The same, with references ("12 0 R") as one.
  [[nodiscard]] std::string_view value() noexcept {
    const std::string_view first = token();
    if (!pdf::is_unsigned(first)) { return first; }
    const char* const behind = p_;
    if (pdf::is_unsigned(token()) && token() == "R") {
      return {first.data(), static_cast<std::size_t>(p_ - first.data())};
    }
    p_ = behind;
    return first;
  }
  /// What is left.
  [[nodiscard]] std::string_view rest() const noexcept {
    return {p_, static_cast<std::size_t>(end_ - p_)};
  }
  /// Goes on `size` bytes further, of which there are as many.
  void skip(std::size_t size) noexcept { p_ += size; }
  /// Passes white space and comments.
  void pass_space() noexcept {
    while (p_ != end_ && (pdf::is_white(*p_) || *p_ == '%')) {
      if (*p_ == '%') {
        while (p_ != end_ && *p_ != '\n' && *p_ != '\r') { ++p_; }
      } else {
        ++p_;
      }
    }
  }

private:
  void pass_string() noexcept {
    std::size_t depth = 0;
    for (; p_ != end_; ++p_) {
      if (*p_ == '\\') {
        if (++p_ == end_) { return; }
      } else if (*p_ == '(') {
        ++depth;
      } else if (*p_ == ')' && --depth == 0) {
        ++p_;
        return;
      }
    }
  }

  const char* p_ = nullptr;
  const char* end_ = nullptr;
};

/// What kind of value `value` is.
[[nodiscard]] inline bool is_pdf_dictionary(std::string_view value) noexcept {
  return value.starts_with("<<");
}
[[nodiscard]] inline bool is_pdf_array(std::string_view value) noexcept {
  return value.starts_with('[');
}
[[nodiscard]] inline bool is_pdf_string(std::string_view value) noexcept {
  return value.starts_with('(') || (value.starts_with('<') && !is_pdf_dictionary(value));
}

/// What is between the brackets of an array or a dictionary.
[[nodiscard]] inline std::string_view pdf_inside(std::string_view value) noexcept {
  const std::size_t around = is_pdf_dictionary(value) ? 2 : is_pdf_array(value) ? 1 : value.size();
  if (value.size() < 2 * around) { return {}; }
  return value.substr(around, value.size() - 2 * around);
}

/// The value of `key` in a dictionary; empty when it is not there.
[[nodiscard]] inline std::string_view pdf_entry(std::string_view dictionary,
                                                std::string_view key) noexcept {
  if (!is_pdf_dictionary(dictionary)) { return {}; }
  pdf_lexer lexer{pdf_inside(dictionary)};
  for (;;) {
    const std::string_view name = lexer.token();
    if (name.empty()) { return {}; }
    const std::string_view value = lexer.value();
    if (name.front() == '/' && name.substr(1) == key) { return value; }
  }
}

/// The number that `value` is; 0 when it is none.
[[nodiscard]] inline double pdf_number(std::string_view value) noexcept {
  double number = 0;
  double scale = 1;
  bool is_fraction = false;
  const bool is_negative = value.starts_with('-');
  for (const char c : value.substr(is_negative || value.starts_with('+') ? 1 : 0)) {
    if (pdf::is_digit(c)) {
      number = number * 10 + (c - '0');
      scale *= is_fraction ? 10 : 1;
    } else if (c == '.' && !is_fraction) {
      is_fraction = true;
    } else {
      break;
    }
    if (scale > 1e15 || number > 1e15) { break; }
  }
  return (is_negative ? -number : number) / scale;
}
/// The same, from 0 to `most`.
[[nodiscard]] inline std::uint32_t pdf_count(std::string_view value, std::uint32_t most) noexcept {
  const double number = pdf_number(value);
  return number <= 0 ? 0 : number >= most ? most : static_cast<std::uint32_t>(number);
}

/// Adds the bytes that string `value` stands for behind `out`. False: no memory.
[[nodiscard]] inline bool pdf_bytes(std::string_view value, growing_bytes& out) noexcept {
  const auto put = [&](std::uint32_t code) {
    const char c = static_cast<char>(code);
    return out.append({&c, 1});
  };
  if (value.starts_with('<')) {
    std::uint32_t high = 16;
    for (const char c : value) {
      const std::uint32_t digit = pdf::hex_digit(c);
      if (digit == 16) { continue; }
      if (high != 16 && !put(high << 4U | digit)) { return false; }
      high = high == 16 ? digit : 16;
    }
    return high == 16 || put(high << 4U);
  }
  if (value.size() < 2) { return true; }
  value = value.substr(1, value.size() - (value.ends_with(')') ? 2 : 1));
  while (!value.empty()) {
    const std::size_t plain = value.find('\\') < value.size() ? value.find('\\') : value.size();
    if (!out.append(value.substr(0, plain))) { return false; }
    value.remove_prefix(plain);
    if (value.size() < 2) { return true; }
    const char c = value[1];
    value.remove_prefix(2);
    if (c >= '0' && c <= '7') {
      auto code = static_cast<std::uint32_t>(c - '0');
      for (int i = 0; i != 2 && !value.empty() && value[0] >= '0' && value[0] <= '7'; ++i) {
        code = code * 8 + static_cast<std::uint32_t>(value[0] - '0');
        value.remove_prefix(1);
      }
      if (!put(code)) { return false; }
    } else if (c == '\r' || c == '\n') { // the line goes on
      if (c == '\r' && value.starts_with('\n')) { value.remove_prefix(1); }
    } else {
      constexpr std::string_view names = "nrtbf";
      constexpr std::string_view meanings = "\n\r\t\b\f";
      const std::size_t i = names.find(c);
      if (!put(static_cast<unsigned char>(i < names.size() ? meanings[i] : c))) { return false; }
    }
  }
  return true;
}

} // namespace document
