// linmem/metrics.hpp - the tracker's figures as text: for Prometheus, or as JSON.
//
//   std::array<char, 16384> text;
//   const auto written = linmem::write_metrics(linmem::tracker().snapshot(),
//                                              linmem::metrics_format::prometheus, text);
//
// Or piece by piece through a buffer of any size, with a metrics_writer. One table says what is
// exported; the JavaScript half reads it and gives the same bytes. Not a registry for metrics of one's
// own, and not a server.
#pragma once

#include <linmem/bytes.hpp>
#include <linmem/config.hpp>
#include <linmem/error.hpp>
#include <linmem/histogram.hpp>
#include <linmem/resource_tracker.hpp>
#include <linmem/result.hpp>

#include <array>       // std::array
#include <cstddef>     // offsetof, std::size_t
#include <cstdint>     // std::uint16_t, std::uint64_t
#include <cstring>     // std::memcpy
#include <span>        // std::span
#include <string_view> // std::string_view

namespace linmem::inline LINMEM_ABI {

/// How a metric behaves, in Prometheus' words.
enum class metric_type : std::uint8_t {
  gauge,   ///< goes up and down
  counter, ///< only goes up
  summary, ///< percentiles, a sum and a count
};
/// What its word in the block counts. Exported are base units.
enum class metric_unit : std::uint8_t {
  number,      ///< exported as it is
  nanoseconds, ///< exported as seconds
  limit,       ///< exported as it is, 0 as no limit at all
};

/// One row of the table of what is exported. Rows of one name follow each other.
struct metric {
  const char* name;     ///< without prefix; in Prometheus' style, with the base unit at its end
  const char* help;     ///< a sentence, not escaped
  const char* label;    ///< name of its label, or empty
  const char* value;    ///< value of its label
  std::uint16_t offset; ///< of its word in tracker_block; of its histogram for a summary
  metric_type type;     ///< how it behaves
  metric_unit unit;     ///< what is counted
};

namespace detail {

consteval std::uint16_t in_block(std::size_t offset) { return static_cast<std::uint16_t>(offset); }

// What the tags have, one row for each of them.
consteval std::array<metric, memory_tags> by_tag(const char* name, const char* help,
                                                 metric_type type, std::size_t member) {
  std::array<metric, memory_tags> rows{};
  for (std::size_t i = 0; i < memory_tags; ++i) {
    rows[i] = {name,
               help,
               "tag",
               memory_tag_names[i],
               in_block(offsetof(tracker_block, tags) + i * sizeof(tag_figures) + member),
               type,
               metric_unit::number};
  }
  return rows;
}

consteval metric row(metric_type type, const char* name, std::size_t offset, const char* help,
                     metric_unit unit = metric_unit::number) {
  return {name, help, "", "", in_block(offset), type, unit};
}

consteval metric labelled(metric_type type, const char* name, const char* label, const char* value,
                          std::size_t offset, const char* help) {
  return {name, help, label, value, in_block(offset), type, metric_unit::number};
}

template <std::size_t... Sizes>
consteval auto joined(const std::array<metric, Sizes>&... parts) {
  std::array<metric, (Sizes + ...)> all{};
  std::size_t at = 0;
  const auto add = [&](const auto& part) {
    for (const metric& m : part) { all[at++] = m; }
  };
  (add(parts), ...);
  return all;
}

consteval auto make_metrics() {
  using enum metric_type;
  using enum metric_unit;
  using block = tracker_block;
  constexpr std::size_t copies = offsetof(block, copies);
  constexpr const char* copied = "Bytes copied between the host's memory and linear memory.";
  const std::array memory{
      row(gauge, "memory_pages", offsetof(block, memory_pages),
          "Pages of linear memory, 64 KiB each."),
      row(gauge, "memory_peak_pages", offsetof(block, memory_peak_pages),
          "The most pages of linear memory so far."),
      row(gauge, "memory_maximum_pages", offsetof(block, memory_maximum_pages),
          "Pages of linear memory that the module may have at most.", limit),
      row(gauge, "memory_soft_limit_pages", offsetof(block, memory_soft_limit_pages),
          "Pages of linear memory above which growth is counted as above the soft limit.", limit),
      row(gauge, "memory_limit_pages", offsetof(block, memory_limit_pages),
          "Pages of linear memory above which growth is denied.", limit),
      row(counter, "memory_grow_requests_total", offsetof(block, grow_requests),
          "Growths of linear memory that were asked for."),
      row(counter, "memory_grow_failed_total", offsetof(block, grow_failed),
          "Growths of linear memory that did not happen."),
      row(counter, "memory_grow_denied_total", offsetof(block, grow_denied),
          "Growths of linear memory that the limit denied."),
      row(counter, "memory_soft_limit_passed_total", offsetof(block, soft_limit_passed),
          "Growths of linear memory from below the soft limit to above it."),
      row(gauge, "heap_limit_bytes", offsetof(block, heap_limit_bytes),
          "Bytes of the heap above which an allocation is denied.", limit),
      row(gauge, "heap_claimed_bytes", offsetof(block, heap_claimed_bytes),
          "Bytes of the heap that are used or reserved."),
      row(gauge, "heap_peak_bytes", offsetof(block, heap_peak_bytes),
          "The most bytes of the heap that were claimed so far."),
      row(counter, "heap_failed_total", offsetof(block, heap_failed),
          "Allocations that were refused."),
  };
  const auto used = by_tag("heap_used_bytes", "Bytes of the heap that are allocated.", gauge,
                           offsetof(tag_figures, used));
  const auto reserved =
      by_tag("heap_reserved_bytes", "Bytes of the heap that are promised and not yet allocated.",
             gauge, offsetof(tag_figures, reserved));
  const auto committed =
      by_tag("heap_committed_bytes_total", "Bytes of the heap that were allocated so far.", counter,
             offsetof(tag_figures, committed));
  const std::array rest{
      labelled(counter, "copied_bytes_total", "direction", "in",
               copies + offsetof(copy_ledger, copied_in), copied),
      labelled(counter, "copied_bytes_total", "direction", "out",
               copies + offsetof(copy_ledger, copied_out), copied),
      labelled(counter, "copied_bytes_total", "direction", "staged",
               copies + offsetof(copy_ledger, staged), copied),
      labelled(counter, "copied_in_bytes_total", "tag", "buffer",
               copies + offsetof(copy_ledger, buffer_in),
               "Bytes copied into linear memory, by what they were for."),
      labelled(counter, "copied_in_bytes_total", "tag", "stream",
               copies + offsetof(copy_ledger, stream_in),
               "Bytes copied into linear memory, by what they were for."),
      row(summary, "operation_seconds", offsetof(block, operations), "How long operations took.",
          nanoseconds),
      row(counter, "operation_errors_total", offsetof(block, operation_errors),
          "Operations that failed."),
      row(gauge, "cold_start_seconds", offsetof(block, cold_start_nanoseconds),
          "How long the last instance took from request to ready.", nanoseconds),
      row(counter, "cold_starts_total", offsetof(block, cold_starts), "Instances made."),
      row(counter, "module_cache_hits_total", offsetof(block, module_cache_hits),
          "Compiled modules that were found in the cache."),
      row(counter, "module_cache_misses_total", offsetof(block, module_cache_misses),
          "Compiled modules that had to be made."),
      row(counter, "pool_hits_total", offsetof(block, pool_hits),
          "Acquisitions that were served from what was idle."),
      row(counter, "pool_misses_total", offsetof(block, pool_misses),
          "Acquisitions for which something had to be made."),
      row(counter, "pool_refused_total", offsetof(block, pool_refused),
          "Acquisitions that were refused."),
      row(gauge, "pool_idle", offsetof(block, pool_idle), "What lies idle in the pool."),
      row(gauge, "pool_lent", offsetof(block, pool_lent), "What the pool has lent."),
      row(gauge, "breaker_state", offsetof(block, breaker_state),
          "State of the circuit breaker: 0 closed, 1 open, 2 half-open."),
      row(counter, "fallbacks_total", offsetof(block, fallbacks),
          "Times that a lesser build was taken."),
  };
  return joined(memory, used, reserved, committed, rest);
}

} // namespace detail

/// What is exported, in this order.
inline constexpr auto tracker_metrics = detail::make_metrics();

/// The percentiles of a summary.
inline constexpr std::array<unsigned, 3> metric_percentiles{50, 95, 99};

/// The form of the text.
enum class metrics_format : std::uint8_t {
  prometheus, ///< the text exposition format 0.0.4
  json,       ///< one object, keys without prefix; labels make one of a metric, no limit is null
};

/// Names that a deployment chooses.
struct metrics_options {
  std::string_view prefix = "linmem_"; ///< before each name: letters, digits, _ and :; 64 at most
  std::string_view instance{};         ///< value of a label `instance`, or none; 64 bytes at most
};

/// Writes figures as text, in pieces as large as there is room. Keeps a line, not the text.
class metrics_writer {
public:
  /// Writes `figures` as `format`. invalid_argument for a prefix that is none, limit_exceeded for one
  /// or an instance that is too long. What the options refer to is used until the text ends.
  [[nodiscard]] static result<metrics_writer>
  create(const tracker_block& figures, metrics_format format, metrics_options options = {},
         std::span<const metric> rows = tracker_metrics) noexcept {
    for (const std::string_view text : {options.prefix, options.instance}) {
      if (text.size() > longest_name) {
        return fail(errc::limit_exceeded, "name of metrics in bytes", longest_name, text.size());
      }
    }
    for (std::size_t i = 0; i < options.prefix.size(); ++i) {
      const char c = options.prefix[i];
      const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == ':';
      if (!letter && (i == 0 || c < '0' || c > '9')) {
        return fail(errc::invalid_argument, "prefix of metrics, character", 0,
                    static_cast<unsigned char>(c));
      }
    }
    return metrics_writer{figures, format, options, rows};
  }

