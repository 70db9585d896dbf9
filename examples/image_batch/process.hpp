// examples/image_batch/process.hpp - one image from file to result.
#pragma once

#include "decoder.hpp"
#include "filters.hpp"
#include "image_file.hpp"
#include "look.hpp"
#include "picture.hpp"

#include <linmem/bytes.hpp>
#include <linmem/error.hpp>
#include <linmem/result.hpp>

#include <utility> // std::move

namespace image_batch {

/// `image` as `l` says, in buffers of `pool`; its errors.
inline linmem::result<picture> apply(const look& l, picture image, pixel_pool& pool) noexcept {
  const sides wanted = fit(image.width, image.height, l.thumbnail); // first: less is left to do
  if (wanted.width != image.width || wanted.height != image.height) {
    auto smaller = picture::create(pool, wanted.width, wanted.height);
    if (!smaller) { return smaller; }
    shrink(image.view(), smaller->view());
    image = std::move(*smaller);
  }
  if (l.grayscale != 0) { to_gray(image.view()); }
  if (l.brightness != 0 || l.contrast != 1) { tone(image.view(), l.brightness, l.contrast); }
  if (l.blur != 0) {
    auto other = picture::create(pool, image.width, image.height);
    if (!other) { return other; }
    blur_rows(image.view(), other->view(), l.blur);
    blur_columns(other->view(), image.view(), l.blur);
  }
  return image;
}

/// The image of `file`, for which inspect() has found `header`, decoded and as `l` says. The errors of
/// verify(), decode() and the pool. Any thread.
inline linmem::result<picture> process(linmem::byte_view file, const image_header& header,
                                       const look& l, pixel_pool& pool) noexcept {
  if (const auto fine = verify(file, header.format); !fine) {
    return linmem::unexpected{fine.error()};
  }
  auto decoded = decode(file, header, pool);
  if (!decoded) { return decoded; }
  return apply(l, std::move(*decoded), pool);
}

} // namespace image_batch
