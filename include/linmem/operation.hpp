// linmem/operation.hpp - one piece of work, timed and counted in a tracker.
//
//   linmem::operation extract;                 // begins now
//   if (!run(document)) { return; }            // dropped: counted as an error
//   extract.succeed();                         // counted, with the time it took
//
// A header of its own because `<chrono>` is long, and not all who allocate measure time. Not a
// stopwatch: it gives nothing back.
#pragma once

#include <linmem/config.hpp>
#include <linmem/resource_tracker.hpp>

#include <chrono>  // std::chrono::steady_clock, std::chrono::nanoseconds
#include <cstdint> // std::uint64_t
#include <utility> // std::exchange, std::move

namespace linmem::inline LINMEM_ABI {

/// Work that began and ends once. `Clock` has a now(), static or not, as those of std::chrono have.
template <class Clock = std::chrono::steady_clock, class Tracker = resource_tracker>
class operation {
public:
  /// Begins now, to be counted in `counted_in`.
  explicit operation(Tracker& counted_in = tracker(), Clock clock = {}) noexcept
      : tracker_{&counted_in}, clock_{std::move(clock)}, began_{clock_.now()} {}
  operation(const operation&) = delete;
  operation& operator=(const operation&) = delete;
  operation(operation&&) = delete;
  operation& operator=(operation&&) = delete;
  ~operation() { fail(); } ///< counts as an error what has not ended

  /// Ends it. Once; later calls do nothing.
  void succeed() noexcept { end(true); }
  /// Ends it with an error. Once; later calls do nothing.
  void fail() noexcept { end(false); }

private:
  void end(bool succeeded) noexcept {
    if (tracker_ == nullptr) { return; }
    using std::chrono::nanoseconds;
    const auto took = std::chrono::duration_cast<nanoseconds>(clock_.now() - began_).count();
    std::exchange(tracker_, nullptr)
        ->record_operation(took < 0 ? 0 : static_cast<std::uint64_t>(took), succeeded);
  }

  Tracker* tracker_;
  [[no_unique_address]] Clock clock_;
  typename Clock::time_point began_;
};

} // namespace linmem::inline LINMEM_ABI
