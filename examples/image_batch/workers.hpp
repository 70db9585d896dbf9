// examples/image_batch/workers.hpp - threads that run batches of jobs, where the build has threads.
//
//   image_batch::workers crew{pool};
//   crew.start(2);                                // 0, or a build without threads: run() does it all
//   crew.run(*first);                             // a batch: jobs linked by `next`
//   while (image_batch::job* j = crew.take()) {}  // those that have finished, in any order
//
// A batch is taken by one thread as a whole. One thread runs and takes; results come when they are
// there, which the threads tell.
#pragma once

#include "job.hpp"
#include "picture.hpp"

#include <linmem/config.hpp>
#include <linmem/error.hpp>
#include <linmem/no_mutex.hpp>
#include <linmem/result.hpp>

#include <array>   // std::array
#include <cstdint> // std::uint32_t, std::uint64_t
#include <utility> // std::exchange

#if LINMEM_THREADS
#include <condition_variable>
#include <mutex>
#include <pthread.h>
#endif

namespace image_batch {

/// What a thread tells, on itself.
struct notices {
  void (*started)() noexcept = []() noexcept {};  ///< a thread waits for its first batch
  void (*finished)() noexcept = []() noexcept {}; ///< a batch has finished
};

/// See this header's first lines.
class workers {
public:
  static constexpr std::uint32_t most = 16; ///< threads

  /// No threads yet. Jobs take memory from `pool`, which outlives this.
  explicit workers(pixel_pool& pool, notices told = {}) noexcept : pool_{&pool}, told_{told} {}
  workers(const workers&) = delete;
  workers& operator=(const workers&) = delete;
  workers(workers&&) = delete; // threads point to it
  workers& operator=(workers&&) = delete;

#if LINMEM_THREADS
  /// Waits for the batches that run; those that wait are lost.
  ~workers() {
    {
      const linmem::scoped_lock hold{mutex_};
      is_ending_ = true;
      batches_there_.notify_all();
    }
    for (std::uint32_t i = 0; i < count_; ++i) { pthread_join(threads_[i], nullptr); }
  }

  /// Starts `count` threads more. limit_exceeded beyond `most`; out_of_memory when the system gives
  /// none: those that were started stay.
  linmem::result<void> start(std::uint32_t count) noexcept {
    if (count > most - count_) {
      return linmem::fail(linmem::errc::limit_exceeded, "worker threads", most,
                          std::uint64_t{count} + count_);
    }
    for (; count != 0; --count) {
      const auto begin = [](void* self) -> void* {
        static_cast<workers*>(self)->work();
        return nullptr;
      };
      if (pthread_create(&threads_[count_], nullptr, begin, this) != 0) {
        return linmem::fail(linmem::errc::out_of_memory, "worker threads", 0, count_ + 1);
      }
      ++count_;
    }
    return {};
  }
#else
  ~workers() = default; ///< nothing runs

  /// unsupported for more than 0 threads.
  linmem::result<void> start(std::uint32_t count) noexcept {
    if (count == 0) { return {}; }
    return linmem::fail(linmem::errc::unsupported, "worker threads in a build without", 0, count);
  }
#endif

  /// Runs the batch that begins with `first`: on a thread, or here and now when there is none.
  void run(job& first) noexcept {
    for (job* j = &first; j != nullptr; j = j->next) {
      j->is_out = true;
      j->block.state = job_state::running;
    }
#if LINMEM_THREADS
    if (count_ != 0) {
      const linmem::scoped_lock hold{mutex_};
      batches_.append(first);
      batches_there_.notify_one();
      return;
    }
#endif
    run_all(first);
  }

  /// A job that has finished, each once; null when there is none now.
  [[nodiscard]] job* take() noexcept {
    const linmem::scoped_lock hold{mutex_};
    job* const j = finished_jobs_.pop();
    if (j != nullptr) { j->is_out = false; }
    return j;
  }

private:
  // Jobs in the order in which they came, linked by `Link`.
  template <job* job::* Link>
  struct queue {
    job* first = nullptr;
    job* last = nullptr;

    // All of the chain that begins with `j`.
    void append(job& j) noexcept {
      (last == nullptr ? first : last->*Link) = &j;
      for (last = &j; last->*Link != nullptr;) { last = last->*Link; }
    }
    [[nodiscard]] job* pop() noexcept {
      job* const j = first;
      if (j == nullptr) { return nullptr; }
      first = std::exchange(j->*Link, nullptr);
      if (first == nullptr) { last = nullptr; }
      return j;
    }
  };

  void run_all(job& first) noexcept {
    for (job* j = &first; j != nullptr; j = j->next) { j->run(*pool_); }
    {
      const linmem::scoped_lock hold{mutex_};
      finished_jobs_.append(first);
    }
    told_.finished();
  }

#if LINMEM_THREADS
  // What each thread does.
  void work() noexcept {
    told_.started();
    for (;;) {
      job* first = nullptr;
      {
        std::unique_lock hold{mutex_};
        batches_there_.wait(hold, [this] { return is_ending_ || batches_.first != nullptr; });
        if (is_ending_) { return; }
        first = batches_.pop();
      }
      run_all(*first);
    }
  }

  queue<&job::next_batch> batches_; // the first job of each
  std::condition_variable batches_there_;
  std::array<pthread_t, most> threads_{};
  std::uint32_t count_ = 0;
  bool is_ending_ = false;
#endif

  pixel_pool* pool_;
  notices told_;
  queue<&job::next> finished_jobs_;
  shared_mutex mutex_;
};

} // namespace image_batch
