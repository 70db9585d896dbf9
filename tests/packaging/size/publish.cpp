// A module with the C ABI that also makes and fills a buffer, for JavaScript to read.
#include <linmem/exports.hpp>

#include <utility>

LINMEM_EXPORT(work) std::uint32_t work(std::uint32_t n) noexcept {
  auto buffer = linmem::shared_buffer<>::create(n);
  if (!buffer) { return linmem::reject(buffer.error()); }
  const auto room = buffer->reserve(n);
  if (!room) { return linmem::reject(room.error()); }
  (*room)[0] = std::byte{1};
  if (const auto done = buffer->commit(n); !done) { return linmem::reject(done.error()); }
  return linmem::publish_buffer(std::move(*buffer));
}
