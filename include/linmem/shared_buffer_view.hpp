// linmem/shared_buffer_view.hpp - reading and writing a shared buffer that somebody else owns.
//
// A process that maps the memory of another attaches to the buffer that lies there:
//
//   auto buffer = linmem::shared_buffer_view<>::open(region);  // checks the block; errc::corrupt
//   linmem::byte_view text = buffer->view();                   // what the other side has committed
//
// This is also the whole interface of shared_buffer, which owns its bytes. One thread of one process
// at a time writes; any number read what is committed. A reader that may only read its mapping calls
// only functions that read. Not a container: it has no elements of its own and does not grow.
#pragma once

#include <linmem/buffer_block.hpp>
#include <linmem/bytes.hpp>
#include <linmem/config.hpp>
#include <linmem/error.hpp>
#include <linmem/lock_words.hpp>
#include <linmem/result.hpp>
#include <linmem/storage.hpp>

#include <cstddef>     // std::byte, std::ptrdiff_t, std::size_t
#include <cstdint>     // std::uint32_t, std::uint64_t
#include <cstring>     // std::memcpy, std::memmove
#include <span>        // std::span
#include <type_traits> // std::is_same_v

namespace linmem::inline LINMEM_ABI {

/// A buffer of T that lies elsewhere. Offsets and counts are elements, thus bytes by default.
template <buffer_element T = std::byte>
class shared_buffer_view {
public:
  using element_type = T; ///< what an offset counts

  /// The buffer at the start of `memory`, which outlives this view. invalid_argument when `memory` is
  /// not aligned to 16 or the buffer was made for other elements (every one opens as bytes); corrupt
  /// when its block is not there, or not yet, or does not agree with itself or with `memory`.
  [[nodiscard]] static result<shared_buffer_view> open(byte_span memory) noexcept {
    const auto extent = detail::find_extent(memory);
    if (!extent) { return unexpected{extent.error()}; }
    auto* block = reinterpret_cast<buffer_block*>(memory.data()); // NOLINT: find_extent checked it
    if constexpr (!std::is_same_v<T, std::byte>) {
      const std::uint32_t element = block->element;
      if (element != detail::element_code<T>() || extent->capacity % sizeof(T) != 0) {
        return fail(errc::invalid_argument, "element type of a buffer", detail::element_code<T>(),
                    element);
      }
    }
    return shared_buffer_view{block, *extent};
  }

  /// The buffer of `block`, which is not checked: one that this side of the memory made itself.
  [[nodiscard]] static shared_buffer_view at(buffer_block& block) noexcept {
    LINMEM_ASSERT(block.magic == buffer_block::expected_magic);
    LINMEM_ASSERT(sizeof(T) == 1 || block.element == detail::element_code<T>());
    return shared_buffer_view{&block,
                              {block.data_offset, static_cast<std::size_t>(block.capacity)}};
  }

  /// What both sides know of this buffer.
  [[nodiscard]] const buffer_block& block() const noexcept {
    LINMEM_ASSERT(block_ != nullptr);
    return *block_;
  }
  /// Elements there is room for.
  [[nodiscard]] std::size_t capacity() const noexcept { return capacity_; }
  /// Elements committed: the high-water mark, the highest end of all that was written or committed
  /// since reset(), not the end of the last write. What lies before it was written before it was
  /// seen here, also by another thread or process. Never more than the capacity, whatever is in the
  /// block.
  [[nodiscard]] std::size_t position() const noexcept {
    return static_cast<std::size_t>(
        smaller<std::uint64_t>(detail::load_word(block().position) / sizeof(T), capacity_));
  }
  /// Changes whenever what was committed is forgotten or moved, and with it every view of it.
  [[nodiscard]] std::uint32_t generation() const noexcept {
    return detail::load_word(block().generation);
  }
  /// Where the data lies. Fixed until the buffer is shrunk or freed.
  [[nodiscard]] T* data() noexcept { return data_; }
  /// Where the data lies. Fixed until the buffer is shrunk or freed.
  [[nodiscard]] const T* data() const noexcept { return data_; }
  /// What is committed. Valid until the buffer is shrunk or freed; later writes show through.
  [[nodiscard]] std::span<const T> view() const noexcept { return {data_, position()}; }
  /// The committed elements [offset, offset + count), valid as long; out_of_range when fewer are
  /// committed.
  [[nodiscard]] result<std::span<const T>> subview(std::uint64_t offset,
                                                   std::uint64_t count) const noexcept {
    return subrange(view(), offset, count);
  }

