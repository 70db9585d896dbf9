// The text as embind returns it.
#include "repeated_text.hpp"

#include <linmem/exports.hpp> // only to see its memory

#include <emscripten/bind.h>

#include <cstddef> // std::size_t
#include <string>  // std::string

namespace {
std::string whole(std::size_t bytes) {
  std::string text(bytes, '\0');
  bench::write_text(0, text.data(), bytes);
  return text;
}
} // namespace

EMSCRIPTEN_BINDINGS(chunk_stream) {
  emscripten::function("whole", &whole);
  emscripten::function("useMixed", &bench::use_mixed);
}
