// What a document has besides its text.
#include "../../examples/document/findings.hpp"

#include "failing_malloc.hpp"

#include <linmem/bytes.hpp>

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include <cstddef>
#include <string>
#include <string_view>

namespace {

using document::findings;
using nlohmann::json;

json metadata_of(findings& found) {
  found.finish();
  return json::parse(found.items().metadata());
}

TEST_CASE("findings: nothing is kept of what nobody asked for") {
  findings found;
  found.text("title", "a");
  found.begin_table("t", 0);
  found.cell("a");
  found.end_row();
  found.end_table();
  found.image("i", "image/png", 0, {});
  found.finish();
  CHECK(found.items().metadata().empty());
  CHECK(found.items().size() == 0);
}

TEST_CASE("findings: metadata is one JSON object, in the order of what came first") {
  findings found{{.metadata = true}};
  found.text("title", "A \"quoted\" \\ title\n\x01, caf\xC3\xA9");
  found.heading(1, "One");
  found.entry("links", "https://example.org/?a=1&b=2");
  found.heading(2, "Two");
  found.entry("links", "");
  found.number("pages", 18446744073709551615U);
  found.flag("encrypted", false);
  found.text("title", "another one is left out");
  found.entry("title", "and an entry of what is no list");
  found.finish();
  const std::string_view text = found.items().metadata();
  CHECK(text == R"({"title":"A \"quoted\" \\ title\u000a\u0001, café",)"
                R"("headings":[{"level":1,"text":"One"},{"level":2,"text":"Two"}],)"
                R"("links":["https://example.org/?a=1&b=2",""],)"
                R"("pages":18446744073709551615,"encrypted":false})");
  CHECK(json::parse(text)["title"] == "A \"quoted\" \\ title\n\x01, café");
  found.finish(); // once
  CHECK(found.items().metadata() == text);
}

TEST_CASE("findings: a document without any has an empty object") {
  findings found{{.metadata = true}};
  CHECK(metadata_of(found) == json::object());
}

TEST_CASE("findings: what is too much is left out, and said") {
  SUBCASE("bytes") {
    findings found{{.metadata = true}};
    const std::string half(findings::longest_metadata / 2, 'x');
    found.entry("links", half);
    found.entry("links", half);
    found.entry("links", "short");
    CHECK(metadata_of(found) == json{{"links", {half, "short"}}, {"truncated", true}});
  }
  SUBCASE("keys") {
    findings found{{.metadata = true}};
    for (int i = 0; i != 100; ++i) { found.text("key " + std::to_string(i), "x"); }
    const json all = metadata_of(found);
    CHECK(all.size() == 33);
    CHECK(all["key 31"] == "x");
    CHECK(all["truncated"] == true);
  }
}

TEST_CASE("findings: a table is CSV, at its place") {
  findings found{{.items = true}};
  found.begin_table("Sheet, one", 7);
  found.cell("plain");
  found.cell("a, \"b\"");
  found.cell("");
  found.end_row();
  found.cell("");
  found.cell("two\nlines");
  found.end_row();
  found.image("within.png", "image/png", 9, linmem::as_bytes("abc"));
  found.end_table();
  linmem::item_cursor cursor;
  const auto* image = found.items().next(cursor);
  REQUIRE(image != nullptr);
  CHECK(image->kind == linmem::item_kind::image);
  CHECK(image->position == 9);
  CHECK(linmem::as_text(image->payload) == "abc");
  const auto* table = found.items().next(cursor);
  REQUIRE(table != nullptr);
  CHECK(table->kind == linmem::item_kind::table);
  CHECK(table->name == "Sheet, one");
  CHECK(table->media_type == "text/csv");
  CHECK(table->position == 9); // items come in the order of their places
  CHECK(linmem::as_text(table->payload) == "plain,\"a, \"\"b\"\"\",\r\n,\"two\nlines\"\r\n");
  CHECK(found.items().next(cursor) == nullptr);
}

TEST_CASE("findings: without memory, what is there is whole") {
  for (std::size_t allowed = 0;; ++allowed) {
    findings found{{.metadata = true, .items = true}};
    failing_malloc::fail_after(allowed);
    for (int i = 0; i != 300; ++i) { found.entry("links", "https://example.org/a/b/c"); }
    found.begin_table("t", 0);
    for (int i = 0; i != 2000; ++i) { found.cell("cell"); }
    found.end_row();
    found.end_table();
    found.finish();
    const bool failed = failing_malloc::grant();
    const std::string_view text = found.items().metadata();
    if (!text.empty()) {
      for (const json& link : json::parse(text).value("links", json::array())) {
        CHECK(link == "https://example.org/a/b/c");
      }
    }
    linmem::item_cursor cursor;
    if (const auto* table = found.items().next(cursor)) {
      CHECK(table->payload.size() == 2000 * 5 - 1 + 2);
    }
    if (!failed) { break; }
    REQUIRE(allowed < 100);
  }
}

} // namespace
