// examples/document/markdown_text.hpp - the text of a Markdown document, as a transform.
//
// Markdown's parser needs all of the document (a link may be defined on its last line): see
// whole_document.hpp for what that costs.
//
//   document::markdown_text t{1 << 20};   // at most 1 MiB of Markdown
//   linmem::step_result r = t.step(linmem::as_bytes("# *a*\n\nb"), out, /*last=*/true);   // "a\n\nb\n"
//
// What the text is like: markdown_to_text.hpp.
#pragma once

#include "findings.hpp"
#include "markdown_to_text.hpp"
#include "whole_document.hpp"

#include <linmem/error.hpp> // linmem::error, linmem::errc

#include <cstddef>     // std::size_t
#include <string_view> // std::string_view

namespace document {

/// See whole_document.
struct markdown_parser {
  static constexpr const char* subject = "Markdown document in bytes"; ///< in errors
  static constexpr std::size_t longest = markdown_longest;             ///< bytes

  /// out_of_memory when the sink had no more or md4c found no memory.
  template <text_sink Sink>
  [[nodiscard]] linmem::error parse(std::string_view document, text_output& out, Sink& sink,
                                    findings& found) noexcept {
    if (markdown_to_text(document, out, sink, found)) { return {}; }
    return {linmem::errc::out_of_memory, "parsing Markdown, document in bytes", 0, document.size()};
  }
};

/// See this header's first lines.
using markdown_text = whole_document<markdown_parser>;

} // namespace document
