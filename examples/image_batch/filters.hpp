// examples/image_batch/filters.hpp - what is done to pixels.
//
//   image_batch::to_gray(pixels);                          // in place
//   image_batch::tone(pixels, brightness, contrast);       // in place
//   image_batch::shrink(pixels, smaller);                  // each pixel the mean of what it covers
//   image_batch::blur_rows(pixels, blurred, radius);       // and blur_columns: together a box
//
// Where pixels are averaged, colours count by their alpha: what cannot be seen gives no colour. Sums
// are whole numbers, so that each filter gives what its definition says, to the bit.
#pragma once

#include "picture.hpp"

#include <algorithm> // std::clamp, std::min, std::max
#include <array>     // std::array
#include <cmath>     // std::lround
#include <cstddef>   // std::size_t
#include <cstdint>   // std::uint8_t, std::uint32_t, std::uint64_t

namespace image_batch {

/// Each colour becomes the luma of ITU-R BT.601.
inline void to_gray(rgba_view image) noexcept {
  const auto pixels = image.elements();
  for (std::size_t i = 0; i < pixels.size(); i += 4) {
    const std::uint32_t luma = 77U * pixels[i] + 150U * pixels[i + 1] + 29U * pixels[i + 2] + 128U;
    pixels[i] = pixels[i + 1] = pixels[i + 2] = static_cast<std::uint8_t>(luma >> 8U);
  }
}

/// Each colour c of 0..1 becomes (c - 1/2) * contrast + 1/2 + brightness, rounded.
inline void tone(rgba_view image, float brightness, float contrast) noexcept {
  std::array<std::uint8_t, 256> table{};
  for (std::size_t c = 0; c < table.size(); ++c) {
    const float wanted = (static_cast<float>(c) - 127.5F) * contrast + 127.5F + 255 * brightness;
    table[c] = static_cast<std::uint8_t>(std::lround(std::clamp(wanted, 0.0F, 255.0F)));
  }
  const auto pixels = image.elements();
  for (std::size_t i = 0; i < pixels.size(); i += 4) {
    for (std::size_t c = 0; c < 3; ++c) { pixels[i + c] = table[pixels[i + c]]; }
  }
}

namespace detail {

// Pixels summed, each with a weight. Sum is a number that holds them: 255 * 255 times all weights.
template <class Sum>
struct pixel_sum {
  std::array<Sum, 3> colours{}; // times their alpha
  Sum alpha = 0;
  Sum weight = 0;

