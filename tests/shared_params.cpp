#include <linmem/shared_params.hpp>

#include "failing_storage.hpp"
#include "support.hpp"

#include <doctest/doctest.h>

#include <array>
#include <cstdint>
#include <cstring>
#include <limits>
#include <vector>

#if LINMEM_THREADS
#include <atomic>
#include <chrono>
#include <cstdlib>
#include <thread>
#endif

using linmem::errc;
using linmem::params_view;
using linmem::shared_params;

namespace {

enum class mode : std::uint8_t { off, on };

struct look {
  float zoom = 0;
  std::uint32_t page = 0;
  double angle = 0;
  std::int64_t offset = 0;
  std::uint16_t width = 0;
  mode shade = mode::off;
  std::int8_t depth = 0;
  std::uint64_t id = 0;
};

// All fields are equal in every version: a torn read shows.
struct even {
  std::uint64_t a, b, c, d;
  std::uint32_t e, f, g, h;
};

} // namespace

template <>
inline constexpr auto linmem::params_fields<look> = std::array{
    LINMEM_FIELD(look, zoom),   LINMEM_FIELD(look, page),  LINMEM_FIELD(look, angle),
    LINMEM_FIELD(look, offset), LINMEM_FIELD(look, width), LINMEM_FIELD(look, shade),
    LINMEM_FIELD(look, depth),  LINMEM_FIELD(look, id),
};
template <>
inline constexpr auto linmem::params_fields<even> = std::array{
    LINMEM_FIELD(even, a), LINMEM_FIELD(even, b), LINMEM_FIELD(even, c), LINMEM_FIELD(even, d),
    LINMEM_FIELD(even, e), LINMEM_FIELD(even, f), LINMEM_FIELD(even, g), LINMEM_FIELD(even, h),
};

namespace {

#if LINMEM_THREADS
even all(std::uint64_t n) {
  const auto low = static_cast<std::uint32_t>(n);
  return {n, n, n, n, low, low, low, low};
}
bool is_even(const even& e) {
  const even expected = all(e.a);
  return std::memcmp(&e, &expected, sizeof e) == 0;
}
#endif

constexpr auto& fields_of_even = linmem::params_fields<even>;
constexpr std::size_t size_of(std::size_t i) { return linmem::bytes_of(fields_of_even[i].type); }

// A publication that stands still in the middle, as that of a killed writer does.
std::uint32_t begin_publication(linmem::params_block& block) { return ++block.sequence; }

} // namespace

