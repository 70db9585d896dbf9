// linmem/piece_source.hpp - chunks of text that lies in pieces: any input range of them.
//
// Pieces are byte views, strings, vectors of char: whatever lies in one run of memory and outlives its
// iterator. A generator of views is such a range, and so are two iterators:
//
//   std::vector<std::string> rope = ...;
//   auto stream = linmem::chunks_of(linmem::piece_source{rope});
//   auto part = linmem::chunks_of(linmem::piece_source{std::ranges::subrange{first, last}});
//   auto made = linmem::chunks_of(linmem::transformed_pieces{rope, my_transform{}});
//
// A piece of at least half a chunk is handed out where it lies; shorter ones are gathered, so that
// tiny pieces do not become tiny chunks. Once a chunk was pulled the source holds an iterator, and
// moves only if that stays valid. Not for pieces that are made by value for each iterator.
#pragma once

#include <linmem/bytes.hpp>
#include <linmem/chunk_source.hpp>
#include <linmem/config.hpp>
#include <linmem/error.hpp>
#include <linmem/stream_items.hpp>
#include <linmem/transform.hpp>
#include <linmem/transform_source.hpp>
#include <linmem/utf8.hpp>

#include <concepts>    // std::convertible_to, std::same_as
#include <cstddef>     // std::size_t
#include <cstdint>     // std::uint64_t
#include <optional>    // std::optional
#include <ranges>      // std::ranges::input_range, std::views::all_t
#include <span>        // std::as_bytes
#include <type_traits> // std::remove_cvref_t
#include <utility>     // std::forward, std::move

namespace linmem::inline LINMEM_ABI {

/// A run of bytes: bytes themselves, or elements of one byte.
template <class P>
concept piece = std::ranges::contiguous_range<P> && std::ranges::sized_range<P> &&
                std::ranges::borrowed_range<P> && sizeof(std::ranges::range_value_t<P>) == 1;

/// An input range of pieces that outlive their iterators.
template <class R>
concept piece_range = std::ranges::input_range<R> && piece<std::ranges::range_reference_t<R>>;

namespace detail {

// Writes whole sequences only, so that a chunk that it fills ends with one.
struct whole_sequences {
  step_result step(byte_view in, byte_span out, bool last) noexcept {
    const std::size_t n =
        in.size() <= out.size() ? in.size() : utf8::complete_prefix(in.first(out.size()));
    copy_bytes(in.first(n), out);
    if (n < in.size()) { return {n, n, step_status::need_output}; }
    return {n, n, last ? step_status::done : step_status::need_input};
  }
  void reset() noexcept {}
};

// A range of pieces, one at a time. The range stands at the next piece only once that is asked for:
// until then the present one is alive.
template <std::ranges::view V>
class piece_reader {
public:
  explicit piece_reader(V pieces) noexcept : pieces_{std::move(pieces)} {}

  // The next piece that is not empty; nothing at the end.
  [[nodiscard]] std::optional<byte_view> next() noexcept {
    for (;;) {
      if (!at_) {
        if (started_) { return std::nullopt; }
        at_.emplace(std::ranges::begin(pieces_));
        started_ = true;
      } else {
        ++*at_;
      }
      if (*at_ == std::ranges::end(pieces_)) {
        at_.reset();
        return std::nullopt;
      }
      auto&& found = **at_;
      const byte_view bytes =
          std::as_bytes(std::span{std::ranges::data(found), std::ranges::size(found)});
      if (!bytes.empty()) { return bytes; }
    }
  }
  // Why the range ended, where it can say: a generator may have failed.
  [[nodiscard]] error failure() const noexcept {
    if constexpr (requires {
                    { pieces_.failure() } -> std::convertible_to<error>;
                  }) {
      return pieces_.failure();
    } else if constexpr (requires {
                           { pieces_.base().failure() } -> std::convertible_to<error>;
                         }) {
      return pieces_.base().failure();
    } else {
      return {};
    }
  }
  // A range that can be read once only says no.
  [[nodiscard]] bool rewind() noexcept {
    if constexpr (std::ranges::forward_range<V>) {
      at_.reset();
      started_ = false;
      return true;
    } else {
      return !started_;
    }
  }

private:
  V pieces_;
  std::optional<std::ranges::iterator_t<V>> at_;
  bool started_ = false;
};

} // namespace detail

/// Chunks of text in pieces, repaired where it is no UTF-8.
template <std::ranges::view V>
  requires piece_range<V>
class piece_source {
public:
  /// The text in `pieces`, a range or a view of one; an lvalue is referred to and outlives the source.
  template <piece_range R>
    requires(!std::same_as<std::remove_cvref_t<R>, piece_source>)
  explicit piece_source(R&& pieces) noexcept : pieces_{std::views::all(std::forward<R>(pieces))} {}

  /// Says how much input there will be, for progress.
  void expect(std::uint64_t total) noexcept { total_ = total; }

