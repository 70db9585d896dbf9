// linmem/linear_memory.hpp - the size of the memory, and growing it with someone watching.
//
//   auto& memory = linmem::linear_memory();              // the module's own memory
//   memory.pages();                                      // now; a page is 64 KiB
//   linmem::result<std::size_t> before = memory.grow(4); // asks the hooks first
//
// The backend is a template parameter: `wasm_pages` is the memory of the module, `scripted_pages` a
// stand-in that counts pages and refuses growth as a test's script says. A tracker is asked and told of
// every growth (resource_tracker.hpp): that of linear_memory() is the program's. Not an allocator: pages
// grown here are there for the module's malloc, which grows by itself as it needs; growth.hpp sees
// and can refuse that too.
#pragma once

#include <linmem/bytes.hpp>
#include <linmem/config.hpp>
#include <linmem/error.hpp>
#include <linmem/pages.hpp>
#include <linmem/resource_tracker.hpp>
#include <linmem/result.hpp>

#include <concepts>    // std::same_as
#include <cstddef>     // std::size_t
#include <cstdint>     // std::uint64_t
#include <type_traits> // std::conditional_t

#if defined(__EMSCRIPTEN__) && !LINMEM_STANDALONE
#include <emscripten/heap.h> // emscripten_get_heap_max

// Makes the runtime's own views follow the memory; declared by no header of Emscripten.
extern "C" void emscripten_notify_memory_growth(std::size_t memory_index);
#endif

namespace linmem::inline LINMEM_ABI {

/// Where pages come from: how many there are, how many there may be, and whether more were given.
template <class B>
concept page_backend = requires(B b, std::size_t delta) {
  { b.pages() } noexcept -> std::same_as<std::size_t>;
  { b.maximum() } noexcept -> std::same_as<std::size_t>;
  { b.grow(delta) } noexcept -> std::same_as<bool>;
};

/// Asked before and told after every growth that goes through basic_linear_memory. All counts are
/// pages. Any of the functions may be null. They run on the growing thread, one growth at a time, and must
/// neither allocate nor grow.
struct growth_hooks {
  void* context = nullptr; ///< handed to each function

  /// Asked before growth; false refuses it.
  bool (*growing)(void* context, std::size_t now, std::size_t wanted,
                  std::size_t maximum) noexcept = nullptr;
  /// Told after growth. Every view of the memory that the host holds is stale now.
  void (*grown)(void* context, std::size_t before, std::size_t now) noexcept = nullptr;
  /// Told that growth was refused, by `growing`, by the maximum or by the backend.
  void (*grow_failed)(void* context, std::size_t now, std::size_t wanted) noexcept = nullptr;
};

/// A linear memory seen as pages. `Tracker` is one of resource_tracker.hpp.
template <page_backend Backend, class Tracker = null_resource_tracker>
class basic_linear_memory {
  static constexpr bool is_tracked = !std::same_as<Tracker, null_resource_tracker>;

public:
  /// No page but the backend's.
  basic_linear_memory() = default;
  /// On top of `backend`.
  explicit constexpr basic_linear_memory(Backend backend) noexcept : backend_{backend} {}
  /// On top of `backend`; `tracker`, which outlives this, decides on growth and counts it.
  constexpr basic_linear_memory(Backend backend, Tracker& tracker) noexcept
    requires(!std::same_as<Tracker, null_resource_tracker>)
      : backend_{backend}, tracker_{&tracker} {}

  /// Pages now.
  [[nodiscard]] std::size_t pages() const noexcept { return backend_.pages(); }
  /// Pages there may ever be, as the module declares or 65,536 where nothing says.
  [[nodiscard]] std::size_t maximum() const noexcept { return backend_.maximum(); }
  /// Bytes now.
  [[nodiscard]] std::uint64_t size() const noexcept { return std::uint64_t{pages()} * page_size; }

  /// Installs `hooks` in place of the present ones.
  void watch(const growth_hooks& hooks) noexcept { hooks_ = hooks; }

  /// Refuses all growth until allow_growth() was called as often. See no_grow.
  void forbid_growth() noexcept { ++forbidden_; }
  /// Takes one forbid_growth() back.
  void allow_growth() noexcept {
    LINMEM_ASSERT(forbidden_ > 0);
    --forbidden_;
  }
  /// True while growth is refused.
  [[nodiscard]] bool is_growth_forbidden() const noexcept { return forbidden_ != 0; }

  /// Adds `delta` pages and returns the number before. limit_exceeded when the maximum, the tracker's
  /// limit, the `growing` hook or a no_grow forbids it, out_of_memory when the backend gives none; the
  /// memory is then as it was. Growing by 0 asks nobody. Invalidates the host's views of the memory.
  /// Any thread; one growth at a time.
  result<std::size_t> grow(std::size_t delta) noexcept {
    const one_at_a_time turn{busy_};
    return grow_by(delta);
  }

  /// As grow(), to at least `wanted` pages: what another thread has grown meanwhile is not grown again.
  result<std::size_t> grow_to(std::uint64_t wanted) noexcept {
    const one_at_a_time turn{busy_};
    const std::size_t before = pages();
    return grow_by(wanted > before ? wanted - before : 0);
  }

