// CSV to text, and cells as csv-spectrum has them.
#include "../../examples/document/csv_text.hpp"

#include "corpus.hpp"
#include "run_transform.hpp"

#include <linmem/transform.hpp>

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include <cstddef>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace {

using csv = linmem::utf8_lossy<document::csv_text<','>>;
using tsv = linmem::utf8_lossy<document::csv_text<'\t'>>;
using run_transform::any_way;
using table = std::vector<std::vector<std::string>>;

struct collector {
  table rows;

  void begin_row() { rows.emplace_back(); }
  void begin_cell() { rows.back().emplace_back(); }
  void end_cell() {}
  std::size_t text(const char* p, std::size_t n) {
    rows.back().back().append(p, n);
    return n;
  }
};

table read(std::string_view text, std::size_t piece) {
  document::csv_reader<','> reader;
  collector sink;
  for (std::size_t at = 0; at < text.size(); at += piece) {
    const std::string_view part = text.substr(at, piece);
    const char* const end = part.data() + part.size();
    REQUIRE(reader.run(part.data(), end, sink) == end);
  }
  reader.finish(sink);
  return sink.rows;
}

// The table, after checking that it is the same for each size of piece.
table read(std::string_view text) {
  table whole = read(text, text.size() + 1);
  for (std::size_t piece = 1; piece < 8; ++piece) { CHECK(read(text, piece) == whole); }
  return whole;
}

TEST_CASE("a row is a line, its cells are parted by tabs") {
  CHECK(any_way<csv>("a,b\n1,2\n") == "a\tb\n1\t2\n");
  CHECK(any_way<csv>("a,b\r\n1,2") == "a\tb\n1\t2\n");
  CHECK(any_way<csv>("\"a\nb\",\"c, \"\"d\"\"\"\n") == "a b\tc, \"d\"\n");
  CHECK(any_way<csv>(",b,\n") == "\tb\n");
  CHECK(any_way<csv>("\xEF\xBB\xBF"
                     "a,é,\"日本\"") == "a\té\t日本\n");
  CHECK(any_way<csv>("") == "");
  CHECK(any_way<csv>("\n\n") == "");
  CHECK(any_way<tsv>("a,b\tc\n") == "a,b\tc\n");
}

TEST_CASE("cells are those of RFC 4180, and what people write besides") {
  CHECK(read("a,b\nc,d\n") == table{{"a", "b"}, {"c", "d"}});
  CHECK(read("a,b\rc,d\r") == table{{"a", "b"}, {"c", "d"}});
  CHECK(read("a,,\n,") == table{{"a", "", ""}, {"", ""}});
  CHECK(read("\"a\"\"b\",\"\",\"x\r\ny\"") == table{{"a\"b", "", "x\r\ny"}});
  CHECK(read("a\"b\",\"c\"d,e") == table{{"a\"b\"", "cd", "e"}});
  CHECK(read("\"never, closed\n") == table{{"never, closed\n"}});
  CHECK(read("\n\r\n a \n\n") == table{{" a "}});
  CHECK(read("\"\"") == table{{""}});
}

TEST_CASE("a row of a million cells needs no more memory than a short one") {
  static_assert(sizeof(csv) <= 128);
  const std::string text(1'000'000, ',');
  csv t;
  CHECK(run_transform::in_pieces(t, text + "end", {}, 4096).size() == 1'000'004);
}

TEST_CASE("random CSV: the same text for every way of cutting it") {
  const std::vector<std::string_view> words{",",  "\"", "\"\"",  "\n",  "\r\n",
                                            "\r", "a",  "word ", "é",   "日本",
                                            " ",  "\t", ",\"",   "\",", "\xFF"};
  run_transform::random_numbers numbers{20240609};
  for (int round = 0; round < 2000; ++round) {
    const std::string input = run_transform::soup(numbers, words, 1 + numbers.below(40));
    CAPTURE(input);
    const std::string expected = run_transform::whole<csv>(input);
    csv t;
    const auto cuts = run_transform::cuts_of(numbers, input);
    CHECK(run_transform::in_pieces(t, input, cuts, 4 + numbers.below(67)) == expected);
  }
}

// A copy of the suite that went through git may have lost the line ends that its names tell of.
std::string with_line_ends_of_name(const std::filesystem::path& file) {
  std::string text = corpus::read(file);
  if (!file.stem().string().ends_with("_crlf") || text.find('\r') != text.npos) { return text; }
  std::string ended;
  for (const char c : text) { ended += c == '\n' ? "\r\n" : std::string{c}; }
  return ended;
}

TEST_CASE("csv-spectrum: each cell is what its JSON says") {
  std::size_t files = 0;
  for (const auto& file : corpus::files("csv/csv-spectrum", ".csv")) {
    CAPTURE(file.string());
    const auto expected = nlohmann::json::parse(
        corpus::read(*corpus::folder() / "csv/csv-spectrum-json" / file.stem().concat(".json")));
    const table rows = read(with_line_ends_of_name(file));
    REQUIRE(rows.size() == expected.size() + 1);
    for (std::size_t r = 1; r < rows.size(); ++r) {
      REQUIRE(rows[r].size() == rows[0].size());
      CHECK(rows[r].size() == expected[r - 1].size());
      for (std::size_t c = 0; c < rows[r].size(); ++c) {
        CHECK(expected[r - 1].at(rows[0][c]) == rows[r][c]);
      }
    }
    ++files;
  }
  if (files != 0) { MESSAGE(files << " files"); }
}

} // namespace
