// HTML to text, in chunks of 64 KiB. html_text.mjs says what the documents and the variants are.
#include "../examples/document/html_text.hpp"

#include "cases.hpp"

#include <linmem/transform.hpp>

#include <cstring>     // std::memcpy
#include <memory>      // std::make_unique
#include <span>        // std::span
#include <string>      // std::string
#include <string_view> // std::string_view

namespace {

constexpr std::size_t document_bytes = 2'000'000;
constexpr std::size_t chunk_bytes = 65'536;

std::string repeated(std::string_view part) {
  std::string text;
  while (text.size() + part.size() <= document_bytes) { text += part; }
  return text;
}

struct world {
  std::string documents[3]{
      repeated(
          "<p>Some words of text that flow on and on, as text does, for quite a while, so that "
          "most of the bytes are text and few are markup, as in what people write.</p>\n"),
      repeated("<tr class=\"row even\"><td><a href=\"/wiki/A\" title=\"A\">name</a></td>"
               "<td><b>12</b> &amp; <i>more</i></td></tr>\n"),
      repeated(
          "caf&eacute; &amp; &lt;b&gt; &nbsp;d&eacute;j&agrave; vu &#8212; &quot;&ouml;&quot; "),
  };
  std::string copy = std::string(document_bytes, '\0');
  std::string chunk = std::string(chunk_bytes, '\0');
};

template <class Transform>
[[gnu::noinline]] void extract(std::string_view document, std::string& chunk) {
  Transform t;
  const linmem::byte_span out = std::as_writable_bytes(std::span{chunk});
  linmem::step_result r{};
  do {
    r = t.step(linmem::as_bytes(document), out, true);
    document.remove_prefix(r.consumed);
    bench::use(chunk);
  } while (r.status == linmem::step_status::need_output);
}

} // namespace

void bench::define(cases& all) {
  static const std::unique_ptr<world> w = std::make_unique<world>();
  static constexpr const char* names[]{"prose", "markup", "references"};
  for (std::size_t i = 0; i < 3; ++i) {
    const std::string& html = w->documents[i];
    const std::size_t kilobytes = html.size() / 1000;
    all.add(names[i], "limit", kilobytes, [&html] {
      std::memcpy(w->copy.data(), html.data(), html.size());
      use(w->copy);
    });
    all.add(names[i], "linmem", kilobytes,
            [&html] { extract<linmem::utf8_lossy<document::html_text>>(html, w->chunk); });
  }
}
