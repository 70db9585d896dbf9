// linmem/format_registry.hpp - which formats a build reads, and who reads what.
//
// A list of handlers, fixed when the program is compiled, is asked by MIME type, by file name or by
// the first bytes of a document. What is not in the list is not referred to, so that it leaves nothing
// in the program:
//
//   using opener = std::uint32_t(std::uint32_t input);
//   constexpr linmem::format<opener> formats[] = {
//       {.feature = "text", .mime_types = "text/html", .extensions = ".html .htm", .open = open_html},
//       {.feature = "text", .mime_types = "text/plain", .extensions = ".txt", .open = open_plain},
//   };
//   constinit linmem::format_registry<opener> registry{formats};
//
//   auto found = registry.by_mime_type("Text/HTML; charset=utf-8");
//   if (found) { stream = registry[*found].open(input); }
//
// More can be added while the program runs. Not a detector of encodings, and not one of file types in
// general: it knows the formats that it was given. Nothing allocates.
#pragma once

#include <linmem/bytes.hpp>
#include <linmem/config.hpp>
#include <linmem/error.hpp>
#include <linmem/result.hpp>

#include <array>       // std::array
#include <cstddef>     // std::size_t
#include <cstdint>     // std::uint32_t
#include <span>        // std::span
#include <string_view> // std::string_view

namespace linmem::inline LINMEM_ABI {

/// Bytes by which a format is known; none when `bytes` is empty.
struct format_magic {
  std::string_view bytes;   ///< what a document holds
  std::uint32_t offset = 0; ///< where, in bytes from its beginning
};

/// A format and the function that opens a document of it. Names are separated by single spaces; all
/// text is of static storage duration.
template <class Open>
struct format {
  std::string_view feature;      ///< what a build can leave out with others, for example "text"
  std::string_view mime_types;   ///< the usual one first
  std::string_view extensions{}; ///< with their dots
  std::array<format_magic, 2> magic{}; ///< any of them will do
  /// Looks at the first bytes of a document where magic is not enough; before any magic. May be null.
  bool (*recognises)(byte_view head) noexcept = nullptr;
  Open* open = nullptr; ///< the handler, or one that makes its transform
};

namespace detail {

// Calls `f` with each word of `list` until it returns true; whether it did.
template <class F>
constexpr bool any_word(std::string_view list, F f) noexcept {
  while (!list.empty()) {
    const std::size_t length = smaller(list.find(' '), list.size());
    if (length != 0 && f(list.substr(0, length))) { return true; }
    list.remove_prefix(smaller(length + 1, list.size()));
  }
  return false;
}

[[nodiscard]] constexpr char lowered(char c) noexcept {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

[[nodiscard]] constexpr bool same_name(std::string_view a, std::string_view b) noexcept {
  if (a.size() != b.size()) { return false; }
  for (std::size_t i = 0; i != a.size(); ++i) {
    if (lowered(a[i]) != lowered(b[i])) { return false; }
  }
  return true;
}

[[nodiscard]] constexpr bool has_word(std::string_view list, std::string_view name) noexcept {
  return any_word(list, [&](std::string_view word) { return same_name(word, name); });
}

// The first word of `a` that is also one of `b`.
[[nodiscard]] constexpr std::string_view common_word(std::string_view a,
                                                     std::string_view b) noexcept {
  std::string_view common;
  any_word(a, [&](std::string_view word) {
    if (has_word(b, word)) { common = word; }
    return !common.empty();
  });
  return common;
}

// A MIME type without its parameters and the white space around it.
[[nodiscard]] constexpr std::string_view essence_of(std::string_view type) noexcept {
  constexpr std::string_view blank = " \t\r\n";
  type = type.substr(0, type.find(';'));
  type.remove_prefix(smaller(type.find_first_not_of(blank), type.size()));
  return type.substr(0, type.find_last_not_of(blank) + 1); // npos + 1 is 0
}

// From the last dot on; empty when the name has none. A folder's dots do not count.
[[nodiscard]] constexpr std::string_view extension_of(std::string_view path) noexcept {
  const std::size_t dot = path.find_last_of("./\\");
  return dot == std::string_view::npos || path[dot] != '.' ? std::string_view{} : path.substr(dot);
}

void formats_share_a_name() noexcept; // nowhere defined: a list that calls it does not compile

} // namespace detail

/// True when no two formats share a MIME type or an extension.
template <class Open>
[[nodiscard]] constexpr bool names_are_distinct(std::span<const format<Open>> formats) noexcept {
  for (std::size_t i = 1; i < formats.size(); ++i) {
    for (const format<Open>& other : formats.first(i)) {
      if (!detail::common_word(formats[i].mime_types, other.mime_types).empty() ||
          !detail::common_word(formats[i].extensions, other.extensions).empty()) {
        return false;
      }
    }
  }
  return true;
}

/// The formats of a program. `Open` is the type of their functions, `Added` how many more may come
/// while it runs. One thread.
template <class Open, std::size_t Added = 8>
class format_registry {
public:
  /// With those `listed`, an array of static storage duration. Two that share a name do not compile.
  consteval explicit format_registry(std::span<const format<Open>> listed) : built_in_{listed} {
    if (!names_are_distinct(listed)) { detail::formats_share_a_name(); }
  }

