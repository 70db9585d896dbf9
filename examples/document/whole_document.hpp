// examples/document/whole_document.hpp - a parser that wants all of a document, as a transform.
//
// For formats whose parser cannot stop in the middle. Not bounded in memory as html_text is: pieces are
// collected up to a limit, which is checked before anything is kept, and text that the output has no
// room for is kept until it is fetched. A document that comes whole, in the first call and with `last`,
// is parsed where it lies.
//
//   struct parser {
//     static constexpr const char* subject = "JSON document in bytes"; // of errors
//     static constexpr std::size_t longest = 1 << 30; // in bytes
//     template <document::text_sink Sink>
//     linmem::error parse(std::string_view document, document::text_output& out, Sink& sink,
//                         document::findings& found) noexcept; // or without the last
//   };
//   document::whole_document<parser> t{1 << 20};   // at most 1 MiB
//
// The parser gets a document that stays as it is, writes whole UTF-8 sequences to `out`, and asks
// `sink` for more room; `sink_text` does that for text that flows through a text_layout. What else the
// document has goes to `found`: see findings.hpp.
#pragma once

#include "findings.hpp"
#include "growing_bytes.hpp"
#include "text_layout.hpp" // text_output

#include <linmem/error.hpp>     // linmem::error, linmem::errc
#include <linmem/transform.hpp> // linmem::step_result
#include <linmem/utf8.hpp>      // linmem::utf8::complete_prefix

#include <algorithm>   // std::min
#include <array>       // std::array
#include <concepts>    // std::same_as
#include <cstddef>     // std::byte, std::size_t
#include <cstdint>     // std::uint64_t
#include <cstring>     // std::memcpy
#include <span>        // std::span
#include <string_view> // std::string_view

namespace document {

/// Takes what was written to `room` and makes it at least 4 bytes of new room. False: no more.
template <class T>
concept text_sink = requires(T sink, text_output& room) {
  { sink.more(room) } noexcept -> std::same_as<bool>;
};

/// Nesting of more levels is an error in every format that nests, whatever its parser could do.
inline constexpr std::size_t deepest_nesting = 512;

/// The error of a document that is not what its format demands: "JSON, line 3, column 14: a comma is
/// missing". Its text is valid until the thread makes the next one.
[[nodiscard]] inline linmem::error syntax_error(std::string_view format, std::uint64_t line,
                                                std::uint64_t column,
                                                std::string_view what) noexcept {
  static thread_local constinit std::array<char, 160> message{};
  linmem::detail::text_writer text{std::span{message}.first(message.size() - 1)};
  text.put(format);
  text.put(", line ");
  text.put(line);
  text.put(", column ");
  text.put(column);
  text.put(": ");
  text.put(what);
  message[text.text().size()] = '\0';
  return {linmem::errc::invalid_data, message.data(), 0, 0};
}

/// The error of a document nested deeper than deepest_nesting; `subject` names the format and "levels".
[[nodiscard]] inline linmem::error nesting_error(const char* subject) noexcept {
  return {linmem::errc::limit_exceeded, subject, deepest_nesting, deepest_nesting + 1};
}

/// A text_layout that writes into whatever room a sink gives. Its functions return false when the
/// sink had no more.
template <text_sink Sink>
class sink_text {
public:
  /// Begins in `out`, goes on in the room of `sink`.
  sink_text(text_output& out, Sink& sink) noexcept : out_{out}, sink_{sink} {}

