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
// The data does not move and the capacity does not change while the buffer lives, unless shrink() is
// asked to. The interface is that of shared_buffer_view; this type adds the ownership. Not a
// container: it has no elements of its own, does not grow, and one thread at a time writes.
#pragma once

#include <linmem/buffer_block.hpp>
#include <linmem/bytes.hpp>
#include <linmem/config.hpp>
#include <linmem/error.hpp>
#include <linmem/lock_words.hpp>
#include <linmem/result.hpp>
#include <linmem/shared_buffer_view.hpp>
#include <linmem/storage.hpp>

#include <cstddef>     // std::byte, std::size_t
#include <cstdint>     // std::uint64_t
#include <cstring>     // std::memcpy
#include <new>         // placement new
#include <optional>    // std::optional
#include <type_traits> // std::is_move_constructible_v
#include <utility>     // std::exchange, std::move, std::swap

namespace linmem::inline LINMEM_ABI {

/// What a buffer has besides its data.
struct buffer_options {
  bool locks = false; ///< 16 lock words, all free
};

/// A fixed number of elements of T with a committed front part, owned by this object. Counts and
/// offsets are elements, thus bytes by default.
template <storage Storage = buffer_heap, buffer_element T = std::byte>
class shared_buffer : private shared_buffer_view<T> {
  static_assert(std::is_move_constructible_v<Storage> && std::is_move_assignable_v<Storage>,
                "a storage that does not move is used through a storage_ref");
  using base = shared_buffer_view<T>;
  using base::block_;

public:
  using view_type = shared_buffer_view<T>; ///< what others see it through
  using storage_type = Storage;            ///< where its bytes come from
  using typename base::element_type;

  /// A buffer for `capacity` elements, uninitialised, none committed. invalid_argument for 0;
  /// out_of_memory when the storage has not that much.
  [[nodiscard]] static result<shared_buffer> create(std::size_t capacity, Storage from = {},
                                                    buffer_options options = {}) noexcept {
    const auto block = create_block(capacity, from, options);
    if (!block) { return unexpected{block.error()}; }
    return shared_buffer{*block, std::move(from)};
  }
  /// As create, released at once: for who keeps blocks.
  [[nodiscard]] static result<buffer_block*> create_block(std::size_t capacity, Storage& from,
                                                          buffer_options options = {}) noexcept {
    if (capacity == 0) { return fail(errc::invalid_argument, capacity_text, 1, 0); }
    buffer_block* block = make(from, capacity, options);
    if (block == nullptr) { return fail(errc::out_of_memory, capacity_text, 0, capacity); }
    return block;
  }
  /// As create, without the reason.
  [[nodiscard]] static std::optional<shared_buffer>
  try_create(std::size_t capacity, Storage from = {}, buffer_options options = {}) noexcept {
    auto made = create(capacity, std::move(from), options);
    if (!made) { return std::nullopt; }
    return std::optional<shared_buffer>{std::move(*made)};
  }

  /// Takes over a block that release() gave away, with the storage it came from.
  [[nodiscard]] static shared_buffer adopt(buffer_block* block, Storage from = {}) noexcept {
    LINMEM_ASSERT(block != nullptr && block->magic == buffer_block::expected_magic);
    LINMEM_ASSERT(block->element == detail::element_code<T>());
    return shared_buffer{block, std::move(from)};
  }

  shared_buffer(const shared_buffer&) = delete;
  shared_buffer& operator=(const shared_buffer&) = delete;
  /// Takes over the bytes of `other`, which owns none afterwards. They stay where they are, so that
  /// leases do not mind.
  shared_buffer(shared_buffer&& other) noexcept
      : base{std::exchange(static_cast<base&>(other), base{})},
        storage_{std::move(other.storage_)} {}
  /// Frees the own bytes and takes over those of `other`.
  shared_buffer& operator=(shared_buffer&& other) noexcept {
    shared_buffer taken{std::move(other)};
    swap(taken);
    return *this;
  }
  /// Frees the bytes. No lease is out; should there be one, and nothing checks, they are not freed:
  /// rather lost than dangling.
  ~shared_buffer() {
    if (block_ == nullptr) { return; }
    const bool free = this->leases() == 0;
    LINMEM_ASSERT(free);
    if (free) { destroy(); }
  }

  /// Frees the bytes now; what is left is to be assigned to or destroyed. leased, and nothing
  /// changed, while a lease is out.
  result<void> free() noexcept {
    if (auto refused = this->refuse_leased(); !refused) { return refused; }
    destroy();
    static_cast<base&>(*this) = base{};
    return {};
  }

