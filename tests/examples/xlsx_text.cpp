// Excel workbooks to text, from archives that are made here, bombs and real ones.
#include "../../examples/document/xlsx_text.hpp"

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

using document::xlsx_text;
using run_transform::failure_for;
using zip_writer::archive;
using zip_writer::relations;

static_assert(linmem::transform<xlsx_text>);

const std::string strings = "<sst><si><t>shared</t></si>"
                            "<si><r><t>ri</t></r><r><rPr/><t xml:space='preserve'>ch </t></r>"
                            "<rPh sb='0' eb='1'><t>reading</t></rPh><r><t>text</t></r></si></sst>";
const std::string styles = "<styleSheet><numFmts><numFmt numFmtId='164' formatCode='yyyy\\-mm'/>"
                           "<numFmt numFmtId='14' formatCode='0.0'/></numFmts>"
                           "<cellXfs><xf numFmtId='0'/><xf numFmtId='164'/><xf numFmtId='22'/>"
                           "<xf numFmtId='14'/><xf numFmtId='46'/></cellXfs></styleSheet>";

// A workbook of two sheets, with `rows` in the first.
std::string xlsx(std::string_view rows, std::string_view properties = "") {
  return archive(
      {{"xl/workbook.xml", "<workbook>" + std::string{properties} +
                               "<sheets><sheet name='One' sheetId='7' r:id='b'/>"
                               "<sheet name='Hidden' state='hidden' sheetId='3' r:id='a'/></sheets>"
                               "</workbook>"},
       {"xl/_rels/workbook.xml.rels", relations({{"a", "/worksheet", "worksheets/sheet1.xml"},
                                                 {"b", "/worksheet", "/xl/worksheets/sheet2.xml"},
                                                 {"c", "/sharedStrings", "sharedStrings.xml"},
                                                 {"d", "/styles", "styles.xml"}})},
       {"xl/sharedStrings.xml", strings},
       {"xl/styles.xml", styles},
       {"xl/worksheets/sheet1.xml", "<worksheet><sheetData/></worksheet>"},
       {"xl/worksheets/sheet2.xml",
        "<x:worksheet><x:sheetData>" + std::string{rows} + "</x:sheetData></x:worksheet>"}});
}

// The text of the first sheet.
std::string rows_of(std::string_view rows, std::string_view properties = "") {
  const std::string text = run_transform::whole<xlsx_text>(xlsx(rows, properties));
  REQUIRE(text.starts_with("One\n"));
  REQUIRE(text.ends_with("\n\nHidden\n"));
  return text.size() < 13 ? "" : text.substr(4, text.size() - 4 - 9) + "\n";
}

TEST_CASE("xlsx: sheets in the order of the workbook, hidden ones as well") {
  CHECK(run_transform::any_way<xlsx_text>(xlsx("<row><c><v>1</v></c></row>")) ==
        "One\n1\n\nHidden\n");
}

TEST_CASE("xlsx: what a cell holds") {
  CHECK(rows_of("<row><c t='s'><v>0</v></c><c t='s'><v>1</v></c><c t='s'><v>2</v></c></row>") ==
        "shared\trich text\n");
  CHECK(rows_of("<row><c t='inlineStr'><is><t>in</t></is></c><c t='inlineStr'><is><r><t>l</t></r>"
                "<r><t>ine</t></r></is></c><c t='str'><f>A1</f><v>result</v></c></row>") ==
        "in\tline\tresult\n");
  CHECK(
      rows_of("<row><c t='b'><v>1</v></c><c t='b'><v>0</v></c><c t='e'><v>#N/A</v></c>"
              "<c t='d'><v>2024-03-01</v></c><c><f>1/3</f><v>0.33333333333333331</v></c></row>") ==
      "TRUE\tFALSE\t#N/A\t2024-03-01\t0.333333333333333\n");
  CHECK(rows_of("<row><c s='1'><v>45352</v></c><c s='2'><v>45352.5</v></c><c s='3'><v>45352</v></c>"
                "<c s='4'><v>1.5</v></c><c s='9'><v>7</v></c></row>") ==
        "2024-03-01\t2024-03-01 12:00:00\t45352\t36:00:00\t7\n");
  CHECK(rows_of("<row><c s='1'><v>43890</v></c></row>", "<workbookPr date1904='1'/>") ==
        "2024-03-01\n");
  CHECK(rows_of("<row><c t='inlineStr'><is><t>two\nlines</t></is></c><c><v>1</v></c></row>") ==
        "two lines\t1\n");
}

TEST_CASE("xlsx: empty cells and rows cost nothing, a gap is tabs up to a limit") {
  CHECK(
      rows_of("<row r='5'><c r='B5'/><c r='C5'><v>1</v></c><c r='E5'><v>2</v></c><c r='F5'/></row>"
              "<row r='6'><c r='A6'/></row><row r='9'><c r='A9'><v>3</v></c></row>") ==
      "\t\t1\t\t2\n3\n");
  CHECK(rows_of("<row r='1048576'><c r='XFD1048576'><v>far</v></c></row>") == "\tfar\n");
  CHECK(rows_of("<row><c r='A1'><v>1</v></c><c r='BN1'><v>2</v></c></row>") ==
        "1" + std::string(65, '\t') + "2\n"); // 64 empty cells
  CHECK(rows_of("<row><c r='A1'><v>1</v></c><c r='BO1'><v>2</v></c></row>") == "1\t\t2\n");
  CHECK(rows_of("<row><c r='C1'><v>1</v></c><c r='A1'><v>2</v></c><c r='?'><v>3</v></c></row>") ==
        "\t\t1\t2\t3\n");
}

