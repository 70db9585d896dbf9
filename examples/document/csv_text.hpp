// examples/document/csv_text.hpp - the text of a table in CSV, as a transform.
//
// A row is a line, its cells are parted by tabs, as tables are elsewhere; white space within a cell
// collapses to one space. Streams: the state is of fixed size, whatever the length of rows and cells.
// It never fails. Put linmem::utf8_lossy in front, since it wants whole UTF-8 sequences; a byte order
// mark at the beginning is left out.
//
//   linmem::utf8_lossy<document::csv_text<','>> t;
//   linmem::step_result r = t.step(linmem::as_bytes("a,\"b \"\"c\"\"\"\n"), out, true);   // "a\tb \"c\"\n"
//
// What is accepted as CSV: csv_reader.hpp.
#pragma once

#include "csv_reader.hpp"
#include "text_layout.hpp"

#include <linmem/transform.hpp> // linmem::step_result

#include <cstddef>     // std::byte, std::size_t
#include <span>        // std::span
#include <string_view> // std::string_view

namespace document {

/// See this header's first lines. Satisfies linmem::transform.
template <char Separator>
class csv_text {
public:
  /// See linmem::transform.
  linmem::step_result step(std::span<const std::byte> in, std::span<std::byte> out,
                           bool last) noexcept {
    char* const room = reinterpret_cast<char*>(out.data()); // NOLINT: char may alias
    text_output output{room, room + out.size()};
    const char* const begin = reinterpret_cast<const char*>(in.data()); // NOLINT
    const char* const end = begin + in.size();
    const char* p = begin;
    if (at_beginning_ && p != end) {
      at_beginning_ = false;
      constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";
      if (std::string_view{p, in.size()}.starts_with(byte_order_mark)) {
        p += byte_order_mark.size();
      }
    }
    writer sink{layout_, output};
    p = reader_.run(p, end, sink);
    linmem::step_status status = linmem::step_status::need_output;
    if (p == end) {
      if (!last) {
        status = linmem::step_status::need_input;
      } else {
        reader_.finish(sink);
        if (layout_.finish(output)) { status = linmem::step_status::done; }
      }
    }
    return {static_cast<std::size_t>(p - begin), static_cast<std::size_t>(output.at - room),
            status};
  }

  /// Begins anew.
  void reset() noexcept { *this = csv_text{}; }

private:
  struct writer {
    text_layout& layout;
    text_output& out;

    void begin_row() noexcept { layout.row(); }
    void begin_cell() noexcept { layout.cell(); }
    void end_cell() noexcept { layout.end_cell(); }
    std::size_t text(const char* p, std::size_t n) noexcept { return layout.text(p, n, out); }
  };

  csv_reader<Separator> reader_;
  text_layout layout_;
  bool at_beginning_ = true;
};

} // namespace document
