#include <linmem/error.hpp>

#include <doctest/doctest.h>

#include <array>
#include <string>

using linmem::errc;
using linmem::error;

namespace {
std::string said(const error& e) {
  std::array<char, 128> out{};
  return std::string{linmem::describe(e, out)};
}
} // namespace

TEST_SUITE("error") {
  TEST_CASE("an error says what, to what, the limit and the number") {
    CHECK(said({errc::limit_exceeded, "buffer capacity in bytes", 1024, 4096}) ==
          "limit exceeded: buffer capacity in bytes: limit 1024, got 4096");
    CHECK(said({errc::limit_exceeded, "free buffer bytes", 0, 1}) ==
          "limit exceeded: free buffer bytes: limit 0, got 1");
    CHECK(said({errc::invalid_handle, "stream handle", 0, 77}) ==
          "invalid handle: stream handle: 77");
    CHECK(said({errc::closed, "stream input", 0, 0}) == "closed: stream input");
    CHECK(said({errc::out_of_range, "end", 1, 18446744073709551615U}) ==
          "out of range: end: limit 1, got 18446744073709551615");
    CHECK(said({}) == "none");
  }

  TEST_CASE("a description is cut where the buffer ends, and an empty buffer is allowed") {
    std::array<char, 5> five{};
    CHECK(linmem::describe({errc::corrupt, "x", 0, 0}, five) == "corru");
    CHECK(linmem::describe({errc::corrupt, "x", 0, 0}, {}).empty());
  }

  TEST_CASE("every code has a name of its own, and no other number has one") {
    for (std::uint32_t a = 0; a < linmem::errc_count; ++a) {
      CHECK(linmem::name(errc{a}) != "unknown");
      for (std::uint32_t b = 0; b < a; ++b) {
        CHECK(linmem::name(errc{a}) != linmem::name(errc{b}));
      }
    }
    CHECK(linmem::name(errc{linmem::errc_count}) == "unknown");
    CHECK(linmem::name(errc{~0U}) == "unknown");
  }

  TEST_CASE("an error can be described at compile time") {
    constexpr bool ok = [] {
      std::array<char, 64> out{};
      return linmem::describe({errc::leased, "buffer leases", 0, 2}, out) ==
             "leased: buffer leases: 2";
    }();
    CHECK(ok);
  }
}
