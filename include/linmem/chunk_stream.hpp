// linmem/chunk_stream.hpp - a result of any size, a bounded piece at a time.
//
// A C++20 input range of byte spans, none longer than the chunk size, none of them cutting a UTF-8
// sequence, so that each can be decoded, printed or sent alone:
//
//   auto stream = linmem::text_chunks(text, {.chunk_size = 4096});
//   for (linmem::byte_view chunk : *stream) { send(chunk); }
//   if (stream->state() == linmem::stream_state::failed) { report(stream->failure()); }
//
// Where the bytes come from is a source: `text_source` hands out parts of text in memory without
// copying it; `transform_source` runs a transform over input that is there already or that is fed
// piece by piece. Not for random access, and not a queue between threads.
#pragma once

#include <linmem/bytes.hpp>
#include <linmem/config.hpp>
#include <linmem/error.hpp>
#include <linmem/layout.hpp>
#include <linmem/result.hpp>
#include <linmem/storage.hpp>
#include <linmem/transform.hpp>
#include <linmem/utf8.hpp>

#include <concepts> // std::same_as
#include <cstddef>  // std::byte, std::ptrdiff_t, std::size_t
#include <cstdint>  // std::uint32_t, std::uint64_t
#include <cstring>  // std::memmove
#include <iterator> // std::default_sentinel_t, std::input_iterator_tag
#include <utility>  // std::exchange, std::move

namespace linmem::inline LINMEM_ABI {

/// Where a stream stands after next().
enum class stream_state : std::uint32_t {
  ready,   ///< chunk() is the next one
  starved, ///< the source waits for input: feed it, or finish it
  ended,   ///< everything was delivered
  failed,  ///< failure() says why; said once
  closed,  ///< failed before, and said so
};

/// How a stream cuts.
struct chunk_options {
  std::size_t chunk_size = 65536; ///< longest chunk in bytes, at least 4
};

/// Memory for one chunk, taken when first asked for.
class chunk_scratch {
public:
  /// For chunks of `size` bytes.
  explicit chunk_scratch(std::size_t size) noexcept : size_{size} {}
  chunk_scratch(const chunk_scratch&) = delete;
  chunk_scratch& operator=(const chunk_scratch&) = delete;
  /// Takes over the memory of `other`.
  chunk_scratch(chunk_scratch&& other) noexcept
      : size_{other.size_}, data_{std::exchange(other.data_, nullptr)} {}
  /// Frees the own memory and takes over that of `other`.
  chunk_scratch& operator=(chunk_scratch&& other) noexcept {
    std::swap(size_, other.size_);
    std::swap(data_, other.data_);
    return *this;
  }
  /// Frees the memory.
  ~chunk_scratch() { free(); }

  /// Longest chunk in bytes.
  [[nodiscard]] std::size_t size() const noexcept { return size_; }
  /// The memory, always the same; empty when there is none to be had.
  [[nodiscard]] byte_span get() noexcept {
    if (data_ == nullptr) { data_ = stream_heap{}.allocate(size_); }
    return {data_, data_ != nullptr ? size_ : 0};
  }
  /// Frees the memory; get() would take it again.
  void free() noexcept { stream_heap{}.deallocate(std::exchange(data_, nullptr), size_); }

private:
  std::size_t size_;
  std::byte* data_ = nullptr;
};

/// What a source gave.
struct pulled {
  byte_view bytes;    ///< the chunk when ready: in the scratch or in the source's own memory
  stream_state state; ///< ready, starved, ended or failed
};

/// A type that chunks are pulled from. rewind() starts anew and says whether it can.
template <class S>
concept chunk_source = requires(S s, const S c, chunk_scratch& scratch) {
  { s.pull(scratch) } noexcept -> std::same_as<pulled>;
  { s.rewind() } noexcept -> std::same_as<bool>;
  { c.failure() } noexcept -> std::same_as<error>;
  { c.consumed() } noexcept -> std::same_as<std::uint64_t>;
  { c.total() } noexcept -> std::same_as<std::uint64_t>;
  { c.replaced() } noexcept -> std::same_as<std::uint64_t>;
};

/// Says that a source does not know how much input there is.
inline constexpr std::uint64_t unknown_total = ~std::uint64_t{0};

/// Text that lies in memory, cut where no sequence is split. Chunks are parts of that memory; only
/// where bytes are no UTF-8 is a chunk a repaired copy (see utf8_lossy).
class text_source {
public:
  /// Cuts `text`, which stays where it is while the source is used.
  explicit text_source(byte_view text) noexcept : text_{text} {}

