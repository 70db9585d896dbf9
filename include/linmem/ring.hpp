// linmem/ring.hpp - one producer, one consumer, a ring of bytes or of messages between them.
//
// For what one thread, process or language makes while another uses it. Both sides work in place: what
// is claimed is filled where it lies, what is peeked at is read where it lies:
//
//   auto ring = linmem::ring<>::create({.capacity = 1 << 16});
//   auto out = linmem::message_producer::open(ring->view(), {.publish_every = 16});
//   auto in = linmem::message_consumer::open(ring->view());
//   if (auto room = out->claim(64)) { fill(*room); out->commit(64); }   // published with 15 others
//   if (auto message = in->peek()) { use(*message); in->consume(); }
//
// The other end may be JavaScript (ring.mjs), on the same bytes. Not for several producers or
// consumers, nor for calls that answer at once: those are functions.
#pragma once

#include <linmem/bytes.hpp>
#include <linmem/config.hpp>
#include <linmem/error.hpp>
#include <linmem/result.hpp>
#include <linmem/ring_block.hpp>
#include <linmem/ring_end.hpp>
#include <linmem/storage.hpp>

#include <cstddef> // std::byte, std::size_t
#include <cstdint> // std::uint32_t, std::uint64_t, std::uintptr_t
#include <utility> // std::exchange, std::forward, std::move

namespace linmem::inline LINMEM_ABI {

/// Writes bytes into a ring. Belongs to one thread.
class byte_producer : public ring_producer {
public:
  /// The writing side of `ring`. leased, with the number of who has it; closed, abandoned or corrupt
  /// when it takes no more; invalid_argument for a ring of messages.
  [[nodiscard]] static result<byte_producer> open(ring_view ring,
                                                  ring_end_options options = {}) noexcept {
    auto taken = detail::take_side(ring, ring_role::producer, ring_kind::bytes, options.number);
    if (!taken) { return unexpected{taken.error()}; }
    return byte_producer{ring, options};
  }

  /// Lends up to `n` bytes to be filled, as many as lie in one piece: at least 1 unless `n` is 0. Null
  /// when there is no room, or never will be; claim says which. Another claim replaces it.
  [[nodiscard]] byte_span try_claim(std::size_t n) noexcept {
    claimed_ = no_claim;
    const std::uint32_t piece = ring_.capacity() - offset();
    const auto wanted = static_cast<std::uint32_t>(smaller<std::size_t>(n, piece));
    if (!is_open() || (!has_room(wanted) && free() == 0)) { return {}; }
    claimed_ = smaller(wanted, free());
    return {ring_.data() + offset(), claimed_};
  }
  /// As try_claim; on null the reason: timed_out when it is only full, closed, abandoned, corrupt.
  [[nodiscard]] result<byte_span> claim(std::size_t n) noexcept {
    if (auto room = try_claim(n); room.data() != nullptr) { return room; }
    return unexpected{refusal(1)};
  }

  /// The first `n` bytes of what was claimed are filled. out_of_range for more than that, and then the
  /// claim stands.
  result<void> commit(std::size_t n) noexcept {
    if (auto refused = check_commit(n); !refused) { return refused; }
    if (n == 0) {
      abort();
    } else {
      advance(static_cast<std::uint32_t>(n));
    }
    return {};
  }

  /// Copies the front of `bytes` into the ring and returns how many there was room for.
  std::size_t try_write(byte_view bytes) noexcept {
    std::size_t written = 0;
    while (written < bytes.size()) { // twice where they wrap
      const byte_span room = try_claim(bytes.size() - written);
      if (room.data() == nullptr) { break; }
      copy_bytes(bytes.subspan(written, room.size()), room);
      written += room.size();
      advance(static_cast<std::uint32_t>(room.size()));
    }
    return written;
  }
  /// As try_write; instead of 0 the reason, as for claim.
  result<std::size_t> write(byte_view bytes) noexcept {
    const std::size_t written = try_write(bytes);
    if (written == 0 && !bytes.empty()) { return unexpected{refusal(1)}; }
    return written;
  }

private:
  using ring_producer::ring_producer;
};

/// Writes messages into a ring. Belongs to one thread.
class message_producer : public ring_producer {
public:
  /// The writing side of `ring`. leased, with the number of who has it; closed, abandoned or corrupt
  /// when it takes no more; invalid_argument for a ring of bytes.
  [[nodiscard]] static result<message_producer> open(ring_view ring,
                                                     ring_end_options options = {}) noexcept {
    auto taken = detail::take_side(ring, ring_role::producer, ring_kind::messages, options.number);
    if (!taken) { return unexpected{taken.error()}; }
    return message_producer{ring, options};
  }

