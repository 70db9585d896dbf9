// Word documents to text, from archives that are made here, damaged ones and real ones.
#include "../../examples/document/docx_text.hpp"

#include "failing_malloc.hpp"
#include "found_in.hpp"
#include "real_documents.hpp"
#include "run_transform.hpp"
#include "zip_writer.hpp"

#include <doctest/doctest.h>

#include <cstddef>
#include <string>
#include <string_view>

namespace {

using document::docx_text;
using run_transform::failure_for;

static_assert(linmem::transform<docx_text>);

using zip_writer::archive;
using zip_writer::relations;

std::string docx(std::string_view body) {
  return archive({{"[Content_Types].xml", "<Types/>"},
                  {"word/document.xml",
                   "<w:document><w:body>" + std::string{body} + "</w:body></w:document>"}});
}

std::string whole(std::string_view body) { return run_transform::whole<docx_text>(docx(body)); }

TEST_CASE("paragraphs, runs, tabs and breaks") {
  CHECK(whole("<w:p><w:r><w:t>a</w:t></w:r></w:p><w:p><w:r><w:t>b</w:t></w:r></w:p>") ==
        "a\n\nb\n");
  CHECK(whole("<w:p><w:r><w:t>one</w:t></w:r><w:r><w:t xml:space='preserve'> </w:t></w:r>"
              "<w:r><w:t>é&amp;</w:t><w:tab/><w:t>x</w:t><w:br/><w:t>y</w:t></w:r></w:p>") ==
        "one é& x\ny\n");
  CHECK(whole("<x:p><x:t>any prefix</x:t></x:p>") == "any prefix\n");
  CHECK(whole("") == "");
}

TEST_CASE("list items are marked, a row is a line with tabs") {
  CHECK(whole("<w:p><w:pPr><w:numPr/></w:pPr><w:r><w:t>a</w:t></w:r></w:p>"
              "<w:p><w:pPr><w:numPr/></w:pPr><w:r><w:t>b</w:t></w:r></w:p>") == "- a\n\n- b\n");
  CHECK(
      whole("<w:tbl><w:tr><w:tc><w:p><w:t>a</w:t></w:p></w:tc><w:tc><w:p><w:t>b</w:t></w:p></w:tc>"
            "</w:tr><w:tr><w:tc><w:p><w:t>c</w:t></w:p></w:tc></w:tr></w:tbl>") == "a\tb\nc\n");
}

TEST_CASE("what was deleted or is another form of the same is left out, notes come at the end") {
  CHECK(whole("<w:p><w:del><w:delText>x</w:delText></w:del><w:instrText>PAGE</w:instrText>"
              "<mc:Choice><w:t>a</w:t></mc:Choice><mc:Fallback><w:t>a</w:t></mc:Fallback></w:p>") ==
        "a\n");
  const std::string zip =
      archive({{"word/footnotes.xml", "<w:footnotes><w:p><w:t>note</w:t></w:p></w:footnotes>"},
               {"word/document.xml", "<w:document><w:p><w:t>body</w:t></w:p></w:document>"}});
  CHECK(run_transform::any_way<docx_text>(zip) == "body\n\nnote\n");
}

TEST_CASE("a picture is what is said of it, a drop cap goes on with its word") {
  CHECK(whole("<w:p><w:t>see</w:t><wp:docPr descr='a chart'/><w:t>here</w:t></w:p>"
              "<w:p><wp:docPr name='Picture 1'/></w:p>") == "see a chart here\n");
  for (const char* is : {"drop", "margin"}) {
    CHECK(whole("<w:p><w:t>a</w:t></w:p><w:p><w:pPr><w:framePr w:dropCap='" + std::string{is} +
                "'/></w:pPr><w:t>O</w:t></w:p><w:p><w:t>nce</w:t></w:p><w:p><w:t>b</w:t></w:p>") ==
          "a\n\nOnce\n\nb\n");
  }
  CHECK(whole("<w:p><w:t>a</w:t><w:ptab/><w:t>b</w:t><w:ruby><w:rt><w:r><w:t>no</w:t></w:r></w:rt>"
              "<w:rubyBase><w:r><w:t>c</w:t></w:r></w:rubyBase></w:ruby></w:p>") == "a bc\n");
}

TEST_CASE("a diagram is the text in its part, which is read once") {
  const std::string zip = archive(
      {{"word/_rels/document.xml.rels", relations({{"r1", "/diagramData", "./diagrams/data1.xml"},
                                                   {"r2", "/hyperlink!", "https://x.org/"}})},
       {"word/diagrams/data1.xml",
        "<dgm:dataModel><dgm:pt><dgm:t><a:bodyPr/><a:p><a:r><a:rPr><a:hlinkClick r:id='r2'/>"
        "</a:rPr><a:t>in</a:t></a:r></a:p></dgm:t></dgm:pt><dgm:relIds "
        "r:dm='r1'/></dgm:dataModel>"},
       {"word/document.xml", "<d><w:p><w:t>a</w:t><dgm:relIds r:dm='r1'/></w:p>"
                             "<w:p><dgm:relIds r:dm='r1'/><w:t>b</w:t></w:p></d>"}});
  const found_in<document::docx_parser> found{zip};
  CHECK(found.text == "a\n\nin\n\nb\n");
  CHECK(found.metadata.dump() == "{}");
  found_in<document::docx_parser>::with_each_allocation_failing(zip);
}

TEST_CASE("what is no document is an error, and gives no text") {
  CHECK(failure_for<docx_text>("") == "ZIP archive without an end");
  CHECK(failure_for<docx_text>(std::string(100, 'P')) == "ZIP archive without an end");
  CHECK(failure_for<docx_text>(archive({{"a.txt", "x"}})) == "file that the ZIP archive lacks");
  CHECK(failure_for<docx_text>(archive({{"word/document.xml", "<a>\n<b></a>"}})) ==
        "word/document.xml, line 2, column 6: Start-end tags mismatch");
  std::string damaged = docx("<w:p><w:t>a</w:t></w:p>");
  damaged[damaged.find("<w:t>a") + 5] = 'b';
  CHECK(failure_for<docx_text>(damaged) == "ZIP archive's file: its checksum");
}

TEST_CASE("an archive cut anywhere, or with any byte another, is read or refused") {
  const std::string good = docx("<w:p><w:t>a</w:t></w:p>");
  for (std::size_t size = 0; size < good.size(); ++size) {
    CHECK(failure_for<docx_text>(good.substr(0, size)) != "");
  }
  for (std::size_t at = 0; at < good.size(); ++at) {
    for (const int bit : {1, 0x80}) {
      std::string other = good;
      other[at] = static_cast<char>(other[at] ^ bit);
      static_cast<void>(failure_for<docx_text>(other)); // the sanitizers watch
    }
  }
}

TEST_CASE("nesting has a limit") {
  std::string deep;
  for (int i = 0; i < 100'000; ++i) { deep += "<w:p>"; }
  for (int i = 0; i < 100'000; ++i) { deep += "</w:p>"; }
  CHECK(failure_for<docx_text>(docx(deep)) == "DOCX nesting in levels");
}

TEST_CASE("an allocation that fails is an error, whichever it is") {
  failing_malloc::each_in_turn<docx_text>(docx("<w:p><w:t>a</w:t></w:p>"), "a\n");
}

TEST_CASE("what is wanted besides the text: properties, headings, links, tables and images") {
  const std::string zip = archive(
      {{"_rels/.rels", relations({{"r1", "/officeDocument", "word/main.xml"},
                                  {"r2", "/core-properties", "docProps/core.xml"}})},
       {"docProps/core.xml", "<cp:coreProperties><dc:title>T &amp; t</dc:title><dc:creator>A. "
                             "Author</dc:creator><dcterms:created>2024-03-01T10:00:00Z"
                             "</dcterms:created><dc:description/></cp:coreProperties>"},
       {"word/_rels/main.xml.rels",
        relations({{"r1", "/hyperlink!", "https://example.org/?a&amp;b"},
                   {"r2", "/image", "media/image1.PNG"},
                   {"r3", "/styles", "/word/other-styles.xml"},
                   {"r4", "/image!", "https://example.org/x.png"}})},
       {"word/media/image1.PNG", "not looked at"},
       {"word/other-styles.xml",
        "<w:styles><w:style w:styleId='Kop'><w:name w:val='heading 2'/></w:style>"
        "<w:style w:styleId='Mine'><w:basedOn w:val='Kop'/></w:style>"
        "<w:style w:styleId='Level'><w:pPr><w:outlineLvl w:val='2'/></w:pPr></w:style>"
        "<w:style w:styleId='Round'><w:basedOn w:val='Round'/></w:style></w:styles>"},
       {"word/main.xml",
        "<w:document>"
        "<w:p><w:pPr><w:pStyle w:val='Heading1'/></w:pPr><w:t>O</w:t><w:t>ne</w:t></w:p>"
        "<w:p><w:pPr><w:pStyle w:val='Mine'/></w:pPr><w:t> Two </w:t></w:p>"
        "<w:p><w:pPr><w:pStyle w:val='Level'/></w:pPr><w:t>Three</w:t></w:p>"
        "<w:p><w:pPr><w:pStyle w:val='Round'/></w:pPr><w:t>text</w:t></w:p>"
        "<w:p><w:pPr><w:outlineLvl w:val='9'/><w:pStyle w:val='Kop'/></w:pPr><w:t>body</w:t></w:p>"
        "<w:p><w:hyperlink r:id='r1'><w:t>link</w:t></w:hyperlink><w:hyperlink w:anchor='here'/>"
        "<a:blip r:embed='r2'/><a:blip r:embed='r2'/><a:blip r:link='r4'/></w:p>"
        "<w:tbl><w:tr><w:tc><w:p><w:t>a</w:t></w:p><w:p><w:t>b</w:t></w:p></w:tc>"
        "<w:tc><w:tbl><w:tr><w:tc><w:p><w:t>in</w:t></w:p></w:tc></w:tr></w:tbl></w:tc></w:tr>"
        "<w:tr><w:tc><w:p/></w:tc><w:tc><w:p><w:t>c, d</w:t></w:p></w:tc></w:tr></w:tbl>"
        "</w:document>"}});
  const found_in<document::docx_parser> found{zip};
  CHECK(found.text == "One\n\nTwo\n\nThree\n\ntext\n\nbody\n\nlink\n\na b\n\nin\n\n\tc, d\n");
  CHECK(
      found.metadata.dump() ==
      R"({"author":"A. Author","created":"2024-03-01T10:00:00Z",)"
      R"("headings":[{"level":1,"text":"One"},{"level":2,"text":"Two"},{"level":3,"text":"Three"}],)"
      R"("links":["https://example.org/?a&b"],"title":"T & t"})");
  REQUIRE(found.items.size() == 2);
  CHECK(found.items[0] == decltype(found)::item{"image1.PNG", "image/png",
                                                found.text.find("link") + 4, "not looked at"});
  CHECK(found.items[1] == decltype(found)::item{"", "text/csv", found.text.find("link") + 4,
                                                "\"a\nb\",in\r\n,\"c, d\"\r\n"});
  found_in<document::docx_parser>::with_each_allocation_failing(zip);
}

TEST_CASE("what is not an archive any more, or not yet, is an error that says so") {
  const std::string old = "\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1" + std::string(600, '\0');
  CHECK(failure_for<docx_text>(old) == "OLE2 file: an office document from before 2007");
  std::string name;
  for (const char c : std::string_view{"EncryptedPackage"}) { name += c + std::string(1, '\0'); }
  CHECK(failure_for<docx_text>(old + name) == "encrypted office document");
}

TEST_CASE("entities do not explode, and numbers that are no characters are errors") {
  CHECK(run_transform::whole<docx_text>(
            archive({{"word/document.xml", "<!DOCTYPE d [<!ENTITY a 'x'><!ENTITY b '&a;&a;'>]>"
                                           "<d><w:p><w:t>&b;</w:t></w:p></d>"}})) == "&b;\n");
  CHECK(whole("<w:p><w:t>&#233;</w:t></w:p>") == "é\n");
  CHECK(failure_for<docx_text>(docx("<w:p><w:t>&#xD800;</w:t></w:p>")) ==
        "XML: a number that is no character");
  CHECK(failure_for<docx_text>(docx("<w:p a='&#x110000;'/>")) ==
        "XML: a number that is no character");
}

TEST_CASE("a part is read once, however relations go round") {
  const std::string zip = archive(
      {{"word/_rels/document.xml.rels",
        relations({{"r1", "/footnotes", "notes.xml"}, {"r2", "/endnotes", "../word/notes.xml"}})},
       {"word/_rels/notes.xml.rels", relations({{"r1", "/footnotes", "notes.xml"}})},
       {"word/notes.xml", "<n><w:p><w:t>note</w:t></w:p></n>"},
       {"word/document.xml", "<d><w:p><w:t>body</w:t></w:p></d>"}});
  CHECK(run_transform::whole<docx_text>(zip) == "body\n\nnote\n");
}

TEST_CASE("real documents: each has text, and none cut short is more than an error") {
  check_real_documents<docx_text>("docx", ".docx");
}

} // namespace
