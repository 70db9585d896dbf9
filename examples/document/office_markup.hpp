// examples/document/office_markup.hpp - the text of a part of a DOCX, PPTX or ODT document.
//
// All are made of paragraphs, text and tables; a list of names says which element is what. A part's
// tree is walked through once: text goes into a text_layout, and headings, links, tables and images are
// found on the way.
//
//   document::office_markup markup{package, text, found, roles}; // role_names
//   if (!markup.write("word/document.xml", related)) { return package.failure(); }
#pragma once

#include "growing_array.hpp"
#include "office_package.hpp"
#include "whole_document.hpp" // sink_text, text_keeper

#include <pugixml.hpp>

#include <cstddef>     // std::size_t
#include <cstdint>     // std::uint8_t, std::uint32_t
#include <span>        // std::span
#include <string_view> // std::string_view
#include <utility>     // std::exchange

namespace document {

/// What an element means.
enum class role : std::uint8_t {
  none,      ///< what its children mean
  hidden,    ///< nothing, nor do its children
  paragraph, ///< text behind a blank line
  heading,   ///< the same, of the level that it says
  row_text,  ///< text on a line of its own
  shape,     ///< on a slide: paragraphs, a title or what surrounds it
  item,      ///< the paragraph is one of a list
  text,
  space,
  hyphen,
  line,
  table,
  row,
  cell,
  link,
  image,
  aside,  ///< parted from what surrounds it; it may say in an attribute what a picture shows
  diagram ///< its text is a part of its own
};

/// An element's name, without its prefix, and what it means.
struct role_name {
  std::string_view name;
  role is;
};

/// The paragraph styles of a DOCX document, which say what is a heading.
class heading_styles {
public:
  /// Reads part `name`, if there is one.
  [[nodiscard]] bool load(office_package& package, std::string_view name) noexcept {
    if (!package.contains(name)) { return true; }
    if (!package.load(name, tree_)) { return false; }
    for (const pugi::xml_node node : tree_.document_element().children()) {
      if (local_name(node) != "style") { continue; }
      style s{attribute_of(child_of(node, "basedOn"), "val"), unsaid};
      if (const pugi::xml_node outline = child_of(child_of(node, "pPr"), "outlineLvl")) {
        s.level = level_in(outline);
      } else if (const std::uint32_t level =
                     level_named(attribute_of(child_of(node, "name"), "val"), "heading ")) {
        s.level = level;
      }
      if (!ids_.add(attribute_of(node, "styleId"), all_.size()) || !all_.push(s)) {
        return package.fail_for_memory();
      }
    }
    ids_.sort();
    return true;
  }

  /// The level of the heading that `paragraph` is, from 1; 0 when it is none.
  [[nodiscard]] std::uint32_t level_of(pugi::xml_node paragraph) noexcept {
    constexpr int most_bases = 10; // of styles: they may go round
    const pugi::xml_node properties = child_of(paragraph, "pPr");
    if (const pugi::xml_node outline = child_of(properties, "outlineLvl")) {
      return level_in(outline);
    }
    std::string_view id = attribute_of(child_of(properties, "pStyle"), "val");
    for (int i = 0; i != most_bases && !id.empty(); ++i) {
      const name_entry* const found = ids_.find(id);
      if (found == nullptr) { return level_named(id, "Heading"); }
      const style& s = all_[found->value];
      if (s.level != unsaid) { return s.level; }
      id = s.base;
    }
    return 0;
  }

private:
  static constexpr std::uint32_t unsaid = 99; // as a level: that of the base

  struct style {
    std::string_view base; // in tree_
    std::uint32_t level;
  };

  // Levels are 0 to 8 here; 9 is text.
  static std::uint32_t level_in(pugi::xml_node outline) noexcept {
    const std::string_view value = attribute_of(outline, "val");
    return value.size() == 1 && value[0] >= '0' && value[0] <= '8'
               ? static_cast<std::uint32_t>(value[0] - '0' + 1)
               : 0;
  }
  // The level in "Heading1" behind "Heading".
  static std::uint32_t level_named(std::string_view name, std::string_view prefix) noexcept {
    return name.size() == prefix.size() + 1 && name.starts_with(prefix) && name.back() >= '1' &&
                   name.back() <= '9'
               ? static_cast<std::uint32_t>(name.back() - '0')
               : 0;
  }