  void add(const std::uint8_t* pixel, Sum times) noexcept {
    const Sum a = pixel[3] * times;
    for (std::size_t c = 0; c < 3; ++c) { colours[c] += pixel[c] * a; }
    alpha += a;
    weight += times;
  }
  void subtract(const std::uint8_t* pixel) noexcept {
    for (std::size_t c = 0; c < 3; ++c) { colours[c] -= Sum{pixel[c]} * pixel[3]; }
    alpha -= pixel[3];
    --weight;
  }
  void mean(std::uint8_t* pixel) const noexcept {
    for (std::size_t c = 0; c < 3; ++c) {
      const Sum colour = alpha == 0 ? Sum{0} : (colours[c] + alpha / 2) / alpha;
      pixel[c] = static_cast<std::uint8_t>(colour);
    }
    pixel[3] = static_cast<std::uint8_t>((alpha + weight / 2) / weight);
  }
};

// Lines of pixels in an image: `count` pixels each, `step` elements apart.
struct lines {
  std::size_t count;
  std::size_t step;
};

inline constexpr std::size_t most_lines = 16; // side by side: a cache line has that many pixels

// The box blur of `side_by_side` lines, the first pixels of which are neighbours. Windows end where
// the lines do.
inline void blur_lines(const std::uint8_t* from, std::uint8_t* to, lines of, std::size_t radius,
                       std::size_t side_by_side) noexcept {
  std::array<pixel_sum<std::uint32_t>, most_lines> windows{};
  const auto for_each_line = [&](auto f) {
    for (std::size_t line = 0; line < side_by_side; ++line) { f(windows[line], 4 * line); }
  };
  for (std::size_t i = 0; i < std::min(radius, of.count); ++i) {
    for_each_line([&](auto& window, std::size_t at) { window.add(from + i * of.step + at, 1); });
  }
  for (std::size_t i = 0; i < of.count; ++i) {
    for_each_line([&](auto& window, std::size_t at) {
      if (i + radius < of.count) { window.add(from + (i + radius) * of.step + at, 1); }
      if (i > radius) { window.subtract(from + (i - radius - 1) * of.step + at); }
      window.mean(to + i * of.step + at);
    });
  }
}

} // namespace detail

/// `to`, of the same size, gets the means of `from` over 2 * radius + 1 pixels of a row.
inline void blur_rows(rgba_view from, rgba_view to, std::uint32_t radius) noexcept {
  for (std::uint32_t y = 0; y < from.height(); ++y) {
    detail::blur_lines(from.row(y)->data(), to.row(y)->data(), {from.width(), 4}, radius, 1);
  }
}

/// The same over 2 * radius + 1 pixels of a column.
inline void blur_columns(rgba_view from, rgba_view to, std::uint32_t radius) noexcept {
  const detail::lines columns{from.height(), std::size_t{4} * from.width()};
  for (std::size_t x = 0; x < from.width(); x += detail::most_lines) {
    detail::blur_lines(from.elements().data() + 4 * x, to.elements().data() + 4 * x, columns,
                       radius, std::min(detail::most_lines, from.width() - x));
  }
}

/// Sides of an image.
struct sides {
  std::uint32_t width;
  std::uint32_t height;
};

/// Those of an image of width x height whose longest side is `longest`: never larger than it is,
/// never 0; `longest` of 0 for any.
[[nodiscard]] constexpr sides fit(std::uint32_t width, std::uint32_t height,
                                  std::uint32_t longest) noexcept {
  const std::uint32_t side = std::max(width, height);
  if (longest == 0 || side <= longest) { return {width, height}; }
  const auto scaled = [&](std::uint64_t n) {
    return static_cast<std::uint32_t>(std::max<std::uint64_t>(1, (n * longest + side / 2) / side));
  };
  return {scaled(width), scaled(height)};
}

/// Each pixel of `to`, which is no larger, gets the mean of what it covers of `from`, pixels that it
/// covers in part among it. Both are measured in pixels of `from` times those of `to`, where every
/// edge is a whole number.
inline void shrink(rgba_view from, rgba_view to) noexcept {
  const std::size_t in_width = from.width();
  const std::size_t in_height = from.height();
  const auto covered = [](std::uint64_t first, std::uint64_t end, std::uint64_t i,
                          std::uint64_t side) {
    return std::min(end, (i + 1) * side) - std::max(first, i * side);
  };
  for (std::uint64_t y = 0; y < to.height(); ++y) {
    for (std::uint64_t x = 0; x < to.width(); ++x) {
      const std::uint64_t top = y * in_height;
      const std::uint64_t left = x * in_width;
      detail::pixel_sum<std::uint64_t> sum;
      for (std::uint64_t v = top / to.height(); v * to.height() < top + in_height; ++v) {
        const std::uint64_t rows = covered(top, top + in_height, v, to.height());
        const std::uint8_t* const row =
            from.elements().data() + static_cast<std::size_t>(v * from.row_stride());
        for (std::uint64_t u = left / to.width(); u * to.width() < left + in_width; ++u) {
          sum.add(row + 4 * static_cast<std::size_t>(u),
                  rows * covered(left, left + in_width, u, to.width()));
        }
      }
      sum.mean(to.elements().data() + 4 * static_cast<std::size_t>(y * to.width() + x));
    }
  }
}

} // namespace image_batch
