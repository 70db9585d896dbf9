// What malloc gives while a document of a pooled batch is read.
#include "../../examples/document/pooled_batch/document_memory.hpp"

#include <doctest/doctest.h>

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <vector>

namespace {

using document::document_memory;

std::string_view text_at(const void* at, std::size_t n) {
  return {static_cast<const char*>(at), n};
}

TEST_CASE("document_memory: gives nothing outside of a document") {
  document_memory memory{4096, 65536};
  CHECK(memory.capacity() >= 4096);
  CHECK(memory.allocate(1) == nullptr);
  memory.begin();
  void* const a = memory.allocate(1);
  CHECK(a != nullptr);
  memory.free(a);
  memory.end();
  CHECK(memory.allocate(1) == nullptr);
}

TEST_CASE(
    "document_memory: allocations are aligned as malloc's, do not overlap, and know their size") {
  document_memory memory{65536, 65536};
  memory.begin();
  std::vector<void*> all;
  for (std::size_t n = 0; n != 100; ++n) {
    void* const at = memory.allocate(n);
    REQUIRE(at != nullptr);
    CHECK(reinterpret_cast<std::uintptr_t>(at) % alignof(std::max_align_t) == 0);
    CHECK(memory.owns(at));
    CHECK(document_memory::size_of(at) == n);
    std::memset(at, static_cast<int>(n), n);
    all.push_back(at);
  }
  for (std::size_t n = 0; n != 100; ++n) {
    CHECK(text_at(all[n], n) == std::string(n, static_cast<char>(n)));
    memory.free(all[n]);
  }
  CHECK(memory.live() == 0);
  memory.end();
}

TEST_CASE("document_memory: an address elsewhere is not its own") {
  const document_memory memory{4096, 65536};
  int elsewhere = 0;
  CHECK_FALSE(memory.owns(&elsewhere));
  CHECK_FALSE(memory.owns(nullptr));
  const document_memory none{0, 0};
  CHECK(none.capacity() == 0);
  CHECK_FALSE(none.owns(nullptr));
}

TEST_CASE("document_memory: reallocate keeps the bytes, in place where nothing is behind them") {
  document_memory memory{4096, 65536};
  memory.begin();
  void* const a = memory.allocate(5);
  std::memcpy(a, "first", 5);
  CHECK(memory.reallocate(a, 3) == a);
  CHECK(memory.reallocate(a, 100) == a);
  CHECK(document_memory::size_of(a) == 100);
  void* const b = memory.allocate(1);
  void* const moved = memory.reallocate(a, 200);
  REQUIRE(moved != nullptr);
  CHECK(moved != a);
  CHECK(text_at(moved, 5) == "first");
  CHECK(memory.live() == 2);
  CHECK(memory.reallocate(moved, 1 << 15) == nullptr); // more than there is
  CHECK(text_at(moved, 5) == "first");
  memory.free(moved);
  memory.free(b);
  memory.end();
}

TEST_CASE(
    "document_memory: the next document begins in front, with as much as the last one wanted") {
  document_memory memory{4096, std::size_t{1} << 20U};
  memory.begin();
  void* const first = memory.allocate(100);
  CHECK(memory.allocate(10000) == nullptr);
  CHECK(memory.allocate(20000) == nullptr);
  memory.free(first);
  memory.end();
  CHECK(memory.capacity() >= 30100);
  const std::size_t capacity = memory.capacity();
  void* again = nullptr;
  for (int i = 0; i != 3; ++i) {
    memory.begin();
    void* const a = memory.allocate(100);
    if (again != nullptr) { CHECK(a == again); }
    again = a;
    void* const b = memory.allocate(10000);
    void* const c = memory.allocate(20000);
    CHECK(b != nullptr);
    CHECK(c != nullptr);
    for (void* at : {b, a, c}) { memory.free(at); }
    memory.end();
    CHECK(memory.capacity() == capacity);
  }
}

TEST_CASE("document_memory: never holds more than it may") {
  document_memory memory{std::size_t{1} << 20U, 10000};
  CHECK(memory.capacity() == 10000);
  for (int i = 0; i != 3; ++i) {
    memory.begin();
    CHECK(memory.allocate(20000) == nullptr);
    CHECK(memory.allocate(~std::size_t{0}) == nullptr);
    std::size_t given = 0;
    std::vector<void*> all;
    while (void* const at = memory.allocate(100)) {
      all.push_back(at);
      given += 100;
    }
    CHECK(given > 5000);
    CHECK(given < 10000);
    for (void* at : all) { memory.free(at); }
    memory.end();
    CHECK(memory.capacity() == 10000);
  }
}

TEST_CASE(
    "document_memory: what outlives its document stays, and nothing is given until it is freed") {
  document_memory memory{4096, 65536};
  memory.begin();
  void* const kept = memory.allocate(4);
  std::memcpy(kept, "kept", 4);
  memory.end();
  CHECK(memory.live() == 1);
  memory.begin();
  CHECK(memory.is_open());
  CHECK(memory.allocate(4) == nullptr);
  CHECK(memory.reallocate(kept, 1000) == nullptr);
  memory.end();
  CHECK(text_at(kept, 4) == "kept");
  memory.free(kept);
  memory.begin();
  void* const next = memory.allocate(4);
  CHECK(next == kept);
  memory.free(next);
  memory.end();
}

} // namespace
