// Looking a handle up, and making and ending one. handle_table.mjs says what the variants are.
#include "cases.hpp"

#include <linmem/handle_table.hpp>

#include <array>         // std::array
#include <memory>        // std::make_unique
#include <unordered_map> // std::unordered_map

namespace {

constexpr std::size_t live = 256;

struct record {
  std::uint32_t length;
  std::uint32_t capacity;
  std::uint64_t position;
};

// What no table can beat at making a handle: a list of free slots, last in first out, unchecked.
class free_list {
public:
  free_list() {
    for (std::size_t i = 0; i < slots_.size(); ++i) {
      slots_[i].next = static_cast<std::uint32_t>(i + 1);
    }
  }
  [[nodiscard]] std::uint32_t insert(const record& value) noexcept {
    const std::uint32_t index = first_;
    first_ = slots_[index].next;
    slots_[index].value = value;
    return index;
  }
  record erase(std::uint32_t index) noexcept {
    slots_[index].next = first_;
    first_ = index;
    return slots_[index].value;
  }

private:
  struct slot {
    std::uint32_t next;
    record value;
  };
  std::array<slot, live> slots_{};
  std::uint32_t first_ = 0;
};

using table = linmem::handle_table<record, live>;

struct world {
  table handles;
  std::unordered_map<std::uint32_t, record> map;
  std::vector<linmem::handle> order;
  std::vector<const record*> pointers;

  world() {
    for (std::uint32_t i = 0; i < live; ++i) {
      const record r{i, 2 * i, 0};
      const linmem::handle h = *handles.insert(r);
      map.emplace(static_cast<std::uint32_t>(h), r);
      order.push_back(h);
    }
    bench::random random;
    bench::shuffle(order, random);
    for (const linmem::handle h : order) { pointers.push_back(handles.find(h)); }
  }
};

// Not inlined: the compiler knows nothing of the table's content, nor that all handles are live.
template <class Names, class Read>
[[gnu::noinline]] std::uint32_t read_all(const Names& names, Read read) {
  std::uint32_t sum = 0;
  for (const auto& name : names) { sum += read(name); }
  return sum;
}

template <class Insert, class Erase>
[[gnu::noinline]] void replace(Insert insert, Erase erase) {
  for (std::uint32_t i = 0; i < live; ++i) {
    const auto name = insert(record{i, i, i});
    bench::use(name);
    erase(name);
  }
}

} // namespace

void bench::define(cases& all) {
  static const std::unique_ptr<world> w = std::make_unique<world>();
  const char* name = "resolve and read";
  all.add(name, "limit", live,
          [] { use(read_all(w->pointers, [](const record* r) { return r->length; })); });
  all.add(name, "linmem", live, [] {
    use(read_all(w->order, [&t = w->handles](linmem::handle h) {
      const record* r = t.find(h);
      return r != nullptr ? r->length : 0;
    }));
  });
  all.add(name, "linmem, result", live, [] {
    use(read_all(w->order, [&t = w->handles](linmem::handle h) {
      const auto r = t.at(h);
      return r ? (*r)->length : 0;
    }));
  });
  all.add(name, "std::unordered_map", live, [] {
    use(read_all(w->order, [&m = w->map](linmem::handle h) {
      const auto found = m.find(static_cast<std::uint32_t>(h));
      return found != m.end() ? found->second.length : 0;
    }));
  });

  name = "insert and erase";
  static const auto list = std::make_unique<free_list>();
  static const auto handles = std::make_unique<table>();
  static std::unordered_map<std::uint32_t, record> map;
  all.add(name, "limit", live, [] {
    replace([&l = *list](const record& r) { return l.insert(r); },
            [&l = *list](std::uint32_t index) { use(l.erase(index)); });
  });
  all.add(name, "linmem", live, [] {
    replace([&t = *handles](const record& r) { return *t.insert(r); },
            [&t = *handles](linmem::handle h) { use(*t.erase(h)); });
  });
  all.add(name, "std::unordered_map", live, [] {
    replace(
        [](const record& r) {
          map.emplace(r.length, r);
          return r.length;
        },
        [](std::uint32_t key) { map.erase(key); });
  });
}
