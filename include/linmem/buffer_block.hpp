// linmem/buffer_block.hpp - what both sides know of a shared buffer, and the lease that holds it.
//
// The block lies in front of the data, in linear memory or in a region shared by two processes. It
// holds no address, so it means the same wherever it is mapped:
//
//   +----------------------+----------------+---------------------------------------+----------+
//   | buffer_block         | 16 lock words, | data: capacity bytes, 16-aligned      | guard    |
//   | 64 bytes             | where asked for| [0, position) | reserved | free       | 8 bytes  |
//   +----------------------+----------------+---------------------------------------+----------+
//
// Made by shared_buffer, read by shared_buffer_view and by the JS half. All counts in it are bytes,
// whatever the buffer's elements are. Not to be filled in by hand.
#pragma once

#include <linmem/bytes.hpp>
#include <linmem/config.hpp>
#include <linmem/error.hpp>
#include <linmem/layout.hpp>
#include <linmem/lock_words.hpp>
#include <linmem/result.hpp>
#include <linmem/storage.hpp>

#include <array>       // std::array
#include <cstddef>     // std::byte, std::size_t
#include <cstdint>     // std::uint32_t, std::uint64_t, std::uintptr_t
#include <type_traits> // std::is_trivially_copyable_v
#include <utility>     // std::exchange, std::swap

namespace linmem::inline LINMEM_ABI {

/// What both sides know of a buffer. `position`, `leases` and `generation` are read and written
/// atomically; the others belong to the thread that writes.
struct alignas(storage_alignment) buffer_block {
  static constexpr std::uint32_t expected_magic = 0x42534D4C; ///< "LMSB" in memory