  /// Copies committed elements from `offset` on into all of `into`; out_of_range, and nothing copied,
  /// when fewer are committed.
  result<void> read_at(std::uint64_t offset, std::span<T> into) const noexcept {
    const auto source = subview(offset, into.size());
    if (!source) { return unexpected{source.error()}; }
    copy(*source, into);
    return {};
  }

  /// Copies `elements` to `offset` and commits up to their end. They may lie in this buffer.
  /// out_of_range, and nothing written, when they would end behind the capacity or begin behind the
  /// committed elements (no gap is ever committed). Ends a reservation when it moves the position.
  /// What was committed before is overwritten in place, which a reader elsewhere sees happening:
  /// agree on a lock word for that.
  result<void> write_at(std::uint64_t offset, std::span<const T> elements) noexcept {
    const auto committed = checked_position();
    if (!committed) { return unexpected{committed.error()}; }
    if (offset > *committed) {
      return fail(errc::out_of_range, text("write offset in bytes", "write offset in elements"),
                  *committed, offset);
    }
    const auto target = subrange(std::span<T>{data_, capacity_}, offset, elements.size());
    if (!target) { return unexpected{target.error()}; }
    copy(elements, *target);
    const std::size_t end = static_cast<std::size_t>(offset) + elements.size();
    if (end > *committed) {
      detail::end_reservation(*block_); // what was lent is no longer behind the committed elements
      publish(end);
    }
    return {};
  }

  /// Lends the `count` elements behind the committed ones, uninitialised, to be filled in place.
  /// limit_exceeded when fewer are free. A later reserve() replaces this one. In checked builds the 8
  /// bytes behind them are set, and commit() says whether they were left alone.
  [[nodiscard]] result<std::span<T>> reserve(std::size_t count) noexcept {
    const auto committed = checked_position();
    if (!committed) { return unexpected{committed.error()}; }
    const std::size_t free = capacity_ - *committed;
    if (count > free) {
      return fail(errc::limit_exceeded, text("free buffer bytes", "free buffer elements"), free,
                  count);
    }
    block_->reserved = std::uint64_t{count} * sizeof(T);
    if constexpr (LINMEM_CHECKED != 0) {
      std::memcpy(guard_at(*committed + count), &detail::buffer_canary, detail::buffer_guard);
      block_->guarded = 1;
    } else {
      block_->guarded = 0;
    }
    return std::span<T>{data_ + *committed, count};
  }

  /// Commits the first `count` elements of what was reserved and ends the reservation. out_of_range,
  /// and nothing changed, when that is more than was reserved. corrupt, nothing committed and the
  /// reservation ended, when something wrote behind what was reserved.
  result<void> commit(std::size_t count) noexcept {
    const auto committed = checked_position();
    if (!committed) { return unexpected{committed.error()}; }
    const std::uint64_t reserved = block_->reserved / sizeof(T);
    errc wrong = errc::out_of_range;
    const char* what = text("reserved bytes", "reserved elements");
    std::uint64_t limit = reserved;
    std::uint64_t actual = count;
    if (count <= reserved) {
      const std::size_t free = capacity_ - *committed;
      const bool guarded = block_->guarded != 0;
      detail::end_reservation(*block_); // first: a writer killed here has committed nothing
      wrong = errc::corrupt;
      if (reserved > free) {
        limit = free;
        actual = reserved;
      } else if (guarded && !is_canary(*committed + static_cast<std::size_t>(reserved))) {
        what = text("write behind reserved bytes", "write behind reserved elements");
      } else {
        publish(*committed + count);
        return {};
      }
    }
    return fail(wrong, what, limit, actual);
  }

  /// Forgets what is committed and reserved and frees the lock words; the bytes stay as they are.
  /// leased, and nothing changed, while a lease is out.
  result<void> reset() noexcept {
    if (auto refused = refuse_leased(); !refused) { return refused; }
    detail::forget_committed(*block_);
    if (has_locks()) { first_locks().reset(); }
    return {};
  }
  /// Overwrites all data with zeros, also where nothing reads it again, and resets. leased as above.
  result<void> clear() noexcept {
    if (auto done = reset(); !done) { return done; }
    wipe_bytes(
        {reinterpret_cast<std::byte*>(data_), // NOLINT: also what lies behind the last element
         capacity_ * sizeof(T) + detail::buffer_guard});
    return {};
  }

