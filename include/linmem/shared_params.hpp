// linmem/shared_params.hpp - a small struct of numbers that several sides read and change.
//
// Settings that JavaScript turns and C++ obeys, or figures the other way round. The fields are listed
// once; each side has a plain copy and exchanges what changed, always all of a version or nothing:
//
//   struct look { float zoom; std::uint32_t page; double angle; };
//   template <> inline constexpr auto linmem::params_fields<look> =
//       std::array{LINMEM_FIELD(look, zoom), LINMEM_FIELD(look, page), LINMEM_FIELD(look, angle)};
//
//   auto params = linmem::shared_params<look>::create({.zoom = 1});
//   auto mine = params->view();
//   mine.values.page = 7;
//   mine.publish();                               // one field travels
//   if (mine.read() && mine.has_changed(&look::zoom)) { ... }
//
// Any number of threads, processes and JavaScript read and write, each through a view of its own; a
// wait is a bounded number of attempts. Not a queue: a reader sees the newest version, not each one.
// Not for bulk data: see shared_buffer.hpp.
#pragma once

#include <linmem/buffer_block.hpp>
#include <linmem/bytes.hpp>
#include <linmem/config.hpp>
#include <linmem/error.hpp>
#include <linmem/layout.hpp>
#include <linmem/lock_words.hpp>
#include <linmem/params_block.hpp>
#include <linmem/result.hpp>
#include <linmem/storage.hpp>

#include <array>       // std::array
#include <cstddef>     // std::byte, std::size_t
#include <cstdint>     // fixed-width integers
#include <cstring>     // std::memcmp, std::memcpy
#include <new>         // placement new
#include <type_traits> // std::is_move_constructible_v
#include <utility>     // std::exchange, std::move, std::swap

namespace linmem::inline LINMEM_ABI {

/// How long a view tries.
struct params_options {
  std::uint32_t attempts = 10'000; ///< to read or to publish; some 100 microseconds
};

/// One side's copy of the parameters. Belongs to one thread.
template <params_struct T>
class params_view {
  static constexpr std::size_t field_count = params_fields<T>.size();
  static constexpr std::size_t values_offset =
      align_up(sizeof(params_block) + 4 * field_count, storage_alignment);

public:
  /// Bytes that the block, the change words and the values take.
  static constexpr std::size_t bytes = values_offset + align_up(sizeof(T), storage_alignment);

  /// What this side sees, and may change at will. Changes stay here until publish().
  T values{};

  /// The parameters at the start of `memory`, which outlives this view; nothing is read yet.
  /// invalid_argument when `memory` is not aligned to 16 or the parameters have other fields than T;
  /// corrupt when there are none.
  [[nodiscard]] static result<params_view> open(byte_span memory,
                                                params_options options = {}) noexcept {
    const auto address = reinterpret_cast<std::uintptr_t>(memory.data()); // NOLINT: to be checked
    if (address % storage_alignment != 0) {
      return fail(errc::invalid_argument, "alignment of parameters in bytes", storage_alignment,
                  address % storage_alignment);
    }
    if (memory.size() < bytes) {
      return fail(errc::corrupt, "bytes of parameters", bytes, memory.size());
    }
    auto* block = reinterpret_cast<params_block*>(memory.data()); // NOLINT: checked now
    const std::uint32_t magic = detail::load_word(block->magic);
    if (magic != params_block::expected_magic) {
      return fail(errc::corrupt, "magic of parameters", params_block::expected_magic, magic);
    }
    if (block->version != layout_version) {
      return fail(errc::corrupt, "layout version of parameters", layout_version, block->version);
    }
    if (block->fingerprint != fingerprint || block->value_bytes != sizeof(T)) {
      return fail(errc::invalid_argument, "fingerprint of the fields", fingerprint,
                  block->fingerprint);
    }
    return params_view{*block, options};
  }

