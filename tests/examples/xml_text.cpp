// XML to text, in every encoding of pugixml's own tests.
#include "../../examples/document/xml_text.hpp"

#include "corpus.hpp"
#include "failing_malloc.hpp"
#include "found_in.hpp"
#include "run_transform.hpp"

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include <cstddef>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace {

using document::xml_parser;
using document::xml_text;
using nlohmann::json;
using run_transform::any_way;
using run_transform::failure_for;

static_assert(linmem::transform<xml_text>);

TEST_CASE("elements are lines, and flow where there is text beside them") {
  CHECK(any_way<xml_text>("<a><b>x</b><b>y</b></a>") == "x\ny\n");
  CHECK(any_way<xml_text>("<a>x <i>y</i>, <b>z</b></a>") == "x y, z\n");
  CHECK(any_way<xml_text>("<a>\n <b> x\n y </b>\n</a>\n") == "x y\n");
  CHECK(any_way<xml_text>("<a><b/><c></c></a>") == "");
  CHECK(any_way<xml_text>("<a><b>x<c><d>y</d></c></b><b>z</b></a>") == "x\ny\nz\n");
}

TEST_CASE("entities and CDATA are text, the rest is not") {
  CHECK(any_way<xml_text>("<a>&lt;&amp;&#x65E5;&#65;<![CDATA[<b>&amp;]]></a>") ==
        "<&日A<b>&amp;\n");
  CHECK(any_way<xml_text>("<?xml version='1.0'?><!DOCTYPE a [<!ENTITY e 'x'>]><!-- c --><?p i?>"
                          "<a k='v'>&e;</a>") == "&e;\n");
}

TEST_CASE("what is no XML is an error with line and column, and gives no text") {
  CHECK(failure_for<xml_text>("<a>\n <b></a>") == "XML, line 2, column 7: Start-end tags mismatch");
  CHECK(failure_for<xml_text>("<a>日本</b>") == "XML, line 1, column 8: Start-end tags mismatch");
  CHECK(failure_for<xml_text>("").starts_with("XML, line 1, column 1: "));
  CHECK(failure_for<xml_text>("text only").starts_with("XML, line 1, "));
  CHECK(failure_for<xml_text>("<a>\n\xFF</a>") ==
        "XML, line 2, column 1: Bytes that are not UTF-8");
  const std::string_view wide{"\xFF\xFE<\0a\0>\0\n\0<\0", 12};
  CHECK(failure_for<xml_text>(wide).starts_with("XML, line 2, "));
}

TEST_CASE("entities do not explode") {
  std::string bomb = "<!DOCTYPE a [<!ENTITY e0 'xxxxxxxxxx'>";
  for (const char* pair : {"10", "21", "32", "43", "54", "65", "76", "87", "98"}) {
    bomb += std::string{"<!ENTITY e"} + pair[0] + " '";
    for (int i = 0; i < 10; ++i) { bomb += std::string{"&e"} + pair[1] + ';'; }
    bomb += "'>";
  }
  CHECK(run_transform::whole<xml_text>(bomb + "]><a>&e9;</a>") == "&e9;\n");
}

TEST_CASE("nesting has a limit, and no document overflows the stack") {
  const auto nested = [](std::size_t depth) {
    std::string text;
    for (std::size_t i = 0; i < depth; ++i) { text += "<a>"; }
    text += "x";
    for (std::size_t i = 0; i < depth; ++i) { text += "</a>"; }
    return text;
  };
  CHECK(run_transform::whole<xml_text>(nested(document::deepest_nesting)) == "x\n");
  CHECK(failure_for<xml_text>(nested(document::deepest_nesting + 1)) == "XML nesting in levels");
  CHECK(failure_for<xml_text>(nested(100'000)) == "XML nesting in levels");
}

TEST_CASE("an allocation that fails is an error, whichever it is") {
  failing_malloc::each_in_turn<xml_text>("<a><b k='v'>x &lt;</b>\n<b>y</b></a>", "x <\ny\n");
}

TEST_CASE("found besides: what the root or its head is called, and its language") {
  const auto metadata = [](std::string_view xml) { return found_in<xml_parser>{xml}.metadata; };
  CHECK(metadata("<rss><channel><title>A\n <![CDATA[b]]></title><language>en</language>"
                 "<item><title>no</title></item></channel></rss>") ==
        json{{"title", "A b"}, {"language", "en"}});
  CHECK(metadata(
            "<d:book xml:lang='de'><d:info><d:title>A <d:i>b</d:i></d:title></d:info></d:book>") ==
        json{{"language", "de"}, {"title", "A b"}});
  CHECK(metadata("<feed><title>a</title><entry><title>no</title></entry></feed>") ==
        json{{"title", "a"}});
  CHECK(metadata("<list><cd><title>no</title></cd></list>") == json::object());
  found_in<xml_parser>::with_each_allocation_failing("<a lang='b'><title>c</title></a>");
}

TEST_CASE("random tags: the same text for every way of cutting it, or the same refusal") {
  const std::vector<std::string_view> words{"<a>",  "</a>",   "<b/>", "x ",  "é",
                                            "&lt;", "&",      "<!--", "-->", "<![CDATA[",
                                            "]]>",  " k='v'", "\n",   "<",   ">"};
  run_transform::random_numbers numbers{20240610};
  std::size_t accepted = 0;
  for (int round = 0; round < 5000; ++round) {
    std::string input = run_transform::soup(numbers, words, 1 + numbers.below(12));
    if (numbers.below(2) == 0) { input = "<a>" + input + "</a>"; }
    CAPTURE(input);
    if (!failure_for<xml_text>(input).empty()) { continue; }
    ++accepted;
    const std::string expected = run_transform::whole<xml_text>(input);
    xml_text t;
    CHECK(run_transform::in_pieces(t, input, run_transform::cuts_of(numbers, input),
                                   4 + numbers.below(67)) == expected);
  }
  CHECK(accepted > 100);
}

TEST_CASE("pugixml's documents: one text in UTF-8, UTF-16 and UTF-32") {
  std::map<bool, std::string> texts; // the documents without their white space are another text
  std::size_t files = 0;
  for (const auto& file : corpus::files("xml/pugixml", ".xml")) {
    const std::string name = file.filename().string();
    if (!name.starts_with("utftest_")) { continue; }
    CAPTURE(name);
    const std::string text = run_transform::whole<xml_text>(corpus::read(file));
    const auto at = texts.emplace(name.find("clean") != name.npos, text).first;
    CHECK(text.size() > 100);
    CHECK(text == at->second);
    ++files;
  }
  if (files != 0) { MESSAGE(files << " files"); }
}

} // namespace
