// examples/document/any_transform.hpp - a transform of any kind, behind one type.
//
// Streams are templates over their transform. A module that reads a dozen formats would hold a dozen
// of them; behind this it holds one, for the price of an indirect call at each step, which is one for
// each chunk.
//
//   document::any_transform t = document::any_transform::of(document::html_text{});
//   if (!t) { return no_memory; }
//   t.step(in, out, last);
#pragma once

#include <linmem/bytes.hpp>        // linmem::byte_span, linmem::byte_view
#include <linmem/error.hpp>        // linmem::error
#include <linmem/stream_items.hpp> // linmem::stream_items
#include <linmem/transform.hpp>    // linmem::step_result, linmem::transform, linmem::utf8_lossy

#include <cstdint>     // std::uint64_t
#include <cstdlib>     // std::free, std::malloc
#include <new>         // placement new
#include <type_traits> // std::conditional_t
#include <utility>     // std::exchange, std::move, std::swap

namespace document {

/// See this header's first lines. Movable, not copyable; satisfies linmem::transform while it is not
/// empty.
class any_transform {
public:
  /// A transform like `t`, in memory of its own; empty when there is none.
  template <linmem::transform T>
  [[nodiscard]] static any_transform of(T t) noexcept {
    any_transform any;
    if (void* const room = std::malloc(sizeof(holder<T>))) {
      any.held_ = new (room) holder<T>{std::move(t)};
    }
    return any;
  }
  /// `inner` behind utf8_lossy, which is there once for all kinds; empty when `inner` is, or there is
  /// no memory.
  [[nodiscard]] static any_transform lossy(any_transform inner) noexcept {
    return inner ? of(linmem::utf8_lossy{std::move(inner)}) : std::move(inner);
  }
  any_transform(any_transform&& other) noexcept : held_{std::exchange(other.held_, nullptr)} {}
  any_transform& operator=(any_transform&& other) noexcept {
    std::swap(held_, other.held_);
    return *this;
  }
  ~any_transform() {
    if (held_ == nullptr) { return; }
    held_->~base();
    std::free(held_);
  }

  /// False when it is empty.
  explicit operator bool() const noexcept { return held_ != nullptr; }

  /// See linmem::transform.
  linmem::step_result step(linmem::byte_view in, linmem::byte_span out, bool last) noexcept {
    return held_->step(in, out, last);
  }
  /// See linmem::transform.
  void reset() noexcept { held_->reset(); }
  /// Why it failed.
  [[nodiscard]] linmem::error failure() const noexcept { return held_->failure(); }
  /// Number of U+FFFD put in for invalid bytes so far, where it counts them.
  [[nodiscard]] std::uint64_t replaced() const noexcept { return held_->replaced(); }
  /// What it publishes besides its bytes; none where it publishes nothing.
  [[nodiscard]] linmem::stream_items<>& items() noexcept { return held_->items(); }

private:
  struct base {
    base() = default;
    base(const base&) = delete;
    base& operator=(const base&) = delete;
    virtual ~base() = default;
    virtual linmem::step_result step(linmem::byte_view in, linmem::byte_span out,
                                     bool last) noexcept = 0;
    virtual void reset() noexcept = 0;
    [[nodiscard]] virtual linmem::error failure() const noexcept = 0;
    [[nodiscard]] virtual std::uint64_t replaced() const noexcept = 0;
    [[nodiscard]] virtual linmem::stream_items<>& items() noexcept = 0;
  };

  struct nothing {};

  template <class T>
  struct holder final : base {
    static constexpr bool publishes = linmem::publishes_items<T>;

    explicit holder(T t) noexcept : held{std::move(t)} {}

    linmem::step_result step(linmem::byte_view in, linmem::byte_span out,
                             bool last) noexcept override {
      return held.step(in, out, last);
    }
    void reset() noexcept override { held.reset(); }
    [[nodiscard]] linmem::error failure() const noexcept override {
      return linmem::failure_of(held);
    }
    [[nodiscard]] std::uint64_t replaced() const noexcept override {
      return linmem::replaced_by(held);
    }
    [[nodiscard]] linmem::stream_items<>& items() noexcept override {
      if constexpr (publishes) {
        return held.items();
      } else {
        return none;
      }
    }

    T held;
    [[no_unique_address]] std::conditional_t<publishes, nothing, linmem::stream_items<>> none{};
  };

  any_transform() = default;

  base* held_ = nullptr;
};

} // namespace document
