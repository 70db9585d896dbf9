// examples/document/pdf_page.hpp - the text of a page of a PDF file.
//
// Runs the program that a page is: operators that move a pen, choose a font and show codes. Kept of it
// is where each character stands, which says what parts it from the one before. Colours, lines and
// pictures are passed over; parts that the page shares with others (forms) are run where they are used.
//
//   document::pdf_page<Sink> page{pdf, text};
//   linmem::error failed = page.write(dictionary, resources);
#pragma once

#include "growing_array.hpp"
#include "growing_bytes.hpp"
#include "pdf_file.hpp"
#include "pdf_flow.hpp"
#include "pdf_font.hpp"
#include "pdf_object.hpp"
#include "whole_document.hpp" // sink_text

#include <linmem/error.hpp> // linmem::error, linmem::errc

#include <algorithm>   // std::copy
#include <array>       // std::array
#include <cmath>       // std::abs, std::hypot
#include <cstddef>     // std::size_t
#include <cstdint>     // std::uint32_t
#include <cstdlib>     // std::free, std::malloc
#include <new>         // placement new
#include <string_view> // std::string_view

namespace document {

/// A matrix of PDF: what it makes of (x, y) is (a x + c y + e, b x + d y + f).
struct pdf_matrix {
  double a = 1;
  double b = 0;
  double c = 0;
  double d = 1;
  double e = 0;
  double f = 0;

  /// This one, then `next`.
  [[nodiscard]] pdf_matrix then(const pdf_matrix& next) const noexcept {
    return {a * next.a + b * next.c,          a * next.b + b * next.d,
            c * next.a + d * next.c,          c * next.b + d * next.d,
            e * next.a + f * next.c + next.e, e * next.b + f * next.d + next.f};
  }
};

/// See this header's first lines. Keeps fonts from one page to the next.
template <text_sink Sink>
class pdf_page {
public:
  static constexpr std::size_t deepest_form = 8;   ///< forms within forms
  static constexpr std::size_t deepest_state = 64; ///< saved states; what is saved beyond is not
  static constexpr std::size_t most_fonts = 64;    ///< fonts kept for other pages

  /// Of pages of `pdf`, to `text`.
  pdf_page(pdf_file& pdf, sink_text<Sink>& text) noexcept : pdf_{pdf}, flow_{text} {}
  pdf_page(const pdf_page&) = delete;
  pdf_page& operator=(const pdf_page&) = delete;
  ~pdf_page() { forget_fonts(); }

  /// Writes the text of `page`, then that of its annotations and fields as they are shown. What is
  /// damaged or cannot be read is left out, see damage(); the other errors are those of
  /// pdf_file::unpack.
  [[nodiscard]] linmem::error write(std::string_view page, std::string_view resources) noexcept {
    if (!flow_.part(pdf_gap::paragraph)) { return pdf_file::no_memory; }
    if (font_count_ > most_fonts) { forget_fonts(); }
    state_ = {};
    has_pen_ = false;
    const std::string_view contents = pdf_.entry(page, "Contents");
    growing_bytes program;
    if (is_pdf_dictionary(contents)) {
      if (const linmem::error failed = unpack(contents, program);
          failed.code != linmem::errc::none) {
        return failed;
      }
    }
    pdf_lexer parts{is_pdf_array(contents) ? pdf_inside(contents) : std::string_view{}};
    for (std::string_view part = parts.value(); !part.empty(); part = parts.value()) {
      const linmem::error failed = unpack(pdf_.resolve(part), program);
      if (failed.code != linmem::errc::none) { return failed; }
      if (!program.append("\n")) { return pdf_file::no_memory; }
    }
    linmem::error failed = run(program.text(), resources, 0);
    if (failed.code == linmem::errc::none) { failed = write_annotations(page, resources); }
    return failed.code == linmem::errc::none && !flow_.flush() ? pdf_file::no_memory : failed;
  }
  /// The first thing that was left out of the pages so far, as an error.
  [[nodiscard]] linmem::error damage() const noexcept { return damage_; }
  /// Whether any page had text.
  [[nodiscard]] bool is_written() const noexcept { return flow_.is_written(); }

private:
  // What q saves and Q restores.
  struct state {
    pdf_matrix page;
    pdf_font* font = nullptr;
    double size = 0;
    double leading = 0;
    double character_space = 0;
    double word_space = 0;
    double stretch = 1;
    double rise = 0;
  };
  // Fonts, each with the dictionary that it was made of.
  struct kept_font {
    pdf_font font;
    std::string_view dictionary;
    kept_font* next;
  };
  static constexpr std::size_t most_operands = 8;