  /// Number of formats; each has a number below it, which never changes.
  [[nodiscard]] constexpr std::size_t size() const noexcept { return built_in_.size() + added_; }
  /// The format with number `index`, below size().
  [[nodiscard]] constexpr const format<Open>& operator[](std::size_t index) const noexcept {
    LINMEM_ASSERT(index < size());
    return index < built_in_.size() ? built_in_[index] : more_[index - built_in_.size()];
  }

  /// The number of the format with MIME type `type`. Case, parameters such as `; charset=utf-8` and
  /// white space do not count. unsupported when there is none: the error names `type` and those that
  /// are known; it is valid until the next error of this registry.
  [[nodiscard]] constexpr result<std::size_t> by_mime_type(std::string_view type) noexcept {
    const std::string_view name = detail::essence_of(type);
    for (std::size_t i = 0; i != size(); ++i) {
      if (detail::has_word((*this)[i].mime_types, name)) { return i; }
    }
    return unknown("MIME type", name, &format<Open>::mime_types);
  }

  /// The same by the extension of a file's name or path, in any case.
  [[nodiscard]] constexpr result<std::size_t> by_file_name(std::string_view path) noexcept {
    const std::string_view extension = detail::extension_of(path);
    for (std::size_t i = 0; i != size(); ++i) {
      if (detail::has_word((*this)[i].extensions, extension)) { return i; }
    }
    return unknown("file name extension", extension, &format<Open>::extensions);
  }

  /// The same by the first bytes of a document, for which 512 are plenty. The first format that
  /// recognises them, else the one with the longest magic that they hold.
  [[nodiscard]] constexpr result<std::size_t> by_content(byte_view head) noexcept {
    std::size_t found = size();
    std::size_t longest = 0;
    for (std::size_t i = 0; i != size(); ++i) {
      const format<Open>& f = (*this)[i];
      if (f.recognises != nullptr && f.recognises(head)) { return i; }
      for (const format_magic& magic : f.magic) {
        if (magic.bytes.size() > longest && holds(head, magic)) {
          longest = magic.bytes.size();
          found = i;
        }
      }
    }
    if (found != size()) { return found; }
    return unknown("type that the content shows", {}, &format<Open>::mime_types);
  }

  /// Adds a format; its number. invalid_argument without a MIME type or `open`; conflict, naming it,
  /// when a MIME type or extension is taken; limit_exceeded after `Added`. Nothing was added then.
  constexpr result<std::size_t> add(const format<Open>& added) noexcept {
    if (added.mime_types.empty() || added.open == nullptr) {
      return fail(errc::invalid_argument, "format without a MIME type or a handler");
    }
    for (std::size_t i = 0; i != size(); ++i) {
      std::string_view taken = detail::common_word(added.mime_types, (*this)[i].mime_types);
      if (taken.empty()) { taken = detail::common_word(added.extensions, (*this)[i].extensions); }
      if (!taken.empty()) { return error_saying(errc::conflict, "format for ", taken); }
    }
    if (added_ == Added) { return fail(errc::limit_exceeded, "formats added", Added, added_ + 1); }
    more_[added_] = added;
    return built_in_.size() + added_++;
  }