  /// Fills `out` with what comes next and returns the bytes written: fewer than there is room only at
  /// the end, and 0 from then on.
  std::size_t write(std::span<char> out) noexcept {
    std::size_t written = 0;
    while (written < out.size()) {
      if (at_ == end_ && !next_line()) { break; }
      const std::size_t n = smaller(end_ - at_, out.size() - written);
      std::memcpy(out.data() + written, line_.data() + at_, n);
      at_ += n;
      written += n;
    }
    return written;
  }

private:
  static constexpr std::size_t longest_name = 64;
  static constexpr std::size_t longest_line = 2048; // names, a label and a help, all of it escaped

  metrics_writer(const tracker_block& figures, metrics_format format, metrics_options options,
                 std::span<const metric> rows) noexcept
      : figures_{figures}, format_{format}, options_{options}, rows_{rows} {}

  // Makes the text of the next row; false behind the last.
  [[nodiscard]] bool next_line() noexcept {
    if (row_ > rows_.size()) { return false; }
    detail::text_writer text{line_};
    if (format_ == metrics_format::prometheus) {
      if (row_ == rows_.size()) { return false; }
      put_prometheus(text);
    } else {
      put_json(text);
    }
    ++row_;
    at_ = 0;
    end_ = text.text().size();
    LINMEM_ASSERT(end_ < longest_line);
    return end_ != 0;
  }

