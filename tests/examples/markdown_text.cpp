// Markdown to text: what a reader sees, for every way of cutting input and output, within a limit.
#include "../../examples/document/markdown_text.hpp"

#include "found.hpp"
#include "run_transform.hpp"

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace {

using document::markdown_text;
using nlohmann::json;
using run_transform::any_way;

static_assert(linmem::transform<markdown_text>);

struct example {
  std::string_view markdown;
  std::string_view text;
};

void check_all(const std::vector<example>& examples) {
  for (const example& e : examples) {
    CAPTURE(e.markdown);
    CHECK(any_way<markdown_text>(e.markdown) == e.text);
  }
}

TEST_CASE("no text gives no text") {
  check_all({{"", ""}, {"\n\n  \n", ""}, {"---\n", ""}, {"\uFEFF", ""}, {"[a]: /b\n", ""}});
}

TEST_CASE("paragraphs and headings are parted by a blank line") {
  check_all({
      {"# *a* `b`\n\nc\nd  \ne\n***\nf", "a b\n\nc d\ne\n\nf\n"},
      {"a\n=\n\n\n\nb", "a\n\nb\n"},
      {"> a\n>\n> b\n\nc", "a\n\nb\n\nc\n"},
      {"日本語の文書\r\n\r\nзначение", "日本語の文書\n\nзначение\n"},
      {"\uFEFF# a", "a\n"},
      {"~~a~~ **b** __c__ \\*d\\*", "a b c *d*\n"},
  });
}

TEST_CASE("list items are marked or numbered, tasks ticked") {
  check_all({
      {"- a\n- b\n", "- a\n- b\n"},
      {"* a\n\n* b\n", "- a\n\n- b\n"},
      {"3. a\n4. b\n   - c\n5. d", "3. a\n4. b\n- c\n5. d\n"},
      {"1) a", "1) a\n"},
      {"999999999. a\n1. b", "999999999. a\n1000000000. b\n"},
      {"- [ ] a\n- [x] b\n\n1. [X] c", "- [ ] a\n- [x] b\n\n1. [x] c\n"},
      {"- \n- a\n\nb", "- a\n\nb\n"},
  });
}

TEST_CASE("a row of a table is a line, its cells are parted by tabs") {
  check_all({
      {"a|b\n-|-\n1|*2*\n| 3 |\n\nc", "a\tb\n1\t2\n3\n\nc\n"},
      {"| a | b |\n|---|---|\n| `x` | y<br>z |", "a\tb\nx\ty z\n"},
  });
}

TEST_CASE("code is kept as it stands") {
  check_all({
      {"a\n```c\n  x\t=  1;\n\n    y\n```\nb", "a\n\n  x\t=  1;\n\n    y\n\nb\n"},
      {"```\n\ta\n```", "    a\n"}, // md4c makes indentation spaces
      {"    a\n      b\n", "a\n  b\n"},
      {"a `b  &amp;` c", "a b  &amp; c\n"},
      {"```\n```\na", "a\n"},
  });
}

TEST_CASE("links and images are their texts") {
  check_all({
      {"[a *b*](/c \"d\") <https://e.f> www.g.h", "a b https://e.f www.g.h\n"},
      {"[a][1]\n\n[1]: /b", "a\n"},
      {"x![a *b*](c)y", "x a b y\n"},
      {"[![a](b)](c)[![d](e)](f)", "a d\n"},
  });
}

TEST_CASE("references are replaced, by CommonMark's rules") {
  check_all({
      {"&amp;lt; caf&eacute; &#65;&#x1F600;", "&lt; caf\u00E9 A\U0001F600\n"},
      {"&nosuch; &copy &#0; &#xD800; &#1114112;", "&nosuch; &copy \uFFFD \uFFFD \uFFFD\n"},
      {"&#x80;", "\u0080\n"}, // HTML would make it a euro sign
      {std::string_view{"a\0b", 3}, "a\uFFFDb\n"},
  });
}

TEST_CASE("raw HTML is read as HTML") {
  check_all({
      {"a<br>b <b>c</b><!-- d -->e", "a\nb ce\n"},
      {"<div>\n<p>a &amp; b\n</div>\n\nc", "a & b\n\nc\n"},
      {"<details>\n<summary>a</summary>\n\n- b\n\n</details>", "a\n\n- b\n"},
      {"<script>\nif (a < b) {}\n\n</script>\n\nc", "c\n"},
      {"<table><tr><td>a<td>b</table>\n\nc", "a\tb\n\nc\n"},
      {"a <img src=x\n alt='b'> c", "a b c\n"},
      {"<p align=center>\n  <img alt=\"a\">\n</p>\n\n# b", "a\n\nb\n"},
      {"<!--\n\na\n\n-->b\n\nc", "b\n\nc\n"},
  });
}

TEST_CASE("a front matter is left out, a rule is none") {
  check_all({
      {"---\ntitle: a\n---\n\nb", "b\n"},
      {"\uFEFF---\r\ntitle: a\r\n...\r\nb", "b\n"},
      {"---\n# comment\ntitle: a\n--- \n", ""},
      {"---\n---\nb", "b\n"},
      {"---\n\na: b\n\n---\nc", "a: b\n\nc\n"},
      {"---\nFoo\n---\nBar\n---\nBaz", "Foo\n\nBar\n\nBaz\n"},
      {"---\ntitle: a\n\nb", "title: a\n\nb\n"},
      {"a\n\n---\nb: c\n---\n", "a\n\nb: c\n"},
      {"+++\ntitle = 'a'\n+++\nb", "b\n"},
      {"+++\n[a]\nb = 1\n+++\n", ""},
      {"+++\na\n+++", "+++ a +++\n"},
      {"---\na: b\n+++\n---", ""},
  });
}

// What is found, after checking that the text is the same as when nothing is asked.
found::document found_in(std::string_view markdown) {
  markdown_text t{markdown_text::default_limit, {.metadata = true, .items = true}};
  const found::document all = found::in_pieces(t, markdown, {}, 4096);
  CHECK(all.text == run_transform::whole<markdown_text>(markdown));
  t.reset();
  CHECK(found::in_pieces(t, markdown, run_transform::every(7, markdown), 9) == all);
  return all;
}

TEST_CASE("found besides: what the front matter says") {
  CHECK(found_in("---\nTitle: 'A: b' # c\nauthor: x\nempty:\ntags: [a, [no], 2]\n"
                 "deep: {title: no}\n? [x]\n: no\n? {k: no}\n: [no]\nref: &r last\nalso: *r\n"
                 "---\n# Another\n")
            .metadata == json{{"title", "A: b"},
                              {"author", "x"},
                              {"tags", {"a", "2"}},
                              {"ref", "last"},
                              {"headings", {{{"level", 1}, {"text", "Another"}}}}});
  CHECK(found_in("+++\nTitle = 'A: b' # c\ndate = 2024-02-29\nempty = ''\ndraft = false\n"
                 "tags = ['a', ['no'], 2]\ndeep.title = 'no'\n[extra]\nno = 1\n+++\n# Another\n")
            .metadata == json{{"title", "A: b"},
                              {"date", "2024-02-29"},
                              {"draft", "false"},
                              {"tags", {"a", "2"}},
                              {"headings", {{{"level", 1}, {"text", "Another"}}}}});
  CHECK(found_in("+++\na = \n+++\n").metadata == json{{"front_matter", "a = \n"}});
  CHECK(found_in("---\n- a: b\n---\n").metadata == json::object());
  CHECK(found_in("---\na: b\nc: [\n---\nd").metadata == json{{"a", "b"}});
}

TEST_CASE("found besides: headings, of which the first is the title, links and images") {
  const json metadata =
      found_in("## Zero\n\n# One *two*\n`three` &amp;\n=\n\n<h2>fo<b>ur</b></h2>\n\n"
               "[a ![b *c*](d.png) e](/f?g&amp;h \"t\") <x@y.z> <a href=i>j</a> [k]\n\n"
               "[k]: <l m>\n")
          .metadata;
  CHECK(metadata["title"] == "One two");
  const auto heading = [](int level, const char* text) {
    return json{{"level", level}, {"text", text}};
  };
  CHECK(metadata["headings"] ==
        json{heading(2, "Zero"), heading(1, "One two"), heading(1, "three &"), heading(2, "four")});
  CHECK(metadata["links"] == json{"/f?g&h", "mailto:x@y.z", "i", "l m"});
  CHECK(metadata["images"] == json{{{"src", "d.png"}, {"alt", "b c"}}});
}

TEST_CASE("found besides: tables, and images within their addresses") {
  const auto all = found_in("x\n\na|b\n-|-\n1, 2|*c*\n|d|\n\n![e](data:image/gif;base64,R0lG)\n\n"
                            "<table><caption>f</caption><tr><td>g</table>\n");
  CHECK(all.text == "x\n\na\tb\n1, 2\tc\nd\n\ne\n\nf\ng\n");
  REQUIRE(all.items.size() == 3);
  CHECK(all.items[0] == found::item{"", "text/csv", "a,b\r\n\"1, 2\",c\r\nd,\r\n", 1});
  CHECK(all.items[1].name == "e");
  CHECK(all.items[1].payload == "GIF");
  CHECK(all.items[2].name == "f");
  CHECK(all.items[2].payload == "g\r\n");
}

TEST_CASE("a document that comes whole needs no collecting, and its text can leave in pieces") {
  std::string markdown;
  for (int i = 0; i < 2000; ++i) { markdown += "- item **" + std::to_string(i) + "** \u20AC\n"; }
  markdown_text t;
  std::vector<std::byte> out(1000);
  auto r = t.step(linmem::as_bytes(markdown), out, true);
  CHECK(r.consumed == markdown.size());
  CHECK(r.status == linmem::step_status::need_output);
  std::string text{linmem::as_text(linmem::byte_view{out}.first(r.produced))};
  while (r.status == linmem::step_status::need_output) {
    r = t.step({}, out, true);
    text += linmem::as_text(linmem::byte_view{out}.first(r.produced));
  }
  CHECK(r.status == linmem::step_status::done);
  std::string expected;
  for (int i = 0; i < 2000; ++i) { expected += "- item " + std::to_string(i) + " \u20AC\n"; }
  CHECK(text == expected);
}

TEST_CASE("a document beyond the limit fails, and stays so until reset") {
  const std::string markdown(100, 'a');
  std::vector<std::byte> out(200);
  SUBCASE("in one piece") {
    markdown_text t{99};
    const auto r = t.step(linmem::as_bytes(markdown), out, true);
    CHECK(r.status == linmem::step_status::failed);
    CHECK(r.produced == 0);
    CHECK(t.failure() == linmem::error{linmem::errc::limit_exceeded, "", 99, 100});
  }
  SUBCASE("in pieces: before the one too many is kept") {
    markdown_text t{99};
    const auto bytes = linmem::as_bytes(markdown);
    CHECK(t.step(bytes.first(60), out, false).status == linmem::step_status::need_input);
    CHECK(t.step(bytes.first(60), out, false).status == linmem::step_status::failed);
    CHECK(t.failure() == linmem::error{linmem::errc::limit_exceeded, "", 99, 120});
    CHECK(t.step({}, out, true).status == linmem::step_status::failed);
    t.reset();
    CHECK(t.failure().code == linmem::errc::none);
    CHECK(run_transform::in_pieces(t, "a", {}, 4) == "a\n");
    CHECK(t.step(bytes, out, true).status == linmem::step_status::done); // see below
  }
  SUBCASE("exactly at the limit") {
    markdown_text t{100};
    CHECK(t.step(linmem::as_bytes(markdown), out, true).status == linmem::step_status::done);
  }
}

// Gives a few bytes of room a few times, and notes when it is asked again after it refused.
struct stingy_sink {
  std::vector<char> room = std::vector<char>(4);
  std::size_t left;
  bool refused = false;
  bool asked_again = false;

  explicit stingy_sink(std::size_t times) : left{times} {}
  bool more(document::text_output& out) noexcept {
    asked_again = asked_again || refused;
    refused = left == 0;
    if (refused) { return false; }
    --left;
    out = {room.data(), room.data() + room.size()};
    return true;
  }
  std::uint64_t position(const document::text_output&) noexcept { return 0; }
};

TEST_CASE("parsing stops where the sink refuses more room") {
  // md4c went on with the next block when a callback returned 1, and wrote where no room was.
  const std::string_view markdown =
      "# a *b*\n\n- c `d`\n  > e\n\nf|g\n-|-\nh|i\n\n<p>j\n\n&amp; ![k](l)";
  bool complete = false;
  for (std::size_t times = 0; !complete; ++times) {
    REQUIRE(times < 100);
    stingy_sink sink{times};
    document::text_output out{sink.room.data(), sink.room.data() + sink.room.size()};
    document::findings found;
    complete = document::markdown_to_text(markdown, out, sink, found);
    CHECK(sink.refused != complete);
    CHECK_FALSE(sink.asked_again);
  }
}

TEST_CASE("a table too wide for the parser is text, not an error") {
  std::string markdown;
  for (const std::string_view cell : {"|a", "|-", "|b"}) {
    for (int i = 0; i < 200; ++i) { markdown += cell; }
    markdown += "|\n";
  }
  CHECK(run_transform::whole<markdown_text>(markdown).starts_with("|a|a|a"));
}

TEST_CASE("a transform that was moved from goes on elsewhere") {
  markdown_text t;
  std::vector<std::byte> out(64);
  (void)t.step(linmem::as_bytes("# a\n"), out, false);
  markdown_text u{std::move(t)};
  CHECK(run_transform::in_pieces(u, "\nb", {}, 64) == "a\n\nb\n");
}

TEST_CASE("deep nesting ends in text, not in an overflow of the stack") {
  for (const std::string_view opener :
       {">",      "> ",    "[",   "![",  "*",    "* ", "- ", "1. ",  "**a ",
        "_a *b ", "`a``",  "<",   "<a ", "&",    "\\", "~a", "[a](", "[a](<b",
        "> - ",   "> 1) ", "[[]", "[]",  "www.", "a@", "|",  "#",    "\t"}) {
    CAPTURE(opener);
    std::string markdown;
    while (markdown.size() < 100'000) { markdown += opener; }
    markdown += "end";
    markdown_text t;
    const std::string text = run_transform::in_pieces(t, markdown, {}, 4096);
    CHECK(text.find("end") != text.npos);
  }
}

TEST_CASE("random Markdown: the same text for every way of cutting it") {
  const std::vector<std::string_view> words{
      "a",        "word ", "\n",      "\n\n",      "# ",         "- ",     "1. ",      "> ",
      "    ",     "```\n", "`",       "*",         "**",         "_",      "[",        "]",
      "(x)",      "![",    "|",       "|-|-|\n",   "<b>",        "<br>",   "<div>",    "</div>",
      "<!--",     "-->",   "&amp;",   "&#65;",     "\\",         "  \n",   "~~",       "---\n",
      "===\n",    "é",     "日本",    "\t",        "\r\n",       "[x] ",   "www.a.b ", "<script>",
      "[a]: b\n", "<td>",  "<table>", "<img alt=", "\U0001F600", "a: b\n", "<pre>",    "</pre>"};
  run_transform::random_numbers numbers{20240608};
  for (int round = 0; round < 3000; ++round) {
    const std::string input = run_transform::soup(numbers, words, 1 + numbers.below(50));
    CAPTURE(input);
    const std::string expected = run_transform::whole<markdown_text>(input);
    for (int way = 0; way < 3; ++way) {
      markdown_text t;
      const auto cuts = run_transform::cuts_of(numbers, input);
      const std::string got = run_transform::in_pieces(t, input, cuts, 4 + numbers.below(67));
      if (got != expected) { CHECK(got == expected); }
    }
  }
}

TEST_CASE("any bytes at all: no read or write out of bounds, and an end") {
  run_transform::random_numbers numbers{8};
  for (int round = 0; round < 2000; ++round) {
    std::string input;
    for (std::size_t n = numbers.below(200); n != 0; --n) {
      input += numbers.below(3) == 0 ? "<&>[]*`|\n-"[numbers.below(10)]
                                     : static_cast<char>(numbers.below(256));
    }
    markdown_text t;
    (void)run_transform::in_pieces(t, input, run_transform::cuts_of(numbers, input),
                                   4 + numbers.below(67), false);
  }
}

} // namespace
