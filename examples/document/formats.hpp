// examples/document/formats.hpp - the formats that this build of the extractor reads.
//
// The one place that says which transform reads what. A feature that is left out (DOCUMENT_SPREADSHEETS,
// DOCUMENT_OFFICE, DOCUMENT_IMAGES or DOCUMENT_PDF is 0) has no entry here, so that nothing refers to its
// transforms and they are not in the module.
#pragma once

#include "any_transform.hpp"
#include "csv_text.hpp"
#include "docx_text.hpp"
#include "findings.hpp"
#include "html_text.hpp"
#include "image_text.hpp"
#include "json_text.hpp"
#include "markdown_text.hpp"
#include "ods_text.hpp"
#include "odt_text.hpp"
#include "pdf_text.hpp"
#include "pptx_text.hpp"
#include "toml_text.hpp"
#include "whole_document.hpp"
#include "xlsx_text.hpp"
#include "xml_text.hpp"
#include "yaml_text.hpp"
#include "zip_head.hpp"

#include <linmem/bytes.hpp>           // linmem::as_text, linmem::byte_view
#include <linmem/format_registry.hpp> // linmem::format
#include <linmem/stream_exports.hpp>  // linmem::open_stream and its like
#include <linmem/transform.hpp>       // linmem::copy_transform
#include <linmem/utf8.hpp>            // linmem::utf8::is_valid

#include <algorithm>   // std::equal
#include <array>       // std::array
#include <cstdint>     // std::uint32_t
#include <string_view> // std::string_view
#include <utility>     // std::move

