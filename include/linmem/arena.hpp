// linmem/arena.hpp - many allocations, one release.
//
// Allocating is moving a pointer; nothing is freed alone. What was allocated since a checkpoint, or
// since the last reset, goes at once:
//
//   linmem::arena<> arena{{.limit = 1 << 20}};
//   for (document& d : batch) {
//     node* root = arena.try_make<node>(d);        // null when the limit is reached
//     ...
//     arena.reset();                               // keeps the memory: the next one allocates nothing
//   }
//
//   chunk:  | header | allocations ...... cur | free ... end |      chunks are appended, never moved
//   slab:   | header | one allocation |                             for those too large for a chunk
//
// Not for objects with lifetimes of their own, and one thread at a time.
#pragma once

#include <linmem/bytes.hpp>
#include <linmem/config.hpp>
#include <linmem/error.hpp>
#include <linmem/linear_memory.hpp>
#include <linmem/poison.hpp>
#include <linmem/result.hpp>
#include <linmem/storage.hpp>

#include <bit>         // std::has_single_bit
#include <cstddef>     // std::byte, std::size_t
#include <cstdint>     // std::uint32_t, std::uint64_t, std::uintptr_t
#include <new>         // placement new; <memory> would double the time this header takes
#include <span>        // std::span
#include <string_view> // std::string_view
#include <type_traits> // std::is_trivially_destructible_v
#include <utility>     // std::exchange, std::forward, std::swap

namespace linmem::inline LINMEM_ABI {

namespace detail {
// Where an arena without a chunk stands: room for nothing, at an address that is not null.
alignas(8) inline constinit std::byte nowhere{};
} // namespace detail

/// How an arena takes memory.
struct arena_options {
  std::size_t initial = 0;             ///< bytes of the first chunk, where one knows; else 4 KiB
  std::size_t limit = ~std::size_t{0}; ///< bytes it may hold at most, headers included
};

/// What reset() does with the memory.
enum class reset_mode : std::uint8_t {
  free,              ///< gives all of it back
  retain,            ///< keeps as much as was used, in one chunk
  retain_with_limit, ///< the same, but at most as many bytes as are named
};

/// Memory that is given out piece by piece and taken back all at once.
template <storage Storage = arena_heap>
class arena {
  // In front of every chunk and slab. Chunks are a stack: the newest is the one in use.
  struct alignas(storage_alignment) block {
    block* previous;
    std::size_t size; // in all, this header included
    std::size_t used; // of a chunk that is full: bytes behind the header that were given out
  };
  struct cleanup {
    void (*destroy)(void* object) noexcept;
    void* object;
    cleanup* previous;
  };

public:
  /// What every allocation is aligned to unless more is asked for.
  static constexpr std::size_t default_alignment = 8;

  /// A point to go back to. Valid until the arena is reset, or rewound to an earlier one.
  class checkpoint {
    friend arena;
    block* chunk_ = nullptr;
    block* slab_ = nullptr;
    cleanup* last_ = nullptr;
    std::byte* at_ = nullptr;
    std::uint64_t generation_ = 0;
    std::size_t used_ = 0;
  };

  /// Takes no memory before it is asked for some.
  explicit arena(arena_options options = {}, Storage from = {}) noexcept
      : options_{options}, storage_{std::move(from)} {}
  arena(const arena&) = delete;
  arena& operator=(const arena&) = delete;
  /// Takes over all memory of `other`, which is empty afterwards; pointers stay valid.
  arena(arena&& other) noexcept : options_{other.options_}, storage_{other.storage_} {
    swap(other);
  }
  /// Ends what it holds and takes over all memory of `other`.
  arena& operator=(arena&& other) noexcept {
    arena taken{std::move(other)};
    swap(taken);
    return *this;
  }
  /// Destroys what is registered and gives all memory back.
  ~arena() {
    while (cleanups_ != nullptr) { run_last_cleanup(); }
    return_all();
  }