  [[nodiscard]] bool same_name(std::size_t a, std::size_t b) const noexcept {
    return a < rows_.size() && b < rows_.size() &&
           std::string_view{rows_[a].name} == std::string_view{rows_[b].name};
  }

  void put_prometheus(detail::text_writer& text) noexcept {
    const metric& m = rows_[row_];
    if (!same_name(row_ - 1, row_)) { // 0 - 1 is no row
      constexpr std::array<std::string_view, 3> types{"gauge", "counter", "summary"};
      put_name(text, "# HELP ", m);
      text.put(" ");
      put_escaped(text, m.help, false);
      put_name(text, "\n# TYPE ", m);
      text.put(" ");
      text.put(types[static_cast<std::size_t>(m.type)]);
      text.put("\n");
    }
    if (m.type != metric_type::summary) {
      put_name(text, "", m);
      put_labels(text, m.label, m.value);
      text.put(" ");
      put_number(text, word(m.offset), m.unit);
      text.put("\n");
      return;
    }
    const histogram& h = summarised(m);
    for (const unsigned percent : metric_percentiles) {
      put_name(text, "", m);
      std::array<char, 8> digits{};
      put_labels(text, "quantile", hundredths(percent, digits));
      text.put(" ");
      put_number(text, h.quantile(percent), m.unit);
      text.put("\n");
    }
    put_name(text, "", m);
    text.put("_sum");
    put_labels(text, "", "");
    text.put(" ");
    put_number(text, h.sum, m.unit);
    put_name(text, "\n", m);
    text.put("_count");
    put_labels(text, "", "");
    text.put(" ");
    text.put(h.count);
    text.put("\n");
  }

  void put_json(detail::text_writer& text) noexcept {
    if (row_ == 0) {
      text.put("{");
      if (!options_.instance.empty()) {
        text.put(R"("instance":")");
        put_escaped(text, options_.instance, true);
        text.put("\",");
      }
    }
    if (row_ == rows_.size()) {
      text.put("}\n");
      return;
    }
    const metric& m = rows_[row_];
    const bool has_label = *m.label != '\0';
    const bool first = !same_name(row_ - 1, row_);
    if (row_ != 0) { text.put(","); }
    if (first) {
      put_key(text, m.name);
      if (has_label) { text.put("{"); }
    }
    if (has_label) { put_key(text, m.value); }
    if (m.type == metric_type::summary) {
      const histogram& h = summarised(m);
      text.put("{");
      for (const unsigned percent : metric_percentiles) {
        std::array<char, 8> digits{};
        put_key(text, hundredths(percent, digits));
        put_number(text, h.quantile(percent), m.unit);
        text.put(",");
      }
      put_key(text, "sum");
      put_number(text, h.sum, m.unit);
      text.put(",");
      put_key(text, "count");
      text.put(h.count);
      text.put("}");
    } else {
      put_number(text, word(m.offset), m.unit);
    }
    if (has_label && !same_name(row_, row_ + 1)) { text.put("}"); }
  }

