// linmem/shared_buffer.hpp - bytes that C++ and its host fill and read in place.
//
// One allocation: a small block that says what there is, and the data right behind it. Both sides
// read the block, so that neither has to call the other to know how much is there:
//
//   auto buffer = linmem::shared_buffer<>::create(1 << 20);    // result<shared_buffer<>>
//   auto room = buffer->reserve(4096);                          // uninitialised; the host fills it
//   buffer->commit(1500);                                       // what really came
//   linmem::byte_view text = buffer->view();                    // all that is committed
//
//   +-------------------------------+----------------------------------------------+
//   | buffer_block, 64 bytes        | data: capacity bytes, 16-aligned             |
//   | magic version capacity ...    | [0, position) committed | reserved | free    |
//   +-------------------------------+----------------------------------------------+
//
// The data never moves and the capacity never changes while the buffer lives. Not a container: it
// has no elements, does not grow, and one thread at a time writes.
#pragma once

#include <linmem/bytes.hpp>
#include <linmem/config.hpp>
#include <linmem/error.hpp>
#include <linmem/layout.hpp>
#include <linmem/result.hpp>
#include <linmem/storage.hpp>

#include <array>       // std::array
#include <cstddef>     // std::byte, std::size_t
#include <cstdint>     // std::uint32_t, std::uint64_t
#include <memory>      // std::construct_at
#include <type_traits> // std::conditional_t, std::is_const_v
#include <utility>     // std::exchange, std::move, std::swap

namespace linmem::inline LINMEM_ABI {

/// What both sides know of a buffer. The data lies `data_offset` bytes behind the block's start.
struct alignas(storage_alignment) buffer_block {
  static constexpr std::uint32_t expected_magic = 0x42534D4C; ///< "LMSB" in memory

  std::uint32_t magic = expected_magic;   ///< says that this is a buffer_block
  std::uint32_t version = layout_version; ///< of this layout
  std::uint64_t capacity = 0;             ///< bytes of data there is room for
  std::uint64_t position = 0;             ///< bytes committed, from the front
  std::uint64_t reserved = 0;             ///< bytes behind them, lent to be filled
  std::uint32_t data_offset = 64;         ///< from the block to the data, in bytes
  std::uint32_t leases = 0;               ///< users that hold the data in place
  std::array<std::uint64_t, 3> unused{};  ///< zero
};
static_assert(sizeof(buffer_block) == 64);

/// The fields of buffer_block.
inline constexpr std::array buffer_fields{
    LINMEM_FIELD(buffer_block, magic),    LINMEM_FIELD(buffer_block, version),
    LINMEM_FIELD(buffer_block, capacity), LINMEM_FIELD(buffer_block, position),
    LINMEM_FIELD(buffer_block, reserved), LINMEM_FIELD(buffer_block, data_offset),
    LINMEM_FIELD(buffer_block, leases),
};
/// The layout of buffer_block.
inline constexpr block_layout buffer_layout{"buffer", sizeof(buffer_block), buffer_fields};

/// A fixed number of bytes with a committed front part, owned by this object.
template <storage Storage = heap_storage>
class shared_buffer {
public:
  /// A buffer for `capacity` bytes, uninitialised, none committed. invalid_argument for 0;
  /// out_of_memory when the storage has not that much.
  [[nodiscard]] static result<shared_buffer> create(std::size_t capacity,
                                                    Storage from = {}) noexcept {
    if (capacity == 0) { return fail(errc::invalid_argument, "buffer capacity in bytes", 1, 0); }
    std::byte* bytes = add_overflows(capacity, sizeof(buffer_block))
                           ? nullptr
                           : from.allocate(sizeof(buffer_block) + capacity);
    if (bytes == nullptr) {
      return fail(errc::out_of_memory, "buffer capacity in bytes", 0, capacity);
    }
    auto* block = std::construct_at(reinterpret_cast<buffer_block*>(bytes)); // NOLINT: owned bytes
    block->capacity = capacity;
    return shared_buffer{block, std::move(from)};
  }

  /// Takes over a block that release() gave away, with the storage it came from.
  [[nodiscard]] static shared_buffer adopt(buffer_block* block, Storage from = {}) noexcept {
    LINMEM_ASSERT(block != nullptr && block->magic == buffer_block::expected_magic);
    return shared_buffer{block, std::move(from)};
  }

  shared_buffer(const shared_buffer&) = delete;
  shared_buffer& operator=(const shared_buffer&) = delete;
  /// Takes over the bytes of `other`, which owns none afterwards.
  shared_buffer(shared_buffer&& other) noexcept
      : block_{std::exchange(other.block_, nullptr)}, storage_{std::move(other.storage_)} {}
  /// Frees the own bytes and takes over those of `other`.
  shared_buffer& operator=(shared_buffer&& other) noexcept {
    shared_buffer taken{std::move(other)};
    std::swap(block_, taken.block_);
    std::swap(storage_, taken.storage_);
    return *this;
  }
  /// Frees the bytes; no lease is out.
  ~shared_buffer() {
    if (block_ == nullptr) { return; }
    LINMEM_ASSERT(block_->leases == 0);
    const auto size = sizeof(buffer_block) + static_cast<std::size_t>(block_->capacity);
    block_->magic = 0; // a stale reader finds no buffer here
    storage_.deallocate(reinterpret_cast<std::byte*>(block_), size); // NOLINT: as allocated
  }

