// Finding in a cache, and setting what is missing. lru_cache.mjs says what the variants are.
#include "cases.hpp"

#include <linmem/lru_cache.hpp>

#include <algorithm>     // std::min
#include <list>          // std::list
#include <memory>        // std::make_unique, std::unique_ptr
#include <string>        // std::string
#include <unordered_map> // std::unordered_map

#if __has_include(<boost/multi_index_container.hpp>)
#define BENCH_MULTI_INDEX
#include <boost/multi_index/hashed_index.hpp>
#include <boost/multi_index/member.hpp>
#include <boost/multi_index/sequenced_index.hpp>
#include <boost/multi_index_container.hpp>
#endif

namespace {

constexpr std::size_t capacity = 1024;

// The lower of two random numbers: the lower a key, the more often it is asked for.
std::vector<std::uint32_t> make_requests(std::uint32_t keys) {
  bench::random random;
  std::vector<std::uint32_t> all(16384);
  for (std::uint32_t& key : all) { key = std::min(random.below(keys), random.below(keys)); }
  return all;
}

std::uint32_t key_of(std::uint32_t n, std::uint32_t*) { return n; }
std::string key_of(std::uint32_t n, std::string*) {
  return "https://example.org/document/" + std::to_string(n);
}

template <class Key>
class two_containers {
public:
  std::uint32_t* find(const Key& key) {
    const auto found = index_.find(key);
    if (found == index_.end()) { return nullptr; }
    used_.splice(used_.begin(), used_, found->second);
    return &found->second->second;
  }
  void set(const Key& key, std::uint32_t value) {
    if (index_.size() == capacity) {
      index_.erase(used_.back().first);
      used_.pop_back();
    }
    used_.emplace_front(key, value);
    index_.emplace(key, used_.begin());
  }

private:
  std::list<std::pair<Key, std::uint32_t>> used_;
  std::unordered_map<Key, typename std::list<std::pair<Key, std::uint32_t>>::iterator> index_;
};

template <class Key>
class ours {
public:
  std::uint32_t* find(const Key& key) { return cache_.find(key); }
  void set(const Key& key, std::uint32_t value) { static_cast<void>(cache_.set(key, value)); }

private:
  linmem::lru_cache<Key, std::uint32_t> cache_{{.max_entries = capacity}};
};

#if defined(BENCH_MULTI_INDEX)
namespace mi = boost::multi_index;
template <class Key>
class multi_index {
  struct entry {
    Key key;
    mutable std::uint32_t value;
  };

public:
  std::uint32_t* find(const Key& key) {
    auto& index = entries_.template get<1>();
    const auto found = index.find(key);
    if (found == index.end()) { return nullptr; }
    entries_.relocate(entries_.begin(), entries_.template project<0>(found));
    return &found->value;
  }
  void set(const Key& key, std::uint32_t value) {
    if (entries_.size() == capacity) { entries_.pop_back(); }
    entries_.push_front({key, value});
  }

private:
  mi::multi_index_container<
      entry,
      mi::indexed_by<mi::sequenced<>, mi::hashed_unique<mi::member<entry, Key, &entry::key>>>>
      entries_;
};
#endif

template <class Key>
struct world {
  std::vector<std::uint32_t> requests;
  std::vector<Key> keys;

  explicit world(std::uint32_t count) : requests{make_requests(count)} {
    for (std::uint32_t i = 0; i < count; ++i) {
      keys.push_back(key_of(i, static_cast<Key*>(nullptr)));
    }
  }
};

template <class Key, class Cache>
[[gnu::noinline]] std::uint32_t serve(const world<Key>& w, Cache& cache) {
  std::uint32_t sum = 0;
  for (const std::uint32_t n : w.requests) {
    const Key& key = w.keys[n];
    if (const std::uint32_t* found = cache.find(key)) {
      sum += *found;
    } else {
      cache.set(key, n);
    }
  }
  return sum;
}

template <class Key>
[[gnu::noinline]] std::uint32_t read(const world<Key>& w,
                                     const std::vector<std::uint32_t>& values) {
  std::uint32_t sum = 0;
  for (const std::uint32_t n : w.requests) { sum += values[n]; }
  return sum;
}

template <class Key, class Cache>
void add(bench::cases& all, const char* name, const char* way, const world<Key>& w) {
  all.add(name, way, w.requests.size(),
          [&w, cache = std::make_shared<Cache>()] { bench::use(serve(w, *cache)); });
}

template <class Key>
void define_keys(bench::cases& all, const char* name, std::uint32_t count) {
  static std::vector<std::unique_ptr<world<Key>>> worlds;
  const world<Key>& w = *worlds.emplace_back(std::make_unique<world<Key>>(count));
  all.add(name, "limit", w.requests.size(),
          [&w, values = std::vector<std::uint32_t>(count, 1)] { bench::use(read(w, values)); });
  add<Key, ours<Key>>(all, name, "linmem", w);
  add<Key, two_containers<Key>>(all, name, "std::unordered_map + std::list", w);
#if defined(BENCH_MULTI_INDEX)
  add<Key, multi_index<Key>>(all, name, "Boost.MultiIndex", w);
#endif
}

} // namespace

void bench::define(cases& all) {
  define_keys<std::uint32_t>(all, "numbers, all found", capacity);
  define_keys<std::uint32_t>(all, "numbers, some missing", 2 * capacity);
  define_keys<std::string>(all, "URLs, all found", capacity);
  define_keys<std::string>(all, "URLs, some missing", 2 * capacity);
#if !defined(BENCH_MULTI_INDEX) && !defined(__EMSCRIPTEN__)
  all.left_out.push_back({"Boost.MultiIndex", "not found (Debian: libboost-dev)"});
#endif
}
