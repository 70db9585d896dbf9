// examples/document/findings.hpp - what a document has besides its text, as it is found.
//
// Metadata becomes one JSON object; tables and images become items of the stream, each at its place in
// the text (stream_items.hpp). Nothing is kept of what nobody asked for. Metadata has a limit: what
// comes when it is full, or when memory ran out, is left out, and the object says "truncated": true.
//
//   document::findings found{{.metadata = true}};
//   found.text("title", "A page");
//   found.entry("links", "https://example.org/");
//   found.heading(1, "Chapter one");
//   found.finish();
//   found.items().metadata();
//   // {"title":"A page","links":["https://example.org/"],"headings":[{"level":1,"text":"Chapter one"}]}
//
// All text is UTF-8. Keys are the format's own where it has them, in lower case; these mean the same
// everywhere: title, author, language, description, created, modified, headings, links, images, sheets, pages.
#pragma once

#include "growing_bytes.hpp"

#include <linmem/bytes.hpp>        // linmem::as_bytes, linmem::byte_view
#include <linmem/error.hpp>        // linmem::detail::text_writer
#include <linmem/stream_items.hpp> // linmem::stream_items

#include <algorithm>   // std::max
#include <array>       // std::array
#include <cstddef>     // std::size_t
#include <cstdint>     // std::uint8_t, std::uint32_t, std::uint64_t
#include <cstring>     // std::memcpy
#include <string_view> // std::string_view

namespace document {

/// Makes `key` of `name`: in lower case, as keys are. False: no memory.
[[nodiscard]] inline bool assign_key(growing_bytes& key, std::string_view name) noexcept {
  key.clear();
  for (const char c : name) {
    const char lower = static_cast<char>(c >= 'A' && c <= 'Z' ? c | 0x20 : c);
    if (!key.append({&lower, 1})) { return false; }
  }
  return true;
}

/// What is asked for besides the text.
struct wishes {
  bool metadata = false; ///< one JSON object
  bool items = false;    ///< tables and images

  /// Anything at all.
  [[nodiscard]] constexpr bool any() const noexcept { return metadata || items; }
  /// Of bit 0: metadata, and bit 1: items.
  static constexpr wishes of(std::uint32_t bits) noexcept {
    return {(bits & 1U) != 0, (bits & 2U) != 0};
  }
};

/// See this header's first lines. Movable, not copyable.
class findings {
public:
  static constexpr std::size_t longest_metadata = std::size_t{1} << 20U; ///< bytes of JSON: 1 MiB
  static constexpr std::size_t longest_table = std::size_t{16} << 20U;   ///< bytes of CSV: 16 MiB

  /// Keeps what `wanted` says.
  explicit findings(wishes wanted = {}) noexcept : wanted_{wanted} {}
  // Many words, moved in many places: not to be made in each.
  [[gnu::noinline]] findings(findings&&) noexcept = default;
  [[gnu::noinline]] findings& operator=(findings&&) noexcept = default;
  [[gnu::noinline]] ~findings() = default;

  /// What is asked for: ask before you go to any trouble.
  [[nodiscard]] wishes wanted() const noexcept { return wanted_; }

  /// Sets `key`, once: later values of it are left out.
  void text(std::string_view key, std::string_view value) noexcept {
    add(key, shape::single, [&] { return put_string(values_, value); });
  }
  /// The same for a number.
  void number(std::string_view key, std::uint64_t value) noexcept {
    add(key, shape::single, [&] { return put_number(value); });
  }
  /// The same for a truth value.
  void flag(std::string_view key, bool value) noexcept {
    add(key, shape::single, [&] { return values_.append(value ? "true" : "false"); });
  }
  /// Adds `value` to the list `key`.
  void entry(std::string_view key, std::string_view value) noexcept {
    add(key, shape::list, [&] { return put_string(values_, value); });
  }
  /// Adds {"level", "text"} to the list "headings".
  void heading(std::uint32_t level, std::string_view value) noexcept {
    add("headings", shape::list, [&] {
      return values_.append("{\"level\":") && put_number(level) && values_.append(",\"text\":") &&
             put_string(values_, value) && values_.append("}");
    });
  }
  /// Adds {"src", "alt"} to the list "images": an image's address, and the text in its stead.
  void picture(std::string_view address, std::string_view text) noexcept {
    add("images", shape::list, [&] {
      return values_.append("{\"src\":") && put_string(values_, address) &&
             values_.append(",\"alt\":") && put_string(values_, text) && values_.append("}");
    });
  }
  /// Something was left out, elsewhere than here.
  void truncate() noexcept { is_truncated_ = true; }