  /// The backend, for what only it can do.
  [[nodiscard]] Backend& backend() noexcept { return backend_; }

private:
  // Whether there is room is asked and then used: in between nobody else may grow. Growth is rare, and
  // a browser's main thread may not sleep.
  class one_at_a_time {
  public:
    explicit one_at_a_time([[maybe_unused]] bool& busy) noexcept : busy_{busy} {
      if constexpr (LINMEM_THREADS == 1) {
        while (__atomic_test_and_set(&busy_, __ATOMIC_ACQUIRE)) {}
      }
    }
    one_at_a_time(const one_at_a_time&) = delete;
    one_at_a_time& operator=(const one_at_a_time&) = delete;
    one_at_a_time(one_at_a_time&&) = delete;
    one_at_a_time& operator=(one_at_a_time&&) = delete;
    ~one_at_a_time() {
      if constexpr (LINMEM_THREADS == 1) { __atomic_clear(&busy_, __ATOMIC_RELEASE); }
    }

  private:
    bool& busy_;
  };

  result<std::size_t> grow_by(std::uint64_t delta) noexcept {
    const std::size_t before = pages();
    if (delta == 0) { return before; }
    const std::size_t most = maximum();
    constexpr std::uint64_t all = ~std::uint64_t{0};
    const std::uint64_t wanted = delta > all - before ? all : before + delta;
    const auto target = static_cast<std::size_t>(wanted);
    errc refused = errc::limit_exceeded;
    std::uint64_t limit = most;
    if (!is_allowed(before, wanted, most)) {
      limit = smaller<std::uint64_t>(page_limit(), most);
    } else if (is_growth_forbidden() || (hooks_.growing != nullptr &&
                                         !hooks_.growing(hooks_.context, before, target, most))) {
      limit = before;
    } else if (!backend_.grow(static_cast<std::size_t>(delta))) {
      refused = errc::out_of_memory;
    } else {
      if constexpr (is_tracked) { tracker_->memory_grown(before, pages()); }
      if (hooks_.grown != nullptr) { hooks_.grown(hooks_.context, before, pages()); }
      return before;
    }
    if constexpr (is_tracked) { tracker_->grow_failed(); }
    if (hooks_.grow_failed != nullptr) { hooks_.grow_failed(hooks_.context, pages(), target); }
    return fail(refused, "linear memory in pages", limit, wanted);
  }

  // Whether the tracker's limit and the maximum allow `wanted` pages.
  bool is_allowed(std::size_t before, std::uint64_t wanted, std::size_t most) noexcept {
    if constexpr (is_tracked) { return tracker_->memory_growing(before, wanted, most); }
    return wanted <= most;
  }
  [[nodiscard]] std::uint64_t page_limit() const noexcept {
    if constexpr (is_tracked) { return tracker_->page_limit(); }
    return ~std::uint64_t{0};
  }

  Backend backend_{};
  [[no_unique_address]] std::conditional_t<is_tracked, Tracker*, null_resource_tracker> tracker_{};
  growth_hooks hooks_{};
  std::uint32_t forbidden_ = 0;
  bool busy_ = false;
};

/// Pages that are only counted, given and refused as told: for tests, and for native builds.
class scripted_pages {
public:
  /// `now` pages of at most `maximum`.
  explicit constexpr scripted_pages(std::size_t now = 1, std::size_t maximum = 65536) noexcept
      : pages_{now}, maximum_{maximum} {}

  [[nodiscard]] std::size_t pages() const noexcept { return pages_; }     ///< pages now
  [[nodiscard]] std::size_t maximum() const noexcept { return maximum_; } ///< pages at most

  /// Adds pages unless the script or the maximum refuses.
  [[nodiscard]] bool grow(std::size_t delta) noexcept {
    ++requests_;
    if (delta > maximum_ - pages_ || (refuse_from_ != 0 && requests_ >= refuse_from_)) {
      return false;
    }
    pages_ += delta;
    return true;
  }

  /// Refuses the `n`-th request from now (1 is the next) and all that follow; 0 allows all.
  void refuse_from(std::size_t n) noexcept { refuse_from_ = n == 0 ? 0 : requests_ + n; }
  /// Growth requests so far, granted or not.
  [[nodiscard]] std::size_t requests() const noexcept { return requests_; }

private:
  std::size_t pages_;
  std::size_t maximum_;
  std::size_t requests_ = 0;
  std::size_t refuse_from_ = 0;
};

#if defined(__wasm__)

/// The memory of this module.
class wasm_pages {
public:
  /// Pages now.
  [[nodiscard]] std::size_t pages() const noexcept { return __builtin_wasm_memory_size(0); }
  /// Pages at most.
  [[nodiscard]] std::size_t maximum() const noexcept {
#if defined(__EMSCRIPTEN__) && !LINMEM_STANDALONE
    return static_cast<std::size_t>(emscripten_get_heap_max() / page_size);
#else
    return 65536; // no instruction tells; the host refuses what the module's maximum forbids
#endif
  }
  /// Adds pages unless the host refuses.
  [[nodiscard]] bool grow(std::size_t delta) noexcept {
    if (__builtin_wasm_memory_grow(0, delta) == static_cast<std::size_t>(-1)) { return false; }
#if defined(__EMSCRIPTEN__) && !LINMEM_STANDALONE
    emscripten_notify_memory_growth(0);
#endif
    return true;
  }
};

using native_pages = wasm_pages; ///< what linear_memory() is made of

#else

using native_pages = scripted_pages; ///< what linear_memory() is made of

#endif

namespace detail {
inline constinit basic_linear_memory<native_pages, resource_tracker> program_memory{
#if LINMEM_METRICS
    native_pages{}, program_tracker};
#else
    native_pages{}};
#endif
} // namespace detail

/// The memory of this program: the module's own under WebAssembly, a scripted stand-in elsewhere. Its
/// tracker is tracker().
[[nodiscard]] inline basic_linear_memory<native_pages, resource_tracker>& linear_memory() noexcept {
  return detail::program_memory;
}

} // namespace linmem::inline LINMEM_ABI
