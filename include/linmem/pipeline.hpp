// linmem/pipeline.hpp - transforms one behind the other, as one transform.
//
//   auto t = linmem::pipeline{linmem::utf8_lossy<shout>{}, linmem::base64_encoder{}};
//   auto u = linmem::utf8_lossy<shout>{} | linmem::base64_encoder{};     // the same
//
// What the first makes goes to the second through a buffer of fixed size inside the pipeline, so that
// memory is bounded whatever one byte becomes. `a | b` is found where a or b is a type of linmem's;
// for two of your own say `using linmem::operator|;` or pipeline{a, b}. The second sees input that is
// cut anywhere; where it wants whole UTF-8 sequences, put it into utf8_lossy. Not for fan-out.
#pragma once

#include <linmem/bytes.hpp>
#include <linmem/config.hpp>
#include <linmem/error.hpp>
#include <linmem/transform.hpp>

#include <array>   // std::array
#include <cstddef> // std::byte, std::size_t
#include <cstdint> // std::uint64_t, std::uint8_t
#include <utility> // std::move

namespace linmem::inline LINMEM_ABI {

/// `First`, then `Second`, with `Between` bytes of memory between them. The failure of either is the
/// pipeline's; what was made before it is delivered before it. Nothing is held back between them: when
/// the pipeline needs input, the second has had everything that the first made.
template <transform First, transform Second, std::size_t Between = 1024>
class pipeline {
  static_assert(Between >= 4, "a transform may need room for four bytes to progress");
  static_assert(
      !requires(First& t) { t.items(); },
      "items name places in the text: what publishes them comes last in a pipeline");

public:
  /// Both in their first state.
  pipeline() = default;
  /// Takes both over.
  pipeline(First first, Second second) noexcept
      : first_{std::move(first)}, second_{std::move(second)} {}

  /// See transform.
  step_result step(byte_view in, byte_span out, bool last) noexcept {
    step_result total{0, 0, step_status::failed};
    if (failed_ != nobody) { return total; }
    for (;;) {
      if (begin_ != end_ || upstream_ == step_status::done) {
        const byte_view made = byte_view{between_}.subspan(begin_, end_ - begin_);
        const step_result r =
            second_.step(made, out.subspan(total.produced), upstream_ == step_status::done);
        LINMEM_ASSERT(r.consumed <= made.size());
        begin_ += r.consumed;
        total.produced += r.produced;
        if (r.status == step_status::failed) { return stop(total, second_one); }
        if (r.status != step_status::need_input || upstream_ == step_status::done) {
          total.status = r.status;
          return total;
        }
      }
      begin_ = end_ = 0;
      if (upstream_ == step_status::failed) { return stop(total, first_one); }
      if (upstream_ == step_status::need_input && total.consumed == in.size() && !last) {
        total.status = step_status::need_input;
        return total;
      }
      const step_result r = first_.step(in.subspan(total.consumed), between_, last);
      total.consumed += r.consumed;
      end_ = r.produced;
      upstream_ = r.status;
      const bool waits =
          r.status == step_status::need_output || (r.status == step_status::need_input && last);
      if (r.consumed + r.produced == 0 && waits) { // breaks its promise; the caller sees that
        total.status = step_status::need_output;
        return total;
      }
    }
  }

  /// Returns both to their first state, and forgets what lies between them.
  void reset() noexcept {
    first_.reset();
    second_.reset();
    begin_ = end_ = 0;
    upstream_ = step_status::need_output;
    failed_ = nobody;
  }

  /// Why the one that failed did.
  [[nodiscard]] error failure() const noexcept {
    return failed_ == second_one ? failure_of(second_) : failure_of(first_);
  }
  /// Number of U+FFFD that both put in for invalid bytes, where they count them.
  [[nodiscard]] std::uint64_t replaced() const noexcept {
    return replaced_by(first_) + replaced_by(second_);
  }
  /// The items of the second; see stream_items.hpp.
  [[nodiscard]] auto& items() noexcept
    requires requires(Second& t) { t.items(); }
  {
    return second_.items();
  }

private:
  enum part : std::uint8_t { nobody, first_one, second_one };

  step_result stop(step_result total, part which) noexcept {
    failed_ = which;
    total.status = step_status::failed;
    return total;
  }

  First first_{};
  Second second_{};
  std::array<std::byte, Between> between_{};
  std::size_t begin_ = 0; // between_[begin_, end_) was made by the first, not read by the second
  std::size_t end_ = 0;
  step_status upstream_ = step_status::need_output; // what the first said last
  part failed_ = nobody;
};

/// pipeline{a, b}.
template <transform First, transform Second>
[[nodiscard]] pipeline<First, Second> operator|(First a, Second b) noexcept {
  return {std::move(a), std::move(b)};
}

} // namespace linmem::inline LINMEM_ABI