  /// text_layout::text, all of it.
  [[nodiscard]] bool flowing(std::string_view text) noexcept {
    for (;;) {
      text.remove_prefix(layout.text(text.data(), text.size(), out_));
      if (text.empty()) { return true; }
      if (!sink_.more(out_)) { return false; }
    }
  }
  /// text_layout::verbatim, all of it.
  [[nodiscard]] bool verbatim(std::string_view text) noexcept {
    for (;;) {
      text.remove_prefix(layout.verbatim(text.data(), text.size(), out_));
      if (text.empty()) { return true; }
      if (!sink_.more(out_)) { return false; }
    }
  }
  /// text_layout::finish.
  [[nodiscard]] bool finish() noexcept {
    while (!layout.finish(out_)) {
      if (!sink_.more(out_)) { return false; }
    }
    return true;
  }
  /// Where text is written now.
  [[nodiscard]] text_output& out() noexcept { return out_; }
  /// Bytes of text so far: where an item belongs. Text that is pending comes behind it.
  [[nodiscard]] std::uint64_t position() noexcept
    requires requires(Sink& sink, text_output& room) { sink.position(room); }
  {
    return sink_.position(out_);
  }
  /// Asks the sink for more room.
  [[nodiscard]] bool more() noexcept { return sink_.more(out_); }

  text_layout layout; ///< told about structure

private:
  text_output& out_;
  Sink& sink_;
};

/// Where the text of a parser goes: first to the caller's room, so that a short one is never copied,
/// then to memory of its own. Satisfies text_sink.
class text_keeper {
public:
  /// Goes on in `kept`, which is empty, behind `room`.
  text_keeper(text_output& room, growing_bytes& kept) noexcept
      : kept_{kept}, room_{room}, begin_{room.at} {}

  /// See text_sink.
  [[nodiscard]] bool more(text_output& out) noexcept {
    finish(out);
    if (!kept_.reserve(4096)) { return false; }
    in_room_ = false;
    out = kept_.room();
    return true;
  }
  /// Takes what was written to `out` last.
  void finish(const text_output& out) noexcept {
    if (in_room_) {
      room_.at = out.at;
    } else {
      kept_.commit(out.at);
    }
  }
  /// Bytes of text so far, `out` being the room that is written to: where an item belongs.
  [[nodiscard]] std::uint64_t position(const text_output& out) noexcept {
    finish(out);
    return static_cast<std::size_t>(room_.at - begin_) + kept_.size();
  }

private:
  growing_bytes& kept_;
  text_output& room_;
  char* begin_;
  bool in_room_ = true;
};

/// A parser as a value, so that all of them are behind one transform, and compiled into it once.
struct document_parser {
  const char* subject; ///< of errors: "JSON document in bytes"
  std::size_t longest; ///< bytes
  /// Parser::parse, see this header's first lines.
  linmem::error (*parse)(std::string_view document, text_output& out, text_keeper& sink,
                         findings& found) noexcept;
};

namespace detail {
template <class Parser>
linmem::error parse_with(std::string_view document, text_output& out, text_keeper& sink,
                         findings& found) noexcept {
  if constexpr (requires { Parser{}.parse(document, out, sink, found); }) {
    return Parser{}.parse(document, out, sink, found);
  } else {
    return Parser{}.parse(document, out, sink);
  }
}
} // namespace detail

/// The value of a parser type.
template <class Parser>
inline constexpr document_parser parser_of{Parser::subject, Parser::longest,
                                           detail::parse_with<Parser>};

/// See this header's first lines. Satisfies linmem::transform; movable, not copyable.
class whole_reader {
public:
  static constexpr std::size_t default_limit = std::size_t{64} << 20U; ///< bytes: 64 MiB

  /// Refuses documents of more than `limit` bytes, at the latest above parser.longest; finds what
  /// `wanted` says. The parser is of static storage duration.
  explicit whole_reader(const document_parser& parser, std::size_t limit = default_limit,
                        wishes wanted = {}) noexcept
      : parser_{&parser}, limit_{std::min(limit, parser.longest)}, found_{wanted} {}
  // As for findings.
  [[gnu::noinline]] whole_reader(whole_reader&&) noexcept = default;
  [[gnu::noinline]] whole_reader& operator=(whole_reader&&) noexcept = default;
  [[gnu::noinline]] ~whole_reader() = default;

