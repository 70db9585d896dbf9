// examples/document/pdf_file.hpp - the objects of a PDF file, and their streams unpacked.
//
// Objects are found by looking for them from the file's beginning to its end, the last of a number
// counts. What a file says of their places (its tables of cross-references) is not believed, so that a
// file with a wrong table, or none, is read like any other. Objects in object streams are unpacked when
// the file is opened.
//
//   document::pdf_file pdf;
//   linmem::error failed = pdf.open(bytes);
//   std::string_view pages = pdf.entry(pdf.catalog(), "Pages");   // see pdf_object.hpp
//   failed = pdf.unpack(stream, out);
//
// Streams are unpacked from Flate, LZW, ASCII 85 and hexadecimal. Encrypted files are an error.
#pragma once

#include "growing_array.hpp"
#include "growing_bytes.hpp"
#include "inflate.hpp"
#include "pdf_filters.hpp"
#include "pdf_object.hpp"

#include <linmem/error.hpp> // linmem::error, linmem::errc

#include <algorithm>   // std::min, std::sort, std::upper_bound
#include <cstddef>     // std::size_t
#include <cstdint>     // std::uint32_t, std::uint64_t
#include <string_view> // std::string_view
#include <utility>     // std::exchange, std::move

namespace document {

/// See this header's first lines.
class pdf_file {
public:
  static constexpr std::uint32_t most_objects = 1U << 20U;              ///< a million
  static constexpr std::size_t most_unpacked = std::size_t{256} << 20U; ///< bytes in all: 256 MiB
  static constexpr std::uint64_t most_work = std::uint64_t{1} << 30U;   ///< bytes: 1 GiB
  static constexpr linmem::error no_memory{linmem::errc::out_of_memory, "PDF document in bytes", 0,
                                           0}; ///< of what returns false

  /// Looks through at most `work` bytes of dictionaries: one that is long, and is asked for again
  /// and again, would otherwise take hours.
  explicit pdf_file(std::uint64_t work = most_work) noexcept : work_{work}, work_left_{work} {}

  /// Takes `file`, which stays where it is. invalid_data when it is no PDF, unsupported when it is
  /// encrypted, limit_exceeded, out_of_memory.
  [[nodiscard]] linmem::error open(std::string_view file) noexcept {
    file_ = file;
    if (file.substr(0, 1024).find("%PDF-") == std::string_view::npos) {
      return broken("PDF: it does not begin like one");
    }
    growing_array<std::uint32_t> packed; // where the object streams are
    linmem::error failed = find_objects(packed);
    if (failed.code != linmem::errc::none) { return failed; }
    find_trailers();
    if (is_encrypted_) { return {linmem::errc::unsupported, "PDF that is encrypted", 0, 0}; }
    sort();
    for (const std::uint32_t at : packed) {
      failed = open_packed(at);
      if (failed.code != linmem::errc::none) { return failed; }
    }
    sort();
    return is_pdf_dictionary(catalog()) ? linmem::error{} : broken("PDF: it has no catalog");
  }

  /// The dictionary that all begins with, and the one with title and author.
  [[nodiscard]] std::string_view catalog() noexcept { return entry(trailer_, "Root"); }
  [[nodiscard]] std::string_view information() noexcept { return entry(trailer_, "Info"); }

  /// What `value` refers to, or itself.
  [[nodiscard]] std::string_view resolve(std::string_view value) noexcept {
    for (int hops = 0; hops != 8; ++hops) { // a circle leads nowhere
      if (!value.ends_with('R') || !pdf::is_digit(value.front())) { return value; }
      value = object(pdf_count(value, most_number));
    }
    return {};
  }
  /// The value of `key` in a dictionary, resolved.
  [[nodiscard]] std::string_view entry(std::string_view dictionary, std::string_view key) noexcept {
    if (dictionary.size() > work_left_) {
      work_left_ = 0;
      return {};
    }
    work_left_ -= dictionary.size();
    return resolve(pdf_entry(dictionary, key));
  }
  /// limit_exceeded once there was too much to look through: entries are then not found.
  [[nodiscard]] linmem::error exhausted() const noexcept {
    if (work_left_ != 0) { return {}; }
    return {linmem::errc::limit_exceeded, "PDF: bytes looked through", work_, work_ + 1};
  }
  /// True when `value` refers to an object and this is asked for the first time.
  [[nodiscard]] bool take(std::string_view value) noexcept {
    place* const found = value.ends_with('R') ? find(pdf_count(value, most_number)) : nullptr;
    return found != nullptr && !std::exchange(found->is_taken, true);
  }

