// Word documents to text, from archives that are made here, damaged ones and real ones.
#include "../../examples/document/docx_text.hpp"

#include "corpus.hpp"
#include "failing_malloc.hpp"
#include "run_transform.hpp"
#include "zip_writer.hpp"

#include <doctest/doctest.h>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace {

using document::docx_text;
using run_transform::failure_for;

static_assert(linmem::transform<docx_text>);

using zip_writer::archive;

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

TEST_CASE("real documents: each has text, and none cut short is more than an error") {
  std::size_t files = 0;
  for (const auto& file : corpus::files("docx", ".docx")) {
    CAPTURE(file.string());
    const std::string document = corpus::read(file);
    CHECK(failure_for<docx_text>(document) == "");
    CHECK(failure_for<docx_text>(std::string_view{document}.substr(0, document.size() / 2)) != "");
    run_transform::random_numbers numbers{20240611};
    for (int round = 0; round < 50; ++round) {
      std::string damaged = document;
      for (int i = 0; i < 20; ++i) {
        damaged[numbers.below(damaged.size())] = static_cast<char>(numbers.below(256));
      }
      static_cast<void>(failure_for<docx_text>(damaged));
    }
    ++files;
  }
  if (files != 0) { MESSAGE(files << " files"); }
}

} // namespace
