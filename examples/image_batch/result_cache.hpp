// examples/image_batch/result_cache.hpp - results by the bytes of the files that they were made from.
//
// An entry owns two buffers of the pool, the file and the result, and costs what they hold. Files are
// compared byte by byte. Results of other parameters have ended: the version of the parameters is that
// of the cache.
#pragma once

#include "picture.hpp"

#include <linmem/bytes.hpp>
#include <linmem/error.hpp>
#include <linmem/lru_cache.hpp>

#include <algorithm>   // std::equal
#include <cstddef>     // std::size_t
#include <functional>  // std::hash
#include <string_view> // std::string_view

namespace image_batch {

/// The bytes of an image file, in a buffer of the pool.
struct image_file {
  pixel_pool::lease buffer;
  std::size_t bytes = 0;

  /// What is in it.
  [[nodiscard]] linmem::byte_view view() const noexcept {
    return bytes == 0 ? linmem::byte_view{} : linmem::byte_view{buffer.data(), bytes};
  }
};

/// How entries are found by a file, or by bytes that lie elsewhere.
struct file_hash {
  [[nodiscard]] std::size_t operator()(linmem::byte_view file) const noexcept {
    return std::hash<std::string_view>{}(linmem::as_text(file));
  }
  [[nodiscard]] std::size_t operator()(const image_file& file) const noexcept {
    return (*this)(file.view());
  }
};
struct file_equal {
  [[nodiscard]] bool operator()(const image_file& file, linmem::byte_view other) const noexcept {
    return std::equal(file.view().begin(), file.view().end(), other.begin(), other.end());
  }
  [[nodiscard]] bool operator()(const image_file& file, const image_file& other) const noexcept {
    return (*this)(file, other.view());
  }
};

/// Results, the least recently used out first. One thread.
using result_cache = linmem::lru_cache<image_file, picture, file_hash, file_equal>;

} // namespace image_batch
