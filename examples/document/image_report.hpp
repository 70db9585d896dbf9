// examples/document/image_report.hpp - what a reader of images says about one.
//
// Words become a line of text, "title: A tree", and metadata under the same key; what describes the
// image or how it was made becomes metadata alone (findings.hpp). Text in images is of many encodings:
// what is valid UTF-8 is taken for that, other bytes for windows-1252; control characters are left out.
//
//   document::image_report report{out, sink, found};
//   report.size(640, 480);
//   if (!report.words("comment", bytes)) { return document::image_report<Sink>::no_memory; }
//   if (!report.finish()) { ... }
#pragma once

#include "entities.hpp" // from_numeric_reference
#include "findings.hpp"
#include "growing_bytes.hpp"
#include "tree_text.hpp"
#include "whole_document.hpp" // text_sink

#include <linmem/bytes.hpp> // linmem::as_bytes
#include <linmem/error.hpp> // linmem::error, linmem::errc
#include <linmem/utf8.hpp>  // linmem::utf8::is_valid

#include <cstddef>     // std::size_t
#include <cstdint>     // std::uint32_t
#include <string_view> // std::string_view

namespace document {

/// See this header's first lines.
template <text_sink Sink>
class image_report {
public:
  /// The error of functions that return false.
  static constexpr linmem::error no_memory{linmem::errc::out_of_memory, "image in bytes", 0, 0};

  /// Writes to `out`, then to the room of `sink`; metadata to `found`.
  image_report(text_output& out, Sink& sink, findings& found) noexcept
      : found_{found}, lines_{out, sink} {
    lines_.begin_map();
  }

  /// Pixels.
  void size(std::uint32_t width, std::uint32_t height) noexcept {
    number("width", width);
    number("height", height);
  }
  /// Metadata that needs no decoding.
  void number(std::string_view key, std::uint32_t value) noexcept { found_.number(key, value); }
  void flag(std::string_view key, bool value) noexcept { found_.flag(key, value); }
  void name(std::string_view key, std::string_view value) noexcept { found_.text(key, value); }
  /// Words in the image, for example a comment: a line of text, and metadata. Nothing when they are
  /// empty. False: no memory.
  [[nodiscard]] bool words(std::string_view key, std::string_view value) noexcept {
    if (!decode(value)) { return false; }
    if (decoded_.size() == 0) { return true; }
    found_.text(key, decoded_.text());
    return lines_.key("", key) && lines_.scalar("", decoded_.text());
  }
  /// The same, but metadata alone.
  [[nodiscard]] bool detail(std::string_view key, std::string_view value) noexcept {
    if (!found_.wanted().metadata) { return true; }
    if (!decode(value)) { return false; }
    if (decoded_.size() != 0) { found_.text(key, decoded_.text()); }
    return true;
  }
  /// All is said.
  [[nodiscard]] bool finish() noexcept { return lines_.finish(); }

private:
  // `value` as UTF-8, line ends as "\n", without white space at its end.
  [[nodiscard]] bool decode(std::string_view value) noexcept {
    decoded_.clear();
    const bool is_utf8 = linmem::utf8::is_valid(linmem::as_bytes(value));
    for (std::size_t i = 0; i != value.size(); ++i) {
      const auto c = static_cast<unsigned char>(value[i]);
      const bool is_line = c == '\n' || c == '\r';
      if (c == '\n' && i != 0 && value[i - 1] == '\r') { continue; }
      if (c == 0x7F || (c < 0x20 && !is_line && c != '\t')) { continue; }
      const bool is_plain = c < 0x80 || is_utf8;
      const utf8_text other = is_plain ? utf8_text{} : from_numeric_reference(c);
      if (!decoded_.append(is_line ? "\n" : is_plain ? value.substr(i, 1) : other.text())) {
        return false;
      }
    }
    std::size_t end = decoded_.size();
    while (end != 0 && is_space(decoded_.text()[end - 1])) { --end; }
    decoded_.cut(end);
    return true;
  }

  findings& found_;
  tree_text<Sink> lines_;
  growing_bytes decoded_;
};

/// The error of an image that is not what its format demands.
[[nodiscard]] inline linmem::error broken_image(const char* what) noexcept {
  return {linmem::errc::invalid_data, what, 0, 0};
}

} // namespace document
