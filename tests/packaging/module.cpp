// The module that every way of installing has to make possible, for a host that uses the JavaScript
// half (host.mjs).
#include <linmem/stream_exports.hpp>

#include <algorithm>

LINMEM_EXPORT(count_lines) std::uint32_t count_lines(std::uint32_t buffer) noexcept {
  const auto text = linmem::buffer_view(buffer);
  return text ? static_cast<std::uint32_t>(std::ranges::count(*text, std::byte{'\n'})) : 0;
}
LINMEM_EXPORT(open_text) std::uint32_t open_text(std::uint32_t buffer) noexcept {
  return linmem::open_text(buffer, {.chunk_size = 16});
}