TEST_SUITE("shared_params") {
  TEST_CASE("what one side publishes, the other reads, and only what changed") {
    auto params = shared_params<look>::create({.zoom = 1.5F, .page = 2, .angle = 0.25});
    REQUIRE(params);
    auto writer = params->view();
    auto reader = params->view();
    CHECK(reader.values.zoom == 1.5F);
    CHECK(reader.version() == 1);
    CHECK(reader.moved() == sizeof(float) + 4 + 8 + 8 + 2 + 1 + 1 + 8);

    writer.values.page = 7;
    writer.values.shade = mode::on;
    REQUIRE(*writer.publish() == 2);
    CHECK(writer.version() == 2);
    CHECK(params->block().published == 5); // a word and a byte
    const std::uint64_t before = reader.moved();
    REQUIRE(*reader.read() == 2);
    CHECK(reader.moved() - before == 5);
    CHECK(reader.values.page == 7);
    CHECK(reader.values.shade == mode::on);
    CHECK(reader.has_changed(&look::page));
    CHECK(reader.has_changed(&look::shade));
    CHECK_FALSE(reader.has_changed(&look::zoom));
    CHECK(*reader.read() == 0);
    CHECK_FALSE(reader.has_changed(&look::page));
  }

  TEST_CASE("every field keeps its extremes") {
    constexpr auto u64 = std::numeric_limits<std::uint64_t>::max();
    constexpr auto i64 = std::numeric_limits<std::int64_t>::min();
    auto params = shared_params<look>::create();
    REQUIRE(params);
    auto writer = params->view();
    auto reader = params->view();
    writer.values = {-0.0F, ~0U, 1e308, i64, 65535, mode::on, -128, u64};
    REQUIRE(writer.publish());
    REQUIRE(*reader.read() == 8);
    CHECK(std::memcmp(&reader.values.zoom, &writer.values.zoom, sizeof(float)) == 0); // -0.0
    CHECK(reader.values.page == ~0U);
    CHECK(reader.values.angle == 1e308);
    CHECK(reader.values.offset == i64);
    CHECK(reader.values.width == 65535);
    CHECK(reader.values.depth == -128);
    CHECK(reader.values.id == u64);
    writer.values.angle = std::numeric_limits<double>::quiet_NaN();
    REQUIRE(*writer.publish() == 3);
    CHECK(*writer.publish() == 3); // a NaN is not different from itself
    CHECK(*reader.read() == 1);
    CHECK(reader.values.angle != reader.values.angle);
  }

  TEST_CASE("readers of different versions each get what they miss") {
    auto params = shared_params<look>::create();
    REQUIRE(params);
    auto writer = params->view();
    auto often = params->view();
    auto seldom = params->view();
    for (std::uint32_t page = 1; page <= 5; ++page) {
      writer.values.page = page;
      if (page == 2) { writer.values.width = 9; }
      REQUIRE(writer.publish());
      CHECK(*often.read() == (page == 2 ? 2 : 1));
    }
    CHECK(*seldom.read() == 2);
    CHECK(seldom.values.page == 5);
    CHECK(seldom.values.width == 9);
    CHECK(seldom.version() == 6);
    CHECK(seldom.version() == often.version());
  }

  TEST_CASE(
      "a stale writer is refused with both versions, and may try again on what it then reads") {
    auto params = shared_params<look>::create();
    REQUIRE(params);
    auto a = params->view();
    auto b = params->view();
    a.values.page = 1;
    b.values.page = 2;
    REQUIRE(*a.publish(a.version()) == 2);
    const auto refused = b.publish(b.version());
    REQUIRE_FALSE(refused);
    CHECK(refused.error() == linmem::error{errc::conflict, "", 2, 1});
    CHECK(b.values.page == 2); // its change is kept
    REQUIRE(*b.read() == 1);
    CHECK(b.values.page == 2);
    REQUIRE(*b.publish(b.version()) == 3);
    REQUIRE(a.read());
    CHECK(a.values.page == 2);
    CHECK(a.publish(2).error().code == errc::conflict); // also with nothing to publish
    CHECK(*a.publish(3) == 3);
  }

  TEST_CASE("writers that do not ask merge: each field is its last writer's") {
    auto params = shared_params<look>::create();
    REQUIRE(params);
    auto a = params->view();
    auto b = params->view();
    a.values.page = 1;
    b.values.width = 2;
    REQUIRE(a.publish());
    REQUIRE(b.publish());
    CHECK(b.version() == 1); // it has not seen what a wrote
    REQUIRE(*b.read() == 1);
    CHECK(b.values.page == 1);
    CHECK(b.values.width == 2);
    CHECK(b.version() == 3);
  }

  TEST_CASE("own changes survive a read until they are published or discarded") {
    auto params = shared_params<look>::create({.page = 1});
    REQUIRE(params);
    auto a = params->view();
    auto b = params->view();
    a.values.page = 10;
    b.values.page = 20;
    REQUIRE(a.publish());
    REQUIRE(*b.read() == 1);
    CHECK(b.values.page == 20);
    b.discard();
    CHECK(b.values.page == 10);
    CHECK(*b.publish() == 2); // nothing to publish
  }

  TEST_CASE("a publication that does not end gives timed_out, not a hang, and is recovered once") {
    auto params = shared_params<look>::create({.page = 1, .width = 2});
    REQUIRE(params);
    auto a = params->view();
    auto b = params->view({.attempts = 3});
    const std::uint32_t dead = begin_publication(params->block());
    auto late = params->view();
    CHECK(late.version() == 0);
    const std::uint32_t attempts = LINMEM_THREADS == 0 ? 1 : 3;
    CHECK(b.read().error() == linmem::error{errc::timed_out, "", attempts, attempts});
    b.values.page = 5;
    CHECK(b.publish().error() == linmem::error{errc::timed_out, "", attempts, attempts});
    CHECK(b.values.page == 5);
    CHECK(b.publication() == dead);

    CHECK(a.recover(dead + 1).error().code == errc::conflict);
    CHECK(*a.recover(dead) == 3);
    CHECK(b.recover(dead).error() == linmem::error{errc::conflict, "", 6, dead});
    CHECK(b.publication() == 0);
    REQUIRE(b.read());
    CHECK(b.values.width == 2);
    CHECK(*b.publish() == 4);
    REQUIRE(late.read());
    CHECK(late.values.page == 5);
  }

  TEST_CASE("versions come round without a change being missed") {
    auto params = shared_params<look>::create();
    REQUIRE(params);
    params->block().sequence = ~0U - 1; // the last even one
    auto writer = params->view();
    auto reader = params->view();
    CHECK(reader.version() == (~0U >> 1U));
    for (std::uint32_t page = 1; page <= 3; ++page) {
      writer.values.page = page;
      REQUIRE(*writer.publish() == page - 1);
      CHECK(*reader.read() == 1);
      CHECK(reader.values.page == page);
      CHECK(*writer.read() == 0);
    }
  }

  TEST_CASE("memory that holds no parameters, or others, is refused") {
    alignas(16) std::array<std::byte, params_view<look>::bytes + 16> memory{};
    const linmem::byte_span all_of_it{memory};
    CHECK(params_view<look>::open(all_of_it).error().code == errc::corrupt);
    auto params = shared_params<look, linmem::span_storage>::create({.page = 3}, all_of_it);
    REQUIRE(params);
    auto other = params_view<look>::open(all_of_it);
    REQUIRE(other);
    CHECK(other->version() == 0);
    CHECK(*other->read() == 1); // what differs from look{}
    CHECK(other->values.page == 3);
    CHECK(params_view<look>::open(all_of_it.subspan(8)).error().code == errc::invalid_argument);
    CHECK(params_view<look>::open(all_of_it.first(64)).error() ==
          linmem::error{errc::corrupt, "", params_view<look>::bytes, 64});
    CHECK(params_view<even>::open(all_of_it).error().code == errc::invalid_argument);
    params->block().version = 9;
    CHECK(params_view<look>::open(all_of_it).error() == linmem::error{errc::corrupt, "", 1, 9});
    params->block().version = 1;
    static_cast<void>(shared_params<look, linmem::span_storage>{std::move(*params)});
    CHECK(params_view<look>::open(all_of_it).error().code == errc::corrupt); // freed
  }

  TEST_CASE("an allocation that fails is an error, and every byte comes back") {
    support::failing_storage heap;
    heap.fail_at(0);
    using failing = shared_params<look, support::failing_ref>;
    CHECK(failing::create({}, heap).error() ==
          linmem::error{errc::out_of_memory, "", 0, params_view<look>::bytes});
    {
      auto a = failing::create({.page = 1}, heap);
      REQUIRE(a);
      auto b = failing::create({.page = 2}, heap);
      REQUIRE(b);
      *a = std::move(*b);
      CHECK(a->view().values.page == 2);
      CHECK(heap.outstanding() == 1);
    }
    CHECK(heap.outstanding() == 0);
    CHECK(heap.mistakes() == 0);
  }

  TEST_CASE("several sides at random agree with a model, and move what it says") {
    struct side {
      params_view<even> view;
      even mine;  // what the model says it sees
      even known; // of version `version`
      std::uint32_t version;
    };
    constexpr std::size_t fields = fields_of_even.size();
    const auto word = [](const even& e, std::size_t i) {
      std::uint64_t n = 0;
      std::memcpy(&n, reinterpret_cast<const char*>(&e) + fields_of_even[i].offset, size_of(i));
      return n;
    };
    const auto put = [](even& e, std::size_t i, std::uint64_t n) {
      std::memcpy(reinterpret_cast<char*>(&e) + fields_of_even[i].offset, &n, size_of(i));
    };
    support::numbers random{7};
    auto params = shared_params<even>::create();
    REQUIRE(params);
    even present{};
    std::array<std::uint32_t, fields> changed{};
    changed.fill(1);
    std::uint32_t version = 1;
    std::uint64_t published = 0;
    std::vector<side> sides;
    for (int i = 0; i < 3; ++i) { sides.push_back({params->view(), {}, {}, 1}); }
    for (std::uint64_t n = support::operations(20000); n != 0; --n) {
      side& s = sides[random.below(sides.size())];
      const std::uint64_t before = s.view.moved();
      std::uint64_t moved = 0;
      switch (random.below(4)) {
        case 0:
        case 1: { // a change, or one taken back
          const std::size_t i = random.below(fields);
          const std::uint64_t to = random.below(3);
          put(s.mine, i, to);
          put(s.view.values, i, to);
          break;
        }
        case 2: { // a publication, of which every second one asks
          const bool asks = random.below(2) == 0;
          const auto got = asks ? s.view.publish(s.view.version()) : s.view.publish();
          if (asks && s.version != version) {
            REQUIRE_FALSE(got);
            CHECK(got.error() == linmem::error{errc::conflict, "", version, s.version});
            break;
          }
          REQUIRE(got);
          for (std::size_t i = 0; i < fields; ++i) {
            if (word(s.mine, i) == word(s.known, i)) { continue; }
            put(present, i, word(s.mine, i));
            put(s.known, i, word(s.mine, i));
            changed[i] = version + 1;
            moved += size_of(i);
          }
          published += moved;
          if (moved != 0) {
            if (s.version == version) { ++s.version; }
            ++version;
          }
          REQUIRE(*got == version);
          break;
        }
        default: { // a read
          std::size_t news = 0;
          for (std::size_t i = 0; i < fields; ++i) {
            if (changed[i] <= s.version) { continue; }
            moved += size_of(i);
            const std::uint64_t now = word(present, i);
            if (now != word(s.known, i)) { ++news; }
            if (word(s.mine, i) == word(s.known, i)) { put(s.mine, i, now); }
            put(s.known, i, now);
          }
          s.version = version;
          REQUIRE(*s.view.read() == news);
        }
      }
      REQUIRE(s.view.version() == s.version);
      REQUIRE(std::memcmp(&s.view.values, &s.mine, sizeof(even)) == 0);
      REQUIRE(s.view.moved() - before == moved);
      REQUIRE(params->block().published == published);
    }
  }

#if LINMEM_THREADS
  // How long the threads run: LINMEM_TEST_SECONDS of the environment, or a moment.
  std::chrono::milliseconds test_time() {
    const char* asked = std::getenv("LINMEM_TEST_SECONDS");
    return std::chrono::milliseconds{asked != nullptr ? 1000 * std::atoi(asked) : 300};
  }

  // What one of several threads found.
  struct tally {
    std::uint64_t reads = 0;
    std::uint64_t torn = 0;
    std::uint64_t backward = 0; // a version older than the one before
    std::uint64_t moved = 0;
  };

  // One writer raises every field as fast as it can; four readers look by `read(view)`.
  struct watched {
    std::array<tally, 4> readers{};
    std::uint64_t versions = 1;
  };
  template <class Read>
  watched watch(shared_params<even> & params, Read read) {
    watched seen;
    std::atomic<bool> is_over{false};
    std::vector<std::thread> readers;
    for (tally& t : seen.readers) {
      readers.emplace_back([&params, &is_over, &t, read] {
        auto view = params.view();
        std::uint64_t last = view.values.a;
        while (!is_over.load(std::memory_order_relaxed)) {
          if (!read(view)) {
            std::this_thread::yield(); // the writer was stopped in the middle
            continue;
          }
          ++t.reads;
          if (!is_even(view.values)) { ++t.torn; }
          if (view.values.a < last) { ++t.backward; }
          last = view.values.a;
        }
        t.moved = view.moved();
      });
    }
    auto writer = params.view();
    const auto end = std::chrono::steady_clock::now() + test_time();
    const auto goes_on = [&] { // a busy machine gets more time
      const auto now = std::chrono::steady_clock::now();
      return now < end || (seen.versions <= 1000 && now < end + std::chrono::minutes{1});
    };
    while (goes_on()) {
      for (int i = 0; i < 100; ++i) {
        writer.values = all(writer.values.a + (std::uint64_t{1} << 32U) + 1);
        if (writer.publish()) { ++seen.versions; }
      }
      std::this_thread::yield();
    }
    is_over = true;
    for (std::thread& t : readers) { t.join(); }
    return seen;
  }

  TEST_CASE("one writer and four readers: no read is torn, none goes back") {
    auto params = shared_params<even>::create(all(1));
    REQUIRE(params);
    const auto seen = watch(*params, [](auto& view) { return view.read().has_value(); });
    std::uint64_t reads = 0;
    for (const tally& t : seen.readers) {
      CHECK(t.torn == 0);
      CHECK(t.backward == 0);
      CHECK(t.reads > 0);
      CHECK(t.moved % sizeof(even) == 0);
      reads += t.reads;
    }
    CHECK(seen.versions > 1000);
    CHECK(params->block().published == (seen.versions - 1) * sizeof(even));
    MESSAGE(seen.versions << " versions, " << reads << " reads");
  }

  TEST_CASE("readers that mind no sequence are caught, so the check can fail") {
    auto params = shared_params<even>::create(all(1));
    REQUIRE(params);
    const auto* block = reinterpret_cast<const std::byte*>(&params->block());
    const auto* shared =
        reinterpret_cast<const std::uint32_t*>(block + params->block().values_offset);
    std::uint64_t torn = 0;
    for (int i = 0; i < 30 && torn == 0; ++i) {
      const auto seen = watch(*params, [shared](auto& view) {
        std::array<std::uint32_t, sizeof(even) / 4> words{};
        for (std::size_t w = 0; w < words.size(); ++w) {
          words[w] = __atomic_load_n(shared + w, __ATOMIC_ACQUIRE);
        }
        std::memcpy(&view.values, words.data(), sizeof(even));
        return true;
      });
      for (const tally& t : seen.readers) { torn += t.torn; }
    }
    CHECK(torn > 0);
  }

  TEST_CASE("four threads add to one field, and no addition is lost") {
    auto params = shared_params<even>::create();
    REQUIRE(params);
    constexpr std::uint64_t rounds = 2000;
    std::vector<std::thread> threads;
    for (int i = 0; i < 4; ++i) {
      threads.emplace_back([&params] {
        auto view = params->view();
        for (std::uint64_t added = 0; added < rounds;) {
          view.discard();
          if (!view.read()) { continue; }
          ++view.values.b;
          if (view.publish(view.version())) { ++added; }
        }
      });
    }
    for (std::thread& t : threads) { t.join(); }
    CHECK(params->view().values.b == 4 * rounds);
    CHECK(params->view().version() == 1 + 4 * rounds);
  }
#endif
}
