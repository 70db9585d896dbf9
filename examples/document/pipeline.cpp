// The document extractor's C++ half: two ways to open a document, both answered with a stream of
// text. Everything else - pulling, feeding, freeing, errors - is linmem's C ABI.
#include "html_text.hpp"
#include "markdown_text.hpp"

#include <linmem/exports.hpp>
#include <linmem/tracker_exports.hpp>
#include <linmem/transform.hpp>
#include <linmem/utf8.hpp>

#include <array>   // std::array
#include <cstdint> // std::uint32_t

namespace {

enum class format : std::uint32_t { html, markdown, plain };

// In the order of `format`.
constexpr std::array types{"text/html", "text/markdown", "text/plain"};

std::uint32_t reject_format(std::uint32_t number) noexcept {
  return linmem::reject({linmem::errc::out_of_range, "document type", types.size() - 1, number});
}

} // namespace

/// The address of the name of type `index`, NUL-terminated; 0 behind the last.
LINMEM_EXPORT(document_type) const char* document_type(std::uint32_t index) noexcept {
  return index < types.size() ? types[index] : nullptr;
}

/// A stream of the text of a document that the host feeds. `type` is an index as above.
LINMEM_EXPORT(document_open)
std::uint32_t document_open(std::uint32_t type, std::uint32_t chunk_size) noexcept {
  const linmem::chunk_options options{chunk_size};
  switch (format{type}) {
    case format::html:
      return linmem::open_stream(linmem::utf8_lossy<document::html_text>{}, options);
    case format::markdown:
      return linmem::open_stream(linmem::utf8_lossy<document::markdown_text>{}, options);
    case format::plain:
      return linmem::open_stream(linmem::utf8_lossy<linmem::copy_transform>{}, options);
  }
  return reject_format(type);
}

/// A stream of the text of the document in buffer `input`, read in place.
LINMEM_EXPORT(document_open_buffer)
std::uint32_t document_open_buffer(std::uint32_t type, std::uint32_t input,
                                   std::uint32_t chunk_size) noexcept {
  const linmem::chunk_options options{chunk_size};
  switch (format{type}) {
    case format::html:
      return linmem::open_stream_over(linmem::utf8_lossy<document::html_text>{}, input, options);
    case format::markdown: {
      // The parser wants the whole document in one piece: valid text is parsed where it lies.
      const auto text = linmem::buffer_view(input);
      if (text && linmem::utf8::is_valid(*text)) {
        return linmem::open_stream_over(document::markdown_text{}, input, options);
      }
      return linmem::open_stream_over(linmem::utf8_lossy<document::markdown_text>{}, input,
                                      options);
    }
    case format::plain: return linmem::open_text(input, options);
  }
  return reject_format(type);
}
