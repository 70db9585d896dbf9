// Two handlers, the second listed or not; absent_format.cmake looks for both in the object.
#include <linmem/format_registry.hpp>

#include <array>

inline int open_first(int n) {
  static int opened_first = 0; // data of its own, which would stay as well
  return opened_first += n;
}
inline int open_second(int n) {
  static int opened_second = 0;
  return opened_second += n;
}

namespace {

constexpr std::array formats{
    linmem::format<int(int)>{.feature = "a", .mime_types = "text/first", .open = open_first},
#if WITH_SECOND
    linmem::format<int(int)>{.feature = "b", .mime_types = "text/second", .open = open_second},
#endif
};
constinit linmem::format_registry<int(int)> registry{formats};

} // namespace

int open_by_type(const char* type) {
  const auto found = registry.by_mime_type(type);
  return found ? registry[*found].open(1) : 0;
}
