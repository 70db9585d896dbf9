// What an HTML document has besides its text: the same for every way of cutting it.
#include "../../examples/document/html_text.hpp"

#include "failing_malloc.hpp"
#include "found.hpp"
#include "run_transform.hpp"

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace {

using document::html_text;
using document::wishes;
using nlohmann::json;

constexpr wishes everything{.metadata = true, .items = true};

// What is found, after checking that it is the same for pieces of each of a few sizes, and the text the
// same as when nothing is asked.
found::document found_in(std::string_view html, wishes wanted = everything) {
  html_text t{wanted};
  const found::document all = found::in_pieces(t, html, {}, 4096);
  CHECK(all.text == run_transform::whole<html_text>(html));
  for (const std::size_t piece : {1U, 2U, 3U, 7U, 16U, 61U}) {
    t.reset();
    const found::document again =
        found::in_pieces(t, html, run_transform::every(piece, html), 4 + piece);
    CAPTURE(piece);
    if (!(again == all)) {
      CHECK(again.text == all.text);
      CHECK(again.metadata == all.metadata);
      CHECK(again.items.size() == all.items.size());
      CHECK(again == all);
    }
  }
  return all;
}
json metadata_of(std::string_view html) { return found_in(html).metadata; }

TEST_CASE("a page's head: title, language, author, description, canonical address") {
  CHECK(metadata_of("<!doctype html><html lang=de><head><title> A &amp;\n page </title>"
                    "<meta charset=utf-8><meta name=Description content=' What it is&nbsp;of '>"
                    "<meta content='A. Writer' name=author><meta name=viewport content=x>"
                    "<link rel=stylesheet href=a.css><link href='https://example.org/?a=1&amp;b=2' "
                    "rel=canonical></head><body><svg><title>no</title></svg><title>b</title>") ==
        json{{"language", "de"},
             {"title", "A & page"},
             {"description", "What it is\u00A0of"},
             {"author", "A. Writer"},
             {"canonical", "https://example.org/?a=1&b=2"}});
}

TEST_CASE("headings have a level and a text") {
  const auto heading = [](int level, const char* text) {
    return json{{"level", level}, {"text", text}};
  };
  CHECK(metadata_of("<h1>One <b>two</b><br>three</h1><H2>caf&eacute;</H2><h3></h3><hr><h6>x</h1>y"
                    "<h2>a<h3>b<ul><li><h4>c</h4></ul><h1>open")["headings"] ==
        json{heading(1, "One two three"), heading(2, "café"), heading(6, "x"), heading(2, "a"),
             heading(3, "b"), heading(4, "c"), heading(1, "open")});
  // As in the text, an image is its alternative.
  CHECK(metadata_of("<h1><img alt='The  logo'></h1><h2>a<img alt=b>c</h2>")["headings"] ==
        json{heading(1, "The logo"), heading(2, "a b c")});
}

TEST_CASE("links and images are listed as they are written") {
  CHECK(metadata_of("<a href=/a?b&copy=1>x</a><a name=b>y</a><a href=''>z</a><a href=c href=d>"
                    "<map><area href=' e '></map><template><a href=no></template>") ==
        json{{"links", {"/a?b&copy=1", "c", "e"}}});
  CHECK(metadata_of("<base target=_top><base href=' /b/ '><base href=/c/>") ==
        json{{"base", "/b/"}});
  CHECK(metadata_of("<img src=a.png alt=' A  &lt; b '><img alt=none><img src='b.svg'>") ==
        json{{"images", {{{"src", "a.png"}, {"alt", "A < b"}}, {{"src", "b.svg"}, {"alt", ""}}}}});
}

TEST_CASE("an image within its address is an item") {
  const auto all =
      found_in("ab<p>c<img alt='a dot' src='data:image/png;base64,iVBO\n Rw0K'>d"
               "<img src='data:image/svg+xml,<svg/>'><img src='data:image/png;base64,*'>");
  REQUIRE(all.items.size() == 1);
  CHECK(all.items[0] == found::item{"a dot", "image/png", "\x89PNG\r\n", 5});
  CHECK(all.metadata["images"] == json{{{"src", "data:image/png"}, {"alt", "a dot"}},
                                       {{"src", "data:image/svg+xml"}, {"alt", ""}},
                                       {{"src", "data:image/png"}, {"alt", ""}}});
}

TEST_CASE("a table is CSV, at its place, under its caption") {
  const auto all =
      found_in("<p>x</p><table><caption>The <b>table</b></caption><thead><tr><th>a, b"
               "<th>c</thead><tbody><tr><td>1<p>2<br>3</td><td>\"q\"</td></tr></table>y");
  CHECK(all.text == "x\n\nThe table\na, b\tc\n1 2 3\t\"q\"\n\ny\n");
  REQUIRE(all.items.size() == 1);
  CHECK(all.items[0] ==
        found::item{"The table", "text/csv", "\"a, b\",c\r\n1 2 3,\"\"\"q\"\"\"\r\n", 1});
}

TEST_CASE("cells that span columns and rows keep the others in their columns") {
  CHECK(
      found_in("<table><tr><td rowspan=2>a<td colspan=2>b<tr><td>c<td rowspan=2>d<tr><td>e</table>")
          .items.at(0)
          .payload == "a,b,\r\n,c,d\r\ne\r\n");
  CHECK(found_in("<table><tr><td colspan=0 rowspan=x>a<td colspan=99999>b</table>")
            .items.at(0)
            .payload == "a,b" + std::string(999, ',') + "\r\n");
}

TEST_CASE("of tables within tables the innermost are items, and none without a cell") {
  const auto all = found_in("<table><tr><td>x<table><tr><td>a<td>b</table>y<td>z</table>"
                            "<table><tr></tr></table><table></table><table><tr><td>open");
  REQUIRE(all.items.size() == 2);
  CHECK(all.items[0].payload == "a,b\r\n");
  CHECK(all.items[1].payload == "open\r\n");
}

TEST_CASE("only what is asked for is found") {
  const std::string_view html = "<title>t</title><table><tr><td>a</table><a href=b>";
  CHECK(found_in(html, {}) == found::document{"t\n\na\n", {}, {}});
  CHECK(found_in(html, {.metadata = true}).items.empty());
  CHECK(found_in(html, {.items = true}).metadata == json{});
  CHECK(found_in("", {.metadata = true}).metadata == json::object());
}

TEST_CASE("what is too long is cut or left out, and said") {
  const std::string word(3000, 'x');
  const json all = metadata_of("<h1>é" + word + ' ' + word +
                               "</h1><a href=" + std::string(20'000, 'y') + "></a><a href=z></a>");
  CHECK(all["headings"][0]["text"] == "é" + word + ' ' + word.substr(0, 4096 - 3003));
  CHECK(all["links"] == json{"z"});
  CHECK(all["truncated"] == true);
}

TEST_CASE("random tag soup: the same findings for every way of cutting it") {
  const std::vector<std::string_view> words{"<h1>",
                                            "</h1>",
                                            "<h2 id=a>",
                                            "<title>",
                                            "</title>",
                                            "<table>",
                                            "</table>",
                                            "<tr>",
                                            "<td>",
                                            "<td colspan=2>",
                                            "<th rowspan=3>",
                                            "</td>",
                                            "<caption>",
                                            "</caption>",
                                            "<a href='é&amp;",
                                            "'>",
                                            "<a href=x>",
                                            "<img src=y alt=\"z z\">",
                                            "<img src='data:image/gif;base64,R0lG'>",
                                            "<svg>",
                                            "</svg>",
                                            "<template>",
                                            "</template>",
                                            "<meta name=author content='",
                                            "<html lang=",
                                            "<script>",
                                            "</script>",
                                            "<p>",
                                            "<br>",
                                            "word ",
                                            " ",
                                            "日本",
                                            "\r\n",
                                            "&lt;",
                                            "&",
                                            "<li>",
                                            "<pre>",
                                            "</pre>",
                                            "\"",
                                            ">"};
  run_transform::random_numbers numbers{1948};
  for (int round = 0; round < 1500; ++round) {
    const std::string input = run_transform::soup(numbers, words, 1 + numbers.below(40));
    CAPTURE(input);
    html_text t{everything};
    const found::document expected = found::in_pieces(t, input, {}, 4096);
    for (int way = 0; way < 3; ++way) {
      t.reset();
      const auto cuts = run_transform::cuts_of(numbers, input);
      const found::document got = found::in_pieces(t, input, cuts, 4 + numbers.below(67));
      if (!(got == expected)) {
        CHECK(got.text == expected.text);
        CHECK(got.metadata == expected.metadata);
        CHECK(got.items == expected.items);
      }
    }
  }
}

TEST_CASE("without memory the text is whole all the same") {
  const std::string_view html = "<title>t</title><h1>h</h1><a href=b>c</a><img src=d alt=e>"
                                "<table><tr><td>f<td>g</table>";
  const std::string text = run_transform::whole<html_text>(html);
  for (std::size_t allowed = 0;; ++allowed) {
    html_text t{everything};
    std::string room(4096, '\0');
    failing_malloc::fail_after(allowed);
    const linmem::step_result r =
        t.step(linmem::as_bytes(html), std::as_writable_bytes(std::span{room}), true);
    const bool failed = failing_malloc::grant();
    CHECK(r.status == linmem::step_status::done);
    CHECK(room.substr(0, r.produced) == text);
    if (!failed) { break; }
    REQUIRE(allowed < 100);
  }
}

} // namespace
