// The module that the JavaScript tests drive: streams of every kind, and growth on demand.
#include <linmem/linear_memory.hpp>
#include <linmem/pool_exports.hpp>
#include <linmem/stream_exports.hpp>

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <numeric>

namespace {

// Passes ten bytes on, then fails.
class failing {
public:
  linmem::step_result step(linmem::byte_view in, linmem::byte_span out, bool) noexcept {
    const std::size_t n = std::min({in.size(), out.size(), left_});
    linmem::copy_bytes(in.first(n), out);
    left_ -= n;
    if (left_ == 0) { return {n, n, linmem::step_status::failed}; }
    return {n, n,
            n == in.size() ? linmem::step_status::need_input : linmem::step_status::need_output};
  }
  void reset() noexcept { left_ = 10; }
  [[nodiscard]] linmem::error failure() const noexcept {
    return {linmem::errc::limit_exceeded, "test bytes", 10, 11};
  }

private:
  std::size_t left_ = 10;
};

// Grows the memory by a page at each step, so that every view is stale all the time.
class growing {
public:
  linmem::step_result step(linmem::byte_view in, linmem::byte_span out, bool last) noexcept {
    static_cast<void>(linmem::linear_memory().grow(1));
    return copy_.step(in, out, last);
  }
  void reset() noexcept {}

private:
  linmem::utf8_lossy<linmem::copy_transform> copy_;
};

} // namespace

LINMEM_EXPORT(fixture_copy)
std::uint32_t fixture_copy(std::uint32_t chunk, std::uint32_t room) noexcept {
  return linmem::open_stream(linmem::utf8_lossy<linmem::copy_transform>{}, {chunk}, room);
}
LINMEM_EXPORT(fixture_copy_over)
std::uint32_t fixture_copy_over(std::uint32_t buffer, std::uint32_t chunk) noexcept {
  return linmem::open_stream_over(linmem::utf8_lossy<linmem::copy_transform>{}, buffer, {chunk});
}
LINMEM_EXPORT(fixture_text)
std::uint32_t fixture_text(std::uint32_t buffer, std::uint32_t chunk) noexcept {
  return linmem::open_text(buffer, {chunk});
}
LINMEM_EXPORT(fixture_failing) std::uint32_t fixture_failing() noexcept {
  return linmem::open_stream(failing{});
}
LINMEM_EXPORT(fixture_growing) std::uint32_t fixture_growing(std::uint32_t chunk) noexcept {
  return linmem::open_stream(growing{}, {chunk});
}
/// The sum of the committed bytes: what C++ sees of a buffer.
LINMEM_EXPORT(fixture_sum) std::uint32_t fixture_sum(std::uint32_t buffer) noexcept {
  const auto view = linmem::buffer_view(buffer);
  if (!view) { return 0; }
  return std::accumulate(
      view->begin(), view->end(), std::uint32_t{0},
      [](std::uint32_t sum, std::byte b) { return sum + std::to_integer<std::uint32_t>(b); });
}
/// Grows the memory by `pages`: 1, or 0 with the reason recorded.
LINMEM_EXPORT(fixture_grow) std::uint32_t fixture_grow(std::uint32_t pages) noexcept {
  const auto grown = linmem::linear_memory().grow(pages);
  return grown ? 1 : linmem::reject(grown.error());
}
/// 1 when malloc gives `bytes` now, which are then freed.
LINMEM_EXPORT(fixture_malloc) std::uint32_t fixture_malloc(std::uint32_t bytes) noexcept {
  void* volatile p = std::malloc(bytes); // volatile: the optimiser would leave the pair out
  const bool given = p != nullptr;
  std::free(p);
  return given ? 1 : 0;
}