  /// Gives the block away: it is freed by adopting it again.
  [[nodiscard]] buffer_block* release() noexcept { return std::exchange(block_, nullptr); }

  /// What both sides know of this buffer.
  [[nodiscard]] const buffer_block& block() const noexcept { return *block_; }
  /// Bytes there is room for.
  [[nodiscard]] std::size_t capacity() const noexcept {
    return static_cast<std::size_t>(block_->capacity);
  }
  /// Bytes committed: the highest end of all that was written or committed since reset().
  [[nodiscard]] std::size_t position() const noexcept {
    return static_cast<std::size_t>(block_->position);
  }
  /// Where the data lies: fixed for the buffer's life.
  [[nodiscard]] std::byte* data() noexcept { return data_of(block_); }
  /// Where the data lies: fixed for the buffer's life.
  [[nodiscard]] const std::byte* data() const noexcept { return data_of(block_); }
  /// The committed bytes. Valid until the buffer is freed; later writes show through.
  [[nodiscard]] byte_view view() const noexcept { return {data(), position()}; }

  /// Copies `bytes` to `offset` and commits up to their end. out_of_range, and nothing written, when
  /// they would end behind the capacity or begin behind the committed bytes (no gap is ever
  /// committed). Ends a reservation when it moves the position.
  result<void> write_at(std::uint64_t offset, byte_view bytes) noexcept {
    if (offset > block_->position) {
      return fail(errc::out_of_range, "write offset in bytes", block_->position, offset);
    }
    auto target = checked_subspan(byte_span{data(), capacity()}, offset, bytes.size());
    if (!target) { return unexpected{target.error()}; }
    copy_bytes(bytes, *target);
    const std::uint64_t end = offset + bytes.size();
    if (end > block_->position) {
      block_->position = end;
      block_->reserved = 0; // what was lent is no longer behind the committed bytes
    }
    return {};
  }

  /// Copies committed bytes from `offset` on into all of `into`; out_of_range, and nothing copied,
  /// when fewer are committed.
  result<void> read_at(std::uint64_t offset, byte_span into) const noexcept {
    auto source = checked_subspan(view(), offset, into.size());
    if (!source) { return unexpected{source.error()}; }
    copy_bytes(*source, into);
    return {};
  }

  /// Lends the `bytes` bytes behind the committed ones, uninitialised, to be filled in place.
  /// limit_exceeded when fewer are free. A later reserve() replaces this one.
  [[nodiscard]] result<byte_span> reserve(std::size_t bytes) noexcept {
    const std::size_t free = capacity() - position();
    if (bytes > free) { return fail(errc::limit_exceeded, "free buffer bytes", free, bytes); }
    block_->reserved = bytes;
    return byte_span{data() + position(), bytes};
  }

  /// Commits the first `bytes` of what was reserved and ends the reservation. out_of_range, and
  /// nothing changed, when that is more than was reserved.
  result<void> commit(std::size_t bytes) noexcept {
    if (bytes > block_->reserved) {
      return fail(errc::out_of_range, "reserved bytes", block_->reserved, bytes);
    }
    block_->position += bytes;
    block_->reserved = 0;
    return {};
  }

  /// Forgets what is committed and reserved; the bytes stay as they are.
  void reset() noexcept { block_->position = block_->reserved = 0; }
  /// Overwrites all data with zeros, also where nothing reads it again, and resets.
  void clear() noexcept {
    wipe_bytes({data(), capacity()});
    reset();
  }

private:
  shared_buffer(buffer_block* block, Storage from) noexcept
      : block_{block}, storage_{std::move(from)} {}

  template <class Block>
  static auto* data_of(Block* block) noexcept {
    using byte = std::conditional_t<std::is_const_v<Block>, const std::byte, std::byte>;
    return reinterpret_cast<byte*>(block) + block->data_offset; // NOLINT: one allocation
  }

  buffer_block* block_;
  [[no_unique_address]] Storage storage_;
};

/// Holds a buffer in place: while a lease is out, the buffer is not freed through its handle.
class buffer_lease {
public:
  /// Holds nothing.
  buffer_lease() = default;
  /// Holds the buffer of `block`, or nothing when null.
  explicit buffer_lease(buffer_block* block) noexcept : block_{block} {
    if (block_ != nullptr) { ++block_->leases; }
  }
  buffer_lease(const buffer_lease&) = delete;
  buffer_lease& operator=(const buffer_lease&) = delete;
  /// Takes over the lease of `other`.
  buffer_lease(buffer_lease&& other) noexcept : block_{std::exchange(other.block_, nullptr)} {}
  /// Ends the own lease and takes over that of `other`.
  buffer_lease& operator=(buffer_lease&& other) noexcept {
    std::swap(block_, other.block_);
    return *this;
  }
  /// Ends the lease.
  ~buffer_lease() {
    if (block_ != nullptr) { --block_->leases; }
  }

private:
  buffer_block* block_ = nullptr;
};

} // namespace linmem::inline LINMEM_ABI
