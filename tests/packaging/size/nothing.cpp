// What the other programs here are compared with: a module that allocates.
#include <cstdint>
#include <cstdlib>

extern "C" __attribute__((export_name("work"))) std::uint32_t work(std::uint32_t n) {
  auto* bytes = static_cast<unsigned char*>(std::malloc(n));
  if (bytes == nullptr) { return 0; }
  bytes[0] = 1;
  const std::uint32_t last = bytes[n - 1];
  std::free(bytes);
  return last;
}
