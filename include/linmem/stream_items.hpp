// linmem/stream_items.hpp - what a document has besides its text: metadata, tables, images.
//
// A transform that meets such a thing publishes it here, and goes on with the text. Each item names
// the place in the text where it belongs, so that a consumer can take text and items interleaved, or
// only the items of one kind, in order:
//
//   items.push({.kind = linmem::item_kind::image, .position = written, .payload = png});
//   linmem::item_cursor images{item_kind::image};
//   while (const linmem::stream_item* image = items.next(images)) { save(image->payload); }
//
// Everything is appended to an arena and never moved; a pull follows one link, whatever the number of
// items. They stay until reset() or free(). Not a queue between threads: one thread.
#pragma once

#include <linmem/arena.hpp>
#include <linmem/bytes.hpp>
#include <linmem/config.hpp>
#include <linmem/error.hpp>
#include <linmem/result.hpp>
#include <linmem/storage.hpp>

#include <array>       // std::array
#include <concepts>    // std::same_as
#include <cstddef>     // std::byte, std::size_t
#include <cstdint>     // std::uint32_t, std::uint64_t
#include <string_view> // std::string_view
#include <utility>     // std::exchange, std::move

namespace linmem::inline LINMEM_ABI {

/// What an item is. The numbers are part of the C ABI.
enum class item_kind : std::uint32_t {
  table, ///< rows and columns, in the format of its media type
  image, ///< the bytes of an image file
  other, ///< anything else: an attachment, a formula
};

/// Number of kinds; they are 0 .. item_kinds - 1.
inline constexpr std::size_t item_kinds = 3;

/// Something that belongs at a place in the text.
struct stream_item {
  item_kind kind = item_kind::other; ///< what it is
  std::string_view name{};           ///< as the document calls it; may be empty
  std::string_view media_type{};     ///< of the payload, for example "image/png"
  std::uint64_t position = 0;        ///< where it belongs, in bytes of the text before it
  byte_view payload{};               ///< raw bytes
  std::uint64_t index = 0;           ///< its number among all items; set when it is pushed
};

/// Where an item's payload lies once it is pushed.
enum class item_payload : std::uint8_t {
  copied,   ///< in a copy: the original may go
  borrowed, ///< where it is, which stays as it is until reset() or free()
};

/// How much items may take.
struct item_options {
  std::size_t limit = std::size_t{1}
                      << 26; ///< bytes at most: copies, and a few words an item; 64 MiB
};

namespace detail {
struct item_node {
  stream_item item;
  std::array<item_node*, 2> next; // of all items, and of those of this kind
};
} // namespace detail

/// A place in a sequence of items, of all or of one kind. It stays right while items are added, and
/// stands at the front again after a reset.
class item_cursor {
public:
  item_cursor() = default; ///< of all items
  /// Of the items of one kind.
  explicit item_cursor(item_kind kind) noexcept : list_{static_cast<std::size_t>(kind)} {
    LINMEM_ASSERT(list_ < item_kinds);
  }

private:
  template <storage Storage>
  friend class stream_items;

  const detail::item_node* last_ = nullptr; // the item given last
  std::uint64_t generation_ = 0;
  std::size_t list_ = item_kinds; // the list behind those of the kinds holds all
};

/// Items in the order of the text, and one text of metadata.
template <storage Storage = stream_heap>
class stream_items {
public:
  /// Takes memory from `from`, the first when the first item comes.
  explicit stream_items(item_options options = {}, Storage from = {}) noexcept
      : memory_{{}, std::move(from)}, limit_{options.limit} {}
  stream_items(const stream_items&) = delete;
  stream_items& operator=(const stream_items&) = delete;
  /// Takes over the items of `other`, which has none afterwards. They stay where they are.
  stream_items(stream_items&& other) noexcept
      : memory_{std::move(other.memory_)}, state_{std::exchange(other.state_, {})},
        limit_{other.limit_} {}
  /// Frees the own items and takes over those of `other`.
  stream_items& operator=(stream_items&& other) noexcept {
    if (this != &other) {
      memory_ = std::move(other.memory_);
      state_ = std::exchange(other.state_, {});
      limit_ = other.limit_;
    }
    return *this;
  }
  /// Frees everything.
  ~stream_items() = default;

