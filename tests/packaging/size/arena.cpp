// A module that uses an arena, and nothing else of linmem.
#include <linmem/arena.hpp>

extern "C" __attribute__((export_name("work"))) std::uint32_t work(std::uint32_t n) {
  linmem::arena<> arena;
  std::byte* bytes = arena.try_allocate(n);
  if (bytes == nullptr) { return 0; }
  bytes[0] = std::byte{1};
  return std::to_integer<std::uint32_t>(bytes[n - 1]);
}
