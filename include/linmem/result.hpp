// linmem/result.hpp - result<T>: a value or a linmem::error.
//
// What every fallible function of the library returns. In C++23 it is std::expected<T, error>; in
// C++20 a class with the same interface, as far as the library and its users need it:
//
//   linmem::result<int> half(int n) {
//     if (n % 2 != 0) { return linmem::fail(linmem::errc::invalid_argument, "an even number", 0, 1); }
//     return n / 2;
//   }
//   if (auto r = half(8)) { use(*r); } else { report(r.error()); }
//
// Works without exceptions: value() on an error then ends the program, where it throws
// bad_result_access with them. *r and r.error() check their precondition in checked builds only.
#pragma once

#include <linmem/config.hpp>
#include <linmem/error.hpp>

#include <cstdint>     // std::uint64_t
#include <cstdlib>     // std::abort
#include <exception>   // std::exception
#include <new>         // placement new; <memory> would be most of the time this header takes
#include <type_traits> // std::is_void_v
#include <utility>     // std::forward, std::move

#if __cplusplus > 202002L && __has_include(<expected>)
#include <expected> // std::expected
#endif

namespace linmem::inline LINMEM_ABI {

#if defined(__cpp_lib_expected)

/// A value or an error.
template <class T>
using result = std::expected<T, error>;

/// An error on its way into a result of any type.
using unexpected = std::unexpected<error>;

#else

/// An error on its way into a result of any type.
class unexpected {
public:
  /// Carries `e`, whose code is not none.
  constexpr explicit unexpected(const linmem::error& e) noexcept : error_{e} {
    LINMEM_ASSERT(e.code != errc::none);
  }
  /// The error carried.
  [[nodiscard]] constexpr const linmem::error& error() const noexcept { return error_; }

private:
  linmem::error error_;
};

/// Thrown by result<T>::value() on an error, where exceptions are on.
class bad_result_access : public std::exception {
public:
  /// Carries the error that the result held.
  explicit bad_result_access(const linmem::error& e) noexcept : error_{e} {}
  /// The error that the result held.
  [[nodiscard]] const linmem::error& error() const noexcept { return error_; }
  /// A fixed text; error() says more.
  [[nodiscard]] const char* what() const noexcept override { return "linmem: result has no value"; }

private:
  linmem::error error_;
};

namespace detail {
[[noreturn]] inline void no_value([[maybe_unused]] const error& e) {
#if defined(__cpp_exceptions) || defined(__EXCEPTIONS)
  throw bad_result_access{e};
#else
  std::abort();
#endif
}
} // namespace detail

/// A value or an error. The interface is std::expected's; see there.
template <class T>
class [[nodiscard]] result {
  static constexpr bool is_trivial = std::is_trivially_copyable_v<T>;

public:
  using value_type = T;             ///< what it holds on success
  using error_type = linmem::error; ///< what it holds otherwise

  /// A value made from `arguments`.
  template <class U = T>
    requires(std::is_constructible_v<T, U &&> && !std::is_same_v<std::remove_cvref_t<U>, result> &&
             !std::is_same_v<std::remove_cvref_t<U>, unexpected>)
  constexpr result(U&& value) noexcept(std::is_nothrow_constructible_v<T, U&&>) // NOLINT: implicit
      : value_(std::forward<U>(value)), has_value_{true} {}

  /// An error.
  constexpr result(const unexpected& e) noexcept // NOLINT: implicit
      : error_{e.error()}, has_value_{false} {}

  // Trivial, and thus constexpr, where T is; else what std::expected does.
  /// A copy.
  constexpr result(const result&) noexcept
    requires is_trivial
  = default;
  /// The value moved out of the other, or its error.
  constexpr result(result&&) noexcept
    requires is_trivial
  = default;
  /// A copy.
  constexpr result& operator=(const result&) noexcept
    requires is_trivial
  = default;
  /// The value moved out of the other, or its error.
  constexpr result& operator=(result&&) noexcept
    requires is_trivial
  = default;
  constexpr ~result()
    requires is_trivial
  = default;

  /// A copy.
  result(const result& other) noexcept(std::is_nothrow_copy_constructible_v<T>)
    requires(!is_trivial && std::is_copy_constructible_v<T>)
  {
    take(other);
  }
  /// The value moved out of the other, or its error.
  result(result&& other) noexcept(std::is_nothrow_move_constructible_v<T>)
    requires(!is_trivial)
  {
    take(std::move(other));
  }
  /// A copy.
  result& operator=(const result& other) noexcept(std::is_nothrow_copy_constructible_v<T>)
    requires(!is_trivial && std::is_copy_constructible_v<T>)
  {
    if (this != &other) { *this = result(other); }
    return *this;
  }
  /// The value moved out of the other, or its error.
  result& operator=(result&& other) noexcept(std::is_nothrow_move_constructible_v<T>)
    requires(!is_trivial)
  {
    static_assert(std::is_nothrow_move_constructible_v<T>, "a result is never left without either");
    if (this != &other) {
      if (*this) { value_.~T(); }
      take(std::move(other));
    }
    return *this;
  }
  constexpr ~result()
    requires(!is_trivial)
  {
    if (*this) { value_.~T(); }
  }

