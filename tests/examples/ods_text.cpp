// OpenDocument spreadsheets to text, from archives that are made here, bombs and real ones.
#include "../../examples/document/ods_text.hpp"

#include "failing_malloc.hpp"
#include "found_in.hpp"
#include "real_documents.hpp"
#include "run_transform.hpp"
#include "zip_writer.hpp"

#include <doctest/doctest.h>

#include <string>
#include <string_view>

namespace {

using document::ods_text;
using run_transform::failure_for;
using zip_writer::archive;

static_assert(linmem::transform<ods_text>);

std::string ods(std::string_view rows) {
  return archive(
      {{"mimetype", "application/vnd.oasis.opendocument.spreadsheet"},
       {"content.xml",
        "<office:document-content><office:body><office:spreadsheet>"
        "<table:tracked-changes><table:table table:name='no'/></table:tracked-changes>"
        "<table:table table:name='One'>" +
            std::string{rows} +
            "</table:table></office:spreadsheet></office:body>"
            "</office:document-content>"},
       {"meta.xml",
        "<office:document-meta><office:meta><meta:initial-creator>A</meta:initial-creator>"
        "<dc:creator>B</dc:creator><dc:date>2024-03-01</dc:date></office:meta>"
        "</office:document-meta>"}});
}

std::string rows_of(std::string_view rows) {
  const std::string text = run_transform::whole<ods_text>(ods(rows));
  REQUIRE(text.starts_with("One\n"));
  return text.substr(4);
}

const std::string cell = "<table:table-cell>"; // NOLINT: no constructor throws here
const std::string end = "</table:table-cell>"; // NOLINT

TEST_CASE("ods: a cell is what it shows, else its value") {
  CHECK(rows_of("<table:table-row>" + cell +
                "<text:p>a<text:s text:c='3'/>b <text:span>c</text:span>"
                "<text:line-break/>d</text:p><text:p>e</text:p>" +
                end +
                "<table:table-cell office:value-type='float' office:value='1.5'/>"
                "<table:table-cell office:boolean-value='true'/>"
                "<table:table-cell office:date-value='2024-03-01'/>" +
                cell +
                "<office:annotation><text:p>no</text:p></office:annotation><text:p>f</text:p>" +
                end + "</table:table-row>") == "a b c d e\t1.5\ttrue\t2024-03-01\tf\n");
}

TEST_CASE("ods: what is repeated is written as often, unless it is empty") {
  CHECK(rows_of("<table:table-header-rows><table:table-row table:number-rows-repeated='2'>"
                "<table:table-cell table:number-columns-repeated='2'><text:p>a</text:p>" +
                end + "<table:covered-table-cell table:number-columns-repeated='3'/>" + cell +
                "<text:p>b</text:p>" + end +
                "<table:table-cell table:number-columns-repeated='16370'/></table:table-row>"
                "</table:table-header-rows><table:table-row table:number-rows-repeated='1048570'>"
                "<table:table-cell table:number-columns-repeated='16384'/></table:table-row>") ==
        "a\ta\t\t\t\tb\na\ta\t\t\t\tb\n");
}

TEST_CASE("ods: a sheet of 2^20 rows of 2^14 cells is an error with the limit") {
  const std::string bomb =
      ods("<table:table-row table:number-rows-repeated='1048576'>"
          "<table:table-cell table:number-columns-repeated='16384'><text:p>x</text:p>" +
          end + "</table:table-row>");
  ods_text t;
  std::vector<std::byte> out(64);
  CHECK(t.step(linmem::as_bytes(bomb), out, true).status == linmem::step_status::failed);
  CHECK(t.failure().subject == std::string_view{"text of a spreadsheet in bytes"});
  CHECK(t.failure().limit == document::sheet_text::longest_text);
  t.reset();
  CHECK(run_transform::in_pieces(t, ods(""), {}, 64) == "One\n");
}

TEST_CASE("ods: what is wanted besides the text: properties, sheets, and each as a table") {
  const std::string zip = ods("<table:table-row>" + cell + "<text:p>a</text:p><text:p>b</text:p>" +
                              end + "</table:table-row>");
  const found_in<document::ods_parser> found{zip};
  CHECK(found.metadata.dump() == R"({"author":"A","modified":"2024-03-01","sheets":["One"]})");
  REQUIRE(found.items.size() == 1);
  CHECK(found.items[0] == decltype(found)::item{"One", "text/csv", 3, "\"a\nb\"\r\n"});
  found_in<document::ods_parser>::with_each_allocation_failing(zip);
}

TEST_CASE("ods: what is encrypted, or none, is an error") {
  CHECK(failure_for<ods_text>(archive({{"META-INF/manifest.xml", "<manifest:encryption-data/>"},
                                       {"content.xml", "?"}})) == "encrypted office document");
  CHECK(failure_for<ods_text>(archive({{"a", ""}})) == "file that the ZIP archive lacks");
}

TEST_CASE("ods: an allocation that fails is an error, whichever it is") {
  failing_malloc::each_in_turn<ods_text>(
      ods("<table:table-row>" + cell + "<text:p>a</text:p>" + end + "</table:table-row>"),
      "One\na\n");
}

TEST_CASE("ods: real spreadsheets") { check_real_documents<ods_text>("xlsx", ".ods"); }

} // namespace
