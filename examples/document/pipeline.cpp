// The document extractor's C++ half: finds the format of a document, and opens it as a stream of text.
// Everything else - pulling, feeding, freeing, errors - is linmem's C ABI.
#include "formats.hpp"

#include <linmem/format_registry.hpp>
#include <linmem/stream_exports.hpp>
#include <linmem/tracker_exports.hpp>

#include <algorithm>   // std::max_element
#include <array>       // std::array
#include <cstddef>     // std::size_t
#include <cstdint>     // std::uint32_t, std::uint64_t
#include <span>        // std::span
#include <string_view> // std::string_view

namespace {

constinit linmem::format_registry<document::opener> registry{document::formats};

// What a list is of, and by what a format is found: numbers that the JavaScript half knows.
enum class supported : std::uint32_t { features, mime_types, extensions };
enum class asked : std::uint32_t { mime_type, file_name, content };

// Bytes that the longest of the lists of names takes, with its NUL.
constexpr std::size_t longest_list = [] {
  std::array<std::size_t, 3> sizes{};
  for (const auto& format : document::formats) {
    sizes[0] += format.feature.size() + 1;
    sizes[1] += format.mime_types.size() + 1;
    sizes[2] += format.extensions.size() + 1;
  }
  return *std::max_element(sizes.begin(), sizes.end()) + 1;
}();

std::uint32_t reject(linmem::errc code, const char* subject, std::uint64_t limit,
                     std::uint64_t actual) noexcept {
  return linmem::reject({code, subject, limit, actual});
}

} // namespace

/// The address of the names of all features (0), MIME types (1) or file name extensions (2), with
/// a space between, NUL-terminated; null for another number. Valid until the next call.
LINMEM_EXPORT(document_supported) const char* document_supported(std::uint32_t list) noexcept {
  static constinit std::array<char, longest_list> text{};
  const std::span room{text.data(), text.size() - 1};
  std::string_view written;
  switch (supported{list}) {
    case supported::features: written = registry.supported_features(room); break;
    case supported::mime_types: written = registry.supported_mime_types(room); break;
    case supported::extensions: written = registry.supported_extensions(room); break;
    default: return nullptr;
  }
  text[written.size()] = '\0';
  return text.data();
}

/// The address of the MIME types of format `number`, as above; null when there is none.
LINMEM_EXPORT(document_mime_types) const char* document_mime_types(std::uint32_t number) noexcept {
  return number - 1 < registry.size() ? registry[number - 1].mime_types.data() : nullptr;
}

/// The number, from 1, of the format with the MIME type (0), the file name (1) or the first bytes (2)
/// that buffer `text` holds; 0 with the reason recorded when there is none.
LINMEM_EXPORT(document_find)
std::uint32_t document_find(std::uint32_t by, std::uint32_t text) noexcept {
  const auto bytes = linmem::buffer_view(text);
  if (!bytes) { return 0; }
  const std::string_view name = linmem::as_text(*bytes);
  const auto answer = [](const linmem::result<std::size_t>& found) {
    return found ? static_cast<std::uint32_t>(*found + 1) : linmem::reject(found.error());
  };
  switch (asked{by}) {
    case asked::mime_type: return answer(registry.by_mime_type(name));
    case asked::file_name: return answer(registry.by_file_name(name));
    case asked::content: return answer(registry.by_content(*bytes));
  }
  return reject(linmem::errc::out_of_range, "way to find a format", 2, by);
}

/// A stream of the text of a document in format `number`: of the one in buffer `input`, read in
/// place, or, with 0, of one that the host feeds. Bits of `wanted`: 1 for metadata, 2 for tables and
/// images as items.
LINMEM_EXPORT(document_open)
std::uint32_t document_open(std::uint32_t number, std::uint32_t input, std::uint32_t chunk_size,
                            std::uint32_t wanted) noexcept {
  if (number - 1 >= registry.size()) {
    return reject(linmem::errc::out_of_range, "number of a format", registry.size(), number);
  }
  return registry[number - 1].open(input, {{chunk_size}, document::wishes::of(wanted)});
}