namespace document {

/// How a document is opened.
struct open_options {
  linmem::chunk_options chunks{}; ///< of the stream
  wishes wanted{};                ///< besides the text
};

/// Opens a stream of the text of a document: of buffer `input`, in place, or with 0 of what the host
/// feeds. Returns the stream's handle, or 0 with the reason recorded.
using opener = std::uint32_t(std::uint32_t input, open_options options);

namespace detail {

// In make_html.cpp, which is compiled for speed; everything else for size.
any_transform make_html(wishes wanted) noexcept;

inline std::uint32_t open_any(any_transform transform, std::uint32_t input,
                              const open_options& options) {
  if (!transform) { return linmem::reject({linmem::errc::out_of_memory, "transform", 0, 0}); }
  return input == 0 ? linmem::open_stream(std::move(transform), options.chunks)
                    : linmem::open_stream_over(std::move(transform), input, options.chunks);
}

inline std::uint32_t open_html(std::uint32_t input, open_options options) {
  return open_any(make_html(options.wanted), input, options);
}

template <class Transform>
std::uint32_t open_with(Transform transform, std::uint32_t input, const open_options& options) {
  return open_any(any_transform::of(std::move(transform)), input, options);
}

// Input that may be no UTF-8.
template <class Transform>
std::uint32_t open_lossy(Transform transform, std::uint32_t input, const open_options& options) {
  return open_any(any_transform::lossy(any_transform::of(std::move(transform))), input, options);
}

template <class Transform>
std::uint32_t open(std::uint32_t input, open_options options) {
  return open_lossy(Transform{}, input, options);
}

// All parsers of whole documents share one kind of stream.
template <class Parser>
std::uint32_t open_whole(std::uint32_t input, open_options options) {
  return open_with(whole_reader{parser_of<Parser>, whole_reader::default_limit, options.wanted},
                   input, options);
}

inline std::uint32_t open_markdown(std::uint32_t input, open_options options) {
  // The parser wants the whole document in one piece: valid text is parsed where it lies.
  if (input != 0) {
    const auto text = linmem::buffer_view(input);
    if (!text) { return 0; }
    if (linmem::utf8::is_valid(*text)) { return open_whole<markdown_parser>(input, options); }
  }
  return open_lossy(
      whole_reader{parser_of<markdown_parser>, whole_reader::default_limit, options.wanted}, input,
      options);
}

inline std::uint32_t open_plain(std::uint32_t input, open_options options) {
  return input == 0 ? open<linmem::copy_transform>(input, options)
                    : linmem::open_text(input, options.chunks);
}

// HTML has no magic: its beginning is white space, then one of a few tags in any case.
inline bool looks_like_html(linmem::byte_view head) noexcept {
  std::string_view text = linmem::as_text(head);
  if (text.starts_with("\xEF\xBB\xBF")) { text.remove_prefix(3); }
  while (!text.empty() && is_space(text.front())) { text.remove_prefix(1); }
  for (const std::string_view tag : {"<!doctype html", "<html", "<head", "<body"}) {
    const auto lowered = [](char of_tag, char c) { return of_tag == (c | 0x20); };
    if (text.size() > tag.size() && std::equal(tag.begin(), tag.end(), text.begin(), lowered) &&
        (is_space(text[tag.size()]) || text[tag.size()] == '>')) {
      return true;
    }
  }
  return false;
}

// An Office Open XML document is a ZIP archive like others, with a folder of its own.
inline constexpr char of_docx[] = "word/";
inline constexpr char of_pptx[] = "ppt/";
inline constexpr char of_xlsx[] = "xl/";
template <const char* Folder>
bool is_in_folder(linmem::byte_view head) noexcept {
  return zip_names_folder(head, Folder);
}

} // namespace detail

/// See this header's first lines.
inline constexpr std::array formats{
    linmem::format<opener>{.feature = "text",
                           .mime_types = "text/html application/xhtml+xml",
                           .extensions = ".html .htm .xhtml",
                           .recognises = detail::looks_like_html,
                           .open = detail::open_html},
    linmem::format<opener>{.feature = "text",
                           .mime_types = "text/markdown text/x-markdown",
                           .extensions = ".md .markdown",
                           .open = detail::open_markdown},
    linmem::format<opener>{.feature = "text",
                           .mime_types = "text/plain",
                           .extensions = ".txt .text .log",
                           .open = detail::open_plain},
    linmem::format<opener>{.feature = "text",
                           .mime_types = "application/json text/json",
                           .extensions = ".json",
                           .open = detail::open_whole<json_parser>},
    linmem::format<opener>{.feature = "text",
                           .mime_types =
                               "application/yaml text/yaml application/x-yaml text/x-yaml",
                           .extensions = ".yaml .yml",
                           .magic = {{{"%YAML"}}},
                           .open = detail::open_whole<yaml_parser>},
    linmem::format<opener>{.feature = "text",
                           .mime_types = "application/toml text/x-toml",
                           .extensions = ".toml",
                           .open = detail::open_whole<toml_parser>},
    linmem::format<opener>{.feature = "text",
                           .mime_types =
                               "application/xml text/xml application/rss+xml application/atom+xml",
                           .extensions = ".xml .rss .atom",
                           .magic = {{{"<?xml"}, {"\xEF\xBB\xBF<?xml"}}},
                           .open = detail::open_whole<xml_parser>},
#if DOCUMENT_SPREADSHEETS
    linmem::format<opener>{.feature = "spreadsheets",
                           .mime_types = "text/csv",
                           .extensions = ".csv",
                           .open = detail::open<csv_text<','>>},
    linmem::format<opener>{.feature = "spreadsheets",
                           .mime_types = "text/tab-separated-values",
                           .extensions = ".tsv .tab",
                           .open = detail::open<csv_text<'\t'>>},
    linmem::format<opener>{.feature = "spreadsheets",
                           .mime_types =
                               "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
                           .extensions = ".xlsx .xlsm",
                           .recognises = detail::is_in_folder<detail::of_xlsx>,
                           .open = detail::open_whole<xlsx_parser>},
    linmem::format<opener>{
        .feature = "spreadsheets",
        .mime_types = "application/vnd.oasis.opendocument.spreadsheet",
        .extensions = ".ods",
        .magic = {{{"mimetypeapplication/vnd.oasis.opendocument.spreadsheet", 30}}},
        .open = detail::open_whole<ods_parser>},
#endif
#if DOCUMENT_OFFICE
    linmem::format<opener>{
        .feature = "office",
        .mime_types = "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
        .extensions = ".docx",
        .magic = {{{"PK\x03\x04"}}}, // of any ZIP archive: what its beginning does not tell
        .recognises = detail::is_in_folder<detail::of_docx>,
        .open = detail::open_whole<docx_parser>},
    linmem::format<opener>{
        .feature = "office",
        .mime_types = "application/vnd.openxmlformats-officedocument.presentationml.presentation",
        .extensions = ".pptx",
        .recognises = detail::is_in_folder<detail::of_pptx>,
        .open = detail::open_whole<pptx_parser>},
    linmem::format<opener>{.feature = "office",
                           .mime_types = "application/vnd.oasis.opendocument.text",
                           .extensions = ".odt",
                           .magic = {{{"mimetypeapplication/vnd.oasis.opendocument.text", 30}}},
                           .open = detail::open_whole<odt_parser>},
#endif
#if DOCUMENT_IMAGES
    linmem::format<opener>{.feature = "images",
                           .mime_types = "image/png image/apng",
                           .extensions = ".png .apng",
                           .magic = {{{"\x89PNG\r\n\x1A\n"}}},
                           .open = detail::open_whole<image_parser>},
    linmem::format<opener>{.feature = "images",
                           .mime_types = "image/jpeg",
                           .extensions = ".jpg .jpeg",
                           .magic = {{{"\xFF\xD8\xFF"}}},
                           .open = detail::open_whole<image_parser>},
    linmem::format<opener>{.feature = "images",
                           .mime_types = "image/gif",
                           .extensions = ".gif",
                           .magic = {{{"GIF87a"}, {"GIF89a"}}},
                           .open = detail::open_whole<image_parser>},
    linmem::format<opener>{.feature = "images",
                           .mime_types = "image/webp",
                           .extensions = ".webp",
                           .magic = {{{"WEBP", 8}}},
                           .open = detail::open_whole<image_parser>},
#endif
#if DOCUMENT_PDF
    linmem::format<opener>{.feature = "pdf",
                           .mime_types = "application/pdf application/x-pdf",
                           .extensions = ".pdf",
                           .magic = {{{"%PDF-"}}},
                           .open = detail::open_whole<pdf_parser>},
#endif
};

} // namespace document