  /// Brings `values` to the newest version, copying only the fields that changed since the version
  /// this view has. Returns how many fields have another value than before; 0 costs one load. Own
  /// changes that are not published stay. timed_out when a publication was under way at each attempt:
  /// nothing changed here, try again, or see recover().
  result<std::size_t> read() noexcept {
    for (std::uint32_t left = attempts_; left != 0; --left) {
      const std::uint32_t sequence = detail::load_word(block_->sequence);
      if (is_whole_ && sequence == sequence_) {
        news_ = {};
        return std::size_t{0};
      }
      if (sequence % 2 == 0) {
        copy fresh;
        const flags copied = load_changes(fresh);
        if (detail::load_word(block_->sequence) == sequence) {
          sequence_ = sequence;
          is_whole_ = true;
          return accept(fresh, copied);
        }
      }
      detail::relax();
    }
    return fail(errc::timed_out, "attempts to read parameters", attempts_, attempts_);
  }

  /// True when the last read() found another value in `member` of T.
  template <class Member>
  [[nodiscard]] bool has_changed(Member T::* member) const noexcept {
    const auto offset = reinterpret_cast<const std::byte*>(&(values.*member)) - at(values, 0);
    for (std::size_t i = 0; i < field_count; ++i) {
      if (params_fields<T>[i].offset == offset) { return news_.has(i); }
    }
    return false;
  }

  /// Publishes the fields of `values` that were changed here, as one version; the other fields are
  /// not touched, whoever changed them meanwhile. Returns the version that has them: a new one, or
  /// the present one when there is nothing to publish. timed_out as for read(), and nothing is
  /// published. abandoned when another side took this publication for a dead one's, see recover().
  result<std::uint32_t> publish() noexcept { return publish_if(nullptr); }

  /// The same, but refused with conflict, naming the present version and `expected`, when the present
  /// version is not `expected`: then read() shows what came between, and own changes are kept.
  result<std::uint32_t> publish(std::uint32_t expected) noexcept { return publish_if(&expected); }

  /// Takes own changes back that are not published.
  void discard() noexcept { values = known_; }

  /// The version that `values` is based on, 0 before the first read(). Versions have 31 bits and come
  /// round: a side that lets 2^30 of them pass without reading may miss a change.
  [[nodiscard]] std::uint32_t version() const noexcept { return sequence_ / 2; }
  /// The newest version that is complete, without reading it.
  [[nodiscard]] std::uint32_t present_version() const noexcept {
    return detail::load_word(block_->sequence) / 2;
  }
  /// The number of the publication under way, 0 for none. One that stays the same for longer than a
  /// side may be kept from running is a dead writer's.
  [[nodiscard]] std::uint32_t publication() const noexcept {
    const std::uint32_t sequence = detail::load_word(block_->sequence);
    return sequence % 2 == 0 ? 0 : sequence;
  }

  /// Ends `publication`, whose writer is known to be dead, by publishing all that this view last read
  /// (T{} if it never did) instead: a dead writer's half-written fields are overwritten. Returns the
  /// version. conflict when that publication is not under way any more: of two survivors one succeeds.
  result<std::uint32_t> recover(std::uint32_t publication) noexcept {
    std::uint32_t found = publication;
    if (publication % 2 == 0 || !replace_sequence(found, publication + 2)) {
      return fail(errc::conflict, "publication of a dead writer", found, publication);
    }
    flags all;
    for (std::size_t i = 0; i < field_count; ++i) { all.add(i); }
    if (!store_changes(known_, all, publication + 1)) { return taken_over(publication + 2); }
    sequence_ = publication + 3;
    is_whole_ = true;
    return version();
  }

  /// Bytes of fields that this view moved, in both directions.
  [[nodiscard]] std::uint64_t moved() const noexcept { return moved_; }

  /// What all sides know of the parameters.
  [[nodiscard]] const params_block& block() const noexcept { return *block_; }

private:
  template <params_struct, storage>
  friend class shared_params;

  using flags = detail::field_set<field_count>;
  using copy = std::array<std::byte, sizeof(T)>; // left uninitialised, as it need not be whole

  static constexpr std::uint32_t fingerprint = detail::fingerprint_of<T>();

  params_view(params_block& block, params_options options) noexcept
      : block_{&block},
        attempts_{LINMEM_THREADS == 0 || options.attempts == 0 ? 1 : options.attempts} {}

