// The named character references of HTML: all there, nothing else, and found by the right rules.
#include "../../examples/document/entities.hpp"

#include <doctest/doctest.h>

#include <cstddef>
#include <string>
#include <string_view>

namespace {

using document::find_entity;
using document::find_entity_prefix;
using document::from_code_point;
using document::from_numeric_reference;
namespace table = document::entities_table;

// Every name in the table, in its order, read without the look-up under test.
template <class Visit>
void for_each_name(Visit visit) {
  std::size_t at = 0;
  std::string name;
  for (std::size_t i = 0; i < table::name_count; ++i) {
    const auto head = static_cast<unsigned char>(table::packed[at++]);
    name.resize(head & 0x1F);
    for (bool end = false; !end; ++at) {
      end = (table::packed[at] & 0x80) != 0;
      name += static_cast<char>(table::packed[at] & 0x7F);
    }
    std::string text;
    for (int points = (head & 0x40) != 0 ? 2 : 1; points != 0; --points) {
      do { text += table::packed[at++]; } while ((table::packed[at] & 0xC0) == 0x80);
    }
    visit(name, text, (head & 0x20) != 0);
  }
  CHECK(at == sizeof table::packed - 1);
}

TEST_CASE("the table holds the 2,231 references of the standard") {
  std::size_t names = 0;
  std::size_t legacy = 0;
  std::string previous;
  for_each_name([&](const std::string& name, const std::string& text, bool without_semicolon) {
    ++names;
    legacy += without_semicolon ? 1U : 0U;
    CHECK(previous < name);
    CHECK(name.size() <= table::longest_name);
    CHECK(text.size() <= table::longest_text);
    previous = name;
  });
  CHECK(names + legacy == 2231);
  CHECK(legacy == table::legacy_count);
}

TEST_CASE("every name is found, with its own text") {
  for_each_name([](const std::string& name, const std::string& text, bool without_semicolon) {
    CAPTURE(name);
    CHECK(find_entity(name).text() == text);
    const document::entity_prefix prefix = find_entity_prefix(name);
    CHECK((prefix.length == name.size()) == without_semicolon);
  });
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
