// A second translation unit with the C ABI: it must be in the module once all the same.
#include <linmem/exports.hpp>

LINMEM_EXPORT(fixture_twin) std::uint32_t fixture_twin(std::uint32_t buffer) noexcept {
  const auto view = linmem::buffer_view(buffer);
  return view ? static_cast<std::uint32_t>(view->size()) : 0;
}
