#include <linmem/metrics.hpp>

#include <doctest/doctest.h>

#include <array>
#include <set>
#include <string>
#include <string_view>
#include <vector>

using linmem::errc;
using linmem::metric_type;
using linmem::metric_unit;
using linmem::metrics_format;
using linmem::metrics_options;
using linmem::metrics_writer;
using linmem::tracker_block;

namespace {

std::string text_of(metrics_writer writer, std::size_t piece = 4096) {
  std::string all;
  std::vector<char> room(piece);
  for (std::size_t n = 0; (n = writer.write(room)) != 0;) { all.append(room.data(), n); }
  return all;
}

std::string text_of(const tracker_block& figures, metrics_format format,
                    metrics_options options = {}) {
  return text_of(*metrics_writer::create(figures, format, options));
}

// Grown from 1 page to 5 under a limit of 6, refused 9, with one operation of 3 ms.
tracker_block scripted() {
  linmem::basic_resource_tracker<linmem::plain_counters> t;
  t.limit({.hard_pages = 6});
  t.observe(1, 16);
  REQUIRE(t.memory_growing(1, 5, 16));
  t.memory_grown(1, 5);
  REQUIRE_FALSE(t.memory_growing(5, 9, 16));
  t.grow_failed();
  REQUIRE(t.allocating(100));
  t.allocated(100, linmem::memory_tag::arena);
  t.record_operation(3'000'000, true);
  t.record_cold_start(1'500'000'000);
  return t.snapshot();
}

bool has_line(const std::string& text, std::string_view line) {
  return ("\n" + text).find("\n" + std::string{line} + "\n") != std::string::npos;
}

} // namespace

TEST_SUITE("metrics") {
  TEST_CASE("scripted growth gives these figures for Prometheus") {
    const std::string text = text_of(scripted(), metrics_format::prometheus);
    CHECK(text.starts_with("# HELP linmem_memory_pages Pages of linear memory, 64 KiB each.\n"
                           "# TYPE linmem_memory_pages gauge\n"
                           "linmem_memory_pages 5\n"
                           "# HELP linmem_memory_peak_pages "));
    for (const char* line : {"linmem_memory_peak_pages 5",
                             "linmem_memory_maximum_pages 16",
                             "linmem_memory_soft_limit_pages +Inf",
                             "linmem_memory_limit_pages 6",
                             "linmem_memory_grow_requests_total 2",
                             "linmem_memory_grow_failed_total 1",
                             "linmem_memory_grow_denied_total 1",
                             "linmem_heap_limit_bytes +Inf",
                             "linmem_heap_claimed_bytes 100",
                             "linmem_heap_used_bytes{tag=\"arena\"} 100",
                             "linmem_heap_used_bytes{tag=\"heap\"} 0",
                             "linmem_copied_bytes_total{direction=\"in\"} 0",
                             "# TYPE linmem_operation_seconds summary",
                             "linmem_operation_seconds{quantile=\"0.5\"} 0.003145728",
                             "linmem_operation_seconds{quantile=\"0.95\"} 0.003145728",
                             "linmem_operation_seconds{quantile=\"0.99\"} 0.003145728",
                             "linmem_operation_seconds_sum 0.003",
                             "linmem_operation_seconds_count 1",
                             "linmem_cold_start_seconds 1.5",
                             "linmem_module_cache_hits_total 0",
                             "linmem_breaker_state 0"}) {
      CHECK_MESSAGE(has_line(text, line), line);
    }
    CHECK(text.ends_with("\n"));
  }

  TEST_CASE("and these as JSON") {
    const std::string text = text_of(scripted(), metrics_format::json);
    CHECK(
        text.starts_with("{\"memory_pages\":5,\"memory_peak_pages\":5,\"memory_maximum_pages\":16,"
                         "\"memory_soft_limit_pages\":null,\"memory_limit_pages\":6,"));
    CHECK(text.find("\"heap_used_bytes\":{\"heap\":0,\"buffer\":0,\"stream\":0,\"arena\":100,"
                    "\"pool\":0,\"cache\":0,\"program\":0},\"heap_reserved_bytes\":{") !=
          std::string::npos);
    CHECK(text.find("\"operation_seconds\":{\"0.5\":0.003145728,\"0.95\":0.003145728,"
                    "\"0.99\":0.003145728,\"sum\":0.003,\"count\":1},") != std::string::npos);
    CHECK(text.ends_with("\"fallbacks_total\":0}\n"));
  }

  TEST_CASE("the text is the same through a buffer of any size") {
    for (const metrics_format format : {metrics_format::prometheus, metrics_format::json}) {
      const std::string whole = text_of(scripted(), format);
      for (const std::size_t piece : {1U, 2U, 7U, 64U, 1000U, 100'000U}) {
        CHECK(text_of(*metrics_writer::create(scripted(), format), piece) == whole);
      }
    }
  }

  TEST_CASE(
      "a buffer that is too small is an error that names what is needed, and is enough then") {
    const std::string whole = text_of(scripted(), metrics_format::prometheus);
    std::vector<char> room(whole.size() - 1);
    const auto refused = linmem::write_metrics(scripted(), metrics_format::prometheus, room);
    CHECK(refused.error() == linmem::error{errc::limit_exceeded, "", room.size(), whole.size()});
    room.resize(static_cast<std::size_t>(refused.error().actual));
    CHECK(*linmem::write_metrics(scripted(), metrics_format::prometheus, room) == whole);
  }

  TEST_CASE("prefix and instance are a deployment's own; the label comes first, escaped") {
    const std::string text =
        text_of(scripted(), metrics_format::prometheus, {.prefix = "app:", .instance = "a\"\\\nb"});
    CHECK(has_line(text, "app:memory_pages{instance=\"a\\\"\\\\\\nb\"} 5"));
    CHECK(has_line(text, "app:heap_used_bytes{instance=\"a\\\"\\\\\\nb\",tag=\"arena\"} 100"));
    CHECK(has_line(text, "app:operation_seconds_count{instance=\"a\\\"\\\\\\nb\"} 1"));
    CHECK(text.find("linmem_") == std::string::npos);
    CHECK(text_of(scripted(), metrics_format::json, {.instance = "a\"b"})
              .starts_with("{\"instance\":\"a\\\"b\",\"memory_pages\":5,"));
  }

  TEST_CASE("a prefix that is no name, or too long, is refused") {
    const auto code = [](metrics_options options) {
      const auto made = metrics_writer::create({}, metrics_format::json, options);
      return made ? errc::none : made.error().code;
    };
    CHECK(code({.prefix = ""}) == errc::none);
    CHECK(code({.prefix = "a1_"}) == errc::none);
    CHECK(code({.prefix = "1a_"}) == errc::invalid_argument);
    CHECK(code({.prefix = "a-"}) == errc::invalid_argument);
    CHECK(code({.prefix = "a b"}) == errc::invalid_argument);
    CHECK(code({.prefix = "\xC3\xA9"}) == errc::invalid_argument);
    const std::string longest(64, 'p');
    CHECK(code({.prefix = longest}) == errc::none);
    CHECK(code({.prefix = longest + "p"}) == errc::limit_exceeded);
    CHECK(code({.instance = longest + "p"}) == errc::limit_exceeded);
  }

  TEST_CASE("a help is escaped: backslash and line feed, but no quotes") {
    const std::array rows{linmem::metric{"lines", "a \\ and\n\"b\"", "", "", 0, metric_type::gauge,
                                         metric_unit::number}};
    CHECK(text_of(*metrics_writer::create({}, metrics_format::prometheus, {}, rows)) ==
          "# HELP linmem_lines a \\\\ and\\n\"b\"\n# TYPE linmem_lines gauge\nlinmem_lines 0\n");
  }

  TEST_CASE("the largest figures and the longest names fit a line") {
    tracker_block figures;
    auto* words = reinterpret_cast<std::uint64_t*>(&figures);
    for (std::size_t i = 0; i < sizeof figures / sizeof *words; ++i) {
      words[i] = ~std::uint64_t{0};
    }
    const std::string name(64, 'p');
    const std::string quotes(64, '"');
    const std::string text =
        text_of(figures, metrics_format::prometheus, {.prefix = name, .instance = quotes});
    CHECK(text.find(name + "cold_start_seconds{instance=\"") != std::string::npos);
    CHECK(text.find(" 18446744073.709551615\n") != std::string::npos);
  }

  TEST_CASE("the table: names once, counters end in _total, every word of the block at most once") {
    std::set<std::string> finished;
    std::set<std::size_t> offsets;
    std::string last;
    for (const linmem::metric& m : linmem::tracker_metrics) {
      if (m.name != last) {
        CHECK_MESSAGE(finished.insert(m.name).second, m.name);
        last = m.name;
      }
      CHECK_MESSAGE((m.type == metric_type::counter) == last.ends_with("_total"), m.name);
      CHECK_MESSAGE(offsets.insert(m.offset).second, m.name);
      CHECK(m.offset % 8 == 0);
      CHECK(m.offset < sizeof(tracker_block));
      CHECK(std::string_view{m.help}.ends_with("."));
    }
  }
}
