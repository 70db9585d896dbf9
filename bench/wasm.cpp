// The WebAssembly module of a benchmark: its cases as exported functions. bench/compiled.mjs calls
// them.
#include "cases.hpp"

#include <emscripten/emscripten.h> // EMSCRIPTEN_KEEPALIVE

namespace {
bench::cases all;
std::string description;
} // namespace

extern "C" {

EMSCRIPTEN_KEEPALIVE const char* bench_describe() {
  bench::define(all);
  description = bench::describe(all);
  return description.c_str();
}

EMSCRIPTEN_KEEPALIVE void bench_pass(std::size_t variant) { all.variants[variant].pass(); }
}
