// The image pipeline's C++ half: files come in, are checked, run in batches, and go out as pixels. Who
// is next, and with whom, is decided in scheduler.mjs.
#include "image_file.hpp"
#include "job.hpp"
#include "look.hpp"
#include "picture.hpp"
#include "result_cache.hpp"
#include "workers.hpp"

#include <linmem/bytes.hpp>
#include <linmem/error.hpp>
#include <linmem/exports.hpp>
#include <linmem/handle_table.hpp>
#include <linmem/layout.hpp>
#include <linmem/params_exports.hpp>
#include <linmem/pool_exports.hpp>
#include <linmem/result.hpp>
#include <linmem/size_class.hpp>
#include <linmem/storage.hpp>
#include <linmem/tracker_exports.hpp>

#include <array>    // std::array
#include <cstddef>  // std::byte, std::size_t
#include <cstdint>  // std::uint32_t, std::uintptr_t
#include <cstring>  // std::memcpy
#include <memory>   // std::construct_at, std::destroy_at
#include <optional> // std::optional
#include <utility>  // std::move

namespace {

using image_batch::job;
using image_batch::job_state;
using linmem::errc;
using linmem::reject;

/// What the threads tell JavaScript, which waits for it.
struct progress {
  std::uint32_t threads = 0; // that have started
  std::uint32_t batches = 0; // that have finished
};

constexpr std::size_t most_file_bytes = 0x7FFFFFFF;                    // the decoder counts in int
constexpr std::uint32_t most_pixels = linmem::size_class::largest / 4; // what a buffer holds

constexpr std::array cache_fields{
    LINMEM_FIELD(linmem::cache_statistics, hits),
    LINMEM_FIELD(linmem::cache_statistics, misses),
    LINMEM_FIELD(linmem::cache_statistics, evicted),
    LINMEM_FIELD(linmem::cache_statistics, invalidated),
    LINMEM_FIELD(linmem::cache_statistics, entries),
    LINMEM_FIELD(linmem::cache_statistics, cost),
};
constexpr linmem::block_layout cache_layout{"cache", sizeof(linmem::cache_statistics),
                                            cache_fields};

} // namespace

template <>
inline constexpr auto linmem::params_fields<progress> =
    std::array{LINMEM_FIELD(progress, threads), LINMEM_FIELD(progress, batches)};

namespace {

// Adds 1 to what all threads tell. On any of them.
template <std::uint32_t progress::* Member>
void tell() noexcept;

/// All that the module has; made by image_open.
struct pipeline {
  using looks = linmem::hosted_params<image_batch::look>;
  using reports = linmem::hosted_params<progress>;

  pipeline(const image_batch::image_limits& most, std::size_t pool_bytes, std::size_t cache_bytes,
           looks look_params, reports report_params) noexcept
      : limits{most}, pool{{.limit_bytes = pool_bytes}},
        cache{{.max_entries = 4096, .max_cost = linmem::smaller(cache_bytes, pool_bytes / 2)}},
        wanted{std::move(look_params)}, finished{std::move(report_params)}, seen{wanted.view()},
        crew{pool, {tell<&progress::threads>, tell<&progress::batches>}} {}

  image_batch::image_limits limits;
  image_batch::pixel_pool pool;
  image_batch::result_cache cache;
  std::uint32_t clearings = 0; // of the cache, for want of memory
  linmem::handle_table<job*, 512> jobs;
  looks wanted;
  reports finished;
  linmem::params_view<image_batch::look> seen; // this thread's side of `wanted`
  image_batch::look look{};                    // the last that was accepted
  image_batch::workers crew;
  linmem::pool_statistics pool_figures{}; // as of the last image_pool
  linmem::cache_statistics cache_figures{};
};

constinit std::optional<pipeline> opened{};

// Again on the newest version, when another thread was faster.
template <std::uint32_t progress::* Member>
void tell() noexcept {
  auto view = opened->finished.view();
  for (;;) {
    view.discard();
    if (!view.read()) { continue; } // another thread stopped in the middle: it goes on
    ++(view.values.*Member);
    if (view.publish(view.version())) { return; }
  }
}

// The job that the host calls `number` if it is in `state`; else null, and the reason is recorded.
job* find_job(std::uint32_t number, std::optional<job_state> state = {}) noexcept {
  job** const found = opened ? opened->jobs.find(linmem::handle{number}) : nullptr;
  if (found == nullptr) {
    reject({errc::invalid_handle, "job", 0, number});
    return nullptr;
  }
  if (state && ((*found)->is_out || (*found)->block.state != *state)) {
    reject({errc::invalid_argument, "job that is in another state", 0, number});
    return nullptr;
  }
  return *found;
}

void destroy(job* j) noexcept {
  std::destroy_at(j);
  linmem::heap_storage{}.deallocate(reinterpret_cast<std::byte*>(j), sizeof(job)); // NOLINT
}

// Shows the result that the cache has for the file, if it has one, and there is room for another.
void find_cached(job& j) noexcept {
  const image_batch::picture* const found = opened->cache.find(j.file.view());
  if (found == nullptr) { return; }
  auto copy = image_batch::picture::create(opened->pool, found->width, found->height);
  if (!copy) { return; } // it is run like any other, and the cache gives way
  std::memcpy(copy->buffer.data(), found->buffer.data(), found->bytes());
  j.finish(std::move(*copy));
  j.block.is_cached = 1;
}

// Gives what the cache has back to the pool; false when that is nothing.
bool clear_cache() noexcept {
  if (opened->cache.size() == 0) { return false; }
  opened->cache.clear();
  ++opened->clearings;
  return true;
}

// What `make` gives. The cache gives way when there is no memory for it.
template <class F>
auto with_room(F make) noexcept {
  auto made = make();
  if (!made && clear_cache()) { made = make(); }
  return made;
}

template <class T>
std::uintptr_t address_of(const T& at) noexcept {
  return reinterpret_cast<std::uintptr_t>(&at); // NOLINT: read at once
}

} // namespace