  /// The next chunk: part of a long piece, or a copy of several short ones.
  template <storage Storage>
  pulled pull(chunk_scratch<Storage>& scratch) noexcept {
    std::size_t filled = 0;
    for (;;) {
      if (rest_.empty() && !ended_) { advance(); }
      const bool is_long = !rest_.empty() && rest_.size() >= scratch.size() / 2;
      if (decoder_.holds_nothing()) {
        if (is_long && filled != 0) { return {scratch.get().first(filled), stream_state::ready}; }
        if (rest_.empty() && filled == 0) { return at_end(); }
        if (const byte_view whole = is_long ? whole_part(scratch.size()) : byte_view{};
            !whole.empty()) {
          decoder_.skip(whole.size());
          take(whole.size());
          return {whole, stream_state::ready};
        }
      }
      const byte_span out = scratch.get();
      if (out.empty()) {
        failure_ = scratch.refusal();
        return at_end();
      }
      // Of a long piece only what completes a sequence that began before it.
      const bool completes = is_long && !decoder_.holds_nothing();
      const step_result r =
          decoder_.step(completes ? rest_.first(1) : rest_, out.subspan(filled), ended_);
      take(r.consumed);
      filled += r.produced;
      // Nothing more fits, or nothing more comes.
      if (r.status == step_status::need_output || r.status == step_status::done) {
        return filled != 0 ? pulled{out.first(filled), stream_state::ready} : at_end();
      }
    }
  }

  /// Starts at the first piece again; a range that can be read only once cannot.
  bool rewind() noexcept {
    if (!pieces_.rewind()) { return false; }
    decoder_.reset();
    rest_ = {};
    consumed_ = 0;
    failure_ = {};
    ended_ = false;
    return true;
  }
  /// Why the source failed: the range's own failure() where it has one, as generators do.
  [[nodiscard]] error failure() const noexcept { return failure_; }
  /// Bytes of the pieces delivered.
  [[nodiscard]] std::uint64_t consumed() const noexcept { return consumed_; }
  /// Bytes in all, when expect() said so, or unknown_total.
  [[nodiscard]] std::uint64_t total() const noexcept { return total_; }
  /// Number of U+FFFD put in for invalid bytes.
  [[nodiscard]] std::uint64_t replaced() const noexcept { return decoder_.replaced(); }

private:
  void advance() noexcept {
    if (const auto next = pieces_.next()) {
      rest_ = *next;
    } else {
      ended_ = true;
      failure_ = pieces_.failure();
    }
  }
  void take(std::size_t n) noexcept {
    rest_ = rest_.subspan(n);
    consumed_ += n;
  }
  // What can be handed out where it lies; nothing when it is not valid.
  [[nodiscard]] byte_view whole_part(std::size_t size) const noexcept {
    const byte_view window = rest_.first(smaller(rest_.size(), size));
    const byte_view whole = window.first(utf8::complete_prefix(window));
    return utf8::is_valid(whole) ? whole : byte_view{};
  }
  [[nodiscard]] pulled at_end() const noexcept {
    return {{}, failure_.code == errc::none ? stream_state::ended : stream_state::failed};
  }

  detail::piece_reader<V> pieces_;
  utf8_lossy<detail::whole_sequences> decoder_{}; // of what is gathered
  byte_view rest_{};                              // of the present piece
  std::uint64_t consumed_ = 0;
  std::uint64_t total_ = unknown_total;
  error failure_{};
  bool ended_ = false;
};

/// Holds a view or a temporary, and refers to any other range.
template <class R>
piece_source(R&&) -> piece_source<std::views::all_t<R>>;

/// Chunks of what a transform makes of pieces.
template <std::ranges::view V, transform T>
  requires piece_range<V>
class transformed_pieces {
public:
  /// What `t` makes of `pieces`, a range or a view of one; an lvalue is referred to and outlives the
  /// source.
  template <piece_range R>
  transformed_pieces(R&& pieces, T t) noexcept
      : pieces_{std::views::all(std::forward<R>(pieces))}, made_{std::move(t)} {}

  /// Says how much input there will be, for progress.
  void expect(std::uint64_t total) noexcept { made_.expect(total); }

  /// The next chunk.
  template <storage Storage>
  pulled pull(chunk_scratch<Storage>& scratch) noexcept {
    for (;;) {
      const pulled p = made_.pull(scratch);
      if (p.state != stream_state::starved) { return p; }
      if (const auto next = pieces_.next()) {
        static_cast<void>(made_.feed(*next)); // starved: it has none left
      } else if (const error e = pieces_.failure(); e.code != errc::none) {
        made_.abort(e);
      } else {
        made_.finish();
      }
    }
  }

  /// Starts at the first piece again; a range that can be read only once cannot.
  bool rewind() noexcept {
    if (!pieces_.rewind()) { return false; }
    made_.restart();
    return true;
  }
  /// Why the source failed.
  [[nodiscard]] error failure() const noexcept { return made_.failure(); }
  /// Bytes of the pieces read.
  [[nodiscard]] std::uint64_t consumed() const noexcept { return made_.consumed(); }
  /// Bytes in all, when expect() said so, or unknown_total.
  [[nodiscard]] std::uint64_t total() const noexcept { return made_.total(); }
  /// Number of U+FFFD that the transform put in for invalid bytes, where it counts them.
  [[nodiscard]] std::uint64_t replaced() const noexcept { return made_.replaced(); }
  /// What the transform publishes besides its bytes.
  [[nodiscard]] auto& items() noexcept
    requires publishes_items<T>
  {
    return made_.items();
  }

private:
  detail::piece_reader<V> pieces_;
  transform_source<T> made_;
};

/// Holds a view or a temporary, and refers to any other range.
template <class R, class T>
transformed_pieces(R&&, T) -> transformed_pieces<std::views::all_t<R>, T>;

} // namespace linmem::inline LINMEM_ABI
