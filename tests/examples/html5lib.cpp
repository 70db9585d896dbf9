// The HTML tokenizer against html5lib's tokenizer tests, whole and byte by byte.
//
// Compared are all tokens: text, tags with their attributes, comments, doctypes. Not what the tests say
// of parse errors, which the tokenizer does not report.
#include "../../examples/document/html_doctype.hpp"
#include "../../examples/document/html_tokenizer.hpp"

#include "corpus.hpp"
#include "run_transform.hpp"

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace {

using json = nlohmann::json;

std::string text_of(const document::html_name& name) {
  std::string text;
  for (std::uint32_t i = 0; i < name.size(); ++i) { text += name[i]; }
  return text;
}

/// Collects tokens in the form of html5lib's tests.
class collector {
public:
  explicit collector(bool is_cdata) : is_cdata_{is_cdata} {}

  std::size_t text(const char* p, std::size_t n) {
    if (tokens.empty() || tokens.back()[0] != "Character") {
      tokens.push_back(json::array({"Character", ""}));
    }
    tokens.back()[1].get_ref<std::string&>().append(p, n);
    return n;
  }
  document::content_model start_tag(const document::html_name& tag, bool self_closing) {
    json token =
        json::array({"StartTag", text_of(tag), std::exchange(attributes_, json::object())});
    if (self_closing) { token.push_back(true); }
    tokens.push_back(std::move(token));
    value_ = nullptr;
    return document::content_model::data; // the tests look at one state at a time
  }
  void end_tag(const document::html_name& tag) {
    tokens.push_back(json::array({"EndTag", text_of(tag)}));
  }
  bool wants_attributes(const document::html_name&) { return true; }
  bool wants_attribute(const document::html_name&, const document::html_name& attribute) {
    const auto [at, is_new] = attributes_.emplace(text_of(attribute), "");
    value_ = &at->get_ref<std::string&>();
    return is_new; // the first of two that have one name counts
  }
  std::size_t attribute_value(const char* p, std::size_t n) {
    value_->append(p, n);
    return n;
  }
  bool in_foreign_content() const { return is_cdata_; }
  void comment(std::string_view piece) { passed_ += piece; }
  void end_comment() { tokens.push_back(json::array({"Comment", std::exchange(passed_, {})})); }
  void doctype(std::string_view piece) { passed_ += piece; }
  void end_doctype(bool is_closed) {
    const document::html_doctype read = document::read_doctype(passed_, is_closed);
    const auto value = [](const std::optional<std::string_view>& text) {
      return text ? json(std::string{*text}) : json{};
    };
    json name = value(read.name);
    if (read.name) {
      for (char& c : name.get_ref<std::string&>()) {
        if (c >= 'A' && c <= 'Z') { c = static_cast<char>(c | 0x20); }
      }
    }
    tokens.push_back(json::array(
        {"DOCTYPE", name, value(read.public_id), value(read.system_id), !read.force_quirks}));
    passed_.clear();
  }

  json tokens = json::array();

private:
  std::string passed_; // of a comment or doctype
  json attributes_ = json::object();
  std::string* value_ = nullptr;
  bool is_cdata_;
};

struct start {
  document::content_model model = document::content_model::data;
  std::string_view prefix; // leads into a state that no content model names
};

std::optional<start> start_of(std::string_view name) {
  using document::content_model;
  if (name == "Data state") { return start{content_model::data, ""}; }
  if (name == "PLAINTEXT state") { return start{content_model::plaintext, ""}; }
  if (name == "RCDATA state") { return start{content_model::rcdata, ""}; }
  if (name == "RAWTEXT state") { return start{content_model::rawtext, ""}; }
  if (name == "Script data state") { return start{content_model::script_data, ""}; }
  if (name == "CDATA section state") { return start{content_model::data, "<![CDATA["}; }
  return std::nullopt;
}

json tokens_of(const start& from, std::string_view last_tag, std::string_view input,
               std::size_t piece) {
  document::html_tokenizer tokenizer{from.model, document::html_name{last_tag}};
  collector sink{!from.prefix.empty()};
  const std::string all = std::string{from.prefix} + std::string{input};
  for (std::size_t at = 0; at < all.size(); at += piece) {
    const std::string bytes = all.substr(at, piece);
    const char* const end = bytes.data() + bytes.size();
    REQUIRE(tokenizer.run(bytes.data(), end, sink) == end);
  }
  REQUIRE(tokenizer.finish(sink));
  return sink.tokens;
}

// What `\uXXXX` stands for in a text that is escaped twice; nothing for half of a pair, which UTF-8
// does not have.
std::optional<std::string> unescaped(const std::string& text) {
  std::string quoted = "\"";
  for (const char c : text) {
    if (c == '"') { quoted += '\\'; }
    quoted += c;
  }
  json parsed = json::parse(quoted + '"', nullptr, false);
  if (parsed.is_discarded()) { return std::nullopt; }
  return parsed.get<std::string>();
}

// The tokens, text side by side put together; nothing when unescaped() has none.
std::optional<json> expected_tokens(const json& test, bool escaped) {
  json tokens = json::array();
  for (json token : test["output"]) {
    if (escaped) {
      for (json& part : token) {
        if (!part.is_string()) { continue; }
        auto text = unescaped(part.get<std::string>());
        if (!text) { return std::nullopt; }
        part = *text;
      }
    }
    if (token[0] == "Character" && !tokens.empty() && tokens.back()[0] == "Character") {
      tokens.back()[1].get_ref<std::string&>() += token[1].get<std::string>();
    } else {
      tokens.push_back(std::move(token));
    }
  }
  return tokens;
}

TEST_CASE("comments and doctypes are told to a sink that knows them, for input cut anywhere") {
  const std::string_view html =
      "<!DOCTYPE Html PUBLIC 'p' \"s\">a<!-- b - -- c\r\n--!>d<!--><!doc><?e><!doctype x y><!--f-";
  const json expected = json::parse(R"([["DOCTYPE", "html", "p", "s", true], ["Character", "a"],
      ["Comment", " b - -- c\n"], ["Character", "d"], ["Comment", ""], ["Comment", "doc"],
      ["Comment", "?e"], ["DOCTYPE", "x", null, null, false], ["Comment", "f"]])");
  for (std::size_t piece = 1; piece <= html.size(); ++piece) {
    CHECK(tokens_of({}, "", html, piece) == expected);
  }
  static_assert(document::read_doctype(" html", true).name == "html");
  static_assert(document::read_doctype("", true).force_quirks);
}

