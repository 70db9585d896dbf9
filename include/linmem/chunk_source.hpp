// linmem/chunk_source.hpp - where the chunks of a stream come from.
//
// A source gives one chunk at each pull: bytes that lie where they are, or that it writes into the
// scratch, the memory for one chunk that the stream lends it. chunk_stream.hpp makes an input range of
// any type like this:
//
//   struct zeros {
//     linmem::pulled pull(linmem::chunk_scratch<>& scratch) noexcept;
//     bool rewind() noexcept;
//     ...                                           // failure(), consumed(), total(), replaced()
//   };
//
// text_source, for text in memory, is here; transform_source.hpp, piece_source.hpp and push_source.hpp
// have the others. Not for consumers, who want a chunk_stream.
#pragma once

#include <linmem/bytes.hpp>
#include <linmem/config.hpp>
#include <linmem/error.hpp>
#include <linmem/storage.hpp>
#include <linmem/utf8.hpp>

#include <concepts> // std::same_as
#include <cstddef>  // std::byte, std::size_t
#include <cstdint>  // std::uint32_t, std::uint64_t
#include <utility>  // std::exchange, std::move, std::swap

namespace linmem::inline LINMEM_ABI {

/// Where a stream stands after next().
enum class stream_state : std::uint32_t {
  ready,   ///< chunk() is the next one
  starved, ///< the source waits for input: feed it, or finish it
  ended,   ///< everything was delivered
  failed,  ///< failure() says why; said once
  closed,  ///< failed before, and said so
  item,    ///< item() is the next one: from next_part() only
};

/// Memory for one chunk, taken when first asked for.
template <storage Storage = stream_heap>
class chunk_scratch {
public:
  /// For chunks of `size` bytes.
  explicit chunk_scratch(std::size_t size, Storage from = {}) noexcept
      : storage_{std::move(from)}, size_{size} {}
  chunk_scratch(const chunk_scratch&) = delete;
  chunk_scratch& operator=(const chunk_scratch&) = delete;
  /// Takes over the memory of `other`.
  chunk_scratch(chunk_scratch&& other) noexcept
      : storage_{std::move(other.storage_)}, size_{other.size_},
        data_{std::exchange(other.data_, nullptr)} {}
  /// Frees the own memory and takes over that of `other`.
  chunk_scratch& operator=(chunk_scratch&& other) noexcept {
    std::swap(storage_, other.storage_);
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
    if (data_ == nullptr) { data_ = storage_.allocate(size_); }
    return {data_, data_ != nullptr ? size_ : 0};
  }
  /// Frees the memory; get() would take it again.
  void free() noexcept {
    if (data_ != nullptr) { storage_.deallocate(std::exchange(data_, nullptr), size_); }
  }
  /// What a source that got no memory fails with.
  [[nodiscard]] error refusal() const noexcept {
    return {errc::out_of_memory, "chunk size in bytes", 0, size_};
  }

private:
  Storage storage_;
  std::size_t size_;
  std::byte* data_ = nullptr;
};

/// What a source gave.
struct pulled {
  byte_view bytes; ///< the chunk when ready, not empty: in the scratch or the source's own memory
  stream_state state; ///< ready, starved, ended or failed
};

/// A type that chunks are pulled from. rewind() starts anew and says whether it can. A source may have
/// items() as well; see stream_items.hpp.
template <class S, class Storage = stream_heap>
concept chunk_source = requires(S s, const S c, chunk_scratch<Storage>& scratch) {
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
  template <storage Storage>
  pulled pull(chunk_scratch<Storage>& scratch) noexcept {
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
  template <storage Storage>
  pulled repair(byte_view rest, chunk_scratch<Storage>& scratch) noexcept {
    const byte_span out = scratch.get();
    if (out.empty()) {
      failure_ = scratch.refusal();
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

} // namespace linmem::inline LINMEM_ABI
