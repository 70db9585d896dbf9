// linmem/no_mutex.hpp - locking as a template parameter.
//
// A pool of one thread pays for no lock: its mutex is `no_mutex`. One that threads share is given
// std::mutex, or anything with lock() and unlock().
#pragma once

#include <linmem/config.hpp>

namespace linmem::inline LINMEM_ABI {

/// For what one thread uses: locks nothing.
struct no_mutex {
  void lock() noexcept {}   ///< nothing
  void unlock() noexcept {} ///< nothing
};

/// A type that can be locked and unlocked.
template <class M>
concept basic_lockable = requires(M m) {
  m.lock();
  m.unlock();
};

/// Holds a mutex for its own lifetime.
template <basic_lockable Mutex>
class scoped_lock {
public:
  /// Waits for `mutex` and holds it.
  explicit scoped_lock(Mutex& mutex) : mutex_{mutex} { mutex_.lock(); }
  scoped_lock(const scoped_lock&) = delete;
  scoped_lock& operator=(const scoped_lock&) = delete;
  scoped_lock(scoped_lock&&) = delete;
  scoped_lock& operator=(scoped_lock&&) = delete;
  /// Lets it go.
  ~scoped_lock() { mutex_.unlock(); }

private:
  Mutex& mutex_;
};

} // namespace linmem::inline LINMEM_ABI
