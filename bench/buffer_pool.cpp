// Taking buffers and giving them back. buffer_pool.mjs says what the variants are.
#include "peers.hpp"

#include <linmem/buffer_pool.hpp>

#include <array>   // std::array
#include <cstdlib> // std::malloc, std::free
#include <memory>  // std::make_shared

namespace {

constexpr std::size_t outstanding = 16;
constexpr std::uint32_t smallest = 64; // bytes
constexpr std::uint32_t largest = 65536;

// What is asked for next, and which of the buffers held goes for it.
struct request {
  std::uint32_t bytes;
  std::uint32_t size_class; // an index of its size, for the limit
  std::uint32_t replaces;
};

// Requests of a random size from `from` to twice `from` bytes, `from` having `doublings` values that
// are equally likely. Without doublings all are for `least` bytes.
std::vector<request> make_requests(std::uint32_t least, std::uint32_t doublings) {
  bench::random random;
  std::vector<request> all(1024);
  for (request& r : all) {
    const std::uint32_t from = doublings == 0 ? least : least << random.below(doublings);
    r = {.bytes = doublings == 0 ? from : from + random.below(from),
         .size_class = 0,
         .replaces = random.below(outstanding)};
    while (r.bytes > (smallest << r.size_class)) { ++r.size_class; }
  }
  return all;
}

// One buffer at a time: taken, touched, given back.
template <class Acquire, class Data, class Release>
[[gnu::noinline]] void in_turn(const std::vector<request>& work, Acquire acquire, Data data,
                               Release release) {
  for (const request& r : work) {
    auto held = acquire(r);
    bench::touch(data(held), r.bytes);
    release(held, r);
  }
}

// A buffer that is held, and what it was taken for.
template <class Held>
struct place {
  Held held{};
  const request* taken_for = nullptr;
};

// Some buffers are always held; each new one replaces a random one of them.
template <class Held, class Acquire, class Data, class Release>
[[gnu::noinline]] void replacing(const std::vector<request>& work,
                                 std::array<place<Held>, outstanding>& places, Acquire acquire,
                                 Data data, Release release) {
  for (const request& r : work) {
    place<Held>& here = places[r.replaces];
    if (here.taken_for != nullptr) { release(here.held, *here.taken_for); }
    here.held = acquire(r);
    here.taken_for = &r;
    bench::touch(data(here.held), r.bytes);
  }
}

// What no pool can beat: for each size a list of free buffers, last in first out, each pointing to
// the next; which list is known beforehand, and all are long enough.
class lifo_lists {
public:
  lifo_lists() : memory_(std::size_t{2} * (outstanding + 1) * largest) {
    std::byte* at = memory_.data();
    for (std::size_t c = 0; c < lists_.size(); ++c) {
      for (std::size_t i = 0; i <= outstanding; ++i, at += std::size_t{smallest} << c) {
        release(at, static_cast<std::uint32_t>(c));
      }
    }
  }
  [[nodiscard]] std::byte* acquire(std::uint32_t size_class) noexcept {
    std::byte* given = lists_[size_class];
    std::memcpy(&lists_[size_class], given, sizeof(std::byte*));
    return given;
  }
  void release(std::byte* bytes, std::uint32_t size_class) noexcept {
    std::memcpy(bytes, &lists_[size_class], sizeof(std::byte*));
    lists_[size_class] = bytes;
  }

private:
  std::vector<std::byte> memory_;
  std::array<std::byte*, 11> lists_{};
};

// The work, and how the variants are added for it.
struct setup {
  bench::cases& all;
  std::string name;
  const std::vector<request>& work;
  bool one_at_a_time;

  // `acquire(request)` gives a Held, `data(held)` its bytes, `release(held, request)` takes it back.
  template <class Held, class Acquire, class Data, class Release>
  void add(const char* way, Acquire acquire, Data data, Release release) const {
    if (one_at_a_time) {
      all.add(name, way, work.size(), [=, &work = work] { in_turn(work, acquire, data, release); });
    } else {
      struct state {
        Acquire acquire; // keeps the pool alive, and ends after what is held
        std::array<place<Held>, outstanding> places{};
      };
      all.add(name, way, work.size(), [=, &work = work, s = std::make_shared<state>(acquire)] {
        replacing<Held>(work, s->places, s->acquire, data, release);
      });
    }
  }