  /// `n` uninitialised bytes at a multiple of `alignment` (a power of two), or null when the limit or
  /// the storage has no more. 0 bytes have an address too, perhaps that
  /// of the next allocation.
  [[nodiscard]] std::byte* try_allocate(std::size_t n,
                                        std::size_t alignment = default_alignment) noexcept {
    LINMEM_ASSERT(std::has_single_bit(alignment));
    const auto room = static_cast<std::size_t>(end_ - at_);
    const std::size_t skip = padding(at_, alignment);
    // at_ and end_ are multiples of the default alignment: what fits, fits rounded up.
    if (skip <= room && n <= room - skip) [[likely]] {
      std::byte* given = at_ + skip;
      at_ = given + align_up(n, default_alignment);
      unpoison_bytes(given, n);
      return given;
    }
    return allocate_slowly(n, alignment);
  }

  /// As try_allocate; limit_exceeded with the limit and the demand, or out_of_memory.
  [[nodiscard]] result<byte_span> allocate(std::size_t n,
                                           std::size_t alignment = default_alignment) noexcept {
    if (std::byte* given = try_allocate(n, alignment)) { return byte_span{given, n}; }
    return unexpected{refusal(n)};
  }

  /// A T made from `arguments`, or null. One that has a destructor is destroyed by reset() or rewind().
  template <class T, class... Arguments>
  [[nodiscard]] T*
  try_make(Arguments&&... arguments) noexcept(std::is_nothrow_constructible_v<T, Arguments...>) {
    if constexpr (std::is_trivially_destructible_v<T>) {
      std::byte* given = try_allocate(sizeof(T), alignof(T));
      return given == nullptr ? nullptr
                              : ::new (static_cast<void*>(given))
                                    T(std::forward<Arguments>(arguments)...);
    } else {
      // One allocation for both: it is there as a whole or not at all.
      constexpr std::size_t offset = align_up(sizeof(cleanup), alignof(T));
      constexpr std::size_t alignment =
          alignof(T) > alignof(cleanup) ? alignof(T) : alignof(cleanup);
      std::byte* given = try_allocate(offset + sizeof(T), alignment);
      if (given == nullptr) { return nullptr; }
      T* made = ::new (static_cast<void*>(given + offset)) T(std::forward<Arguments>(arguments)...);
      cleanups_ = ::new (static_cast<void*>(given))
          cleanup{[](void* object) noexcept { static_cast<T*>(object)->~T(); }, made, cleanups_};
      return made;
    }
  }

  /// As try_make; the error of allocate().
  template <class T, class... Arguments>
  [[nodiscard]] result<T*>
  make(Arguments&&... arguments) noexcept(std::is_nothrow_constructible_v<T, Arguments...>) {
    if (T* made = try_make<T>(std::forward<Arguments>(arguments)...)) { return made; }
    return unexpected{refusal(sizeof(T))};
  }

  /// `count` value-initialised elements of a type without a destructor; the errors of allocate().
  template <class T>
  [[nodiscard]] result<std::span<T>> make_span(std::size_t count) noexcept {
    static_assert(std::is_trivially_destructible_v<T> &&
                  std::is_nothrow_default_constructible_v<T>);
    if (count > ~std::size_t{0} / sizeof(T)) { return unexpected{refusal(~std::size_t{0})}; }
    std::byte* given = try_allocate(count * sizeof(T), alignof(T));
    if (given == nullptr) { return unexpected{refusal(count * sizeof(T))}; }
    T* first = reinterpret_cast<T*>(given);
    for (std::size_t i = 0; i < count; ++i) { ::new (static_cast<void*>(first + i)) T(); }
    return std::span<T>{first, count};
  }

  /// A copy of `text`; the errors of allocate().
  [[nodiscard]] result<std::string_view> copy(std::string_view text) noexcept {
    auto room = allocate(text.size(), 1);
    if (!room) { return unexpected{room.error()}; }
    copy_bytes(as_bytes(text), *room);
    return as_text(*room);
  }

  /// Makes the newest allocation `wanted` bytes long where it lies. False, and nothing changed, when
  /// `bytes` is not the newest allocation of `size` bytes or its chunk has no room.
  [[nodiscard]] bool try_resize_last(std::byte* bytes, std::size_t size,
                                     std::size_t wanted) noexcept {
    if (bytes == nullptr || bytes + align_up(size, default_alignment) != at_) { return false; }
    if (wanted > static_cast<std::size_t>(end_ - bytes)) { return false; }
    note_peak();
    at_ = bytes + align_up(wanted, default_alignment);
    poison_bytes(bytes, static_cast<std::size_t>(end_ - bytes));
    unpoison_bytes(bytes, wanted);
    return true;
  }

