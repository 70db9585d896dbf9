// A buffer that the module makes and gives to the host.
#include <linmem/exports.hpp>

#include <utility>

/// A buffer of `bytes` bytes that holds "made here", or the reason why not.
LINMEM_EXPORT(fixture_publish) std::uint32_t fixture_publish(std::uint32_t bytes) noexcept {
  auto buffer = linmem::shared_buffer<>::create(bytes);
  if (!buffer) { return linmem::reject(buffer.error()); }
  const auto written = buffer->write_at(0, linmem::as_bytes("made here"));
  return written ? linmem::publish_buffer(std::move(*buffer)) : linmem::reject(written.error());
}
