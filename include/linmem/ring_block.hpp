// linmem/ring_block.hpp - what both sides know of a ring, and the ring in memory that lies elsewhere.
//
// One layout for C++ and JavaScript, in linear memory or in a region that two processes map. It holds
// no address. Each side writes lines of its own, 128 bytes each, so that neither slows the other down:
//
//   +------------------+-------------------+-------------------+------------------------------+
//   | what is fixed,   | producer:         | consumer:         | data: capacity bytes, a      |
//   | states, waiting  | published,        | released          | power of two                 |
//   |                  | committed         |                   |                              |
//   +------------------+-------------------+-------------------+------------------------------+
//   0                  128                 256                 384
//
//   linmem::result<linmem::ring_view> r = linmem::ring_view::create(region, 1 << 16);
//
// Indices count bytes since the beginning and wrap at 2^32. What lies between `released` and
// `published` is the consumer's, the rest the producer's. The ends that move them are in ring.hpp. Not
// to be filled in by hand.
#pragma once

#include <linmem/buffer_block.hpp> // detail::load_word, detail::store_word
#include <linmem/bytes.hpp>
#include <linmem/config.hpp>
#include <linmem/error.hpp>
#include <linmem/layout.hpp>
#include <linmem/result.hpp>

#include <array>   // std::array
#include <bit>     // std::has_single_bit
#include <cstddef> // std::byte, std::size_t
#include <cstdint> // std::uint32_t, std::uint64_t, std::uintptr_t
#include <new>     // placement new

namespace linmem::inline LINMEM_ABI {

/// What a ring carries.
enum class ring_kind : std::uint32_t {
  bytes = 0,    ///< a sequence of bytes, cut anywhere
  messages = 1, ///< pieces of up to half the capacity, each in one piece
};

/// Where one side of a ring stands. Only `open` ever changes, but to `corrupt`.
enum class ring_state : std::uint32_t {
  open = 0,      ///< at work, or not there yet
  ended = 1,     ///< the producer has no more; the consumer wants no more
  failed = 2,    ///< the producer ended with an error
  abandoned = 3, ///< declared gone by a survivor
  corrupt = 4,   ///< an index or a header failed its checks: of use to neither side
};

/// One side of a ring.
enum class ring_role : std::uint32_t {
  producer = 0, ///< writes
  consumer = 1, ///< reads
};

/// What a line of the block is padded to: two cache lines, as processors fetch pairs of them.
inline constexpr std::size_t ring_line = 128;

/// What both sides know of a ring.
struct alignas(ring_line) ring_block {
  static constexpr std::uint32_t expected_magic = 0x47524D4C; ///< "LMRG" in memory