  /// Writes the names of all features, each once, with a space between, and returns what was written;
  /// cut where `out` ends.
  [[nodiscard]] constexpr std::string_view supported_features(std::span<char> out) const noexcept {
    detail::text_writer text{out};
    for (std::size_t i = 0; i != size(); ++i) {
      const std::string_view feature = (*this)[i].feature;
      bool is_new = !feature.empty();
      for (std::size_t k = 0; k != i; ++k) { is_new = is_new && (*this)[k].feature != feature; }
      if (is_new) { put_word(text, " ", feature); }
    }
    return text.text();
  }
  /// The same with all MIME types.
  [[nodiscard]] constexpr std::string_view
  supported_mime_types(std::span<char> out) const noexcept {
    detail::text_writer text{out};
    put_all(text, " ", &format<Open>::mime_types);
    return text.text();
  }
  /// The same with all file name extensions.
  [[nodiscard]] constexpr std::string_view
  supported_extensions(std::span<char> out) const noexcept {
    detail::text_writer text{out};
    put_all(text, " ", &format<Open>::extensions);
    return text.text();
  }

private:
  using list = std::string_view format<Open>::*;

  static constexpr bool holds(byte_view head, const format_magic& magic) noexcept {
    if (!in_bounds(magic.offset, magic.bytes.size(), head.size())) { return false; }
    for (std::size_t i = 0; i != magic.bytes.size(); ++i) {
      if (static_cast<char>(head[magic.offset + i]) != magic.bytes[i]) { return false; }
    }
    return true;
  }
  static constexpr void put_word(detail::text_writer& text, std::string_view between,
                                 std::string_view word) noexcept {
    if (!text.text().empty() && text.text().back() != ' ') { text.put(between); }
    text.put(word);
  }
  constexpr void put_all(detail::text_writer& text, std::string_view between,
                         list names) const noexcept {
    for (std::size_t i = 0; i != size(); ++i) {
      detail::any_word((*this)[i].*names, [&](std::string_view word) {
        put_word(text, between, word);
        return false;
      });
    }
  }

  // The first byte of `what` may be anything: what cannot be shown is not.
  static constexpr void put_asked(detail::text_writer& text, std::string_view what) noexcept {
    constexpr std::size_t most = 64;
    for (const char c : what.substr(0, most)) {
      text.put(c >= ' ' && c <= '~' ? std::string_view{&c, 1} : "?");
    }
    if (what.size() > most) { text.put("..."); }
  }
  constexpr unexpected error_saying(errc code, std::string_view what,
                                    std::string_view name) noexcept {
    detail::text_writer text{std::span{message_}.first(message_.size() - 1)};
    text.put(what);
    put_asked(text, name);
    return finish(code, text);
  }
  constexpr unexpected unknown(std::string_view kind, std::string_view asked, list known) noexcept {
    detail::text_writer text{std::span{message_}.first(message_.size() - 1)};
    text.put(asked.empty() ? "no " : "");
    text.put(kind);
    text.put(asked.empty() ? "" : " ");
    put_asked(text, asked);
    text.put("; known: ");
    put_all(text, ", ", known);
    return finish(errc::unsupported, text);
  }
  constexpr unexpected finish(errc code, const detail::text_writer& text) noexcept {
    message_[text.text().size()] = '\0';
    return fail(code, message_.data());
  }

  std::span<const format<Open>> built_in_;
  std::array<format<Open>, Added> more_{};
  std::size_t added_ = 0;
  std::array<char, 1024> message_{}; // of the last error
};

} // namespace linmem::inline LINMEM_ABI
