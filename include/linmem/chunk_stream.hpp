// linmem/chunk_stream.hpp - a result of any size, a bounded piece at a time.
//
// A C++20 input range of byte spans, none longer than the chunk size, none of them cutting a UTF-8
// sequence, so that each can be decoded, printed or sent alone:
//
//   auto stream = linmem::text_chunks(text, {.chunk_size = 4096});
//   for (linmem::byte_view chunk : *stream) { send(chunk); }
//   if (stream->state() == linmem::stream_state::failed) { report(stream->failure()); }
//
// Where the bytes come from is a source: text in memory (chunk_source.hpp), a transform over input
// that is there or fed (transform_source.hpp), a range of pieces (piece_source.hpp), a producer that
// pushes (push_source.hpp). Not for random access, and not a queue between threads.
#pragma once

#include <linmem/bytes.hpp>
#include <linmem/chunk_source.hpp>
#include <linmem/config.hpp>
#include <linmem/error.hpp>
#include <linmem/result.hpp>
#include <linmem/storage.hpp>
#include <linmem/stream_items.hpp>
#include <linmem/transform.hpp>
#include <linmem/transform_source.hpp>
#include <linmem/utf8.hpp>

#include <concepts> // std::predicate
#include <cstddef>  // std::ptrdiff_t, std::size_t
#include <cstdint>  // std::uint64_t
#include <iterator> // std::default_sentinel_t, std::input_iterator_tag
#include <utility>  // std::exchange, std::move

namespace linmem::inline LINMEM_ABI {

/// How a stream cuts.
struct chunk_options {
  std::size_t chunk_size = 65536; ///< longest chunk in bytes, at least 4
};

/// Chunks pulled from a source: an input range, and next()/chunk() for those who hold it by hand.
/// `Storage` gives the memory for one chunk.
template <class Source, storage Storage = stream_heap>
  requires chunk_source<Source, Storage>
class chunk_stream {
public:
  /// Chunks of `source`, cut as `options` say. invalid_argument for a chunk size below 4. Takes no
  /// memory before the first chunk needs some.
  [[nodiscard]] static result<chunk_stream> create(Source source, chunk_options options = {},
                                                   Storage from = {}) noexcept {
    if (options.chunk_size < utf8::max_sequence) {
      return fail(errc::invalid_argument, "chunk size in bytes", utf8::max_sequence,
                  options.chunk_size);
    }
    return chunk_stream{std::move(source), options, std::move(from)};
  }

  /// Goes to the next chunk, past any items. The one before is invalid from then on.
  stream_state next() noexcept {
    if (is_over()) { return state_; }
    return fill() ? deliver(rest_.size()) : settle();
  }

  /// Goes to the next part: a chunk, which ends where an item belongs, or an item. A chunk still ends
  /// with a whole sequence: an item that belongs inside of one comes before it.
  stream_state next_part() noexcept
    requires publishes_items<Source>
  {
    if (is_over()) { return state_; }
    const auto& all = source_.items();
    const stream_item* due = all.peek(parts_);
    if (due == nullptr || due->position > delivered_) {
      if (fill()) {
        due = all.peek(parts_); // or one that this chunk brought with it
        if (const std::size_t n = text_before(due); n != 0) { return deliver(n); }
      } else {
        if (ahead_ != stream_state::starved) { due = all.peek(parts_); } // no text follows
        if (due == nullptr || ahead_ == stream_state::starved) { return settle(); }
      }
    }
    chunk_ = {};
    item_ = all.next(parts_);
    state_ = stream_state::item;
    return state_;
  }