  void put_name(detail::text_writer& text, std::string_view before,
                const metric& m) const noexcept {
    text.put(before);
    text.put(options_.prefix);
    text.put(m.name);
  }

  void put_labels(detail::text_writer& text, std::string_view label,
                  std::string_view value) const noexcept {
    std::string_view open = "{";
    const auto put_label = [&](std::string_view name, std::string_view of) {
      text.put(open);
      text.put(name);
      text.put("=\"");
      put_escaped(text, of, true);
      text.put("\"");
      open = ",";
    };
    if (!options_.instance.empty()) { put_label("instance", options_.instance); }
    if (!label.empty()) { put_label(label, value); }
    if (open == ",") { text.put("}"); }
  }

  static void put_key(detail::text_writer& text, std::string_view name) noexcept {
    text.put("\"");
    text.put(name);
    text.put("\":");
  }

  // As both formats want it in quotes, and Prometheus in a help. Control characters but the line feed
  // are no text of a label, and are left out.
  static void put_escaped(detail::text_writer& text, std::string_view from, bool quoted) noexcept {
    for (const char& c : from) {
      if (c == '\n') {
        text.put("\\n");
      } else if (c == '\\' || (c == '"' && quoted)) {
        text.put("\\");
        text.put({&c, 1});
      } else if (static_cast<unsigned char>(c) >= ' ') {
        text.put({&c, 1});
      }
    }
  }

  void put_number(detail::text_writer& text, std::uint64_t value, metric_unit unit) const noexcept {
    if (unit == metric_unit::limit && value == 0) {
      text.put(format_ == metrics_format::json ? "null" : "+Inf");
      return;
    }
    if (unit != metric_unit::nanoseconds) {
      text.put(value);
      return;
    }
    constexpr std::uint64_t second = 1'000'000'000;
    text.put(value / second);
    std::uint64_t rest = value % second;
    if (rest != 0) { text.put("."); }
    for (std::uint64_t digit = second / 10; rest != 0; digit /= 10) {
      text.put(rest / digit);
      rest %= digit;
    }
  }

  // 50 is "0.5", 99 is "0.99".
  [[nodiscard]] static std::string_view hundredths(unsigned percent,
                                                   std::span<char> digits) noexcept {
    detail::text_writer text{digits};
    text.put("0.");
    text.put(std::uint64_t{percent % 10 == 0 ? percent / 10 : percent});
    return text.text();
  }

  [[nodiscard]] std::uint64_t word(std::size_t offset) const noexcept {
    std::uint64_t value = 0;
    std::memcpy(&value, reinterpret_cast<const std::byte*>(&figures_) + offset, sizeof value);
    return value;
  }
  [[nodiscard]] const histogram& summarised([[maybe_unused]] const metric& m) const noexcept {
    LINMEM_ASSERT(m.offset == offsetof(tracker_block, operations)); // the only one there is
    return figures_.operations;
  }

  tracker_block figures_;
  metrics_format format_;
  metrics_options options_;
  std::span<const metric> rows_;
  std::size_t row_ = 0; // the next one
  std::size_t at_ = 0;  // what is left of the line
  std::size_t end_ = 0;
  std::array<char, longest_line> line_{};
};

/// Writes all of `figures` into `out` and returns the part written. limit_exceeded with the bytes that
/// are needed when they do not fit; otherwise as metrics_writer::create.
[[nodiscard]] inline result<std::string_view> write_metrics(const tracker_block& figures,
                                                            metrics_format format,
                                                            std::span<char> out,
                                                            metrics_options options = {}) noexcept {
  auto writer = metrics_writer::create(figures, format, options);
  if (!writer) { return unexpected{writer.error()}; }
  const std::size_t written = writer->write(out);
  std::size_t needed = written;
  std::array<char, 256> rest{};
  for (std::size_t n = 0; (n = writer->write(rest)) != 0;) { needed += n; }
  if (needed > out.size()) {
    return fail(errc::limit_exceeded, "text of metrics in bytes", out.size(), needed);
  }
  return std::string_view{out.data(), written};
}

} // namespace linmem::inline LINMEM_ABI