  [[nodiscard]] linmem::error run(std::string_view program, std::string_view resources,
                                  std::size_t depth) noexcept {
    growing_array<state> saved;
    pdf_lexer lexer{program};
    std::array<std::string_view, most_operands> operands{}; // the last ones
    std::size_t count = 0;
    for (std::string_view token = lexer.token(); !token.empty(); token = lexer.token()) {
      const char c = token.front();
      if (pdf::is_digit(c) || std::string_view{"+-./([<"}.find(c) != std::string_view::npos) {
        if (count == most_operands) {
          std::copy(operands.begin() + 1, operands.end(), operands.begin());
          --count;
        }
        operands[count++] = token;
        continue;
      }
      linmem::error failed{};
      if (token == "q") {
        if (saved.size() < deepest_state && !saved.push(state_)) { return pdf_file::no_memory; }
      } else if (token == "Q") {
        if (saved.size() != 0) {
          state_ = saved[saved.size() - 1];
          saved.pop();
        }
      } else if (token == "ID") {
        pass_picture(lexer);
      } else if (token == "Do") {
        const std::string_view name = count == 0 ? std::string_view{"/"} : operands[count - 1];
        const std::string_view form = pdf_.entry(pdf_.entry(resources, "XObject"), name.substr(1));
        if (depth != deepest_form && pdf_.entry(form, "Subtype") == "/Form") {
          failed = run_form(form, resources, depth);
        }
      } else {
        failed = operate(token, {operands.data(), count}, resources);
      }
      if (failed.code != linmem::errc::none) { return failed; }
      count = 0;
    }
    return pdf_.exhausted();
  }
  // The bytes of a picture end with EI, between white space.
  static void pass_picture(pdf_lexer& lexer) noexcept {
    const std::string_view rest = lexer.rest();
    for (std::size_t at = 1; (at = rest.find("EI", at)) != std::string_view::npos; ++at) {
      if (pdf::is_white(rest[at - 1]) && (at + 2 == rest.size() || pdf::is_white(rest[at + 2]))) {
        lexer.skip(at + 2);
        return;
      }
    }
    lexer.skip(rest.size());
  }
  // As pdf_file::unpack, but what is damaged is noted and left out.
  [[nodiscard]] linmem::error unpack(std::string_view value, growing_bytes& out) noexcept {
    const linmem::error failed = pdf_.unpack(value, out);
    if (failed.code == linmem::errc::none || pdf_file::is_fatal(failed)) { return failed; }
    if (damage_.code == linmem::errc::none) { damage_ = failed; }
    return {};
  }
  [[nodiscard]] linmem::error run_form(std::string_view form, std::string_view resources,
                                       std::size_t depth) noexcept {
    growing_bytes program;
    const linmem::error failed = unpack(form, program);
    if (failed.code != linmem::errc::none) { return failed; }
    const state before = state_;
    state_.page = matrix_of(pdf_.entry(form, "Matrix")).then(state_.page);
    const std::string_view own = pdf_.entry(form, "Resources");
    const linmem::error ran = run(program.text(), own.empty() ? resources : own, depth + 1);
    state_ = before;
    return ran;
  }

