// examples/document/any_transform.hpp - any transform, behind one type.
//
// A stream is code for each type of transform; with one type all formats share it. What that costs is a
// call through a pointer for each chunk, and one allocation. Not for transforms that are called for
// less than that.
//
//   auto any = document::any_transform::of(linmem::utf8_lossy<document::html_text>{});
//   if (!any) { return no_memory; }
#pragma once

#include <linmem/error.hpp>        // linmem::error
#include <linmem/stream_items.hpp> // linmem::publishes_items, linmem::stream_items
#include <linmem/transform.hpp>    // linmem::transform, linmem::step_result

#include <cstddef>     // std::byte
#include <cstdint>     // std::uint64_t
#include <cstdlib>     // std::free, std::malloc
#include <memory>      // std::destroy_at
#include <new>         // placement new
#include <span>        // std::span
#include <type_traits> // std::conditional_t
#include <utility>     // std::exchange, std::move

namespace document {

/// See this header's first lines. Satisfies linmem::transform; movable, not copyable.
class any_transform {
public:
  /// Holds `transform`; nothing when there is no memory.
  template <linmem::transform Transform>
  static any_transform of(Transform transform) noexcept {
    static_assert(alignof(holder<Transform>) <= alignof(std::max_align_t));
    any_transform made;
    void* const room = std::malloc(sizeof(holder<Transform>));
    if (room == nullptr) { return made; }
    made.held_ = new (room) holder<Transform>{std::move(transform)};
    made.calls_ = &calls_of<Transform>;
    return made;
  }
  any_transform(any_transform&& other) noexcept
      : held_{std::exchange(other.held_, nullptr)}, calls_{other.calls_} {}
  any_transform& operator=(any_transform&&) = delete;
  ~any_transform() {
    if (held_ != nullptr) {
      calls_->destroy(held_);
      std::free(held_);
    }
  }

  /// True when it holds a transform; nothing else may be called when it does not.
  [[nodiscard]] explicit operator bool() const noexcept { return held_ != nullptr; }

  /// See linmem::transform.
  linmem::step_result step(std::span<const std::byte> in, std::span<std::byte> out,
                           bool last) noexcept {
    return calls_->step(held_, in, out, last);
  }
  /// See linmem::transform.
  void reset() noexcept { calls_->reset(held_); }
  /// See linmem::failure_of.
  [[nodiscard]] linmem::error failure() const noexcept { return calls_->failure(held_); }
  /// See linmem::replaced_by.
  [[nodiscard]] std::uint64_t replaced() const noexcept { return calls_->replaced(held_); }
  /// Those of a transform that publishes items; of another, none.
  [[nodiscard]] linmem::stream_items<>& items() noexcept { return calls_->items(held_); }

private:
  struct no_items {};
  template <class Transform>
  struct holder {
    Transform transform;
    std::conditional_t<linmem::publishes_items<Transform>, no_items, linmem::stream_items<>> none{};
  };
  struct calls {
    linmem::step_result (*step)(void*, std::span<const std::byte>, std::span<std::byte>,
                                bool) noexcept;
    void (*reset)(void*) noexcept;
    linmem::error (*failure)(const void*) noexcept;
    std::uint64_t (*replaced)(const void*) noexcept;
    linmem::stream_items<>& (*items)(void*) noexcept;
    void (*destroy)(void*) noexcept;
  };
  template <class Transform>
  static holder<Transform>& in(void* held) noexcept {
    return *static_cast<holder<Transform>*>(held);
  }
  template <class Transform>
  static const holder<Transform>& in(const void* held) noexcept {
    return *static_cast<const holder<Transform>*>(held);
  }
  template <class Transform>
  static constexpr calls calls_of{
      [](void* held, std::span<const std::byte> from, std::span<std::byte> to, bool last) noexcept {
        return in<Transform>(held).transform.step(from, to, last);
      },
      [](void* held) noexcept { in<Transform>(held).transform.reset(); },
      [](const void* held) noexcept { return linmem::failure_of(in<Transform>(held).transform); },
      [](const void* held) noexcept { return linmem::replaced_by(in<Transform>(held).transform); },
      [](void* held) noexcept -> linmem::stream_items<>& {
        if constexpr (linmem::publishes_items<Transform>) {
          return in<Transform>(held).transform.items();
        } else {
          return in<Transform>(held).none;
        }
      },
      [](void* held) noexcept { std::destroy_at(&in<Transform>(held)); }};

  any_transform() = default;

  void* held_ = nullptr;
  const calls* calls_ = nullptr;
};

} // namespace document
