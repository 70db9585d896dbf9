// Messages from one thread to another, natively. ring.mjs says what the variants are; those in
// WebAssembly are in ring_module.cpp and ring_worker.mjs.
#include "cases.hpp"

#include <linmem/ring.hpp>

#include <array>   // std::array
#include <atomic>  // std::atomic
#include <cstring> // std::memcpy
#include <memory>  // std::shared_ptr, std::make_shared
#include <thread>  // std::thread

#if __has_include(<boost/lockfree/spsc_queue.hpp>)
#include <boost/lockfree/spsc_queue.hpp>
#define BENCH_SPSC_QUEUE 1
#endif
#if __has_include(<readerwriterqueue/readerwriterqueue.h>)
#include <readerwriterqueue/readerwriterqueue.h>
#define BENCH_READERWRITERQUEUE 1
#endif

namespace {

using linmem::byte_span;
using linmem::byte_view;

// A message is copied from here, and a word of each of its lines is read where it arrives.
template <std::size_t Size>
using message = std::array<std::byte, Size>;

std::uint64_t read_lines(byte_view bytes) {
  std::uint64_t sum = 0;
  for (std::size_t at = 0; at < bytes.size(); at += 64) {
    std::uint64_t word = 0;
    std::memcpy(&word, bytes.data() + at, sizeof word);
    sum += word;
  }
  return sum;
}

// A thread that sends as many messages as it is asked to, and sleeps between.
class sender {
public:
  template <class Send>
  explicit sender(Send send)
      : thread_{[this, send] {
          for (;;) {
            wanted_.wait(0);
            const std::uint32_t n = wanted_.exchange(0);
            if (n == stop) { return; }
            send(n);
          }
        }} {}
  sender(const sender&) = delete;
  sender& operator=(const sender&) = delete;
  ~sender() {
    ask(stop);
    thread_.join();
  }
  void ask(std::uint32_t n) {
    wanted_.store(n);
    wanted_.notify_one();
  }

private:
  static constexpr std::uint32_t stop = ~0U;
  std::atomic<std::uint32_t> wanted_{0};
  std::thread thread_;
};

// Lets the other thread run where both share a core; a pause where they do not.
void relax(unsigned& tries) {
  if (++tries % 256 == 0) { std::this_thread::yield(); }
}

template <std::size_t Size>
struct over_linmem {
  explicit over_linmem(std::uint32_t every)
      : ring{*linmem::ring<>::create({capacity, linmem::ring_kind::messages})},
        in{*linmem::message_consumer::open(ring.view())}, from{[this, every](std::uint32_t n) {
          auto out = *linmem::message_producer::open(ring.view(), {.publish_every = every});
          unsigned tries = 0;
          while (n > 0) {
            const byte_span room = out.try_claim(Size);
            if (room.data() == nullptr) {
              relax(tries);
              continue;
            }
            std::memcpy(room.data(), text.data(), Size);
            static_cast<void>(out.commit(Size));
            --n;
          }
        }} {}
  std::uint64_t receive(std::uint32_t n) {
    from.ask(n);
    std::uint64_t sum = 0;
    unsigned tries = 0;
    while (n > 0) {
      const byte_view bytes = in.try_peek();
      if (bytes.data() == nullptr) {
        relax(tries);
        continue;
      }
      sum += read_lines(bytes);
      in.consume();
      --n;
    }
    in.release();
    return sum;
  }

  static constexpr std::uint32_t capacity = Size < 4096 ? 1U << 16U : 1U << 20U;
  message<Size> text{};
  linmem::ring<> ring;
  linmem::message_consumer in;
  sender from;
};

#if defined(BENCH_SPSC_QUEUE)
// Bytes, pushed and popped in one call each: the queue copies in, and out again.
template <std::size_t Size>
struct over_spsc_queue {
  over_spsc_queue()
      : from{[this](std::uint32_t n) {
          unsigned tries = 0;
          for (; n > 0; --n) {
            for (std::size_t at = 0; at < Size;) {
              at += queue.push(text.data() + at, Size - at);
              if (at < Size) { relax(tries); }
            }
          }
        }} {}
  std::uint64_t receive(std::uint32_t n) {
    from.ask(n);
    std::uint64_t sum = 0;
    unsigned tries = 0;
    for (; n > 0; --n) {
      for (std::size_t at = 0; at < Size;) {
        at += queue.pop(out.data() + at, Size - at);
        if (at < Size) { relax(tries); }
      }
      sum += read_lines(out);
    }
    return sum;
  }

  message<Size> text{};
  message<Size> out{};
  boost::lockfree::spsc_queue<std::byte> queue{over_linmem<Size>::capacity};
  sender from;
};
#endif

#if defined(BENCH_READERWRITERQUEUE)
// Messages as elements of a fixed size, made in place and read in place.
template <std::size_t Size>
struct over_readerwriterqueue {
  over_readerwriterqueue()
      : from{[this](std::uint32_t n) {
          unsigned tries = 0;
          while (n > 0) {
            if (queue.try_enqueue(text)) {
              --n;
            } else {
              relax(tries);
            }
          }
        }} {}
  std::uint64_t receive(std::uint32_t n) {
    from.ask(n);
    std::uint64_t sum = 0;
    unsigned tries = 0;
    while (n > 0) {
      const message<Size>* next = queue.peek();
      if (next == nullptr) {
        relax(tries);
        continue;
      }
      sum += read_lines(*next);
      queue.pop();
      --n;
    }
    return sum;
  }

  message<Size> text{};
  moodycamel::ReaderWriterQueue<message<Size>> queue{over_linmem<Size>::capacity / Size};
  sender from;
};
#endif

template <std::size_t Size>
void define_size(bench::cases& all, const char* name, std::uint32_t n) {
  const auto receive = [n](auto way) {
    return [way = std::move(way), n] { bench::use(way->receive(n)); };
  };
  static std::array<message<Size>, 16> copies;
  static const message<Size> text{};
  all.add(name, "limit", n, [n] {
    std::uint64_t sum = 0;
    for (std::uint32_t i = 0; i < n; ++i) {
      std::memcpy(copies[i % 16].data(), text.data(), Size);
      bench::use(copies);
      sum += read_lines(copies[i % 16]);
    }
    bench::use(sum);
  });
  all.add(name, "linmem", n, receive(std::make_shared<over_linmem<Size>>(16)));
  all.add(name, "linmem, each published", n, receive(std::make_shared<over_linmem<Size>>(1)));
#if defined(BENCH_SPSC_QUEUE)
  all.add(name, "Boost spsc_queue", n, receive(std::make_shared<over_spsc_queue<Size>>()));
#endif
#if defined(BENCH_READERWRITERQUEUE)
  all.add(name, "readerwriterqueue", n, receive(std::make_shared<over_readerwriterqueue<Size>>()));
#endif
}

} // namespace

void bench::define(cases& all) {
#if !defined(BENCH_SPSC_QUEUE)
  all.left_out.push_back({"Boost spsc_queue", "not found (Debian: libboost-dev)"});
#endif
#if !defined(BENCH_READERWRITERQUEUE)
  all.left_out.push_back({"readerwriterqueue", "not found (Debian: libreaderwriterqueue-dev)"});
#endif
  define_size<64>(all, "64 B between threads", 200'000);
  define_size<4096>(all, "4 KB between threads", 20'000);
  define_size<65536>(all, "64 KB between threads", 2'000);
}