  /// Leases that are out.
  [[nodiscard]] std::uint32_t leases() const noexcept { return detail::load_word(block().leases); }
  /// Holds the buffer in place until the lease ends.
  [[nodiscard]] buffer_lease lease() noexcept { return buffer_lease{block_}; }
  /// The buffer's lock words; unsupported when it was made without.
  [[nodiscard]] result<lock_words> locks() noexcept {
    if (!has_locks()) { return fail(errc::unsupported, "lock words of a buffer made without"); }
    return first_locks();
  }

private:
  template <storage Storage, buffer_element U>
  friend class shared_buffer; // which has all of this, and the ownership

  shared_buffer_view() = default; // of no buffer
  shared_buffer_view(buffer_block* block, detail::buffer_extent extent) noexcept
      : block_{block},
        data_{reinterpret_cast<T*>(reinterpret_cast<std::byte*>(block) + // NOLINT: one allocation
                                   extent.data_offset)},
        capacity_{extent.capacity / sizeof(T)} {}

  // The data behind them was checked, so they lie in the buffer whatever the block says by now.
  [[nodiscard]] bool has_locks() const noexcept {
    const auto* front = reinterpret_cast<const std::byte*>(block_);        // NOLINT: one allocation
    const auto before = reinterpret_cast<const std::byte*>(data_) - front; // NOLINT: one allocation
    const auto end = static_cast<std::ptrdiff_t>(sizeof(buffer_block) + lock_words::bytes);
    return block().locks_offset == sizeof(buffer_block) && before >= end;
  }
  [[nodiscard]] lock_words first_locks() noexcept {
    return lock_words::at(reinterpret_cast<std::byte*>(block_ + 1)); // NOLINT: one allocation
  }

  [[nodiscard]] result<void> refuse_leased() const noexcept {
    const std::uint32_t out = leases();
    if (out != 0) { return fail(errc::leased, "buffer leases", 0, out); }
    return {};
  }
  // A subject in the unit of T.
  [[nodiscard]] static constexpr const char* text(const char* bytes,
                                                  const char* elements) noexcept {
    return sizeof(T) == 1 ? bytes : elements;
  }

  // The position for those who go on from it, which must be exact.
  [[nodiscard]] result<std::size_t> checked_position() const noexcept {
    const std::uint64_t position = detail::load_word(block().position);
    const std::uint64_t most = std::uint64_t{capacity_} * sizeof(T);
    if (position > most || position % sizeof(T) != 0) {
      return fail(errc::corrupt, "buffer position in bytes", most, position);
    }
    return static_cast<std::size_t>(position / sizeof(T));
  }
  void publish(std::size_t position) noexcept {
    detail::store_word(block_->position, std::uint64_t{position} * sizeof(T));
  }
  [[nodiscard]] bool is_canary(std::size_t element) noexcept {
    std::uint64_t found = 0;
    std::memcpy(&found, guard_at(element), detail::buffer_guard);
    return found == detail::buffer_canary;
  }
  [[nodiscard]] std::byte* guard_at(std::size_t element) noexcept {
    return reinterpret_cast<std::byte*>(data_ +
                                        element); // NOLINT: in the data, or the guard behind
  }

  template <class U>
  [[nodiscard]] static result<std::span<U>> subrange(std::span<U> of, std::uint64_t offset,
                                                     std::uint64_t count) noexcept {
    auto part = checked_subspan(of, offset, count);
    if (part) { return part; }
    error e = part.error();
    e.subject = text("end of range in bytes", "end of range in elements");
    return unexpected{e};
  }
  // The two may overlap: a buffer is also copied within itself.
  static void copy(std::span<const T> from, std::span<T> to) noexcept {
    if (!from.empty()) { std::memmove(to.data(), from.data(), from.size_bytes()); }
  }

  buffer_block* block_ = nullptr; // whose fields the other side may change at any time
  T* data_ = nullptr;             // as found when it was checked
  std::size_t capacity_ = 0;      // as found when it was checked
};

} // namespace linmem::inline LINMEM_ABI
