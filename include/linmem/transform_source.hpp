// linmem/transform_source.hpp - chunks of what a transform makes of its input.
//
// The input is there already, or it is fed piece by piece, in place: neither the input nor the output
// ever exists as a whole.
//
//   auto stream = linmem::transform_chunks(my_transform{}, text);       // all of it is there
//   auto fed = linmem::chunk_stream<linmem::transform_source<my_transform>>::create(
//       linmem::transform_source{my_transform{}});                      // starves until it is fed
//   fed->source().feed(piece);
//
// What is fed is not copied: push_source.hpp takes pieces that go away at once, and piece_source.hpp a
// range of them.
#pragma once

#include <linmem/bytes.hpp>
#include <linmem/chunk_source.hpp>
#include <linmem/config.hpp>
#include <linmem/error.hpp>
#include <linmem/result.hpp>
#include <linmem/stream_items.hpp>
#include <linmem/transform.hpp>
#include <linmem/utf8.hpp>

#include <cstddef> // std::size_t
#include <cstdint> // std::uint64_t
#include <cstring> // std::memmove
#include <utility> // std::exchange, std::move

namespace linmem::inline LINMEM_ABI {

/// What a transform makes of its input. The input is fed piece by piece, or all of it at once.
template <transform T>
class transform_source {
public:
  /// Waits to be fed.
  explicit transform_source(T transform) noexcept : transform_{std::move(transform)} {}
  /// Has all its input, which stays where it is while the source is used.
  transform_source(T transform, byte_view input) noexcept
      : transform_{std::move(transform)}, whole_{input}, input_{input}, total_{input.size()},
        last_{true}, rewindable_{true} {}

  /// Hands over the next input, which stays where it is until starved again. closed after finish();
  /// invalid_argument while input is left.
  result<void> feed(byte_view input) noexcept {
    if (last_) { return fail(errc::closed, "stream input"); }
    if (!input_.empty()) { return fail(errc::invalid_argument, "input left", 0, input_.size()); }
    input_ = input;
    return {};
  }
  /// Says that no input follows.
  void finish() noexcept { last_ = true; }
  /// Says that no input follows because `reason` stopped it: what was made of the input before is
  /// delivered, then the stream fails with it.
  void abort(const error& reason) noexcept {
    LINMEM_ASSERT(reason.code != errc::none);
    aborted_ = reason;
    last_ = true;
  }
  /// Asks for a short chunk of what was made so far once the source would starve.
  void flush() noexcept { flush_ = true; }
  /// Says how much input there will be, for progress.
  void expect(std::uint64_t total) noexcept { total_ = total; }

  /// Fills a chunk. What was written before the source starved stays in it.
  template <storage Storage>
  pulled pull(chunk_scratch<Storage>& scratch) noexcept {
    if (ended_) { return at_end(); }
    const byte_span out = scratch.get();
    if (out.empty()) {
      failure_ = scratch.refusal();
      return at_end();
    }
    // What a chunk could not hold to the end of its last sequence begins the next one.
    if (const std::size_t sent = std::exchange(sent_, 0); sent != 0) {
      filled_ -= sent;
      std::memmove(out.data(), out.data() + sent, filled_);
    }
    for (;;) {
      const bool last = last_ && aborted_.code == errc::none;
      const step_result r = transform_.step(input_, out.subspan(filled_), last);
      LINMEM_ASSERT(r.consumed <= input_.size() && r.produced <= out.size() - filled_);
      input_ = input_.subspan(r.consumed);
      consumed_ += r.consumed;
      filled_ += r.produced;
      switch (r.status) {
        case step_status::need_input:
          if (aborted_.code != errc::none) {
            failure_ = aborted_;
            return last_of(out);
          }
          if (!last_) { return starve(out); }
          break; // a transform that forgot that this was all
        case step_status::need_output: {
          const std::size_t whole = utf8::complete_prefix(out.first(filled_));
          if (whole != 0 && (is_full(out) || r.consumed + r.produced == 0)) {
            sent_ = whole;
            return {out.first(whole), stream_state::ready};
          }
          break;
        }
        case step_status::failed: failure_ = failure_of(transform_); return last_of(out);
        case step_status::done: return last_of(out);
      }
      if (r.consumed + r.produced == 0) {
        failure_ = {errc::corrupt, "transform that makes no progress", 0, 0};
        return last_of(out);
      }
    }
  }

  /// Starts anew where all the input is there; a fed source cannot.
  bool rewind() noexcept {
    if (!rewindable_) { return false; }
    restart();
    input_ = whole_;
    last_ = true;
    return true;
  }
  /// Starts anew without input, for an owner that feeds it from the front again.
  void restart() noexcept {
    if constexpr (publishes_items<T>) { transform_.items().reset(); }
    transform_.reset();
    input_ = {};
    consumed_ = 0;
    filled_ = sent_ = 0;
    failure_ = aborted_ = {};
    ended_ = flush_ = last_ = false;
  }
  /// Why the source failed; code none when it did not.
  [[nodiscard]] error failure() const noexcept { return failure_; }
  /// Bytes of input read.
  [[nodiscard]] std::uint64_t consumed() const noexcept { return consumed_; }
  /// Bytes of input in all, or unknown_total.
  [[nodiscard]] std::uint64_t total() const noexcept { return total_; }
  /// Number of U+FFFD that the transform put in for invalid bytes, where it counts them.
  [[nodiscard]] std::uint64_t replaced() const noexcept { return replaced_by(transform_); }
  /// What the transform publishes besides its bytes.
  [[nodiscard]] auto& items() noexcept
    requires publishes_items<T>
  {
    return transform_.items();
  }
  /// The transform.
  [[nodiscard]] const T& transform_used() const noexcept { return transform_; }

private:
  // No room for another sequence: the chunk is as long as it gets.
  [[nodiscard]] bool is_full(byte_span out) const noexcept {
    return filled_ + utf8::max_sequence > out.size();
  }
  // All input is read: a chunk only when it is full, or asked for.
  [[nodiscard]] pulled starve(byte_span out) noexcept {
    const bool gives = std::exchange(flush_, false) || is_full(out);
    const std::size_t whole = gives ? utf8::complete_prefix(out.first(filled_)) : 0;
    if (whole == 0) { return {{}, stream_state::starved}; }
    sent_ = whole;
    return {out.first(whole), stream_state::ready};
  }
  // What was made before the end, or before a failure, is delivered before it.
  pulled last_of(byte_span out) noexcept {
    ended_ = true;
    const std::size_t n = std::exchange(filled_, 0);
    return n != 0 ? pulled{out.first(n), stream_state::ready} : at_end();
  }
  [[nodiscard]] pulled at_end() const noexcept {
    return {{}, failure_.code == errc::none ? stream_state::ended : stream_state::failed};
  }

  T transform_;
  byte_view whole_{};
  byte_view input_{};
  std::uint64_t consumed_ = 0;
  std::uint64_t total_ = unknown_total;
  std::size_t filled_ = 0; // bytes in the scratch
  std::size_t sent_ = 0;   // of them, bytes that the last chunk delivered
  error failure_{};
  error aborted_{};
  bool last_ = false;
  bool flush_ = false;
  bool ended_ = false;
  bool rewindable_ = false;
};

} // namespace linmem::inline LINMEM_ABI
