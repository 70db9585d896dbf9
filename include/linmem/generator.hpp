// linmem/generator.hpp - values made one at a time by a coroutine, its frame where you want it.
//
//   linmem::generator<linmem::byte_view> lines(linmem::byte_view text) {
//     while (...) { co_yield line; }
//   }
//   for (linmem::byte_view line : lines(text)) { ... }
//
// A coroutine whose parameters begin with std::allocator_arg_t and an arena or a storage_ref has its
// frame there; the heap otherwise. Where there is no memory, the generator is empty and failure() says
// so; `co_yield linmem::fail(...)` ends it with an error of its own. No exceptions are needed; one
// that leaves the coroutine leaves ++ or begin(). A move-only view: single pass, one thread at a time.
//
// A value costs an indirect call: for hot loops over bytes write a transform.
#pragma once

#include <linmem/arena.hpp>
#include <linmem/bytes.hpp>
#include <linmem/config.hpp>
#include <linmem/error.hpp>
#include <linmem/result.hpp>
#include <linmem/storage.hpp>

#include <coroutine> // std::coroutine_handle, std::suspend_always
#include <cstddef>   // std::byte, std::ptrdiff_t, std::size_t
#include <cstdlib>   // std::abort
#include <cstring>   // std::memcpy
#include <iterator>  // std::default_sentinel_t, std::input_iterator_tag
#include <new>       // placement new; <memory> and <ranges> would double the time this header takes
#include <span>      // std::ranges::enable_view
#include <tuple>     // std::allocator_arg_t
#include <type_traits> // std::is_empty_v, std::remove_cvref_t
#include <utility>     // std::exchange, std::move, std::swap

namespace linmem::inline LINMEM_ABI {

namespace detail {

// Where frames come from when that is an arena, which a frame refers to.
template <storage Storage>
class arena_frames {
public:
  explicit arena_frames(arena<Storage>& from) noexcept : from_{&from} {}
  [[nodiscard]] std::byte* allocate(std::size_t n) noexcept {
    return from_->try_allocate(n, storage_alignment);
  }
  void deallocate(std::byte* bytes, std::size_t n) noexcept {
    static_cast<void>(from_->try_free_last(bytes, n));
  }

private:
  arena<Storage>* from_;
};

template <storage Storage>
[[nodiscard]] arena_frames<Storage> frames_of(arena<Storage>& from) noexcept {
  return arena_frames<Storage>{from};
}
template <storage Storage>
[[nodiscard]] storage_ref<Storage> frames_of(const storage_ref<Storage>& from) noexcept {
  return from;
}
template <storage Storage>
[[nodiscard]] Storage frames_of(const Storage& from) noexcept {
  static_assert(
      std::is_empty_v<Storage>,
      "pass a storage_ref: each frame keeps a copy, and copies of a storage with state may "
      "give the same bytes twice");
  return from;
}

using free_frame = void (*)(std::byte* frame, std::size_t size) noexcept;

// Behind a frame, whose size is known again when it is freed: who frees it.
[[nodiscard]] constexpr std::size_t trailer_offset(std::size_t size) noexcept {
  return align_up(size, storage_alignment);
}

template <storage Frames>
struct frame_trailer {
  free_frame free;
  Frames frames;

  [[nodiscard]] static void* allocate(std::size_t size, Frames from) noexcept {
    static_assert(alignof(frame_trailer) <= storage_alignment);
    std::byte* frame = from.allocate(trailer_offset(size) + sizeof(frame_trailer));
    if (frame == nullptr) { return nullptr; }
    ::new (static_cast<void*>(frame + trailer_offset(size)))
        frame_trailer{&deallocate, std::move(from)};
    return frame;
  }
  static void deallocate(std::byte* frame, std::size_t size) noexcept {
    auto* at = reinterpret_cast<frame_trailer*>(frame + trailer_offset(size));
    Frames from = std::move(at->frames);
    at->~frame_trailer();
    from.deallocate(frame, trailer_offset(size) + sizeof(frame_trailer));
  }
};

} // namespace detail

/// A range of the values that a coroutine yields. They are referred to where they lie: each is valid
/// until the next is asked for.
template <class T>
class [[nodiscard]] generator {
public:
  class promise_type;
  using value_type = std::remove_cvref_t<T>; ///< what it yields

private:
  using coroutine = std::coroutine_handle<promise_type>;

public:
  /// What the compiler asks for.
  class promise_type {
  public:
    [[nodiscard]] generator get_return_object() noexcept {
      return generator{coroutine::from_promise(*this)};
    }
    [[nodiscard]] static generator get_return_object_on_allocation_failure() noexcept {
      generator none;
      none.lacks_memory_ = true;
      return none;
    }
    [[nodiscard]] std::suspend_always initial_suspend() const noexcept { return {}; }
    [[nodiscard]] std::suspend_always final_suspend() const noexcept { return {}; }
    [[nodiscard]] std::suspend_always yield_value(const value_type& value) noexcept {
      value_ = __builtin_addressof(value); // std::addressof is in <memory>
      return {};
    }
    [[nodiscard]] std::suspend_always yield_value(const unexpected& e) noexcept {
      failure_ = e.error();
      return {};
    }
    void return_void() const noexcept {}
    void unhandled_exception() {
#if defined(__cpp_exceptions) || defined(__EXCEPTIONS)
      throw;
#else
      std::abort();
#endif
    }
    template <class U>
    void await_transform(U&&) = delete; // a generator yields, it does not wait