  /// Adds what stream `value` unpacks to behind `out`. unsupported for other filters; the rest as open().
  [[nodiscard]] linmem::error unpack(std::string_view value, growing_bytes& out) noexcept {
    const std::string_view data = data_of(value);
    if (data.data() == nullptr) { return broken("PDF: a stream is missing"); }
    if (data.size() > left_) { return too_much; }
    left_ -= data.size(); // looking for the end of one is work as well
    const std::string_view filters = entry(value, "Filter");
    growing_bytes before;
    std::string_view packed = data;
    pdf_lexer names{is_pdf_array(filters) ? pdf_inside(filters) : filters};
    for (std::string_view name = resolve(names.value()); !name.empty();) {
      growing_bytes after;
      const linmem::error failed = unfilter(name, packed, after);
      if (failed.code != linmem::errc::none) { return failed; }
      before = std::move(after);
      packed = before.text();
      name = resolve(names.value());
    }
    const std::string_view how = entry(value, "DecodeParms");
    if (pdf_number(entry(is_pdf_array(how) ? std::string_view{} : how, "Predictor")) > 1) {
      return {linmem::errc::unsupported, "PDF stream with a predictor", 0, 0};
    }
    return out.append(packed) ? linmem::error{} : no_memory;
  }

private:
  static constexpr linmem::error too_much{linmem::errc::limit_exceeded,
                                          "PDF: unpacked streams in bytes", most_unpacked,
                                          most_unpacked + 1};
  static constexpr std::uint32_t most_number = 0x7FFF'FFFF;

  struct place {
    std::uint32_t number;
    std::uint32_t order; // where it, or the stream that it is in, is in the file
    std::uint32_t at;    // where its value begins
    bool is_packed;      // in unpacked_, otherwise in file_
    bool is_taken = false;
  };

  static linmem::error broken(const char* what) noexcept {
    return {linmem::errc::invalid_data, what, 0, 0};
  }

  [[nodiscard]] linmem::error add(const place& where) noexcept {
    if (places_.size() == most_objects) {
      return {linmem::errc::limit_exceeded, "PDF objects", most_objects, most_objects + 1};
    }
    return places_.push(where) ? linmem::error{} : no_memory;
  }
  void sort() noexcept {
    std::sort(places_.begin(), places_.end(), [](const place& a, const place& b) {
      return a.number != b.number ? a.number < b.number
             : a.order != b.order ? a.order < b.order
                                  : a.at < b.at;
    });
  }
  // Where the last object called `number` is; null when there is none.
  [[nodiscard]] place* find(std::uint32_t number) noexcept {
    place* const behind =
        std::upper_bound(places_.begin(), places_.end(), number,
                         [](std::uint32_t n, const place& p) { return n < p.number; });
    return behind != places_.begin() && behind[-1].number == number ? behind - 1 : nullptr;
  }
  [[nodiscard]] std::string_view object(std::uint32_t number) noexcept {
    const place* const found = find(number);
    if (found == nullptr) { return {}; }
    const std::string_view bytes = found->is_packed ? unpacked_.text() : file_;
    return pdf_lexer{bytes.substr(std::min<std::size_t>(found->at, bytes.size()))}.value();
  }

  // "12 0 obj", all of them.
  [[nodiscard]] linmem::error find_objects(growing_array<std::uint32_t>& packed) noexcept {
    constexpr std::string_view keyword = "obj";
    std::size_t at = 0;
    std::size_t from = 0; // nothing before belongs to an object that is looked for
    while ((at = file_.find(keyword, at)) != std::string_view::npos) {
      const std::size_t begin = at;
      at += keyword.size();
      std::uint32_t number = 0;
      if (!number_before(from, begin, number)) { continue; }
      linmem::error failed =
          add({number, static_cast<std::uint32_t>(at), static_cast<std::uint32_t>(at), false});
      if (failed.code != linmem::errc::none) { return failed; }
      pdf_lexer lexer{file_.substr(at)};
      const std::string_view value = lexer.value();
      const std::string_view data = is_pdf_dictionary(value) ? data_of(value) : std::string_view{};
      if (data.data() != nullptr) {
        const std::string_view type = pdf_entry(value, "Type");
        if (type == "/XRef") { note_trailer(value); }
        if (type == "/ObjStm" && !packed.push(static_cast<std::uint32_t>(at))) { return no_memory; }
        at = static_cast<std::size_t>(data.data() - file_.data()) + data.size();
      } else if (value != "endobj") {
        at = file_.size() - lexer.rest().size();
      }
      from = at;
    }
    return {};
  }
  // Whether two numbers end at `end`, and which the first is.
  [[nodiscard]] bool number_before(std::size_t from, std::size_t end,
                                   std::uint32_t& number) const noexcept {
    const auto pass = [&](auto is) {
      const std::size_t before = end;
      while (end != from && is(file_[end - 1]) && before - end < 11) { --end; }
      return before != end;
    };
    if (!pass(pdf::is_white) || !pass(pdf::is_digit) || !pass(pdf::is_white)) { return false; }
    const std::size_t behind = end;
    if (!pass(pdf::is_digit)) { return false; }
    number = pdf_count(file_.substr(end, behind - end), most_number);
    return true;
  }
  void note_trailer(std::string_view dictionary) noexcept {
    if (!pdf_entry(dictionary, "Root").empty()) { trailer_ = dictionary; }
    if (!pdf_entry(dictionary, "Encrypt").empty()) { is_encrypted_ = true; }
  }
  // The last ones; the very last that says where to begin counts.
  void find_trailers() noexcept {
    const std::string_view of_streams = trailer_;
    trailer_ = {};
    std::size_t at = file_.size();
    for (int i = 0; i != 16 && at != 0; ++i) {
      at = file_.rfind("trailer", at - 1);
      if (at == std::string_view::npos) { break; }
      const std::string_view dictionary = pdf_lexer{file_.substr(at + 7)}.token();
      const std::string_view known = trailer_;
      if (is_pdf_dictionary(dictionary)) { note_trailer(dictionary); }
      if (!known.empty()) { trailer_ = known; }
    }
    if (trailer_.empty()) { trailer_ = of_streams; }
  }

