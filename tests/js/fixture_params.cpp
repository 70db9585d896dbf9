// Shared parameters for the JavaScript tests: one of each type, seen by C++ through a view.
#include <linmem/params_exports.hpp>

#include <array>
#include <cstdint>
#include <optional>

#if LINMEM_THREADS
#include <atomic>
#include <thread>
#endif

namespace {

struct one_of_each {
  double f64 = 0.5;
  std::uint64_t u64 = 0;
  std::int64_t i64 = 0;
  float f32 = 0.25F;
  std::uint32_t u32 = 0;
  std::int32_t i32 = 0;
  std::uint16_t u16 = 0;
  std::int16_t i16 = 0;
  std::uint8_t u8 = 0;
  std::int8_t i8 = 0;
};

} // namespace

template <>
inline constexpr auto linmem::params_fields<one_of_each> = std::array{
    LINMEM_FIELD(one_of_each, f64), LINMEM_FIELD(one_of_each, u64), LINMEM_FIELD(one_of_each, i64),
    LINMEM_FIELD(one_of_each, f32), LINMEM_FIELD(one_of_each, u32), LINMEM_FIELD(one_of_each, i32),
    LINMEM_FIELD(one_of_each, u16), LINMEM_FIELD(one_of_each, i16), LINMEM_FIELD(one_of_each, u8),
    LINMEM_FIELD(one_of_each, i8),
};

namespace {

constinit std::optional<linmem::hosted_params<one_of_each>> shared{};
constinit std::optional<linmem::params_view<one_of_each>> own{};

} // namespace

/// The handle of the parameters, made anew.
LINMEM_EXPORT(fixture_params) std::uint32_t fixture_params() noexcept {
  shared.reset();
  auto made = linmem::hosted_params<one_of_each>::create();
  if (!made) { return linmem::reject(made.error()); }
  shared.emplace(std::move(*made));
  own.emplace(shared->view());
  return shared->handle();
}
/// Frees them.
LINMEM_EXPORT(fixture_params_free) void fixture_params_free() noexcept { shared.reset(); }
/// C++ reads, adds one to f64, u64 and u8, and publishes: the version.
LINMEM_EXPORT(fixture_params_add) std::uint32_t fixture_params_add() noexcept {
  if (const auto read = own->read(); !read) { return linmem::reject(read.error()); }
  own->values.f64 += 1;
  ++own->values.u64;
  ++own->values.u8;
  const auto version = own->publish();
  return version ? *version : linmem::reject(version.error());
}
/// What C++ sees of u32 after reading; 0 with the reason on an error.
LINMEM_EXPORT(fixture_params_u32) std::uint32_t fixture_params_u32() noexcept {
  const auto read = own->read();
  return read ? own->values.u32 : linmem::reject(read.error());
}

#if LINMEM_THREADS
namespace {
constinit std::atomic<bool> is_over{};
constinit std::optional<std::thread> worker{};
} // namespace

/// A thread that publishes equal values in u32, i32, u64 and f64 as fast as it can, and grows the
/// memory by `pages` pages meanwhile, one at a time; until fixture_thread_end.
LINMEM_EXPORT(fixture_thread) void fixture_thread(std::uint32_t pages) {
  is_over = false;
  worker.emplace([pages, view = shared->view()]() mutable {
    for (std::uint32_t n = 1; !is_over; n = n % 1'000'000'000 + 1) {
      view.values.u32 = n;
      view.values.i32 = static_cast<std::int32_t>(n);
      view.values.u64 = n;
      view.values.f64 = n;
      static_cast<void>(view.publish());
      // Not through linear_memory(): behind everybody's back.
      if (n <= pages) { __builtin_wasm_memory_grow(0, 1); }
    }
  });
}
/// Ends it.
LINMEM_EXPORT(fixture_thread_end) void fixture_thread_end() {
  is_over = true;
  worker->join();
  worker.reset();
}
#endif
