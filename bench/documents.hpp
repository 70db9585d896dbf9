// The work of arena, batch and batch_counts: documents, each of 50 to 200 allocations.
#pragma once

#include "cases.hpp"

#include <cstdint> // std::uint32_t
#include <vector>  // std::vector

namespace bench {

/// Sizes of allocations, document after document, drawn before anything is measured.
struct documents {
  std::vector<std::uint32_t> sizes;
  std::vector<std::uint32_t> ends; ///< index into sizes behind the last of each document
  std::size_t most = 0;            ///< allocations of a document
  std::size_t largest = 0;         ///< bytes of a document, each allocation rounded up to 16
};

/// `count` documents of `bytes` bytes each. Many allocations are small and a few are large: the
/// weights are squares.
inline documents make_documents(std::uint32_t count, std::uint32_t bytes) {
  constexpr std::uint32_t least = 4; // bytes of an allocation: what touch() writes
  documents all;
  random r;
  for (std::uint32_t d = 0; d < count; ++d) {
    const std::uint32_t n = 50 + r.below(151);
    std::vector<std::uint32_t> weights(n);
    std::uint64_t sum = 0;
    for (std::uint32_t& w : weights) {
      const std::uint32_t x = 1 + r.below(100);
      sum += w = x * x;
    }
    std::uint32_t rest = bytes;
    std::size_t rounded = 0;
    for (std::uint32_t i = 0; i < n; ++i) {
      const auto share =
          static_cast<std::uint32_t>(std::uint64_t{bytes - n * least} * weights[i] / sum);
      const std::uint32_t size = i + 1 < n ? least + share : rest;
      rest -= size;
      all.sizes.push_back(size);
      rounded += (size + 15) / 16 * 16;
    }
    all.ends.push_back(static_cast<std::uint32_t>(all.sizes.size()));
    all.most = n > all.most ? n : all.most;
    all.largest = rounded > all.largest ? rounded : all.largest;
  }
  return all;
}

/// One pass where a document ends all of its allocations at once: `begin()` gives what it holds for
/// that long, `allocate(held, n)` takes from it, `end(held)` comes before it is dropped. Not inlined:
/// the compiler knows no more of the allocator's state than in a program.
template <class Begin, class Allocate, class End>
[[gnu::noinline]] void in_regions(const documents& all, Begin begin, Allocate allocate, End end) {
  const std::uint32_t* size = all.sizes.data();
  for (const std::uint32_t last : all.ends) {
    auto held = begin();
    for (const std::uint32_t* stop = all.sizes.data() + last; size != stop; ++size) {
      const std::uint32_t n = *size;
      touch(allocate(held, n), n);
    }
    end(held);
  }
}

/// One pass where every allocation is freed, at the end of its document.
template <class Allocate, class Free>
[[gnu::noinline]] void one_by_one(const documents& all, std::vector<void*>& taken,
                                  Allocate allocate, Free free) {
  taken.resize(all.most);
  const std::uint32_t* size = all.sizes.data();
  for (const std::uint32_t last : all.ends) {
    const std::uint32_t* first = size;
    void** put = taken.data();
    for (const std::uint32_t* stop = all.sizes.data() + last; size != stop; ++size) {
      const std::uint32_t n = *size;
      touch(*put++ = allocate(n), n);
    }
    put = taken.data();
    for (const std::uint32_t* freed = first; freed != size; ++freed) { free(*put++, *freed); }
  }
}

/// What no arena can beat: a pointer that moves through memory it was given.
class flat_bump {
public:
  explicit flat_bump(std::size_t bytes) : memory_(bytes) {}
  [[nodiscard]] std::byte* allocate(std::size_t n) noexcept {
    n = (n + 7) & ~std::size_t{7};
    if (n > static_cast<std::size_t>(end_ - at_)) { return nullptr; }
    std::byte* given = at_;
    at_ += n;
    return given;
  }
  void reset() noexcept { at_ = memory_.data(); }

private:
  std::vector<std::byte> memory_;
  std::byte* at_ = memory_.data();
  std::byte* end_ = memory_.data() + memory_.size();
};

} // namespace bench
