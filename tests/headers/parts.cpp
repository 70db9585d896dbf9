// Two versions and two configurations of linmem in one program: each works, with state of its own.
// Were their names the same, the linker would keep one definition of each function for all of them.
#include "parts.hpp"

#include <cstdio>

int main() {
  const part parts[] = {checked(), unchecked(), next_version()};
  for (const part& p : parts) {
    std::printf("version %d, %s: %u bytes, %u chunks\n", p.major_version,
                p.checked ? "checked" : "unchecked", p.bytes_read, p.chunks);
    if (p.bytes_read != 10 || p.chunks != 3 || p.arena_is_empty != 1) { return 1; }
  }
  const bool differ = parts[0].checked && !parts[1].checked && parts[2].checked &&
                      parts[0].major_version == parts[1].major_version &&
                      parts[2].major_version == 99 && parts[0].memory != parts[1].memory &&
                      parts[0].memory != parts[2].memory && parts[1].memory != parts[2].memory;
  return differ ? 0 : 1;
}
