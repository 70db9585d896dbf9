// The module of embind.test.mjs: functions as a program that has embind already would bind them.
#include <linmem/embind.hpp>

#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

namespace {

std::uint32_t count_lines(const linmem::js_buffer& buffer) {
  const auto text = buffer.view();
  return text ? static_cast<std::uint32_t>(std::ranges::count(*text, std::byte{'\n'})) : 0;
}
std::uint32_t open_text(const linmem::js_buffer& buffer, std::uint32_t chunk) {
  return linmem::open_text(buffer.handle(), {.chunk_size = chunk});
}
std::uint32_t make_text(const std::string& text) {
  auto buffer = linmem::shared_buffer<>::create(text.size());
  if (!buffer) { return linmem::reject(buffer.error()); }
  static_cast<void>(buffer->write_at(0, linmem::as_bytes(text)));
  return linmem::publish_buffer(std::move(*buffer));
}
emscripten::val view(const linmem::js_buffer& buffer) {
  const auto bytes = buffer.view();
  return linmem::js_view(bytes ? *bytes : linmem::byte_view{});
}
emscripten::val first_line(const linmem::js_buffer& buffer) {
  const auto make = [&]() -> linmem::result<std::string> {
    const auto text = buffer.view();
    if (!text) { return linmem::unexpected{text.error()}; }
    const std::string_view all = linmem::as_text(*text);
    const std::size_t end = all.find('\n');
    if (end == all.npos) {
      return linmem::fail(linmem::errc::invalid_data, "lines of a text", 1, 0);
    }
    return std::string{all.substr(0, end)};
  };
  return linmem::js_value(make());
}

} // namespace

EMSCRIPTEN_BINDINGS(fixture) {
  linmem::register_js_types();
  linmem::register_js_types();
  emscripten::function("countLines", &count_lines);
  emscripten::function("openText", &open_text);
  emscripten::function("makeText", &make_text);
  emscripten::function("view", &view);
  emscripten::function("firstLine", &first_line);
}
