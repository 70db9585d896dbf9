// linmem/push_source.hpp - chunks of what a producer pushes, with back-pressure by credits.
//
// Some producers cannot be asked for input: a parser with a callback, a socket with an event. They
// push pieces, which are copied into a window of fixed size, and its free bytes are their credit:
//
//   auto stream = linmem::chunks_of(linmem::push_source{my_transform{}, [&](auto& to) noexcept {
//     file.read(to.credit(), [&](linmem::byte_view piece) { to.push(piece); });
//     if (file.eof()) { to.finish(); }
//   }});
//
// The callback is asked each time the window is empty. Without one the stream starves, and whoever has
// bytes calls stream.source().push(). Not a queue between threads: one thread.
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

#include <cstddef> // std::size_t
#include <cstdint> // std::uint64_t
#include <utility> // std::move

namespace linmem::inline LINMEM_ABI {

/// Where a producer pushes to.
template <storage Storage = stream_heap>
class push_window {
public:
  /// A window of `size` bytes, not 0, taken from `from` when the first byte is pushed.
  explicit push_window(std::size_t size, Storage from = {}) noexcept
      : memory_{size, std::move(from)} {
    LINMEM_ASSERT(size != 0);
  }

  /// Bytes that may be pushed now; 0 once it is finished.
  [[nodiscard]] std::size_t credit() const noexcept {
    return is_finished() ? 0 : memory_.size() - filled_;
  }
  /// Takes a copy of `bytes`, all or none: limit_exceeded with the credit; closed once finished;
  /// out_of_memory.
  result<void> push(byte_view bytes) noexcept {
    if (is_finished()) { return fail(errc::closed, "pushed input"); }
    if (bytes.size() > credit()) {
      return fail(errc::limit_exceeded, "bytes pushed", credit(), bytes.size());
    }
    if (bytes.empty()) { return {}; }
    const byte_span room = memory_.get();
    if (room.empty()) {
      return fail(errc::out_of_memory, "push window in bytes", 0, memory_.size());
    }
    copy_bytes(bytes, room.subspan(filled_));
    filled_ += bytes.size();
    return {};
  }
  /// Says that nothing follows.
  void finish() noexcept { finished_ = true; }
  /// Says that nothing follows because `reason` stopped it. What was pushed is delivered before.
  void abort(const error& reason) noexcept {
    LINMEM_ASSERT(reason.code != errc::none);
    if (!is_finished()) { aborted_ = reason; }
  }
  /// True after finish() or abort().
  [[nodiscard]] bool is_finished() const noexcept {
    return finished_ || aborted_.code != errc::none;
  }

protected:
  // What was pushed and not read yet; from then on it counts as read.
  [[nodiscard]] byte_view read() noexcept {
    if (read_ == filled_) { return {}; }
    const byte_view unread = byte_view{memory_.get()}.subspan(read_, filled_ - read_);
    read_ = filled_;
    return unread;
  }
  // All of it was read and is used no more.
  void make_room() noexcept { read_ = filled_ = 0; }
  void free() noexcept { memory_.free(); }
  [[nodiscard]] const error& aborted() const noexcept { return aborted_; }

private:
  chunk_scratch<Storage> memory_;
  std::size_t filled_ = 0; // bytes in the window
  std::size_t read_ = 0;   // of them, bytes that the transform was given
  error aborted_{};
  bool finished_ = false;
};

/// A producer that pushes by itself, whenever it has something.
struct no_producer {
  /// Asks nobody.
  void operator()(auto&) const noexcept {}
};

/// Chunks of what a transform makes of pushed bytes. `Producer` is called with the source, and pushes
/// at most its credit; where it pushes nothing and does not finish, the stream starves.
template <transform T, class Producer = no_producer, storage Storage = stream_heap>
class push_source : public push_window<Storage> {
public:
  /// Copies what `producer` pushes into a window of `window` bytes.
  explicit push_source(T t, Producer producer = {}, std::size_t window = 65536,
                       Storage from = {}) noexcept
      : push_window<Storage>{window, std::move(from)}, made_{std::move(t)},
        producer_{std::move(producer)} {}

  /// Says how much input there will be, for progress.
  void expect(std::uint64_t total) noexcept { made_.expect(total); }

  /// The next chunk.
  template <storage Scratch>
  pulled pull(chunk_scratch<Scratch>& scratch) noexcept {
    for (;;) {
      const pulled p = made_.pull(scratch);
      if (p.state == stream_state::ready) { return p; }
      if (p.state != stream_state::starved) {
        this->free();
        return p;
      }
      byte_view input = this->read();
      if (input.empty() && !this->is_finished()) {
        this->make_room();
        push_window<Storage>& to = *this;
        producer_(to);
        input = this->read();
      }
      if (!input.empty()) {
        static_cast<void>(made_.feed(input)); // starved: it has none left
      } else if (!this->is_finished()) {
        return p;
      } else if (this->aborted().code != errc::none) {
        made_.abort(this->aborted());
      } else {
        made_.finish();
      }
    }
  }

  /// What was pushed is gone.
  bool rewind() noexcept { return false; }
  /// Why the source failed.
  [[nodiscard]] error failure() const noexcept { return made_.failure(); }
  /// Bytes of the pushed input read.
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
  transform_source<T> made_;
  Producer producer_;
};

} // namespace linmem::inline LINMEM_ABI