  std::uint32_t magic = expected_magic;           ///< says that this is a ring_block
  std::uint32_t version = layout_version;         ///< of this layout
  std::uint32_t capacity = 0;                     ///< bytes of data, a power of two
  ring_kind kind = ring_kind::bytes;              ///< what it carries
  std::uint32_t data_offset = 3 * ring_line;      ///< from the block to the data, in bytes
  std::uint32_t producer = 0;                     ///< number of who writes; 0 for nobody
  std::uint32_t consumer = 0;                     ///< number of who reads; 0 for nobody
  ring_state producer_state = ring_state::open;   ///< as the producer left it
  ring_state consumer_state = ring_state::open;   ///< as the consumer left it
  errc failure = errc::none;                      ///< why the producer failed
  std::uint32_t producer_waits = 0;               ///< 1 while the producer sleeps
  std::uint32_t consumer_waits = 0;               ///< 1 while the consumer sleeps
  std::uint32_t producer_wakes = 0;               ///< raised to wake the producer: it sleeps on it
  std::uint32_t consumer_wakes = 0;               ///< raised to wake the consumer
  alignas(ring_line) std::uint32_t published = 0; ///< end of what the consumer may read
  std::uint32_t committed = 0; ///< end of what is whole; read once it is abandoned
  alignas(ring_line) std::uint32_t released = 0; ///< end of what the producer may overwrite
};
static_assert(sizeof(ring_block) == 3 * ring_line);

/// The fields of ring_block.
inline constexpr std::array ring_fields{
    LINMEM_FIELD(ring_block, magic),          LINMEM_FIELD(ring_block, version),
    LINMEM_FIELD(ring_block, capacity),       LINMEM_FIELD(ring_block, kind),
    LINMEM_FIELD(ring_block, data_offset),    LINMEM_FIELD(ring_block, producer),
    LINMEM_FIELD(ring_block, consumer),       LINMEM_FIELD(ring_block, producer_state),
    LINMEM_FIELD(ring_block, consumer_state), LINMEM_FIELD(ring_block, failure),
    LINMEM_FIELD(ring_block, producer_waits), LINMEM_FIELD(ring_block, consumer_waits),
    LINMEM_FIELD(ring_block, producer_wakes), LINMEM_FIELD(ring_block, consumer_wakes),
    LINMEM_FIELD(ring_block, published),      LINMEM_FIELD(ring_block, committed),
    LINMEM_FIELD(ring_block, released),
};
/// The layout of ring_block.
inline constexpr block_layout ring_layout{"ring", sizeof(ring_block), ring_fields};

namespace detail {

// In front of each message: its length and what it is. A piece at the end of the data that is too
// short for the next message is skipped as padding, so that no message wraps.
inline constexpr std::uint32_t ring_header = 8;
inline constexpr std::uint32_t message_mark = 0x4753534D; // "MSSG"
inline constexpr std::uint32_t padding_mark = 0x20444150; // "PAD "

// Bytes of the ring that a message of `size` bytes takes; `size` is at most the ring's capacity.
[[nodiscard]] constexpr std::uint32_t record_bytes(std::uint32_t size) noexcept {
  return ring_header + ((size + 7) & ~std::uint32_t{7});
}

inline constexpr std::uint32_t least_ring = 32;
inline constexpr std::uint32_t most_ring = std::uint32_t{1} << 30U;

// Wakes who sleeps on `wakes`. Only WebAssembly has sleepers: natively an end that waits polls, as a
// producer that looked for one would pay for a fence each time.
inline void wake([[maybe_unused]] const std::uint32_t& waits,
                 [[maybe_unused]] std::uint32_t& wakes) noexcept {
#if defined(__wasm__) && LINMEM_THREADS
  if (load_word(waits) == 0) { return; }
  __atomic_fetch_add(&wakes, 1U, __ATOMIC_SEQ_CST);
  __builtin_wasm_memory_atomic_notify(reinterpret_cast<int*>(&wakes), ~0U); // NOLINT: its type
#endif
}
// A side that is open comes to stand at `how`.
inline void close_side(ring_state& side, ring_state how) noexcept {
  auto open = ring_state::open;
  __atomic_compare_exchange(&side, &open, &how, false, __ATOMIC_ACQ_REL, __ATOMIC_RELAXED);
}

inline void wake_both(ring_block& block) noexcept {
  wake(block.producer_waits, block.producer_wakes);
  wake(block.consumer_waits, block.consumer_wakes);
}

} // namespace detail

/// A ring in memory that outlives this object. Copied freely; the ends are made from it.
class ring_view {
public:
  /// Bytes of memory that a ring of `capacity` takes.
  [[nodiscard]] static constexpr std::size_t bytes_for(std::uint32_t capacity) noexcept {
    return sizeof(ring_block) + capacity;
  }

  /// invalid_argument unless `capacity` is a power of two from 32 to 2^30.
  [[nodiscard]] static result<void> check_capacity(std::uint32_t capacity) noexcept {
    if (std::has_single_bit(capacity) && capacity >= detail::least_ring &&
        capacity <= detail::most_ring) {
      return {};
    }
    return fail(errc::invalid_argument, "ring capacity in bytes, a power of two", detail::most_ring,
                capacity);
  }

  /// Makes an empty ring at the start of `memory`, whatever lay there: nobody may use it meanwhile.
  /// `capacity` is a power of two from 32 to 2^30 bytes. invalid_argument for another, and for memory
  /// not aligned to 128; limit_exceeded when the memory is too small.
  [[nodiscard]] static result<ring_view> create(byte_span memory, std::uint32_t capacity,
                                                ring_kind kind = ring_kind::messages) noexcept {
    if (auto refused = check_capacity(capacity); !refused) { return unexpected{refused.error()}; }
    if (auto misplaced = check_place(memory); !misplaced) { return unexpected{misplaced.error()}; }
    if (memory.size() < bytes_for(capacity)) {
      return fail(errc::limit_exceeded, "bytes of a ring", memory.size(), bytes_for(capacity));
    }
    auto* block = ::new (static_cast<void*>(memory.data())) ring_block; // NOLINT: aligned
    block->capacity = capacity;
    block->kind = kind;
    return ring_view{block, capacity, kind};
  }

