// tests/examples/found_in.hpp - all that a parser of whole documents finds: text, metadata, items.
#pragma once

#include "../../examples/document/whole_document.hpp"

#include "failing_malloc.hpp"
#include "run_transform.hpp"

#include <linmem/bytes.hpp>

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

/// See this header's first line.
template <class Parser>
struct found_in {
  struct item {
    std::string name;
    std::string type;
    std::uint64_t position;
    std::string bytes;

    bool operator==(const item&) const = default;
  };

  std::string text;
  nlohmann::json metadata;
  std::vector<item> items;

  explicit found_in(std::string_view document) {
    auto t = wishful();
    text = run_transform::in_pieces(t, document, {}, 4096);
    metadata = nlohmann::json::parse(t.items().metadata());
    linmem::item_cursor cursor;
    while (const auto* found = t.items().next(cursor)) {
      items.push_back({std::string{found->name}, std::string{found->media_type}, found->position,
                       std::string{linmem::as_text(found->payload)}});
    }
  }

  /// With all that can be found wanted, lets each allocation fail in turn: a run is out_of_memory, or
  /// has left something out that is no text.
  static void with_each_allocation_failing(std::string_view document) {
    const std::string expected = found_in{document}.text;
    std::vector<std::byte> out(expected.size() + 64);
    for (std::size_t n = 0;; ++n) {
      REQUIRE(n < 10'000);
      CAPTURE(n);
      auto t = wishful();
      failing_malloc::fail_after(n);
      const linmem::step_result r = t.step(linmem::as_bytes(document), out, true);
      const bool failed = failing_malloc::grant();
      if (r.status == linmem::step_status::failed) {
        CHECK(t.failure().code == linmem::errc::out_of_memory);
      } else {
        CHECK(linmem::as_text({out.data(), r.produced}) == expected);
      }
      if (!failed) { return; }
    }
  }

private:
  static document::whole_document<Parser> wishful() {
    return document::whole_document<Parser>{document::whole_reader::default_limit,
                                            {.metadata = true, .items = true}};
  }
};
