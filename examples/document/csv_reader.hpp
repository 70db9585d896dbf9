// examples/document/csv_reader.hpp - rows and cells of CSV, fed a piece at a time.
//
// Splits text by RFC 4180 into cells, with a few bytes of state, for input cut anywhere and a sink that
// can say "full" anywhere. What the RFC does not allow but people write is read as they mean it: a line
// may end with LF, CR or CRLF, the last one need not end, text behind a closing quote belongs to the
// cell, and empty lines are passed over. Nothing is an error.
//
//   struct sink {
//     void begin_row();
//     void begin_cell();
//     std::size_t text(const char* p, std::size_t n);   // how many it took; n, or it is full
//     void end_cell();
//   };
//   document::csv_reader<','> reader;
//   const char* stop = reader.run(p, end, sink);   // end, or where the sink was full
//   reader.finish(sink);                           // the input has ended
#pragma once

#include "scan.hpp"

#include <cstddef> // std::size_t
#include <cstdint> // std::uint8_t

namespace document {

/// See this header's first lines.
template <char Separator>
class csv_reader {
public:
  /// Reads [p, end). Returns `end`, or where it stopped because the sink was full: present the rest
  /// again.
  template <class Sink>
  [[nodiscard]] const char* run(const char* p, const char* end, Sink& sink) noexcept {
    while (p != end) {
      switch (state_) {
        case state::row:
          if (*p == '\n' || *p == '\r') {
            ++p;
            break;
          }
          sink.begin_row();
          state_ = state::cell;
          [[fallthrough]];
        case state::cell:
          sink.begin_cell();
          state_ = *p == '"' ? state::quoted : state::plain;
          if (*p == '"') { ++p; }
          break;
        case state::plain:
          if (!pass_text(p, find_any<Separator, '\n', '\r'>(p, end), sink) || p == end) {
            return p;
          }
          sink.end_cell();
          state_ = *p++ == Separator ? state::cell : state::row;
          break;
        case state::quoted:
          if (!pass_text(p, find_any<'"'>(p, end), sink) || p == end) { return p; }
          ++p;
          state_ = state::quote;
          break;
        case state::quote: // closes the cell, or is the first of two that mean one
          if (*p != '"') {
            state_ = state::plain;
            break;
          }
          if (sink.text(p, 1) == 0) { return p; }
          ++p;
          state_ = state::quoted;
          break;
      }
    }
    return p;
  }

  /// The input has ended: so have the cell and the row.
  template <class Sink>
  void finish(Sink& sink) noexcept {
    if (state_ == state::cell) { sink.begin_cell(); }
    if (state_ != state::row) { sink.end_cell(); }
    state_ = state::row;
  }

private:
  enum class state : std::uint8_t { row, cell, plain, quoted, quote };

  template <class Sink>
  [[nodiscard]] static bool pass_text(const char*& p, const char* stop, Sink& sink) noexcept {
    if (p != stop) { p += sink.text(p, static_cast<std::size_t>(stop - p)); }
    return p == stop;
  }

  state state_ = state::row;
};

} // namespace document