  /// True when it holds a value.
  [[nodiscard]] constexpr bool has_value() const noexcept { return has_value_; }
  constexpr explicit operator bool() const noexcept { return has_value(); } ///< has_value()

  /// The value; throws or ends the program on an error.
  [[nodiscard]] constexpr T& value() & {
    if (!*this) { detail::no_value(error_); }
    return value_;
  }
  /// The value; throws or ends the program on an error.
  [[nodiscard]] constexpr const T& value() const& {
    if (!*this) { detail::no_value(error_); }
    return value_;
  }
  /// The value, to move from; throws or ends the program on an error.
  [[nodiscard]] constexpr T&& value() && {
    if (!*this) { detail::no_value(error_); }
    return std::move(value_);
  }

  constexpr T& operator*() & noexcept { return checked(*this).value_; }              ///< the value
  constexpr const T& operator*() const& noexcept { return checked(*this).value_; }   ///< the value
  constexpr T&& operator*() && noexcept { return std::move(checked(*this).value_); } ///< the value
  constexpr T* operator->() noexcept { return &checked(*this).value_; }              ///< the value
  constexpr const T* operator->() const noexcept { return &checked(*this).value_; }  ///< the value

  /// The error; the result holds no value.
  [[nodiscard]] constexpr const linmem::error& error() const noexcept {
    LINMEM_ASSERT(!has_value());
    return error_;
  }

  /// The value, or `fallback` on an error.
  template <class U>
  [[nodiscard]] constexpr T value_or(U&& fallback) const& {
    return *this ? value_ : static_cast<T>(std::forward<U>(fallback));
  }
  /// The value moved out, or `fallback` on an error.
  template <class U>
  [[nodiscard]] constexpr T value_or(U&& fallback) && {
    return *this ? std::move(value_) : static_cast<T>(std::forward<U>(fallback));
  }

  /// What `f` returns (a result) for the value; the same error otherwise.
  template <class F>
  constexpr auto and_then(F&& f) && -> std::invoke_result_t<F, T&&> {
    if (!*this) { return unexpected{error_}; }
    return std::forward<F>(f)(std::move(value_));
  }

  /// What `f` returns (a value) for the value; the same error otherwise.
  template <class F>
  constexpr auto transform(F&& f) && -> result<std::remove_cvref_t<std::invoke_result_t<F, T&&>>> {
    if (!*this) { return unexpected{error_}; }
    return std::forward<F>(f)(std::move(value_));
  }

  /// This value; what `f` returns (a result of the same type) for an error.
  template <class F>
  constexpr result or_else(F&& f) && {
    if (*this) { return std::move(*this); }
    return std::forward<F>(f)(error_);
  }

private:
  template <class Self>
  static constexpr Self& checked(Self& self) noexcept {
    LINMEM_ASSERT(self.has_value());
    return self; // NOLINT(bugprone-return-const-ref-from-parameter): only *this comes here
  }

  // Makes a copy of what `other` has, where nothing is alive yet.
  template <class Other>
  void take(Other&& other) {
    has_value_ = other.has_value_;
    if (has_value_) {
      ::new (static_cast<void*>(&value_)) T(std::forward<Other>(other).value_);
    } else {
      ::new (static_cast<void*>(&error_)) linmem::error(other.error_);
    }
  }

  // Success writes nothing of an error: that is most of what a small function is in bytes.
  union {
    T value_;
    linmem::error error_;
  };
  bool has_value_;
};

/// Success without a value, or an error.
template <>
class [[nodiscard]] result<void> {
public:
  using value_type = void;          ///< nothing
  using error_type = linmem::error; ///< what it holds on failure

  constexpr result() noexcept : none_{}, has_value_{true} {} ///< success
  /// An error.
  constexpr result(const unexpected& e) noexcept // NOLINT: implicit
      : error_{e.error()}, has_value_{false} {}

  /// True on success.
  [[nodiscard]] constexpr bool has_value() const noexcept { return has_value_; }
  constexpr explicit operator bool() const noexcept { return has_value(); } ///< has_value()

  /// Nothing; throws or ends the program on an error.
  constexpr void value() const {
    if (!*this) { detail::no_value(error_); }
  }

  /// The error; the result holds no success.
  [[nodiscard]] constexpr const linmem::error& error() const noexcept {
    LINMEM_ASSERT(!has_value());
    return error_;
  }

private:
  union {
    char none_;
    linmem::error error_;
  };
  bool has_value_;
};

#endif

/// Short for an error on its way out: `return fail(errc::out_of_range, "offset in bytes", 8, 9);`
[[nodiscard]] constexpr unexpected fail(errc code, const char* subject, std::uint64_t limit = 0,
                                        std::uint64_t actual = 0) noexcept {
  return unexpected{error{code, subject, limit, actual}};
}

} // namespace linmem::inline LINMEM_ABI