  /// The next part.
  pulled pull(chunk_scratch& scratch) noexcept {
    if (at_ == text_.size()) { return {{}, stream_state::ended}; }
    const byte_view rest = text_.subspan(at_);
    const byte_view window = rest.first(smaller(rest.size(), scratch.size()));
    const bool is_last = window.size() == rest.size();
    const std::size_t cut = is_last ? window.size() : utf8::complete_prefix(window);
    if (const byte_view whole = window.first(cut); utf8::is_valid(whole)) {
      at_ += cut;
      return {whole, stream_state::ready};
    }
    return repair(rest, scratch);
  }

  /// Starts at the front again.
  bool rewind() noexcept {
    at_ = 0;
    replaced_ = 0;
    failure_ = {};
    return true;
  }
  /// Why the source failed; code none when it did not.
  [[nodiscard]] error failure() const noexcept { return failure_; }
  /// Bytes of the text delivered.
  [[nodiscard]] std::uint64_t consumed() const noexcept { return at_; }
  /// Bytes of the text.
  [[nodiscard]] std::uint64_t total() const noexcept { return text_.size(); }
  /// Number of U+FFFD put in for invalid bytes.
  [[nodiscard]] std::uint64_t replaced() const noexcept { return replaced_; }

private:
  // One repaired chunk. The last one that fits may leave a few bytes of room.
  pulled repair(byte_view rest, chunk_scratch& scratch) noexcept {
    const byte_span out = scratch.get();
    if (out.empty()) {
      failure_ = {errc::out_of_memory, "chunk size in bytes", 0, scratch.size()};
      return {{}, stream_state::failed};
    }
    std::size_t written = 0;
    std::size_t read = 0;
    while (read < rest.size()) {
      const std::size_t room = out.size() - written;
      const byte_view next = rest.subspan(read);
      std::size_t n = utf8::valid_prefix(next.first(smaller(next.size(), room)));
      if (n != 0) {
        copy_bytes(next.first(n), out.subspan(written));
        written += n;
      } else {
        const utf8::sequence broken = utf8::first_sequence(next);
        // A whole sequence that does not fit, or no room for what stands for a broken one.
        if (broken.kind == utf8::sequence_kind::complete || room < utf8::replacement.size()) {
          break;
        }
        copy_bytes(utf8::replacement, out.subspan(written));
        written += utf8::replacement.size();
        n = broken.length;
        ++replaced_;
      }
      read += n;
    }
    at_ += read;
    return {out.first(written), stream_state::ready};
  }

  byte_view text_;
  std::size_t at_ = 0;
  std::uint64_t replaced_ = 0;
  error failure_{};
};

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
  /// Says how much input there will be, for progress.
  void expect(std::uint64_t total) noexcept { total_ = total; }

