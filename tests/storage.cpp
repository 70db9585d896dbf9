#include <linmem/storage.hpp>

#include <doctest/doctest.h>

#include <array>
#include <cstdint>
#include <limits>

namespace {
bool is_aligned(const std::byte* p) {
  return reinterpret_cast<std::uintptr_t>(p) % linmem::storage_alignment == 0;
}
} // namespace

static_assert(linmem::storage<linmem::heap_storage>);
static_assert(linmem::storage<linmem::span_storage>);

TEST_SUITE("storage") {
  TEST_CASE("the heap gives aligned bytes of every size") {
    linmem::heap_storage heap;
    for (const std::size_t n : {0U, 1U, 15U, 16U, 17U, 65535U, 65536U, 1000000U}) {
      std::byte* bytes = heap.allocate(n);
      REQUIRE(bytes != nullptr);
      CHECK(is_aligned(bytes));
      for (std::size_t i = 0; i < n; ++i) { bytes[i] = std::byte{0xAB}; } // sanitizers watch
      heap.deallocate(bytes, n);
    }
    heap.deallocate(nullptr, 0);
  }

  TEST_CASE("what the heap cannot give is null, also where rounding up would overflow") {
    linmem::heap_storage heap;
    volatile std::size_t most = std::numeric_limits<std::size_t>::max();
    for (const std::size_t less : {0U, 1U, 15U, 16U, 17U}) {
      CHECK(heap.allocate(most - less) == nullptr);
    }
    CHECK(heap.allocate(most / 2) == nullptr);
  }

  TEST_CASE("a span gives its memory once at a time, from an aligned start, and nothing beyond") {
    alignas(16) std::array<std::byte, 64> memory{};
    linmem::span_storage whole{memory};
    std::byte* first = whole.allocate(64);
    CHECK(first == memory.data());
    CHECK(whole.allocate(1) == nullptr);
    whole.deallocate(first, 64);
    CHECK(whole.allocate(65) == nullptr);
    CHECK(whole.allocate(1) == memory.data());

    linmem::span_storage shifted{linmem::byte_span{memory}.subspan(1)};
    CHECK(shifted.allocate(49) == nullptr);
    CHECK(shifted.allocate(48) == memory.data() + 16);

    linmem::span_storage none;
    CHECK(none.allocate(0) == nullptr);
  }
}
