// A module with the C ABI: shared buffers that JavaScript makes, fills and reads, and all growth seen.
#include <linmem/exports.hpp>

LINMEM_EXPORT(work) std::uint32_t work(std::uint32_t buffer) noexcept {
  const auto bytes = linmem::buffer_view(buffer);
  return bytes && !bytes->empty() ? std::to_integer<std::uint32_t>(bytes->back()) : 0;
}
