// linmem/handle_table.hpp - what the outside holds instead of an address.
//
// A handle is a number: the slot of a fixed table and the generation of what lies there. Looking
// one up checks both, so that a freed, foreign, forged or stale handle finds nothing:
//
//   linmem::handle_table<connection*, 64> table;      // all of it lies inside the object
//   linmem::result<linmem::handle> h = table.insert(c);
//   if (connection** found = table.find(*h)) { ... }
//
// Every operation is O(1) and allocates nothing; the overhead is 8 bytes a slot. Zero-initialised,
// so a table of static storage costs no bytes in the program file and no constructor. Not thread-safe.
//
// Slots are reused oldest first, and a generation has 31 - log2(Capacity) bits. A stale handle is
// taken for a newer one only after exactly a multiple of 2^bits reuses of its slot, while the handle
// was kept: with 256 slots that is 8 million reuses of one slot. Even then it finds a live value of
// this table, never freed memory.
#pragma once

#include <linmem/config.hpp>
#include <linmem/error.hpp>
#include <linmem/result.hpp>

#include <array>       // std::array
#include <bit>         // std::bit_width
#include <cstddef>     // std::size_t
#include <cstdint>     // std::uint32_t
#include <type_traits> // std::is_nothrow_move_assignable_v
#include <utility>     // std::exchange, std::move

namespace linmem::inline LINMEM_ABI {

/// Names an entry of a handle_table; `handle{}` names none. Its number is what crosses a boundary.
enum class handle : std::uint32_t {};

/// A fixed table of at most `Capacity` values of type T, each named by a handle.
template <class T, std::size_t Capacity = 256>
class handle_table {
  static_assert(Capacity > 0 && Capacity <= (std::size_t{1} << 20), "at least 11 generation bits");
  static_assert(std::is_nothrow_default_constructible_v<T> && std::is_nothrow_move_assignable_v<T>,
                "a slot is emptied by assigning T{}");

public:
  using value_type = T; ///< what a handle names

  /// Stores `value` and returns its handle; limit_exceeded when every slot is taken, and `value` is
  /// then left as it was.
  [[nodiscard]] result<handle> insert(T&& value) noexcept {
    if (size_ == Capacity) {
      return fail(errc::limit_exceeded, "handles in use", Capacity, std::uint64_t{Capacity} + 1);
    }
    const std::uint32_t index = take_slot();
    slot& s = slots_[index];
    ++s.generation; // odd: taken
    s.value = std::move(value);
    ++size_;
    return name_of(index);
  }

  /// Stores a copy of `value`; otherwise as above.
  [[nodiscard]] result<handle> insert(const T& value) noexcept
    requires std::is_nothrow_copy_constructible_v<T>
  {
    return insert(T(value));
  }

  /// The value that `h` names, or null. Valid until that value is erased.
  [[nodiscard]] T* find(handle h) noexcept {
    const auto number = static_cast<std::uint32_t>(h);
    const std::uint32_t index = number & index_mask;
    if constexpr (Capacity <= index_mask) {
      if (index >= Capacity) { return nullptr; }
    }
    slot& s = slots_[index];
    const std::uint32_t generation = number >> index_bits;
    // A free slot has an even generation, so one comparison refuses it for every odd number; an even
    // number is no handle at all.
    return (generation & 1U) != 0 && generation == (s.generation & generation_mask) ? &s.value
                                                                                    : nullptr;
  }
  /// The value that `h` names, or null. Valid until that value is erased.
  [[nodiscard]] const T* find(handle h) const noexcept {
    return const_cast<handle_table*>(this)->find(h); // NOLINT: find writes nothing
  }

  /// The value that `h` names, or invalid_handle.
  [[nodiscard]] result<T*> at(handle h) noexcept {
    if (T* found = find(h)) { return found; }
    return fail(errc::invalid_handle, "handle", 0, static_cast<std::uint32_t>(h));
  }

  /// Takes the value that `h` names out of the table; every copy of `h` is stale from then on.
  /// invalid_handle when it names none.
  result<T> erase(handle h) noexcept {
    if (find(h) == nullptr) {
      return fail(errc::invalid_handle, "handle", 0, static_cast<std::uint32_t>(h));
    }
    return take(h);
  }
  /// The same for a handle that is known to name a value.
  T take(handle h) noexcept {
    LINMEM_ASSERT(find(h) != nullptr);
    const std::uint32_t index = static_cast<std::uint32_t>(h) & index_mask;
    slot& s = slots_[index];
    T value = std::exchange(s.value, T{});
    ++s.generation; // even: free
    free_slot(index);
    --size_;
    return value;
  }

  /// Number of values in the table.
  [[nodiscard]] std::size_t size() const noexcept { return size_; }
  /// Number of values it can hold.
  [[nodiscard]] static constexpr std::size_t capacity() noexcept { return Capacity; }

private:
  struct slot {
    std::uint32_t generation; // odd while taken
    std::uint32_t next;       // index + 1 of the next free slot, 0 at the end
    T value;
  };

  static constexpr std::uint32_t index_bits =
      Capacity == 1 ? 1 : static_cast<std::uint32_t>(std::bit_width(Capacity - 1));
  static constexpr std::uint32_t index_mask = (std::uint32_t{1} << index_bits) - 1;
  static constexpr std::uint32_t generation_mask = ~std::uint32_t{0} >> index_bits;

  [[nodiscard]] handle name_of(std::uint32_t index) const noexcept {
    return handle{((slots_[index].generation & generation_mask) << index_bits) | index};
  }

  // Slots never used come first, so that all-zero is the empty table; then the oldest free one.
  std::uint32_t take_slot() noexcept {
    if (fresh_ < Capacity) { return fresh_++; }
    const std::uint32_t index = oldest_free_ - 1;
    oldest_free_ = slots_[index].next;
    if (oldest_free_ == 0) { newest_free_ = 0; }
    return index;
  }

  void free_slot(std::uint32_t index) noexcept {
    slots_[index].next = 0;
    (newest_free_ == 0 ? oldest_free_ : slots_[newest_free_ - 1].next) = index + 1;
    newest_free_ = index + 1;
  }

  std::array<slot, Capacity> slots_{};
  std::uint32_t size_ = 0;
  std::uint32_t fresh_ = 0;       // slots from here on were never used
  std::uint32_t oldest_free_ = 0; // index + 1
  std::uint32_t newest_free_ = 0; // index + 1
};

} // namespace linmem::inline LINMEM_ABI
