// examples/document/pdf_flow.hpp - characters that a page shows one after the other, as flowing text.
//
//   document::pdf_flow<Sink> flow{text};
//   if (!flow.write("é", document::pdf_gap::space)) { return no_memory; }
//
// Some wait for what follows: a hyphen, which is left out if it only divided a word between two lines;
// an accent, which is one with the letter that is shown over it; letters that are read from right to
// left (pdf_visual_run.hpp).
#pragma once

#include "entities.hpp" // utf8_text
#include "pdf_encodings.hpp"
#include "pdf_visual_run.hpp"
#include "whole_document.hpp" // sink_text

#include <cstdint>     // std::uint8_t
#include <string_view> // std::string_view
#include <utility>     // std::exchange

namespace document {

/// What is between a character and the one before: `back` is where it is shown over that.
enum class pdf_gap : std::uint8_t { none, back, space, line, paragraph };

/// See this header's first lines.
template <text_sink Sink>
class pdf_flow {
public:
  /// To `text`.
  explicit pdf_flow(sink_text<Sink>& text) noexcept : text_{text} {}

  /// Writes `text`, a character, behind `before`. False: no memory.
  [[nodiscard]] bool write(std::string_view text, pdf_gap before) noexcept {
    const char c = text.front();
    const bool is_small = (c >= 'a' && c <= 'z') || static_cast<unsigned char>(c) >= 0x80;
    is_written_ = true;
    const utf8_text accent = std::exchange(accent_, {});
    if (accent) {
      const utf8_text both =
          before == pdf_gap::back ? pdf_accented(text, accent.text()) : utf8_text{};
      if (both) { return text_.flowing(both.text()); }
      if (!text_.flowing(accent.text())) { return false; }
    }
    if (!run_.is_empty()) {
      const bool is_near = before == pdf_gap::none || before == pdf_gap::space;
      if (is_near && pdf_visual_run::takes(text)) {
        return (before == pdf_gap::none || run_.push(" ")) && run_.push(text);
      }
      if (!flush_run()) { return false; }
    }
    if (has_hyphen_) {
      has_hyphen_ = false;
      if (before == pdf_gap::line && is_small) {
        before = pdf_gap::none;
      } else if (!text_.flowing("-")) {
        return false;
      }
    }
    switch (before) {
      case pdf_gap::none:
      case pdf_gap::back: break;
      case pdf_gap::space: text_.layout.space(); break;
      case pdf_gap::line: text_.layout.line(); break;
      case pdf_gap::paragraph: text_.layout.paragraph(); break;
    }
    has_hyphen_ = text == "-" && is_word_ && before == pdf_gap::none;
    is_word_ = is_small || (c >= 'A' && c <= 'Z');
    if (!pdf_accent(text).empty()) {
      accent_ = short_text(text);
      return true;
    }
    if (is_right_to_left(text)) { return run_.push(text); }
    return has_hyphen_ || text_.flowing(text);
  }
  /// Writes what waits, without what it waits for. False: no memory.
  [[nodiscard]] bool flush() noexcept {
    const utf8_text accent = std::exchange(accent_, {});
    const bool had_hyphen = std::exchange(has_hyphen_, false);
    return flush_run() && (!had_hyphen || text_.flowing("-")) &&
           (!accent || text_.flowing(accent.text()));
  }
  /// What follows begins on a new line, or behind a blank one. False: no memory.
  [[nodiscard]] bool part(pdf_gap as) noexcept {
    if (!flush()) { return false; }
    if (as == pdf_gap::line) { text_.layout.line(); }
    if (as == pdf_gap::paragraph) { text_.layout.paragraph(); }
    return true;
  }
  /// Whether anything was written.
  [[nodiscard]] bool is_written() const noexcept { return is_written_; }

private:
  [[nodiscard]] bool flush_run() noexcept {
    return run_.flush([this](std::string_view text) { return text_.flowing(text); });
  }

  sink_text<Sink>& text_;
  pdf_visual_run run_;
  utf8_text accent_{};      // one waits
  bool has_hyphen_ = false; // one waits
  bool is_word_ = false;    // what was written last is a letter
  bool is_written_ = false;
};

} // namespace document
