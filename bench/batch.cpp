// A whole batch: 1,000 documents of 1 KB, each with an arena of its own out of a pool. batch.mjs
// says what the variants are.
#include "documents.hpp"
#include "peers.hpp"

#include <linmem/arena.hpp>
#include <linmem/arena_pool.hpp>

#include <cstdlib> // std::malloc, std::free
#include <memory>  // std::make_shared

void bench::define(cases& all) {
  static const documents work = make_documents(1'000, 1'000);
  const auto add = [&all](const char* way, auto pass) {
    all.add("1,000 documents of 1 KB", way, 1, std::move(pass), "us");
  };

  add("limit", [bump = std::make_shared<flat_bump>(work.largest)] {
    in_regions(
        work, [p = bump.get()] { return p; },
        [](flat_bump* p, std::size_t n) { return p->allocate(n); },
        [](flat_bump* p) { p->reset(); });
  });

  const auto nothing = [](auto&) {}; // what is held ends by itself
  using pool = linmem::arena_pool<>;
  add("linmem", [nothing, arenas = std::make_shared<pool>()] {
    in_regions(
        work, [p = arenas.get()] { return p->try_acquire(); },
        [](const pool::lease& a, std::size_t n) { return a->try_allocate(n); }, nothing);
  });
  add("linmem, an arena for each", [nothing] {
    in_regions(
        work, [] { return linmem::arena<>{}; },
        [](linmem::arena<>& a, std::size_t n) { return a.try_allocate(n); }, nothing);
  });

  add("malloc", [taken = std::vector<void*>()]() mutable {
    one_by_one(
        work, taken, [](std::size_t n) { return std::malloc(n); },
        [](void* p, std::size_t) { std::free(p); });
  });

#if defined(BENCH_STD_PMR) || defined(BENCH_BOOST)
  const auto take = [](auto& resource, std::size_t n) { return resource.allocate(n, 8); };
  static std::vector<std::byte> buffer(work.largest);
#endif

#if defined(BENCH_STD_PMR)
  using monotonic = std::pmr::monotonic_buffer_resource;
  add("std::pmr monotonic, buffer", [nothing, take] {
    in_regions(work, [] { return monotonic{buffer.data(), buffer.size()}; }, take, nothing);
  });
  add("std::pmr monotonic",
      [nothing, take] { in_regions(work, [] { return monotonic{}; }, take, nothing); });
#endif

#if defined(BENCH_BOOST)
  add("Boost pmr monotonic, buffer", [nothing, take] {
    using resource = boost::container::pmr::monotonic_buffer_resource;
    in_regions(work, [] { return resource{buffer.data(), buffer.size()}; }, take, nothing);
  });
#endif

#if defined(BENCH_FOONATHAN)
  using stack = foonathan::memory::memory_stack<>;
  add("foonathan memory_stack", [made = std::make_shared<stack>(work.largest + 4096)] {
    auto start = made->top();
    in_regions(
        work,
        [&start, p = made.get()] {
          start = p->top();
          return p;
        },
        [](stack* s, std::size_t n) { return s->allocate(n, 8); },
        [&start](stack* s) { s->unwind(start); });
  });
#endif

#if defined(BENCH_MIMALLOC)
  if (const mimalloc m; m.allocate != nullptr) {
    add("mimalloc", [m, taken = std::vector<void*>()]() mutable {
      one_by_one(
          work, taken, [m](std::size_t n) { return m.allocate(n); },
          [m](void* p, std::size_t) { m.free(p); });
    });
  }
#endif
  note_missing_peers(all);
}
