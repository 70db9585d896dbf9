#include <linmem/image_view.hpp>

#include <linmem/shared_buffer.hpp>

#include "support.hpp"

#include <doctest/doctest.h>

#include <array>
#include <cstdint>
#include <limits>
#include <vector>

using linmem::errc;
using linmem::image_shape;
using linmem::image_size;
using linmem::image_view;

namespace {
constexpr std::uint32_t most32 = std::numeric_limits<std::uint32_t>::max();
constexpr std::uint64_t most64 = std::numeric_limits<std::uint64_t>::max();
constexpr std::uint64_t most = std::numeric_limits<std::size_t>::max();
} // namespace

// Usable in constant expressions: a size that is fixed is checked while compiling.
static_assert(*image_size({640, 480, 4}) == 1'228'800);

TEST_SUITE("image_view") {
  TEST_CASE("rows and pixels lie where the shape says") {
    std::vector<int> elements(2 * 3 * 2 + 10);
    for (std::size_t i = 0; i < elements.size(); ++i) { elements[i] = static_cast<int>(i); }
    const auto image = image_view<int>::create(elements, {2, 3, 2});
    REQUIRE(image);
    CHECK(image->width() == 2);
    CHECK(image->height() == 3);
    CHECK(image->channels() == 2);
    CHECK(image->row_stride() == 4);
    CHECK(image->elements().size() == 12); // not the ten behind it
    CHECK(image->row(2)->size() == 4);
    CHECK(image->row(2)->front() == 8);
    CHECK(image->at(1, 2)->size() == 2);
    CHECK((*image->at(1, 2))[1] == 11);
    image->at(0, 0)->front() = 99;
    CHECK(elements[0] == 99);
  }

  TEST_CASE("a stride leaves a gap between rows, and none behind the last") {
    std::array<unsigned char, 13> elements{};
    const auto image = image_view<unsigned char>::create(elements, {3, 3, 1, 5});
    REQUIRE(image);
    CHECK(image->elements().size() == 13); // 5 + 5 + 3
    CHECK(image->row(2)->data() == elements.data() + 10);
    CHECK(image->row(2)->size() == 3);
    CHECK(image_view<unsigned char>::create(std::span{elements}.first(12), {3, 3, 1, 5}).error() ==
          linmem::error{errc::out_of_range, "", 12, 13});
    CHECK(image_view<unsigned char>::create(elements, {3, 3, 1, 2}).error() ==
          linmem::error{errc::invalid_argument, "", 3, 2});
  }

  TEST_CASE("a row or a column beyond the image is refused with the limit and the number") {
    std::array<unsigned char, 6> elements{};
    const auto image = image_view<const unsigned char>::create(elements, {3, 2});
    REQUIRE(image);
    CHECK(image->row(1));
    CHECK(image->at(2, 1));
    for (const std::uint64_t n :
         {std::uint64_t{1} << 31U, std::uint64_t{most32}, std::uint64_t{1} << 32U, most64}) {
      CHECK(image->row(n).error() == linmem::error{errc::out_of_range, "", 2, n});
      CHECK(image->at(n, 0).error() == linmem::error{errc::out_of_range, "", 3, n});
      CHECK(image->at(0, n).error() == linmem::error{errc::out_of_range, "", 2, n});
    }
    CHECK(image->row(2).error() == linmem::error{errc::out_of_range, "", 2, 2});
    CHECK(image->at(3, 0).error() == linmem::error{errc::out_of_range, "", 3, 3});
    CHECK(image->at(0, 2).error() == linmem::error{errc::out_of_range, "", 2, 2});
  }

  TEST_CASE("a side of nothing is no image") {
    for (const image_shape& shape :
         {image_shape{0, 1, 1}, image_shape{1, 0, 1}, image_shape{1, 1, 0}}) {
      CHECK(image_size(shape).error() == linmem::error{errc::invalid_argument, "", 1, 0});
    }
  }

  TEST_CASE("width times height times channels that overflows is refused, also where size_t has 32 "
            "bits") {
    struct row {
      image_shape shape;
      std::uint64_t size; // in elements; most64 where no 64 bits hold it
    };
    const std::array table{
        row{{1, 1, 1}, 1},
        row{{65536, 65535, 1}, 0xFFFF0000U},
        row{{most32, 1, 1}, most32},
        row{{1, most32, 1}, most32},
        row{{1, 1, most32}, most32},
        row{{65536, 65536, 1}, std::uint64_t{1} << 32U}, // wraps to 0 in 32 bits
        row{{65536, 65536, 4}, std::uint64_t{1} << 34U},
        row{{32768, 32769, 4}, (std::uint64_t{1} << 32U) + 131072}, // wraps to something small
        row{{most32, most32, 1}, 0xFFFFFFFE00000001U},
        row{{most32, most32, 2}, most64}, // wraps in 64 bits
        row{{65536, 65536, 65536}, std::uint64_t{1} << 48U},
        row{{most32, most32, most32}, most64},
        row{{1, 3, 1, most64 / 2}, most64}, // 2 * (2^63 - 1) + 1 = 2^64 - 1
        row{{1, 3, 1, most64 / 2 + 1}, most64},
        row{{1, 1, 1, most64}, 1}, // one row has no gap behind it
        row{{1, 2, 1, most64}, most64},
    };
    for (const auto& [shape, size] : table) {
      CAPTURE(shape.width);
      CAPTURE(shape.height);
      CAPTURE(shape.channels);
      CAPTURE(shape.row_stride);
      const auto got = image_size(shape);
      if (size <= most && size != most64) {
        REQUIRE(got);
        CHECK(*got == size);
      } else if (got) {
        CHECK(*got == most64); // exactly what a 64-bit size_t can say
      } else {
        CHECK(got.error() == linmem::error{errc::limit_exceeded, "", most, size});
      }
      std::array<std::byte, 1> little{};
      CHECK(image_view<std::byte>::create(little, shape).has_value() == (size == 1));
    }
  }

  TEST_CASE("an image in a shared buffer: filled where it lies, read where it lies") {
    const image_shape shape{4, 3, 4, 20};
    auto buffer = linmem::shared_buffer<>::create(*image_size(shape));
    REQUIRE(buffer);
    auto room = buffer->reserve(*image_size(shape));
    REQUIRE(room);
    const auto canvas = image_view<std::byte>::create(*room, shape);
    REQUIRE(canvas);
    for (std::uint32_t y = 0; y < 3; ++y) {
      const auto row = canvas->row(y); // named: a loop over *canvas->row(y) outlives the result
      for (std::byte& b : *row) { b = static_cast<std::byte>(y); }
    }
    REQUIRE(buffer->commit(room->size()));
    const auto image = image_view<const std::byte>::create(buffer->view(), shape);
    REQUIRE(image);
    CHECK((*image->at(3, 2))[3] == std::byte{2});
    CHECK((*image->at(0, 1))[0] == std::byte{1});
  }

  TEST_CASE("random shapes agree with the multiplication done in larger numbers") {
    support::numbers random{77};
    for (int i = 0; i < 20000; ++i) {
      const auto side = [&] {
        return static_cast<std::uint32_t>(1 + (random.next() >> (32 + random.below(31))));
      };
      const image_shape shape{side(), side(), side(), 0};
      if (shape.width == 0 || shape.height == 0 || shape.channels == 0) { continue; }
      // Schoolbook, in base 2^32: what does not fit 64 bits has a third digit.
      const std::uint64_t plane = std::uint64_t{shape.width} * shape.height;
      const std::uint64_t low = (plane & most32) * shape.channels;
      const std::uint64_t high = (plane >> 32U) * shape.channels + (low >> 32U);
      const bool fits64 = (high >> 32U) == 0;
      const std::uint64_t size = (high << 32U) | (low & most32);
      const auto got = image_size(shape);
      REQUIRE(got.has_value() == (fits64 && size <= most));
      if (got) {
        REQUIRE(*got == size);
      } else {
        REQUIRE(got.error().actual == (fits64 ? size : most64));
      }
    }
  }
}
