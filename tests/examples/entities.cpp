// The named character references of HTML: all there, nothing else, and found by the right rules.
#include "../../examples/document/entities.hpp"

#include <doctest/doctest.h>

#include <cstddef>
#include <iterator>
#include <map>
#include <set>
#include <string>
#include <string_view>
#if !defined(__EMSCRIPTEN__) || defined(__EMSCRIPTEN_PTHREADS__)
#include <array>
#include <thread>
#include <vector>
#endif

namespace {

using document::find_entity;
using document::find_entity_prefix;
using document::from_code_point;
using document::from_numeric_reference;

#if !defined(__EMSCRIPTEN__) || defined(__EMSCRIPTEN_PTHREADS__)
// First, while nothing has been looked up.
TEST_CASE("threads that look up the first name at once find it") {
  std::array<document::utf8_text, 4> found;
  {
    std::vector<std::thread> threads;
    for (document::utf8_text& text : found) {
      threads.emplace_back([&text] { text = find_entity("zwnj"); });
    }
    for (std::thread& t : threads) { t.join(); }
  }
  for (const document::utf8_text& text : found) { CHECK(text.text() == "\u200C"); }
}
#endif

struct reference {
  std::string_view name; // with its semicolon, where it needs one
  std::string_view text;
};
// Python's list of them, as the generator prints it.
constexpr reference references[]{
#include "entities_list.inc"
};

TEST_CASE("all 2,231 references of the standard are found, each with its own text") {
  CHECK(std::size(references) == 2231);
  std::set<std::string_view> legacy;
  for (const auto& [name, text] : references) {
    CAPTURE(name);
    if (name.back() != ';') {
      legacy.insert(name);
      const document::entity_prefix found = find_entity_prefix(name);
      CHECK(found.length == name.size());
      CHECK(found.text.text() == text);
    } else {
      CHECK(name.size() - 1 <= document::longest_entity_name);
      CHECK(find_entity(name.substr(0, name.size() - 1)).text() == text);
    }
  }
  CHECK(legacy.size() == 106);
  for (const auto& [name, text] : references) {
    CAPTURE(name);
    if (name.back() != ';') { continue; }
    const document::entity_prefix found = find_entity_prefix(name);
    CHECK((found.length == name.size() - 1) == legacy.contains(name.substr(0, name.size() - 1)));
  }
}

TEST_CASE("what differs from a name in one byte is found only when it is a name itself") {
  std::map<std::string, std::string_view> texts;
  for (const auto& [name, text] : references) {
    if (name.back() == ';') { texts.emplace(name.substr(0, name.size() - 1), text); }
  }
  std::size_t wrong = 0;
  const auto look_up = [&](const std::string& name) {
    const auto known = texts.find(name);
    wrong += find_entity(name).text() != (known == texts.end() ? "" : known->second) ? 1U : 0U;
  };
  for (const auto& [name, text] : texts) {
    for (std::size_t i = 0; i != name.size(); ++i) {
      look_up(name.substr(0, i));
      std::string other = name;
      for (other[i] = '\x7F'; other[i] != '\0';) {
        --other[i];
        look_up(other);
      }
      other[i] = '\x81';
      look_up(other);
    }
  }
  CHECK(wrong == 0);
}

TEST_CASE("names mean what the standard says") {
  CHECK(find_entity("amp").text() == "&");
  CHECK(find_entity("AMP").text() == "&");
  CHECK(find_entity("eacute").text() == "\u00E9");
  CHECK(find_entity("hellip").text() == "\u2026");
  CHECK(find_entity("nbsp").text() == "\u00A0");
  CHECK(find_entity("Afr").text() == "\U0001D504");
  CHECK(find_entity("bne").text() == "=\u20E5"); // two code points
  CHECK(find_entity("NotEqualTilde").text() == "\u2242\u0338");
  CHECK(find_entity("CounterClockwiseContourIntegral").text() == "\u2233"); // the longest
  CHECK(find_entity("AElig").text() == "\u00C6");                           // the first
  CHECK(find_entity("zwnj").text() == "\u200C");                            // the last
}

TEST_CASE("what is no name is not found") {
  for (const std::string_view name :
       {"", "a", "am", "ampe", "Amp", "eacut", "eacutee", "zzz", "0", "zwnjj", "zw", "A", "AEli",
        "amp;", "CounterClockwiseContourIntegralCounterClockwiseContourIntegral"}) {
    CAPTURE(name);
    CHECK_FALSE(find_entity(name));
  }
}

TEST_CASE("a reference without a semicolon is the longest legacy name at the beginning") {
  CHECK(find_entity_prefix("copy2024").length == 4);
  CHECK(find_entity_prefix("notit").length == 3); // not "notin", which needs its semicolon
  CHECK(find_entity_prefix("sup1x").length == 4); // not "sup"
  CHECK(find_entity_prefix("ampersand").text.text() == "&");
  CHECK(find_entity_prefix("hellip").length == 0);
  CHECK(find_entity_prefix("").length == 0);
}

TEST_CASE("numbers are code points, but for those of windows-1252 and those that are none") {
  CHECK(from_numeric_reference(0x41).text() == "A");
  CHECK(from_numeric_reference(0xE9).text() == "\u00E9");
  CHECK(from_numeric_reference(0x20AC).text() == "\u20AC");
  CHECK(from_numeric_reference(0x1F600).text() == "\U0001F600");
  CHECK(from_numeric_reference(0x80).text() == "\u20AC");
  CHECK(from_numeric_reference(0x99).text() == "\u2122");
  CHECK(from_numeric_reference(0x81).text() == "\u0081"); // windows-1252 has nothing there
  for (const std::uint32_t bad : {0x0U, 0xD800U, 0xDFFFU, 0x110000U, 0xFFFFFFFFU}) {
    CHECK(from_numeric_reference(bad).text() == "\uFFFD");
    CHECK(from_code_point(bad).text() == "\uFFFD");
  }
  CHECK(from_code_point(0x80).text() == "\u0080");
  CHECK(from_code_point(0x10FFFF).text() == "\U0010FFFF");
}

} // namespace