  /// Adds an item; its name and media type are copied. limit_exceeded with the bytes that all items
  /// would take; out_of_memory; invalid_argument for a position before that of the last item. An
  /// error leaves everything as it was.
  result<void> push(const stream_item& item, item_payload payload = item_payload::copied) noexcept {
    LINMEM_ASSERT(static_cast<std::size_t>(item.kind) < item_kinds);
    if (item.position < state_.last_position) {
      return fail(errc::invalid_argument, "item position in bytes", state_.last_position,
                  item.position);
    }
    const bool copies = payload == item_payload::copied;
    const auto mark = memory_.mark();
    detail::item_node* node = nullptr;
    const auto cost = charge(std::uint64_t{sizeof *node} + item.name.size() +
                             item.media_type.size() + (copies ? item.payload.size() : 0));
    if (!cost) { return unexpected{cost.error()}; }
    const auto name = copy(as_bytes(item.name));
    const auto type = copy(as_bytes(item.media_type));
    const auto bytes = copies ? copy(item.payload) : result<byte_view>{item.payload};
    if (name && type && bytes) { node = memory_.template try_make<detail::item_node>(); }
    if (node == nullptr) {
      static_cast<void>(memory_.rewind(mark));
      return fail(errc::out_of_memory, "item in bytes", 0, *cost - state_.bytes);
    }
    node->item = {item.kind, as_text(*name), as_text(*type), item.position, *bytes, state_.count};
    append(state_.lists[static_cast<std::size_t>(item.kind)], node, 1);
    append(state_.lists[item_kinds], node, 0);
    state_.last_position = item.position;
    state_.bytes = *cost;
    ++state_.count;
    return {};
  }

  /// The next item of `cursor`, or null while there is none. Valid until reset() or free().
  [[nodiscard]] const stream_item* next(item_cursor& cursor) const noexcept {
    const detail::item_node* found = find(cursor);
    if (found == nullptr) { return nullptr; }
    cursor.last_ = found;
    cursor.generation_ = state_.generation;
    return &found->item;
  }
  /// The same, but `cursor` stays where it is.
  [[nodiscard]] const stream_item* peek(const item_cursor& cursor) const noexcept {
    const detail::item_node* found = find(cursor);
    return found != nullptr ? &found->item : nullptr;
  }

  /// Sets the metadata, one JSON text, which is copied. closed when it is set already; otherwise as
  /// for push().
  result<void> set_metadata(std::string_view json) noexcept {
    if (!state_.metadata.empty()) { return fail(errc::closed, "metadata texts", 1, 2); }
    const auto cost = charge(json.size());
    if (!cost) { return unexpected{cost.error()}; }
    const auto text = copy(as_bytes(json));
    if (!text) { return fail(errc::out_of_memory, "metadata in bytes", 0, json.size()); }
    state_.metadata = as_text(*text);
    state_.bytes = *cost;
    return {};
  }
  /// The metadata; empty while there is none. Valid until reset() or free().
  [[nodiscard]] std::string_view metadata() const noexcept { return state_.metadata; }

  /// Number of items.
  [[nodiscard]] std::uint64_t size() const noexcept { return state_.count; }
  /// Bytes that count against the limit.
  [[nodiscard]] std::uint64_t bytes() const noexcept { return state_.bytes; }

  /// Forgets the items and the metadata, and keeps the memory.
  void reset() noexcept {
    memory_.reset(reset_mode::retain);
    forget();
  }
  /// Forgets them and gives the memory back.
  void free() noexcept {
    memory_.reset(reset_mode::free);
    forget();
  }

private:
  struct list {
    detail::item_node* first = nullptr;
    detail::item_node* last = nullptr;
  };
  struct state {
    std::array<list, item_kinds + 1> lists{};
    std::string_view metadata{};
    std::uint64_t count = 0;
    std::uint64_t bytes = 0;
    std::uint64_t last_position = 0;
    std::uint64_t generation = 0; // ahead of every cursor that stands in forgotten items
  };

  // All bytes once `more` came, if they may.
  [[nodiscard]] result<std::uint64_t> charge(std::uint64_t more) const noexcept {
    if (!in_bounds(state_.bytes, more, limit_)) {
      return fail(errc::limit_exceeded, "items in bytes", limit_, state_.bytes + more);
    }
    return state_.bytes + more;
  }
  [[nodiscard]] result<byte_view> copy(byte_view from) noexcept {
    if (from.empty()) { return byte_view{}; }
    const auto to = memory_.allocate(from.size());
    if (!to) { return unexpected{to.error()}; }
    copy_bytes(from, *to);
    return byte_view{*to};
  }
  static void append(list& to, detail::item_node* node, std::size_t link) noexcept {
    (to.first == nullptr ? to.first : to.last->next[link]) = node;
    to.last = node;
  }
  [[nodiscard]] const detail::item_node* find(const item_cursor& cursor) const noexcept {
    if (cursor.last_ == nullptr || cursor.generation_ != state_.generation) {
      return state_.lists[cursor.list_].first;
    }
    return cursor.last_->next[cursor.list_ == item_kinds ? 0 : 1];
  }
  void forget() noexcept {
    const std::uint64_t generation = state_.generation + 1;
    state_ = {};
    state_.generation = generation;
  }

  arena<Storage> memory_;
  state state_{};
  std::size_t limit_;
};

/// A transform or a source with items.
template <class T>
concept publishes_items = requires(T& t, item_cursor& cursor) {
  { t.items().next(cursor) } noexcept -> std::same_as<const stream_item*>;
  { t.items().metadata() } noexcept -> std::same_as<std::string_view>;
  { t.items().reset() } noexcept;
  { t.items().free() } noexcept;
};

} // namespace linmem::inline LINMEM_ABI
