// What a batch takes from the system once it is warm: calls of malloc and its like, and pages. A
// program of its own, because every malloc in it is counted, and a counted one is a slower one.
#include "documents.hpp"

#include <linmem/arena_pool.hpp>

#include <cerrno>  // ENOMEM
#include <cstdlib> // std::malloc, std::free
#include <new>     // operator new

namespace {
std::size_t calls = 0;
} // namespace

// The definitions of a program take the place of the C library's, also for the libraries it uses;
// these are the C library's own under the names it keeps for this.
#if defined(__EMSCRIPTEN__)
#include <emscripten/heap.h> // emscripten_builtin_malloc, emscripten_builtin_memalign
extern "C" void* emscripten_builtin_calloc(std::size_t, std::size_t);
extern "C" void* emscripten_builtin_realloc(void*, std::size_t);
#define REAL(name) emscripten_builtin_##name
#define NOEXCEPT // as its headers declare them
#else
extern "C" {
void* __libc_malloc(std::size_t);
void* __libc_calloc(std::size_t, std::size_t);
void* __libc_realloc(void*, std::size_t);
void* __libc_memalign(std::size_t, std::size_t);
}
#define REAL(name) __libc_##name
#define NOEXCEPT noexcept
#endif

extern "C" {
void* malloc(std::size_t n) NOEXCEPT {
  ++calls;
  return REAL(malloc)(n);
}
void* calloc(std::size_t n, std::size_t size) NOEXCEPT {
  ++calls;
  return REAL(calloc)(n, size);
}
void* realloc(void* p, std::size_t n) NOEXCEPT {
  ++calls;
  return REAL(realloc)(p, n);
}
void* memalign(std::size_t alignment, std::size_t n) NOEXCEPT {
  ++calls;
  return REAL(memalign)(alignment, n);
}
void* aligned_alloc(std::size_t alignment, std::size_t n) NOEXCEPT {
  return memalign(alignment, n);
}
int posix_memalign(void** p, std::size_t alignment, std::size_t n) NOEXCEPT {
  *p = memalign(alignment, n);
  return *p != nullptr ? 0 : ENOMEM;
}
}

namespace {

std::size_t pages() noexcept {
#if defined(__wasm__)
  return __builtin_wasm_memory_size(0);
#else
  return 0;
#endif
}

// Counts one pass of `pass`, which ran twice before.
template <class Pass>
void add_counts(bench::cases& all, const char* way, Pass pass) {
  pass();
  pass();
  const std::size_t calls_before = calls;
  const std::size_t pages_before = pages();
  pass();
  // Read before the rows are made, which takes memory too.
  const std::size_t new_calls = calls - calls_before;
  const std::size_t new_pages = pages() - pages_before;
  const std::string name = "1,000 documents of 1 KB, warm";
  all.counts.push_back({name + ": malloc", way, "calls", new_calls});
#if defined(__wasm__)
  all.counts.push_back({name + ": memory growth", way, "pages", new_pages});
#else
  static_cast<void>(new_pages);
#endif
}

} // namespace

void bench::define(cases& all) {
  const documents work = make_documents(1'000, 1'000);
  using pool = linmem::arena_pool<>;
  pool arenas;
  add_counts(all, "linmem", [&] {
    in_regions(
        work, [&] { return arenas.try_acquire(); },
        [](const pool::lease& a, std::size_t n) { return a->try_allocate(n); }, [](auto&) {});
  });
  // Shows that the counter counts: one call for each allocation.
  std::vector<void*> taken;
  add_counts(all, "malloc", [&] {
    one_by_one(
        work, taken, [](std::size_t n) { return std::malloc(n); },
        [](void* p, std::size_t) { std::free(p); });
  });
}