  /// Lends `n` bytes in one piece, at a multiple of 8, to be filled with a message. Null when there is
  /// no room, or never will be; claim says which. Another claim replaces it.
  [[nodiscard]] byte_span try_claim(std::size_t n) noexcept {
    claimed_ = no_claim;
    if (n > ring_.largest_message() || !is_open()) { return {}; }
    const std::uint32_t record = detail::record_bytes(static_cast<std::uint32_t>(n));
    const std::uint32_t rest = ring_.capacity() - offset();
    padding_ = rest < record ? rest : 0;
    if (!has_room(padding_ + record)) { return {}; }
    claimed_ = static_cast<std::uint32_t>(n);
    return {ring_.data() + (padding_ == 0 ? offset() : 0) + detail::ring_header, n};
  }
  /// As try_claim; on null the reason: timed_out when it is only full, limit_exceeded when no ring of
  /// this capacity holds such a message, closed, abandoned, corrupt.
  [[nodiscard]] result<byte_span> claim(std::size_t n) noexcept {
    if (auto room = try_claim(n); room.data() != nullptr) { return room; }
    return unexpected{refusal_of(n)};
  }

  /// The message is the first `n` bytes of what was claimed, and may be empty. out_of_range for more
  /// than that, and then the claim stands.
  result<void> commit(std::size_t n) noexcept {
    if (auto refused = check_commit(n); !refused) { return refused; }
    std::uint32_t at = offset();
    if (padding_ != 0) {
      put_header(at, padding_ - detail::ring_header, detail::padding_mark);
      at = 0;
    }
    const auto size = static_cast<std::uint32_t>(n);
    put_header(at, size, detail::message_mark);
    advance(padding_ + detail::record_bytes(size));
    return {};
  }

  /// Copies `message` into the ring; false when there is no room, or never will be.
  bool try_write(byte_view message) noexcept {
    const byte_span room = try_claim(message.size());
    if (room.data() == nullptr) { return false; }
    copy_bytes(message, room);
    return commit(message.size()).has_value();
  }
  /// As try_write; instead of false the reason, as for claim.
  result<void> write(byte_view message) noexcept {
    if (try_write(message)) { return {}; }
    return unexpected{refusal_of(message.size())};
  }

private:
  using ring_producer::ring_producer;

  void put_header(std::uint32_t at, std::uint32_t size, std::uint32_t mark) noexcept {
    const std::uint64_t header = (std::uint64_t{mark} << 32U) | size;
    *reinterpret_cast<std::uint64_t*>(ring_.data() + at) = header; // NOLINT: aligned to 8
  }
  [[nodiscard]] error refusal_of(std::size_t n) noexcept {
    const std::uint32_t most = ring_.largest_message();
    if (n > most) { return {errc::limit_exceeded, "message in bytes", most, n}; }
    return refusal(detail::record_bytes(static_cast<std::uint32_t>(n)));
  }

  std::uint32_t padding_ = 0; // in front of what is claimed, up to the end of the data
};

/// Reads bytes out of a ring. Belongs to one thread.
class byte_consumer : public ring_consumer {
public:
  /// The reading side of `ring`; errors as for byte_producer::open.
  [[nodiscard]] static result<byte_consumer> open(ring_view ring,
                                                  ring_end_options options = {}) noexcept {
    auto taken = detail::take_side(ring, ring_role::consumer, ring_kind::bytes, options.number);
    if (!taken) { return unexpected{taken.error()}; }
    return byte_consumer{ring};
  }