  // Puts parameters into `bytes` bytes at `memory`.
  static params_block& make(std::byte* memory, const T& initial) noexcept {
    auto* block = ::new (static_cast<void*>(memory)) params_block; // NOLINT: aligned
    block->field_count = field_count;
    block->fingerprint = fingerprint;
    block->value_bytes = sizeof(T);
    block->values_offset = values_offset;
    for (std::size_t i = 0; i < field_count; ++i) {
      ::new (static_cast<void*>(memory + sizeof(params_block) + 4 * i)) std::uint32_t{2};
    }
    std::memcpy(memory + values_offset, &initial, sizeof(T));
    return *block;
  }

  [[nodiscard]] static std::byte* at(T& of, std::size_t offset) noexcept {
    return reinterpret_cast<std::byte*>(&of) + offset; // NOLINT: plain bytes
  }
  [[nodiscard]] static const std::byte* at(const T& of, std::size_t offset) noexcept {
    return reinterpret_cast<const std::byte*>(&of) + offset; // NOLINT: plain bytes
  }
  [[nodiscard]] std::byte* shared(std::size_t offset) const noexcept {
    return reinterpret_cast<std::byte*>(block_) + values_offset + offset; // NOLINT
  }
  [[nodiscard]] std::uint32_t& change_word(std::size_t i) const noexcept {
    return reinterpret_cast<std::uint32_t*>(block_ + 1)[i]; // NOLINT: behind the block
  }
  [[nodiscard]] bool replace_sequence(std::uint32_t& found, std::uint32_t by) noexcept {
    return __atomic_compare_exchange_n(&block_->sequence, &found, by, false, __ATOMIC_ACQ_REL,
                                       __ATOMIC_ACQUIRE);
  }

  // Copies what changed since sequence_, and says which fields.
  [[nodiscard]] flags load_changes(copy& to) const noexcept {
    flags copied{};
    detail::for_each_field<T>([&](auto i) {
      constexpr std::size_t offset = params_fields<T>[i].offset;
      const std::uint32_t behind = detail::load_word(change_word(i)) - sequence_;
      if (is_whole_ && static_cast<std::int32_t>(behind) <= 0) { return; }
      copied.add(i);
      detail::load_field<detail::field_bytes<T, i>>(shared(offset), to.data() + offset);
    });
    return copied;
  }

  // Makes what was copied this view's; what is changed here and not published stays in `values`.
  [[nodiscard]] std::size_t accept(const copy& fresh, const flags& copied) noexcept {
    news_ = {};
    std::size_t count = 0;
    detail::for_each_field<T>([&](auto i) {
      if (!copied.has(i)) { return; }
      constexpr std::size_t offset = params_fields<T>[i].offset;
      constexpr std::size_t size = detail::field_bytes<T, i>;
      const bool is_own = std::memcmp(at(values, offset), at(known_, offset), size) != 0;
      const bool is_new = std::memcmp(fresh.data() + offset, at(known_, offset), size) != 0;
      news_.add(i, is_new);
      count += std::size_t{is_new};
      moved_ += size;
      std::memcpy(at(known_, offset), fresh.data() + offset, size);
      if (!is_own) { std::memcpy(at(values, offset), fresh.data() + offset, size); }
    });
    return count;
  }

  [[nodiscard]] result<std::uint32_t> publish_if(const std::uint32_t* expected) noexcept {
    flags own{};
    detail::for_each_field<T>([&](auto i) {
      constexpr std::size_t offset = params_fields<T>[i].offset;
      constexpr std::size_t size = detail::field_bytes<T, i>;
      own.add(i, std::memcmp(at(values, offset), at(known_, offset), size) != 0);
    });
    for (std::uint32_t left = attempts_; left != 0; --left) {
      std::uint32_t sequence = detail::load_word(block_->sequence);
      if (expected != nullptr && sequence / 2 != *expected) {
        return fail(errc::conflict, "present version of parameters", sequence / 2, *expected);
      }
      if (sequence % 2 == 0) {
        if (own.is_empty()) { return sequence / 2; }
        if (replace_sequence(sequence, sequence + 1)) {
          if (!store_changes(values, own, sequence)) { return taken_over(sequence + 1); }
          learn(own);
          // Nothing came between: this view has all of the new version.
          if (is_whole_ && sequence_ == sequence) { sequence_ = sequence + 2; }
          return (sequence + 2) / 2;
        }
      }
      detail::relax();
    }
    return fail(errc::timed_out, "attempts to publish parameters", attempts_, attempts_);
  }