  /// The ring at the start of `memory`, as another side made it. corrupt when there is none, with
  /// what is wrong; invalid_argument for memory not aligned to 128.
  [[nodiscard]] static result<ring_view> open(byte_span memory) noexcept {
    if (auto misplaced = check_place(memory); !misplaced) { return unexpected{misplaced.error()}; }
    if (memory.size() < bytes_for(detail::least_ring)) {
      return fail(errc::corrupt, "bytes of a ring", bytes_for(detail::least_ring), memory.size());
    }
    auto* block = reinterpret_cast<ring_block*>(memory.data()); // NOLINT: checked now
    if (block->magic != ring_block::expected_magic) {
      return fail(errc::corrupt, "magic of a ring", ring_block::expected_magic, block->magic);
    }
    if (block->version != layout_version) {
      return fail(errc::corrupt, "layout version of a ring", layout_version, block->version);
    }
    if (block->data_offset != sizeof(ring_block)) {
      return fail(errc::corrupt, "data offset of a ring in bytes", sizeof(ring_block),
                  block->data_offset);
    }
    const std::uint32_t capacity = detail::load_word(block->capacity); // once: checked is used
    if (!std::has_single_bit(capacity) || capacity < detail::least_ring ||
        capacity > memory.size() - sizeof(ring_block)) {
      return fail(errc::corrupt, "ring capacity in bytes", memory.size() - sizeof(ring_block),
                  capacity);
    }
    const ring_kind kind = detail::load_word(block->kind);
    if (kind != ring_kind::bytes && kind != ring_kind::messages) {
      return fail(errc::corrupt, "kind of a ring", 1, static_cast<std::uint32_t>(kind));
    }
    return ring_view{block, capacity, kind};
  }

  /// Bytes of data there is room for, headers of messages included.
  [[nodiscard]] std::uint32_t capacity() const noexcept { return capacity_; }
  /// What it carries.
  [[nodiscard]] ring_kind kind() const noexcept { return kind_; }
  /// Bytes of the largest message: one of half the capacity with its header fits wherever the ring
  /// stands.
  [[nodiscard]] std::uint32_t largest_message() const noexcept {
    return capacity_ / 2 - detail::ring_header;
  }
  /// What both sides know, for reading.
  [[nodiscard]] ring_block& block() const noexcept { return *block_; }
  /// The data.
  [[nodiscard]] std::byte* data() const noexcept {
    return reinterpret_cast<std::byte*>(block_) + sizeof(ring_block); // NOLINT: right behind it
  }

  /// Where a side stands.
  [[nodiscard]] ring_state state(ring_role role) const noexcept {
    return detail::load_word(role == ring_role::producer ? block_->producer_state
                                                         : block_->consumer_state);
  }
  /// The number of who has a side; 0 for nobody.
  [[nodiscard]] std::uint32_t holder(ring_role role) const noexcept {
    return detail::load_word(role == ring_role::producer ? block_->producer : block_->consumer);
  }

  /// Declares the side `role` gone, for good: a process that was killed, a worker that was terminated.
  /// The other side reads all that was committed, then gets `abandoned`. Any thread may do so, once
  /// the dead has stopped. A side that has ended or failed stays as it is.
  void abandon(ring_role role) const noexcept {
    const bool producer = role == ring_role::producer;
    detail::close_side(producer ? block_->producer_state : block_->consumer_state,
                       ring_state::abandoned);
    detail::store_word(producer ? block_->producer : block_->consumer, 0U);
    detail::wake_both(*block_);
  }

private:
  ring_view(ring_block* block, std::uint32_t capacity, ring_kind kind) noexcept
      : block_{block}, capacity_{capacity}, kind_{kind} {}

  [[nodiscard]] static result<void> check_place(byte_view memory) noexcept {
    const auto address = reinterpret_cast<std::uintptr_t>(memory.data()); // NOLINT: to be checked
    if (address % ring_line == 0) { return {}; }
    return fail(errc::invalid_argument, "alignment of a ring in bytes", ring_line,
                address % ring_line);
  }

  ring_block* block_;
  std::uint32_t capacity_;
  ring_kind kind_;
};

} // namespace linmem::inline LINMEM_ABI