  /// What there is to read, as much as lies in one piece; null when there is nothing. Valid until it
  /// is consumed.
  [[nodiscard]] byte_view try_peek() noexcept {
    if (!has_more()) { return {}; }
    return {ring_.data() + offset(), smaller(limit_ - position_, ring_.capacity() - offset())};
  }
  /// As try_peek; on null the reason: timed_out when it is only empty; at the end closed, or what the
  /// producer failed with, once; abandoned, corrupt.
  [[nodiscard]] result<byte_view> peek() noexcept {
    if (auto bytes = try_peek(); bytes.data() != nullptr) { return bytes; }
    return unexpected{refusal()};
  }

  /// Ends the use of the first `n` bytes there are to read. out_of_range for more than were seen, and
  /// then nothing is consumed.
  result<void> consume(std::size_t n) noexcept {
    if (n > limit_ - position_) {
      return linmem::fail(errc::out_of_range, "bytes to read", limit_ - position_, n);
    }
    advance(static_cast<std::uint32_t>(n));
    return {};
  }

  /// Copies what there is to the front of `out` and returns how many bytes that was.
  std::size_t try_read(byte_span out) noexcept {
    std::size_t total = 0;
    while (total < out.size()) { // twice where they wrap
      byte_view bytes = try_peek();
      if (bytes.data() == nullptr) { break; }
      bytes = bytes.first(smaller(bytes.size(), out.size() - total));
      copy_bytes(bytes, out.subspan(total));
      total += bytes.size();
      advance(static_cast<std::uint32_t>(bytes.size()));
    }
    return total;
  }
  /// As try_read; instead of 0 the reason, as for peek.
  result<std::size_t> read(byte_span out) noexcept {
    const std::size_t total = try_read(out);
    if (total == 0 && !out.empty()) { return unexpected{refusal()}; }
    return total;
  }

private:
  using ring_consumer::ring_consumer;
};

/// Reads messages out of a ring. Belongs to one thread.
class message_consumer : public ring_consumer {
public:
  /// The reading side of `ring`; errors as for message_producer::open.
  [[nodiscard]] static result<message_consumer> open(ring_view ring,
                                                     ring_end_options options = {}) noexcept {
    auto taken = detail::take_side(ring, ring_role::consumer, ring_kind::messages, options.number);
    if (!taken) { return unexpected{taken.error()}; }
    return message_consumer{ring};
  }

  /// The next message, in one piece at a multiple of 8; null when there is none. Valid until it is
  /// consumed.
  [[nodiscard]] byte_view try_peek() noexcept {
    peeked_ = 0;
    while (has_more()) {
      const std::uint32_t at = offset();
      // Read once: what is checked is what is used, whatever else writes to the ring meanwhile.
      const std::uint64_t header =
          *reinterpret_cast<const volatile std::uint64_t*>(ring_.data() + at); // NOLINT: aligned
      const auto size = static_cast<std::uint32_t>(header);
      const auto mark = static_cast<std::uint32_t>(header >> 32U);
      const std::uint32_t most =
          smaller(limit_ - position_, ring_.capacity() - at) - detail::ring_header;
      if (size > most) {
        break_ring({errc::corrupt, "message in bytes", most, size});
        break;
      }
      const std::uint32_t record = detail::record_bytes(size);
      if (mark == detail::message_mark) {
        peeked_ = record;
        return {ring_.data() + at + detail::ring_header, size};
      }
      if (mark != detail::padding_mark || record != ring_.capacity() - at) {
        break_ring({errc::corrupt, "mark of a message", detail::message_mark, mark});
        break;
      }
      advance(record);
    }
    return {};
  }
  /// As try_peek; on null the reason: timed_out when it is only empty; at the end closed, or what the
  /// producer failed with, once; abandoned, corrupt.
  [[nodiscard]] result<byte_view> peek() noexcept {
    if (auto message = try_peek(); message.data() != nullptr) { return message; }
    return unexpected{refusal()};
  }

