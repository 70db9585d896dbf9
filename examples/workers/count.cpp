// Counts the words of a text that lies in a shared buffer, with as many threads as there may be. Where
// they stand is in shared parameters, which JavaScript reads without a call.
#include <linmem/params_exports.hpp>

#include <array>
#include <cstddef>
#include <cstdint>

#if LINMEM_THREADS
#include <thread>
#endif

namespace {

/// Where the count stands.
struct progress {
  std::uint64_t words = 0;   // found so far
  std::uint64_t bytes = 0;   // looked at so far
  std::uint32_t threads = 0; // that count
  std::uint32_t done = 0;    // that have finished
};

} // namespace

template <>
inline constexpr auto linmem::params_fields<progress> =
    std::array{LINMEM_FIELD(progress, words), LINMEM_FIELD(progress, bytes),
               LINMEM_FIELD(progress, threads), LINMEM_FIELD(progress, done)};

namespace {

constexpr std::size_t piece = 1 << 20; // bytes between two reports
constexpr std::uint32_t most_threads = 4;

[[nodiscard]] bool is_space(std::byte b) noexcept {
  const auto c = std::to_integer<unsigned char>(b);
  return c == ' ' || (c >= '\t' && c <= '\r');
}

// The words that begin in [from, to): one that begins before belongs to another.
[[nodiscard]] std::uint64_t count_words(linmem::byte_view text, std::size_t from,
                                        std::size_t to) noexcept {
  std::uint64_t words = 0;
  bool after_space = from == 0 || is_space(text[from - 1]);
  for (std::size_t i = from; i < to; ++i) {
    const bool space = is_space(text[i]);
    if (after_space && !space) { ++words; }
    after_space = space;
  }
  return words;
}

// Adds to what all threads report: again on the newest version, when another one was faster.
void report(linmem::params_view<progress>& view, std::uint64_t words, std::uint64_t bytes,
            std::uint32_t done) noexcept {
  for (;;) {
    view.discard();
    if (!view.read()) { continue; } // another thread stopped in the middle: it goes on
    view.values.words += words;
    view.values.bytes += bytes;
    view.values.done += done;
    if (view.publish(view.version())) { return; }
  }
}

void count(linmem::byte_view text, std::size_t from, std::size_t to,
           linmem::params_view<progress> view) noexcept {
  while (from < to) {
    const std::size_t end = from + linmem::smaller(piece, to - from);
    report(view, count_words(text, from, end), end - from, 0);
    from = end;
  }
  report(view, 0, 0, 1);
}

[[nodiscard]] linmem::result<linmem::hosted_params<progress>>& shared_progress() noexcept {
  static auto shared = linmem::hosted_params<progress>::create();
  return shared;
}

} // namespace

/// The handle of the progress.
LINMEM_EXPORT(count_progress) std::uint32_t count_progress() noexcept {
  auto& shared = shared_progress();
  return shared ? shared->handle() : linmem::reject(shared.error());
}

/// Begins to count the words of buffer `number`, which stays as it is until all threads are done: 1.
/// A module without threads has counted when this returns.
LINMEM_EXPORT(count_begin) std::uint32_t count_begin(std::uint32_t number) noexcept {
  const auto text = linmem::buffer_view(number);
  auto& shared = shared_progress();
  if (!text) { return 0; }
  if (!shared) { return linmem::reject(shared.error()); }
  auto view = shared->view();
  const std::uint32_t threads = LINMEM_THREADS != 0 ? most_threads : 1;
  view.values = {.words = 0, .bytes = 0, .threads = threads, .done = 0};
  if (const auto begun = view.publish(); !begun) { return linmem::reject(begun.error()); }
#if LINMEM_THREADS
  for (std::size_t i = 0; i < threads; ++i) {
    const auto border = [&text](std::size_t n) { return text->size() / most_threads * n; };
    const std::size_t to = i + 1 == threads ? text->size() : border(i + 1);
    std::thread{count, *text, border(i), to, shared->view()}.detach();
  }
#else
  count(*text, 0, text->size(), view);
#endif
  return 1;
}
