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
// Streams are decrypted (pdf_security.hpp) and unpacked from Flate, LZW, run lengths, ASCII 85 and
// hexadecimal; of a damaged one, what comes before the damage.
#pragma once

#include "growing_array.hpp"
#include "growing_bytes.hpp"
#include "inflate.hpp"
#include "pdf_filters.hpp"
#include "pdf_object.hpp"
#include "pdf_security.hpp"

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
  static constexpr std::uint64_t most_work = std::uint64_t{1} << 31U;   ///< bytes: 2 GiB
  static constexpr linmem::error no_memory{linmem::errc::out_of_memory, "PDF document in bytes", 0,
                                           0}; ///< of what returns false

  /// Looks through at most `work` bytes of values: one that is long, and is asked for again
  /// and again, would otherwise take hours.
  explicit pdf_file(std::uint64_t work = most_work) noexcept : work_{work}, work_left_{work} {}

  /// Takes `file`, which stays where it is. invalid_data when it is no PDF, unsupported when it asks for
  /// a password, limit_exceeded, out_of_memory.
  [[nodiscard]] linmem::error open(std::string_view file) noexcept {
    file_ = file;
    if (file.substr(0, 1024).find("%PDF-") == std::string_view::npos) {
      return broken("PDF: it does not begin like one");
    }
    growing_array<std::uint32_t> packed; // where the object streams are
    linmem::error failed = find_objects(packed);
    if (failed.code != linmem::errc::none) { return failed; }
    find_trailers();
    sort();
    const std::string_view encrypt = entry(encrypted_, "Encrypt");
    if (is_pdf_dictionary(encrypt)) {
      failed =
          security_.open(*this, encrypt, pdf_lexer{pdf_inside(entry(encrypted_, "ID"))}.value());
      if (failed.code != linmem::errc::none) { return failed; }
    }
    for (const std::uint32_t at : packed) {
      failed = open_packed(at);
      if (is_fatal(failed)) { return failed; }
    }
    sort();
    return is_pdf_dictionary(catalog()) ? linmem::error{} : broken("PDF: it has no catalog");
  }

  /// The dictionary that all begins with, and the one with title and author.
  [[nodiscard]] std::string_view catalog() noexcept {
    const std::string_view root = entry(trailer_, "Root");
    std::size_t index = 0;
    return is_pdf_dictionary(root) ? root : next_of("/Catalog", index);
  }
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
    return spend(dictionary.size()) ? resolve(pdf_entry(dictionary, key)) : std::string_view{};
  }
  /// The first dictionary of `type` among the objects from `index` on, which is then behind it; empty
  /// when there is none. For files that do not say where to look.
  [[nodiscard]] std::string_view next_of(std::string_view type, std::size_t& index) noexcept {
    while (index != places_.size()) {
      const std::string_view value = object(places_[index++].number);
      if (is_pdf_dictionary(value) && entry(value, "Type") == type) { return value; }
    }
    return {};
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

  /// Whether nothing that follows can be read either: no memory, or a limit was reached.
  [[nodiscard]] static bool is_fatal(const linmem::error& failed) noexcept {
    return failed.code == linmem::errc::out_of_memory ||
           failed.code == linmem::errc::limit_exceeded;
  }

  /// Adds what stream `value` unpacks to behind `out`. invalid_data when it is damaged: added is what
  /// comes before that; unsupported for other filters; the rest as open().
  [[nodiscard]] linmem::error unpack(std::string_view value, growing_bytes& out) noexcept {
    std::string_view packed = data_of(value);
    if (packed.data() == nullptr) { return broken("PDF: a stream is missing"); }
    if (packed.size() > left_) { return too_much; }
    left_ -= packed.size(); // looking for the end of one is work as well
    const std::string_view filters = entry(value, "Filter");
    const std::string_view parameters = entry(value, "DecodeParms");
    pdf_lexer names{is_pdf_array(filters) ? pdf_inside(filters) : filters};
    pdf_lexer ways{is_pdf_array(parameters) ? pdf_inside(parameters) : parameters};
    std::string_view name = resolve(names.value());
    growing_bytes before;
    if (is_encrypted(value) && name != "/Crypt" && entry(value, "Type") != "/XRef") {
      if (!before.append(packed)) { return no_memory; }
      packed = decrypted(value, true, before);
    }
    linmem::error damage{};
    for (; !name.empty(); name = resolve(names.value())) {
      growing_bytes after;
      const linmem::error failed = unfilter(name, resolve(ways.value()), packed, after);
      if (failed.code == linmem::errc::invalid_data) {
        damage = failed;
      } else if (failed.code != linmem::errc::none) {
        return failed;
      }
      before = std::move(after);
      packed = before.text();
    }
    return out.append(packed) ? damage : no_memory;
  }
  /// Adds the bytes of string `value`, which is in `dictionary`, behind `out`. False: no memory.
  [[nodiscard]] bool string(std::string_view dictionary, std::string_view value,
                            growing_bytes& out) noexcept {
    if (!is_encrypted(dictionary)) { return pdf_bytes(value, out); }
    growing_bytes bytes;
    return pdf_bytes(value, bytes) && out.append(decrypted(dictionary, false, bytes));
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

  // Takes `size` bytes off what may still be looked through. False: there are no more.
  [[nodiscard]] bool spend(std::size_t size) noexcept {
    const bool is_left = size <= work_left_;
    work_left_ = is_left ? work_left_ - size : 0;
    return is_left;
  }
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
    const std::string_view value =
        pdf_lexer{bytes.substr(std::min<std::size_t>(found->at, bytes.size()))}.value();
    return spend(value.size()) ? value : std::string_view{};
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
  // Whether two numbers end at `end`, and which they are.
  [[nodiscard]] bool number_before(std::size_t from, std::size_t end, std::uint32_t& number,
                                   std::uint32_t* generation = nullptr) const noexcept {
    const auto pass = [&](auto is) {
      const std::size_t before = end;
      while (end != from && is(file_[end - 1]) && before - end < 11) { --end; }
      return before != end;
    };
    if (!pass(pdf::is_white)) { return false; }
    const std::size_t second = end;
    if (!pass(pdf::is_digit)) { return false; }
    if (generation != nullptr) {
      *generation = pdf_count(file_.substr(end, second - end), most_number);
    }
    if (!pass(pdf::is_white)) { return false; }
    const std::size_t behind = end;
    if (!pass(pdf::is_digit)) { return false; }
    number = pdf_count(file_.substr(end, behind - end), most_number);
    return true;
  }
  void note_trailer(std::string_view dictionary) noexcept {
    if (!pdf_entry(dictionary, "Root").empty()) { trailer_ = dictionary; }
    if (!pdf_entry(dictionary, "Encrypt").empty()) { encrypted_ = dictionary; }
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

  // Whether what `value` has is encrypted: what was in an object stream was decrypted with that.
  [[nodiscard]] bool is_encrypted(std::string_view value) const noexcept {
    return !encrypted_.empty() && value.data() >= file_.data() &&
           value.data() < file_.data() + file_.size();
  }
  // What `bytes` of the object that begins with `value` are; in their place.
  [[nodiscard]] std::string_view decrypted(std::string_view value, bool is_stream,
                                           growing_bytes& bytes) const noexcept {
    const auto at = static_cast<std::size_t>(value.data() - file_.data());
    const std::size_t keyword = file_.substr(0, at).rfind("obj");
    std::uint32_t number = 0;
    std::uint32_t generation = 0;
    if (keyword == std::string_view::npos || !number_before(0, keyword, number, &generation)) {
      return bytes.text();
    }
    return security_.decrypt(number, generation, is_stream, bytes);
  }

  [[nodiscard]] linmem::error unfilter(std::string_view name, std::string_view parameters,
                                       std::string_view packed, growing_bytes& out) noexcept {
    constexpr const char* subject = too_much.subject;
    const auto number = [&](std::string_view key, std::uint32_t otherwise) {
      const std::string_view value = entry(parameters, key);
      return value.empty() ? otherwise : pdf_count(value, 1U << 20U);
    };
    bool is_predicted = false;
    linmem::error failed{};
    if (name == "/FlateDecode" || name == "/Fl") {
      is_predicted = true;
      failed = inflate_zlib(packed, left_, subject, out);
    } else if (name == "/LZWDecode" || name == "/LZW") {
      is_predicted = true;
      failed = unpack_lzw(packed, left_, subject, out, number("EarlyChange", 1) != 0);
    } else if (name == "/RunLengthDecode" || name == "/RL") {
      failed = unpack_run_length(packed, left_, subject, out);
    } else if (name == "/ASCII85Decode" || name == "/A85") {
      failed = unpack_ascii85(packed, subject, out);
    } else if (name == "/ASCIIHexDecode" || name == "/AHx") {
      const std::string_view digits = packed.substr(0, packed.find('>'));
      growing_bytes hex; // as a string is written
      if (!hex.append("<") || !hex.append(digits) || !pdf_bytes(hex.text(), out)) {
        return no_memory;
      }
    } else if (name == "/Crypt") {
      if (!out.append(packed)) { return no_memory; }
    } else {
      return {linmem::errc::unsupported, "PDF: the filter of a stream", 0, 0};
    }
    if (is_predicted) {
      undo_prediction({number("Predictor", 1), number("Colors", 1), number("BitsPerComponent", 8),
                       number("Columns", 1)},
                      0, out);
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
  pdf_security security_;
  std::string_view encrypted_; // the trailer that says so
};

} // namespace document
