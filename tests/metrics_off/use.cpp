// What a program does with the heap, for the size of its object file. HEAP_REFERENCE 1 takes a heap that
// never heard of a tracker.
#include <linmem/arena.hpp>
#include <linmem/buffer_pool.hpp>
#include <linmem/linear_memory.hpp>
#include <linmem/shared_buffer.hpp>
#include <linmem/storage.hpp>

#include <cstddef>

namespace program {

#if HEAP_REFERENCE
class heap {
public:
  [[nodiscard]] std::byte* allocate(std::size_t n) noexcept {
    return linmem::detail::heap_bytes(n);
  }
  void deallocate(std::byte* bytes, std::size_t) noexcept {
    linmem::detail::free_heap_bytes(bytes);
  }
};
inline constinit linmem::basic_linear_memory own_memory{linmem::native_pages{}};
inline auto& memory() noexcept { return own_memory; }
#else
using heap = linmem::heap_storage;
inline auto& memory() noexcept { return linmem::linear_memory(); }
#endif

} // namespace program

bool use_heap(std::size_t n) {
  linmem::arena<program::heap> arena;
  linmem::buffer_pool<program::heap> pool;
  auto lease = pool.acquire(n);
  auto buffer = linmem::shared_buffer<program::heap>::create(n);
  return arena.try_allocate(n) != nullptr && lease && buffer && program::memory().grow(n);
}
