#include <linmem/storage.hpp>

#include "failing_storage.hpp"

#include <doctest/doctest.h>

#include <array>
#include <cstdint>
#include <limits>
#include <type_traits>

namespace {
bool is_aligned(const std::byte* p) {
  return reinterpret_cast<std::uintptr_t>(p) % linmem::storage_alignment == 0;
}

// Constant-initialised: no constructor runs, and the program file holds no zeros.
constinit linmem::static_storage<256> region;
} // namespace

static_assert(linmem::storage<linmem::heap_storage>);
static_assert(linmem::storage<linmem::span_storage>);
static_assert(linmem::storage<linmem::static_storage<64>>);
static_assert(linmem::storage<linmem::storage_ref<linmem::static_storage<64>>>);
static_assert(linmem::storage<support::failing_storage>);
// What it gave would move with it.
static_assert(!std::is_move_constructible_v<linmem::static_storage<64>>);
static_assert(!std::is_move_assignable_v<linmem::static_storage<64>>);

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

  TEST_CASE("a static array gives its bytes once at a time, and nothing beyond") {
    std::byte* first = region.allocate(256);
    REQUIRE(first != nullptr);
    CHECK(is_aligned(first));
    CHECK(region.allocate(0) == nullptr);
    region.deallocate(nullptr, 0);
    CHECK(region.allocate(1) == nullptr);
    region.deallocate(first, 256);
    CHECK(region.allocate(257) == nullptr);
    CHECK(region.allocate(std::numeric_limits<std::size_t>::max()) == nullptr);
    CHECK(region.allocate(1) == first);
    region.deallocate(first, 1);
  }

  TEST_CASE("references to one storage agree on what is given") {
    linmem::storage_ref one{region};
    linmem::storage_ref two = one;
    std::byte* bytes = one.allocate(16);
    REQUIRE(bytes != nullptr);
    CHECK(two.allocate(16) == nullptr);
    two.deallocate(bytes, 16);
    CHECK(one.allocate(16) == bytes);
    one.deallocate(bytes, 16);
  }

  TEST_CASE(
      "the storage of the tests fails where it is told to, and notices what comes back wrong") {
    support::failing_storage heap;
    heap.fail_at(1);
    std::byte* first = heap.allocate(10);
    CHECK(first != nullptr);
    CHECK(heap.allocate(10) == nullptr);
    std::byte* third = heap.allocate(10);
    CHECK(third != nullptr);
    CHECK(heap.outstanding() == 2);
    CHECK(heap.refused() == 1);
    heap.deallocate(first, 11); // another size
    CHECK(heap.mistakes() == 1);
    heap.deallocate(first, 10); // twice
    CHECK(heap.mistakes() == 2);
    heap.deallocate(third, 10);
    CHECK(heap.outstanding() == 0);
  }
}
