// The allocators that linmem is compared with, as far as this build has them.
#pragma once

#include "cases.hpp"

#include <cstddef> // std::size_t
#include <version> // __cpp_lib_memory_resource

#if defined(__cpp_lib_memory_resource)
#include <memory_resource> // std::pmr
#define BENCH_STD_PMR 1
#endif

#if defined(BENCH_BOOST)
#include <boost/container/pmr/monotonic_buffer_resource.hpp>
#include <boost/container/pmr/unsynchronized_pool_resource.hpp>
#endif

#if defined(BENCH_FOONATHAN)
#include <foonathan/memory/memory_pool.hpp>
#include <foonathan/memory/memory_pool_collection.hpp>
#include <foonathan/memory/memory_stack.hpp>
#endif

#if defined(BENCH_MIMALLOC)
#include <dlfcn.h> // dlopen, dlsym
#endif

namespace bench {

#if defined(BENCH_MIMALLOC)
/// mimalloc, loaded so that it stays what it is here: one allocator of many. Linked, it would be
/// this program's malloc.
struct mimalloc {
  using allocate_function = void*(std::size_t);
  using free_function = void(void*);
  allocate_function* allocate = nullptr;
  free_function* free = nullptr;

  mimalloc() {
    void* library = dlopen(BENCH_MIMALLOC, RTLD_NOW | RTLD_LOCAL);
    if (library == nullptr) { return; }
    allocate = reinterpret_cast<allocate_function*>(dlsym(library, "mi_malloc"));
    free = reinterpret_cast<free_function*>(dlsym(library, "mi_free"));
  }
};
#endif

/// Says which allocators of a full comparison this build does not have, and why.
inline void note_missing_peers(cases& all) {
#if !defined(BENCH_STD_PMR)
  all.left_out.push_back({"std::pmr", "the standard library has no <memory_resource>"});
#endif
#if !defined(__EMSCRIPTEN__)
#if !defined(BENCH_BOOST)
  all.left_out.push_back({"Boost pmr", "no Boost.Container here (Debian: libboost-container-dev)"});
#endif
#if !defined(BENCH_FOONATHAN)
  all.left_out.push_back({"foonathan", "not found (Debian: libfoonathan-memory-dev)"});
#endif
#if !defined(BENCH_MIMALLOC)
  all.left_out.push_back({"mimalloc", "not found (Debian: libmimalloc-dev)"});
#else
  if (mimalloc{}.allocate == nullptr) { all.left_out.push_back({"mimalloc", dlerror()}); }
#endif
#endif
  static_cast<void>(all);
}

} // namespace bench