  /// Begins a table, called `name`, at `position` in bytes of text. Its rows become CSV (RFC 4180).
  void begin_table(std::string_view name, std::uint64_t position) noexcept {
    if (!wanted_.items) { return; }
    table_.clear();
    table_name_.clear();
    is_whole_ = table_name_.append(name);
    table_position_ = position;
    row_is_empty_ = true;
  }
  /// The next cell of the row.
  void cell(std::string_view value) noexcept {
    if (!wanted_.items || !is_whole_) { return; }
    is_whole_ = table_.size() <= longest_table && value.size() <= longest_table - table_.size() &&
                (row_is_empty_ || table_.append(",")) && append_cell(value);
    row_is_empty_ = false;
  }
  /// Ends the row.
  void end_row() noexcept {
    if (!wanted_.items || !is_whole_) { return; }
    is_whole_ = table_.append("\r\n") && table_.size() <= longest_table;
    row_is_empty_ = true;
  }
  /// Ends the table, which is now an item; left out when it is longer than longest_table, memory ran
  /// out, or the items' limit.
  void end_table() noexcept {
    if (!wanted_.items) { return; }
    if (!is_whole_) {
      is_truncated_ = true;
      return;
    }
    push({.kind = linmem::item_kind::table,
          .name = table_name_.text(),
          .media_type = "text/csv",
          .position = table_position_,
          .payload = linmem::as_bytes(table_.text())});
  }
  /// An image called `name`, of `media_type`, at `position` in bytes of text; `bytes` are copied.
  void image(std::string_view name, std::string_view media_type, std::uint64_t position,
             linmem::byte_view bytes) noexcept {
    if (!wanted_.items) { return; }
    push({.kind = linmem::item_kind::image,
          .name = name,
          .media_type = media_type,
          .position = position,
          .payload = bytes});
  }

  /// Puts the metadata together, once all is found. Nothing is added afterwards.
  void finish() noexcept {
    if (!wanted_.metadata || is_finished_) { return; }
    is_finished_ = true;
    growing_bytes json;
    if (assemble(json)) { static_cast<void>(items_.set_metadata(json.text())); }
    names_ = growing_bytes{};
    values_ = growing_bytes{};
  }
  /// Where it all is; see linmem::publishes_items. Metadata once finished.
  [[nodiscard]] linmem::stream_items<>& items() noexcept { return items_; }

private:
  static constexpr std::size_t most_keys = 32;

  enum class shape : std::uint8_t { single, list };
  struct field {
    std::uint32_t name_at; // in names_
    std::uint32_t name_size;
    shape is;
  };
  // What precedes each JSON value in values_.
  struct value_head {
    std::uint32_t field;
    std::uint32_t size;
  };

  [[nodiscard]] std::string_view name_of(const field& f) const noexcept {
    return names_.text().substr(f.name_at, f.name_size);
  }
  // The number of the field called `key`, which is added if it is new; most_keys when there is none.
  [[nodiscard]] std::size_t field_of(std::string_view key, shape is) noexcept {
    for (std::size_t i = 0; i != fields_used_; ++i) {
      if (name_of(fields_[i]) == key) {
        return is == shape::list && fields_[i].is == is ? i : most_keys;
      }
    }
    const std::size_t at = names_.size();
    if (fields_used_ == most_keys || key.size() > longest_metadata - at || !names_.append(key)) {
      is_truncated_ = true;
      return most_keys;
    }
    fields_[fields_used_] = {static_cast<std::uint32_t>(at), static_cast<std::uint32_t>(key.size()),
                             is};
    return fields_used_++;
  }
  // Adds a value of `key`, which `write` puts behind values_.
  template <class Write>
  void add(std::string_view key, shape is, Write write) noexcept {
    if (!wanted_.metadata || is_finished_) { return; }
    const std::size_t number = field_of(key, is);
    if (number == most_keys) { return; }
    const std::size_t at = values_.size();
    value_head head{static_cast<std::uint32_t>(number), 0};
    const bool fits =
        values_.append(bytes_of(head)) && write() && values_.size() <= longest_metadata;
    if (!fits) {
      values_.cut(at);
      is_truncated_ = true;
      return;
    }
    head.size = static_cast<std::uint32_t>(values_.size() - at - sizeof head);
    values_.replace(at, bytes_of(head));
  }
  static std::string_view bytes_of(const value_head& head) noexcept {
    return {reinterpret_cast<const char*>(&head), sizeof head}; // NOLINT: char may alias
  }

