// A module that uses a shared buffer, and nothing else of linmem.
#include <linmem/shared_buffer.hpp>

extern "C" __attribute__((export_name("work"))) std::uint32_t work(std::uint32_t n) {
  auto buffer = linmem::shared_buffer<>::create(n);
  if (!buffer) { return 0; }
  const auto room = buffer->reserve(n);
  if (!room) { return 0; }
  (*room)[0] = std::byte{1};
  if (!buffer->commit(n)) { return 0; }
  return std::to_integer<std::uint32_t>(buffer->view()[n - 1]);
}