  /// The chunk that next() went to; empty unless ready. Valid until next() or rewind().
  [[nodiscard]] byte_view chunk() const noexcept { return chunk_; }
  /// The item that next_part() went to, while the state is `item`.
  [[nodiscard]] const stream_item& item() const noexcept {
    LINMEM_ASSERT(state_ == stream_state::item);
    return *item_;
  }
  /// Gives the present chunk back: next() goes to it again.
  void unread() noexcept {
    if (chunk_.empty()) { return; }
    rest_ = byte_view{chunk_.data(), chunk_.size() + rest_.size()};
    delivered_ -= chunk_.size();
    --chunks_;
    chunk_ = {};
  }
  /// All items so far, and the metadata, for those who want the items of one kind. They are freed
  /// when the stream fails.
  [[nodiscard]] auto& items() noexcept
    requires publishes_items<Source>
  {
    return source_.items();
  }

  /// Where the stream stands; starved before the first next().
  [[nodiscard]] stream_state state() const noexcept { return state_; }
  /// Why it failed; code none when it did not.
  [[nodiscard]] error failure() const noexcept { return failure_; }
  /// Chunks so far.
  [[nodiscard]] std::uint64_t chunks() const noexcept { return chunks_; }
  /// Bytes delivered in them.
  [[nodiscard]] std::uint64_t position() const noexcept { return delivered_; }
  /// Bytes of input in all, or unknown_total.
  [[nodiscard]] std::uint64_t total() const noexcept { return source_.total(); }
  /// Bytes of input that are not read yet, or unknown_total; 0 at the end.
  [[nodiscard]] std::uint64_t remaining() const noexcept {
    if (state_ == stream_state::ended) { return 0; }
    const std::uint64_t all = source_.total();
    return all == unknown_total ? all : all - smaller(source_.consumed(), all);
  }
  /// The source, to feed it.
  [[nodiscard]] Source& source() noexcept { return source_; }
  /// The source, to ask it.
  [[nodiscard]] const Source& source() const noexcept { return source_; }

  /// Part of the input that was read for the chunks so far, 0..1 and never falling: 1 at the end and
  /// for empty input, 0 while the total is unknown.
  [[nodiscard]] double progress() const noexcept { return progress_; }

  /// Starts anew, with nothing delivered, no item and no metadata. unsupported when the source cannot.
  result<void> rewind() noexcept {
    if (!source_.rewind()) { return fail(errc::unsupported, "rewinding a fed stream"); }
    chunk_ = rest_ = {};
    state_ = ahead_ = stream_state::starved;
    failure_ = {};
    chunks_ = delivered_ = 0;
    progress_ = part_read();
    return {};
  }

  /// Iterates over the chunks that are left.
  class iterator {
  public:
    using value_type = byte_view;                     ///< a chunk
    using difference_type = std::ptrdiff_t;           ///< as the standard asks
    using iterator_concept = std::input_iterator_tag; ///< single pass

    iterator() = default; ///< singular
    /// The present chunk.
    [[nodiscard]] byte_view operator*() const noexcept { return stream_->chunk(); }
    /// Goes to the next one.
    iterator& operator++() noexcept {
      stream_->next();
      return *this;
    }
    void operator++(int) noexcept { ++*this; } ///< as above
    /// True when no chunk is ready: at the end, on failure, or starved; state() says which.
    [[nodiscard]] friend bool operator==(const iterator& it, std::default_sentinel_t) noexcept {
      return it.stream_->state() != stream_state::ready;
    }

  private:
    friend chunk_stream;
    explicit iterator(chunk_stream& stream) noexcept : stream_{&stream} {}
    chunk_stream* stream_ = nullptr;
  };

  /// Goes to the next chunk and iterates from there.
  [[nodiscard]] iterator begin() noexcept {
    next();
    return iterator{*this};
  }
  [[nodiscard]] std::default_sentinel_t end() const noexcept { return {}; } ///< no chunk ready

private:
  chunk_stream(Source source, chunk_options options, Storage from) noexcept
      : source_{std::move(source)}, scratch_{options.chunk_size, std::move(from)},
        progress_{part_read()} {}

  [[nodiscard]] bool is_over() noexcept {
    if (state_ == stream_state::failed) { state_ = stream_state::closed; }
    return state_ == stream_state::closed;
  }

