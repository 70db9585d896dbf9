// What the cases of the tracker ask of the module: C++'s own text of the figures, and its settings.
#include <linmem/environment.hpp>
#include <linmem/exports.hpp>
#include <linmem/metrics.hpp>
#include <linmem/tracker_exports.hpp>

#include <array>
#include <cstdint>
#include <string_view>

namespace {

// Replaces what is in buffer `number` by `text`: 1, or 0 with the reason recorded.
std::uint32_t put(std::uint32_t number, std::string_view text) noexcept {
  linmem::buffer_block* block = linmem::detail::find_buffer(number);
  if (block == nullptr) { return 0; }
  auto buffer = linmem::shared_buffer_view<>::at(*block);
  if (const auto done = buffer.reset(); !done) { return linmem::reject(done.error()); }
  return linmem::detail::accept(buffer.write_at(0, linmem::as_bytes(text)));
}

} // namespace

/// The figures, as C++ writes them; `format` is a metrics_format, and `named` gives them an instance.
LINMEM_EXPORT(fixture_metrics)
std::uint32_t fixture_metrics(std::uint32_t buffer, std::uint32_t format,
                              std::uint32_t named) noexcept {
  std::array<char, 16384> room; // NOLINT: written before it is read
  linmem::metrics_options options;
  if (named != 0) { options = {.prefix = "app_", .instance = "a\"\\\n\x01 \xC3\xA9"}; }
  const auto text = linmem::write_metrics(
      linmem::tracker().snapshot(), static_cast<linmem::metrics_format>(format), room, options);
  return text ? put(buffer, *text) : linmem::reject(text.error());
}

/// The table of settings, a line for each: name, default, least, most.
LINMEM_EXPORT(fixture_settings) std::uint32_t fixture_settings(std::uint32_t buffer) noexcept {
  std::array<char, 2048> room{};
  linmem::detail::text_writer text{room};
  for (const linmem::setting_row& row : linmem::settings) {
    text.put(row.name);
    for (const std::uint64_t number : {row.fallback, row.least, row.most}) {
      text.put(" ");
      text.put(number);
    }
    text.put("\n");
  }
  return put(buffer, text.text());
}
