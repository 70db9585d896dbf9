// YAML to text, and against the events that the YAML test suite names for each of its documents.
#include "../../examples/document/yaml_text.hpp"

#include "corpus.hpp"
#include "failing_malloc.hpp"
#include "run_transform.hpp"

#include <doctest/doctest.h>

#include <cstddef>
#include <map>
#include <sstream>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace {

using document::yaml_text;
using run_transform::any_way;
using run_transform::failure_for;

static_assert(linmem::transform<yaml_text>);

TEST_CASE("each value is a line, with its key or as an item") {
  CHECK(any_way<yaml_text>("a: 1\nb: x\n") == "a: 1\nb: x\n");
  CHECK(any_way<yaml_text>("- a\n- [1, 2]\n- {k: v}\n") == "- a\n- 1\n- 2\n- k: v\n");
  CHECK(any_way<yaml_text>("a:\n  b:\n    - x\n    - y\nc: ~\n") == "a:\nb:\n- x\n- y\nc: ~\n");
  CHECK(any_way<yaml_text>("a: |\n  one\n  two\nb: >\n  three\n  four\n") ==
        "a: one\ntwo\nb: three four\n");
  CHECK(any_way<yaml_text>("'it''s': \"\\u00e9\\x41\" # comment\n") == "it's: éA\n");
  CHECK(any_way<yaml_text>("") == "");
  CHECK(any_way<yaml_text>("# nothing\n") == "");
  CHECK(any_way<yaml_text>("alone") == "alone\n");
}

TEST_CASE("documents are parted by a blank line, keys may be maps, aliases stay names") {
  CHECK(any_way<yaml_text>("--- a\n--- b\n...\n") == "a\n\nb\n");
  CHECK(any_way<yaml_text>("? {x: 1}\n: [2]\nk: v\n") == "x: 1\n- 2\nk: v\n");
  CHECK(any_way<yaml_text>("a: &n [1]\nb: *n\n*n : c\n") == "a:\n- 1\nb: *n\n*n: c\n");
}

TEST_CASE("aliases do not explode") {
  std::string bomb = "a0: &a0 x\n";
  for (int i = 1; i < 30; ++i) {
    const std::string n = std::to_string(i);
    const std::string before = std::to_string(i - 1);
    bomb += "a" + n + ": &a" + n + " [*a" + before + ", *a" + before + "]\n";
  }
  CHECK(run_transform::whole<yaml_text>(bomb).size() < 2 * bomb.size());
}

TEST_CASE("what is no YAML is an error with line and column, and gives no text") {
  CHECK(failure_for<yaml_text>("a: 1\n b: 2\n") ==
        "YAML, line 2, column 3: mapping values are not allowed in this context");
  CHECK(failure_for<yaml_text>("[1,\n2") ==
        "YAML, line 3, column 1: did not find expected ',' or ']'");
  CHECK(failure_for<yaml_text>("a: \xFF").starts_with("YAML, line 1, column "));
}

