// examples/image_batch/decoder.hpp - PNG and JPEG to pixels, by stb_image.
//
// Any bit depth, colour type and interlacing of PNG, baseline and progressive JPEG; all of them become
// 8-bit RGBA. Colour profiles and the orientation that a camera notes are not looked at.
#pragma once

#include "image_file.hpp"
#include "picture.hpp"

#include <linmem/bytes.hpp>
#include <linmem/result.hpp>

namespace image_batch {

/// The image of `file`, for which inspect() has found `header`, in a buffer of `pool`. invalid_data
/// with the decoder's reason; limit_exceeded or out_of_memory when the pool refuses. Any thread, where
/// the pool has a mutex.
[[nodiscard]] linmem::result<picture> decode(linmem::byte_view file, const image_header& header,
                                             pixel_pool& pool) noexcept;

} // namespace image_batch
