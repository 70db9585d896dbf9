// What resource_tracker.cpp is compared with: the same, compiled without metrics.
#define LINMEM_METRICS 0

#include "resource_tracker_cases.hpp"

namespace bench {
void define_untracked(cases& all, const std::string& name, const documents& work) {
  define_tracked<linmem::arena<>, linmem::heap_storage>(all, name, "limit", work);
}
} // namespace bench
