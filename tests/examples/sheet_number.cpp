// Numbers, dates and times of spreadsheets.
#include "../../examples/document/sheet_number.hpp"

#include <doctest/doctest.h>

#include <string>
#include <string_view>

namespace {

using document::date_parts;
using document::date_parts_of;

std::string shown(std::string_view code) {
  const date_parts parts = date_parts_of(code);
  return std::string{parts.date ? "date " : ""} + (parts.time ? "time " : "") +
         (parts.duration ? "duration" : "");
}
std::string number(std::string_view text) {
  document::number_text room{};
  return std::string{document::plain_number(text, room)};
}
std::string date(std::string_view serial, std::string_view code, bool from_1904 = false) {
  document::number_text room{};
  return std::string{document::date_text(serial, date_parts_of(code), from_1904, room)};
}

TEST_CASE("sheet_number: a format says whether a number is a date") {
  for (const char* code : {"yyyy-mm-dd", "d/m/yy", "mmm", "[$-409]d-mmm;@", "MMMM\\ yyyy", "YY"}) {
    CHECK_MESSAGE(shown(code) == "date ", code);
  }
  for (const char* code : {"h:mm", "mm:ss.0", "h:mm AM/PM", "HH:MM:SS"}) {
    CHECK_MESSAGE(shown(code) == "time ", code);
  }
  CHECK(shown("m/d/yy h:mm") == "date time ");
  CHECK(shown("[h]:mm:ss") == "time duration");
  CHECK(shown("[mm]") == "duration");
  for (const char* code : {"General", "0.00", "#,##0 \"days\"", "[Red]0", "0\\d", "_d0", "0*y",
                           "0.0E+00", "@", "", "\"", "[", "\\", "0;yyyy", "[$-409]0"}) {
    CHECK_MESSAGE(shown(code) == "", code);
  }
  CHECK(date_parts_of(14U).date);
  CHECK(date_parts_of(22U).time);
  CHECK(date_parts_of(46U).duration);
  for (const unsigned plain : {0U, 13U, 23U, 44U, 48U, 164U}) {
    CHECK_FALSE(date_parts_of(plain).date);
    CHECK_FALSE(date_parts_of(plain).time);
  }
}

TEST_CASE("sheet_number: a number is as it was, but for what none shows") {
  for (const char* same : {"0", "1", "-12.5", "0.1", "0.00001", "12345678901234567890",
                           "123456789012345", "1234567890123456", "", "-", ".", "abc", "1.5x", "1e",
                           "1e+", "--1", "12345678901234567.5"}) {
    CHECK(number(same) == same);
  }
  CHECK(number("13.0") == "13");
  CHECK(number("-1.250") == "-1.25");
  CHECK(number("0.0") == "0");
  CHECK(number("100") == "100");
  CHECK(number("1.0E10") == "10000000000");
  CHECK(number("0.30000000000000004") == "0.3");
  CHECK(number("-0.30000000000000004") == "-0.3");
  CHECK(number("8.3333333333333339") == "8.33333333333333");
  CHECK(number("0.99999999999999994") == "1");
  CHECK(number("123456789012345.67") == "123456789012346");
  CHECK(number("1.0000000000000001E-3") == "0.001");
  CHECK(number("-5.5E-2") == "-0.055");
  CHECK(number("1E-4") == "0.0001");
  CHECK(number("1.5e-5") == "1.5E-05");
  CHECK(number("1E+14") == "100000000000000");
  CHECK(number("1E+15") == "1E+15");
  CHECK(number("0E-9") == "0");
  CHECK(number("2.2250738585072014E-308") == "2.2250738585072E-308");
  CHECK(number("-1.7976931348623157E+308") == "-1.79769313486232E+308");
  CHECK(number("1E-99999") == "1E-9999");
  CHECK(number("1.2345678901234567E+5") == "123456.789012346");
  CHECK(number("9.9999999999999995E-2") == "0.1");
}

TEST_CASE("sheet_number: days since 1899 or 1904") {
  CHECK(date("1", "d.m.yy") == "1900-01-01");
  CHECK(date("59", "d.m.yy") == "1900-02-28");
  CHECK(date("61", "d.m.yy") == "1900-03-01");
  CHECK(date("45352", "d.m.yy") == "2024-03-01");
  CHECK(date("45352.9999", "d.m.yy") == "2024-03-01");
  CHECK(date("2958465", "d.m.yy") == "9999-12-31");
  CHECK(date("2958466", "d.m.yy") == "2958466");
  CHECK(date("-1", "d.m.yy") == "-1");
  CHECK(date("x", "d.m.yy") == "x");
  CHECK(date("4.5352E4", "d.m.yy") == "2024-03-01");
  CHECK(date("0", "d.m.yy", true) == "1904-01-01");
  CHECK(date("43890", "d.m.yy", true) == "2024-03-01");
}

TEST_CASE("sheet_number: times and durations") {
  CHECK(date("45352.604166666664", "d.m.yy h:mm") == "2024-03-01 14:30:00");
  CHECK(date("0.5", "d.m.yy h:mm") == "12:00:00");
  CHECK(date("0.25", "h:mm") == "06:00:00");
  CHECK(date("45352.25", "h:mm") == "06:00:00");
  CHECK(date("0.999999999", "h:mm") == "00:00:00");
  CHECK(date("45351.9999999999", "d.m.yy h:mm") == "2024-03-01 00:00:00");
  CHECK(date("1.5", "[h]:mm") == "36:00:00");
  CHECK(date("1.1574074074074073E-5", "mm:ss") == "00:00:01");
}

} // namespace