TEST_CASE("tokens are those of html5lib's tests") {
  std::size_t total = 0;
  std::size_t passed = 0;
  std::size_t not_utf8 = 0;
  for (const auto& file : corpus::files("html/html5lib-tokenizer", ".test")) {
    const std::size_t total_before = total;
    const std::size_t passed_before = passed;
    const json document = json::parse(corpus::read(file));
    // Another list than this, in one file, is for tokenizers whose output becomes XML.
    for (const json& test : document.value("tests", json::array())) {
      const bool escaped = test.value("doubleEscaped", false);
      auto input = std::optional{test["input"].get<std::string>()};
      if (escaped) { input = unescaped(*input); }
      const auto expected = expected_tokens(test, escaped);
      if (!input || !expected) {
        ++not_utf8;
        continue;
      }
      for (const json& state : test.value("initialStates", json::array({"Data state"}))) {
        const auto from = start_of(state.get<std::string>());
        REQUIRE(from);
        ++total;
        const std::string last_tag = test.value("lastStartTag", "");
        const json got = tokens_of(*from, last_tag, *input, input->size() + 16);
        if (got == *expected && tokens_of(*from, last_tag, *input, 1) == got) {
          ++passed;
        } else {
          MESSAGE(file.filename().string()
                  << ", " << test["description"].get<std::string>() << ", "
                  << state.get<std::string>() << ": expected " << expected->dump() << ", got "
                  << got.dump(-1, ' ', false, json::error_handler_t::replace));
        }
      }
    }
    if (total != total_before) {
      MESSAGE(file.filename().string()
              << ": " << passed - passed_before << " of " << total - total_before);
    }
  }
  if (total == 0) { return; } // skipped, with a reason
  MESSAGE(passed << " of " << total << " passed; " << not_utf8 << " have no form in UTF-8");
  CHECK(passed * 100 >= total * 99);
}

} // namespace
