// examples/document/growing_array.hpp - values that come one behind the other.
//
//   document::growing_array<std::uint32_t> ends;
//   if (!ends.push(7)) { return no_memory; }
//   use(ends[0], ends.size());
//
// As growing_bytes: running out of memory is a value. For values that are copied as bytes.
#pragma once

#include "growing_bytes.hpp"

#include <cstddef>     // std::max_align_t, std::size_t
#include <string_view> // std::string_view
#include <type_traits> // std::is_trivially_copyable_v

namespace document {

/// See this header's first lines.
template <class T>
class growing_array {
  static_assert(std::is_trivially_copyable_v<T> && alignof(T) <= alignof(std::max_align_t));

public:
  /// Adds `value` behind the end. False when there is no memory: nothing has changed.
  [[nodiscard]] bool push(const T& value) noexcept {
    return bytes_.append({reinterpret_cast<const char*>(&value), sizeof value}); // NOLINT
  }
  /// Forgets the values and keeps their memory.
  void clear() noexcept { bytes_.clear(); }
  /// Number of values.
  [[nodiscard]] std::size_t size() const noexcept { return bytes_.size() / sizeof(T); }
  /// The value with number `index`, which is below size(); invalid once anything grows.
  [[nodiscard]] T& operator[](std::size_t index) noexcept { return begin()[index]; }
  [[nodiscard]] T* begin() noexcept { return reinterpret_cast<T*>(bytes_.data()); } // NOLINT
  [[nodiscard]] T* end() noexcept { return begin() + size(); }

private:
  growing_bytes bytes_;
};

} // namespace document
