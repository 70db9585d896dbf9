#include <linmem/stream_items.hpp>

#include "failing_storage.hpp"
#include "streams.hpp"
#include "support.hpp"

#include <doctest/doctest.h>

#include <array>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

using linmem::as_bytes;
using linmem::errc;
using linmem::item_cursor;
using linmem::item_kind;
using linmem::item_payload;
using linmem::stream_item;
using linmem::stream_items;
using support::failing_ref;
using support::failing_storage;

static_assert(linmem::publishes_items<support::bracketed<>>);
static_assert(linmem::publishes_items<linmem::utf8_lossy<support::bracketed<>>>);
static_assert(!linmem::publishes_items<linmem::utf8_lossy<linmem::copy_transform>>);

namespace {

stream_item table_at(std::uint64_t position, std::string_view payload) {
  return {.kind = item_kind::table, .position = position, .payload = as_bytes(payload)};
}

} // namespace

TEST_SUITE("stream_items") {
  TEST_CASE("an item keeps what it was pushed with, in copies") {
    stream_items<> items;
    std::string name = "figure";
    std::string type = "image/png";
    std::string payload = "\x89PNG";
    REQUIRE(items.push({.kind = item_kind::image,
                        .name = name,
                        .media_type = type,
                        .position = 7,
                        .payload = as_bytes(payload)}));
    name = type = payload = "overwritten";
    item_cursor all;
    const stream_item* item = items.next(all);
    REQUIRE(item != nullptr);
    CHECK(item->kind == item_kind::image);
    CHECK(item->name == "figure");
    CHECK(item->media_type == "image/png");
    CHECK(item->position == 7);
    CHECK(support::to_string(item->payload) == "\x89PNG");
    CHECK(item->index == 0);
    CHECK(items.next(all) == nullptr);
  }

  TEST_CASE("a borrowed payload is not copied and does not count") {
    const std::string payload(10'000, 'p');
    stream_items<> items{{.limit = 1000}};
    REQUIRE(items.push(table_at(0, payload), item_payload::borrowed));
    item_cursor all;
    CHECK(reinterpret_cast<const char*>(items.next(all)->payload.data()) == payload.data());
    CHECK(items.bytes() < 1000);
  }

  TEST_CASE("a cursor of a kind gives that kind in order, and what comes later too") {
    stream_items<> items;
    item_cursor tables{item_kind::table};
    CHECK(items.next(tables) == nullptr);
    for (std::uint64_t i = 0; i < 9; ++i) {
      REQUIRE(items.push({.kind = static_cast<item_kind>(i % 3), .position = i}));
    }
    CHECK(items.peek(tables)->index == 0);
    CHECK(items.next(tables)->index == 0);
    CHECK(items.next(tables)->index == 3);
    CHECK(items.next(tables)->index == 6);
    CHECK(items.next(tables) == nullptr);
    CHECK(items.peek(tables) == nullptr);
    REQUIRE(items.push(table_at(9, "late")));
    CHECK(items.next(tables)->index == 9);
  }

  TEST_CASE("10,000 items are pulled by kind and in order, each once, from where they were first") {
    failing_storage heap;
    stream_items<failing_ref> items{{}, heap};
    std::vector<const stream_item*> first;
    item_cursor all;
    for (std::uint64_t i = 0; i < 10'000; ++i) {
      REQUIRE(items.push({.kind = static_cast<item_kind>(i % 3), .position = i}));
      first.push_back(items.next(all));
    }
    // A removal from the front or a growing vector would move or copy them all again and again.
    item_cursor again;
    std::array cursors{item_cursor{item_kind::table}, item_cursor{item_kind::image},
                       item_cursor{item_kind::other}};
    for (std::size_t i = 0; i < first.size(); ++i) {
      REQUIRE(items.next(again) == first[i]);
      REQUIRE(items.next(cursors.at(i % 3)) == first[i]);
      REQUIRE(first[i]->index == i);
    }
    CHECK(items.next(again) == nullptr);
    CHECK(heap.outstanding() < 40); // chunks, not items
  }

  TEST_CASE("a limit names its bytes and those asked for, and nothing is lost") {
    stream_items<> items{{.limit = 1000}};
    REQUIRE(items.push(table_at(1, "kept")));
    const std::uint64_t before = items.bytes();
    const std::string large(2000, 'x');
    const auto refused = items.push(table_at(2, large));
    REQUIRE_FALSE(refused);
    CHECK(refused.error().code == errc::limit_exceeded);
    CHECK(refused.error().limit == 1000);
    CHECK(refused.error().actual == before * 2 - 4 + 2000);
    CHECK(items.set_metadata(large).error().code == errc::limit_exceeded);
    CHECK(items.bytes() == before);
    CHECK(items.size() == 1);
    REQUIRE(items.push(table_at(2, "small")));
    item_cursor all;
    CHECK(support::to_string(items.next(all)->payload) == "kept");
    CHECK(support::to_string(items.next(all)->payload) == "small");
  }

  TEST_CASE("positions never fall") {
    stream_items<> items;
    REQUIRE(items.push(table_at(5, "")));
    REQUIRE(items.push(table_at(5, "")));
    CHECK(items.push(table_at(4, "")).error() == linmem::error{errc::invalid_argument, "", 5, 4});
    CHECK(items.size() == 2);
  }

  TEST_CASE("metadata is set once") {
    stream_items<> items;
    CHECK(items.metadata().empty());
    REQUIRE(items.set_metadata(R"({"title":"t"})"));
    CHECK(items.set_metadata("{}").error().code == errc::closed);
    CHECK(items.metadata() == R"({"title":"t"})");
    items.reset();
    CHECK(items.metadata().empty());
    CHECK(items.set_metadata("{}"));
  }

  TEST_CASE("reset keeps the memory and free gives it back; cursors begin anew") {
    failing_storage heap;
    stream_items<failing_ref> items{{}, heap};
    item_cursor all;
    for (int round = 0; round < 3; ++round) {
      REQUIRE(items.push(table_at(0, "same")));
      REQUIRE(items.next(all) != nullptr);
      CHECK(items.next(all) == nullptr);
      items.reset();
      CHECK(items.size() == 0);
      CHECK(items.bytes() == 0);
      CHECK(heap.outstanding() == 1);
    }
    items.free();
    CHECK(heap.outstanding() == 0);
  }

  TEST_CASE("moving takes the items along, where they are") {
    stream_items<> items;
    REQUIRE(items.push(table_at(0, "here")));
    item_cursor all;
    const stream_item* item = items.next(all);
    stream_items<> taken{std::move(items)};
    item_cursor again;
    CHECK(taken.next(again) == item);
    stream_items<> assigned;
    REQUIRE(assigned.push(table_at(3, "gone")));
    assigned = std::move(taken);
    item_cursor once_more;
    CHECK(assigned.next(once_more) == item);
    CHECK(assigned.next(once_more) == nullptr);
  }

  TEST_CASE("every allocation that fails leaves the items as they were") {
    failing_storage heap;
    const std::string large(5000, 'l'); // more than a chunk: one allocation each
    for (std::size_t n = 0;; ++n) {
      stream_items<failing_ref> items{{}, heap};
      heap.fail_at(n);
      std::size_t refused = 0;
      std::uint64_t pushed = 0;
      for (std::uint64_t i = 0; i < 3; ++i) {
        const auto done = items.push({.kind = item_kind::other,
                                      .name = "name",
                                      .media_type = "type",
                                      .position = i,
                                      .payload = as_bytes(large)});
        if (done) {
          ++pushed;
        } else {
          ++refused;
          CHECK(done.error().code == errc::out_of_memory);
          CHECK(done.error().actual >= large.size());
        }
      }
      CHECK(items.size() == pushed);
      item_cursor all;
      for (std::uint64_t i = 0; i < pushed; ++i) {
        CHECK(support::to_string(items.next(all)->payload) == large);
      }
      CHECK(items.next(all) == nullptr);
      heap.grant();
      if (refused == 0) { break; }
    }
    CHECK(heap.outstanding() == 0);
    CHECK(heap.mistakes() == 0);
  }

  TEST_CASE("random operations agree with a vector") {
    support::numbers random{11};
    stream_items<> items{{.limit = 20'000}};
    struct pushed {
      item_kind kind;
      std::string payload;
    };
    std::vector<pushed> model;
    std::array<item_cursor, 4> cursors{item_cursor{item_kind::table}, item_cursor{item_kind::image},
                                       item_cursor{item_kind::other}, item_cursor{}};
    std::array<std::size_t, 4> at{};
    std::uint64_t position = 0;
    for (std::uint64_t i = support::operations(20'000); i > 0; --i) {
      const std::size_t what = random.below(100);
      if (what == 0) {
        random.below(2) == 0 ? items.reset() : items.free();
        model.clear();
        at = {};
        position = 0;
      } else if (what < 40) {
        position += random.below(3);
        const auto kind = static_cast<item_kind>(random.below(3));
        std::string payload(random.below(200), static_cast<char>('a' + random.below(26)));
        const auto done =
            items.push({.kind = kind, .position = position, .payload = as_bytes(payload)});
        if (done) { model.push_back({kind, payload}); }
        REQUIRE((done || done.error().code == errc::limit_exceeded));
      } else {
        const std::size_t c = random.below(4);
        std::size_t& next = at.at(c);
        while (next < model.size() && c < 3 && model[next].kind != static_cast<item_kind>(c)) {
          ++next;
        }
        const stream_item* item = items.next(cursors.at(c));
        REQUIRE((item != nullptr) == (next < model.size()));
        if (item != nullptr) {
          REQUIRE(item->index == next);
          REQUIRE(support::to_string(item->payload) == model[next].payload);
          ++next;
        }
      }
    }
  }
}
