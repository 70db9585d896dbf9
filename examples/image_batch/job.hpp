// examples/image_batch/job.hpp - one image on its way, as both sides see it.
#pragma once

#include "image_file.hpp"
#include "look.hpp"
#include "picture.hpp"
#include "process.hpp"
#include "result_cache.hpp"

#include <linmem/error.hpp>
#include <linmem/layout.hpp>
#include <linmem/resource_tracker.hpp>
#include <linmem/result.hpp>

#include <array>   // std::array
#include <cstdint> // std::uint32_t, std::uint64_t, std::uintptr_t
#include <utility> // std::move

namespace image_batch {

/// Where a job stands.
enum class job_state : std::uint32_t {
  loading, ///< the host fills in the file
  waiting, ///< its file is checked, and it waits to be run
  running, ///< a thread has it: nobody else touches it
  done,    ///< its pixels are there
  failed,  ///< or the reason why there are none
};

/// A job, as the host reads it.
struct job_block {
  std::uint64_t file = 0;          ///< address of the room for the file
  std::uint64_t file_bytes = 0;    ///< its bytes
  std::uint64_t pixels = 0;        ///< address of the result, RGBA
  std::uint64_t pixel_bytes = 0;   ///< its bytes
  std::uint64_t subject = 0;       ///< address of error::subject
  std::uint64_t limit = 0;         ///< error::limit
  std::uint64_t actual = 0;        ///< error::actual
  linmem::errc code{};             ///< error::code
  job_state state{};               ///< where it stands
  std::uint32_t width = 0;         ///< of the result, in pixels
  std::uint32_t height = 0;        ///< of the result, in pixels
  std::uint32_t source_width = 0;  ///< of the image in the file
  std::uint32_t source_height = 0; ///< of the image in the file
  std::uint32_t size_class = 0;    ///< of the buffer that it is decoded into
  std::uint32_t is_cached = 0;     ///< 1 when the result was there already
};

/// The fields of job_block.
inline constexpr std::array job_fields{
    LINMEM_FIELD(job_block, file),          LINMEM_FIELD(job_block, file_bytes),
    LINMEM_FIELD(job_block, pixels),        LINMEM_FIELD(job_block, pixel_bytes),
    LINMEM_FIELD(job_block, subject),       LINMEM_FIELD(job_block, limit),
    LINMEM_FIELD(job_block, actual),        LINMEM_FIELD(job_block, code),
    LINMEM_FIELD(job_block, state),         LINMEM_FIELD(job_block, width),
    LINMEM_FIELD(job_block, height),        LINMEM_FIELD(job_block, source_width),
    LINMEM_FIELD(job_block, source_height), LINMEM_FIELD(job_block, size_class),
    LINMEM_FIELD(job_block, is_cached),
};
/// The layout of job_block.
inline constexpr linmem::block_layout job_layout{"job", sizeof(job_block), job_fields};

/// An image, what is to be done to it, and what became of it.
struct job {
  job_block block;
  image_file file;
  image_header header;
  look wanted;               ///< as it was when the job was admitted
  std::uint32_t version = 0; ///< of `wanted`
  picture result;
  std::uint32_t number = 0;    ///< its handle
  bool lacks_memory = false;   ///< it failed because there was none
  std::uint32_t clearings = 0; ///< of the cache, when it was run
  bool is_out = false;         ///< between workers::run() and take(): a thread may have it
  job* next = nullptr;         ///< in its batch, and among the finished
  job* next_batch = nullptr;   ///< of the first in a batch: the batch that waits behind it

  /// The result is there.
  void finish(picture made) noexcept {
    result = std::move(made);
    block.pixels = reinterpret_cast<std::uintptr_t>(result.buffer.data()); // NOLINT: for the host
    block.pixel_bytes = result.bytes();
    block.width = result.width;
    block.height = result.height;
    block.state = job_state::done;
  }
  /// There will be none.
  void fail(const linmem::error& e) noexcept {
    block.subject = reinterpret_cast<std::uintptr_t>(e.subject); // NOLINT: for the host
    block.limit = e.limit;
    block.actual = e.actual;
    block.code = e.code;
    block.state = job_state::failed;
  }
  /// Does what is to be done, with memory of `pool`. Any thread that has the job.
  void run(pixel_pool& pool) noexcept {
    auto made = process(file.view(), header, wanted, pool);
    if (made) {
      finish(std::move(*made));
    } else if (made.error().code == linmem::errc::out_of_memory) { // by a limit of the tracker?
      lacks_memory = true;
      fail(linmem::tracker().take_refusal().value_or(made.error()));
    } else {
      fail(made.error());
    }
  }
};

} // namespace image_batch