  /// Takes back the newest allocation. False, and nothing changed, when `bytes` is not the newest
  /// allocation of `size` bytes.
  bool try_free_last(std::byte* bytes, std::size_t size) noexcept {
    if (bytes == nullptr || bytes + align_up(size, default_alignment) != at_) { return false; }
    note_peak();
    poison_bytes(bytes, static_cast<std::size_t>(at_ - bytes));
    at_ = bytes;
    return true;
  }

  /// This point, for rewind().
  [[nodiscard]] checkpoint mark() const noexcept {
    checkpoint c;
    c.chunk_ = chunk_;
    c.slab_ = slabs_;
    c.last_ = cleanups_;
    c.at_ = at_;
    c.generation_ = generation_;
    c.used_ = used();
    return c;
  }

  /// Destroys and takes back what was allocated since `to`. invalid_handle, and nothing changed, when
  /// the arena was reset or rewound to before it since. Keeps the memory.
  result<void> rewind(const checkpoint& to) noexcept {
    if (!is_reachable(to)) {
      return fail(errc::invalid_handle, "arena checkpoint", generation_, to.generation_);
    }
    note_peak();
    while (cleanups_ != to.last_) { run_last_cleanup(); }
    while (slabs_ != to.slab_) { free_block(slabs_, slabs_used_); }
    while (chunk_ != to.chunk_) {
      block* popped = std::exchange(chunk_, chunk_->previous);
      if (chunk_ != nullptr) { full_used_ -= chunk_->used; }
      popped->previous = std::exchange(spares_, popped);
      poison_bytes(popped + 1, popped->size - sizeof(block));
    }
    at_ = to.at_;
    end_ = chunk_ != nullptr ? end_of(chunk_) : &detail::nowhere;
    poison_bytes(at_, static_cast<std::size_t>(end_ - at_));
    return {};
  }

  /// Destroys and takes back everything; every pointer, arena_ref and checkpoint expires. With
  /// retain_with_limit at most `keep` bytes stay.
  void reset(reset_mode mode = reset_mode::retain, std::size_t keep = 0) noexcept {
    while (cleanups_ != nullptr) { run_last_cleanup(); }
    note_peak();
    const std::size_t needed = std::exchange(round_peak_, 0);
    ++generation_;
    if (mode == reset_mode::free) {
      free_all();
      return;
    }
    // One chunk that holds what many held: the next round of the same work takes no memory at all.
    keep = mode == reset_mode::retain ? options_.limit : smaller(keep, options_.limit);
    const std::size_t wanted =
        needed == 0 ? 0 : smaller(needed + sizeof(block) + largest_padding, keep);
    const bool is_one =
        chunk_ != nullptr && chunk_->previous == nullptr && slabs_ == nullptr && spares_ == nullptr;
    if (is_one && chunk_->size >= wanted && chunk_->size <= keep) {
      start(chunk_);
      return;
    }
    free_all();
    if (wanted > sizeof(block)) {
      if (block* made = take_block(wanted)) { start(push(made)); }
    }
  }

  /// Bytes given out and not taken back, padding included.
  [[nodiscard]] std::size_t used() const noexcept {
    return full_used_ + slabs_used_ + (chunk_ != nullptr ? used_of_current() : 0);
  }
  /// The most that used() ever was.
  [[nodiscard]] std::size_t peak() const noexcept {
    const std::size_t now = used();
    return now > peak_ ? now : peak_;
  }
  /// Bytes taken from the storage, headers included.
  [[nodiscard]] std::size_t reserved() const noexcept { return reserved_; }
  /// Bytes it may hold at most.
  [[nodiscard]] std::size_t limit() const noexcept { return options_.limit; }
  /// used() as part of what it can ever be: of the limit, or of the largest linear memory. The
  /// denominator is fixed, so that two readings can be compared.
  [[nodiscard]] double usage() const noexcept {
    const double most = static_cast<double>(linear_memory().maximum()) * double{page_size};
    const auto bound = static_cast<double>(options_.limit);
    const double denominator = bound < most ? bound : most;
    return denominator > 0 ? static_cast<double>(used()) / denominator : 1.0;
  }
  /// Counts resets: what was allocated in another generation is gone.
  [[nodiscard]] std::uint64_t generation() const noexcept { return generation_; }

private:
  static constexpr std::size_t smallest_chunk = 4096;
  static constexpr std::size_t largest_chunk = std::size_t{1} << 20;
  static constexpr std::size_t largest_padding = 64; // before slabs that are wider aligned

