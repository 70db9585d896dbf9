// The cases of resource_tracker: included by two sources, one with metrics and one without, which are
// two libraries in one program. Templates over their types: each source gets its own.
#pragma once

#include "documents.hpp"

#include <linmem/arena.hpp>
#include <linmem/storage.hpp>

#include <memory> // std::make_shared
#include <string>

namespace bench {

template <class Arena, class Heap>
void define_tracked(cases& all, const std::string& name, const std::string& way,
                    const documents& work) {
  all.add(name, way, work.sizes.size(), [&work, arena = std::make_shared<Arena>()] {
    in_regions(
        work, [p = arena.get()] { return p; },
        [](Arena* a, std::size_t n) { return a->try_allocate(n); }, [](Arena* a) { a->reset(); });
  });
  all.add(name + ", from the heap one by one", way, work.sizes.size(),
          [&work, taken = std::vector<void*>()]() mutable {
            one_by_one(
                work, taken, [](std::size_t n) { return Heap{}.allocate(n); },
                [](void* p, std::size_t n) { Heap{}.deallocate(static_cast<std::byte*>(p), n); });
          });
}

} // namespace bench
