// examples/document/front_matter.hpp - the block of metadata that a Markdown document may begin with.
//
// Between lines `---` it is YAML, between lines `+++` TOML. `---` is also a rule, and `---` below a line
// makes it a heading: so the block must begin like metadata, with a key or a comment, or be empty.
//
//   document::split_front_matter("---\ntitle: a\n---\nb").text   // "title: a\n"
#pragma once

#include "text_layout.hpp" // is_space

#include <algorithm>   // std::min
#include <cstddef>     // std::size_t
#include <cstdint>     // std::uint8_t
#include <string_view> // std::string_view

namespace document {

/// What a document begins with, and what is behind it.
struct front_matter {
  enum class syntax : std::uint8_t { none, yaml, toml };

  syntax is = syntax::none; ///< what `text` is
  std::string_view text;    ///< between the lines that mark it
  std::string_view rest;    ///< the document, without it
};

namespace detail {

// Takes the first line off `rest`, without what ends it or stands blank at its end.
constexpr std::string_view take_line(std::string_view& rest) noexcept {
  const std::size_t feed = std::min(rest.find('\n'), rest.size());
  std::string_view line = rest.substr(0, feed);
  rest.remove_prefix(std::min(feed + 1, rest.size()));
  while (!line.empty() && is_space(line.back())) { line.remove_suffix(1); }
  return line;
}

} // namespace detail

/// See front_matter.
[[nodiscard]] constexpr front_matter split_front_matter(std::string_view document) noexcept {
  using syntax = front_matter::syntax;
  const front_matter none{syntax::none, {}, document};
  std::string_view rest = document;
  const std::string_view mark = detail::take_line(rest);
  const syntax is = mark == "---" ? syntax::yaml : mark == "+++" ? syntax::toml : syntax::none;
  if (is == syntax::none || rest.empty()) { return none; }
  const std::string_view inside = rest;
  for (bool first = true; !rest.empty(); first = false) {
    const std::size_t size = inside.size() - rest.size();
    const std::string_view line = detail::take_line(rest);
    if (line == mark || (is == syntax::yaml && line == "...")) {
      return {is, inside.substr(0, size), rest};
    }
    const bool is_table = is == syntax::toml && line.starts_with('[');
    const bool has_key = line.find(is == syntax::yaml ? ':' : '=') != line.npos;
    if (first && !has_key && !is_table && !line.starts_with('#')) { break; }
  }
  return none;
}

} // namespace document
