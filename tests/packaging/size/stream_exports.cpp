// A module with the C ABI of streams too, and one stream: text in place.
#include <linmem/stream_exports.hpp>

LINMEM_EXPORT(work) std::uint32_t work(std::uint32_t buffer) noexcept {
  return linmem::open_text(buffer);
}
