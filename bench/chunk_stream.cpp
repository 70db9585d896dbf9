// The module of the chunk_stream benchmark: text that lies in memory, handed out in chunks.
#include <linmem/exports.hpp>

LINMEM_EXPORT(bench_text) std::uint32_t bench_text(std::uint32_t buffer) noexcept {
  return linmem::open_text(buffer);
}