  // The objects of the object stream at `at`: pairs of numbers and places, then the values.
  [[nodiscard]] linmem::error open_packed(std::uint32_t at) noexcept {
    const std::string_view stream = pdf_lexer{file_.substr(at)}.value();
    const std::size_t begin = unpacked_.size();
    const linmem::error failed = unpack(stream, unpacked_);
    if (failed.code != linmem::errc::none) { return failed; }
    const std::uint32_t count = pdf_count(entry(stream, "N"), most_objects);
    const std::uint32_t first = pdf_count(entry(stream, "First"), most_number);
    pdf_lexer pairs{unpacked_.text().substr(begin)};
    for (std::uint32_t i = 0; i != count; ++i) {
      const std::uint32_t number = pdf_count(pairs.token(), most_number);
      const std::string_view where = pairs.token();
      if (!pdf::is_unsigned(where)) { break; }
      const std::size_t value = begin + first + pdf_count(where, most_number);
      if (value >= unpacked_.size()) { continue; }
      const linmem::error full = add({number, at, static_cast<std::uint32_t>(value), true});
      if (full.code != linmem::errc::none) { return full; }
    }
    return unpacked_.append(" ") ? linmem::error{} : no_memory; // parts the values of two streams
  }

  // What is behind "stream"; null when `value` is none. Its length is believed where its end is there.
  [[nodiscard]] std::string_view data_of(std::string_view value) noexcept {
    constexpr std::string_view keyword = "stream";
    constexpr std::string_view end = "endstream";
    const char* const file_end = file_.data() + file_.size();
    if (!is_pdf_dictionary(value) || value.data() < file_.data() || value.data() >= file_end) {
      return {};
    }
    pdf_lexer lexer{{value.data() + value.size(),
                     static_cast<std::size_t>(file_end - value.data()) - value.size()}};
    if (lexer.token() != keyword) { return {}; }
    std::string_view data = lexer.rest();
    if (data.starts_with("\r\n")) {
      data.remove_prefix(2);
    } else if (data.starts_with('\n') || data.starts_with('\r')) {
      data.remove_prefix(1);
    }
    const std::string_view length = entry(value, "Length");
    const std::uint32_t size = pdf_count(length, most_number);
    if (!length.empty() && size <= data.size()) {
      pdf_lexer behind{data.substr(size)};
      behind.pass_space();
      if (behind.rest().starts_with(end)) { return data.substr(0, size); }
    }
    return data.substr(0, std::min(data.find(end), data.size()));
  }

  [[nodiscard]] linmem::error unfilter(std::string_view name, std::string_view packed,
                                       growing_bytes& out) noexcept {
    constexpr const char* subject = too_much.subject;
    linmem::error failed{};
    if (name == "/FlateDecode" || name == "/Fl") {
      failed = inflate_zlib(packed, left_, subject, out);
    } else if (name == "/LZWDecode" || name == "/LZW") {
      failed = unpack_lzw(packed, left_, subject, out);
    } else if (name == "/ASCII85Decode" || name == "/A85") {
      failed = unpack_ascii85(packed, subject, out);
    } else if (name == "/ASCIIHexDecode" || name == "/AHx") {
      const std::string_view digits = packed.substr(0, packed.find('>'));
      growing_bytes hex; // as a string is written
      if (!hex.append("<") || !hex.append(digits) || !pdf_bytes(hex.text(), out)) {
        return no_memory;
      }
    } else {
      return {linmem::errc::unsupported, "PDF: the filter of a stream", 0, 0};
    }
    if (failed.code == linmem::errc::limit_exceeded) { failed = too_much; }
    left_ -= std::min(left_, out.size());
    return failed;
  }

  std::string_view file_;
  std::string_view trailer_;
  growing_bytes unpacked_; // all object streams
  growing_array<place> places_;
  std::size_t left_ = most_unpacked; // bytes that may still be unpacked
  std::uint64_t work_;
  std::uint64_t work_left_;
  bool is_encrypted_ = false;
};

} // namespace document