  [[nodiscard]] bool put_number(std::uint64_t number) noexcept {
    std::array<char, 20> digits{};
    linmem::detail::text_writer text{digits};
    text.put(number);
    return values_.append(text.text());
  }
  [[nodiscard]] static bool put_string(growing_bytes& to, std::string_view text) noexcept {
    if (!to.append("\"")) { return false; }
    while (!text.empty()) {
      std::size_t plain = 0;
      while (plain != text.size() && !is_escaped(text[plain])) { ++plain; }
      if (!to.append(text.substr(0, plain))) { return false; }
      text.remove_prefix(plain);
      if (text.empty()) { break; }
      constexpr std::string_view hex = "0123456789abcdef";
      const char c = text.front();
      const std::array<char, 6> coded{'\\',
                                      'u',
                                      '0',
                                      '0',
                                      hex[static_cast<unsigned char>(c) >> 4U],
                                      hex[static_cast<unsigned char>(c) & 15U]};
      const std::array<char, 2> quoted{'\\', c};
      const bool is_control = static_cast<unsigned char>(c) < 0x20;
      if (!to.append(is_control ? std::string_view{coded.data(), coded.size()}
                                : std::string_view{quoted.data(), quoted.size()})) {
        return false;
      }
      text.remove_prefix(1);
    }
    return to.append("\"");
  }
  static bool is_escaped(char c) noexcept {
    return static_cast<unsigned char>(c) < 0x20 || c == '"' || c == '\\';
  }

  [[nodiscard]] bool assemble(growing_bytes& json) noexcept {
    if (!json.append("{")) { return false; }
    for (std::size_t i = 0; i != fields_used_; ++i) {
      const bool is_list = fields_[i].is == shape::list;
      bool is_first = true;
      std::string_view rest = values_.text();
      while (!rest.empty()) {
        value_head head{};
        std::memcpy(&head, rest.data(), sizeof head);
        const std::string_view value = rest.substr(sizeof head, head.size);
        rest.remove_prefix(sizeof head + head.size);
        if (head.field != i) { continue; }
        const bool begun = is_first ? (json.size() == 1 || json.append(",")) &&
                                          put_string(json, name_of(fields_[i])) &&
                                          json.append(is_list ? ":[" : ":")
                                    : json.append(",");
        if (!begun || !json.append(value)) { return false; }
        is_first = false;
      }
      if (is_list && !is_first && !json.append("]")) { return false; }
    }
    if (is_truncated_ &&
        !json.append(json.size() == 1 ? "\"truncated\":true" : ",\"truncated\":true")) {
      return false;
    }
    return json.append("}");
  }

  [[nodiscard]] bool append_cell(std::string_view value) noexcept {
    if (value.find_first_of(",\"\r\n") == std::string_view::npos) { return table_.append(value); }
    if (!table_.append("\"")) { return false; }
    for (;;) {
      const std::size_t quote = value.find('"');
      if (quote == std::string_view::npos) { return table_.append(value) && table_.append("\""); }
      if (!table_.append(value.substr(0, quote + 1)) || !table_.append("\"")) { return false; }
      value.remove_prefix(quote + 1);
    }
  }
  // Items come in the order of their places: a table within which something else was pushed goes
  // behind that.
  void push(linmem::stream_item item) noexcept {
    item.position = last_position_ = std::max(item.position, last_position_);
    if (!items_.push(item)) { is_truncated_ = true; }
  }

  wishes wanted_;
  std::array<field, most_keys> fields_{};
  std::size_t fields_used_ = 0;
  growing_bytes names_;
  growing_bytes values_;
  growing_bytes table_; // the rows so far
  growing_bytes table_name_;
  std::uint64_t table_position_ = 0;
  std::uint64_t last_position_ = 0;
  linmem::stream_items<> items_;
  bool is_whole_ = true; // the table, so far
  bool row_is_empty_ = true;
  bool is_finished_ = false;
  bool is_truncated_ = false;
};

} // namespace document
