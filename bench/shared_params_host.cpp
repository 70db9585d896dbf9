// Parameters that JavaScript sets and C++ uses, for the second half of shared_params.mjs.
#include "shared_params.hpp"

#include <linmem/params_exports.hpp>

#include <cstdint>
#include <cstring>
#include <optional>

namespace {

constinit std::optional<linmem::hosted_params<bench::sixteen>> shared{};
constinit std::optional<linmem::params_view<bench::sixteen>> own{};
bench::sixteen plain; // what setters and plain stores set

double sum(const bench::sixteen& s) { return s.a + s.f + s.p; }

} // namespace

LINMEM_EXPORT(bench_params) std::uint32_t bench_params() noexcept {
  auto made = linmem::hosted_params<bench::sixteen>::create();
  if (!made) { return linmem::reject(made.error()); }
  shared.emplace(std::move(*made));
  own.emplace(shared->view());
  return shared->handle();
}
/// What C++ does with parameters: brings them up to date, and uses three.
LINMEM_EXPORT(bench_use) double bench_use() noexcept {
  static_cast<void>(own->read());
  return sum(own->values);
}
/// The same without bringing anything up to date: what setters and plain stores have set.
LINMEM_EXPORT(bench_use_plain) double bench_use_plain() noexcept { return sum(plain); }
LINMEM_EXPORT(bench_set) void bench_set(std::uint32_t index, double value) noexcept {
  std::memcpy(reinterpret_cast<char*>(&plain) + sizeof(double) * index, &value, sizeof value);
}
/// Where plain stores go.
LINMEM_EXPORT(bench_values) std::uintptr_t bench_values() noexcept {
  return reinterpret_cast<std::uintptr_t>(&plain);
}
/// C++ changes a field, and publishes it when `whether`: the version.
LINMEM_EXPORT(bench_publish) std::uint32_t bench_publish(std::uint32_t whether) noexcept {
  own->values.f += 1;
  if (whether == 0) { return 0; }
  const auto version = own->publish();
  return version ? *version : 0;
}
