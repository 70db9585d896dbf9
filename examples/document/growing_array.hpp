// examples/document/growing_array.hpp - values that grow in number.
//
//   document::growing_array<std::uint32_t> numbers;
//   if (!numbers.push(7)) { return no_memory; }
//   use(numbers[0]);
#pragma once

#include "growing_bytes.hpp"

#include <cstddef>     // std::size_t
#include <type_traits> // std::is_trivially_copyable_v

namespace document {

/// growing_bytes for values of another type: running out is a value and not an exception.
template <class T>
  requires std::is_trivially_copyable_v<T>
class growing_array {
public:
  /// Adds `value` behind the end. False when there is no memory: nothing has changed.
  [[nodiscard]] bool push(const T& value) noexcept {
    return bytes_.append({reinterpret_cast<const char*>(&value), sizeof value}); // NOLINT
  }
  /// Makes it `count` times `value`. False when there is no memory: it is then shorter.
  [[nodiscard]] bool assign(std::size_t count, const T& value) noexcept {
    bytes_.clear();
    while (size() != count) {
      if (!push(value)) { return false; }
    }
    return true;
  }
  /// Forgets the values and keeps their memory.
  void clear() noexcept { bytes_.clear(); }
  /// Value `i`, which is there; invalid once it grows.
  [[nodiscard]] T& operator[](std::size_t i) noexcept { return data()[i]; }
  [[nodiscard]] const T& operator[](std::size_t i) const noexcept { return data()[i]; }
  /// Number of values.
  [[nodiscard]] std::size_t size() const noexcept { return bytes_.size() / sizeof(T); }

private:
  // What malloc returned is aligned for any type, and holds what was copied there.
  [[nodiscard]] T* data() const noexcept {
    return reinterpret_cast<T*>(const_cast<char*>(bytes_.text().data())); // NOLINT
  }
  growing_bytes bytes_;
};

} // namespace document
