#include "failing_malloc.hpp"

#include <cstddef>
#include <limits>

namespace {

constexpr std::size_t never = std::numeric_limits<std::size_t>::max();
std::size_t left = never;
bool failed = false;

bool may_allocate() noexcept {
  if (left == never) { return true; }
  if (left != 0) {
    --left;
    return true;
  }
  failed = true;
  return false;
}

} // namespace

namespace failing_malloc {

void fail_after(std::size_t n) noexcept {
  failed = false;
  left = n;
}
bool grant() noexcept {
  left = never;
  return failed;
}

} // namespace failing_malloc

// The linker takes these for malloc, calloc and realloc, and calls those by names of their own.
extern "C" {
void* __real_malloc(std::size_t size);                    // NOLINT: the linker's names
void* __real_calloc(std::size_t count, std::size_t size); // NOLINT
void* __real_realloc(void* at, std::size_t size);         // NOLINT

void* __wrap_malloc(std::size_t size) { // NOLINT
  return may_allocate() ? __real_malloc(size) : nullptr;
}
void* __wrap_calloc(std::size_t count, std::size_t size) { // NOLINT
  return may_allocate() ? __real_calloc(count, size) : nullptr;
}
void* __wrap_realloc(void* at, std::size_t size) { // NOLINT
  return may_allocate() ? __real_realloc(at, size) : nullptr;
}
}
