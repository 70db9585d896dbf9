// Sequences of values that one piece of code makes and another uses; a figure is the time of one value.
// generator.mjs says what the variants are.
#include "cases.hpp"

#include <linmem/arena.hpp>
#include <linmem/generator.hpp>

#include <cstdint>     // std::uint32_t, std::uint64_t
#include <functional>  // std::function
#include <memory>      // std::allocator_arg, std::make_shared
#include <string>      // std::string
#include <string_view> // std::string_view
#include <version>     // __cpp_lib_generator

#if defined(__cpp_lib_generator)
#include <generator> // std::generator
#endif

namespace {

// The body of every producer of numbers, so that they differ in how a value is handed over only.
template <class Give>
void numbers_below(std::uint32_t n, Give give) {
  for (std::uint32_t i = 0; i < n; ++i) { give(i); }
}

linmem::generator<std::uint32_t> generated(std::uint32_t n) {
  for (std::uint32_t i = 0; i < n; ++i) { co_yield i; }
}
// As from another source file: the compiler can neither leave out the frame nor inline the coroutine.
[[gnu::noinline]] linmem::generator<std::uint32_t> generated_apart(std::uint32_t n) {
  for (std::uint32_t i = 0; i < n; ++i) { co_yield i; }
}
[[gnu::noinline]] linmem::generator<std::uint32_t> generated_in(std::allocator_arg_t,
                                                                linmem::arena<>&, std::uint32_t n) {
  for (std::uint32_t i = 0; i < n; ++i) { co_yield i; }
}

void call_back(std::uint32_t n, const std::function<void(std::uint32_t)>& give) {
  numbers_below(n, [&give](std::uint32_t i) { give(i); });
}

linmem::generator<std::string_view> lines_of(std::string_view text) {
  while (!text.empty()) {
    const std::size_t n = text.find('\n');
    co_yield text.substr(0, n);
    text.remove_prefix(n + 1);
  }
}

#if defined(__cpp_lib_generator)
std::generator<std::uint32_t> std_generated(std::uint32_t n) {
  for (std::uint32_t i = 0; i < n; ++i) { co_yield i; }
}
#endif

// Adds up in memory that the compiler has to believe in.
struct total {
  std::uint64_t sum = 0;
  void add(std::uint64_t value) noexcept {
    sum += value;
    bench::use(sum);
  }
};

void define_numbers(bench::cases& all, const std::string& name, std::uint32_t sequences,
                    std::uint32_t length) {
  const std::size_t values = std::size_t{sequences} * length;
  const auto add = [&](const char* way, auto sequence) {
    all.add(name, way, values, [sequences, sequence]() mutable {
      total t;
      for (std::uint32_t i = 0; i < sequences; ++i) { sequence(t); }
    });
  };
  add("limit", [length](total& t) { numbers_below(length, [&t](std::uint32_t i) { t.add(i); }); });
  add("linmem", [length](total& t) {
    for (const std::uint32_t i : generated(length)) { t.add(i); }
  });
  add("linmem, apart", [length](total& t) {
    for (const std::uint32_t i : generated_apart(length)) { t.add(i); }
  });
  add("linmem, apart, arena", [length, frames = std::make_shared<linmem::arena<>>()](total& t) {
    for (const std::uint32_t i : generated_in(std::allocator_arg, *frames, length)) { t.add(i); }
  });
  add("std::function",
      [length](total& t) { call_back(length, [&t](std::uint32_t i) { t.add(i); }); });
#if defined(__cpp_lib_generator)
  add("std::generator", [length](total& t) {
    for (const std::uint32_t i : std_generated(length)) { t.add(i); }
  });
#endif
}

void define_lines(bench::cases& all) {
  static const std::string text = [] {
    bench::random r;
    std::string made;
    for (int i = 0; i < 2000; ++i) { made += std::string(20 + r.below(80), 'x') + '\n'; }
    return made;
  }();
  all.add("2,000 lines", "limit", 2000, [] {
    total t;
    for (std::string_view left = text; !left.empty();) {
      const std::size_t n = left.find('\n');
      t.add(n);
      left.remove_prefix(n + 1);
    }
  });
  all.add("2,000 lines", "linmem", 2000, [] {
    total t;
    for (const std::string_view line : lines_of(text)) { t.add(line.size()); }
  });
}

} // namespace

void bench::define(cases& all) {
  define_numbers(all, "100,000 numbers", 1, 100'000);
  define_numbers(all, "10,000 times 8 numbers", 10'000, 8);
  define_lines(all);
#if !defined(__cpp_lib_generator)
  all.left_out.push_back({"std::generator", "not in C++20"});
#endif
}
