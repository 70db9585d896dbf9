// A program for a host that is no JavaScript: it takes memory until it gets none, gives it back, goes on
// working, and writes what its tracker counted. Limits come from the environment.
#include <linmem/chunk_stream.hpp>
#include <linmem/environment.hpp>
#include <linmem/growth.hpp>
#include <linmem/metrics.hpp>
#include <linmem/resource_tracker.hpp>
#include <linmem/storage.hpp>

#include <array>
#include <cstdio>
#include <string_view>

namespace {

constexpr std::size_t mebibyte = std::size_t{1} << 20U;

// How many blocks of a MiB the heap gives before it has none; they are freed again.
int fill_and_empty() {
  static constinit std::array<std::byte*, 4096> blocks{};
  linmem::heap_storage heap;
  int given = 0;
  while ((blocks[static_cast<std::size_t>(given)] = heap.allocate(mebibyte)) != nullptr) {
    ++given;
  }
  for (int i = 0; i < given; ++i) {
    heap.deallocate(blocks[static_cast<std::size_t>(i)], mebibyte);
  }
  return given;
}

// The work that goes on: a text in chunks.
std::size_t count_chunks(std::string_view text) {
  auto stream = linmem::chunk_stream<linmem::text_source>::create(
      linmem::text_source{linmem::as_bytes(text)}, {.chunk_size = 4});
  std::size_t chunks = 0;
  while (stream && stream->next() == linmem::stream_state::ready) { ++chunks; }
  return chunks;
}

} // namespace

int main() {
  const auto configured = linmem::read_environment();
  if (configured->is_set(linmem::setting::memory_limit_pages)) {
    linmem::tracker().limit(configured->limits());
  }
  const int first = fill_and_empty();
  const auto refusal = linmem::tracker().take_refusal();
  const std::size_t chunks = count_chunks("twelve bytes");
  const int again = fill_and_empty();
  std::printf("%d %d %zu %d\n", first, again, chunks,
              refusal ? static_cast<int>(refusal->limit) : 0);

  std::array<char, 16384> text{};
  const auto written =
      linmem::write_metrics(linmem::tracker().snapshot(), linmem::metrics_format::json, text);
  if (!written) { return 1; }
  std::fwrite(written->data(), 1, written->size(), stdout);
  return 0;
}
