// linmem/error.hpp - the one error type of the library.
//
// An error says what happened, to what, which limit stood in the way and what was asked:
//
//   linmem::error e{linmem::errc::limit_exceeded, "buffer capacity in bytes", 1024, 4096};
//   std::array<char, 128> text;
//   linmem::describe(e, text);   // "limit exceeded: buffer capacity in bytes: limit 1024, got 4096"
//
// It is a small trivially copyable value: making, returning and dropping one never allocates. Not
// for carrying text of your own at run time: `subject` must outlive the error (a literal does).
#pragma once

#include <linmem/config.hpp>

#include <array>       // std::array
#include <cstddef>     // std::size_t
#include <cstdint>     // std::uint32_t, std::uint64_t
#include <span>        // std::span
#include <string_view> // std::string_view

namespace linmem::inline LINMEM_ABI {

/// What went wrong. The numbers are part of the C ABI: they are only ever added to.
enum class errc : std::uint32_t {
  none = 0,             ///< no error
  invalid_argument = 1, ///< a value that no state of the object would accept
  out_of_range = 2,     ///< an offset or a length beyond the object
  limit_exceeded = 3,   ///< a configured or fixed limit: nothing was done
  out_of_memory = 4,    ///< the storage or the system had no more: nothing was done
  invalid_handle = 5,   ///< freed, foreign, forged or stale
  leased = 6,           ///< the object is lent out and may not be moved or freed now
  closed = 7,           ///< the object has ended and takes no more
  corrupt = 8,          ///< shared state that fails its own checks
  unsupported = 9,      ///< not in this build, on this host or for this object
  invalid_data = 10,    ///< the input is not what its format demands
  timed_out = 11,       ///< not within the time or the attempts allowed: try again
  conflict = 12,        ///< based on a version that is no longer the present one
  abandoned = 13,       ///< the other side is gone and did not close
  unavailable = 14,     ///< refused without trying, for now
};

/// Number of values of `errc`; they are 0 .. errc_count - 1.
inline constexpr std::size_t errc_count = 15;

/// The names of the codes, in the order of their values, as users and JavaScript see them.
inline constexpr std::array<const char*, errc_count> errc_names{
    "none",           "invalid_argument", "out_of_range", "limit_exceeded", "out_of_memory",
    "invalid_handle", "leased",           "closed",       "corrupt",        "unsupported",
    "invalid_data",   "timed_out",        "conflict",     "abandoned",      "unavailable",
};

/// The name of `code`, for example "limit_exceeded"; "unknown" for a number that is none.
[[nodiscard]] constexpr std::string_view name(errc code) noexcept {
  const auto index = static_cast<std::size_t>(code);
  return index < errc_count ? errc_names[index] : "unknown";
}

/// What went wrong, with the limit and the number that met it.
struct error {
  errc code = errc::none;   ///< what happened
  const char* subject = ""; ///< to what, with its unit; static storage duration
  std::uint64_t limit = 0;  ///< the limit that stood in the way, in the subject's unit
  std::uint64_t actual = 0; ///< what was asked for or found, in the subject's unit

  /// Equal when code, limit and actual are; the subject is for people.
  friend constexpr bool operator==(const error& a, const error& b) noexcept {
    return a.code == b.code && a.limit == b.limit && a.actual == b.actual;
  }
};

namespace detail {

/// Appends to a fixed buffer and drops what does not fit.
class text_writer {
public:
  explicit constexpr text_writer(std::span<char> out) noexcept : out_{out} {}

  constexpr void put(std::string_view text) noexcept {
    for (const char c : text) {
      if (size_ == out_.size()) { return; }
      out_[size_++] = c;
    }
  }

  constexpr void put(std::uint64_t number) noexcept {
    std::array<char, 20> digits{};
    std::size_t first = digits.size();
    do {
      digits[--first] = static_cast<char>('0' + number % 10);
      number /= 10;
    } while (number != 0);
    put(std::string_view{digits.data() + first, digits.size() - first});
  }

  [[nodiscard]] constexpr std::string_view text() const noexcept { return {out_.data(), size_}; }

private:
  std::span<char> out_;
  std::size_t size_ = 0;
};

} // namespace detail

/// Writes a sentence about `e` into `out` and returns the part written; cut where `out` ends (128
/// bytes hold every error of the library).
constexpr std::string_view describe(const error& e, std::span<char> out) noexcept {
  detail::text_writer text{out};
  for (const char c : name(e.code)) { text.put({c == '_' ? " " : &c, 1}); }
  if (e.code == errc::none) { return text.text(); }
  text.put(": ");
  text.put(e.subject);
  const bool has_limit =
      e.limit != 0 || e.code == errc::limit_exceeded || e.code == errc::out_of_range;
  if (has_limit) {
    text.put(": limit ");
    text.put(e.limit);
    text.put(", got ");
    text.put(e.actual);
  } else if (e.actual != 0) {
    text.put(": ");
    text.put(e.actual);
  }
  return text.text();
}

} // namespace linmem::inline LINMEM_ABI
