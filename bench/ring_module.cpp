// The C++ ends of the ring benchmark in WebAssembly: a thread that sends, and what receives. The
// module is built with threads; ring.mjs drives it.
#include <linmem/ring_exports.hpp>

#include <array>   // std::array
#include <atomic>  // std::atomic
#include <chrono>  // std::chrono::steady_clock
#include <cstdint> // std::uint32_t, std::uint64_t
#include <cstring> // std::memcpy
#include <thread>  // std::thread

namespace {

constexpr std::uint32_t most = 65536;
alignas(64) std::array<std::byte, most> text;
std::atomic<std::uint32_t> wanted{0};
std::atomic<std::uint32_t> message_bytes{0};
std::atomic<std::uint32_t> publish_every{1};
constexpr std::uint32_t stop = ~0U;
std::uint64_t sink = 0;

void read_lines(linmem::byte_view bytes) {
  for (std::size_t at = 0; at < bytes.size(); at += 64) {
    std::uint64_t word = 0;
    std::memcpy(&word, bytes.data() + at, sizeof word);
    sink += word;
  }
}

void send(linmem::ring_view ring, std::uint32_t n) {
  auto out = *linmem::message_producer::open(ring, {.publish_every = publish_every});
  for (const std::uint32_t size = message_bytes; n > 0;) {
    const auto room = out.try_claim(size);
    if (room.data() == nullptr) {
      static_cast<void>(out.wait_writable(size, std::chrono::milliseconds{10}));
      continue;
    }
    std::memcpy(room.data(), text.data(), size);
    static_cast<void>(out.commit(size));
    --n;
  }
}

double ns_since(std::chrono::steady_clock::time_point start) {
  return std::chrono::duration<double, std::nano>(std::chrono::steady_clock::now() - start).count();
}

linmem::ring_view* present_ring = nullptr;

} // namespace

/// Starts the thread that sends.
LINMEM_EXPORT(bench_ring_start) std::uint32_t bench_ring_start() noexcept {
  std::thread{[] {
    for (;;) {
      wanted.wait(0);
      const std::uint32_t n = wanted.exchange(0);
      if (n == stop) { return; }
      send(*present_ring, n);
    }
  }}.detach();
  return 1;
}

/// Ends it.
LINMEM_EXPORT(bench_ring_stop) std::uint32_t bench_ring_stop() noexcept {
  wanted = stop;
  wanted.notify_one();
  return 1;
}

/// Receives `n` messages of `size` bytes from that thread through the ring `h`: nanoseconds a message,
/// from the first to the last.
LINMEM_EXPORT(bench_ring_receive)
double bench_ring_receive(std::uint32_t h, std::uint32_t size, std::uint32_t n,
                          std::uint32_t every) noexcept {
  auto ring = *linmem::hosted_ring(h);
  present_ring = &ring;
  message_bytes = size;
  publish_every = every;
  auto in = *linmem::message_consumer::open(ring);
  wanted = n;
  wanted.notify_one();
  std::chrono::steady_clock::time_point start{};
  for (std::uint32_t left = n; left > 0;) {
    const auto message = in.try_peek();
    if (message.data() == nullptr) {
      static_cast<void>(in.wait_readable(std::chrono::milliseconds{10}));
      continue;
    }
    if (left == n) { start = std::chrono::steady_clock::now(); }
    read_lines(message);
    in.consume();
    --left;
  }
  const double ns = ns_since(start) / (n - 1);
  while (ring.holder(linmem::ring_role::producer) != 0) {} // it looks at `ring` until then
  return ns;
}

/// Copies `n` messages of `size` bytes and reads a word of each line: nanoseconds a message.
LINMEM_EXPORT(bench_ring_copy)
double bench_ring_copy(std::uint32_t size, std::uint32_t n) noexcept {
  static std::array<std::byte, most> copy;
  const auto start = std::chrono::steady_clock::now();
  for (std::uint32_t i = 0; i < n; ++i) {
    std::memcpy(copy.data(), text.data(), size);
    asm volatile("" : : "r"(copy.data()) : "memory");
    read_lines(linmem::byte_view{copy}.first(size));
  }
  return ns_since(start) / n;
}
