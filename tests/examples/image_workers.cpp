// Batches of jobs on threads, and the cache that their results go into.
#include "../../examples/image_batch/workers.hpp"

#include "../../examples/image_batch/job.hpp"
#include "../../examples/image_batch/picture.hpp"
#include "../../examples/image_batch/result_cache.hpp"
#include "image_samples.hpp"

#include <linmem/bytes.hpp>
#include <linmem/config.hpp>
#include <linmem/error.hpp>

#include <doctest/doctest.h>

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <deque>
#include <utility>
#include <vector>

namespace {

using image_batch::job;
using image_batch::job_state;
using image_batch::pixel_pool;
using image_samples::bytes;
using linmem::errc;

image_batch::image_file file_of(const bytes& content, pixel_pool& pool) {
  auto room = pool.acquire(content.size());
  REQUIRE(room);
  std::memcpy(room->data(), content.data(), content.size());
  return {std::move(*room), content.size()};
}

void prepare(job& j, const bytes& content, pixel_pool& pool) {
  j.file = file_of(content, pool);
  const auto header = image_batch::inspect(j.file.view(), {});
  REQUIRE(header);
  j.header = *header;
  j.block.state = job_state::waiting;
}

// Every job comes back once, with its own image or its own error.
void run_many(std::uint32_t threads) {
  constexpr std::size_t count = 200;
  pixel_pool pool;
  {
    std::deque<job> jobs(count);
    image_batch::workers crew{pool};
    REQUIRE(crew.start(threads));
    for (std::size_t i = 0; i < count; ++i) {
      const auto width = static_cast<std::uint32_t>(1 + i);
      bytes file = image_samples::png(width, 2, bytes(8 * width, static_cast<std::uint8_t>(i)));
      if (i % 10 == 3) { file[60] ^= 1U; }
      prepare(jobs[i], file, pool);
      jobs[i].wanted.grayscale = i % 2;
    }
    for (std::size_t i = 0; i < count; i += 8) {
      for (std::size_t k = i; k + 1 < i + 8; ++k) { jobs[k].next = &jobs[k + 1]; }
      crew.run(jobs[i]);
    }
    std::vector<int> seen(count);
    for (std::size_t left = count; left > 0;) {
      const job* const done = crew.take();
      if (done == nullptr) { continue; }
      --left;
      std::size_t i = 0;
      while (&jobs[i] != done) { ++i; }
      ++seen[i];
      CHECK_FALSE(done->is_out);
      if (i % 10 == 3) {
        CHECK(done->block.state == job_state::failed);
        CHECK(done->block.code == errc::invalid_data);
      } else {
        REQUIRE(done->block.state == job_state::done);
        CHECK(done->block.width == 1 + i);
        CHECK(done->result.view().elements().front() == static_cast<std::uint8_t>(i));
      }
    }
    CHECK(seen == std::vector<int>(count, 1));
    CHECK(crew.take() == nullptr);
  }
  CHECK(pool.statistics().outstanding == 0);
}

TEST_CASE("without threads a batch has finished when run() returns") { run_many(0); }

#if LINMEM_THREADS
TEST_CASE("each job of each batch comes back once, on any number of threads") {
  for (const std::uint32_t threads : {1U, 2U, 7U}) { run_many(threads); }
}

TEST_CASE("more threads than there may be are refused with the limit") {
  pixel_pool pool;
  image_batch::workers crew{pool};
  const auto refused = crew.start(17);
  REQUIRE_FALSE(refused);
  CHECK(refused.error() == linmem::error{errc::limit_exceeded, "", 16, 17});
}
#else
TEST_CASE("threads are refused where there are none") {
  pixel_pool pool;
  image_batch::workers crew{pool};
  CHECK(crew.start(1).error().code == errc::unsupported);
}
#endif

TEST_CASE("a result is found by the bytes of its file, until the parameters are others") {
  pixel_pool pool;
  image_batch::result_cache cache{{.max_cost = 1 << 20}};
  const bytes content(100, 'a');
  auto image = image_batch::picture::create(pool, 3, 4);
  REQUIRE(image);
  REQUIRE(cache.set(file_of(content, pool), std::move(*image), 500));
  const auto* found = cache.find(linmem::as_bytes(image_samples::text_of(content)));
  REQUIRE(found != nullptr);
  CHECK(found->width == 3);
  for (std::size_t at = 0; at < content.size(); ++at) {
    bytes other = content;
    other[at] = 'b';
    CHECK(cache.find(linmem::as_bytes(image_samples::text_of(other))) == nullptr);
  }
  cache.set_version(2);
  CHECK(cache.find(linmem::as_bytes(image_samples::text_of(content))) == nullptr);
  CHECK(pool.statistics().outstanding == 0); // both buffers went back
}

} // namespace