  pugi::xml_document tree_;
  growing_array<style> all_;
  name_index ids_;
};

/// See this header's first lines.
class office_markup {
public:
  /// All of it is referred to.
  office_markup(office_package& package, sink_text<text_keeper>& text, findings& found,
                std::span<const role_name> roles) noexcept
      : package_{package}, text_{text}, found_{found}, roles_{roles} {}

  /// Writes part `name`, whose relations are `related`, behind a blank line.
  [[nodiscard]] bool write(std::string_view name, relations& related) noexcept {
    pugi::xml_document tree;
    const unsigned flags = is_mixed ? pugi::parse_ws_pcdata : pugi::parse_ws_pcdata_single;
    if (!package_.load(name, tree, flags)) { return false; }
    related_ = &related;
    table_depth_ = 0;
    is_joined_ = false;
    heading_at_ = pugi::xml_node{};
    text_.layout.paragraph();
    return walk(tree, *this);
  }

  heading_styles* styles = nullptr; ///< of a DOCX document whose headings are wanted
  bool is_notes = false;            ///< of a slide: what surrounds them is left out
  bool is_mixed = false; ///< text stands between elements, and not only in those of its own

  /// See walk.
  visit enter(pugi::xml_node node) noexcept {
    switch (role_of(node)) {
      case role::none: return is_mixed && !is_element(node) ? put(node.value()) : visit::into;
      case role::hidden: return visit::past;
      case role::shape: return enter_shape(node);
      case role::paragraph:
        if (std::exchange(is_joined_, is_drop_cap(node))) { return visit::into; }
        text_.layout.paragraph();
        if (styles != nullptr) { begin_heading(node, styles->level_of(node)); }
        return separate() ? visit::into : no_memory();
      case role::heading:
        text_.layout.paragraph();
        begin_heading(node, level_of(node));
        return separate() ? visit::into : no_memory();
      case role::row_text: text_.layout.line(); return separate() ? visit::into : no_memory();
      case role::item:
        text_.layout.line();
        text_.layout.marker("- ");
        return visit::into;
      case role::text: return is_element(node.first_child()) ? visit::into : put(node.text().get());
      case role::hyphen: return put("-");
      case role::space: text_.layout.space(); return note(" ") ? visit::past : no_memory();
      case role::line: text_.layout.line(); return note("\n") ? visit::past : no_memory();
      case role::table:
        text_.layout.table();
        if (table_depth_++ == 0) { found_.begin_table("", text_.position()); }
        return visit::into;
      case role::row: text_.layout.row(); return visit::into;
      case role::cell:
        text_.layout.cell();
        if (table_depth_ == 1) { cell_.clear(); }
        return visit::into;
      case role::link:
        if (const std::string_view address = address_of(node); !address.empty()) {
          found_.entry("links", address);
        }
        return visit::into;
      case role::image: return found_.wanted().items ? find_image(node) : visit::into;
      case role::aside:
        text_.layout.space();
        return note(" ") && put(attribute_of(node, "descr")) != visit::stop ? visit::into
                                                                            : no_memory();
      case role::diagram: return enter_diagram(node);
    }
    return visit::into;
  }
  /// See walk.
  void leave(pugi::xml_node node) noexcept {
    switch (role_of(node)) {
      case role::paragraph:
      case role::heading:
      case role::shape:
        text_.layout.drop_marker();
        if (!is_joined_) { text_.layout.paragraph(); }
        break;
      case role::aside: text_.layout.space(); break;
      case role::row_text: text_.layout.line(); break;
      case role::table:
        text_.layout.table();
        if (--table_depth_ == 0) { found_.end_table(); }
        break;
      case role::row:
        text_.layout.row();
        if (table_depth_ == 1) { found_.end_row(); }
        break;
      case role::cell:
        text_.layout.end_cell();
        if (table_depth_ == 1) { found_.cell(trimmed(cell_.text())); }
        break;
      default: break;
    }
    if (node == heading_at_) {
      const std::string_view text = trimmed(heading_.text());
      if (!text.empty()) { found_.heading(heading_level_, text); }
      heading_at_ = pugi::xml_node{};
    }
  }

private:
  [[nodiscard]] role role_of(pugi::xml_node node) const noexcept {
    const std::string_view name = local_name(node);
    for (const role_name& r : roles_) {
      if (r.name == name) { return r.is; }
    }
    return role::none;
  }
  // Such a letter is a paragraph of its own, and the one behind it goes on with the word.
  static bool is_drop_cap(pugi::xml_node paragraph) noexcept {
    const std::string_view is =
        attribute_of(child_of(child_of(paragraph, "pPr"), "framePr"), "dropCap");
    return is == "drop" || is == "margin";
  }
  static bool is_element(pugi::xml_node node) noexcept {
    return node.type() == pugi::node_element || node.type() == pugi::node_document;
  }
  // The level that an element says, else 1.
  static std::uint32_t level_of(pugi::xml_node node) noexcept {
    const std::string_view level = attribute_of(node, "outline-level");
    return level.size() == 1 && level[0] >= '1' && level[0] <= '9'
               ? static_cast<std::uint32_t>(level[0] - '0')
               : 1;
  }
  std::string_view address_of(pugi::xml_node node) noexcept {
    const std::string_view own = attribute_of(node, "href"); // in ODT, else there is a relation
    return own.empty() ? related_->address(relation_of(node, "id")) : own;
  }

