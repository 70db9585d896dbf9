// Markdown to text against the examples of the CommonMark specification: the text of the Markdown is
// that of the HTML which the specification says it becomes, white space aside.
#include "../../examples/document/html_text.hpp"
#include "../../examples/document/markdown_text.hpp"

#include "corpus.hpp"
#include "run_transform.hpp"

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include <cstddef>
#include <sstream>
#include <string>

namespace {

using json = nlohmann::json;

// Lines and blocks are a matter of layout: what is compared is words.
std::string words_of(const std::string& text) {
  std::istringstream in{text};
  std::string words;
  for (std::string word; in >> word;) { words += word + ' '; }
  return words;
}

TEST_CASE("the text of CommonMark's examples is that of their HTML") {
  std::size_t total = 0;
  std::size_t passed = 0;
  std::string differ;
  for (const auto& file : corpus::files("markdown/commonmark", "spec.json")) {
    for (const json& example : json::parse(corpus::read(file))) {
      const auto markdown = example["markdown"].get<std::string>();
      const auto html = example["html"].get<std::string>();
      const std::string got = words_of(run_transform::whole<document::markdown_text>(markdown));
      const std::string expected = words_of(run_transform::whole<document::html_text>(html));
      ++total;
      if (got == expected) {
        ++passed;
        continue;
      }
      differ += "\n  " + example["example"].dump() + " (" + example["section"].get<std::string>() +
                "): expected " + json(expected).dump() + ", got " + json(got).dump();
    }
  }
  if (total == 0) { return; } // skipped, with a reason
  MESSAGE(passed << " of " << total << " passed; these differ:" << differ);
  CHECK(passed * 100 >= total * 98);
}

} // namespace
