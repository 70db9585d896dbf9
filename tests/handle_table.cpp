#include <linmem/handle_table.hpp>

#include "support.hpp"

#include <doctest/doctest.h>

#include <array>
#include <memory>
#include <unordered_map>
#include <vector>

using linmem::errc;
using linmem::handle;
using linmem::handle_table;

TEST_SUITE("handle_table") {
  TEST_CASE("a handle finds its value until it is erased") {
    handle_table<int, 4> table;
    const auto h = table.insert(42);
    REQUIRE(h);
    REQUIRE(table.find(*h) != nullptr);
    CHECK(*table.find(*h) == 42);
    CHECK(table.size() == 1);
    CHECK(*table.erase(*h) == 42);
    CHECK(table.find(*h) == nullptr);
    CHECK(table.erase(*h).error().code == errc::invalid_handle);
    CHECK(table.size() == 0);
  }

  TEST_CASE("zero is never a handle, nor is any number of an empty table") {
    handle_table<int, 4> table;
    for (std::uint32_t n = 0; n < 100000; ++n) { REQUIRE(table.find(handle{n}) == nullptr); }
    CHECK(table.find(handle{~0U}) == nullptr);
    CHECK(table.at(handle{}).error().code == errc::invalid_handle);
  }

  TEST_CASE("a full table is an error that names the limit, and keeps the value") {
    handle_table<std::unique_ptr<int>, 2> table;
    REQUIRE(table.insert(std::make_unique<int>(1)));
    REQUIRE(table.insert(std::make_unique<int>(2)));
    auto third = std::make_unique<int>(3);
    const auto h = table.insert(std::move(third));
    REQUIRE_FALSE(h);
    CHECK(h.error() == linmem::error{errc::limit_exceeded, "", 2, 3});
    REQUIRE(third != nullptr); // NOLINT: not moved from, as documented
    CHECK(*third == 3);
  }

  TEST_CASE("a handle whose slot is used again is stale") {
    handle_table<int, 1> table;
    std::vector<handle> old;
    for (int i = 0; i < 1000; ++i) {
      const auto h = table.insert(i);
      REQUIRE(h);
      for (const handle stale : old) { REQUIRE(table.find(stale) == nullptr); }
      old.push_back(*h);
      REQUIRE(table.erase(*h));
    }
  }

  TEST_CASE("slots are used again oldest first") {
    handle_table<int, 3> table;
    std::array<handle, 3> h{*table.insert(0), *table.insert(1), *table.insert(2)};
    REQUIRE(table.erase(h[1]));
    REQUIRE(table.erase(h[0]));
    const handle first = *table.insert(10);
    const handle second = *table.insert(11);
    CHECK((static_cast<std::uint32_t>(first) & 3U) == 1);
    CHECK((static_cast<std::uint32_t>(second) & 3U) == 0);
  }

  TEST_CASE("a generation that wraps keeps handles valid") {
    handle_table<int, (1U << 20U)>* table =
        new handle_table<int, (1U << 20U)>{}; // 11 bits: wraps soon
    for (int i = 0; i < (1 << 20) - 1; ++i) { REQUIRE(table->insert(i)); }
    for (int i = 0; i < 5000; ++i) {
      const auto h = table->insert(i);
      REQUIRE(h);
      REQUIRE(*h != handle{});
      REQUIRE(*table->find(*h) == i);
      REQUIRE(table->erase(*h));
      REQUIRE(table->find(*h) == nullptr);
    }
    delete table;
  }

  TEST_CASE(
      "random operations agree with a model; stale, forged and foreign handles find nothing") {
    support::numbers random{2026};
    handle_table<std::uint64_t, 64> table;
    handle_table<std::uint64_t, 64> other;
    std::unordered_map<std::uint32_t, std::uint64_t> model;
    std::vector<std::uint32_t> live;
    std::vector<std::uint32_t> dead;
    const std::uint64_t operations = support::operations(300'000);
    for (std::uint64_t i = 0; i < operations; ++i) {
      switch (random.below(6)) {
        case 0:
        case 1: {
          const std::uint64_t value = random.next();
          const auto h = table.insert(value);
          REQUIRE(h.has_value() == (model.size() < 64));
          if (h) {
            REQUIRE(model.emplace(static_cast<std::uint32_t>(*h), value).second);
            live.push_back(static_cast<std::uint32_t>(*h));
          }
          break;
        }
        case 2: {
          if (live.empty()) { break; }
          const std::size_t at = random.below(live.size());
          const auto taken = table.erase(handle{live[at]});
          REQUIRE(taken);
          REQUIRE(*taken == model.at(live[at]));
          model.erase(live[at]);
          dead.push_back(live[at]);
          live[at] = live.back();
          live.pop_back();
          break;
        }
        case 3:
          if (!live.empty()) {
            const std::uint32_t h = live[random.below(live.size())];
            REQUIRE(*table.find(handle{h}) == model.at(h));
          }
          break;
        case 4:
          if (!dead.empty()) {
            REQUIRE(table.find(handle{dead[random.below(dead.size())]}) == nullptr);
          }
          break;
        default: {
          const auto forged = static_cast<std::uint32_t>(random.next());
          REQUIRE((table.find(handle{forged}) != nullptr) == model.contains(forged));
          REQUIRE(other.find(handle{forged}) == nullptr);
        }
      }
      REQUIRE(table.size() == model.size());
    }
  }
}