  // Stores the fields of `from` that are in `which`, and ends the publication that began on
  // `sequence`. False when it was ended by another.
  [[nodiscard]] bool store_changes(const T& from, const flags& which,
                                   std::uint32_t sequence) noexcept {
    std::uint64_t size_of_all = 0;
    detail::for_each_field<T>([&](auto i) {
      if (!which.has(i)) { return; }
      constexpr std::size_t offset = params_fields<T>[i].offset;
      constexpr std::size_t size = detail::field_bytes<T, i>;
      detail::store_word(change_word(i), sequence + 2);
      detail::store_field<size>(shared(offset), at(from, offset));
      size_of_all += size;
    });
    moved_ += size_of_all;
    detail::store_word(block_->published, detail::load_word(block_->published) + size_of_all);
    std::uint32_t own = sequence + 1;
    const bool is_done = replace_sequence(own, sequence + 2);
    detail::notify_readers(*block_);
    return is_done;
  }

  // What was published is known.
  void learn(const flags& published) noexcept {
    detail::for_each_field<T>([&](auto i) {
      constexpr std::size_t offset = params_fields<T>[i].offset;
      if (published.has(i)) {
        std::memcpy(at(known_, offset), at(values, offset), detail::field_bytes<T, i>);
      }
    });
  }

  [[nodiscard]] static unexpected taken_over(std::uint32_t publication) noexcept {
    return fail(errc::abandoned, "publication, taken for a dead writer's", 0, publication);
  }

  params_block* block_;
  T known_{};                  // the values of version sequence_
  flags news_{};               // what the last read() found
  std::uint32_t sequence_ = 0; // twice the version read
  std::uint32_t attempts_;
  bool is_whole_ = false; // something was read
  std::uint64_t moved_ = 0;
};

/// Parameters and the memory they lie in. Views of it, here and elsewhere, are to end before it does.
template <params_struct T, storage Storage = heap_storage>
class shared_params {
  static_assert(std::is_move_constructible_v<Storage> && std::is_move_assignable_v<Storage>,
                "a storage that does not move is used through a storage_ref");

public:
  using value_type = T;             ///< what is shared
  using view_type = params_view<T>; ///< what each side sees it through

  /// Parameters with the values of `initial`, as version 1. out_of_memory when the storage has not
  /// the bytes.
  [[nodiscard]] static result<shared_params> create(const T& initial = {},
                                                    Storage from = {}) noexcept {
    std::byte* memory = from.allocate(view_type::bytes);
    if (memory == nullptr) {
      return fail(errc::out_of_memory, "parameters in bytes", 0, view_type::bytes);
    }
    return shared_params{view_type::make(memory, initial), std::move(from)};
  }

  shared_params(const shared_params&) = delete;
  shared_params& operator=(const shared_params&) = delete;
  /// Takes over the parameters of `other`, which has none afterwards. They stay where they are.
  shared_params(shared_params&& other) noexcept
      : block_{std::exchange(other.block_, nullptr)}, storage_{std::move(other.storage_)} {}
  /// Frees the own parameters and takes over those of `other`.
  shared_params& operator=(shared_params&& other) noexcept {
    shared_params taken{std::move(other)};
    std::swap(block_, taken.block_);
    std::swap(storage_, taken.storage_);
    return *this;
  }
  /// Frees the memory. A side that looks at it later finds no magic there, as long as nobody else
  /// has it.
  ~shared_params() {
    if (block_ == nullptr) { return; }
    detail::store_word(block_->magic, 0U);
    storage_.deallocate(reinterpret_cast<std::byte*>(block_), view_type::bytes); // NOLINT
  }

  /// One more side: a view that has read the present values. It reads nothing, and says so by
  /// version() 0, when a publication was under way all the time.
  [[nodiscard]] view_type view(params_options options = {}) noexcept {
    view_type made{block(), options};
    static_cast<void>(made.read());
    return made;
  }
  /// What all sides know of the parameters.
  [[nodiscard]] params_block& block() noexcept {
    LINMEM_ASSERT(block_ != nullptr);
    return *block_;
  }

private:
  shared_params(params_block& block, Storage from) noexcept
      : block_{&block}, storage_{std::move(from)} {}

  params_block* block_;
  [[no_unique_address]] Storage storage_;
};

} // namespace linmem::inline LINMEM_ABI