  // Sees to it that there is text to deliver; without any, ahead_ says why.
  bool fill() noexcept {
    if (!rest_.empty()) { return true; }
    if (ahead_ == stream_state::ended || ahead_ == stream_state::failed) { return false; }
    const pulled p = source_.pull(scratch_);
    LINMEM_ASSERT((p.state == stream_state::ready) == !p.bytes.empty());
    rest_ = p.bytes;
    ahead_ = p.state;
    if (const double now = part_read(); now > progress_) { progress_ = now; }
    return ahead_ == stream_state::ready;
  }

  stream_state deliver(std::size_t n) noexcept {
    chunk_ = rest_.first(n);
    rest_ = rest_.subspan(n);
    ++chunks_;
    delivered_ += n;
    state_ = stream_state::ready;
    return state_;
  }

  // There is no text: what the source said is what the consumer hears.
  stream_state settle() noexcept {
    chunk_ = {};
    state_ = ahead_;
    if (state_ == stream_state::starved) { return state_; }
    scratch_.free();
    if (state_ == stream_state::ended) {
      progress_ = 1.0;
    } else {
      failure_ = source_.failure();
      if constexpr (publishes_items<Source>) { source_.items().free(); }
    }
    return state_;
  }

  // How much of the text at hand comes before `due`.
  [[nodiscard]] std::size_t text_before(const stream_item* due) const noexcept {
    if (due == nullptr || due->position - smaller(delivered_, due->position) >= rest_.size()) {
      return rest_.size();
    }
    const auto n = static_cast<std::size_t>(due->position - smaller(delivered_, due->position));
    return utf8::complete_prefix(rest_.first(n));
  }

  [[nodiscard]] double part_read() const noexcept {
    const std::uint64_t all = source_.total();
    if (all == unknown_total) { return 0.0; }
    if (all == 0) { return 1.0; }
    return static_cast<double>(smaller(source_.consumed(), all)) / static_cast<double>(all);
  }

  Source source_;
  chunk_scratch<Storage> scratch_;
  byte_view chunk_{};
  byte_view rest_{}; // pulled, not delivered
  item_cursor parts_{};
  const stream_item* item_ = nullptr;
  stream_state state_ = stream_state::starved;
  stream_state ahead_ = stream_state::starved; // what the source said last
  error failure_{};
  std::uint64_t chunks_ = 0;
  std::uint64_t delivered_ = 0;
  double progress_;
};

/// Chunks of `text`, which stays where it is while the stream is used.
[[nodiscard]] inline result<chunk_stream<text_source>>
text_chunks(byte_view text, chunk_options options = {}) noexcept {
  return chunk_stream<text_source>::create(text_source{text}, options);
}

/// Chunks of what `t` makes of `input`, which stays where it is while the stream is used.
template <transform T>
[[nodiscard]] result<chunk_stream<transform_source<T>>>
transform_chunks(T t, byte_view input, chunk_options options = {}) noexcept {
  return chunk_stream<transform_source<T>>::create(transform_source<T>{std::move(t), input},
                                                   options);
}

/// Chunks of any source.
template <chunk_source Source>
[[nodiscard]] result<chunk_stream<Source>> chunks_of(Source source,
                                                     chunk_options options = {}) noexcept {
  return chunk_stream<Source>::create(std::move(source), options);
}

/// Gives chunks of `stream` to `sink`, which takes one whole or returns false. Returns ready when it
/// refused one, which the next call begins with; else as next() does.
template <class Source, storage Storage, std::predicate<byte_view> Sink>
stream_state drain(chunk_stream<Source, Storage>& stream, Sink&& sink) noexcept {
  while (stream.next() == stream_state::ready) {
    if (!sink(stream.chunk())) {
      stream.unread();
      return stream_state::ready;
    }
  }
  return stream.state();
}

} // namespace linmem::inline LINMEM_ABI
