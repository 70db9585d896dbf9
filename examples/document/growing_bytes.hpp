// examples/document/growing_bytes.hpp - bytes that grow at their end.
//
//   document::growing_bytes bytes;
//   if (!bytes.append("text")) { return no_memory; }
//   use(bytes.text());
#pragma once

#include "text_layout.hpp" // text_output

#include <algorithm>   // std::max
#include <cstddef>     // std::size_t
#include <cstdlib>     // std::free, std::realloc
#include <cstring>     // std::memcpy
#include <limits>      // std::numeric_limits
#include <string_view> // std::string_view
#include <utility>     // std::exchange

namespace document {

/// Bytes that grow at their end; on malloc, so that running out is a value and not an exception.
class growing_bytes {
public:
  growing_bytes() = default;
  growing_bytes(growing_bytes&& other) noexcept
      : data_{std::exchange(other.data_, nullptr)}, size_{std::exchange(other.size_, 0)},
        capacity_{std::exchange(other.capacity_, 0)} {}
  growing_bytes& operator=(growing_bytes&& other) noexcept {
    if (this != &other) {
      std::free(data_);
      data_ = std::exchange(other.data_, nullptr);
      size_ = std::exchange(other.size_, 0);
      capacity_ = std::exchange(other.capacity_, 0);
    }
    return *this;
  }
  ~growing_bytes() { std::free(data_); }

  /// Makes room for at least `more` bytes behind the end, and twice as much in all as before if it
  /// must grow. False when there is no memory: nothing has changed.
  [[nodiscard]] bool reserve(std::size_t more) noexcept {
    constexpr std::size_t most = std::numeric_limits<std::size_t>::max() / 2;
    if (more <= capacity_ - size_) { return true; }
    if (more > most - size_ || capacity_ > most / 2) { return false; }
    const std::size_t wanted = std::max({size_ + more, capacity_ * 2, std::size_t{4096}});
    void* const moved = std::realloc(data_, wanted);
    if (moved == nullptr) { return false; }
    data_ = static_cast<char*>(moved);
    capacity_ = wanted;
    return true;
  }
  /// The room behind the end; invalid once anything grows.
  [[nodiscard]] text_output room() noexcept { return {data_ + size_, data_ + capacity_}; }
  /// What was written to room(), up to `end`, is now part of the bytes.
  void commit(const char* end) noexcept { size_ = static_cast<std::size_t>(end - data_); }
  /// Adds `more` behind the end. False when there is no memory: nothing has changed.
  [[nodiscard]] bool append(std::string_view more) noexcept {
    if (more.empty()) { return true; }
    if (!reserve(more.size())) { return false; }
    std::memcpy(data_ + size_, more.data(), more.size());
    size_ += more.size();
    return true;
  }
  /// Forgets what is behind the first `size` bytes, of which there are at least as many.
  void cut(std::size_t size) noexcept { size_ = size; }
  /// Writes `bytes` over those from `at` on, which are there.
  void replace(std::size_t at, std::string_view bytes) noexcept {
    std::memcpy(data_ + at, bytes.data(), bytes.size());
  }
  /// Forgets the bytes and keeps their memory.
  void clear() noexcept { size_ = 0; }
  /// Where they begin, and are as malloc aligns them; null while there are none.
  [[nodiscard]] char* data() noexcept { return data_; }
  /// The bytes; invalid once anything grows.
  [[nodiscard]] std::string_view text() const noexcept { return {data_, size_}; }
  /// Number of bytes.
  [[nodiscard]] std::size_t size() const noexcept { return size_; }

private:
  char* data_ = nullptr;
  std::size_t size_ = 0;
  std::size_t capacity_ = 0;
};

} // namespace document
