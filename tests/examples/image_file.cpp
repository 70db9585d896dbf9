// What is checked of an image file before it is decoded.
#include "../../examples/image_batch/image_file.hpp"

#include "image_samples.hpp"

#include <linmem/bytes.hpp>
#include <linmem/error.hpp>
#include <linmem/result.hpp>

#include <doctest/doctest.h>

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace {

using image_batch::image_format;
using image_batch::image_header;
using image_batch::image_limits;
using image_samples::bytes;
using linmem::errc;

linmem::result<image_header> inspect(const bytes& file, const image_limits& limits = {}) {
  return image_batch::inspect(linmem::as_bytes(image_samples::text_of(file)), limits);
}

// The error of looking at the file, or of reading it.
linmem::error refusal(const bytes& file, const image_limits& limits = {}) {
  const auto header = inspect(file, limits);
  if (!header) { return header.error(); }
  const auto fine =
      image_batch::verify(linmem::as_bytes(image_samples::text_of(file)), header->format);
  return fine ? linmem::error{} : fine.error();
}

bytes small_png() { return image_samples::png(2, 3, bytes(24, 7)); }
bytes small_jpeg() { return image_samples::jpeg(17, 9, 200); }

// A file that says it is that large, and has nothing of it.
bytes png_bomb(std::uint32_t width, std::uint32_t height) {
  return image_samples::png(width, height, {});
}

TEST_CASE("a header says format and size") {
  const auto of_png = inspect(small_png());
  REQUIRE(of_png);
  CHECK(of_png->format == image_format::png);
  CHECK(of_png->width == 2);
  CHECK(of_png->height == 3);
  CHECK(of_png->rgba_bytes() == 24);
  const auto of_jpeg = inspect(small_jpeg());
  REQUIRE(of_jpeg);
  CHECK(of_jpeg->format == image_format::jpeg);
  CHECK(of_jpeg->width == 17);
  CHECK(of_jpeg->height == 9);
  CHECK(refusal(small_png()).code == errc::none);
  CHECK(refusal(small_jpeg()).code == errc::none);
}

TEST_CASE("sizes beyond a limit are refused with the limit and the number") {
  const linmem::error too_wide{errc::limit_exceeded, "", 16'384, 60'000};
  CHECK(refusal(png_bomb(60'000, 60'000)) == too_wide);
  CHECK(refusal(png_bomb(1, 60'000)) == too_wide);
  CHECK(refusal(image_samples::jpeg(60'000, 1, 200)) == too_wide);
  CHECK(refusal(png_bomb(0xFFFFFFFF, 0xFFFFFFFF)) ==
        linmem::error{errc::limit_exceeded, "", 16'384, 0xFFFFFFFF});
  CHECK(refusal(png_bomb(16'384, 16'384)) ==
        linmem::error{errc::limit_exceeded, "", 1U << 25U, std::uint64_t{16'384} * 16'384});
  CHECK(refusal(png_bomb(16'384, 2'048)).code == errc::none); // as many as may be
  CHECK(refusal(small_png(), {.pixels = 5}) == linmem::error{errc::limit_exceeded, "", 5, 6});
  const std::size_t size = small_png().size();
  CHECK(refusal(small_png(), {.file_bytes = size - 1}) ==
        linmem::error{errc::limit_exceeded, "", size - 1, size});
}

TEST_CASE("an image without pixels is none") {
  for (const auto& file : {png_bomb(0, 1), png_bomb(1, 0), png_bomb(0, 0)}) {
    CHECK(refusal(file) == linmem::error{errc::invalid_data, "", 1, 0});
  }
  bytes flat = small_jpeg();
  flat[77] = 0; // the low byte of the height
  CHECK(refusal(flat) == linmem::error{errc::invalid_data, "", 1, 0});
  CHECK(refusal({}) == linmem::error{errc::invalid_data, "", 1, 0});
}

TEST_CASE("a file that ends too early is refused, wherever it ends") {
  for (const bytes& whole : {small_png(), small_jpeg()}) {
    for (std::size_t size = 0; size < whole.size(); ++size) {
      CAPTURE(size);
      const auto header =
          inspect(bytes(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size)));
      REQUIRE_FALSE(header);
      const bool is_named = header.error().code == errc::invalid_data || size < 8;
      CHECK(is_named); // shorter than a signature: some other file
    }
  }
}

TEST_CASE("a PNG with any byte changed is refused") {
  const bytes whole = small_png();
  for (std::size_t at = 0; at < whole.size(); ++at) {
    for (const unsigned change : {0x01U, 0x80U, 0xFFU}) {
      CAPTURE(at);
      bytes file = whole;
      file[at] = static_cast<std::uint8_t>(file[at] ^ change);
      CHECK(refusal(file).code != errc::none);
    }
  }
}

TEST_CASE(
    "what is neither PNG nor JPEG, or a JPEG that the decoder does not know, is unsupported") {
  CHECK(refusal({'G', 'I', 'F', '8', '9', 'a'}).code == errc::unsupported);
  CHECK(refusal(bytes(100, 0)).code == errc::unsupported);
  bytes arithmetic = small_jpeg();
  REQUIRE(arithmetic[72] == 0xC0);
  arithmetic[72] = 0xC9;
  CHECK(refusal(arithmetic) == linmem::error{errc::unsupported, "", 0xC2, 0xC9});
}

TEST_CASE("what may stand in a JPEG besides: fill bytes, restarts, bytes behind its end") {
  bytes file = small_jpeg();
  file.insert(file.begin() + 2, 5, 0xFF);
  file.insert(file.end() - 2, {0xFF, 0xD0, 0x12, 0xFF, 0x00, 0x34});
  file.insert(file.end(), {'r', 'e', 's', 't'});
  CHECK(refusal(file).code == errc::none);
  file.insert(file.begin() + 76, 'x'); // behind the first segment
  CHECK(refusal(file).code == errc::invalid_data);
}

} // namespace
