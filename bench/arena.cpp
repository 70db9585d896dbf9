// Documents of 50 to 200 allocations each; a figure is the time of one allocation, its share of the
// document's end included. arena.mjs says what the variants are.
#include "documents.hpp"
#include "peers.hpp"

#include <linmem/arena.hpp>

#include <cstdlib> // std::malloc, std::free
#include <memory>  // std::make_shared

namespace {

using bench::documents;

void define_documents(bench::cases& all, const std::string& name, const documents& work) {
  const auto add = [&](const char* way, auto pass) {
    all.add(name, way, work.sizes.size(), std::move(pass));
  };
  // One allocator of its own type for all passes: `allocate` takes from it, `end` makes it empty.
  const auto add_region = [&]<class A>(const char* way, std::shared_ptr<A> made, auto allocate,
                                       auto end) {
    add(way, [&work, made, allocate, end] {
      bench::in_regions(
          work, [p = made.get()] { return p; },
          [allocate](A* p, std::size_t n) { return allocate(*p, n); }, [end](A* p) { end(*p); });
    });
  };

  using arena = linmem::arena<>;
  add_region(
      "limit", std::make_shared<bench::flat_bump>(work.largest),
      [](bench::flat_bump& b, std::size_t n) { return b.allocate(n); },
      [](bench::flat_bump& b) { b.reset(); });
  add_region(
      "linmem", std::make_shared<arena>(),
      [](arena& a, std::size_t n) { return a.try_allocate(n); }, [](arena& a) { a.reset(); });
  add_region(
      "linmem, result", std::make_shared<arena>(),
      [](arena& a, std::size_t n) {
        const auto given = a.allocate(n);
        return given ? given->data() : nullptr;
      },
      [](arena& a) { a.reset(); });
  add("linmem, rewind", [&work, made = std::make_shared<arena>()] {
    arena::checkpoint start;
    bench::in_regions(
        work,
        [&start, p = made.get()] {
          start = p->mark();
          return p;
        },
        [](arena* a, std::size_t n) { return a->try_allocate(n); },
        [&start](arena* a) { static_cast<void>(a->rewind(start)); });
  });

  add("malloc", [&work, taken = std::vector<void*>()]() mutable {
    bench::one_by_one(
        work, taken, [](std::size_t n) { return std::malloc(n); },
        [](void* p, std::size_t) { std::free(p); });
  });

#if defined(BENCH_STD_PMR) || defined(BENCH_BOOST)
  const auto take = [](auto& resource, std::size_t n) { return resource.allocate(n, 8); };
  const auto release = [](auto& resource) { resource.release(); };
  const auto add_pool = [&]<class R>(const char* way, std::shared_ptr<R> made) {
    add(way, [&work, made, taken = std::vector<void*>()]() mutable {
      bench::one_by_one(
          work, taken, [p = made.get()](std::size_t n) { return p->allocate(n, 8); },
          [p = made.get()](void* bytes, std::size_t n) { p->deallocate(bytes, n, 8); });
    });
  };
  // With a buffer that holds the largest document a monotonic resource never asks upstream: its best.
  static std::vector<std::vector<std::byte>> buffers; // one for each kind of document
  std::vector<std::byte>& buffer = buffers.emplace_back(work.largest);
#endif

#if defined(BENCH_STD_PMR)
  using monotonic = std::pmr::monotonic_buffer_resource;
  add_region("std::pmr monotonic, buffer",
             std::make_shared<monotonic>(buffer.data(), buffer.size()), take, release);
  add_region("std::pmr monotonic", std::make_shared<monotonic>(), take, release);
  add_pool("std::pmr unsynchronized pool",
           std::make_shared<std::pmr::unsynchronized_pool_resource>());
#endif

#if defined(BENCH_BOOST)
  namespace bp = boost::container::pmr;
  add_region("Boost pmr monotonic, buffer",
             std::make_shared<bp::monotonic_buffer_resource>(buffer.data(), buffer.size()), take,
             release);
  add_pool("Boost pmr unsynchronized pool", std::make_shared<bp::unsynchronized_pool_resource>());
#endif

#if defined(BENCH_FOONATHAN)
  using stack = foonathan::memory::memory_stack<>;
  add("foonathan memory_stack", [&work, made = std::make_shared<stack>(work.largest + 4096)] {
    auto start = made->top();
    bench::in_regions(
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
  if (const bench::mimalloc m; m.allocate != nullptr) {
    add("mimalloc", [&work, m, taken = std::vector<void*>()]() mutable {
      bench::one_by_one(
          work, taken, [m](std::size_t n) { return m.allocate(n); },
          [m](void* p, std::size_t) { m.free(p); });
    });
  }
#endif
}

} // namespace

void bench::define(cases& all) {
  static const documents large = make_documents(10, 100'000);
  static const documents small = make_documents(1'000, 1'000);
  define_documents(all, "10 documents of 100 KB", large);
  define_documents(all, "1,000 documents of 1 KB", small);
  note_missing_peers(all);
}
