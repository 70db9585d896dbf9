// examples/document/html_doctype.hpp - what a doctype says.
//
// An html_tokenizer hands over what is between `<!doctype` and `>` as it stands; this reads it by the
// states of the HTML standard (13.2.5.53 and on). Not needed for text: what a doctype decides is how a
// page is laid out.
//
//   document::read_doctype(" html", true).name   // "html"
#pragma once

#include "text_layout.hpp" // is_space

#include <algorithm>   // std::min
#include <cstddef>     // std::size_t
#include <optional>    // std::optional
#include <string_view> // std::string_view

namespace document {

/// A doctype token. Its texts are parts of what was read.
struct html_doctype {
  std::optional<std::string_view> name;      ///< as it is written; the standard lowers its letters
  std::optional<std::string_view> public_id; ///< the public identifier
  std::optional<std::string_view> system_id; ///< the system identifier
  bool force_quirks = false;                 ///< something is wrong with it
};

/// Reads `text`; `is_closed` when `>` followed, and not the end of the input.
[[nodiscard]] constexpr html_doctype read_doctype(std::string_view text, bool is_closed) noexcept {
  html_doctype made;
  const auto skip_spaces = [&] {
    while (!text.empty() && is_space(text.front())) { text.remove_prefix(1); }
  };
  const auto take = [&](std::size_t size) {
    const std::string_view taken = text.substr(0, size);
    text.remove_prefix(taken.size());
    return taken;
  };
  const auto take_keyword = [&](std::string_view keyword) {
    if (text.size() < keyword.size()) { return false; }
    for (std::size_t i = 0; i != keyword.size(); ++i) {
      if ((text[i] | 0x20) != keyword[i]) { return false; }
    }
    text.remove_prefix(keyword.size());
    return true;
  };
  // A quoted identifier; without its second quote it is what is there, and wrong.
  const auto take_quoted = [&](std::optional<std::string_view>& id) {
    const char quote = text.empty() ? '\0' : text.front();
    if (quote != '"' && quote != '\'') { return false; }
    text.remove_prefix(1);
    id = take(std::min(text.find(quote), text.size()));
    made.force_quirks = text.empty();
    take(1);
    return !made.force_quirks;
  };

  skip_spaces();
  std::size_t size = 0;
  while (size != text.size() && !is_space(text[size])) { ++size; }
  if (size != 0) { made.name = take(size); }
  skip_spaces();
  const bool is_public = take_keyword("public");
  const bool is_system = !is_public && take_keyword("system");
  bool ended = text.empty() && !is_public && !is_system; // where `>` is right
  made.force_quirks = size == 0 || (!ended && !is_public && !is_system);
  if (is_public || is_system) {
    skip_spaces();
    if (!take_quoted(is_public ? made.public_id : made.system_id)) {
      made.force_quirks = true;
    } else {
      skip_spaces();
      if (is_public && !text.empty()) { made.force_quirks = !take_quoted(made.system_id); }
      skip_spaces();
      ended = text.empty();
    }
  }
  // Behind the system identifier anything may stand, and in what is wrong already.
  const bool is_bogus = !made.force_quirks && !ended;
  if (!is_closed && !is_bogus) { made.force_quirks = true; }
  return made;
}

} // namespace document
