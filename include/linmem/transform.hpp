// linmem/transform.hpp - bounded input to bounded output, a step at a time.
//
// A transform reads what fits and writes what fits, and says why it stopped. Neither the whole input
// nor the whole output ever has to exist, and nobody has to know how much one byte becomes:
//
//   linmem::utf8_lossy<html_text> t;
//   auto [consumed, produced, status] = t.step(in, out, /*last=*/false);
//
// The shape is zlib's inflate(). What a transform promises:
//   - it reads at most in.size() bytes and writes at most out.size();
//   - need_input: all of `in` was consumed and more is wanted; never returned when `last`;
//   - need_output: what comes next does not fit into the rest of `out`;
//   - done: only when `last`, with everything written; failed: as its failure() says, and it stays so;
//   - with out.size() >= 4, each call consumes, produces, or returns need_input, done or failed;
//   - what it produces does not depend on where input and output are cut.
// What the caller promises: bytes not consumed are presented again, first and unchanged.
#pragma once

#include <linmem/bytes.hpp>
#include <linmem/config.hpp>
#include <linmem/error.hpp>
#include <linmem/utf8.hpp>

#include <array>    // std::array
#include <concepts> // std::convertible_to, std::same_as
#include <cstddef>  // std::byte, std::size_t
#include <cstdint>  // std::uint32_t, std::uint64_t
#include <utility>  // std::move

namespace linmem::inline LINMEM_ABI {

/// Why a step ended.
enum class step_status : std::uint32_t {
  need_input,  ///< all input consumed; present more
  need_output, ///< the output has no room for what comes next
  done,        ///< nothing follows
  failed,      ///< the input or a limit forbids to go on
};

/// What a step did.
struct step_result {
  std::size_t consumed; ///< bytes read, from the front of the input
  std::size_t produced; ///< bytes written, at the front of the output
  step_status status;   ///< why it ended
};

/// A type that turns bytes into bytes as this header's first lines say. reset() returns it to its
/// first state. It may have failure(), replaced() (a count of U+FFFD) and items() (stream_items.hpp).
template <class T>
concept transform = requires(T t, byte_view in, byte_span out, bool last) {
  { t.step(in, out, last) } noexcept -> std::same_as<step_result>;
  { t.reset() } noexcept;
};

/// Why `t` failed: its own failure() where it has one, else invalid_data.
template <transform T>
[[nodiscard]] constexpr error failure_of(const T& t) noexcept {
  if constexpr (requires {
                  { t.failure() } -> std::convertible_to<error>;
                }) {
    return t.failure();
  } else {
    return {errc::invalid_data, "input", 0, 0};
  }
}

/// Number of U+FFFD that `t` put in for invalid bytes, where it counts them; else 0.
template <transform T>
[[nodiscard]] constexpr std::uint64_t replaced_by(const T& t) noexcept {
  if constexpr (requires {
                  { t.replaced() } -> std::convertible_to<std::uint64_t>;
                }) {
    return t.replaced();
  } else {
    return 0;
  }
}

/// Writes what it reads.
class copy_transform {
public:
  /// Copies as much as fits.
  step_result step(byte_view in, byte_span out, bool last) noexcept {
    const std::size_t n = smaller(in.size(), out.size());
    copy_bytes(in.first(n), out);
    if (n < in.size()) { return {n, n, step_status::need_output}; }
    return {n, n, last ? step_status::done : step_status::need_input};
  }
  /// Nothing to forget.
  void reset() noexcept {}
};

/// Decodes before `Inner`: it sees valid UTF-8 only, never cut inside a sequence, with U+FFFD for
/// each group of invalid bytes as the WHATWG decoder has it. Valid input reaches it where it lies,
/// without a copy. A byte order mark is passed on.
template <transform Inner>
class utf8_lossy {
public:
  utf8_lossy() = default;
  /// Wraps `inner`.
  explicit utf8_lossy(Inner inner) noexcept : inner_{std::move(inner)} {}