/// Makes the pipeline, once and before all other calls: limits of an image, of all buffers and of the
/// cache in bytes, and worker threads (0 in a build without). 1, or 0 with the reason recorded.
LINMEM_EXPORT(image_open)
std::uint32_t image_open(std::size_t file_bytes, std::uint32_t side, std::uint32_t pixels,
                         std::size_t pool_bytes, std::size_t cache_bytes,
                         std::uint32_t threads) noexcept {
  if (opened) { return reject({errc::invalid_argument, "pipeline, which is open"}); }
  if (file_bytes > most_file_bytes) {
    return reject({errc::out_of_range, "limit of a file in bytes", most_file_bytes, file_bytes});
  }
  if (pixels > most_pixels) {
    return reject({errc::out_of_range, "limit of an image in pixels", most_pixels, pixels});
  }
  auto looks = pipeline::looks::create();
  auto reports = pipeline::reports::create();
  if (!looks) { return reject(looks.error()); }
  if (!reports) { return reject(reports.error()); }
  opened.emplace(image_batch::image_limits{file_bytes, side, pixels}, pool_bytes, cache_bytes,
                 std::move(*looks), std::move(*reports));
  return linmem::detail::accept(opened->crew.start(threads));
}

/// The handle of the parameters of the filters.
LINMEM_EXPORT(image_params) std::uint32_t image_params() noexcept {
  return opened->wanted.handle();
}
/// The handle of what the threads tell.
LINMEM_EXPORT(image_progress) std::uint32_t image_progress() noexcept {
  return opened->finished.handle();
}
/// The addresses of the layouts of what image_job and image_cache answer.
LINMEM_EXPORT(image_job_layout) std::uintptr_t image_job_layout() noexcept {
  return address_of(image_batch::job_layout);
}
LINMEM_EXPORT(image_cache_layout) std::uintptr_t image_cache_layout() noexcept {
  return address_of(cache_layout);
}

/// Reads the parameters: jobs that are admitted from now on are done so, and results of other
/// versions are forgotten. Their version, or 0 with the reason recorded when a filter refuses them.
LINMEM_EXPORT(image_look) std::uint32_t image_look() noexcept {
  if (const auto changed = opened->seen.read(); !changed) { return reject(changed.error()); }
  if (const auto fine = check(opened->seen.values); !fine) { return reject(fine.error()); }
  opened->look = opened->seen.values;
  const std::uint32_t version = opened->seen.version();
  if (opened->cache.version() != version) {
    opened->cache.set_version(version);
    opened->cache.purge(); // their buffers go back to the pool
  }
  return version;
}

/// A job with room for a file of `bytes`: its number.
LINMEM_EXPORT(image_begin) std::uint32_t image_begin(std::size_t bytes) noexcept {
  if (bytes > opened->limits.file_bytes) {
    return reject({errc::limit_exceeded, "image file in bytes", opened->limits.file_bytes, bytes});
  }
  auto room = with_room([bytes] { return opened->pool.acquire(bytes); });
  if (!room) { return reject(room.error()); }
  std::byte* const at = linmem::heap_storage{}.allocate(sizeof(job));
  if (at == nullptr) { return reject({errc::out_of_memory, "job in bytes", 0, sizeof(job)}); }
  job* const made = std::construct_at(reinterpret_cast<job*>(at)); // NOLINT: aligned for it
  const auto number = opened->jobs.insert(made);
  if (!number) {
    destroy(made);
    return reject(number.error());
  }
  made->number = static_cast<std::uint32_t>(*number);
  made->file = {std::move(*room), bytes};
  made->block.file = reinterpret_cast<std::uintptr_t>(made->file.buffer.data()); // NOLINT
  made->block.file_bytes = bytes;
  return made->number;
}

