// TOML to text: values as lines, and toml-test's verdict on each of its documents.
#include "../../examples/document/toml_text.hpp"

#include "corpus.hpp"
#include "failing_malloc.hpp"
#include "run_transform.hpp"

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <set>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

namespace {

using document::toml_kind;
using document::toml_reader;
using document::toml_text;
using nlohmann::json;
using run_transform::any_way;
using run_transform::failure_for;

static_assert(linmem::transform<toml_text>);

TEST_CASE("each value is a line, with its key or as an item") {
  CHECK(any_way<toml_text>("a = 1\nb = 'x' # comment\n") == "a: 1\nb: x\n");
  CHECK(any_way<toml_text>("a = [1, [2, 3], {b = true}]") == "a:\n- 1\n- 2\n- 3\n- b: true\n");
  CHECK(any_way<toml_text>("[a]\nb.c = 1\n[d]\n[[e]]\nf = 1\n[[e]]\ng = {}") ==
        "a:\nb:\nc: 1\nd:\ne:\n- f: 1\n- g:\n");
  CHECK(any_way<toml_text>("") == "");
  CHECK(any_way<toml_text>("\xEF\xBB\xBF\"a b\" = 1\r\n") == "a b: 1\n");
}

TEST_CASE("a table that is continued is whole, where it was first named") {
  CHECK(any_way<toml_text>("[a.b]\nx = 1\n[c]\ny = 2\n[a]\nz = 3") ==
        "a:\nb:\nx: 1\nz: 3\nc:\ny: 2\n");
}

TEST_CASE("strings are decoded, numbers and dates stand as they are written") {
  CHECK(any_way<toml_text>(R"(a = "\u00e9\t\U0001F600\"\\\x41" )") == "a: é\t😀\"\\A\n");
  CHECK(any_way<toml_text>("a = \"\"\"\nx\\\n  y\"\"z\"\"\"\"\"") == "a: xy\"\"z\"\"\n");
  CHECK(any_way<toml_text>("a = '''\n\\n'''\nb = '\\'") == "a: \\n\nb: \\\n");
  CHECK(any_way<toml_text>("a = [0xFF, 1_000, -1.5e+3, inf, 1979-05-27 07:32:00.5-07:00, 07:32]") ==
        "a:\n- 0xFF\n- 1_000\n- -1.5e+3\n- inf\n- 1979-05-27 07:32:00.5-07:00\n- 07:32\n");
}

TEST_CASE("what is no TOML is an error with line and column, and gives no text") {
  CHECK(failure_for<toml_text>("a = 1\nb 2") ==
        "TOML, line 2, column 3: an equals sign is missing");
  CHECK(failure_for<toml_text>("a = 1\n  a = 2") ==
        "TOML, line 2, column 3: this key is defined twice");
  CHECK(failure_for<toml_text>("é = 1") == "TOML, line 1, column 1: a key is missing");
  CHECK(failure_for<toml_text>("a = 'é' x") == "TOML, line 1, column 9: the line should end here");
  CHECK(failure_for<toml_text>("a = [1,\n2") ==
        "TOML, line 2, column 2: a comma or a closing bracket is missing");
  CHECK(failure_for<toml_text>("a = 9223372036854775808") ==
        "TOML, line 1, column 5: this integer has more than 64 bits");
  CHECK(failure_for<toml_text>("a = 2023-02-29") == "TOML, line 1, column 5: this is no value");
  CHECK(failure_for<toml_text>("[a]\n[b]\n[a]") ==
        "TOML, line 3, column 2: this table is defined twice");
  CHECK(failure_for<toml_text>("a = '\xFF'") == "TOML, line 1, column 6: these bytes are no UTF-8");
}

TEST_CASE("a document cut anywhere is read or refused") {
  const std::string_view whole =
      "[a.\"b\"]\nc = [1, {d.e = \"\"\"x\\u0041\"\"\"}, 1.5e3]\n[[f]]\ng = "
      "1979-05-27T07:32:00Z";
  for (std::size_t size = 0; size <= whole.size(); ++size) {
    const std::string failure = failure_for<toml_text>(whole.substr(0, size));
    CHECK((failure.empty() || failure.starts_with("TOML, line ")));
  }
}

TEST_CASE("nesting has a limit, and no document overflows the stack") {
  const auto nested = [](std::size_t n, std::string_view opens, std::string_view closes) {
    std::string text = "a = ";
    for (std::size_t i = 0; i != n; ++i) { text += opens; }
    text += '1';
    for (std::size_t i = 0; i != n; ++i) { text += closes; }
    return text;
  };
  const std::size_t most = document::deepest_nesting - 1; // the document is a table
  CHECK(run_transform::whole<toml_text>(nested(most, "[", "]")) == "a:\n- 1\n");
  toml_text t;
  std::vector<std::byte> out(64);
  CHECK(t.step(linmem::as_bytes(nested(most + 1, "[", "]")), out, true).status ==
        linmem::step_status::failed);
  CHECK(t.failure() == linmem::error{linmem::errc::limit_exceeded, "", 512, 513});
  CHECK(failure_for<toml_text>(nested(100'000, "[", "]")) == "TOML nesting in levels");
  CHECK(failure_for<toml_text>(nested(100'000, "{a=", "}")) == "TOML nesting in levels");
  std::string keys = "a";
  for (int i = 0; i != 100'000; ++i) { keys += ".a"; }
  CHECK(failure_for<toml_text>(keys + " = 1") == "TOML nesting in levels");
  CHECK(failure_for<toml_text>('[' + keys + ']') == "TOML nesting in levels");
}

TEST_CASE("many keys are found as fast as few") {
  std::string document;
  std::string expected;
  for (int i = 0; i != 100'000; ++i) {
    document += 'k' + std::to_string(i) + " = 1\n";
    expected += 'k' + std::to_string(i) + ": 1\n";
  }
  CHECK(run_transform::whole<toml_text>(document) == expected);
  CHECK(failure_for<toml_text>(document + "k77777 = 2") ==
        "TOML, line 100001, column 1: this key is defined twice");
}

TEST_CASE("an allocation that fails is an error, whichever it is") {
  std::string document = "[a]\nb = [1, 'x', {c = \"y\\n\"}]\n";
  std::string expected = "a:\nb:\n- 1\n- x\n- c: y\n";
  for (int i = 0; i != 200; ++i) {
    document += 'k' + std::to_string(i) + " = 1\n";
    expected += 'k' + std::to_string(i) + ": 1\n";
  }
  failing_malloc::each_in_turn<toml_text>(document, expected);
}

// A value as toml-test writes it: {"type": "integer", "value": "1"}.
json tagged(const toml_reader& toml, const toml_reader::node& node) {
  if (node.is_open()) {
    json all = node.is_array() ? json::array() : json::object();
    for (std::uint32_t i = node.inside.first; i != 0; i = toml[i].next) {
      json value = tagged(toml, toml[i]);
      if (node.is_array()) {
        all.push_back(std::move(value));
      } else {
        all[std::string{toml.key(toml[i])}] = std::move(value);
      }
    }
    return all;
  }
  std::string text{toml.text(node)};
  if (node.kind == toml_kind::text) { return {{"type", "string"}, {"value", text}}; }
  if (node.kind == toml_kind::boolean) { return {{"type", "bool"}, {"value", text}}; }
  if (node.kind == toml_kind::date_time) {
    const bool has_date = text.find('-') == 4;
    const bool has_time = text.find(':') != std::string::npos;
    std::transform(text.begin(), text.end(), text.begin(), [](char c) {
      return c == ' ' || c == 't' ? 'T' : c == 'z' ? 'Z' : c;
    });
    const std::size_t clock = has_date ? 11 : 0;
    if (has_time && (text.size() == clock + 5 || text[clock + 5] != ':')) {
      text.insert(clock + 5, ":00"); // seconds may be left out
    }
    const bool has_offset =
        has_time && has_date && text.find_first_of("Z+-", 11) != std::string::npos;
    return {{"type", !has_date    ? "time-local"
                     : !has_time  ? "date-local"
                     : has_offset ? "datetime"
                                  : "datetime-local"},
            {"value", text}};
  }
  std::erase(text, '_');
  if (node.kind == toml_kind::real) { return {{"type", "float"}, {"value", text}}; }
  if (text.front() == '+') { text.erase(0, 1); }
  int base = 10;
  if (text.starts_with("0x")) { base = 16; }
  if (text.starts_with("0o")) { base = 8; }
  if (text.starts_with("0b")) { base = 2; }
  std::int64_t value = 0;
  const char* const digits = text.data() + (base == 10 ? 0 : 2);
  REQUIRE(std::from_chars(digits, text.data() + text.size(), value, base).ec == std::errc{});
  return {{"type", "integer"}, {"value", std::to_string(value)}};
}

// Floats are compared as numbers, and fractions of seconds without the zeros behind them.
bool same(const json& a, const json& b) {
  if (a.type() != b.type() || a.size() != b.size()) { return false; }
  if (a.is_array()) { return std::equal(a.begin(), a.end(), b.begin(), b.end(), same); }
  if (!a.is_object()) { return a == b; }
  if (a.contains("type") && a.contains("value") && a["type"].is_string()) {
    if (a["type"] != b.value("type", json{})) { return false; }
    std::string x = a["value"];
    std::string y = b["value"];
    if (a["type"] == "float") {
      const double of_x = std::strtod(x.c_str(), nullptr);
      const double of_y = std::strtod(y.c_str(), nullptr);
      return (std::isnan(of_x) && std::isnan(of_y)) || of_x == of_y;
    }
    const auto trim = [](std::string& text) {
      const std::size_t dot = text.find('.');
      if (dot == std::string::npos) { return; }
      std::size_t end = std::min(text.find_first_of("Z+-", dot), text.size());
      while (text[end - 1] == '0') { text.erase(--end, 1); }
    };
    if (a["type"] != "string") {
      trim(x);
      trim(y);
    }
    return x == y;
  }
  return std::all_of(a.items().begin(), a.items().end(), [&](const auto& item) {
    return b.contains(item.key()) && same(item.value(), b[item.key()]);
  });
}

TEST_CASE("toml-test: what is TOML has its values, what is none is refused, and says where") {
  // The suite lists what TOML 1.1 refuses; what else it has, but for the standard's own examples, is
  // refused by 1.0 alone.
  std::set<std::string> of_1_1;
  for (const auto& list : corpus::files("toml/toml-test", "files-toml-1.1.0")) {
    std::istringstream lines{corpus::read(list)};
    for (std::string line; std::getline(lines, line);) { of_1_1.insert(line); }
  }
  std::size_t valid = 0;
  std::size_t equal = 0;
  std::size_t invalid = 0;
  std::size_t refused = 0;
  std::size_t of_1_0 = 0;
  for (const auto& file : corpus::files("toml/toml-test", ".toml")) {
    const std::string name = file.string().substr(file.string().find("toml-test/") + 10);
    CAPTURE(name);
    const std::string document = corpus::read(file);
    toml_reader toml;
    const linmem::error failed = toml.read(document.empty() ? "" : std::string_view{document});
    if (name.starts_with("valid/")) {
      ++valid;
      CHECK(failed == linmem::error{});
      if (failed.code != linmem::errc::none) { continue; }
      const json got = tagged(toml, toml[0]);
      auto beside = file;
      const json expected = json::parse(corpus::read(beside.replace_extension(".json")));
      if (same(got, expected)) {
        ++equal;
      } else {
        CHECK(got == expected);
      }
    } else if (!of_1_1.contains(name) && !name.starts_with("invalid/spec-1.0.0/")) {
      CHECK(failed == linmem::error{}); // 1.1 allows it
      ++of_1_0;
    } else {
      ++invalid;
      const std::string_view why = failed.code == linmem::errc::none ? "" : failed.subject;
      CHECK(why.starts_with("TOML, line "));
      if (why.starts_with("TOML, line ")) { ++refused; }
    }
  }
  if (valid != 0) {
    MESSAGE(equal << " of " << valid << " valid with equal values, " << refused << " of " << invalid
                  << " invalid refused, " << of_1_0 << " that 1.1 allows read");
  }
}

} // namespace
