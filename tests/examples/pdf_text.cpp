// PDF to text, from files that are made here, damaged ones and real ones.
#include "../../examples/document/pdf_text.hpp"

#include "corpus.hpp"
#include "failing_malloc.hpp"
#include "run_transform.hpp"

#include <linmem/bytes.hpp>

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace {

using document::pdf_text;
using nlohmann::json;
using run_transform::any_way;
using run_transform::failure_for;

static_assert(linmem::transform<pdf_text>);

// A file of objects, numbered from 1 on; the first is the catalog.
std::string pdf(const std::vector<std::string>& objects, const std::string& trailer = "") {
  std::string file = "%PDF-1.7\n";
  for (std::size_t i = 0; i != objects.size(); ++i) {
    file += std::to_string(i + 1) + " 0 obj\n" + objects[i] + "\nendobj\n";
  }
  return file + "trailer\n<< /Root 1 0 R " + trailer + " >>\n%%EOF\n";
}
std::string stream(const std::string& data, const std::string& entries = "") {
  return "<< /Length " + std::to_string(data.size()) + ' ' + entries + " >>\nstream\n" + data +
         "\nendstream";
}
// A page whose font F is object 5; more objects from 6 on.
std::vector<std::string> objects(const std::string& program, const std::string& font,
                                 const std::vector<std::string>& more = {}) {
  std::vector<std::string> all{
      "<< /Type /Catalog /Pages 2 0 R >>",
      "<< /Type /Pages /Kids [3 0 R] /Count 1 /Resources << /Font << /F 5 0 R >> "
      "/XObject << /X 6 0 R >> >> >>",
      "<< /Type /Page /Parent 2 0 R /Contents 4 0 R >>", stream(program), font};
  all.insert(all.end(), more.begin(), more.end());
  return all;
}
const std::string helvetica = "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>";
std::string page(const std::string& program) { return pdf(objects(program, helvetica)); }
std::string whole(const std::string& program) {
  return run_transform::whole<pdf_text>(page("BT /F 10 Tf " + program + " ET"));
}
std::string with_font(const std::string& program, const std::string& font,
                      const std::vector<std::string>& more = {}) {
  return run_transform::whole<pdf_text>(pdf(objects("BT /F 10 Tf " + program + " ET", font, more)));
}

std::string deflated(std::string_view text) { // not compressed
  std::string packed = "\x78\x01";
  for (std::size_t at = 0; at == 0 || at < text.size(); at += 0xFFFF) {
    const auto size = static_cast<std::uint32_t>(std::min<std::size_t>(0xFFFF, text.size() - at));
    packed += static_cast<char>(at + size == text.size() ? 1 : 0);
    for (const std::uint32_t half : {size, ~size}) {
      packed += static_cast<char>(half & 0xFF);
      packed += static_cast<char>(half >> 8U & 0xFF);
    }
    packed += text.substr(at, size);
  }
  const auto sum = static_cast<std::uint32_t>(
      adler32(1, reinterpret_cast<const Bytef*>(text.data()), static_cast<uInt>(text.size())));
  for (const int shift : {24, 16, 8, 0}) { packed += static_cast<char>(sum >> shift & 0xFF); }
  return packed;
}

json metadata_of(std::string_view file) {
  pdf_text t{pdf_text::default_limit, {.metadata = true}};
  std::vector<std::byte> out(65536);
  REQUIRE(t.step(linmem::as_bytes(file), out, true).status == linmem::step_status::done);
  return json::parse(t.items().metadata());
}

TEST_CASE("each operator that shows text, and where the pen goes") {
  CHECK(whole("(one) Tj 0 -12 Td (two) Tj") == "one\ntwo\n");
  CHECK(whole("12 TL (one) Tj T* (two) Tj (three) '") == "one\ntwo\nthree\n");
  CHECK(whole("0 -12 TD (one) Tj T* (two) Tj") == "one\ntwo\n");
  CHECK(whole("12 TL (one) Tj 0 0 (two) \"") == "one\ntwo\n");
  CHECK(whole("1 0 0 1 50 700 Tm (one) Tj 1 0 0 1 50 650 Tm (two) Tj") == "one\n\ntwo\n");
  CHECK(whole("[(o) 20 (n) -20 (e) -300 (two)] TJ") == "one two\n");
  CHECK(whole("(one) Tj 40 0 Td (two) Tj") == "one two\n");
  CHECK(whole("(one) Tj ET BT /F 5 Tf 200 0 Td (two) Tj") == "one two\n");
  CHECK(whole("0 1 -1 0 50 50 Tm (one) Tj 0 -12 Td (two) Tj") == "one\ntwo\n"); // turned
  CHECK(whole("(a b  c) Tj") == "a b c\n");
  CHECK(whole("") == "");
}

TEST_CASE("a word that a hyphen divides between two lines is one") {
  CHECK(whole("(exam-) Tj 0 -12 Td (ple) Tj") == "example\n");
  CHECK(whole("(well-known) Tj 0 -12 Td (A-) Tj 0 -12 Td (B) Tj") == "well-known\nA-\nB\n");
  CHECK(whole("(end-) Tj") == "end-\n");
}

TEST_CASE("strings: escapes, nesting, hexadecimal") {
  CHECK(whole(R"((a\(b\)\\ (c) \101\12\1014) Tj)") == "a(b)\\ (c) A A4\n");
  CHECK(whole("(a\\\nb) Tj") == "ab\n");
  CHECK(whole("<48 65 6C6c6F2> Tj") == "Hello\n");
}

TEST_CASE("what codes stand for: encodings, names of glyphs, tables") {
  CHECK(with_font("(caf\\351 \\200) Tj", "<< /Subtype /TrueType /Encoding /WinAnsiEncoding >>") ==
        "café €\n");
  CHECK(with_font("(caf\\216) Tj", "<< /Subtype /Type1 /Encoding /MacRomanEncoding >>") ==
        "café\n");
  CHECK(with_font("('\\256\\341) Tj", "<< /Subtype /Type1 >>") == "\u2019fiÆ\n");
  CHECK(with_font("(abcdefg) Tj",
                  "<< /Subtype /Type1 /Encoding << /Differences [97 /eacute /Adieresis /uni20AC "
                  "/ffi 101 /zcaron /quotedblleft /unheardof] >> >>") == "éÄ€ffiž\u201C\n");
  const std::string table =
      stream("1 begincodespacerange <00> <FF> endcodespacerange 2 beginbfchar <01> <00480069> <02> "
             "<D83DDE00> endbfchar 2 beginbfrange <41> <43> <03B1> <61> <62> [<0031> <0032>] "
             "endbfrange");
  CHECK(with_font("<0102> Tj (ABCab) Tj", "<< /Subtype /Type1 /ToUnicode 6 0 R >>", {table}) ==
        "Hi😀αβγ12\n");
  const std::string wide = stream("1 beginbfrange <0041> <0043> <0391> endbfrange");
  CHECK(with_font("<0041 0042 0099> Tj 12 0 Td <0043> Tj",
                  "<< /Subtype /Type0 /ToUnicode 6 0 R /DescendantFonts [7 0 R] >>",
                  {wide, "<< /DW 0 /W [65 [500 400] 67 70 100] >>"}) == "ΑΒ Γ\n");
  const std::string program = stream("/Encoding 256 array dup 1 /fl put dup 2 /Omega put readonly "
                                     "def currentfile eexec dup 3 /A put");
  CHECK(with_font("<010203> Tj", "<< /Subtype /Type1 /FontDescriptor << /FontFile 6 0 R >> >>",
                  {program}) == "flΩ\n");
}

TEST_CASE("what codes stand for: fonts that say it elsewhere, or not at all") {
  CHECK(with_font("(!\"#) Tj",
                  "<< /Subtype /Type3 /FontMatrix [0.01 0 0 0.01 0 0] /FirstChar 33 /Widths "
                  "[50 50 50] /Encoding << /Differences [33 /a71 /a65 /G80] >> >>") == "GAP\n");
  CHECK(with_font("(ab \\267) Tj", "<< /Subtype /Type1 /BaseFont /Symbol >>") == "αβ •\n");
  CHECK(with_font("(n4) Tj",
                  "<< /Subtype /Type1 /BaseFont /ZapfDingbats /Encoding << /Differences [110 "
                  "/a73] >> >>") == "■✔\n");
  const std::string wide = "<< /Subtype /Type0 /DescendantFonts [<< /DW 500 >>] ";
  CHECK(with_font("<00410416> Tj", wide + "/Encoding /Identity-H /ToUnicode /Identity-H >>") ==
        "AЖ\n");
  CHECK(with_font("<597D> Tj", wide + "/Encoding /UniGB-UCS2-H >>") == "好\n");
  CHECK(with_font("<0041> Tj", wide + "/Encoding /Identity-H >>").empty()); // nothing explains it
  const std::string map =
      stream("2 begincodespacerange <00> <80> <8140> <9FFC> endcodespacerange "
             "1 begincidrange <41> <43> 7 endcidrange 1 begincidchar <8141> 9 endcidchar");
  const std::string text =
      stream("1 beginbfrange <41> <43> <0061> endbfrange 1 beginbfchar <8141> <4E00> endbfchar");
  CHECK(
      with_font(
          "<418141> Tj 15 0 Td <42> Tj",
          "<< /Subtype /Type0 /Encoding 6 0 R /ToUnicode 7 0 R /DescendantFonts [<< /DW 100 /W [7 "
          "[500 500 1000]] >>] >>",
          {map, text}) == "a一b\n");
}

TEST_CASE("a compact font program says which codes are which glyphs") {
  // Header; names of fonts; what is where: names of glyphs at 32, codes at 37; strings; glyphs' names:
  // A (34) and the first of its own (391); codes: 5, and two from 8 on.
  const std::string program{"\1\0\4\1"
                            "\0\1\1\1\2F"
                            "\0\1\1\1\5\xAB\x0F\xB0\x10"
                            "\0\1\1\1\7dollar"
                            "\0\0\0"
                            "\0\x22\1\x87"
                            "\0\2\5\x8",
                            41};
  std::string found;
  document::read_cff_encoding(program, [&](std::uint32_t code, document::utf8_text glyph) {
    found += std::to_string(code) + std::string{glyph.text()} + ' ';
  });
  CHECK(found == "5A 8$ ");
  for (std::size_t size = 0; size <= program.size(); ++size) { // the sanitizers watch
    document::read_cff_encoding(std::string{program.substr(0, size)},
                                [](std::uint32_t, document::utf8_text) {});
  }
  CHECK(document::cff_standard_glyph(1).text() == " ");
  CHECK(document::cff_standard_glyph(109).text() == "fi");
  CHECK(document::cff_standard_glyph(228).text() == "ž");
  CHECK(document::cff_standard_glyph(229).text().empty());
}

TEST_CASE("an accent that stands over a letter is one with it") {
  const std::string font = "<< /Subtype /Type1 /FirstChar 0 /Widths [500 500 500 500] /Encoding << "
                           "/Differences [0 /acute /dotlessi /hungarumlaut] >> >>";
  CHECK(with_font("[(\\000) 500 (\\001)] TJ [(\\002) 450 (o)] TJ", font) == "íő\n");
  CHECK(with_font("[(\\000) (\\001)] TJ", font) == "´ı\n");
  CHECK(with_font("(\\000) Tj", font) == "´\n");
}

TEST_CASE("space between the characters of a word is none between words, but for pairs") {
  CHECK(whole("5 Tc (title) Tj") == "title\n");
  CHECK(whole("3 Tc (fa) Tj 0 Tc 11.34 0 Td (nd) Tj") == "f and\n");
}

TEST_CASE("letters read from right to left are given in the order to read") {
  const std::string font =
      "<< /Subtype /Type1 /ToUnicode 6 0 R /FirstChar 0 /Widths [500 500 500 500] >>";
  const std::string letters = stream("1 beginbfrange <00> <03> <05D0> endbfrange");
  CHECK(with_font("(\\001\\000 \\003\\002.) Tj 40 0 Td (ab) Tj", font, {letters}) == "גד אב. ab\n");
  const std::string forms =
      stream("1 beginbfrange <00> <03> [<FEE4> <FEFB> <FEB3> <FED5>] endbfrange");
  CHECK(with_font("(\\003\\002\\001\\000) Tj", font, {forms}) == "ملاسق\n"); // and not as they look
  CHECK(with_font("50 0 Td (\\000) Tj -5 0 Td (\\001) Tj -5 0 Td (\\002) Tj", font, {letters}) ==
        "אבג\n");
}

TEST_CASE("forms are run where they are used, pictures are passed over") {
  const std::string form = stream("BT /F 10 Tf 0 -12 Td (form) Tj ET", "/Subtype /Form");
  CHECK(run_transform::whole<pdf_text>(
            pdf(objects("BT /F 10 Tf (page) Tj ET q 1 0 0 1 0 0 cm /X Do Q BI /W 1 ID \x01(EIx) EI "
                        "BT /F 10 Tf 0 -24 Td (end) Tj ET",
                        helvetica, {form}))) == "page\nform\nend\n");
  const std::string itself = stream("BT /F 10 Tf (x) Tj ET /X Do /X Do", "/Subtype /Form");
  CHECK(run_transform::whole<pdf_text>(pdf(objects("/X Do", helvetica, {itself}))).size() < 2000);
}

TEST_CASE("streams are unpacked from each filter") {
  const auto packed = [](const std::string& data, const std::string& filter) {
    auto all = objects("", helvetica);
    all[3] = stream(data, "/Filter " + filter);
    return run_transform::whole<pdf_text>(pdf(all));
  };
  CHECK(packed(deflated("BT /F 9 Tf (flate) Tj ET"), "/FlateDecode") == "flate\n");
  CHECK(packed("42 54 2f4620 39 205466 2868 6578 29 20546A>", "/ASCIIHexDecode") == "hex\n");
  CHECK(packed("6<#'\\7Na]6<+[7$@<5pmBfIt!+B3(u78s~>", "[/ASCII85Decode]") == "ascii85\n");
  document::growing_bytes out;
  CHECK(document::unpack_lzw("\x80\x0B\x60\x50\x22\x0C\x0C\x85\x01", 100, "", out) ==
        linmem::error{});
  CHECK(out.text() == "-----A---B"); // the standard's example
  out.clear();
  CHECK(document::unpack_ascii85("9jqo^BlbD-BleB1DJ+*+F(f,q~>", "", out) == linmem::error{});
  CHECK(out.text() == "Man is distinguished");
  CHECK(document::unpack_lzw("\x80\x0B\x60\x50\x22\x0C\x0C\x85\x01", 9, "", out).code ==
        linmem::errc::limit_exceeded);
  CHECK(packed(std::string("\x15"
                           "BT /F 9 Tf (runs and o") +
                   "\xFE"
                   "o" +
                   "\x04"
                   "s) Tj" +
                   "\x80"
                   "x",
               "/RunLengthDecode") == "runs and oooos\n");
  out.clear();
  CHECK(document::unpack_run_length("\x81x\x01yz", 127, "", out).code ==
        linmem::errc::limit_exceeded);
}

TEST_CASE("differences are undone: those of PNG's rows, and of TIFF's") {
  const auto undone = [](std::string_view bytes, document::pdf_prediction how) {
    document::growing_bytes all;
    REQUIRE(all.append(bytes));
    document::undo_prediction(how, 0, all);
    return std::string{all.text()};
  };
  const std::string rows{"\0abcd"
                         "\1a\1\1\1"
                         "\2\1\0\0\1"
                         "\3\1\1\1\1"
                         "\4\1\0\0\0",
                         25};
  CHECK(undone(rows, {15, 1, 8, 4}) == "abcd"
                                       "abcd"
                                       "bbce"
                                       "2KX_"
                                       "3KX_");
  CHECK(undone({"a\1\1"
                "x\2\2",
                6},
               {2, 1, 8, 3}) == "abc"
                                "xz|");
  CHECK(undone({"ab\1\1", 4}, {2, 2, 8, 2}) == "abbc");
  CHECK(undone("abc", {1, 1, 8, 3}) == "abc");
  auto all = objects("", helvetica);
  all[3] = stream(deflated(std::string{"\2", 1} + "BT /F 9 Tf (x) Tj ET"),
                  "/Filter /FlateDecode /DecodeParms << /Predictor 12 /Columns 20 >>");
  CHECK(run_transform::whole<pdf_text>(pdf(all)) == "x\n");
}

TEST_CASE("annotations and fields are read as they are shown") {
  auto all = objects(
      "BT /F 10 Tf (page) Tj ET", helvetica,
      {stream("BT /F 10 Tf (value) Tj ET", "/Subtype /Form /Resources << /Font << /F 5 0 R >> >>"),
       stream("BT /F 10 Tf (yes) Tj ET")});
  all[2] = "<< /Contents 4 0 R /Annots [<< /Subtype /Widget /AP << /N 6 0 R >> >> "
           "<< /AS /On /AP << /N << /On 7 0 R /Off 6 0 R >> >> >> << /F 2 /AP << /N 6 0 R >> >> "
           "<< /Subtype /Popup /AP << /N 6 0 R >> >> << /Subtype /Link >>] >>";
  CHECK(run_transform::whole<pdf_text>(pdf(all)) == "page\nvalue\nyes\n");
}

TEST_CASE("what is damaged is left out, and the rest is read") {
  auto all = objects("", helvetica);
  all[1].replace(all[1].find("[3 0 R]"), 7,
                 "[9 0 R 3 0 R 3 0 R]"); // one is missing, one is there twice
  all[2] = "<< /Contents [8 0 R 4 0 R] >>";
  all[3] = stream(deflated("BT /F 9 Tf (text) Tj ET").substr(0, 30), "/Filter /FlateDecode");
  CHECK(run_transform::whole<pdf_text>(pdf(all)) == "text\n");
  const std::string file = page("BT /F 9 Tf (lost) Tj ET");
  std::string other = file;
  other.replace(other.find("/Root"), 5, "/Toor"); // the catalog is looked for
  CHECK(run_transform::whole<pdf_text>(other) == "lost\n");
}

TEST_CASE("objects in object streams, and without a table of where they are") {
  const auto all = objects("BT /F 9 Tf (text) Tj ET", helvetica);
  std::string numbers;
  std::string values;
  for (const std::size_t i : {0U, 1U, 2U, 4U}) {
    numbers += std::to_string(i + 1) + ' ' + std::to_string(values.size()) + ' ';
    values += all[i] + ' ';
  }
  const std::string file =
      "%PDF-1.5\n4 0 obj " + all[3] + " endobj 8 0 obj " +
      stream(deflated(numbers + values),
             "/Type /ObjStm /N 4 /Filter /FlateDecode /First " + std::to_string(numbers.size())) +
      " endobj 9 0 obj " + stream("", "/Type /XRef /Root 1 0 R") + " endobj";
  CHECK(any_way<pdf_text>(file) == "text\n");
}

TEST_CASE("of an object that is written again, the last counts") {
  CHECK(run_transform::whole<pdf_text>(page("BT /F 9 Tf (old) Tj ET") + "4 0 obj " +
                                       stream("BT /F 9 Tf (new) Tj ET") + " endobj\n") == "new\n");
}

TEST_CASE("pages and what the file says of itself are metadata") {
  auto all = objects("", helvetica);
  all.push_back("<< /Title <FEFF00630061006600E9> /Author (J\\370rgen) /Subject (What it is) "
                "/CreationDate (D:20240229123456+01'00') /ModDate (D:20240301000000Z) >>");
  all[0] = "<< /Pages 2 0 R /Lang (de) >>";
  all[1].replace(all[1].find("[3 0 R]"), 7, "[3 0 R 7 0 R]");
  all.push_back("<< /Type /Page >>");
  CHECK(metadata_of(pdf(all, "/Info 6 0 R")) == json{{"pages", 2},
                                                     {"title", "café"},
                                                     {"author", "Jørgen"},
                                                     {"description", "What it is"},
                                                     {"created", "2024-02-29T12:34:56+01:00"},
                                                     {"modified", "2024-03-01T00:00:00Z"},
                                                     {"language", "de"}});
}

TEST_CASE("what is no PDF that can be read is an error that says why") {
  CHECK(failure_for<pdf_text>("") == "PDF: it does not begin like one");
  CHECK(failure_for<pdf_text>("%PDF-1.4\n") == "PDF: it has no catalog");
  CHECK(failure_for<pdf_text>(pdf({"<< /Pages 2 0 R >>", "<< /Kids [] >>"})) ==
        "PDF: it has no pages");
  CHECK(failure_for<pdf_text>(pdf({"<< /Pages 2 0 R >>", "<< /Kids [7 0 R] >>"})) ==
        "PDF: a page is missing");
  CHECK(failure_for<pdf_text>(pdf({"<< /Pages 2 0 R >>", "<< /Kids [3 0 R] >>",
                                   "<< /Contents [9 0 R] >>"})) == "PDF: a stream is missing");
  auto all = objects("", helvetica);
  all[3] = stream("x", "/Filter /FlateDecode");
  CHECK(failure_for<pdf_text>(pdf(all)) == "PDF: unpacked streams in bytes");
  all[3] = stream("x", "/Filter /DCTDecode");
  CHECK(failure_for<pdf_text>(pdf(all)) == "PDF: the filter of a stream");
}

TEST_CASE("circles and depths have an end") {
  CHECK(failure_for<pdf_text>(pdf({"<< /Pages 2 0 R >>", "<< /Kids [3 0 R] >>",
                                   "<< /Kids [3 0 R] >>"})) == "PDF: a page is in its tree twice");
  std::vector<std::string> deep{"<< /Pages 2 0 R >>"};
  for (int i = 3; i != 200; ++i) { deep.push_back("<< /Kids [" + std::to_string(i) + " 0 R] >>"); }
  CHECK(failure_for<pdf_text>(pdf(deep)) == "PDF pages in levels");
  CHECK(failure_for<pdf_text>(pdf({"2 0 R", "1 0 R"})) == "PDF: it has no catalog");
  CHECK(whole(std::string(100'000, '[') + "(x) TJ").empty());
  CHECK(whole(std::string(100'000, '(') + "x").empty());
  std::string saves;
  for (int i = 0; i != 100'000; ++i) { saves += "q "; }
  CHECK(whole(saves + "(x) Tj") == "x\n");
  document::pdf_file file{100};
  const std::string small = pdf({"<< /Pages 2 0 R >>"});
  CHECK(file.open(small) == linmem::error{});
  CHECK(file.entry(file.catalog(), "Pages").empty());
  CHECK(file.exhausted() == linmem::error{});
  for (int i = 0; i != 5; ++i) { CHECK(file.entry(file.catalog(), "Pages").empty()); }
  CHECK(file.exhausted() == linmem::error{linmem::errc::limit_exceeded, "", 100, 101});
}

TEST_CASE("a file cut anywhere, or with any byte another, is read or refused") {
  auto all = objects("", "<< /Subtype /Type0 /ToUnicode 6 0 R /DescendantFonts [7 0 R] >>",
                     {stream("1 beginbfrange <0041> <0043> <0391> endbfrange"),
                      "<< /DW 0 /W [65 [500 400] 67 70 100] >>"});
  all[3] =
      stream(deflated("BT /F 9 Tf [<00410042> -300 (\\0\\101)] TJ ET"), "/Filter /FlateDecode");
  const std::string good = pdf(all);
  CHECK(any_way<pdf_text>(good) == "ΑΒ Α\n");
  for (std::size_t size = 0; size < good.size(); ++size) {
    static_cast<void>(failure_for<pdf_text>(good.substr(0, size))); // the sanitizers watch
  }
  for (std::size_t at = 0; at < good.size(); ++at) {
    for (const int bit : {1, 8, 0x80}) {
      std::string other = good;
      other[at] = static_cast<char>(other[at] ^ bit);
      static_cast<void>(failure_for<pdf_text>(other));
    }
  }
}

TEST_CASE("an allocation that fails is an error, whichever it is") {
  auto all = objects("", "<< /Subtype /Type0 /ToUnicode 6 0 R /DescendantFonts [7 0 R] >>",
                     {stream("1 beginbfchar <0041> <03910391> endbfchar"),
                      "<< /DW 0 /W [65 [500 400] 67 70 100] >>"});
  all[3] = stream(deflated("BT q /F 9 Tf <0041> Tj ET Q"), "/Filter [/FlateDecode]");
  failing_malloc::each_in_turn<pdf_text>(pdf(all), "ΑΑ\n");
}

TEST_CASE("real documents: each has text or asks for a password, and none damaged is more than an "
          "error") {
  std::size_t files = 0;
  for (const auto& file : corpus::files("pdf", ".pdf")) {
    CAPTURE(file.string());
    const std::string document = corpus::read(file);
    const std::string failure = failure_for<pdf_text>(document);
    const bool is_encrypted = document.find("/Encrypt") != std::string::npos;
    CHECK(failure == (is_encrypted ? "PDF that asks for a password" : ""));
    if (!is_encrypted) { CHECK(run_transform::whole<pdf_text>(document).size() > 10); }
    run_transform::random_numbers numbers{20240611};
    for (int round = 0; round < 50; ++round) {
      std::string damaged = document;
      for (int i = 0; i < 20; ++i) {
        damaged[numbers.below(damaged.size())] = static_cast<char>(numbers.below(256));
      }
      static_cast<void>(failure_for<pdf_text>(damaged));
    }
    ++files;
  }
  if (files != 0) { MESSAGE(files << " files"); }
}

} // namespace
