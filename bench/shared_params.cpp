// Publishing parameters and reading them, on one thread. shared_params.mjs says what the variants are.
#include "shared_params.hpp"
#include "cases.hpp"

#include <linmem/shared_params.hpp>

#include <memory> // std::make_unique
#include <mutex>  // std::mutex

namespace {

using bench::sixteen;

constexpr std::size_t rounds = 256;

// A struct under a mutex: each side copies all of it.
class locked {
public:
  void write(const sixteen& from) {
    const std::lock_guard lock{mutex_};
    values_ = from;
  }
  void read(sixteen& to) {
    const std::lock_guard lock{mutex_};
    to = values_;
  }

private:
  std::mutex mutex_;
  sixteen values_;
};

struct world {
  linmem::shared_params<sixteen> params = *linmem::shared_params<sixteen>::create();
  linmem::params_view<sixteen> writer = params.view();
  linmem::params_view<sixteen> reader = params.view();
  locked under_mutex;
  sixteen plain; // no protection: what no protocol can beat
  sixteen mine;
  sixteen theirs;
};

// Publishes what `change` makes of the values, and reads it elsewhere, each time.
template <class Change, class Exchange>
[[gnu::noinline]] void exchange(Change change, Exchange exchange_values) {
  for (std::size_t n = 0; n < rounds; ++n) {
    change();
    exchange_values();
  }
}

} // namespace

void bench::define(cases& all) {
  static const std::unique_ptr<world> w = std::make_unique<world>();
  const auto add = [&all](const char* name, auto change, auto copy_plain) {
    all.add(name, "limit", rounds, [change, copy_plain] {
      exchange([change] { change(w->mine); },
               [copy_plain] {
                 copy_plain(w->plain, w->mine);
                 use(w->plain);
                 copy_plain(w->theirs, w->plain);
                 use(w->theirs);
               });
    });
    all.add(name, "linmem", rounds, [change] {
      exchange([change] { change(w->writer.values); },
               [] {
                 use(w->writer.publish());
                 use(w->reader.read());
               });
    });
    all.add(name, "std::mutex and a copy of all", rounds, [change] {
      exchange([change] { change(w->mine); },
               [] {
                 w->under_mutex.write(w->mine);
                 w->under_mutex.read(w->theirs);
                 use(w->theirs);
               });
    });
  };
  add(
      "publish and read 1 field of 16", [](sixteen& s) { s.f += 1; },
      [](sixteen& to, const sixteen& from) { to.f = from.f; });
  add(
      "publish and read 16 fields of 16", [](sixteen& s) { s = bench::all(s.a + 1); },
      [](sixteen& to, const sixteen& from) { to = from; });

  const char* name = "read when nothing changed";
  all.add(name, "limit", rounds, [] {
    exchange([] {}, [] { use(__atomic_load_n(&w->params.block().sequence, __ATOMIC_ACQUIRE)); });
  });
  all.add(name, "linmem", rounds, [] { exchange([] {}, [] { use(w->reader.read()); }); });
  all.add(name, "std::mutex and a copy of all", rounds, [] {
    exchange([] {},
             [] {
               w->under_mutex.read(w->theirs);
               use(w->theirs);
             });
  });
}