// A workbook of one sheet, of this part.
std::string sheet(const std::string& part) {
  return archive({{"xl/workbook.xml", "<w><sheets><sheet name='S' r:id='a'/></sheets></w>"},
                  {"xl/_rels/workbook.xml.rels", relations({{"a", "/worksheet", "s.xml"}})},
                  {"xl/s.xml", part}});
}

TEST_CASE("xlsx: a long sheet is read a few rows at a time, whatever is in it") {
  std::string rows;
  std::string expected = "S\n";
  for (int i = 0; i != 20'000; ++i) {
    const std::string n = std::to_string(i);
    rows += "<row r='" + n + "'><c><v>" + n + "</v></c><c t='str'><v> x </v></c></row>\n";
    expected += n + "\tx\n";
  }
  const auto text = [](const std::string& part) {
    return run_transform::whole<xlsx_text>(sheet(part));
  };
  CHECK(text("<w><sheetData>" + rows + "</sheetData></w>") == expected);
  CHECK(text("<?xml version='1.0' encoding=\"UTF-8\"?><w><a/><sheetData><row/>" + rows +
             "<row><c><v>1</v></c></row ></sheetData><b/></w>") == expected + "1\n");
  // What could hold a tag that is none.
  CHECK(text("<w><!-- </row> --><sheetData>" + rows + "</sheetData></w>") == expected);
  CHECK(text("<w><sheetData>" + rows +
             "<row><c t='str'><v><![CDATA[</row>]]></v></c></row>"
             "</sheetData></w>") == expected + "</row>\n");
  CHECK(text("<w><sheetData>" + rows + "<?p </row>?></sheetData></w>") == expected);
  CHECK(
      text(
          "<?xml version='1.0' encoding='ISO-8859-1'?><w><sheetData><row><c t='str'><v>\xE9</v></c>"
          "</row></sheetData></w>") == "S\né\n");
  CHECK(text("<w><sheetData><row><c><v>1</v></c></row></sheetData><x><row></row></x></w>") ==
        "S\n1\n");
  // Errors are where they are in the part.
  CHECK(failure_for<xlsx_text>(sheet("<w><sheetData>" + rows + "<row><c></row></sheetData></w>")) ==
        "xl/s.xml, line 20001, column 11: Start-end tags mismatch");
  CHECK(failure_for<xlsx_text>(sheet("<w><sheetData>\n<row></row></w>"))
            .starts_with("xl/s.xml, line 2, "));
  CHECK(failure_for<xlsx_text>(sheet("<w><sheetData><row></row></row></sheetData></w>"))
            .starts_with("xl/s.xml, line 1, "));
}

TEST_CASE("xlsx: what is wanted besides the text: properties, sheets, and each as a table") {
  const std::string zip =
      xlsx("<row><c t='s'><v>0</v></c><c r='C1' t='inlineStr'><is><t>a,\nb</t></is></c></row>");
  const found_in<document::xlsx_parser> found{zip};
  CHECK(found.metadata.dump() == R"({"sheets":["One","Hidden"]})");
  REQUIRE(found.items.size() == 2);
  CHECK(found.items[0] == decltype(found)::item{"One", "text/csv", 3, "shared,,\"a,\nb\"\r\n"});
  CHECK(found.items[1].name == "Hidden");
  CHECK(found.items[1].bytes.empty());
  found_in<document::xlsx_parser>::with_each_allocation_failing(zip);
}

TEST_CASE("xlsx: what is no workbook is an error") {
  CHECK(failure_for<xlsx_text>("") == "ZIP archive without an end");
  CHECK(failure_for<xlsx_text>(archive({{"word/document.xml", "<a/>"}})) ==
        "file that the ZIP archive lacks");
  CHECK(failure_for<xlsx_text>(xlsx("<row>")).starts_with("xl/worksheets/sheet2.xml, line 1, "));
}

TEST_CASE("xlsx: a string that is referred to a million times is an error with the limit") {
  std::string rows = "<row>";
  for (int i = 0; i != 100'000; ++i) { rows += "<c t='s'><v>0</v></c>"; }
  std::string bomb = xlsx(rows + "</row>");
  const std::string many = "<sst><si><t>" + std::string(10'000, 'x') + "</t></si></sst>";
  bomb = archive({{"xl/workbook.xml", "<w><sheets><sheet r:id='a'/></sheets></w>"},
                  {"xl/_rels/workbook.xml.rels", relations({{"a", "/worksheet", "s.xml"}})},
                  {"xl/sharedStrings.xml", many},
                  {"xl/s.xml", "<w><sheetData>" + rows + "</row></sheetData></w>"}});
  xlsx_text t;
  std::vector<std::byte> out(64);
  CHECK(t.step(linmem::as_bytes(bomb), out, true).status == linmem::step_status::failed);
  CHECK(t.failure().subject == std::string_view{"text of a spreadsheet in bytes"});
  CHECK(t.failure().limit == document::sheet_text::longest_text);
  t.reset();
  CHECK(run_transform::in_pieces(t, xlsx(""), {}, 64) == "One\n\nHidden\n");
}

TEST_CASE("xlsx: nesting has a limit") {
  std::string deep;
  for (int i = 0; i != 100'000; ++i) { deep += "<a>"; }
  for (int i = 0; i != 100'000; ++i) { deep += "</a>"; }
  CHECK(failure_for<xlsx_text>(xlsx(deep)) == "XLSX nesting in levels");
}

TEST_CASE("xlsx: an allocation that fails is an error, whichever it is") {
  failing_malloc::each_in_turn<xlsx_text>(
      xlsx("<row><c t='s'><v>1</v></c><c t='inlineStr'><is><t>x</t></is></c></row>"),
      "One\nrich text\tx\n\nHidden\n");
}

TEST_CASE("xlsx: real workbooks") { check_real_documents<xlsx_text>("xlsx", ".xlsx"); }

} // namespace
