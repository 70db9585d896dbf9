// linmem/image_view.hpp - rows and pixels in a span that holds an image.
//
// The sizes of an image come from a file or from the host, and their product is an allocation. Here
// they are multiplied once, where nothing overflows, and compared with what there is:
//
//   auto image = linmem::image_view<const std::byte>::create(buffer->view(), {640, 480, 4});
//   for (std::uint32_t y = 0; y < image->height(); ++y) { use(*image->row(y)); }
//
// Channels lie side by side, rows one `row_stride` apart. Reads nothing but sizes: no colour, no
// codec, no planes.
#pragma once

#include <linmem/config.hpp>
#include <linmem/error.hpp>
#include <linmem/result.hpp>

#include <cstddef> // std::byte, std::size_t
#include <cstdint> // std::uint32_t, std::uint64_t
#include <span>    // std::span

namespace linmem::inline LINMEM_ABI {

/// The sizes of an image.
struct image_shape {
  std::uint32_t width = 0;      ///< pixels in a row
  std::uint32_t height = 0;     ///< rows
  std::uint32_t channels = 1;   ///< elements of a pixel
  std::uint64_t row_stride = 0; ///< elements from a row to the next; 0 for no gap between them
};

/// Elements that an image of `shape` takes, from its first row's start to its last row's end. In a
/// size_t also of 32 bits. invalid_argument for a width, height or channel count of 0, and for a
/// stride shorter than a row; limit_exceeded for more elements than can be addressed, with the number,
/// or 2^64 - 1 when it is larger than that.
[[nodiscard]] constexpr result<std::size_t> image_size(const image_shape& shape) noexcept {
  if (shape.width == 0) { return fail(errc::invalid_argument, "image width in pixels", 1, 0); }
  if (shape.height == 0) { return fail(errc::invalid_argument, "image height in rows", 1, 0); }
  if (shape.channels == 0) { return fail(errc::invalid_argument, "image channels", 1, 0); }
  const std::uint64_t row = std::uint64_t{shape.width} * shape.channels; // < 2^64
  const std::uint64_t stride = shape.row_stride == 0 ? row : shape.row_stride;
  if (stride < row) {
    return fail(errc::invalid_argument, "image row stride in elements", row, stride);
  }
  constexpr std::uint64_t most = ~std::size_t{0};
  constexpr std::uint64_t most_said = ~std::uint64_t{0};
  const std::uint64_t gaps = shape.height - 1;
  if (gaps != 0 && stride > (most_said - row) / gaps) {
    return fail(errc::limit_exceeded, "image size in elements", most, most_said);
  }
  const std::uint64_t size = gaps * stride + row;
  if (size > most) { return fail(errc::limit_exceeded, "image size in elements", most, size); }
  return static_cast<std::size_t>(size);
}

/// An image in elements of T that lie elsewhere; T is const for one that is only read. Copies of it
/// see the same elements.
template <class T = std::byte>
class image_view {
public:
  using element_type = T; ///< of a channel

  /// The image at the start of `elements`, which outlives this view. The errors of image_size;
  /// out_of_range when `elements` are fewer than it takes.
  [[nodiscard]] static constexpr result<image_view> create(std::span<T> elements,
                                                           const image_shape& shape) noexcept {
    const auto size = image_size(shape);
    if (!size) { return unexpected{size.error()}; }
    if (*size > elements.size()) {
      return fail(errc::out_of_range, "image size in elements", elements.size(), *size);
    }
    return image_view{elements.first(*size), shape};
  }

  /// Pixels in a row.
  [[nodiscard]] constexpr std::uint32_t width() const noexcept { return shape_.width; }
  /// Rows.
  [[nodiscard]] constexpr std::uint32_t height() const noexcept { return shape_.height; }
  /// Elements of a pixel.
  [[nodiscard]] constexpr std::uint32_t channels() const noexcept { return shape_.channels; }
  /// Elements from a row to the next.
  [[nodiscard]] constexpr std::uint64_t row_stride() const noexcept { return shape_.row_stride; }
  /// All of it, with the gaps between rows.
  [[nodiscard]] constexpr std::span<T> elements() const noexcept { return elements_; }

  /// The pixels of row `y` without the gap; out_of_range with the height.
  [[nodiscard]] constexpr result<std::span<T>> row(std::uint64_t y) const noexcept {
    if (y >= shape_.height) { return fail(errc::out_of_range, "image row", shape_.height, y); }
    return elements_.subspan(static_cast<std::size_t>(y * shape_.row_stride),
                             std::size_t{shape_.width} * shape_.channels);
  }

  /// The channels of pixel (x, y); out_of_range with the width or the height.
  [[nodiscard]] constexpr result<std::span<T>> at(std::uint64_t x, std::uint64_t y) const noexcept {
    if (x >= shape_.width) { return fail(errc::out_of_range, "image column", shape_.width, x); }
    auto line = row(y);
    if (!line) { return line; }
    return line->subspan(static_cast<std::size_t>(x) * shape_.channels, shape_.channels);
  }

private:
  constexpr image_view(std::span<T> elements, const image_shape& shape) noexcept
      : elements_{elements}, shape_{shape} {
    if (shape_.row_stride == 0) { shape_.row_stride = std::uint64_t{shape.width} * shape.channels; }
  }

  std::span<T> elements_;
  image_shape shape_;
};

} // namespace linmem::inline LINMEM_ABI
