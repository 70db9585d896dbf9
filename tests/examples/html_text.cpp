// HTML to text: what a reader sees, for every way of cutting input and output.
#include "../../examples/document/html_text.hpp"

#include "run_transform.hpp"

#include <doctest/doctest.h>

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace {

using document::html_text;
using run_transform::any_way;

static_assert(linmem::transform<html_text>);

struct example {
  std::string_view html;
  std::string_view text;
};

void check_all(const std::vector<example>& examples) {
  for (const example& e : examples) {
    CAPTURE(e.html);
    CHECK(any_way<html_text>(e.html) == e.text);
  }
}

TEST_CASE("no text gives no text") {
  check_all({
      {"", ""},
      {" \n\t ", ""},
      {"<!DOCTYPE html><html><head></head><body> <br> <p></p><hr></body></html>", ""},
      {"<ul><li></li><li> </li></ul>", ""},
      {"\uFEFF", ""},
  });
}

TEST_CASE("white space collapses, lines have none at their ends") {
  check_all({
      {"a", "a\n"},
      {"  a  b\n\n\tc\r\nd \f ", "a b c d\n"},
      {"<p> a <b> b </b> c </p>", "a b c\n"},
      {"a<b>b</b>c", "abc\n"},
      {"one long line of words that is longer than a block of sixteen bytes  twice   over",
       "one long line of words that is longer than a block of sixteen bytes twice over\n"},
      {"fifteen_bytes__ b sixteen_bytes___ c", "fifteen_bytes__ b sixteen_bytes___ c\n"},
      {"a\u00A0 \u00A0b", "a\u00A0 \u00A0b\n"},
      {"日本語 の\n文書", "日本語 の 文書\n"},
      {"\uFEFFa\uFEFFb", "a\uFEFFb\n"},
      {"a\0b", "a\n"}, // this literal ends at the zero
      {std::string_view{"a\0b", 3}, "ab\n"},
  });
}

TEST_CASE("any white space anywhere in a block of 16 bytes becomes one space") {
  // A tab at the last place of a block was once taken for a single space and kept.
  for (const char blank : {' ', '\t', '\n', '\r', '\f'}) {
    for (std::size_t before = 1; before < 40; ++before) {
      for (std::size_t blanks = 1; blanks < 4; ++blanks) {
        const std::string word(before, 'x');
        CAPTURE(before);
        CAPTURE(static_cast<int>(blank));
        CHECK(run_transform::whole<html_text>(word + std::string(blanks, blank) + word + "yz") ==
              word + ' ' + word + "yz\n");
      }
    }
  }
}

TEST_CASE("blocks are lines, with a blank line between paragraphs") {
  check_all({
      {"<p>a<p>b", "a\n\nb\n"},
      {"<h1>a</h1>\n\n<p>b</p>\n<div>c</div><div>d</div>", "a\n\nb\n\nc\nd\n"},
      {"a<br>b<br/>c", "a\nb\nc\n"},
      {"<div><div><div>a</div></div></div><div>b</div>", "a\nb\n"},
      {"a<hr>b", "a\n\nb\n"},
      {"<title>T &amp; <b>t</b></title><body>a", "T & <b>t</b>\n\na\n"},
      {"<dl><dt>a<dd>b</dl>c", "a\nb\n\nc\n"},
      {"<select><option>a<option>b</select> c", "a\nb c\n"},
  });
}

TEST_CASE("list items are marked or numbered") {
  check_all({
      {"<ul><li>a<li>b</ul>", "- a\n- b\n"},
      {"<p>x</p><ul><li>a</li><li></li><li>b</li></ul>y", "x\n\n- a\n- b\n\ny\n"},
      {"<ul><li>a<ul><li>b</ul><li>c</ul>d", "- a\n- b\n- c\n\nd\n"},
      {"<ol><li>a<li>b</ol>", "1. a\n2. b\n"},
      {"<ol start=9><li>a<li>b<li value=' 20'>c<li>d</ol>", "9. a\n10. b\n20. c\n21. d\n"},
      {"<ol start='-1'><li>a<li>b<li>c</ol>", "-1. a\n0. b\n1. c\n"},
      {"<ol start=x7><li>a</ol>", "1. a\n"},
      {"<ol reversed><li>a<li>b</ol>", "- a\n- b\n"},
      {"<ol><li>a<ul><li>b</ul><li>c</ol>", "1. a\n- b\n2. c\n"},
      {"<li>a</ul></ul></ol><li>b", "- a\n\n- b\n"},
      {"<ul><li><p>a</p></li><li><p>b</p></li></ul>", "- a\n\n- b\n"},
  });
}

TEST_CASE("a row is a line, its cells are parted by tabs") {
  check_all({
      {"<table><tr><th>a</th><th>b</th></tr>\n<tr> <td> 1 </td> <td>2</td></tr></table>",
       "a\tb\n1\t2\n"},
      {"<table><tr><td>a<td>b<tr><td>c<td>d</table>e", "a\tb\nc\td\n\ne\n"},
      {"<table><tr><td></td><td>b</td><td></td></tr></table>", "\tb\n"},
      {"<table><tr><td>a<td><td>c</table>", "a\t\tc\n"},
      {"<table><tr><td><p>a</p><p>b</p></td><td>c<br>d</td></tr></table>", "a b\tc d\n"},
      {"<table><caption>x</caption><tr><td>a</table>", "x\na\n"},
      {"<table><tr><td>a<table><tr><td>b<td>c</table><td>d</table>", "a\n\nb\tc\n\nd\n"},
  });
}

TEST_CASE("pre and textarea keep their white space") {
  check_all({
      {"<pre>\n  a\n\n\tb  c\n</pre>d", "  a\n\n\tb  c\n\nd\n"},
      {"<p>x<pre>a\r\nb\rc</pre>", "x\n\na\nb\nc\n"},
      {"<pre>a<b> b</b>\n&lt;c&gt;</pre>", "a b\n<c>\n"},
      {"a<textarea>\n b\n <i>c</textarea>d", "a\n b\n <i>c\nd\n"},
      {"<xmp> <p>a</p>\n b</xmp>", " <p>a</p>\n b\n"},
      {"a<plaintext> b\n</plaintext>&amp;", "a\n\n b\n</plaintext>&amp;\n"},
  });
}

TEST_CASE("what a page does not show is left out") {
  check_all({
      {"a<script>if (a<b && c>d) { '</p>' }</script>b", "ab\n"},
      {"a<style>p { color: red }</style>b", "ab\n"},
      {"a<script><!-- <script> </script> --></script>b", "ab\n"},
      {"a<script><!-- </script>b", "ab\n"},
      {"a<SCRIPT>x</ScRiPt >b</script>c", "abc\n"},
      {"a<script>x</scripty></script", "a\n"},
      {"a<template><p>x<template>y</template>z</template>b", "ab\n"},
      {"a<iframe><p>x</iframe>b<noframes>y</noframes>c<noembed>z</noembed>d", "abcd\n"},
      {"a<noscript><p>b</p></noscript>", "a\n\nb\n"},
      {"a<!-- x -- > <p> y -->b", "ab\n"},
      {"a<!-->b<!--->c<!--x--!>d<!----->e<!--x-->f", "abcdef\n"},
      {"a<!-- x --!", "a\n"},
      {"a<!x>b<?x?>c</ x>d</>e<![CDATA[x]]>f<!doctypex>g<!-x->h", "abcdefgh\n"},
  });
}

TEST_CASE("attributes are passed over, whatever they hold") {
  check_all({
      {"<a href='x>y' title=\"a'>\" data-x=a\"b>c</a>d", "cd\n"},
      {"<a b = 'c' d e=f/ g/>h", "h\n"},
      {"<a b=>c<a =d>e<a b='>f'g>h", "ceh\n"},
      {"<a b='c", ""},
      {"x<a", "x\n"},
      {"a<b\n>c</b\n>d", "acd\n"},
      {"a < b, 1<2, <3, a</ b", "a < b, 1<2, <3, a\n"},
      {"a<", "a<\n"},
      {"a</", "a</\n"},
  });
}

TEST_CASE("an image is its alternative text") {
  check_all({
      {"a<img src=x alt=\"b &amp; c\">d", "a b & c d\n"},
      {"<img alt=a><img alt='b'><img><img alt>", "a b\n"},
      {"<img alt='a&copy=b&copy;c&copyd&lt' title=x>", "a&copy=b\u00A9c&copyd<\n"},
      {"<template><img alt=a></template>", ""},
  });
}

TEST_CASE("references are replaced as the standard says") {
  check_all({
      {"&lt;p&gt; &amp;amp; caf&eacute; &hellip;", "<p> &amp; caf\u00E9 \u2026\n"},
      {"&ampx &copy2 &notit; &notin; &nosuch; &", "&x \u00A92 \u00ACit; \u2209 &nosuch; &\n"},
      {"&#65;&#x42;&#X43 &#68", "ABC D\n"},
      {"&# &#; &#x &#X; &#xg", "&# &#; &#x &#X; &#xg\n"},
      {"&#0;&#xD800;&#x110000;&#99999999999999999999;", "\uFFFD\uFFFD\uFFFD\uFFFD\n"},
      {"&#128;&#150;&#x9F;", "\u20AC\u2013\u0178\n"},
      {"&#0000065;&#00000065;&#9999999;&#x10FFFF;&#x110000;", "AA\uFFFD\U0010FFFF\uFFFD\n"},
      {"&CounterClockwiseContourIntegral;", "\u2233\n"},
      {"&CounterClockwiseContourIntegralCounterClockwise;",
       "&CounterClockwiseContourIntegralCounterClockwise;\n"},
      {"&ampCounterClockwiseContourIntegralCounterClockwise;",
       "&CounterClockwiseContourIntegralCounterClockwise;\n"},
      {"a&nbsp;b&#32;&#10; c&Tab;d", "a\u00A0b c d\n"},
      {"&Afr;&bne;", "\U0001D504=\u20E5\n"},
      {"&am", "&am\n"},
      {"&amp", "&\n"},
      {"<title>&copy;</title>", "\u00A9\n"},
  });
}

TEST_CASE("SVG and MathML end where HTML begins again") {
  check_all({
      {"a<svg><path d=x/><script/><style/></svg>b", "a b\n"},
      {"<svg><style>x</style><text>a</text><![CDATA[<b>]]]></svg>", "a<b>]\n"},
      {"<svg><title>a</title><g/></svg>b", "a b\n"},
      {"<svg><p>a<style>x</style>b", "ab\n"},
      {"<svg><style>x<p>a", "a\n"},
      {"<svg><foreignObject><p>a</p><script>x</script></foreignObject><script/></svg>b",
       "a\n\nb\n"},
      {"<math><mi>x</mi><annotation>tex</annotation></math>", "x\n"},
  });
}

TEST_CASE("a reset begins anew, also in the middle of a tag") {
  html_text t;
  std::vector<std::byte> out(64);
  (void)t.step(linmem::as_bytes("<pre><ol><li>a<script \xE6\x97"), out, false);
  t.reset();
  CHECK(run_transform::in_pieces(t, " b ", {}, 64) == "b\n");
}

TEST_CASE("state is small and fixed, whatever the depth") {
  CHECK(sizeof(html_text) <= 2048);
  std::string deep;
  for (int i = 0; i < 100'000; ++i) { deep += "<div><ol><li>"; }
  deep += "a";
  CHECK(run_transform::whole<html_text>(deep) == "- a\n");
}

TEST_CASE("random tag soup: the same text for every way of cutting it") {
  const std::vector<std::string_view> words{"<",
                                            ">",
                                            "/",
                                            "&",
                                            ";",
                                            "#",
                                            "x",
                                            "\"",
                                            "'",
                                            "=",
                                            "!",
                                            "-",
                                            "--",
                                            " ",
                                            "\n",
                                            "\r",
                                            "\r\n",
                                            "\t",
                                            "a",
                                            "Bc",
                                            "é",
                                            "日本",
                                            "\U0001F600",
                                            "&amp;",
                                            "&copy",
                                            "&#65;",
                                            "&#x20ac;",
                                            "&notin;",
                                            "<p>",
                                            "</p>",
                                            "<li>",
                                            "<ul>",
                                            "</ul>",
                                            "<ol start=3>",
                                            "</ol>",
                                            "<table>",
                                            "<tr>",
                                            "<td>",
                                            "</td>",
                                            "</table>",
                                            "<pre>",
                                            "</pre>",
                                            "<script>",
                                            "</script>",
                                            "<!--",
                                            "-->",
                                            "<title>",
                                            "</title>",
                                            "<style>",
                                            "</style>",
                                            "<svg>",
                                            "</svg>",
                                            "<img alt=",
                                            "<![CDATA[",
                                            "]]>",
                                            "<textarea>",
                                            "</textarea>",
                                            "<br>",
                                            "<!doctype",
                                            "<template>",
                                            "</template>",
                                            "\uFEFF",
                                            "word ",
                                            "<foreignObject>",
                                            "</foreignObject>",
                                            "<xmp>",
                                            "</xmp>",
                                            "<script",
                                            "a very plain sentence",
                                            "<math>",
                                            "<annotation>",
                                            "</annotation>",
                                            "</math>",
                                            "   "};
  run_transform::random_numbers numbers{20240607};
  for (int round = 0; round < 3000; ++round) {
    const std::string input = run_transform::soup(numbers, words, 1 + numbers.below(40));
    CAPTURE(input);
    const std::string expected = run_transform::whole<html_text>(input);
    for (int way = 0; way < 4; ++way) {
      html_text t;
      const auto cuts = run_transform::cuts_of(numbers, input);
      const std::string got = run_transform::in_pieces(t, input, cuts, 4 + numbers.below(67));
      if (got != expected) { CHECK(got == expected); }
    }
  }
}

TEST_CASE("any bytes at all: no read or write out of bounds, and an end") {
  run_transform::random_numbers numbers{7};
  for (int round = 0; round < 2000; ++round) {
    std::string input;
    for (std::size_t n = numbers.below(200); n != 0; --n) {
      input += numbers.below(3) == 0 ? "<&>/-!\"="[numbers.below(8)]
                                     : static_cast<char>(numbers.below(256));
    }
    html_text t;
    (void)run_transform::in_pieces(t, input, run_transform::cuts_of(numbers, input),
                                   4 + numbers.below(67), false);
  }
}

} // namespace