TEST_CASE("nesting has a limit, and no document overflows the stack") {
  const std::string openers(document::deepest_nesting, '[');
  const std::string closers(document::deepest_nesting, ']');
  CHECK(run_transform::whole<yaml_text>(openers + "1" + closers) == "- 1\n");
  CHECK(failure_for<yaml_text>('[' + openers + closers + ']') == "YAML nesting in levels");
  CHECK(failure_for<yaml_text>(std::string(100'000, '[')) == "YAML nesting in levels");
  std::string dashes;
  for (int i = 0; i < 100'000; ++i) { dashes += "- "; }
  CHECK(failure_for<yaml_text>(dashes) == "YAML nesting in levels");
}

TEST_CASE("an allocation that fails is an error, whichever it is") {
  failing_malloc::each_in_turn<yaml_text>("%TAG ! tag:x,2000:\n---\na: &x [1, !t 'two']\nb: *x\n",
                                          "a:\n- 1\n- two\nb: *x\n");
}

// --- the YAML test suite ------------------------------------------------------------------------
// Its files are YAML themselves: lists of maps from names to scalars, read here with libyaml's own
// loader, which yaml_text does not use.

using fields = std::map<std::string, std::string>;

std::vector<fields> load_cases(const std::string& file) {
  yaml_parser_t parser{};
  yaml_document_t loaded{};
  REQUIRE(yaml_parser_initialize(&parser) != 0);
  yaml_parser_set_input_string(&parser, reinterpret_cast<const unsigned char*>(file.data()),
                               file.size());
  REQUIRE(yaml_parser_load(&parser, &loaded) != 0);
  const auto text_of = [&](int index) {
    const yaml_node_t* node = yaml_document_get_node(&loaded, index);
    return node->type == YAML_SCALAR_NODE
               ? std::string{reinterpret_cast<const char*>(node->data.scalar.value),
                             node->data.scalar.length}
               : std::string{};
  };
  std::vector<fields> cases;
  const yaml_node_t* root = yaml_document_get_root_node(&loaded);
  for (auto* item = root->data.sequence.items.start; item != root->data.sequence.items.top;
       ++item) {
    // What a later case of a file leaves out is as in the first.
    fields one = cases.empty() ? fields{} : cases.front();
    const yaml_node_t* map = yaml_document_get_node(&loaded, *item);
    if (map->type != YAML_MAPPING_NODE) { continue; }
    for (auto* pair = map->data.mapping.pairs.start; pair != map->data.mapping.pairs.top; ++pair) {
      one[text_of(pair->key)] = text_of(pair->value);
    }
    cases.push_back(std::move(one));
  }
  yaml_document_delete(&loaded);
  yaml_parser_delete(&parser);
  return cases;
}

void replace_all(std::string& text, std::string_view from, std::string_view to) {
  for (std::size_t at = 0; (at = text.find(from, at)) != text.npos; at += to.size()) {
    text.replace(at, from.size(), to);
  }
}

// White space that the suite makes visible.
std::string shown(std::string text) {
  for (const auto& [from, to] : std::vector<std::pair<std::string_view, std::string_view>>{
           {"␣", " "}, {"»", "\t"}, {"—", ""}, {"⇔", "\xEF\xBB\xBF"}, {"↵", ""}, {"←", "\r"}}) {
    replace_all(text, from, to);
  }
  if (text.ends_with("∎\n")) { text.resize(text.size() - std::string_view{"∎\n"}.size()); }
  return text;
}

std::string unescaped(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '\\' || i + 1 == text.size()) {
      out += text[i];
      continue;
    }
    switch (text[++i]) {
      case 'n': out += '\n'; break;
      case 't': out += '\t'; break;
      case 'b': out += '\b'; break;
      case 'r': out += '\r'; break;
      default: out += text[i]; break;
    }
  }
  return out;
}

struct string_sink {
  bool more(document::text_output&) noexcept { return false; }
};

// The text that follows from the suite's events.
std::string text_of_events(const std::string& events) {
  std::string room(1 << 16, '\0');
  document::text_output out{room.data(), room.data() + room.size()};
  string_sink sink;
  document::tree_text<string_sink> tree{out, sink};
  std::vector<bool> is_value{false};
  std::istringstream lines{events};
  for (std::string line; std::getline(lines, line);) {
    line.erase(0, line.find_first_not_of(' '));
    const std::string_view kind = std::string_view{line}.substr(0, 4);
    bool is_key = false;
    if (kind == "=VAL" || kind == "=ALI" || kind == "+SEQ" || kind == "+MAP") {
      is_key = tree.in_map() && !is_value.back();
      if (tree.in_map()) { is_value.back() = !is_value.back(); }
    }
    if (kind == "+DOC") {
      tree.separate();
    } else if (kind == "+SEQ" || kind == "+MAP") {
      kind == "+MAP" ? tree.begin_map() : tree.begin_list();
      is_value.push_back(false);
    } else if (kind == "-SEQ" || kind == "-MAP") {
      tree.end();
      is_value.pop_back();
    } else if (kind == "=ALI") {
      const std::string_view name = std::string_view{line}.substr(6);
      REQUIRE((is_key ? tree.key("*", name) : tree.scalar("*", name)));
    } else if (kind == "=VAL") {
      // =VAL [&anchor] [<tag>] then one of : ' " | > and the text
      std::size_t at = 5;
      while (line[at] == '&' || line[at] == '<') { at = line.find(' ', at) + 1; }
      const std::string value = unescaped(std::string_view{line}.substr(at + 1));
      REQUIRE((is_key ? tree.key("", value) : tree.scalar("", value)));
    }
  }
  REQUIRE(tree.finish());
  room.resize(static_cast<std::size_t>(out.at - room.data()));
  return room;
}

TEST_CASE("the YAML test suite: the events it names, or a refusal") {
  std::size_t total = 0;
  std::size_t passed = 0;
  std::string differ;
  for (const auto& file : corpus::files("yaml/yaml-test-suite", ".yaml")) {
    std::size_t number = 0;
    for (const fields& one : load_cases(corpus::read(file))) {
      const std::string name = file.stem().string() + '/' + std::to_string(number++);
      if (one.contains("skip")) { continue; }
      const std::string yaml = shown(one.at("yaml"));
      const bool must_fail = one.contains("fail") && one.at("fail") == "true";
      const std::string failure = failure_for<yaml_text>(yaml);
      const bool right = must_fail ? !failure.empty()
                                   : failure.empty() && run_transform::whole<yaml_text>(yaml) ==
                                                            text_of_events(shown(one.at("tree")));
      ++total;
      passed += right ? 1U : 0U;
      if (!right) {
        differ += "\n  " + name + " (" + one.at("name") + "): ";
        differ += must_fail ? "accepted" : failure.empty() ? "another text" : failure;
      }
    }
  }
  if (total == 0) { return; } // skipped, with a reason
  MESSAGE(passed << " of " << total << " passed; libyaml differs in:" << differ);
  CHECK(passed * 100 >= total * 80);
}

} // namespace
