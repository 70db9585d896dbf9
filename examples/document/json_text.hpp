// examples/document/json_text.hpp - the text of a JSON document, as a transform.
//
// Parses with yyjson, strictly by RFC 8259, and writes a line for each value (tree_text.hpp); numbers
// stand as they are written. The parser needs the whole document: see whole_document.hpp. A byte order
// mark is left out. What is no JSON is an error with line and column, and gives no text.
//
//   document::json_text t;
//   linmem::step_result r =
//       t.step(linmem::as_bytes(R"({"a": 1, "b": ["x", null]})"), out, true);   // "a: 1\nb:\n- x\n- null\n"
//
// Needs yyjson.h on the include path and yyjson.c linked.
#pragma once

#include "tree_text.hpp"
#include "whole_document.hpp"

#include <linmem/error.hpp> // linmem::error, linmem::errc

#include <yyjson.h>

#include <array>       // std::array
#include <cstddef>     // std::size_t
#include <memory>      // std::unique_ptr
#include <string_view> // std::string_view

namespace document {

/// See whole_document.
struct json_parser {
  static constexpr const char* subject = "JSON document in bytes"; ///< in errors
  static constexpr std::size_t longest = std::size_t{1} << 30U;    ///< bytes

  /// invalid_data with line and column; limit_exceeded for nesting; out_of_memory.
  template <text_sink Sink>
  [[nodiscard]] linmem::error parse(std::string_view document, text_output& out,
                                    Sink& sink) noexcept {
    constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";
    if (document.starts_with(byte_order_mark)) { document.remove_prefix(byte_order_mark.size()); }
    // Not written to without YYJSON_READ_INSITU. A null pointer is no text, not even an empty one.
    char* const text = const_cast<char*>(document.empty() ? "" : document.data());
    yyjson_read_err why{};
    const std::unique_ptr<yyjson_doc, closer> parsed{
        yyjson_read_opts(text, document.size(), YYJSON_READ_NUMBER_AS_RAW, nullptr, &why)};
    if (!parsed) { return failure({text, document.size()}, why); }
    tree_text<Sink> tree{out, sink};
    return write(*parsed, tree);
  }

private:
  struct closer {
    void operator()(yyjson_doc* parsed) const noexcept { yyjson_doc_free(parsed); }
  };
  static constexpr linmem::error no_memory{linmem::errc::out_of_memory, subject, 0, 0};

  static linmem::error failure(std::string_view document, const yyjson_read_err& why) noexcept {
    if (why.code == YYJSON_READ_ERROR_MEMORY_ALLOCATION) { return no_memory; }
    std::size_t line = 1;
    std::size_t column = 1;
    std::size_t character = 0;
    yyjson_locate_pos(document.data(), document.size(), why.pos, &line, &column, &character);
    return syntax_error("JSON", line, column, why.msg);
  }

  // A parsed document is an array of values in document order, each map or list before what it holds
  // and each key before its value. So the walk is a loop, whatever the depth.
  template <class Tree>
  static linmem::error write(const yyjson_doc& parsed, Tree& tree) noexcept {
    std::array<std::size_t, deepest_nesting>
        left{}; // values to come in each that is open, keys too
    yyjson_val* value = parsed.root;
    for (std::size_t i = parsed.val_read; i != 0; --i, ++value) {
      const bool is_key = tree.in_map() && left[tree.depth() - 1] % 2 == 0;
      if (tree.depth() != 0) { --left[tree.depth() - 1]; }
      if (unsafe_yyjson_is_ctn(value)) {
        if (!tree.may_nest()) { return nesting_error("JSON nesting in levels"); }
        const bool is_map = yyjson_is_obj(value);
        left[tree.depth()] = unsafe_yyjson_get_len(value) * (is_map ? 2 : 1);
        is_map ? tree.begin_map() : tree.begin_list();
      } else if (!(is_key ? tree.key("", text_of(value)) : tree.scalar("", text_of(value)))) {
        return no_memory;
      }
      while (tree.depth() != 0 && left[tree.depth() - 1] == 0) { tree.end(); }
    }
    return tree.finish() ? linmem::error{} : no_memory;
  }

  static std::string_view text_of(yyjson_val* value) noexcept {
    switch (yyjson_get_tag(value)) {
      case YYJSON_TYPE_NULL | YYJSON_SUBTYPE_NONE: return "null";
      case YYJSON_TYPE_BOOL | YYJSON_SUBTYPE_TRUE: return "true";
      case YYJSON_TYPE_BOOL | YYJSON_SUBTYPE_FALSE: return "false";
      default: return {unsafe_yyjson_get_str(value), unsafe_yyjson_get_len(value)}; // or a number
    }
  }
};

/// See this header's first lines.
using json_text = whole_document<json_parser>;

} // namespace document
