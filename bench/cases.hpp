// What a benchmark's source defines: its cases, once, for the native program and for WebAssembly.
//
// A case is a piece of work, a variant one way to do it. Each variant is a function that does the
// whole work once, called a pass; what is reported is the time of a pass divided by its operations.
#pragma once

#include <cstddef>    // std::byte, std::size_t
#include <cstdint>    // std::uint32_t
#include <cstring>    // std::memcpy
#include <functional> // std::function
#include <initializer_list>
#include <string>  // std::string, std::to_string
#include <utility> // std::move, std::swap
#include <vector>  // std::vector

namespace bench {

/// One way to do the work of one case.
struct variant {
  std::string name;       ///< of the case
  std::string way;        ///< `limit`, `linmem`, or what else does it
  std::string unit;       ///< of the figure: ns, us
  std::size_t operations; ///< in a pass
  std::function<void()> pass;
};

/// Something counted, not timed.
struct count {
  std::string name;
  std::string way;
  std::string unit;
  std::size_t value;
};

/// A variant that this build does not have.
struct missing {
  std::string way;
  std::string reason;
};

/// What a benchmark consists of.
struct cases {
  std::vector<variant> variants;
  std::vector<count> counts;
  std::vector<missing> left_out;

  /// Adds a variant. Its first pass runs here, so that it is hot when it is measured.
  void add(std::string name, std::string way, std::size_t operations, std::function<void()> pass,
           std::string unit = "ns") {
    pass();
    variants.push_back(
        {std::move(name), std::move(way), std::move(unit), operations, std::move(pass)});
  }
};

/// Defined by every benchmark.
void define(cases& all);

/// What bench/compiled.mjs reads: a line for each variant, count and missing variant, with tabs
/// between the columns.
inline std::string describe(const cases& all) {
  std::string text;
  const auto line = [&text](std::initializer_list<std::string> columns) {
    for (const std::string& column : columns) { text += column + '\t'; }
    text.back() = '\n';
  };
  for (const variant& v : all.variants) {
    line({"variant", v.name, v.way, v.unit, std::to_string(v.operations)});
  }
  for (const count& c : all.counts) {
    line({"count", c.name, c.way, c.unit, std::to_string(c.value)});
  }
  for (const missing& m : all.left_out) { line({"missing", m.way, m.reason}); }
  return text;
}

/// Writes to the first bytes of an allocation. Through memcpy, so that the compiler has to expect
/// that the allocator's own state was hit, as it has to in a program.
inline void touch(void* bytes, std::uint32_t value) noexcept {
  if (bytes == nullptr) { __builtin_trap(); } // out of memory: no benchmark has that
  std::memcpy(bytes, &value, sizeof value);
  asm volatile("" : : "r"(bytes)); // or a compiler leaves out a malloc that is freed at once
}

/// Makes the compiler believe that `value` is used, and that memory was read and written.
template <class T>
void use(const T& value) noexcept {
  asm volatile("" : : "r"(&value) : "memory");
}

/// The same numbers on every machine (xorshift32); the standard's distributions are not.
class random {
public:
  std::uint32_t below(std::uint32_t bound) noexcept {
    state_ ^= state_ << 13;
    state_ ^= state_ >> 17;
    state_ ^= state_ << 5;
    return static_cast<std::uint32_t>((std::uint64_t{state_} * bound) >> 32);
  }

private:
  std::uint32_t state_ = 2463534242;
};

/// A random order of `items`.
template <class T>
void shuffle(std::vector<T>& items, random& r) {
  for (std::size_t i = items.size(); i > 1; --i) {
    std::swap(items[i - 1], items[r.below(static_cast<std::uint32_t>(i))]);
  }
}

} // namespace bench