  /// See linmem::transform.
  linmem::step_result step(std::span<const std::byte> in, std::span<std::byte> out,
                           bool last) noexcept {
    const std::string_view piece{reinterpret_cast<const char*>(in.data()), in.size()}; // NOLINT
    char* const begin = reinterpret_cast<char*>(out.data()); // NOLINT: char may alias
    text_output room{begin, begin + out.size()};
    if (failure_.code != linmem::errc::none) { return {0, 0, linmem::step_status::failed}; }
    std::size_t consumed = 0;
    if (!parsed_) {
      const bool in_place = last && document_.size() == 0;
      const bool taken = in_place ? within_limit(in.size()) : collect(piece);
      if (!taken) { return {0, 0, linmem::step_status::failed}; }
      consumed = in.size();
      if (!last) { return {consumed, 0, linmem::step_status::need_input}; }
      if (!parse(in_place ? piece : document_.text(), room)) {
        return {consumed, 0, linmem::step_status::failed};
      }
    } else {
      fetch(room);
    }
    const auto produced = static_cast<std::size_t>(room.at - begin);
    const bool all = fetched_ == text_.size();
    if (all) {
      text_ = growing_bytes{};
      fetched_ = 0;
    }
    return {consumed, produced, all ? linmem::step_status::done : linmem::step_status::need_output};
  }

  /// Begins anew, with the same parser, limit and wishes; gives back all memory.
  void reset() noexcept { *this = whole_reader{*parser_, limit_, found_.wanted()}; }

  /// Why it failed: limit_exceeded with the limit and the bytes that came, out_of_memory, or what
  /// the parser said.
  [[nodiscard]] linmem::error failure() const noexcept { return failure_; }
  /// What the document has besides its text; all of it from the first text on.
  [[nodiscard]] auto& items() noexcept { return found_.items(); }

private:
  bool fail(const linmem::error& reason) noexcept {
    failure_ = reason;
    document_ = growing_bytes{};
    text_ = growing_bytes{};
    return false;
  }
  bool within_limit(std::size_t size) noexcept {
    return size <= limit_ || fail({linmem::errc::limit_exceeded, parser_->subject, limit_, size});
  }
  bool collect(std::string_view piece) noexcept {
    const std::size_t size = document_.size() + piece.size(); // each at most limit_, or memory
    if (!within_limit(size)) { return false; }
    return document_.append(piece) ||
           fail({linmem::errc::out_of_memory, parser_->subject, limit_, size});
  }
  // Once for a document, and the same wherever it is called from: not to be made twice.
  [[gnu::noinline]] bool parse(std::string_view document, text_output& room) noexcept {
    text_output out = room;
    text_keeper keep{room, text_};
    const linmem::error failed = parser_->parse(document, out, keep, found_);
    keep.finish(out);
    document_ = growing_bytes{};
    parsed_ = true;
    if (failed.code != linmem::errc::none) { return fail(failed); }
    found_.finish();
    return true;
  }
  void fetch(text_output& room) noexcept {
    std::string_view rest = text_.text().substr(fetched_);
    if (rest.size() > room.room()) {
      rest = rest.substr(0, room.room());
      rest = rest.substr(0, linmem::utf8::complete_prefix(std::as_bytes(std::span{rest})));
    }
    if (!rest.empty()) { std::memcpy(room.at, rest.data(), rest.size()); }
    room.at += rest.size();
    fetched_ += rest.size();
  }

  const document_parser* parser_;
  growing_bytes document_; // as far as it was collected
  growing_bytes text_;     // what the output had no room for
  std::size_t fetched_ = 0;
  std::size_t limit_;
  findings found_;
  linmem::error failure_{};
  bool parsed_ = false;
};

/// A whole_reader with the parser of type `Parser`.
template <class Parser>
class whole_document : public whole_reader {
public:
  /// See whole_reader.
  explicit whole_document(std::size_t limit = default_limit, wishes wanted = {}) noexcept
      : whole_reader{parser_of<Parser>, limit, wanted} {}
};

} // namespace document
