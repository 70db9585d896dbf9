// bench_extract FILE TYPE: the text of a document by the same transforms as in the module, many times;
// prints the milliseconds of each. For bench/extract.mjs.
#include "../examples/document/html_text.hpp"
#include "../examples/document/markdown_text.hpp"

#include <linmem/bytes.hpp>
#include <linmem/transform.hpp>

#include <chrono>   // std::chrono::steady_clock
#include <cstddef>  // std::byte, std::size_t
#include <cstdio>   // std::printf
#include <fstream>  // std::ifstream
#include <iterator> // std::istreambuf_iterator
#include <string>   // std::string
#include <vector>   // std::vector

namespace {

// Bytes of text.
template <class Transform>
std::size_t extract(Transform& transform, linmem::byte_view document) {
  static std::vector<std::byte> chunk(65'536);
  std::size_t produced = 0;
  for (;;) {
    const linmem::step_result r = transform.step(document, chunk, true);
    document = document.subspan(r.consumed);
    produced += r.produced;
    if (r.status == linmem::step_status::done) { return produced; }
    if (r.status == linmem::step_status::failed) { return 0; }
  }
}

template <class Transform>
int measure(const std::string& document) {
  using clock = std::chrono::steady_clock;
  Transform transform;
  const auto begin = clock::now();
  for (int i = -3; i < 31 || (i < 301 && clock::now() - begin < std::chrono::seconds{3}); ++i) {
    const auto start = clock::now();
    const std::size_t bytes = extract(transform, linmem::as_bytes(document));
    const std::chrono::duration<double, std::milli> took = clock::now() - start;
    transform.reset();
    if (bytes == 0) { return 1; }
    if (i >= 0) { std::printf("%.6f\n", took.count()); } // warm by then
  }
  return 0;
}

} // namespace

int main(int count, char** arguments) {
  if (count != 3) { return 2; }
  std::ifstream file{arguments[1], std::ios::binary};
  const std::string document{std::istreambuf_iterator<char>{file}, {}};
  return std::string{arguments[2]} == "text/html"
             ? measure<linmem::utf8_lossy<document::html_text>>(document)
             : measure<linmem::utf8_lossy<document::markdown_text>>(document);
}