    // Frames: on the heap, or where a parameter behind std::allocator_arg says. The object that a
    // member function or a lambda belongs to comes first. Inlined, because GCC 12 takes a template and
    // the delete below for a mismatch where it sees both called.
    [[nodiscard]] static void* operator new(std::size_t size) noexcept {
      return detail::frame_trailer<heap_storage>::allocate(size, {});
    }
    template <class From, class... Others>
    [[nodiscard, gnu::always_inline]] static void*
    operator new(std::size_t size, std::allocator_arg_t, From& from, Others&...) noexcept {
      using frames = decltype(detail::frames_of(from));
      return detail::frame_trailer<frames>::allocate(size, detail::frames_of(from));
    }
    template <class Self, class From, class... Others>
    [[nodiscard, gnu::always_inline]] static void*
    operator new(std::size_t size, Self&, std::allocator_arg_t, From& from, Others&...) noexcept {
      using frames = decltype(detail::frames_of(from));
      return detail::frame_trailer<frames>::allocate(size, detail::frames_of(from));
    }
    static void operator delete(void* frame, std::size_t size) noexcept {
      auto* bytes = static_cast<std::byte*>(frame);
      detail::free_frame free = nullptr; // every trailer begins with it
      std::memcpy(static_cast<void*>(&free), bytes + detail::trailer_offset(size), sizeof free);
      free(bytes, size);
    }

  private:
    friend generator;
    const value_type* value_ = nullptr;
    error failure_{};
  };

  /// Ends at once.
  generator() = default;
  generator(const generator&) = delete;
  generator& operator=(const generator&) = delete;
  /// Takes over the coroutine of `other`, which then ends at once.
  generator(generator&& other) noexcept
      : coroutine_{std::exchange(other.coroutine_, nullptr)}, lacks_memory_{other.lacks_memory_} {}
  /// Takes over the coroutine of `other`, and destroys the own one.
  generator& operator=(generator&& other) noexcept {
    std::swap(coroutine_, other.coroutine_);
    std::swap(lacks_memory_, other.lacks_memory_);
    return *this;
  }
  /// Destroys the coroutine where it is suspended.
  ~generator() {
    if (coroutine_) { coroutine_.destroy(); }
  }

  /// Why it ended early: what was yielded with fail(), or out_of_memory when there was none for the
  /// frame; code none otherwise.
  [[nodiscard]] error failure() const noexcept {
    if (coroutine_) { return coroutine_.promise().failure_; }
    return lacks_memory_ ? error{errc::out_of_memory, "frame of a coroutine", 0, 0} : error{};
  }

  /// Resumes the coroutine for each value.
  class iterator {
  public:
    using value_type = generator::value_type;         ///< what it yields
    using difference_type = std::ptrdiff_t;           ///< as the standard asks
    using iterator_concept = std::input_iterator_tag; ///< single pass

    iterator() = default; ///< singular
    /// The present value. Valid until ++.
    [[nodiscard]] const value_type& operator*() const noexcept {
      return *coroutine_.promise().value_;
    }
    /// Runs the coroutine to its next value.
    iterator& operator++() {
      coroutine_.resume();
      return *this;
    }
    void operator++(int) { ++*this; } ///< as above
    /// True at the end; failure() says whether it came early.
    [[nodiscard]] friend bool operator==(const iterator& it, std::default_sentinel_t) noexcept {
      return it.is_at_end();
    }

  private:
    friend generator;
    explicit iterator(coroutine c) noexcept : coroutine_{c} {}
    [[nodiscard]] bool is_at_end() const noexcept {
      return !coroutine_ || coroutine_.done() || coroutine_.promise().failure_.code != errc::none;
    }
    coroutine coroutine_{};
  };

  /// Runs the coroutine to its first value. Once only.
  [[nodiscard]] iterator begin() {
    iterator first{coroutine_};
    if (first != std::default_sentinel) { coroutine_.resume(); }
    return first;
  }
  [[nodiscard]] std::default_sentinel_t end() const noexcept { return {}; } ///< no value follows

private:
  explicit generator(coroutine c) noexcept : coroutine_{c} {}

  coroutine coroutine_{};
  bool lacks_memory_ = false;
};

} // namespace linmem::inline LINMEM_ABI

template <class T>
inline constexpr bool std::ranges::enable_view<linmem::generator<T>> = true;
