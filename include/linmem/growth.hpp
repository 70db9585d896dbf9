// linmem/growth.hpp - every growth of the program's memory, seen and refused where one says so.
//
// Opt-in. Under Emscripten, including this header in any source file makes all growth, malloc's too,
// go through linear_memory(): its hooks hear of it, and a scope can forbid it, in which case malloc
// returns null and the program goes on:
//
//   {
//     linmem::no_grow fixed;              // views that the host holds stay valid in here
//     void* p = std::malloc(1 << 24);     // null rather than a growth
//   }
//
// Growth is by as many pages as are needed; Emscripten's -sMEMORY_GROWTH_* settings no longer apply.
// With STANDALONE_WASM the linker ignores a definition in a header: compile with -DLINMEM_STANDALONE=1
// and link with -Wl,--wrap=emscripten_resize_heap there. Elsewhere only growth through linear_memory()
// is seen.
#pragma once

#include <linmem/config.hpp>
#include <linmem/linear_memory.hpp>
#include <linmem/pages.hpp>

#include <cstddef> // std::size_t

#if defined(__EMSCRIPTEN__)
#include <emscripten/heap.h> // emscripten_resize_heap

#if LINMEM_STANDALONE
#define LINMEM_DETAIL_RESIZE_HEAP __wrap_emscripten_resize_heap // the name that --wrap gives it
#else
#define LINMEM_DETAIL_RESIZE_HEAP emscripten_resize_heap
#endif

/// What libc asks for a larger heap; a definition in the program comes before Emscripten's own. Must
/// not allocate. False or 0 refuses.
extern "C" inline __attribute__((used)) decltype(::emscripten_resize_heap(std::size_t{}))
LINMEM_DETAIL_RESIZE_HEAP(std::size_t bytes) {
  return linmem::linear_memory().grow_to(linmem::pages_for(bytes)).has_value();
}
#endif

namespace linmem::inline LINMEM_ABI {

/// Forbids all growth of linear_memory() in its scope; scopes nest.
class no_grow {
public:
  no_grow() noexcept { linear_memory().forbid_growth(); } ///< from here
  no_grow(const no_grow&) = delete;
  no_grow& operator=(const no_grow&) = delete;
  no_grow(no_grow&&) = delete;
  no_grow& operator=(no_grow&&) = delete;
  ~no_grow() { linear_memory().allow_growth(); } ///< to here
};

} // namespace linmem::inline LINMEM_ABI