  /// Fills a chunk. What was written before the source starved stays in it.
  pulled pull(chunk_scratch& scratch) noexcept {
    if (ended_) { return at_end(); }
    const byte_span out = scratch.get();
    if (out.empty()) {
      failure_ = {errc::out_of_memory, "chunk size in bytes", 0, scratch.size()};
      return at_end();
    }
    // What a chunk could not hold to the end of its last sequence begins the next one.
    if (const std::size_t sent = std::exchange(sent_, 0); sent != 0) {
      filled_ -= sent;
      std::memmove(out.data(), out.data() + sent, filled_);
    }
    for (;;) {
      const step_result r = transform_.step(input_, out.subspan(filled_), last_);
      LINMEM_ASSERT(r.consumed <= input_.size() && r.produced <= out.size() - filled_);
      input_ = input_.subspan(r.consumed);
      consumed_ += r.consumed;
      filled_ += r.produced;
      switch (r.status) {
        case step_status::need_input:
          if (!last_) { return {{}, stream_state::starved}; }
          break; // a transform that forgot that this was all
        case step_status::need_output: {
          const bool is_full = filled_ + utf8::max_sequence > out.size();
          const std::size_t whole = utf8::complete_prefix(out.first(filled_));
          if (whole != 0 && (is_full || r.consumed + r.produced == 0)) {
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
    transform_.reset();
    input_ = whole_;
    consumed_ = 0;
    filled_ = sent_ = 0;
    failure_ = {};
    ended_ = false;
    return true;
  }
  /// Why the source failed; code none when it did not.
  [[nodiscard]] error failure() const noexcept { return failure_; }
  /// Bytes of input read.
  [[nodiscard]] std::uint64_t consumed() const noexcept { return consumed_; }
  /// Bytes of input in all, or unknown_total.
  [[nodiscard]] std::uint64_t total() const noexcept { return total_; }
  /// Number of U+FFFD that the transform put in for invalid bytes, where it counts them.
  [[nodiscard]] std::uint64_t replaced() const noexcept {
    if constexpr (requires { transform_.replaced(); }) {
      return transform_.replaced();
    } else {
      return 0;
    }
  }
  /// The transform.
  [[nodiscard]] const T& transform_used() const noexcept { return transform_; }

private:
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
  bool last_ = false;
  bool ended_ = false;
  bool rewindable_ = false;
};

/// Chunks pulled from a source: an input range, and next()/chunk() for those who hold it by hand.
template <chunk_source Source>
class chunk_stream {
public:
  /// Chunks of `source`, cut as `options` say. invalid_argument for a chunk size below 4. Takes no
  /// memory before the first chunk needs some.
  [[nodiscard]] static result<chunk_stream> create(Source source,
                                                   chunk_options options = {}) noexcept {
    if (options.chunk_size < utf8::max_sequence) {
      return fail(errc::invalid_argument, "chunk size in bytes", utf8::max_sequence,
                  options.chunk_size);
    }
    return chunk_stream{std::move(source), options};
  }

  /// Goes to the next chunk. The one before is invalid from then on.
  stream_state next() noexcept {
    if (state_ == stream_state::failed || state_ == stream_state::closed) {
      state_ = stream_state::closed;
      return state_;
    }
    if (state_ == stream_state::ended) { return state_; }
    const pulled p = source_.pull(scratch_);
    chunk_ = p.bytes;
    state_ = p.state;
    if (state_ == stream_state::ready) {
      ++chunks_;
      delivered_ += chunk_.size();
    } else if (state_ != stream_state::starved) {
      if (state_ == stream_state::failed) { failure_ = source_.failure(); }
      scratch_.free();
    }
    return state_;
  }

  /// The chunk that next() went to; empty unless ready. Valid until next() or rewind().
  [[nodiscard]] byte_view chunk() const noexcept { return chunk_; }
  /// Where the stream stands; starved before the first next().
  [[nodiscard]] stream_state state() const noexcept { return state_; }
  /// Why it failed; code none when it did not.
  [[nodiscard]] error failure() const noexcept { return failure_; }
  /// Chunks so far.
  [[nodiscard]] std::uint64_t chunks() const noexcept { return chunks_; }
  /// Bytes delivered in them.
  [[nodiscard]] std::uint64_t position() const noexcept { return delivered_; }
  /// The source, to feed it.
  [[nodiscard]] Source& source() noexcept { return source_; }
  /// The source, to ask it.
  [[nodiscard]] const Source& source() const noexcept { return source_; }

  /// Part of the input that is read, 0..1 and never falling: 1 at the end and for empty input, 0
  /// while the total is unknown.
  [[nodiscard]] double progress() const noexcept {
    if (state_ == stream_state::ended) { return 1.0; }
    const std::uint64_t total = source_.total();
    if (total == unknown_total) { return 0.0; }
    if (total == 0) { return 1.0; }
    const std::uint64_t read = smaller(source_.consumed(), total);
    return static_cast<double>(read) / static_cast<double>(total);
  }

  /// Starts anew, with nothing delivered. unsupported when the source cannot.
  result<void> rewind() noexcept {
    if (!source_.rewind()) { return fail(errc::unsupported, "rewinding a fed stream"); }
    chunk_ = {};
    state_ = stream_state::starved;
    failure_ = {};
    chunks_ = delivered_ = 0;
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
  chunk_stream(Source source, chunk_options options) noexcept
      : source_{std::move(source)}, scratch_{options.chunk_size} {}

  Source source_;
  chunk_scratch scratch_;
  byte_view chunk_{};
  stream_state state_ = stream_state::starved;
  error failure_{};
  std::uint64_t chunks_ = 0;
  std::uint64_t delivered_ = 0;
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

} // namespace linmem::inline LINMEM_ABI
