// Memory that two processes share, and the second process: forked, watched, killed. Linux.
#pragma once

#include <linmem/bytes.hpp>

#include <boost/interprocess/anonymous_shared_memory.hpp>
#include <boost/interprocess/file_mapping.hpp>
#include <boost/interprocess/mapped_region.hpp>

#include <chrono>
#include <csignal>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>

#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

namespace support {

using boost::interprocess::mapped_region;

inline linmem::byte_span bytes_of(const mapped_region& region) {
  return {static_cast<std::byte*>(region.get_address()), region.get_size()};
}

/// A file that is gone when the object is: what processes map that do not inherit the mapping.
class shared_file {
public:
  explicit shared_file(std::size_t size)
      : name_{(std::filesystem::temp_directory_path() / "linmem-test-XXXXXX").string()} {
    const int fd = mkstemp(name_.data());
    const bool made = fd >= 0 && ftruncate(fd, static_cast<off_t>(size)) == 0;
    if (fd >= 0) { close(fd); }
    if (!made) { throw std::runtime_error{"no temporary file: " + name_}; }
  }
  shared_file(const shared_file&) = delete;
  shared_file& operator=(const shared_file&) = delete;
  ~shared_file() { std::remove(name_.c_str()); }

  /// The file mapped anew, at an address of its own.
  [[nodiscard]] mapped_region map() const {
    using namespace boost::interprocess;
    return mapped_region{file_mapping{name_.c_str(), read_write}, read_write};
  }

private:
  std::string name_;
};

/// Waits until `done()` or until `limit` is over; true in the first case. Every wait here has a bound.
template <class Predicate>
bool wait_until(Predicate done, std::chrono::milliseconds limit = std::chrono::seconds{10}) {
  const auto end = std::chrono::steady_clock::now() + limit;
  while (!done()) {
    if (std::chrono::steady_clock::now() > end) { return false; }
    std::this_thread::yield();
  }
  return true;
}

/// A process that runs one function. Killed and waited for, at the latest by the destructor.
class process {
public:
  /// Forks; the child returns from `work` to exit code 0, and dies with its parent.
  template <class Work>
  explicit process(Work work) {
    std::fflush(nullptr); // or the child inherits what is not printed yet
    id_ = fork();
    if (id_ < 0) { throw std::runtime_error{"fork"}; }
    if (id_ != 0) { return; }
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    work();
    _exit(0); // no destructor, no report: those are the parent's
  }
  process(const process&) = delete;
  process& operator=(const process&) = delete;
  ~process() {
    if (id_ > 0) { static_cast<void>(kill_now()); }
  }

  [[nodiscard]] std::uint32_t id() const { return static_cast<std::uint32_t>(id_); }

  /// Sends SIGKILL and waits; true when that is what ended it.
  [[nodiscard]] bool kill_now() {
    ::kill(id_, SIGKILL);
    const int status = wait();
    return WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL;
  }
  /// Waits for the end; true when that was exit code 0.
  [[nodiscard]] bool join() {
    const int status = wait();
    return WIFEXITED(status) && WEXITSTATUS(status) == 0;
  }

private:
  int wait() {
    int status = 0;
    waitpid(std::exchange(id_, -1), &status, 0);
    return status;
  }

  pid_t id_ = -1;
};

} // namespace support
