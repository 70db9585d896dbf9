// Compiled once for each of the parts of parts.cpp, LINMEM_PART being the name of its function.
#include "parts.hpp"

#include <linmem/arena.hpp>
#include <linmem/chunk_stream.hpp>
#include <linmem/linear_memory.hpp>
#include <linmem/shared_buffer.hpp>

part LINMEM_PART() {
  part says{LINMEM_VERSION_MAJOR, LINMEM_CHECKED != 0, &linmem::linear_memory(), 0, 0, 0};
  const auto text = linmem::as_bytes("ten bytes.");
  if (auto buffer = linmem::shared_buffer<>::create(16)) {
    static_cast<void>(buffer->write_at(0, text));
    says.bytes_read = static_cast<unsigned>(buffer->view().size());
  }
  if (auto stream = linmem::text_chunks(text, {.chunk_size = 4})) {
    for ([[maybe_unused]] const auto chunk : *stream) { ++says.chunks; }
  }
  linmem::arena<> arena;
  static_cast<void>(arena.try_allocate(100, 8));
  arena.reset();
  says.arena_is_empty = arena.used() == 0 ? 1 : 0;
  return says;
}
