// Documents in an arena and one by one from the heap, counted and not counted. resource_tracker.mjs says
// what the variants are, and also measures how figures are read.
#include "resource_tracker_cases.hpp"

#if defined(__EMSCRIPTEN__)
#include <linmem/tracker_exports.hpp>

LINMEM_EXPORT(bench_pages) std::uint32_t bench_pages() noexcept {
  return static_cast<std::uint32_t>(linmem::linear_memory().pages());
}
#endif

namespace bench {
void define_untracked(cases& all, const std::string& name, const documents& work);
} // namespace bench

void bench::define(cases& all) {
  static const documents large = make_documents(10, 100'000);
  static const documents small = make_documents(1'000, 1'000);
  const auto both = [&all](const char* name, const documents& work) {
    define_untracked(all, name, work);
    define_tracked<linmem::arena<>, linmem::heap_storage>(all, name, "linmem", work);
  };
  both("10 documents of 100 KB", large);
  both("1,000 documents of 1 KB", small);
}
