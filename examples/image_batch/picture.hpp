// examples/image_batch/picture.hpp - decoded pixels, in a buffer of the pool.
#pragma once

#include <linmem/buffer_pool.hpp>
#include <linmem/bytes.hpp>
#include <linmem/config.hpp>
#include <linmem/error.hpp>
#include <linmem/image_view.hpp>
#include <linmem/no_mutex.hpp>
#include <linmem/result.hpp>

#include <cstddef>     // std::size_t
#include <cstdint>     // std::uint8_t, std::uint32_t
#include <type_traits> // std::conditional_t
#include <utility>     // std::move

#if LINMEM_THREADS
#include <mutex>
#endif

namespace image_batch {

#if LINMEM_THREADS
using shared_mutex = std::mutex; ///< several threads take buffers from the pool
#else
using shared_mutex = linmem::no_mutex; ///< one does
#endif

/// Where files, pixels and the decoder's own memory come from. Buffers are kept by size class, so that
/// the next image of about that size allocates nothing.
using pixel_pool = linmem::buffer_pool<linmem::pool_heap, shared_mutex>;

/// Pixels as 8-bit red, green, blue and alpha, not premultiplied.
using rgba_view = linmem::image_view<std::uint8_t>;

/// An image and the buffer that it lies in.
struct picture {
  pixel_pool::lease buffer;
  std::uint32_t width = 0;
  std::uint32_t height = 0;

  /// Undefined pixels in a buffer of `pool`; the errors of image_size() and of buffer_pool::acquire().
  [[nodiscard]] static linmem::result<picture> create(pixel_pool& pool, std::uint32_t width,
                                                      std::uint32_t height) noexcept {
    const auto bytes = linmem::image_size({width, height, 4});
    if (!bytes) { return linmem::unexpected{bytes.error()}; }
    auto buffer = pool.acquire(*bytes);
    if (!buffer) { return linmem::unexpected{buffer.error()}; }
    return picture{std::move(*buffer), width, height};
  }

  /// Bytes of its pixels.
  [[nodiscard]] std::size_t bytes() const noexcept { return std::size_t{4} * width * height; }
  /// Its pixels.
  [[nodiscard]] rgba_view view() const noexcept {
    auto* data = reinterpret_cast<std::uint8_t*>(buffer.data()); // NOLINT: bytes
    return *rgba_view::create({data, bytes()}, {width, height, 4});
  }
};

} // namespace image_batch
