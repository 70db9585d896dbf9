// The native program of a benchmark: its cases in google-benchmark. bench/compiled.mjs runs it.
//
//   bench_NAME --describe     what there is
//   bench_NAME ...            google-benchmark; the names are the numbers of the variants
#include "cases.hpp"

#include <benchmark/benchmark.h>

#include <cstdio>      // std::fputs
#include <string>      // std::to_string
#include <string_view> // std::string_view

int main(int argc, char** argv) {
  bench::cases all;
  bench::define(all);
  if (argc == 2 && std::string_view{argv[1]} == "--describe") {
    std::fputs(bench::describe(all).c_str(), stdout);
    return 0;
  }
  for (std::size_t i = 0; i < all.variants.size(); ++i) {
    const auto run = [&v = all.variants[i]](benchmark::State& state) {
      for (auto _ : state) {
        v.pass();
        benchmark::ClobberMemory();
      }
    };
    // As long a measurement as bench/frame.mjs takes.
    benchmark::RegisterBenchmark(std::to_string(i).c_str(), run)->MinTime(0.008);
  }
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) { return 1; }
  benchmark::RunSpecifiedBenchmarks();
}
