// examples/document/html_finder.hpp - what an HTML document has besides its text.
//
// Told by an html_writer of the tags and the text that are shown, it finds title, language, author,
// description, canonical and base address, headings, links and images (metadata), tables and images within
// the document (items). Addresses are as they are written, not resolved. Memory: one heading, one
// cell and the attributes of one tag, each up to a limit. All of its work is done at tags; where nothing
// is asked for there is none.
//
//   document::html_finder finder{state, outline, found, position, out.at};
#pragma once

#include "findings.hpp"
#include "growing_bytes.hpp"
#include "html_elements.hpp"
#include "outline.hpp"

#include <algorithm>   // std::max, std::min
#include <array>       // std::array
#include <cstddef>     // std::size_t
#include <cstdint>     // std::uint8_t, std::uint32_t, std::uint64_t
#include <string_view> // std::string_view
#include <utility>     // std::exchange

namespace document {

/// What an html_finder remembers of the start tag whose attributes come.
struct html_attributes {
  enum class slot : std::uint8_t { none, key, value };

  growing_bytes key;           ///< `name`, `rel`, `alt`, `colspan`
  growing_bytes value;         ///< `content`, `href`, `src`, `lang`, `rowspan`
  std::uint64_t position = 0;  ///< of the tag in the text
  slot comes = slot::none;     ///< what the value that comes now is
  bool has_key = false;        ///< the first of two attributes counts
  bool has_value = false;      ///< the same
  bool has_long_value = false; ///< `value` is cut
};

/// See this header's first lines. Made for one call; the state is elsewhere.
class html_finder {
public:
  static constexpr std::size_t longest_value = std::size_t{16} << 10U; ///< bytes of an attribute
  static constexpr std::size_t longest_image = std::size_t{8}
                                               << 20U; ///< bytes of one with an image

  /// Remembers in `attributes` and `outline`; `position` is that of `at` in the text.
  html_finder(html_attributes& attributes, outline& outline, findings& found,
              std::uint64_t position, const char* at) noexcept
      : attributes_{attributes}, outline_{outline}, found_{found}, position_{position}, at_{at} {}

  /// See html_tokenizer; `at` is where text is written now.
  [[nodiscard]] bool wants_attributes(const html_name& tag, const char* at) noexcept {
    attributes_.position = position_ + static_cast<std::size_t>(at - at_);
    attributes_.key.clear();
    attributes_.value.clear();
    attributes_.comes = html_attributes::slot::none;
    attributes_.has_key = attributes_.has_value = attributes_.has_long_value = false;
    for (const wanted_attribute& wanted : wanted_attributes) {
      if (tag == wanted.tag) { return true; }
    }
    return false;
  }
  /// See html_tokenizer.
  [[nodiscard]] bool wants_attribute(const html_name& tag, const html_name& attribute) noexcept {
    attributes_.comes = html_attributes::slot::none;
    for (const wanted_attribute& wanted : wanted_attributes) {
      if (!(tag == wanted.tag && attribute == wanted.attribute)) { continue; }
      bool& has =
          wanted.is == html_attributes::slot::key ? attributes_.has_key : attributes_.has_value;
      if (!std::exchange(has, true)) { attributes_.comes = wanted.is; }
    }
    return attributes_.comes != html_attributes::slot::none;
  }
  /// See html_tokenizer; takes all.
  void attribute_value(const element& tag, std::string_view text) noexcept {
    if (attributes_.comes == html_attributes::slot::none) { return; }
    const bool is_key = attributes_.comes == html_attributes::slot::key;
    growing_bytes& to = is_key ? attributes_.key : attributes_.value;
    const bool may_be_image = !is_key && tag.role == element_role::image && found_.wanted().items;
    const std::size_t longest = may_be_image ? longest_image : longest_value;
    if (text.size() > longest - to.size() || !to.append(text)) {
      attributes_.comes = html_attributes::slot::none;
      attributes_.has_long_value = true;
    }
  }

