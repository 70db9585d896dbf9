// Filters against what their definitions say, pixel by pixel.
#include "../../examples/image_batch/filters.hpp"

#include "../../examples/image_batch/look.hpp"
#include "../../examples/image_batch/picture.hpp"
#include "../../examples/image_batch/process.hpp"
#include "image_samples.hpp"

#include <linmem/error.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <utility>

namespace {

using image_batch::rgba_view;
using image_samples::bytes;

// An image in memory of its own.
struct canvas {
  std::uint32_t width;
  std::uint32_t height;
  bytes pixels = bytes(std::size_t{4} * width * height);

  rgba_view view() { return *rgba_view::create(pixels, {width, height, 4}); }
  const std::uint8_t* at(std::size_t x, std::size_t y) const {
    return &pixels[4 * (y * width + x)];
  }
};

canvas random_canvas(image_samples::random_numbers& numbers, std::uint32_t most) {
  const std::uint32_t width = 1 + numbers.below(most);
  const std::uint32_t height = 1 + numbers.below(most);
  return {width, height, image_samples::random_pixels(numbers, width, height)};
}

// The mean of what `weight(x, y)` says of each pixel, colours by their alpha.
template <class Weight>
std::array<std::uint8_t, 4> mean(const canvas& image, Weight weight) {
  std::array<std::uint64_t, 4> sums{};
  std::uint64_t weights = 0;
  for (std::size_t y = 0; y < image.height; ++y) {
    for (std::size_t x = 0; x < image.width; ++x) {
      const std::uint64_t w = weight(x, y);
      const std::uint8_t* const p = image.at(x, y);
      for (std::size_t c = 0; c < 3; ++c) { sums[c] += w * p[3] * p[c]; }
      sums[3] += w * p[3];
      weights += w;
    }
  }
  std::array<std::uint8_t, 4> result{};
  for (std::size_t c = 0; c < 3; ++c) {
    if (sums[3] != 0) {
      result[c] = static_cast<std::uint8_t>((2 * sums[c] + sums[3]) / (2 * sums[3]));
    }
  }
  result[3] = static_cast<std::uint8_t>((2 * sums[3] + weights) / (2 * weights));
  return result;
}

bool equal(const std::array<std::uint8_t, 4>& a, const std::uint8_t* b) {
  return std::equal(a.begin(), a.end(), b);
}

TEST_CASE("gray is luma, in every channel but alpha") {
  canvas image{3, 1, {255, 0, 0, 9, 255, 255, 255, 255, 0, 0, 0, 0}};
  image_batch::to_gray(image.view());
  CHECK(image.pixels == bytes{77, 77, 77, 9, 255, 255, 255, 255, 0, 0, 0, 0});
}

TEST_CASE("tone moves colours from the middle and up, and keeps them in range and alpha as it is") {
  canvas image{2, 1, {0, 127, 255, 50, 100, 128, 200, 0}};
  canvas same = image;
  image_batch::tone(same.view(), 0, 1);
  CHECK(same.pixels == image.pixels);
  canvas brighter = image;
  image_batch::tone(brighter.view(), 0.2F, 1); // 51 more
  CHECK(brighter.pixels == bytes{51, 178, 255, 50, 151, 179, 251, 0});
  canvas harder = image;
  image_batch::tone(harder.view(), 0, 2); // 127.5 + 2 * (c - 127.5)
  CHECK(harder.pixels == bytes{0, 127, 255, 50, 73, 129, 255, 0});
  canvas flat = image;
  image_batch::tone(flat.view(), -1, 0);
  CHECK(flat.pixels == bytes{0, 0, 0, 50, 0, 0, 0, 0});
}

TEST_CASE("blur is the mean over a window in each direction, to the bit") {
  image_samples::random_numbers numbers{7};
  for (int round = 0; round < 200; ++round) {
    const canvas image = random_canvas(numbers, 40);
    const std::uint32_t radius = numbers.below(round % 4 == 0 ? 60 : 5);
    CAPTURE(image.width);
    CAPTURE(image.height);
    CAPTURE(radius);
    canvas source = image;
    canvas rows{image.width, image.height};
    canvas box{image.width, image.height};
    image_batch::blur_rows(source.view(), rows.view(), radius);
    image_batch::blur_columns(rows.view(), box.view(), radius);
    const auto near = [radius](std::size_t a, std::size_t b) {
      return (a > b ? a - b : b - a) <= radius;
    };
    for (std::size_t y = 0; y < image.height; ++y) {
      for (std::size_t x = 0; x < image.width; ++x) {
        REQUIRE(equal(mean(image, [&](std::size_t u,
                                      std::size_t v) { return v == y && near(u, x) ? 1U : 0U; }),
                      rows.at(x, y)));
        REQUIRE(equal(mean(rows, [&](std::size_t u,
                                     std::size_t v) { return u == x && near(v, y) ? 1U : 0U; }),
                      box.at(x, y)));
      }
    }
  }
}

TEST_CASE("a pixel that cannot be seen gives no colour") {
  canvas image{3, 1, {255, 0, 0, 0, 0, 0, 255, 255, 255, 0, 0, 0}};
  canvas blurred{3, 1};
  image_batch::blur_rows(image.view(), blurred.view(), 1);
  CHECK(blurred.pixels == bytes{0, 0, 255, 128, 0, 0, 255, 85, 0, 0, 255, 128});
}

TEST_CASE("a thumbnail's pixel is the mean of what it covers, parts of pixels too, to the bit") {
  image_samples::random_numbers numbers{8};
  for (int round = 0; round < 200; ++round) {
    canvas image = random_canvas(numbers, 40);
    canvas small{1 + numbers.below(image.width), 1 + numbers.below(image.height)};
    CAPTURE(image.width);
    CAPTURE(image.height);
    CAPTURE(small.width);
    CAPTURE(small.height);
    image_batch::shrink(image.view(), small.view());
    // In units of 1 / (both sides multiplied): how much of [i, i + 1) lies in the o-th of `out` parts.
    const auto overlap = [](std::size_t i, std::size_t in, std::size_t o,
                            std::size_t out) -> std::uint64_t {
      const std::size_t from = std::max(i * out, o * in);
      const std::size_t to = std::min((i + 1) * out, (o + 1) * in);
      return to > from ? to - from : 0;
    };
    for (std::size_t y = 0; y < small.height; ++y) {
      for (std::size_t x = 0; x < small.width; ++x) {
        REQUIRE(equal(mean(image,
                           [&](std::size_t u, std::size_t v) {
                             return overlap(u, image.width, x, small.width) *
                                    overlap(v, image.height, y, small.height);
                           }),
                      small.at(x, y)));
      }
    }
  }
}

TEST_CASE("a thumbnail keeps the proportions, is never larger than the image and never empty") {
  const auto fit = [](std::uint32_t w, std::uint32_t h, std::uint32_t longest) {
    const auto [width, height] = image_batch::fit(w, h, longest);
    return std::pair{width, height};
  };
  CHECK(fit(400, 300, 100) == std::pair{100U, 75U});
  CHECK(fit(300, 400, 100) == std::pair{75U, 100U});
  CHECK(fit(100, 50, 100) == std::pair{100U, 50U});
  CHECK(fit(10, 5, 100) == std::pair{10U, 5U});
  CHECK(fit(10, 5, 0) == std::pair{10U, 5U});
  CHECK(fit(16'384, 1, 10) == std::pair{10U, 1U});
  CHECK(fit(16'384, 16'383, 16'383) == std::pair{16'383U, 16'382U});
}

TEST_CASE("all of it together: shrunk first, in buffers that go back to the pool") {
  image_batch::pixel_pool pool;
  auto image = image_batch::picture::create(pool, 64, 32);
  REQUIRE(image);
  const auto pixels = image->view().elements();
  for (std::size_t i = 0; i < pixels.size(); ++i) {
    pixels[i] = i % 4 == 3 ? 255 : i % 4 == 0 ? 255 : 0;
  }
  const auto done = image_batch::apply(
      {.thumbnail = 16, .grayscale = 1, .brightness = 0.2F, .blur = 2}, std::move(*image), pool);
  REQUIRE(done);
  CHECK(done->width == 16);
  CHECK(done->height == 8);
  for (std::size_t i = 0; i < done->bytes(); ++i) {
    REQUIRE(done->view().elements()[i] == (i % 4 == 3 ? 255 : 77 + 51));
  }
  CHECK(pool.statistics().outstanding == 1);
}

TEST_CASE("parameters beyond their limits are refused with the limit") {
  using linmem::errc;
  CHECK(image_batch::check({}).has_value());
  CHECK(image_batch::check({.blur = 257}).error() ==
        linmem::error{errc::out_of_range, "", 256, 257});
  constexpr float nan = std::numeric_limits<float>::quiet_NaN();
  for (const float bad : {-1.5F, 1.5F, nan}) {
    CHECK(image_batch::check({.brightness = bad}).error().code == errc::invalid_argument);
  }
  for (const float bad : {-0.1F, 8.5F, nan}) {
    CHECK(image_batch::check({.contrast = bad}).error().code == errc::invalid_argument);
  }
}

} // namespace