  /// Ends the use of the message that was peeked at last; does nothing when there was none.
  void consume() noexcept { advance(std::exchange(peeked_, 0)); }

  /// Copies the next message to the front of `out` and returns its bytes. limit_exceeded when `out` is
  /// shorter, and then the message stays; otherwise as peek.
  result<std::size_t> read(byte_span out) noexcept {
    const auto message = peek();
    if (!message) { return unexpected{message.error()}; }
    if (message->size() > out.size()) {
      return linmem::fail(errc::limit_exceeded, "room for a message in bytes", out.size(),
                          message->size());
    }
    copy_bytes(*message, out);
    const std::size_t size = message->size();
    consume();
    return size;
  }

private:
  using ring_consumer::ring_consumer;

  std::uint32_t peeked_ = 0; // bytes of the ring that the message peeked at takes
};

/// Claims `n` bytes of `out`, lets `fill(byte_span)` write into them and commits as many as it says it
/// wrote. When that is 0 nothing is committed. Returns what was committed; errors as for claim, and
/// out_of_range when it says more than it was lent: nothing is committed then.
template <class Producer, class Fill>
result<std::size_t> write_with(Producer& out, std::size_t n, Fill&& fill) {
  const auto room = out.claim(n);
  if (!room) { return unexpected{room.error()}; }
  const std::size_t written = std::forward<Fill>(fill)(*room);
  if (written == 0) {
    out.abort();
    return written;
  }
  if (auto committed = out.commit(written); !committed) {
    out.abort();
    return unexpected{committed.error()};
  }
  return written;
}

/// How a ring is made.
struct ring_options {
  std::uint32_t capacity = 65536;       ///< bytes of data, a power of two from 32 to 2^30
  ring_kind kind = ring_kind::messages; ///< what it carries
};

/// A ring in memory of its own. Its ends are gone before it is.
template <storage Storage = heap_storage>
class ring {
public:
  /// An empty ring. invalid_argument for a capacity that is none; out_of_memory when `storage` does
  /// not give the bytes, which are 112 more than ring_view::bytes_for says, to align them.
  [[nodiscard]] static result<ring> create(ring_options options = {},
                                           Storage storage = {}) noexcept {
    if (auto refused = ring_view::check_capacity(options.capacity); !refused) {
      return unexpected{refused.error()};
    }
    const std::size_t bytes = ring_view::bytes_for(options.capacity) + slack;
    std::byte* memory = storage.allocate(bytes);
    if (memory == nullptr) { return linmem::fail(errc::out_of_memory, "ring in bytes", 0, bytes); }
    const auto address = reinterpret_cast<std::uintptr_t>(memory); // NOLINT: to align it
    const std::size_t skip = (ring_line - address % ring_line) % ring_line;
    const auto made =
        ring_view::create({memory + skip, bytes - skip}, options.capacity, options.kind);
    return ring{std::move(storage), memory, *made};
  }

  ring(const ring&) = delete;
  ring& operator=(const ring&) = delete;
  /// Takes over the ring of `other`, which has none then. Its ends notice nothing.
  ring(ring&& other) noexcept
      : storage_{std::move(other.storage_)}, memory_{std::exchange(other.memory_, nullptr)},
        view_{other.view_} {}
  ring& operator=(ring&&) = delete;
  /// Frees the memory. No end is open then.
  ~ring() {
    if (memory_ == nullptr) { return; }
    LINMEM_ASSERT(view_.holder(ring_role::producer) == 0 && view_.holder(ring_role::consumer) == 0);
    storage_.deallocate(memory_, ring_view::bytes_for(view_.capacity()) + slack);
  }

  /// What the ends are opened on.
  [[nodiscard]] ring_view view() const noexcept { return view_; }

private:
  static constexpr std::size_t slack = ring_line - storage_alignment;

  ring(Storage storage, std::byte* memory, ring_view view) noexcept
      : storage_{std::move(storage)}, memory_{memory}, view_{view} {}

  Storage storage_;
  std::byte* memory_;
  ring_view view_;
};

} // namespace linmem::inline LINMEM_ABI
