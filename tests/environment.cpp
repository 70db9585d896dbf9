#include <linmem/environment.hpp>

#include <doctest/doctest.h>

#include <array>
#include <map>
#include <string>
#include <string_view>
#include <vector>

using linmem::configuration;
using linmem::setting;

namespace {

using variables = std::map<std::string, std::string>;

linmem::result<configuration> read(const variables& from, std::string_view prefix = "LINMEM_") {
  return linmem::read_environment(prefix, [&](const char* name) -> const char* {
    const auto found = from.find(name);
    return found == from.end() ? nullptr : found->second.c_str();
  });
}

std::vector<std::string> problems(const configuration& from) {
  std::vector<std::string> all;
  for (const linmem::setting_problem& p : from.problems()) {
    std::array<char, 128> text{};
    all.emplace_back(linmem::describe(p, text));
  }
  return all;
}

} // namespace

TEST_SUITE("environment") {
  TEST_CASE("an empty environment gives the table's defaults") {
    const configuration c = *read({});
    CHECK(c[setting::memory_limit_mb] == 256);
    CHECK(c[setting::memory_limit_pages] == 4096);
    CHECK(c[setting::max_pool_size] == 8);
    CHECK(c[setting::initial_pool_size] == 2);
    CHECK(c[setting::enable_simd] == 1);
    CHECK(c[setting::enable_module_cache] == 1);
    CHECK(c[setting::cold_start_target_ms] == 15);
    CHECK(c[setting::timeout_secs] == 30);
    CHECK(c[setting::enable_reuse] == 1);
    CHECK(c[setting::enable_metrics] == 1);
    CHECK(c.limits().pages() == 4096);
    CHECK(c.problems().empty());
    CHECK_FALSE(c.is_set(setting::memory_limit_mb));
  }

  TEST_CASE("what is set is taken, at both ends of its range") {
    const configuration c = *read({{"LINMEM_MEMORY_LIMIT_PAGES", "64"},
                                   {"LINMEM_MAX_POOL_SIZE", "1024"},
                                   {"LINMEM_INITIAL_POOL_SIZE", "0"},
                                   {"LINMEM_ENABLE_SIMD", "0"},
                                   {"LINMEM_TIMEOUT_SECS", "0030"}});
    CHECK(c[setting::memory_limit_pages] == 64);
    CHECK(c[setting::max_pool_size] == 1024);
    CHECK(c[setting::initial_pool_size] == 0);
    CHECK(c[setting::enable_simd] == 0);
    CHECK(c[setting::timeout_secs] == 30);
    CHECK(c.is_set(setting::enable_simd));
    CHECK(c.problems().empty());
  }

  TEST_CASE("of two memory limits the smaller wins, and a default limits nothing that was set") {
    CHECK(read({{"LINMEM_MEMORY_LIMIT_PAGES", "8192"}})->limits().pages() == 8192);
    CHECK(read({{"LINMEM_MEMORY_LIMIT_MB", "1024"}})->limits().pages() == 16384);
    CHECK(read({{"LINMEM_MEMORY_LIMIT_MB", "1"}, {"LINMEM_MEMORY_LIMIT_PAGES", "64"}})
              ->limits()
              .pages() == 16);
    CHECK(read({{"LINMEM_MEMORY_LIMIT_MB", "64"}, {"LINMEM_MEMORY_LIMIT_PAGES", "64"}})
              ->limits()
              .pages() == 64);
  }

  TEST_CASE("junk, negative numbers and overflow keep the default, and are reported") {
    for (const char* wrong :
         {"8x", "x8", " 8", "8 ", "-1", "+8", "0", "1025", "4294967304", "18446744073709551624",
          "99999999999999999999999999", "1e1", "0x8", "8.0", "acht"}) {
      const variables given{{"LINMEM_MAX_POOL_SIZE", wrong}};
      const configuration c = *read(given);
      CHECK(c[setting::max_pool_size] == 8);
      CHECK_FALSE(c.is_set(setting::max_pool_size));
      CHECK(problems(c) == std::vector<std::string>{"MAX_POOL_SIZE: expected 1 to 1024, got \"" +
                                                    std::string{wrong} + "\""});
    }
    const variables two{{"LINMEM_ENABLE_REUSE", "yes"}, {"LINMEM_MEMORY_LIMIT_MB", "0"}};
    CHECK(problems(*read(two)) ==
          std::vector<std::string>{"MEMORY_LIMIT_MB: expected 1 to 1048576, got \"0\"",
                                   "ENABLE_REUSE: expected 0 to 1, got \"yes\""});
  }

  TEST_CASE("an empty variable is not set") {
    const configuration c = *read({{"LINMEM_MAX_POOL_SIZE", ""}});
    CHECK(c[setting::max_pool_size] == 8);
    CHECK(c.problems().empty());
  }

  TEST_CASE(
      "an initial pool beyond the largest is made as large, and reported where it was asked") {
    const configuration c =
        *read({{"LINMEM_MAX_POOL_SIZE", "4"}, {"LINMEM_INITIAL_POOL_SIZE", "5"}});
    CHECK(c[setting::initial_pool_size] == 4);
    CHECK(c.problems().size() == 1);
    const configuration by_default = *read({{"LINMEM_MAX_POOL_SIZE", "1"}});
    CHECK(by_default[setting::initial_pool_size] == 1);
    CHECK(by_default.problems().empty());
  }

  TEST_CASE("another prefix reads other names; one that is too long is refused") {
    const variables given{{"APP_MAX_POOL_SIZE", "3"}, {"MAX_POOL_SIZE", "4"}};
    CHECK((*read(given))[setting::max_pool_size] == 8);
    CHECK((*read(given, "APP_"))[setting::max_pool_size] == 3);
    CHECK((*read(given, ""))[setting::max_pool_size] == 4);
    const std::string longest(64, 'P');
    CHECK((*read({{longest + "MAX_POOL_SIZE", "5"}}, longest))[setting::max_pool_size] == 5);
    CHECK(read({}, longest + "P").error() ==
          linmem::error{linmem::errc::limit_exceeded, "", 64, 65});
  }

  TEST_CASE("the process's own environment is read") {
    CHECK(linmem::read_environment("LINMEM_TEST_NOBODY_SETS_THIS_")->problems().empty());
  }
}
