#include "decoder.hpp"

#include "decoder_memory.hpp"
#include "image_file.hpp"
#include "picture.hpp"

#include <linmem/bytes.hpp>
#include <linmem/error.hpp>
#include <linmem/result.hpp>

#include <cstddef> // std::size_t
#include <cstdint> // std::uint64_t

namespace {

// Of the decoder that runs on this thread: stb_image's allocation functions have no argument for it.
thread_local image_batch::decoder_memory* running = nullptr;

void* allocate_block(std::size_t bytes) noexcept { return running->allocate(bytes); }
void* resize_block(void* at, std::size_t bytes) noexcept { return running->resize(at, bytes); }
void free_block(void* at) noexcept { running->free(at); }

} // namespace

// In all that follows, stb_image's own names.
#define STB_IMAGE_IMPLEMENTATION
#define STB_IMAGE_STATIC
#define STBI_ONLY_PNG
#define STBI_ONLY_JPEG
#define STBI_NO_STDIO
#define STBI_MALLOC allocate_block
#define STBI_REALLOC resize_block
#define STBI_FREE free_block
#include <stb_image.h>

namespace image_batch {

linmem::result<picture> decode(linmem::byte_view file, const image_header& header,
                               pixel_pool& pool) noexcept {
  using linmem::errc, linmem::fail;
  // 16-bit RGBA is 8 bytes a pixel, and what grows is doubled; compressed data is collected.
  constexpr std::uint64_t own = std::uint64_t{1} << 20; // the decoder's tables and lines
  decoder_memory memory{pool, 4 * std::uint64_t{header.rgba_bytes()} + 2 * file.size() + own};
  running = &memory;
  int width = 0;
  int height = 0;
  stbi_uc* const pixels = stbi_load_from_memory(
      reinterpret_cast<const stbi_uc*>(file.data()), // NOLINT: bytes
      static_cast<int>(file.size()), &width, &height, nullptr, STBI_rgb_alpha);
  running = nullptr;
  if (pixels == nullptr) {
    if (memory.failure().code != errc::none) { return linmem::unexpected{memory.failure()}; }
    return fail(errc::invalid_data, stbi_failure_reason());
  }
  picture decoded{memory.take(pixels), header.width, header.height};
  if (width != static_cast<int>(header.width) || height != static_cast<int>(header.height)) {
    return fail(errc::corrupt, "image whose size differs from its header's");
  }
  return decoded;
}

} // namespace image_batch