  // Each annotation that is seen and has a look of its own: fields that are filled in, stamps, notes.
  [[nodiscard]] linmem::error write_annotations(std::string_view page,
                                                std::string_view resources) noexcept {
    constexpr std::uint32_t hidden = 2;
    constexpr std::uint32_t not_viewed = 32;
    pdf_lexer annotations{pdf_inside(pdf_.entry(page, "Annots"))};
    for (std::string_view one = annotations.value(); !one.empty(); one = annotations.value()) {
      const std::string_view annotation = pdf_.resolve(one);
      const std::uint32_t flags = pdf_count(pdf_.entry(annotation, "F"), 0xFFFF);
      if ((flags & (hidden | not_viewed)) != 0 || pdf_.entry(annotation, "Subtype") == "/Popup") {
        continue;
      }
      std::string_view look = pdf_.entry(pdf_.entry(annotation, "AP"), "N");
      const std::string_view kind = pdf_.entry(annotation, "AS");
      if (!kind.empty() && pdf_.entry(look, "Length").empty()) { // one of several
        look = pdf_.entry(look, kind.substr(1));
      }
      if (pdf_.entry(look, "Length").empty()) { continue; }
      if (!flow_.part(pdf_gap::line)) { return pdf_file::no_memory; }
      state_ = {};
      has_pen_ = false;
      const linmem::error failed = run_form(look, resources, 0);
      if (failed.code != linmem::errc::none) { return failed; }
    }
    return {};
  }

  struct operand_list {
    const std::string_view* first;
    std::size_t count;
    [[nodiscard]] std::string_view operator[](std::size_t i) const noexcept {
      return i < count ? first[i] : std::string_view{};
    }
    [[nodiscard]] double number(std::size_t i) const noexcept { return pdf_number((*this)[i]); }
  };

  [[nodiscard]] linmem::error operate(std::string_view name, operand_list operands,
                                      std::string_view resources) noexcept {
    const auto move = [this](double x, double y) {
      line_ = pdf_matrix{1, 0, 0, 1, x, y}.then(line_);
      pen_ = line_;
    };
    if (name == "BT") {
      line_ = pen_ = {};
    } else if (name == "cm") {
      state_.page = matrix_of(operands).then(state_.page);
    } else if (name == "Tf") {
      state_.size = operands.number(1);
      return choose_font(operands[0], resources);
    } else if (name == "Td") {
      move(operands.number(0), operands.number(1));
    } else if (name == "TD") {
      state_.leading = -operands.number(1);
      move(operands.number(0), operands.number(1));
    } else if (name == "Tm") {
      line_ = pen_ = matrix_of(operands);
    } else if (name == "T*") {
      move(0, -state_.leading);
    } else if (name == "TL") {
      state_.leading = operands.number(0);
    } else if (name == "Tc") {
      state_.character_space = operands.number(0);
    } else if (name == "Tw") {
      state_.word_space = operands.number(0);
    } else if (name == "Tz") {
      state_.stretch = operands.number(0) / 100;
    } else if (name == "Ts") {
      state_.rise = operands.number(0);
    } else if (name == "Tj") {
      return show(operands[0]);
    } else if (name == "'") {
      move(0, -state_.leading);
      return show(operands[0]);
    } else if (name == "\"") {
      state_.word_space = operands.number(0);
      state_.character_space = operands.number(1);
      move(0, -state_.leading);
      return show(operands[2]);
    } else if (name == "TJ") {
      pdf_lexer parts{pdf_inside(operands[0])};
      for (std::string_view part = parts.token(); !part.empty(); part = parts.token()) {
        if (!is_pdf_string(part)) {
          advance(-pdf_number(part) / 1000 * state_.size * state_.stretch);
        } else if (const linmem::error failed = show(part); failed.code != linmem::errc::none) {
          return failed;
        }
      }
    }
    return {};
  }
  static pdf_matrix matrix_of(operand_list n) noexcept {
    return {n.number(0), n.number(1), n.number(2), n.number(3), n.number(4), n.number(5)};
  }
  static pdf_matrix matrix_of(std::string_view array) noexcept {
    if (!is_pdf_array(array)) { return {}; }
    std::array<std::string_view, 6> n{};
    pdf_lexer lexer{pdf_inside(array)};
    for (std::string_view& one : n) { one = lexer.token(); }
    return matrix_of(operand_list{n.data(), n.size()});
  }
  void advance(double x) noexcept { pen_ = pdf_matrix{1, 0, 0, 1, x, 0}.then(pen_); }

