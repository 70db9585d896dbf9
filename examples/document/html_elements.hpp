// examples/document/html_elements.hpp - what each HTML element means for plain text.
//
// A table from tag names to what a reader of plain text would notice of them: a new line, a list item,
// a cell, text that is not shown. What is not in the table is inline and leaves no trace. Not the
// standard's tree construction; style sheets and the attribute `hidden` are not looked at.
//
//   document::find_element(document::html_name{"h1"}).role == document::element_role::paragraph
//
// The table is made at compile time; a look-up computes one hash and compares one or two names.
#pragma once

#include "html_tokenizer.hpp"

#include <algorithm>   // std::min
#include <array>       // std::array
#include <cstddef>     // std::size_t
#include <cstdint>     // std::uint8_t, std::uint64_t
#include <string_view> // std::string_view

namespace document {

/// What an element does to the text.
enum class element_role : std::uint8_t {
  inline_text,    ///< nothing
  line,           ///< stands on lines of its own
  paragraph,      ///< stands between blank lines
  line_break,     ///< ends the line
  spaced,         ///< inline, but no part of the word before or behind it
  image,          ///< its text is its attribute `alt`
  list,           ///< items are marked "- "
  ordered_list,   ///< items are numbered
  item,           ///< of either
  table,          ///< of rows
  row,            ///< of cells
  cell,           ///< parted from the one before by a tab
  title,          ///< a paragraph of references and text
  text_area,      ///< a line of references and text, white space kept
  preformatted,   ///< a paragraph, white space kept
  raw_text,       ///< the same, and no markup in it
  plaintext,      ///< the same, to the end of the document
  hidden,         ///< its content is not shown
  hidden_raw,     ///< the same, and no markup in it
  hidden_script,  ///< the same, by the rules of scripts
  foreign,        ///< SVG or MathML begins
  html_in_foreign ///< HTML goes on within SVG or MathML
};

/// An entry of the table.
struct element {
  element_role role = element_role::inline_text; ///< in HTML
  bool leaves_foreign = false;                   ///< its start tag ends SVG and MathML
};

namespace detail {

// `!` in front of a name: its start tag ends SVG and MathML, as the standard lists them.
struct role_names {
  element_role role;
  std::string_view names; // between spaces
};

inline constexpr std::array role_list{
    role_names{element_role::inline_text,
               "!b !big !code !em !embed !i !meta !nobr !ruby !s !small !span !strong !strike !sub "
               "!sup !tt !u !var"},
    role_names{element_role::line,
               "address !body caption !center !dd details dialog !div !dt figcaption frameset "
               "!head hgroup html legend optgroup option search summary tbody tfoot thead"},
    role_names{element_role::paragraph,
               "article aside !blockquote !dl fieldset figure footer form !h1 !h2 !h3 !h4 !h5 !h6 "
               "header !hr main nav !p section"},
    role_names{element_role::line_break, "!br"},
    role_names{element_role::spaced,
               "audio button canvas input meter object progress select video"},
    role_names{element_role::image, "!img"},
    role_names{element_role::list, "dir !menu !ul"},
    role_names{element_role::ordered_list, "!ol"},
    role_names{element_role::item, "!li"},
    role_names{element_role::table, "!table"},
    role_names{element_role::row, "tr"},
    role_names{element_role::cell, "td th"},
    role_names{element_role::title, "title"},
    role_names{element_role::text_area, "textarea"},
    role_names{element_role::preformatted, "!listing !pre"},
    role_names{element_role::raw_text, "xmp"},
    role_names{element_role::plaintext, "plaintext"},
    role_names{element_role::hidden, "annotation annotation-xml template"},
    role_names{element_role::hidden_raw, "iframe noembed noframes style"},
    role_names{element_role::hidden_script, "script"},
    role_names{element_role::foreign, "math svg"},
    role_names{element_role::html_in_foreign, "desc foreignobject mi mn mo ms mtext"},
};

// Names lie in two halves: few have a second one, and come first.
struct element_table {
  static constexpr std::size_t slots = 256; // a power of two, at least twice the number of names
  static constexpr std::size_t most_long = 8;
  std::array<element, 128> elements{};         // the first is what is not in the table
  std::array<std::uint64_t, 128> low{};        // of their names
  std::array<std::uint64_t, most_long> high{}; // of their names, 0 for all behind
  std::array<std::uint8_t, slots> slot{};      // 0: free
};

// Open addressing: a name lies in the first free slot from its hash on.
inline constexpr element_table elements = [] {
  element_table made;
  std::size_t count = 1;
  const auto add = [&](const html_name& name, element e) {
    made.elements[count] = e;
    made.low[count] = name.low();
    if (name.high() != 0) { made.high.at(count) = name.high(); }
    std::size_t at = name.hash() % element_table::slots;
    while (made.slot[at] != 0) { at = (at + 1) % element_table::slots; }
    made.slot[at] = static_cast<std::uint8_t>(count++);
  };
  for (const bool is_long : {true, false}) {
    for (const role_names& group : role_list) {
      std::string_view names = group.names;
      while (!names.empty()) {
        const std::size_t length = std::min(names.find(' '), names.size());
        const std::string_view word = names.substr(0, length);
        names.remove_prefix(std::min(length + 1, names.size()));
        const bool leaves = word.front() == '!';
        const html_name name{word.substr(leaves ? 1 : 0)};
        if ((name.high() != 0) == is_long) { add(name, {group.role, leaves}); }
      }
    }
  }
  return made;
}();

} // namespace detail

/// The entry of `name`; that of an inline element when there is none.
[[nodiscard]] constexpr const element& find_element(const html_name& name) noexcept {
  constexpr const detail::element_table& table = detail::elements;
  for (std::size_t at = name.hash() % table.slots;; at = (at + 1) % table.slots) {
    const std::size_t i = table.slot[at];
    if (i == 0) { return table.elements[0]; }
    if (table.low[i] == name.low() && name.high() == (i < table.most_long ? table.high[i] : 0)) {
      return table.elements[i];
    }
  }
}

} // namespace document