  // The same, of plain pointers.
  template <class Acquire, class Release>
  void add(const char* way, Acquire acquire, Release release) const {
    add<void*>(way, acquire, [](void* p) { return p; }, release);
  }

  // A memory_resource, the standard's or Boost's; kept alive by what uses it.
  template <class Resource>
  void add_resource(const char* way, std::shared_ptr<Resource> resource) const {
    add(
        way, [resource, p = resource.get()](const request& r) { return p->allocate(r.bytes, 8); },
        [p = resource.get()](void* bytes, const request& r) { p->deallocate(bytes, r.bytes, 8); });
  }
};

void define_requests(const setup& s) {
  const auto lists = std::make_shared<lifo_lists>();
  s.add<std::byte*>(
      "limit", [lists, p = lists.get()](const request& r) { return p->acquire(r.size_class); },
      [](std::byte* p) { return p; },
      [p = lists.get()](std::byte* bytes, const request& r) { p->release(bytes, r.size_class); });

  using pool = linmem::buffer_pool<>;
  const auto ours = std::make_shared<pool>();
  s.add<pool::lease>(
      "linmem", [ours, p = ours.get()](const request& r) { return p->try_acquire(r.bytes); },
      [](pool::lease& l) { return l.data(); }, [](pool::lease& l, const request&) { l = {}; });

  s.add(
      "malloc", [](const request& r) { return std::malloc(r.bytes); },
      [](void* p, const request&) { std::free(p); });

#if defined(BENCH_STD_PMR)
  s.add_resource("std::pmr unsynchronized pool",
                 std::make_shared<std::pmr::unsynchronized_pool_resource>(std::pmr::pool_options{
                     .max_blocks_per_chunk = 0, .largest_required_pool_block = largest}));
#endif

#if defined(BENCH_BOOST)
  boost::container::pmr::pool_options options;
  options.largest_required_pool_block = largest;
  s.add_resource("Boost pmr unsynchronized pool",
                 std::make_shared<boost::container::pmr::unsynchronized_pool_resource>(options));
#endif

#if defined(BENCH_FOONATHAN)
  namespace fm = foonathan::memory;
  if (s.work.front().bytes == s.work.back().bytes) { // of one size
    const std::size_t size = s.work.front().bytes;
    const auto nodes = std::make_shared<fm::memory_pool<>>(size, 64 * (size + 64));
    s.add(
        "foonathan memory_pool",
        [nodes, p = nodes.get()](const request&) { return p->allocate_node(); },
        [p = nodes.get()](void* bytes, const request&) { p->deallocate_node(bytes); });
  }
  using collection = fm::memory_pool_collection<fm::node_pool, fm::log2_buckets>;
  const auto buckets = std::make_shared<collection>(largest, std::size_t{32} << 20);
  s.add(
      "foonathan memory_pool_collection",
      [buckets, p = buckets.get()](const request& r) { return p->allocate_node(r.bytes); },
      [p = buckets.get()](void* bytes, const request& r) { p->deallocate_node(bytes, r.bytes); });
#endif

#if defined(BENCH_MIMALLOC)
  if (const bench::mimalloc m; m.allocate != nullptr) {
    s.add(
        "mimalloc", [m](const request& r) { return m.allocate(r.bytes); },
        [m](void* p, const request&) { m.free(p); });
  }
#endif
}

} // namespace

void bench::define(cases& all) {
  static const std::vector<request> same = make_requests(4096, 0);
  static const std::vector<request> small = make_requests(smallest, 6);
  static const std::vector<request> mixed = make_requests(smallest, 10);
  define_requests({all, "4 KB, in turn", same, true});
  define_requests({all, "4 KB, 16 held", same, false});
  define_requests({all, "64 B to 4 KB, 16 held", small, false});
  define_requests({all, "64 B to 64 KB, 16 held", mixed, false});
  note_missing_peers(all);
}
