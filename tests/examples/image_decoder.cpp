// Pixels out of files: the right ones, and what happens when there is no memory or the file is bad.
#include "../../examples/image_batch/decoder.hpp"

#include "../../examples/image_batch/image_file.hpp"
#include "../../examples/image_batch/picture.hpp"
#include "../../examples/image_batch/process.hpp"
#include "failing_malloc.hpp"
#include "image_samples.hpp"

#include <linmem/bytes.hpp>
#include <linmem/error.hpp>
#include <linmem/result.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>

namespace {

using image_batch::picture;
using image_batch::pixel_pool;
using image_samples::bytes;
using linmem::errc;

linmem::result<picture> decode(const bytes& file, pixel_pool& pool) {
  const auto view = linmem::as_bytes(image_samples::text_of(file));
  const auto header = image_batch::inspect(view, {});
  if (!header) { return linmem::unexpected{header.error()}; }
  return image_batch::process(view, *header, {}, pool);
}

bytes pixels_of(const picture& image) {
  const auto pixels = image.view().elements();
  return {pixels.begin(), pixels.end()};
}

TEST_CASE("pixels of a PNG are those that were put into it") {
  pixel_pool pool;
  image_samples::random_numbers numbers{1};
  for (int round = 0; round < 50; ++round) {
    const std::uint32_t width = 1 + numbers.below(200);
    const std::uint32_t height = 1 + numbers.below(100);
    const bytes pixels = image_samples::random_pixels(numbers, width, height);
    const auto image = decode(image_samples::png(width, height, pixels), pool);
    REQUIRE(image);
    CHECK(image->width == width);
    CHECK(image->height == height);
    CHECK(pixels_of(*image) == pixels);
  }
  CHECK(pool.statistics().outstanding == 0);
  CHECK(pool.statistics().hits > pool.statistics().misses); // buffers are used again
}

TEST_CASE("a JPEG of one shade has that shade everywhere") {
  pixel_pool pool;
  for (const auto& [width, height, gray] :
       {std::array{1, 1, 192}, {8, 8, 255}, {17, 9, 200}, {300, 200, 231}}) {
    const auto image = decode(image_samples::jpeg(static_cast<std::uint32_t>(width),
                                                  static_cast<std::uint32_t>(height),
                                                  static_cast<std::uint8_t>(gray)),
                              pool);
    REQUIRE(image);
    const bytes pixels = pixels_of(*image);
    CHECK(pixels.size() ==
          std::size_t{4} * static_cast<std::size_t>(width) * static_cast<std::size_t>(height));
    for (std::size_t i = 0; i < pixels.size(); ++i) {
      REQUIRE(pixels[i] == (i % 4 == 3 ? 255 : gray));
    }
  }
}

TEST_CASE("whichever allocation fails, it is an error and nothing stays behind") {
  const bytes pixels(std::size_t{4} * 40 * 30, 9);
  for (const bytes& file : {image_samples::png(40, 30, pixels), image_samples::jpeg(40, 30, 240)}) {
    std::size_t failures = 0;
    for (std::size_t n = 0;; ++n) {
      REQUIRE(n < 100);
      pixel_pool pool;
      failing_malloc::fail_after(n);
      const auto image = decode(file, pool);
      if (!failing_malloc::grant()) {
        CHECK(image.has_value());
        break;
      }
      ++failures;
      CAPTURE(n);
      REQUIRE_FALSE(image);
      CHECK(image.error().code == errc::out_of_memory);
      CHECK(pool.statistics().outstanding == 0);
      CHECK(decode(file, pool).has_value());
    }
    CHECK(failures >= 3);
  }
}

TEST_CASE("what needs more than the pool may give is refused with the pool's limit") {
  pixel_pool pool{{.limit_bytes = 100'000}};
  const bytes large(std::size_t{4} * 200 * 200, 1);
  const auto refused = decode(image_samples::png(200, 200, large), pool);
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == errc::limit_exceeded);
  CHECK(refused.error().limit == 100'000);
  CHECK(refused.error().actual > 160'000);
  CHECK(pool.statistics().outstanding == 0);
  CHECK(decode(image_samples::png(10, 10, bytes(400, 1)), pool).has_value());
}

TEST_CASE(
    "random damage: an error or an image of the size that was promised, and nothing left behind") {
  pixel_pool pool{{.limit_bytes = std::size_t{1} << 26}};
  image_samples::random_numbers numbers{20250607};
  const bytes pixels = image_samples::random_pixels(numbers, 23, 11);
  const bytes png = image_samples::png(23, 11, pixels);
  const bytes jpeg = image_samples::jpeg(90, 70, 222);
  int errors = 0;
  for (int round = 0; round < 20'000; ++round) {
    bytes file = round % 2 == 0 ? png : jpeg;
    for (std::uint32_t n = 1 + numbers.below(4); n > 0; --n) {
      file[numbers.below(static_cast<std::uint32_t>(file.size()))] =
          static_cast<std::uint8_t>(numbers.below(256));
    }
    const auto view = linmem::as_bytes(image_samples::text_of(file));
    // Without verify(): the sums would keep nearly all damage from the decoder.
    const auto header = image_batch::inspect(view, {.pixels = 1'000'000});
    if (!header) {
      ++errors;
      continue;
    }
    const auto image = image_batch::decode(view, *header, pool);
    if (image) {
      REQUIRE(image->bytes() == header->rgba_bytes());
      REQUIRE(image->buffer.capacity() >= image->bytes());
    } else {
      ++errors;
      REQUIRE(image.error().code != errc::none);
    }
  }
  CHECK(errors > 5000);
  CHECK(pool.statistics().outstanding == 0);
}

} // namespace
