// examples/document/yaml_text.hpp - the text of a YAML stream, as a transform.
//
// Parses with libyaml (YAML 1.1, and what 1.2 has in common with it) and writes a line for each value
// (tree_text.hpp), scalars as text, aliases as `*name` and not as what they stand for, so that none can
// explode. Documents are parted by a blank line. libyaml reads from one piece of memory: see
// whole_document.hpp. UTF-8 and UTF-16 are told apart by a byte order mark.
//
//   document::yaml_text t;
//   linmem::step_result r = t.step(linmem::as_bytes("a: 1\nb: [x, y]\n"), out, true);   // "a: 1\nb:\n- x\n- y\n"
//
// What is no YAML is an error with line and column. Needs yaml.h on the include path and libyaml linked.
#pragma once

#include "findings.hpp"
#include "growing_bytes.hpp"
#include "tree_text.hpp"
#include "whole_document.hpp"

#include <linmem/error.hpp> // linmem::error, linmem::errc

#include <yaml.h>

#include <bitset>      // std::bitset
#include <cstddef>     // std::size_t
#include <string_view> // std::string_view

namespace document {

namespace detail {

inline constexpr linmem::error no_memory_for_yaml{linmem::errc::out_of_memory,
                                                  "YAML document in bytes", 0, 0};

inline const char* text_of(const yaml_char_t* text) noexcept {
  return reinterpret_cast<const char*>(text); // NOLINT: char may alias
}

// libyaml's parser and the event that it made last.
class yaml_reader {
public:
  yaml_reader() noexcept = default;
  yaml_reader(const yaml_reader&) = delete;
  yaml_reader& operator=(const yaml_reader&) = delete;
  ~yaml_reader() {
    yaml_event_delete(&event_);
    yaml_parser_delete(&parser_);
  }
  [[nodiscard]] bool open(std::string_view document) noexcept {
    if (yaml_parser_initialize(&parser_) == 0) { return false; }
    // A null pointer is no text, not even an empty one.
    const char* const text = document.empty() ? "" : document.data();
    yaml_parser_set_input_string(&parser_, reinterpret_cast<const unsigned char*>(text), // NOLINT
                                 document.size());
    return true;
  }
  [[nodiscard]] bool next() noexcept {
    yaml_event_delete(&event_);
    return yaml_parser_parse(&parser_, &event_) != 0;
  }
  const yaml_event_t* operator->() const noexcept { return &event_; }
  const yaml_event_t& event() const noexcept { return event_; }
  [[nodiscard]] linmem::error failure() const noexcept {
    // Where it lacked memory for a copy of a name, it fails without saying why.
    if (parser_.error == YAML_MEMORY_ERROR || parser_.problem == nullptr) {
      return no_memory_for_yaml;
    }
    const yaml_mark_t& at =
        parser_.error == YAML_READER_ERROR ? parser_.mark : parser_.problem_mark;
    return syntax_error("YAML", at.line + 1, at.column + 1, parser_.problem);
  }

private:
  yaml_parser_t parser_{};
  yaml_event_t event_{};
};

} // namespace detail

/// See whole_document.
struct yaml_parser {
  static constexpr const char* subject = detail::no_memory_for_yaml.subject; ///< in errors
  static constexpr std::size_t longest = std::size_t{1} << 29U;              ///< bytes

  /// invalid_data with line and column; limit_exceeded for nesting; out_of_memory.
  template <text_sink Sink>
  [[nodiscard]] linmem::error parse(std::string_view document, text_output& out,
                                    Sink& sink) noexcept {
    using detail::text_of;
    constexpr linmem::error no_memory = detail::no_memory_for_yaml;
    detail::yaml_reader events;
    if (!events.open(document)) { return no_memory; }
    tree_text<Sink> tree{out, sink};
    std::bitset<deepest_nesting + 1> is_value; // by depth: in a map, what comes is no key
    for (;;) {
      if (!events.next()) { return events.failure(); }
      bool written = true;
      const auto scalar = [&](std::string_view prefix, std::string_view text) {
        if (tree.in_map()) { is_value.flip(tree.depth()); }
        const bool is_key = tree.in_map() && is_value[tree.depth()];
        return is_key ? tree.key(prefix, text) : tree.scalar(prefix, text);
      };
      switch (events->type) {
        case YAML_STREAM_END_EVENT: return tree.finish() ? linmem::error{} : no_memory;
        case YAML_DOCUMENT_START_EVENT: tree.separate(); break;
        case YAML_SCALAR_EVENT:
          written = scalar("", {text_of(events->data.scalar.value), events->data.scalar.length});
          break;
        case YAML_ALIAS_EVENT: written = scalar("*", text_of(events->data.alias.anchor)); break;
        case YAML_SEQUENCE_START_EVENT:
        case YAML_MAPPING_START_EVENT:
          if (tree.in_map()) { is_value.flip(tree.depth()); }
          if (!tree.may_nest()) { return nesting_error("YAML nesting in levels"); }
          events->type == YAML_MAPPING_START_EVENT ? tree.begin_map() : tree.begin_list();
          is_value[tree.depth()] = false;
          break;
        case YAML_SEQUENCE_END_EVENT:
        case YAML_MAPPING_END_EVENT: tree.end(); break;
        default: break;
      }
      if (!written) { return no_memory; }
    }
  }
};

/// Adds what the map at the top of `document` says to `found`: scalars, and lists of scalars, under
/// their keys in lower case. Nothing of what is nested deeper; of what is no YAML, what precedes that.
inline void yaml_metadata(std::string_view document, findings& found) noexcept {
  detail::yaml_reader events;
  if (!events.open(document)) { return; }
  growing_bytes key;
  std::size_t depth = 0; // maps and lists that are open; the outermost is a map
  bool is_value = false; // what comes next in that map
  bool in_list = false;  // that is the value of a key
  while (events.next() && events->type != YAML_STREAM_END_EVENT) {
    const yaml_event_t& event = events.event();
    switch (event.type) {
      case YAML_SCALAR_EVENT: {
        const std::string_view text{detail::text_of(event.data.scalar.value),
                                    event.data.scalar.length};
        if (depth == 1 && !is_value) {
          if (!assign_key(key, text)) { return; }
        } else if (depth == 1 && key.size() != 0 && !text.empty()) {
          found.text(key.text(), text);
        } else if (depth == 2 && in_list) {
          found.entry(key.text(), text);
        }
        break;
      }
      case YAML_ALIAS_EVENT: key.clear(); break;
      case YAML_SEQUENCE_START_EVENT:
      case YAML_MAPPING_START_EVENT:
        if (depth == 0 && event.type != YAML_MAPPING_START_EVENT) { return; }
        if (++depth > deepest_nesting) { return; }
        if (depth == 2) {
          if (!is_value) { key.clear(); }
          in_list = key.size() != 0 && event.type == YAML_SEQUENCE_START_EVENT;
        }
        continue;
      case YAML_SEQUENCE_END_EVENT:
      case YAML_MAPPING_END_EVENT: --depth; break;
      default: continue;
    }
    if (depth == 1) { is_value = !is_value; }
  }
}

/// See this header's first lines.
using yaml_text = whole_document<yaml_parser>;

} // namespace document
