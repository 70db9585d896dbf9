// Presentations to text, from archives that are made here and real ones.
#include "../../examples/document/pptx_text.hpp"

#include "failing_malloc.hpp"
#include "found_in.hpp"
#include "real_documents.hpp"
#include "run_transform.hpp"
#include "zip_writer.hpp"

#include <doctest/doctest.h>

#include <string>
#include <string_view>

namespace {

using document::pptx_text;
using run_transform::failure_for;
using zip_writer::archive;
using zip_writer::relations;

static_assert(linmem::transform<pptx_text>);

std::string shape(std::string_view text, std::string_view is = "") {
  const std::string ph = is.empty() ? "" : "<p:ph type='" + std::string{is} + "'/>";
  return "<p:sp><p:nvSpPr><p:cNvPr id='1'/><p:nvPr>" + ph + "</p:nvPr></p:nvSpPr><p:txBody>" +
         std::string{text} + "</p:txBody></p:sp>";
}
std::string line(std::string_view text) {
  return "<a:p><a:r><a:t>" + std::string{text} + "</a:t></a:r></a:p>";
}

// Two slides, the file of the second first, and notes of one of them.
std::string pptx(std::string_view first) {
  return archive(
      {{"ppt/slides/slide1.xml", "<p:sld>" + shape(line("second"), "ctrTitle") + "</p:sld>"},
       {"ppt/slides/slide2.xml", "<p:sld>" + std::string{first} + "</p:sld>"},
       {"ppt/slides/_rels/slide2.xml.rels",
        relations({{"rId1", "/notesSlide", "../notesSlides/notesSlide1.xml"},
                   {"rId2", "/hyperlink!", "https://example.org/"},
                   {"rId3", "/image", "../media/image1.gif"},
                   {"rId4", "/slide", "slide2.xml"}})},
       {"ppt/notesSlides/notesSlide1.xml",
        "<p:notes>" + shape(line("note"), "body") + shape(line("1"), "sldNum") + "</p:notes>"},
       {"ppt/notesSlides/_rels/notesSlide1.xml.rels",
        relations({{"rId1", "/slide", "../slides/slide2.xml"},
                   {"rId2", "/notesSlide", "notesSlide1.xml"}})},
       {"ppt/media/image1.gif", "not looked at"},
       {"ppt/_rels/presentation.xml.rels", relations({{"rId1", "/slide", "slides/slide1.xml"},
                                                      {"rId2", "/slide", "slides/slide2.xml"}})},
       {"ppt/presentation.xml",
        "<p:presentation><p:sldIdLst><p:sldId id='256' r:id='rId2'/><p:sldId id='257' r:id='rId1'/>"
        "<p:sldId id='258' r:id='rId2'/><p:sldId id='259' r:id='rId9'/></p:sldIdLst>"
        "</p:presentation>"}});
}

std::string slide(std::string_view first) {
  constexpr std::string_view rest = "\n\nnote\n\nsecond\n";
  const std::string text = run_transform::whole<pptx_text>(pptx(first));
  REQUIRE(text.ends_with(rest));
  return text.substr(0, text.size() - rest.size());
}

TEST_CASE("pptx: a picture is what is said of it, a diagram the text in its part") {
  CHECK(
      run_transform::whole<pptx_text>(archive(
          {{"ppt/slides/slide1.xml",
            "<p:sld>" + shape(line("a")) +
                "<p:pic><p:nvPicPr><p:cNvPr name='Picture 1' descr='a chart'/></p:nvPicPr></p:pic>"
                "<p:graphicFrame><p:nvGraphicFramePr><p:cNvPr name='Diagram 2'/>"
                "</p:nvGraphicFramePr><dgm:relIds r:dm='r1'/></p:graphicFrame></p:sld>"},
           {"ppt/slides/_rels/slide1.xml.rels",
            relations({{"r1", "/diagramData", "../diagrams/data1.xml"}})},
           {"ppt/diagrams/data1.xml", "<dgm:dataModel><dgm:pt><dgm:t><a:bodyPr/>" + line("b") +
                                          line("c") + "</dgm:t></dgm:pt></dgm:dataModel>"},
           {"ppt/_rels/presentation.xml.rels", relations({{"r1", "/slide", "slides/slide1.xml"}})},
           {"ppt/presentation.xml", "<p><p:sldIdLst><p:sldId r:id='r1'/></p:sldIdLst></p>"}})) ==
      "a\n\na chart\n\nb\nc\n");
}

TEST_CASE("pptx: slides in order, each once, with their notes") {
  CHECK(run_transform::any_way<pptx_text>(pptx(shape(line("first")))) ==
        "first\n\nnote\n\nsecond\n");
}

TEST_CASE(
    "pptx: shapes are parted by blank lines, groups are looked into, rows are lines with tabs") {
  CHECK(slide(shape(line("a") + line("b")) + "<p:grpSp>" + shape(line("c<!-- -->")) +
              "</p:grpSp>") == "a\nb\n\nc");
  CHECK(slide(shape("<a:p><a:r><a:t>a</a:t></a:r><a:br/><a:fld><a:t>b</a:t></a:fld></a:p>")) ==
        "a\nb");
  CHECK(slide("<p:graphicFrame><a:tbl><a:tr><a:tc><a:txBody>" + line("a") +
              "</a:txBody></a:tc><a:tc><a:txBody>" + line("b") + line("c") +
              "</a:txBody></a:tc></a:tr><a:tr><a:tc><a:txBody>" + line("d") +
              "</a:txBody></a:tc></a:tr></a:tbl></p:graphicFrame>") == "a\tb c\nd");
}

TEST_CASE("pptx: what is wanted besides the text: titles, links, tables and images") {
  const std::string zip =
      pptx(shape(line("A") + line("title"), "title") +
           shape("<a:p><a:r><a:rPr><a:hlinkClick r:id='rId2'/></a:rPr><a:t>x</a:t></a:r></a:p>") +
           "<p:pic><a:blip r:embed='rId3'/></p:pic>"
           "<a:tbl><a:tr><a:tc>" +
           line("a") + line("b") + "</a:tc></a:tr></a:tbl>");
  const found_in<document::pptx_parser> found{zip};
  CHECK(found.metadata.dump() ==
        R"({"headings":[{"level":1,"text":"A\ntitle"},{"level":1,"text":"second"}],)"
        R"("links":["https://example.org/"],"pages":2})");
  REQUIRE(found.items.size() == 2);
  CHECK(found.items[0] == decltype(found)::item{"image1.gif", "image/gif", 10, "not looked at"});
  CHECK(found.items[1] == decltype(found)::item{"", "text/csv", 10, "\"a\nb\"\r\n"});
  found_in<document::pptx_parser>::with_each_allocation_failing(zip);
}

TEST_CASE("pptx: what is none is an error, and nesting has a limit") {
  CHECK(failure_for<pptx_text>(archive({{"a", ""}})) == "file that the ZIP archive lacks");
  std::string deep;
  for (int i = 0; i != 100'000; ++i) { deep += "<p:grpSp>"; }
  for (int i = 0; i != 100'000; ++i) { deep += "</p:grpSp>"; }
  CHECK(failure_for<pptx_text>(pptx(deep)) == "PPTX nesting in levels");
}

TEST_CASE("pptx: an allocation that fails is an error, whichever it is") {
  failing_malloc::each_in_turn<pptx_text>(pptx(shape(line("first"))), "first\n\nnote\n\nsecond\n");
}

TEST_CASE("pptx: real presentations") { check_real_documents<pptx_text>("pptx", ".pptx"); }

} // namespace