  visit enter_shape(pugi::xml_node node) noexcept {
    const pugi::xml_node holder = child_of(child_of(node, "nvSpPr"), "nvPr");
    const std::string_view is = attribute_of(child_of(holder, "ph"), "type");
    if (is_notes) {
      for (const std::string_view around : {"sldImg", "sldNum", "hdr", "ftr", "dt"}) {
        if (is == around) { return visit::past; }
      }
    } else if (is == "title" || is == "ctrTitle") {
      begin_heading(node, 1);
    }
    text_.layout.paragraph();
    return visit::into;
  }
  // Made of the same elements. Diagrams within it are none of any program's, and left out.
  visit enter_diagram(pugi::xml_node node) noexcept {
    growing_bytes part;
    pugi::xml_document tree;
    relations none;
    if (!related_->part(relation_of(node, "dm"), part)) { return no_memory(); }
    if (!package_.take(part.text())) { return visit::past; }
    if (!package_.load(part.text(), tree)) { return visit::stop; }
    relations* const outer = std::exchange(related_, &none);
    const bool is_read = walk(tree, *this);
    related_ = outer;
    return is_read ? visit::past : visit::stop;
  }
  visit find_image(pugi::xml_node node) noexcept {
    growing_bytes part;
    std::string_view name = attribute_of(node, "href"); // in ODT, else there is a relation
    if (name.empty()) {
      const std::string_view embedded = relation_of(node, "embed");
      if (!related_->part(embedded.empty() ? relation_of(node, "id") : embedded, part)) {
        return no_memory();
      }
      name = part.text();
    }
    return package_.find_image(name, text_.position(), found_) ? visit::into : visit::stop;
  }
  void begin_heading(pugi::xml_node node, std::uint32_t level) noexcept {
    if (level == 0 || heading_at_ || !found_.wanted().metadata) { return; }
    heading_at_ = node;
    heading_level_ = level;
    heading_.clear();
  }

  visit put(std::string_view text) noexcept {
    return text_.flowing(text) && note(text) ? visit::past : no_memory();
  }
  // Keeps text for what is found.
  [[nodiscard]] bool note(std::string_view text) noexcept {
    return (!heading_at_ || heading_.append(text)) && (!in_cell() || cell_.append(text));
  }
  // Parts a paragraph from what precedes it there.
  [[nodiscard]] bool separate() noexcept {
    return (!heading_at_ || heading_.size() == 0 || heading_.append("\n")) &&
           (!in_cell() || cell_.size() == 0 || cell_.append("\n"));
  }
  [[nodiscard]] bool in_cell() const noexcept { return table_depth_ != 0 && found_.wanted().items; }
  static std::string_view trimmed(std::string_view text) noexcept {
    while (!text.empty() && is_space(text.back())) { text.remove_suffix(1); }
    while (!text.empty() && is_space(text.front())) { text.remove_prefix(1); }
    return text;
  }
  visit no_memory() noexcept {
    package_.fail_for_memory();
    return visit::stop;
  }

  office_package& package_;
  sink_text<text_keeper>& text_;
  findings& found_;
  std::span<const role_name> roles_;
  relations* related_ = nullptr;
  std::size_t table_depth_ = 0;
  bool is_joined_ = false; // the next paragraph, to the one before it
  growing_bytes cell_;     // of the outermost table
  pugi::xml_node heading_at_;
  std::uint32_t heading_level_ = 0;
  growing_bytes heading_;
};

} // namespace document
