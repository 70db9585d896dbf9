// The C++ ends of rings that the JavaScript tests hold the other ends of. Four at a time.
#include <linmem/ring_exports.hpp>

#include <array>
#include <chrono>
#include <cstdint>
#include <optional>
#include <utility>

namespace {

struct ends {
  std::optional<linmem::message_producer> messages_out;
  std::optional<linmem::message_consumer> messages_in;
  std::optional<linmem::byte_producer> bytes_out;
  std::optional<linmem::byte_consumer> bytes_in;
};
ends open_ends;

template <class End>
std::uint32_t open(std::optional<End>& end, std::uint32_t ring, std::uint32_t number,
                   std::uint32_t every) noexcept {
  end.reset();
  const auto found = linmem::hosted_ring(ring);
  if (!found) { return linmem::reject(found.error()); }
  auto opened = End::open(*found, {.number = number, .publish_every = every});
  if (!opened) { return linmem::reject(opened.error()); }
  end.emplace(std::move(*opened));
  return 1;
}

// The bytes of message `number` of `size` bytes, as tests/js/cases/ring.mjs makes them.
std::byte byte_of(std::uint32_t number, std::size_t i) {
  return static_cast<std::byte>(number * 31 + i * 7);
}

} // namespace

/// Opens the C++ end of a ring: 1, or 0 with the reason.
LINMEM_EXPORT(fixture_ring_out)
std::uint32_t fixture_ring_out(std::uint32_t ring, std::uint32_t every) noexcept {
  return open(open_ends.messages_out, ring, 77, every);
}
LINMEM_EXPORT(fixture_ring_in) std::uint32_t fixture_ring_in(std::uint32_t ring) noexcept {
  return open(open_ends.messages_in, ring, 88, 1);
}
/// Closes all of them.
LINMEM_EXPORT(fixture_ring_close) std::uint32_t fixture_ring_close() noexcept {
  open_ends.messages_out.reset();
  open_ends.messages_in.reset();
  open_ends.bytes_out.reset();
  open_ends.bytes_in.reset();
  return 1;
}

/// Writes message `number` of `size` bytes: 1, or 0 with the reason.
LINMEM_EXPORT(fixture_ring_write)
std::uint32_t fixture_ring_write(std::uint32_t number, std::uint32_t size) noexcept {
  const auto room = open_ends.messages_out->claim(size);
  if (!room) { return linmem::reject(room.error()); }
  for (std::size_t i = 0; i < size; ++i) { (*room)[i] = byte_of(number, i); }
  return linmem::detail::accept(open_ends.messages_out->commit(size));
}
/// Reads a message: 1 + its size when it is message `number`, 0 with the reason when there is none, or
/// when it is another.
LINMEM_EXPORT(fixture_ring_read)
std::uint32_t fixture_ring_read(std::uint32_t number) noexcept {
  const auto message = open_ends.messages_in->peek();
  if (!message) { return linmem::reject(message.error()); }
  for (std::size_t i = 0; i < message->size(); ++i) {
    if ((*message)[i] != byte_of(number, i)) {
      return linmem::reject({linmem::errc::invalid_data, "message", number, i});
    }
  }
  open_ends.messages_in->consume();
  return 1 + static_cast<std::uint32_t>(message->size());
}
/// Writes `count` messages of 0 to 63 bytes, the numbers from `first` on, while there is room; how many
/// were written. Waits for room at most `wait_ms` each time.
LINMEM_EXPORT(fixture_ring_write_many)
std::uint32_t fixture_ring_write_many(std::uint32_t first, std::uint32_t count,
                                      std::uint32_t wait_ms) noexcept {
  std::uint32_t written = 0;
  while (written < count) {
    const std::uint32_t number = first + written;
    const std::uint32_t size = number * 13 % 64;
    const auto room = open_ends.messages_out->try_claim(size);
    if (room.data() == nullptr) {
      if (wait_ms != 0 &&
          open_ends.messages_out->wait_writable(size, std::chrono::milliseconds{wait_ms})) {
        continue;
      }
      break;
    }
    for (std::size_t i = 0; i < size; ++i) { room[i] = byte_of(number, i); }
    static_cast<void>(open_ends.messages_out->commit(size));
    ++written;
  }
  open_ends.messages_out->publish();
  return written;
}
/// Reads such messages from number `first` on, while there are some; how many, or ~0 when one is wrong.
LINMEM_EXPORT(fixture_ring_read_many)
std::uint32_t fixture_ring_read_many(std::uint32_t first, std::uint32_t count) noexcept {
  std::uint32_t read = 0;
  for (; read < count; ++read) {
    const auto message = open_ends.messages_in->try_peek();
    if (message.data() == nullptr) { break; }
    const std::uint32_t number = first + read;
    if (message.size() != number * 13 % 64) { return ~0U; }
    for (std::size_t i = 0; i < message.size(); ++i) {
      if (message[i] != byte_of(number, i)) { return ~0U; }
    }
    open_ends.messages_in->consume();
  }
  open_ends.messages_in->release();
  return read;
}
/// What follows for the consumer: 0 the end, else a failure with the code `code`.
LINMEM_EXPORT(fixture_ring_finish) std::uint32_t fixture_ring_finish(std::uint32_t code) noexcept {
  if (code == 0) {
    open_ends.messages_out->end();
  } else {
    open_ends.messages_out->fail(static_cast<linmem::errc>(code));
  }
  return 1;
}
/// The consumer wants no more.
LINMEM_EXPORT(fixture_ring_cancel) std::uint32_t fixture_ring_cancel() noexcept {
  open_ends.messages_in->cancel();
  return 1;
}
/// Sums what a byte ring holds, and consumes it.
LINMEM_EXPORT(fixture_ring_sum) std::uint32_t fixture_ring_sum(std::uint32_t ring) noexcept {
  if (!open_ends.bytes_in && open(open_ends.bytes_in, ring, 99, 1) == 0) { return ~0U; }
  std::uint32_t sum = 0;
  std::array<std::byte, 100> piece{};
  while (const std::size_t n = open_ends.bytes_in->try_read(piece)) {
    for (const std::byte b : linmem::byte_view{piece}.first(n)) {
      sum += std::to_integer<std::uint32_t>(b);
    }
  }
  return sum;
}
/// Writes `count` bytes 0, 1, 2 ... into a byte ring: how many there was room for.
LINMEM_EXPORT(fixture_ring_count)
std::uint32_t fixture_ring_count(std::uint32_t ring, std::uint32_t count) noexcept {
  if (!open_ends.bytes_out && open(open_ends.bytes_out, ring, 66, 1) == 0) { return ~0U; }
  std::uint32_t written = 0;
  while (written < count) {
    const auto b = static_cast<std::byte>(written);
    if (open_ends.bytes_out->try_write({&b, 1}) == 0) { break; }
    ++written;
  }
  return written;
}