  /// Gives the block away: it is freed by adopting it again.
  [[nodiscard]] buffer_block* release() noexcept {
    return std::exchange(static_cast<base&>(*this), base{}).block_;
  }

  /// Moves everything into a smaller allocation, for `to` elements. Every pointer and view into the
  /// data is stale then. out_of_range when that is less than committed or more than the capacity;
  /// leased while a lease is out or room is reserved; invalid_argument and out_of_memory as for
  /// create. An error leaves the buffer as it was.
  result<void> shrink(std::size_t to) noexcept {
    if (auto refused = this->refuse_leased(); !refused) { return refused; }
    if (block_->reserved != 0) { return fail(errc::leased, "reserved bytes", 0, block_->reserved); }
    if (to == 0) { return fail(errc::invalid_argument, capacity_text, 1, 0); }
    if (to > this->capacity()) {
      return fail(errc::out_of_range, capacity_text, this->capacity(), to);
    }
    const std::size_t committed = this->position();
    if (to < committed) {
      return fail(errc::out_of_range, base::text("committed bytes", "committed elements"),
                  committed, to);
    }
    if (to == this->capacity()) { return {}; }
    buffer_block* made = make(storage_, to, {.locks = block_->locks_offset != 0});
    if (made == nullptr) { return fail(errc::out_of_memory, capacity_text, 0, to); }
    const std::size_t behind = made->data_offset - sizeof(buffer_block);
    std::memcpy(bytes_of(made) + sizeof(buffer_block), bytes_of(block_) + sizeof(buffer_block),
                behind + committed * sizeof(T)); // the lock words and what is committed
    made->position = std::uint64_t{committed} * sizeof(T);
    made->generation = block_->generation + 1;
    destroy();
    static_cast<base&>(*this) = base::at(*made);
    return {};
  }

  /// Lets others read and write through a view, which does not keep the buffer alive.
  [[nodiscard]] view_type share() noexcept { return static_cast<const base&>(*this); }

  // All else is as shared_buffer_view says; a buffer that was moved from, released or freed has none
  // of it.
  using base::block;
  using base::capacity;
  using base::clear;
  using base::commit;
  using base::data;
  using base::generation;
  using base::lease;
  using base::leases;
  using base::locks;
  using base::position;
  using base::read_at;
  using base::reserve;
  using base::reset;
  using base::subview;
  using base::view;
  using base::write_at;

private:
  static constexpr const char* capacity_text =
      base::text("buffer capacity in bytes", "buffer capacity in elements");

  shared_buffer(buffer_block* at, Storage from) noexcept
      : base{base::at(*at)}, storage_{std::move(from)} {}

  [[nodiscard]] static std::byte* bytes_of(buffer_block* block) noexcept {
    return reinterpret_cast<std::byte*>(block); // NOLINT: one allocation
  }

  // A block and its data from `from`, or null.
  [[nodiscard]] static buffer_block* make(Storage& from, std::size_t capacity,
                                          buffer_options options) noexcept {
    const std::size_t front = sizeof(buffer_block) + (options.locks ? lock_words::bytes : 0);
    const std::size_t around = front + detail::buffer_guard;
    if (capacity > (~std::size_t{0} - around) / sizeof(T)) { return nullptr; }
    std::byte* bytes = from.allocate(around + capacity * sizeof(T));
    if (bytes == nullptr) { return nullptr; }
    if (options.locks) { lock_words::at(bytes + sizeof(buffer_block)).reset(); }
    auto* block = ::new (static_cast<void*>(bytes)) buffer_block{
        .magic = 0,
        .capacity = std::uint64_t{capacity} * sizeof(T),
        .data_offset = static_cast<std::uint32_t>(front),
        .element = detail::element_code<T>(),
        .locks_offset = options.locks ? std::uint32_t{sizeof(buffer_block)} : 0U,
    };
    detail::store_word(block->magic, buffer_block::expected_magic); // last: now it can be opened
    return block;
  }

  void destroy() noexcept {
    const auto* first = reinterpret_cast<const std::byte*>(this->data_); // NOLINT: one allocation
    const auto front = static_cast<std::size_t>(first - bytes_of(block_));
    detail::store_word(block_->magic, 0U); // a stale reader finds no buffer here
    storage_.deallocate(bytes_of(block_),
                        front + this->capacity_ * sizeof(T) + detail::buffer_guard);
  }

  void swap(shared_buffer& other) noexcept {
    std::swap(static_cast<base&>(*this), static_cast<base&>(other));
    std::swap(storage_, other.storage_);
  }

  [[no_unique_address]] Storage storage_;
};

} // namespace linmem::inline LINMEM_ABI