  // Shows a string: each character where the pen is.
  [[nodiscard]] linmem::error show(std::string_view string) noexcept {
    if (state_.font == nullptr || !is_pdf_string(string)) { return {}; }
    codes_.clear();
    if (!pdf_bytes(string, codes_)) { return pdf_file::no_memory; }
    std::string_view codes = codes_.text();
    // Space between the characters of a word is part of them; it is a gap where a program that sets
    // each pair by itself makes one of it.
    const bool is_pair = codes.size() <= 2;
    while (!codes.empty()) {
      const pdf_shown shown = state_.font->next(codes);
      if (!shown.text.empty() &&
          !flow_.write(shown.text, shown.text == " " ? pdf_gap::none : gap_before())) {
        return pdf_file::no_memory;
      }
      advance(shown.width * state_.size * state_.stretch);
      if (is_pair && !shown.text.empty()) { remember(); }
      advance((state_.character_space + (shown.is_blank ? state_.word_space : 0)) * state_.stretch);
      if (!is_pair && !shown.text.empty()) { remember(); }
    }
    return {};
  }
  // The pen on the page.
  [[nodiscard]] pdf_matrix on_page() const noexcept {
    return pdf_matrix{1, 0, 0, 1, 0, state_.rise}.then(pen_).then(state_.page);
  }
  void remember() noexcept {
    const pdf_matrix here = on_page();
    x_ = here.e;
    y_ = here.f;
    has_pen_ = true;
  }
  // What is between here and the character before: along the line that is written on, and across it, in
  // sizes of the font.
  [[nodiscard]] pdf_gap gap_before() const noexcept {
    constexpr double another_line = 0.55;
    constexpr double another_paragraph = 1.9;
    constexpr double between_words = 0.1;
    constexpr double back = -1;
    const pdf_matrix here = on_page();
    const double length = std::hypot(here.a, here.b);
    const double size = std::abs(state_.size) * std::hypot(here.c, here.d);
    if (!has_pen_ || !(length > 0) || !(size > 0)) { return pdf_gap::none; }
    const double x = here.e - x_;
    const double y = here.f - y_;
    const double along = (x * here.a + y * here.b) / length / size;
    const double across = std::abs(x * here.b - y * here.a) / length / size;
    if (across > another_paragraph) { return pdf_gap::paragraph; }
    if (across > another_line || along < back) { return pdf_gap::line; }
    return along > between_words    ? pdf_gap::space
           : along < -between_words ? pdf_gap::back
                                    : pdf_gap::none;
  }
  // The font that `resources` have under `name`, read once.
  [[nodiscard]] linmem::error choose_font(std::string_view name,
                                          std::string_view resources) noexcept {
    if (name.empty()) { return {}; }
    const std::string_view dictionary = pdf_.entry(pdf_.entry(resources, "Font"), name.substr(1));
    for (kept_font* kept = fonts_; kept != nullptr; kept = kept->next) {
      if (kept->dictionary.data() == dictionary.data()) {
        state_.font = &kept->font;
        return {};
      }
    }
    state_.font = nullptr;
    if (!is_pdf_dictionary(dictionary)) { return {}; }
    void* const room = std::malloc(sizeof(kept_font));
    if (room == nullptr) { return pdf_file::no_memory; }
    fonts_ = new (room) kept_font{{}, dictionary, fonts_};
    ++font_count_;
    const linmem::error failed = fonts_->font.load(pdf_, dictionary);
    state_.font = &fonts_->font;
    return failed;
  }
  void forget_fonts() noexcept {
    while (fonts_ != nullptr) {
      kept_font* const next = fonts_->next;
      fonts_->~kept_font();
      std::free(fonts_);
      fonts_ = next;
    }
    font_count_ = 0;
  }

  pdf_file& pdf_;
  pdf_flow<Sink> flow_;
  kept_font* fonts_ = nullptr;
  std::size_t font_count_ = 0;
  state state_;
  pdf_matrix line_; // where the line begins
  pdf_matrix pen_;
  growing_bytes codes_;
  double x_ = 0; // on the page, behind what was shown last
  double y_ = 0;
  linmem::error damage_{};
  bool has_pen_ = false; // something was shown
};

} // namespace document
