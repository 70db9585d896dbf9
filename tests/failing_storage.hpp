// A heap that counts what it gives and refuses when a test says so. Used through a reference:
//
//   support::failing_storage heap;
//   heap.fail_at(2);                                          // the third allocation gives null
//   auto b = shared_buffer<support::failing_ref>::create(8, heap);
//   CHECK(heap.outstanding() == 1);
#pragma once

#include <linmem/storage.hpp>

#include <cstddef>
#include <map>

namespace support {

/// Fails the n-th allocation from now on, none unless told, and knows what has not come back.
class failing_storage {
public:
  [[nodiscard]] std::byte* allocate(std::size_t n) noexcept {
    const bool fail = left_ == 0;
    if (left_ != never) { --left_; }
    if (fail) {
      ++refused_;
      return nullptr;
    }
    std::byte* bytes = heap_.allocate(n);
    if (bytes != nullptr) { given_.emplace(bytes, n); }
    return bytes;
  }
  void deallocate(std::byte* bytes, std::size_t n) noexcept {
    if (bytes == nullptr) { return; }
    const auto found = given_.find(bytes);
    if (found == given_.end() || found->second != n) { ++mistakes_; }
    if (found == given_.end()) { return; }
    heap_.deallocate(bytes, found->second); // as given: the tracker counts on it
    given_.erase(found);
  }

  /// Of the allocations that follow, the one after `n` others fails.
  void fail_at(std::size_t n) noexcept { left_ = n; }
  /// Every allocation is granted again.
  void grant() noexcept { left_ = never; }

  [[nodiscard]] std::size_t outstanding() const noexcept { return given_.size(); }
  [[nodiscard]] std::size_t refused() const noexcept { return refused_; }
  /// Blocks that came back unknown, twice or with another size.
  [[nodiscard]] std::size_t mistakes() const noexcept { return mistakes_; }

private:
  static constexpr std::size_t never = ~std::size_t{0};

  linmem::heap_storage heap_;
  std::map<const std::byte*, std::size_t> given_;
  std::size_t left_ = never;
  std::size_t refused_ = 0;
  std::size_t mistakes_ = 0;
};

using failing_ref = linmem::storage_ref<failing_storage>;

} // namespace support