/// The address of the job's block.
LINMEM_EXPORT(image_job) std::uintptr_t image_job(std::uint32_t number) noexcept {
  const job* const found = find_job(number);
  return found == nullptr ? 0 : address_of(found->block);
}

/// The first `bytes` of the job's room are its file: checks it, and looks for its result. 1: the job is
/// waiting or done. 0: the reason is recorded, and the job good for nothing but to be freed.
LINMEM_EXPORT(image_admit)
std::uint32_t image_admit(std::uint32_t number, std::size_t bytes) noexcept {
  job* const found = find_job(number, job_state::loading);
  if (found == nullptr) { return 0; }
  if (bytes > found->file.bytes) {
    return reject({errc::out_of_range, "bytes read into a job", found->file.bytes, bytes});
  }
  found->file.bytes = found->block.file_bytes = bytes;
  const auto header = image_batch::inspect(found->file.view(), opened->limits);
  if (!header) { return reject(header.error()); }
  found->header = *header;
  found->block.source_width = header->width;
  found->block.source_height = header->height;
  found->block.size_class = linmem::size_class::index_of(header->rgba_bytes());
  found->wanted = opened->look;
  found->version = static_cast<std::uint32_t>(opened->cache.version());
  found->block.state = job_state::waiting;
  find_cached(*found);
  return 1;
}

/// Runs the jobs whose numbers lie in buffer `list`, 4 bytes each, as one batch. All of them are
/// waiting, else none is run: 0.
LINMEM_EXPORT(image_run) std::uint32_t image_run(std::uint32_t list) noexcept {
  const auto numbers = linmem::buffer_view(list);
  if (!numbers) { return 0; }
  job* first = nullptr;
  for (std::size_t left = numbers->size() / sizeof(std::uint32_t); left != 0; --left) {
    std::uint32_t number = 0; // the last comes first, so that each is put in front of the next
    std::memcpy(&number, numbers->data() + (left - 1) * sizeof number, sizeof number);
    job* const found = find_job(number, job_state::waiting);
    if (found == nullptr) {
      while (first != nullptr) {
        first->is_out = false;
        first = std::exchange(first->next, nullptr);
      }
      return 0;
    }
    found->clearings = opened->clearings;
    found->is_out = true; // one that is listed twice is not found again
    found->next = std::exchange(first, found);
  }
  if (first == nullptr) { return reject({errc::invalid_argument, "batch of jobs", 1, 0}); }
  opened->crew.run(*first);
  return 1;
}

/// The number of a job that has finished, done or failed, each once; 0 when there is none now.
LINMEM_EXPORT(image_take) std::uint32_t image_take() noexcept {
  while (job* const finished = opened->crew.take()) {
    const bool lacked_memory = std::exchange(finished->lacks_memory, false);
    // Once more with what the cache has, or what it had when this one ran and did not get it.
    if (!lacked_memory || !(clear_cache() || finished->clearings != opened->clearings)) {
      return finished->number;
    }
    finished->clearings = opened->clearings;
    opened->crew.run(*finished);
  }
  return 0;
}

/// Room for the pixels of a waiting job that was run elsewhere. It is done: the host fills them in.
LINMEM_EXPORT(image_receive)
std::uint32_t image_receive(std::uint32_t number, std::uint32_t width,
                            std::uint32_t height) noexcept {
  job* const found = find_job(number, job_state::waiting);
  if (found == nullptr) { return 0; }
  auto made = with_room([&] { return image_batch::picture::create(opened->pool, width, height); });
  if (!made) { return reject(made.error()); }
  found->finish(std::move(*made));
  return 1;
}

/// Frees the job; a new result goes into the cache, with the file that it was made from. Refused with
/// `leased` while it runs.
LINMEM_EXPORT(image_free) std::uint32_t image_free(std::uint32_t number) noexcept {
  job* const found = find_job(number);
  if (found == nullptr) { return 0; }
  if (found->is_out) { return reject({errc::leased, "job, which runs", 0, number}); }
  if (found->block.state == job_state::done && found->block.is_cached == 0 &&
      found->version == opened->cache.version()) {
    const std::size_t cost = found->file.buffer.capacity() + found->result.buffer.capacity();
    // What is too large for the cache stays the job's, and goes with it.
    static_cast<void>(opened->cache.set(std::move(found->file), std::move(found->result), cost));
  }
  static_cast<void>(opened->jobs.erase(linmem::handle{number}));
  destroy(found);
  return 1;
}

/// The addresses of the statistics of the pool and of the cache, as of now.
LINMEM_EXPORT(image_pool) std::uintptr_t image_pool() noexcept {
  opened->pool_figures = opened->pool.statistics();
  return address_of(opened->pool_figures);
}
LINMEM_EXPORT(image_cache) std::uintptr_t image_cache() noexcept {
  opened->cache_figures = opened->cache.statistics();
  return address_of(opened->cache_figures);
}
