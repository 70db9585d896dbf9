// examples/image_batch/look.hpp - what is done to each image: the parameters that JavaScript sets.
#pragma once

#include <linmem/error.hpp>
#include <linmem/result.hpp>
#include <linmem/shared_params.hpp>

#include <array>   // std::array
#include <cstdint> // std::uint32_t

namespace image_batch {

/// Parameters of the filters, in the order in which they are applied.
struct look {
  std::uint32_t thumbnail = 0; ///< longest side in pixels, of images that are larger; 0: as it is
  std::uint32_t grayscale = 0; ///< 1: shades of gray
  float brightness = 0;        ///< added to each colour: -1 is black, 1 is white
  float contrast = 1;          ///< each colour's distance from the middle, multiplied: 0 to 8
  std::uint32_t blur = 0;      ///< radius of the box in pixels: 0 to 256
};

inline constexpr std::uint32_t largest_blur = 256;
inline constexpr float largest_contrast = 8;

/// out_of_range for a blur beyond its limit; invalid_argument for another number that is none of its
/// parameter's.
inline linmem::result<void> check(const look& l) noexcept {
  using linmem::errc, linmem::fail;
  if (l.blur > largest_blur) {
    return fail(errc::out_of_range, "blur radius in pixels", largest_blur, l.blur);
  }
  if (!(l.brightness >= -1 && l.brightness <= 1)) { // also refuses NaN
    return fail(errc::invalid_argument, "brightness, which is not from -1 to 1");
  }
  if (!(l.contrast >= 0 && l.contrast <= largest_contrast)) {
    return fail(errc::invalid_argument, "contrast, which is not from 0 to 8");
  }
  return {};
}

} // namespace image_batch

template <>
inline constexpr auto linmem::params_fields<image_batch::look> =
    std::array{LINMEM_FIELD(image_batch::look, thumbnail),
               LINMEM_FIELD(image_batch::look, grayscale),
               LINMEM_FIELD(image_batch::look, brightness),
               LINMEM_FIELD(image_batch::look, contrast), LINMEM_FIELD(image_batch::look, blur)};
