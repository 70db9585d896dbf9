// The parameters of the benchmarks: sixteen numbers, all equal.
#pragma once

#include <linmem/shared_params.hpp>

#include <array>

namespace bench {

struct sixteen {
  double a = 0, b = 0, c = 0, d = 0, e = 0, f = 0, g = 0, h = 0;
  double i = 0, j = 0, k = 0, l = 0, m = 0, n = 0, o = 0, p = 0;
};

inline sixteen all(double x) { return {x, x, x, x, x, x, x, x, x, x, x, x, x, x, x, x}; }

} // namespace bench

template <>
inline constexpr auto linmem::params_fields<bench::sixteen> = std::array{
    LINMEM_FIELD(bench::sixteen, a), LINMEM_FIELD(bench::sixteen, b),
    LINMEM_FIELD(bench::sixteen, c), LINMEM_FIELD(bench::sixteen, d),
    LINMEM_FIELD(bench::sixteen, e), LINMEM_FIELD(bench::sixteen, f),
    LINMEM_FIELD(bench::sixteen, g), LINMEM_FIELD(bench::sixteen, h),
    LINMEM_FIELD(bench::sixteen, i), LINMEM_FIELD(bench::sixteen, j),
    LINMEM_FIELD(bench::sixteen, k), LINMEM_FIELD(bench::sixteen, l),
    LINMEM_FIELD(bench::sixteen, m), LINMEM_FIELD(bench::sixteen, n),
    LINMEM_FIELD(bench::sixteen, o), LINMEM_FIELD(bench::sixteen, p),
};