  std::uint32_t magic = expected_magic;   ///< says that this is a buffer_block; 0 once freed
  std::uint32_t version = layout_version; ///< of this layout
  std::uint64_t capacity = 0;             ///< bytes of data there is room for
  std::uint64_t position = 0;             ///< bytes committed, from the front
  std::uint64_t reserved = 0;             ///< bytes behind them, lent to be filled
  std::uint32_t data_offset = 64;         ///< from the block to the data, in bytes
  std::uint32_t leases = 0;               ///< users that hold the data in place
  std::uint32_t element = 0;              ///< field_type of an element; 0 for bytes and for structs
  std::uint32_t locks_offset = 0; ///< from the block to the lock words, in bytes; 0 for none
  std::uint32_t generation = 0;   ///< raised whenever what was committed is forgotten or moved
  std::uint32_t guarded = 0;      ///< 1 while the 8 bytes behind the reserved hold a canary
  std::uint64_t tag = 0;          ///< for the owner: a pool keeps the size class here
};
static_assert(sizeof(buffer_block) == 64);

/// The fields of buffer_block.
inline constexpr std::array buffer_fields{
    LINMEM_FIELD(buffer_block, magic),        LINMEM_FIELD(buffer_block, version),
    LINMEM_FIELD(buffer_block, capacity),     LINMEM_FIELD(buffer_block, position),
    LINMEM_FIELD(buffer_block, reserved),     LINMEM_FIELD(buffer_block, data_offset),
    LINMEM_FIELD(buffer_block, leases),       LINMEM_FIELD(buffer_block, element),
    LINMEM_FIELD(buffer_block, locks_offset), LINMEM_FIELD(buffer_block, generation),
    LINMEM_FIELD(buffer_block, guarded),
};
/// The layout of buffer_block.
inline constexpr block_layout buffer_layout{"buffer", sizeof(buffer_block), buffer_fields};

/// What a buffer may hold: plain values, which mean the same to whoever reads the bytes.
template <class T>
concept buffer_element = std::is_trivially_copyable_v<T> && !std::is_const_v<T> &&
                         !std::is_volatile_v<T> && alignof(T) <= storage_alignment;

namespace detail {

// Behind the data of every buffer, so that a canary has room also when all of it is reserved.
inline constexpr std::size_t buffer_guard = 8;
inline constexpr std::uint64_t buffer_canary =
    0x9BE1D3A75CF8462D; // no byte twice, none 0 or ASCII text

/// buffer_block::element for T: how the host sees it.
template <class T>
[[nodiscard]] constexpr std::uint32_t element_code() noexcept {
  constexpr bool is_number = (std::is_arithmetic_v<T> || std::is_enum_v<T>) &&
                             !std::is_same_v<T, std::byte> && !std::is_same_v<T, bool>;
  if constexpr (is_number) {
    return static_cast<std::uint32_t>(type_of<T>());
  } else {
    return 0;
  }
}

// std::atomic_ref, which not every standard library has. Plain loads and stores on one thread.
template <class Word>
[[nodiscard]] Word load_word(const Word& word) noexcept {
  Word value{};
  __atomic_load(&word, &value, __ATOMIC_ACQUIRE);
  return value;
}
template <class Word>
void store_word(Word& word, Word value) noexcept {
  __atomic_store(&word, &value, __ATOMIC_RELEASE);
}

/// Ends the reservation, if there is one.
inline void end_reservation(buffer_block& block) noexcept {
  block.guarded = 0;
  block.reserved = 0;
}

/// Forgets what is committed and reserved, for the block's next use.
inline void forget_committed(buffer_block& block) noexcept {
  end_reservation(block);
  __atomic_fetch_add(&block.generation, 1U, __ATOMIC_ACQ_REL); // before the bytes are written again
  store_word(block.position, std::uint64_t{0});
}

/// Where the parts of a buffer lie, read once: what is checked is what is used, whatever the other
/// side writes meanwhile.
struct buffer_extent {
  std::size_t data_offset = 0;
  std::size_t capacity = 0;
};

/// The extent of the buffer at the start of `memory`, or what its block gets wrong.
[[nodiscard]] inline result<buffer_extent> find_extent(byte_view memory) noexcept {
  const auto address = reinterpret_cast<std::uintptr_t>(memory.data()); // NOLINT: to be checked
  if (address % storage_alignment != 0) {
    return fail(errc::invalid_argument, "alignment of a buffer in bytes", storage_alignment,
                address % storage_alignment);
  }
  constexpr std::size_t least = sizeof(buffer_block) + buffer_guard;
  const std::uint64_t size = memory.size();
  if (size < least) { return fail(errc::corrupt, "bytes of a buffer", least, size); }
  const auto& block = *reinterpret_cast<const buffer_block*>(memory.data()); // NOLINT: checked now
  const std::uint32_t magic = load_word(block.magic);
  if (magic != buffer_block::expected_magic) {
    return fail(errc::corrupt, "magic of a buffer", buffer_block::expected_magic, magic);
  }
  if (block.version != layout_version) {
    return fail(errc::corrupt, "layout version of a buffer", layout_version, block.version);
  }
  const std::uint32_t locks = block.locks_offset;
  if (locks != 0 && locks != sizeof(buffer_block)) {
    return fail(errc::corrupt, "lock words' offset in bytes", sizeof(buffer_block), locks);
  }
  const std::uint64_t front = sizeof(buffer_block) + (locks == 0 ? 0 : lock_words::bytes);
  const std::uint64_t data_offset = block.data_offset;
  if (data_offset < front || data_offset % storage_alignment != 0 ||
      data_offset > size - buffer_guard) {
    return fail(errc::corrupt, "data offset in bytes", size - buffer_guard, data_offset);
  }
  const std::uint64_t room = size - buffer_guard - data_offset;
  const std::uint64_t capacity = block.capacity;
  if (capacity == 0 || capacity > room) {
    return fail(errc::corrupt, "buffer capacity in bytes", room, capacity);
  }
  const std::uint64_t position = load_word(block.position);
  if (position > capacity) {
    return fail(errc::corrupt, "buffer position in bytes", capacity, position);
  }
  return buffer_extent{static_cast<std::size_t>(data_offset), static_cast<std::size_t>(capacity)};
}

} // namespace detail

/// Holds a buffer in place: while a lease is out, the buffer is not freed, reset or shrunk. Any
/// thread may take and end one, if it knows that the buffer lives. Not for a process that may be
/// killed: nobody would end its lease.
class buffer_lease {
public:
  /// Holds nothing.
  buffer_lease() = default;
  /// Holds the buffer of `block`, or nothing when null.
  explicit buffer_lease(buffer_block* block) noexcept : block_{block} {
    if (block_ != nullptr) { __atomic_fetch_add(&block_->leases, 1U, __ATOMIC_ACQ_REL); }
  }
  buffer_lease(const buffer_lease&) = delete;
  buffer_lease& operator=(const buffer_lease&) = delete;
  /// Takes over the lease of `other`.
  buffer_lease(buffer_lease&& other) noexcept : block_{std::exchange(other.block_, nullptr)} {}
  /// Ends the own lease and takes over that of `other`.
  buffer_lease& operator=(buffer_lease&& other) noexcept {
    buffer_lease taken{std::move(other)};
    std::swap(block_, taken.block_);
    return *this;
  }
  /// Ends the lease.
  ~buffer_lease() {
    if (block_ != nullptr) { __atomic_fetch_sub(&block_->leases, 1U, __ATOMIC_ACQ_REL); }
  }

private:
  buffer_block* block_ = nullptr;
};

} // namespace linmem::inline LINMEM_ABI