  /// A tag that is shown, all of its attributes seen.
  void start_tag(const html_name& name, const element& e) noexcept {
    switch (e.role) {
      case element_role::title: outline_.begin_heading(found_, 0); return;
      case element_role::image: start_image(); return;
      case element_role::table: outline_.begin_table(found_, attributes_.position); return;
      case element_role::row: outline_.end_row(found_); return;
      case element_role::cell:
        outline_.begin_cell(found_, number_in(attributes_.key.text(), 1000),
                            number_in(attributes_.value.text(), 65534));
        return;
      case element_role::inline_text: start_inline(name); return;
      default: break;
    }
    pass_block(
        name, [&](std::uint32_t level) { outline_.begin_heading(found_, level); },
        [&] { outline_.begin_caption(); });
    if (name == short_html_name{"html"} && has_value()) {
      found_.text("language", trimmed(attributes_.value.text()));
    }
  }
  /// The end of such.
  void end_tag(const html_name& name, const element& e) noexcept {
    switch (e.role) {
      case element_role::title: outline_.end_heading(found_); return;
      case element_role::table: outline_.end_table(found_); return;
      case element_role::row: outline_.end_row(found_); return;
      case element_role::cell: outline_.end_cell(found_); return;
      case element_role::inline_text: return;
      default: break;
    }
    pass_block(
        name, [&](std::uint32_t) { outline_.end_heading(found_); },
        [&] { outline_.end_caption(); });
  }
  /// Text that is shown.
  void text(std::string_view text) noexcept { outline_.text(text); }

private:
  struct wanted_attribute {
    short_html_name tag;
    short_html_name attribute;
    html_attributes::slot is;
  };
  static constexpr std::array wanted_attributes{
      wanted_attribute{short_html_name{"a"}, short_html_name{"href"}, html_attributes::slot::value},
      wanted_attribute{short_html_name{"area"}, short_html_name{"href"},
                       html_attributes::slot::value},
      wanted_attribute{short_html_name{"base"}, short_html_name{"href"},
                       html_attributes::slot::value},
      wanted_attribute{short_html_name{"html"}, short_html_name{"lang"},
                       html_attributes::slot::value},
      wanted_attribute{short_html_name{"img"}, short_html_name{"alt"}, html_attributes::slot::key},
      wanted_attribute{short_html_name{"img"}, short_html_name{"src"},
                       html_attributes::slot::value},
      wanted_attribute{short_html_name{"link"}, short_html_name{"rel"}, html_attributes::slot::key},
      wanted_attribute{short_html_name{"link"}, short_html_name{"href"},
                       html_attributes::slot::value},
      wanted_attribute{short_html_name{"meta"}, short_html_name{"name"},
                       html_attributes::slot::key},
      wanted_attribute{short_html_name{"meta"}, short_html_name{"content"},
                       html_attributes::slot::value},
      wanted_attribute{short_html_name{"td"}, short_html_name{"colspan"},
                       html_attributes::slot::key},
      wanted_attribute{short_html_name{"td"}, short_html_name{"rowspan"},
                       html_attributes::slot::value},
      wanted_attribute{short_html_name{"th"}, short_html_name{"colspan"},
                       html_attributes::slot::key},
      wanted_attribute{short_html_name{"th"}, short_html_name{"rowspan"},
                       html_attributes::slot::value},
  };

  // A value that is there, and whole: half an address is none.
  [[nodiscard]] bool has_value() noexcept {
    if (attributes_.has_long_value) { found_.truncate(); }
    return !attributes_.has_long_value && !trimmed(attributes_.value.text()).empty();
  }
  // The digits at the beginning; 1 for none and for 0.
  static std::uint32_t number_in(std::string_view text, std::uint32_t most) noexcept {
    std::uint32_t number = 0;
    for (const char c : trimmed(text)) {
      if (c < '0' || c > '9') { break; }
      number = std::min(number * 10 + static_cast<std::uint32_t>(c - '0'), most);
    }
    return std::max(number, std::uint32_t{1});
  }
  template <class Heading, class Caption>
  void pass_block(const html_name& name, Heading heading, Caption caption) noexcept {
    if (name.size() == 2 && name[0] == 'h' && name[1] >= '1' && name[1] <= '6') {
      heading(static_cast<std::uint32_t>(name[1] - '0'));
    } else if (name == short_html_name{"caption"}) {
      caption();
    } else {
      outline_.space();
    }
  }
  void start_inline(const html_name& name) noexcept {
    const bool is_link = name == short_html_name{"link"};
    if (name == short_html_name{"a"} || name == short_html_name{"area"}) {
      if (has_value()) { found_.entry("links", trimmed(attributes_.value.text())); }
    } else if (name == short_html_name{"base"}) {
      if (has_value()) { found_.text("base", trimmed(attributes_.value.text())); }
    } else if (is_link || name == short_html_name{"meta"}) {
      const html_name key{trimmed(attributes_.key.text())};
      for (const known_key& known : known_keys) {
        if (known.is_link == is_link && html_name{known.name} == key && has_value()) {
          found_.text(known.name, trimmed(attributes_.value.text()));
        }
      }
    }
  }
  void start_image() noexcept {
    outline_.space();
    const std::string_view source = attributes_.value.text();
    // Of an image within the address that is too long, it is still said that it is there.
    if (attributes_.has_long_value) {
      found_.truncate();
      const bool is_data = source.starts_with("data:");
      attributes_.value.cut(is_data ? std::min(source.find(';'), source.size()) : 0);
    }
    short_text text{longest_value};
    text.add(attributes_.key.text());
    outline_.text(text.text());
    outline_.space();
    outline_.image(found_, attributes_.value, text.text(), attributes_.position);
  }

  struct known_key {
    std::string_view name;
    bool is_link;
  };
  static constexpr std::array known_keys{
      known_key{"author", false}, known_key{"description", false}, known_key{"keywords", false},
      known_key{"canonical", true}};

  html_attributes& attributes_;
  outline& outline_;
  findings& found_;
  std::uint64_t position_;
  const char* at_;
};

} // namespace document