  /// See transform.
  step_result step(byte_view in, byte_span out, bool last) noexcept {
    step_result total{0, 0, step_status::need_input};
    const auto feed = [&](byte_view bytes, bool ends) {
      const step_result r = inner_.step(bytes, out.subspan(total.produced), ends);
      total.produced += r.produced;
      total.status = r.status;
      return r.consumed;
    };
    for (;;) {
      const byte_view rest = in.subspan(total.consumed);
      if (owed_size_ != 0) {
        const byte_view owed = byte_view{owed_}.first(owed_size_).subspan(owed_at_);
        owed_at_ += feed(owed, last && rest.empty() && carry_size_ == 0);
        if (owed_at_ == owed_size_) { owed_at_ = owed_size_ = 0; }
        if (total.status != step_status::need_input) { return total; }
      } else if (carry_size_ != 0) {
        if (rest.empty() && !last) { return total; }
        total.consumed += complete_carry(rest);
      } else if (rest.empty() && !last) {
        return total;
      } else if (validated_ != 0 || rest.empty() || validate(rest) != 0) {
        const std::size_t n = feed(rest.first(validated_), last && validated_ == rest.size());
        total.consumed += n;
        validated_ -= n;
        if (total.status != step_status::need_input) { return total; }
      } else {
        total.consumed += take_broken(rest);
      }
    }
  }

  /// Forgets the input, the count and the inner state.
  void reset() noexcept {
    inner_.reset();
    carry_size_ = owed_at_ = owed_size_ = 0;
    validated_ = 0;
    replaced_ = 0;
  }

  /// Why it failed.
  [[nodiscard]] error failure() const noexcept { return failure_of(inner_); }
  /// Number of U+FFFD put in for invalid bytes so far.
  [[nodiscard]] std::uint64_t replaced() const noexcept { return replaced_; }
  /// The items of the transform within; see stream_items.hpp.
  [[nodiscard]] auto& items() noexcept
    requires requires(Inner& inner) { inner.items(); }
  {
    return inner_.items();
  }
  /// True when nothing that was consumed is yet to reach the transform within.
  [[nodiscard]] bool holds_nothing() const noexcept { return carry_size_ == 0 && owed_size_ == 0; }
  /// Says that the next `n` bytes of the input went elsewhere, while it holds nothing.
  void skip(std::size_t n) noexcept {
    LINMEM_ASSERT(holds_nothing());
    validated_ -= smaller(n, validated_);
  }
  /// The transform within.
  [[nodiscard]] const Inner& inner() const noexcept { return inner_; }

private:
  // Large enough to be fast, small enough that the inner transform finds the bytes in the cache,
  // and that a caller with all of a large input does not have it validated anew at each step.
  static constexpr std::size_t window = 16384;

  std::size_t validate(byte_view rest) noexcept {
    validated_ = utf8::valid_prefix(rest.first(smaller(rest.size(), window)));
    return validated_;
  }

  // The input goes on behind a sequence that the last piece cut: takes at most one byte of it.
  std::size_t complete_carry(byte_view rest) noexcept {
    if (rest.empty()) {
      owe_replacement();
      return 0;
    }
    carry_[carry_size_] = rest.front();
    const byte_view candidate = byte_view{carry_}.first(carry_size_ + 1);
    switch (utf8::first_sequence(candidate).kind) {
      case utf8::sequence_kind::incomplete: ++carry_size_; return 1;
      case utf8::sequence_kind::complete: owe(candidate); return 1;
      case utf8::sequence_kind::invalid: owe_replacement(); return 0; // the byte begins anew
    }
    return 0;
  }

  // The input begins with no complete sequence.
  std::size_t take_broken(byte_view rest) noexcept {
    const utf8::sequence broken = utf8::first_sequence(rest);
    if (broken.kind == utf8::sequence_kind::incomplete) {
      copy_bytes(rest, carry_);
      carry_size_ = broken.length;
    } else {
      owe_replacement();
    }
    return broken.length;
  }

  void owe(byte_view bytes) noexcept {
    copy_bytes(bytes, owed_);
    owed_size_ = bytes.size();
    carry_size_ = 0;
  }
  void owe_replacement() noexcept {
    ++replaced_;
    owe(utf8::replacement);
  }

  Inner inner_{};
  std::array<std::byte, utf8::max_sequence> carry_{}; // consumed, sequence not complete
  std::array<std::byte, utf8::max_sequence> owed_{};  // to be read by inner_ before further input
  std::size_t carry_size_ = 0;
  std::size_t owed_at_ = 0;
  std::size_t owed_size_ = 0;
  std::size_t validated_ = 0; // bytes at the front of the next input that are known to be valid
  std::uint64_t replaced_ = 0;
};

} // namespace linmem::inline LINMEM_ABI
