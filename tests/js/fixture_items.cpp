// Streams with items, for tests/js/cases/stream_items.mjs.
#include "../bracketed.hpp"

#include <linmem/stream_exports.hpp>

#include <cstdint>

/// A stream of the text in `buffer`, with what stands in brackets as items; see bracketed.hpp.
LINMEM_EXPORT(fixture_items)
std::uint32_t fixture_items(std::uint32_t buffer, std::uint32_t chunk,
                            std::uint32_t limit) noexcept {
  return linmem::open_stream_over(support::bracketed<>{{.limit = limit}}, buffer, {chunk});
}
/// The same, of text that the host feeds.
LINMEM_EXPORT(fixture_items_fed) std::uint32_t fixture_items_fed(std::uint32_t chunk) noexcept {
  return linmem::open_stream(support::bracketed<>{}, {chunk}, 16);
}
