// JSON to text: values as lines, and JSONTestSuite's verdict on each of its documents.
#include "../../examples/document/json_text.hpp"

#include "corpus.hpp"
#include "failing_malloc.hpp"
#include "run_transform.hpp"

#include <doctest/doctest.h>

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace {

using document::json_text;
using run_transform::any_way;
using run_transform::failure_for;

static_assert(linmem::transform<json_text>);

TEST_CASE("each value is a line, with its key or as an item") {
  CHECK(any_way<json_text>(R"({"a": 1, "b": "x"})") == "a: 1\nb: x\n");
  CHECK(any_way<json_text>(R"(["a", 2, true, false, null])") ==
        "- a\n- 2\n- true\n- false\n- null\n");
  CHECK(any_way<json_text>(R"({"a": {"b": [1, 2]}, "c": 3})") == "a:\nb:\n- 1\n- 2\nc: 3\n");
  CHECK(any_way<json_text>(R"([{"a": 1, "b": 2}, {"a": 3}])") == "- a: 1\nb: 2\n- a: 3\n");
  CHECK(any_way<json_text>("[[1, 2], [3]]") == "- 1\n- 2\n- 3\n");
  CHECK(any_way<json_text>(R"({"a": {}, "b": [], "c": ""})") == "a:\nb:\nc:\n");
  CHECK(any_way<json_text>("[]") == "");
  CHECK(any_way<json_text>(" \"alone\" ") == "alone\n");
}

TEST_CASE("strings are decoded, numbers stand as they are written") {
  CHECK(any_way<json_text>(R"(["\u00e9\n\u65E5\ud83d\ude00", "\"\\\/"])") ==
        "- é\n日😀\n- \"\\/\n");
  CHECK(any_way<json_text>("[1.50e+3, -0, 123456789012345678901234567890]") ==
        "- 1.50e+3\n- -0\n- 123456789012345678901234567890\n");
  CHECK(any_way<json_text>("\xEF\xBB\xBF[1]") == "- 1\n");
}

TEST_CASE("what is no JSON is an error with line and column, and gives no text") {
  CHECK(failure_for<json_text>("{\"a\": 1,\n \"b\" 2}") ==
        "JSON, line 2, column 6: unexpected character, expected a colon after object key");
  CHECK(failure_for<json_text>("") == "JSON, line 1, column 1: input length is 0");
  CHECK(failure_for<json_text>("[1,\n2,\n3").starts_with("JSON, line 3, column 2: "));
  CHECK(failure_for<json_text>("\"é\" x").starts_with("JSON, line 1, column 5: "));
}

TEST_CASE("a transform that failed is usable after a reset") {
  json_text t;
  std::vector<std::byte> out(64);
  CHECK(t.step(linmem::as_bytes("[1"), out, true).status == linmem::step_status::failed);
  CHECK(t.step({}, out, true).status == linmem::step_status::failed);
  t.reset();
  CHECK(run_transform::in_pieces(t, "[1]", {}, 64) == "- 1\n");
}

TEST_CASE("nesting has a limit, and no document overflows the stack") {
  const std::string openers(document::deepest_nesting, '[');
  const std::string closers(document::deepest_nesting, ']');
  CHECK(run_transform::whole<json_text>(openers + "1" + closers) == "- 1\n");
  json_text t;
  std::vector<std::byte> out(64);
  CHECK(t.step(linmem::as_bytes('[' + openers + closers + ']'), out, true).status ==
        linmem::step_status::failed);
  CHECK(t.failure() == linmem::error{linmem::errc::limit_exceeded, "", 512, 513});
  CHECK(
      failure_for<json_text>(std::string(100'000, '[')).starts_with("JSON, line 1, column 10000"));
  std::string maps;
  for (int i = 0; i < 100'000; ++i) { maps += "{\"a\":"; }
  CHECK(failure_for<json_text>(maps + "1" + std::string(100'000, '}')) == "JSON nesting in levels");
}

TEST_CASE("a document beyond the limit is refused before it is read") {
  json_text t{10};
  std::vector<std::byte> out(64);
  CHECK(t.step(linmem::as_bytes("[1,2,3,4,5,6]"), out, true).status == linmem::step_status::failed);
  CHECK(t.failure() == linmem::error{linmem::errc::limit_exceeded, "", 10, 13});
}

TEST_CASE("an allocation that fails is an error, whichever it is") {
  failing_malloc::each_in_turn<json_text>(R"({"a": [1, "x\ny"], "b": {"c": null}})",
                                          "a:\n- 1\n- x\ny\nb:\nc: null\n");
}

TEST_CASE("JSONTestSuite: what must be accepted is, what must be refused is, and says where") {
  std::size_t accepted = 0;
  std::size_t refused = 0;
  for (const auto& file : corpus::files("json/JSONTestSuite", ".json")) {
    const std::string name = file.filename().string();
    CAPTURE(name);
    const std::string document = corpus::read(file);
    const std::string failure = failure_for<json_text>(document);
    if (name.starts_with("y_")) {
      CHECK(failure == "");
      ++accepted;
    } else if (name.starts_with("n_")) {
      CHECK(failure.starts_with("JSON, line "));
      ++refused;
    }
  }
  if (accepted + refused != 0) { MESSAGE(accepted << " accepted, " << refused << " refused"); }
}

} // namespace