  [[nodiscard]] static std::size_t padding(const std::byte* at, std::size_t alignment) noexcept {
    if (alignment <= default_alignment) { return 0; }
    const auto address = reinterpret_cast<std::uintptr_t>(at); // NOLINT: alignment is of addresses
    return static_cast<std::size_t>((0 - address) & (alignment - 1));
  }
  [[nodiscard]] static std::byte* start_of(block* b) noexcept {
    return reinterpret_cast<std::byte*>(b + 1);
  }
  // Rounded down, so that the room is a multiple of the default alignment.
  [[nodiscard]] static std::byte* end_of(block* b) noexcept {
    return start_of(b) + ((b->size - sizeof(block)) & ~(default_alignment - 1));
  }
  [[nodiscard]] std::size_t used_of_current() const noexcept {
    return static_cast<std::size_t>(at_ - start_of(chunk_));
  }
  void note_peak() noexcept {
    const std::size_t now = used();
    if (now > round_peak_) { round_peak_ = now; }
    if (now > peak_) { peak_ = now; }
  }

  // Half as much again each time: few chunks, and at most a third of the memory unused.
  [[nodiscard]] std::size_t next_chunk_size() const noexcept {
    if (reserved_ == 0) {
      // A hint that overflows is smaller than any block, and means nothing.
      return options_.initial != 0 ? options_.initial + sizeof(block) : smallest_chunk;
    }
    return smaller(align_up(reserved_ / 2, smallest_chunk), largest_chunk);
  }

  // Bytes of a block that holds `n` bytes at `alignment` wherever it begins; 0 when too many.
  [[nodiscard]] static std::size_t block_size(std::size_t n, std::size_t alignment) noexcept {
    const std::size_t slack = alignment > storage_alignment ? alignment : 0;
    const std::size_t front = sizeof(block) + slack;
    return add_overflows(n, front + default_alignment) ? 0 : align_up(n + front, default_alignment);
  }

  [[nodiscard]] std::byte* allocate_slowly(std::size_t n, std::size_t alignment) noexcept {
    const std::size_t least = block_size(n, alignment);
    if (least == 0) { return nullptr; }
    block* next = spares_;
    bool is_slab = false;
    if (next != nullptr && next->size >= least) {
      spares_ = next->previous;
    } else {
      const std::size_t usual = next_chunk_size();
      // A large one gets a slab of its own, so that the chunk in use is used up first.
      is_slab = least > (reserved_ == 0 ? usual : usual / 2);
      const std::size_t wanted = is_slab ? least : usual;
      next = take_block(wanted);
      if (next == nullptr && wanted != least) { next = take_block(least); } // the last of the limit
      if (next == nullptr) { return nullptr; }
    }
    if (!is_slab) {
      start(push(next));
      return try_allocate(n, alignment);
    }
    next->previous = std::exchange(slabs_, next);
    next->used = align_up(n, default_alignment);
    slabs_used_ += next->used;
    std::byte* given = start_of(next);
    given += padding(given, alignment);
    unpoison_bytes(given, n);
    return given;
  }

  [[nodiscard]] block* take_block(std::size_t size) noexcept {
    if (size > options_.limit - reserved_) { return nullptr; } // reserved_ never passes the limit
    std::byte* bytes = storage_.allocate(size);
    if (bytes == nullptr) { return nullptr; }
    reserved_ += size;
    auto* made = ::new (static_cast<void*>(bytes)) block; // the list that takes it sets the rest
    made->size = size;
    poison_bytes(made + 1, size - sizeof(block));
    return made;
  }
  void return_block(block* b) noexcept {
    reserved_ -= b->size;
    unpoison_bytes(b, b->size);
    storage_.deallocate(reinterpret_cast<std::byte*>(b), b->size);
  }
  // Frees the head of `list`, whose use `counter` counts.
  void free_block(block*& list, std::size_t& counter) noexcept {
    block* freed = std::exchange(list, list->previous);
    counter -= freed->used;
    return_block(freed);
  }

