// OpenDocument texts to text, from archives that are made here.
#include "../../examples/document/odt_text.hpp"

#include "failing_malloc.hpp"
#include "found_in.hpp"
#include "real_documents.hpp"
#include "run_transform.hpp"
#include "zip_writer.hpp"

#include <doctest/doctest.h>

#include <string>
#include <string_view>

namespace {

using document::odt_text;
using run_transform::failure_for;
using zip_writer::archive;

static_assert(linmem::transform<odt_text>);

std::string odt(std::string_view body) {
  return archive({{"Pictures/a.jpg", "not looked at"},
                  {"content.xml", "<office:document-content><office:automatic-styles>no"
                                  "</office:automatic-styles><office:body><office:text>" +
                                      std::string{body} +
                                      "</office:text></office:body></office:document-content>"}});
}

TEST_CASE("odt: paragraphs, lists, tables and notes") {
  CHECK(run_transform::any_way<odt_text>(odt(
            "<text:h>One</text:h><text:p>a <text:span>b</text:span> c<text:s/>d<text:line-break/>e"
            "<office:annotation><text:p>no</text:p></office:annotation></text:p> "
            "<text:list><text:list-item><text:p>f</text:p></text:list-item></text:list>"
            "<table:table><table:table-row><table:table-cell><text:p>g</text:p></table:table-cell>"
            "<table:table-cell><text:p>h</text:p></table:table-cell></table:table-row>"
            "</table:table>")) == "One\n\na b c d\ne\n\n- f\n\ng\th\n");
}

TEST_CASE("odt: notes have no marks, pictures are what is said of them") {
  CHECK(run_transform::whole<odt_text>(odt(
            "<text:p>a<text:note><text:note-citation>1</text:note-citation><text:note-body>"
            "<text:p>note</text:p></text:note-body></text:note></text:p><text:p>b<draw:frame>"
            "<draw:image/><svg:title>c</svg:title><svg:desc>d</svg:desc></draw:frame>e<text:ruby>"
            "<text:ruby-base>f</text:ruby-base><text:ruby-text>no</text:ruby-text></text:ruby>"
            "</text:p>")) == "a\n\nnote\n\nb c d ef\n");
}

TEST_CASE("odt: properties, of which keywords are an element each") {
  const found_in<document::odt_parser> found{
      archive({{"content.xml", "<d/>"},
               {"meta.xml", "<m><office:meta><dc:title>T</dc:title><meta:keyword>a</meta:keyword>"
                            "<meta:keyword>b, c</meta:keyword></office:meta></m>"}})};
  CHECK(found.metadata.dump() == R"({"keywords":"a, b, c","title":"T"})");
}

TEST_CASE("odt: what is wanted besides the text") {
  const std::string zip =
      odt("<text:h text:outline-level='2'>T<text:span>wo</text:span></text:h><text:p>"
          "<text:a xlink:href='https://example.org/'>x</text:a><draw:image "
          "xlink:href='Pictures/a.jpg'/>"
          "</text:p><table:table><table:table-row><table:table-cell><text:p>g</text:p>"
          "</table:table-cell></table:table-row></table:table>");
  const found_in<document::odt_parser> found{zip};
  CHECK(found.metadata.dump() ==
        R"({"headings":[{"level":2,"text":"Two"}],"links":["https://example.org/"]})");
  REQUIRE(found.items.size() == 2);
  CHECK(found.items[0] == decltype(found)::item{"a.jpg", "image/jpeg", 6, "not looked at"});
  CHECK(found.items[1] == decltype(found)::item{"", "text/csv", 6, "g\r\n"});
  found_in<document::odt_parser>::with_each_allocation_failing(zip);
}

TEST_CASE("odt: nesting has a limit, and an allocation that fails is an error") {
  std::string deep;
  for (int i = 0; i != 100'000; ++i) { deep += "<text:p>"; }
  for (int i = 0; i != 100'000; ++i) { deep += "</text:p>"; }
  CHECK(failure_for<odt_text>(odt(deep)) == "ODT nesting in levels");
  failing_malloc::each_in_turn<odt_text>(odt("<text:p>a</text:p>"), "a\n");
}

TEST_CASE("odt: real documents") { check_real_documents<odt_text>("odt", ".odt"); }

} // namespace