  block* push(block* b) noexcept {
    if (chunk_ != nullptr) {
      chunk_->used = used_of_current();
      full_used_ += chunk_->used;
    }
    b->previous = chunk_;
    return chunk_ = b;
  }
  void start(block* b) noexcept {
    at_ = start_of(b);
    end_ = end_of(b);
    poison_bytes(at_, static_cast<std::size_t>(end_ - at_));
  }
  void return_list(block* list) noexcept {
    while (list != nullptr) { return_block(std::exchange(list, list->previous)); }
  }
  void return_all() noexcept {
    return_list(chunk_);
    return_list(slabs_);
    return_list(spares_);
  }
  void free_all() noexcept {
    return_all();
    chunk_ = slabs_ = spares_ = nullptr;
    at_ = end_ = &detail::nowhere;
    full_used_ = slabs_used_ = 0;
  }

  void run_last_cleanup() noexcept {
    const cleanup* last = std::exchange(cleanups_, cleanups_->previous);
    last->destroy(last->object);
  }

  [[nodiscard]] bool is_reachable(const checkpoint& to) const noexcept {
    if (to.generation_ != generation_ || to.used_ > used()) { return false; }
    for (const block* b = chunk_; b != to.chunk_; b = b->previous) {
      if (b == nullptr) { return false; }
    }
    return true;
  }

  [[nodiscard]] error refusal(std::size_t n) const noexcept {
    const std::size_t least = block_size(n, default_alignment);
    const std::uint64_t demand = least == 0 ? ~std::uint64_t{0} : std::uint64_t{reserved_} + least;
    const bool has_limit = options_.limit != ~std::size_t{0};
    if (has_limit && demand > options_.limit) {
      return {errc::limit_exceeded, "arena limit in bytes", options_.limit, demand};
    }
    return {errc::out_of_memory, "arena allocation in bytes", 0, n};
  }

  void swap(arena& other) noexcept {
    std::swap(at_, other.at_);
    std::swap(end_, other.end_);
    std::swap(chunk_, other.chunk_);
    std::swap(slabs_, other.slabs_);
    std::swap(spares_, other.spares_);
    std::swap(cleanups_, other.cleanups_);
    std::swap(full_used_, other.full_used_);
    std::swap(slabs_used_, other.slabs_used_);
    std::swap(reserved_, other.reserved_);
    std::swap(peak_, other.peak_);
    std::swap(round_peak_, other.round_peak_);
    std::swap(generation_, other.generation_);
    std::swap(options_, other.options_);
    std::swap(storage_, other.storage_);
  }

  std::byte* at_ = &detail::nowhere;  // the next allocation begins here,
  std::byte* end_ = &detail::nowhere; // and ends at most here
  block* chunk_ = nullptr;            // the one in use, and behind it the full ones
  block* slabs_ = nullptr;
  block* spares_ = nullptr; // chunks that a rewind emptied
  cleanup* cleanups_ = nullptr;
  std::uint64_t generation_ = 0;
  std::size_t full_used_ = 0; // in the chunks behind the one in use
  std::size_t slabs_used_ = 0;
  std::size_t reserved_ = 0;
  std::size_t peak_ = 0;
  std::size_t round_peak_ = 0; // since the last reset
  arena_options options_;
  [[no_unique_address]] Storage storage_;
};

/// A pointer into an arena that knows when it has expired: null once the arena was reset. Does not
/// notice a rewind. The arena itself outlives it and stays where it is.
template <class T, storage Storage = arena_heap>
class arena_ref {
public:
  arena_ref() = default; ///< refers to nothing
  /// Refers to `object`, which lies in `owner`.
  arena_ref(const arena<Storage>& owner, T* object) noexcept
      : owner_{&owner}, object_{object}, generation_{owner.generation()} {}
  /// The object, or null when it is gone.
  [[nodiscard]] T* get() const noexcept {
    return owner_ != nullptr && owner_->generation() == generation_ ? object_ : nullptr;
  }

private:
  const arena<Storage>* owner_ = nullptr;
  T* object_ = nullptr;
  std::uint64_t generation_ = 0;
};

} // namespace linmem::inline LINMEM_ABI
