// linmem/host_stream.hpp - how a program publishes streams to its host.
//
// Comes with stream_exports.hpp. A program adds functions of its own that open streams, and JavaScript pulls
// from them:
//
//   LINMEM_EXPORT(shout_open) std::uint32_t shout_open() noexcept {
//     return linmem::open_stream(linmem::utf8_lossy<shout>{});      // a handle; 0 on an error
//   }
//
// A stream, its chunk and the room for its input are freed by the host. All of it belongs to one
// thread.
#pragma once

#include <linmem/buffer_block.hpp>
#include <linmem/bytes.hpp>
#include <linmem/chunk_source.hpp>
#include <linmem/chunk_stream.hpp>
#include <linmem/config.hpp>
#include <linmem/error.hpp>
#include <linmem/host.hpp>
#include <linmem/layout.hpp>
#include <linmem/resource_tracker.hpp>
#include <linmem/result.hpp>
#include <linmem/shared_buffer.hpp>
#include <linmem/stream_items.hpp>
#include <linmem/transform.hpp>
#include <linmem/transform_source.hpp>

#include <array>       // std::array
#include <cstddef>     // std::byte, std::size_t
#include <cstdint>     // std::uint32_t, std::uint64_t
#include <new>         // placement new
#include <optional>    // std::optional
#include <string_view> // std::string_view
#include <utility>     // std::move

namespace linmem::inline LINMEM_ABI {

/// Where a published stream stands, as the host polls it.
struct stream_block {
  std::uint64_t chunk = 0;       ///< address of the present chunk
  std::uint64_t chunk_bytes = 0; ///< its length
  std::uint64_t chunks = 0;      ///< chunks so far
  std::uint64_t position = 0;    ///< bytes delivered
  std::uint64_t consumed = 0;    ///< bytes of input read
  std::uint64_t total = 0;       ///< bytes of input in all; unknown_total when nobody said
  std::uint64_t replaced = 0;    ///< invalid sequences that became U+FFFD
  std::uint64_t input = 0;       ///< address of the room for input; 0 for a stream that has it all
  std::uint64_t input_bytes = 0; ///< its length
  std::uint64_t remaining = 0;   ///< bytes of input not read yet; unknown_total when nobody knows
  std::uint64_t item = 0;        ///< address of the item_block of the item pulled last
  double progress = 0;           ///< 0..1
  stream_state state = stream_state::starved; ///< where it stands
  std::uint32_t unused = 0;                   ///< zero
};

/// The fields of stream_block.
inline constexpr std::array stream_fields{
    LINMEM_FIELD(stream_block, chunk),       LINMEM_FIELD(stream_block, chunk_bytes),
    LINMEM_FIELD(stream_block, chunks),      LINMEM_FIELD(stream_block, position),
    LINMEM_FIELD(stream_block, consumed),    LINMEM_FIELD(stream_block, total),
    LINMEM_FIELD(stream_block, replaced),    LINMEM_FIELD(stream_block, input),
    LINMEM_FIELD(stream_block, input_bytes), LINMEM_FIELD(stream_block, remaining),
    LINMEM_FIELD(stream_block, item),        LINMEM_FIELD(stream_block, progress),
    LINMEM_FIELD(stream_block, state),
};
/// The layout of stream_block.
inline constexpr block_layout stream_layout{"stream", sizeof(stream_block), stream_fields};

/// The item of a stream that was pulled last, or its metadata, as the host reads it.
struct item_block {
  std::uint64_t payload = 0;          ///< address of the bytes
  std::uint64_t payload_bytes = 0;    ///< their number
  std::uint64_t name = 0;             ///< address of the name, UTF-8
  std::uint64_t name_bytes = 0;       ///< its length
  std::uint64_t media_type = 0;       ///< address of the media type
  std::uint64_t media_type_bytes = 0; ///< its length
  std::uint64_t position = 0;         ///< stream_item::position
  std::uint64_t index = 0;            ///< stream_item::index
  item_kind kind = item_kind::other;  ///< stream_item::kind
  std::uint32_t unused = 0;           ///< zero
};

/// The fields of item_block.
inline constexpr std::array item_fields{
    LINMEM_FIELD(item_block, payload),    LINMEM_FIELD(item_block, payload_bytes),
    LINMEM_FIELD(item_block, name),       LINMEM_FIELD(item_block, name_bytes),
    LINMEM_FIELD(item_block, media_type), LINMEM_FIELD(item_block, media_type_bytes),
    LINMEM_FIELD(item_block, position),   LINMEM_FIELD(item_block, index),
    LINMEM_FIELD(item_block, kind),
};
/// The layout of item_block.
inline constexpr block_layout item_layout{"item", sizeof(item_block), item_fields};

/// The kind that stands for all kinds in linmem_stream_item.
inline constexpr std::uint32_t any_item = ~std::uint32_t{0};

/// A stream behind a handle, whatever its source.
class hosted_stream {
public:
  hosted_stream() = default;
  hosted_stream(const hosted_stream&) = delete;
  hosted_stream& operator=(const hosted_stream&) = delete;
  hosted_stream(hosted_stream&&) = delete;
  hosted_stream& operator=(hosted_stream&&) = delete;

  virtual void next() noexcept = 0;                            ///< chunk_stream::next
  virtual void next_part() noexcept = 0;                       ///< chunk_stream::next_part
  virtual result<void> feed(std::uint64_t bytes) noexcept = 0; ///< `bytes` of the room are filled
  virtual result<void> finish() noexcept = 0;                  ///< no input follows
  virtual void expect(std::uint64_t total) noexcept = 0;       ///< how much input there will be
  virtual result<void> rewind() noexcept = 0;                  ///< chunk_stream::rewind
  virtual bool next_item(std::uint32_t kind) noexcept = 0;     ///< the next one, in `item`
  virtual bool metadata() noexcept = 0;                        ///< the metadata, in `item`
  [[nodiscard]] virtual error failure() const noexcept = 0;    ///< chunk_stream::failure
  virtual void destroy() noexcept = 0;                         ///< frees this object

  stream_block block; ///< what the host polls; its address is fixed
  item_block item;    ///< what was pulled last; its address is fixed

protected:
  ~hosted_stream() = default; // destroy() knows the type
};

namespace detail {

using host_stream_heap = host_heap<memory_tag::stream>;
template <class Source>
using hosted_chunks = chunk_stream<Source, host_stream_heap>;
using input_room = shared_buffer<host_stream_heap>;

template <class Source>
inline constexpr bool is_fed = requires(Source& s, byte_view in) { s.feed(in); };

// A chunk_stream with the room for its input and the lease on it.
template <class Source>
class stream_object final : public hosted_stream {
public:
  stream_object(hosted_chunks<Source> stream, std::optional<input_room> room,
                buffer_lease lease) noexcept
      : stream_{std::move(stream)}, room_{std::move(room)}, lease_{std::move(lease)} {
    if (room_) {
      block.input = address_of(room_->data());
      block.input_bytes = room_->capacity();
    }
    block.item = address_of(&item);
    publish();
  }

  void next() noexcept override {
    stream_.next();
    publish();
  }
  void next_part() noexcept override {
    if constexpr (publishes_items<Source>) {
      if (stream_.next_part() == stream_state::item) { show(stream_.item()); }
      publish();
    } else {
      next();
    }
  }
  result<void> feed(std::uint64_t bytes) noexcept override {
    if constexpr (is_fed<Source>) {
      if (room_) {
        const auto in = checked_subspan(byte_view{room_->data(), room_->capacity()}, 0, bytes);
        if (!in) { return unexpected{in.error()}; }
        return stream_.source().feed(*in);
      }
    }
    return fail(errc::unsupported, "feeding a stream that has all its input");
  }
  result<void> finish() noexcept override {
    if constexpr (is_fed<Source>) {
      if (room_) {
        stream_.source().finish();
        return {};
      }
    }
    return fail(errc::unsupported, "feeding a stream that has all its input");
  }
  void expect([[maybe_unused]] std::uint64_t total) noexcept override {
    if constexpr (is_fed<Source>) {
      if (room_) { stream_.source().expect(total); }
    }
    publish();
  }
  result<void> rewind() noexcept override {
    auto done = stream_.rewind();
    publish();
    return done;
  }
  bool next_item([[maybe_unused]] std::uint32_t kind) noexcept override {
    if constexpr (publishes_items<Source>) {
      item_cursor& cursor = cursors_[smaller(std::size_t{kind}, item_kinds)];
      if (const stream_item* next = stream_.items().next(cursor)) {
        show(*next);
        return true;
      }
    }
    return false;
  }
  bool metadata() noexcept override {
    if constexpr (publishes_items<Source>) {
      const std::string_view json = stream_.items().metadata();
      item = {};
      item.payload = address_of(json.data());
      item.payload_bytes = json.size();
      return !json.empty();
    }
    return false;
  }
  [[nodiscard]] error failure() const noexcept override { return stream_.failure(); }
  void destroy() noexcept override {
    this->~stream_object();
    host_stream_heap{}.deallocate(reinterpret_cast<std::byte*>(this), sizeof *this); // NOLINT
  }
  ~stream_object() = default;

private:
  void show(const stream_item& next) noexcept {
    item.payload = address_of(next.payload.data());
    item.payload_bytes = next.payload.size();
    item.name = address_of(next.name.data());
    item.name_bytes = next.name.size();
    item.media_type = address_of(next.media_type.data());
    item.media_type_bytes = next.media_type.size();
    item.position = next.position;
    item.index = next.index;
    item.kind = next.kind;
  }
  void publish() noexcept {
    block.chunk = address_of(stream_.chunk().data());
    block.chunk_bytes = stream_.chunk().size();
    block.chunks = stream_.chunks();
    block.position = stream_.position();
    block.consumed = stream_.source().consumed();
    block.total = stream_.total();
    block.remaining = stream_.remaining();
    block.replaced = stream_.source().replaced();
    block.progress = stream_.progress();
    block.state = stream_.state();
  }

  hosted_chunks<Source> stream_;
  std::optional<input_room> room_; // for input that is fed
  buffer_lease lease_;             // on input that is there
  // How far the host has pulled the items of each kind, and behind them those of any.
  std::array<item_cursor, item_kinds + 1> cursors_{item_cursor{item_kind::table},
                                                   item_cursor{item_kind::image},
                                                   item_cursor{item_kind::other}, item_cursor{}};
};

[[nodiscard]] inline hosted_stream* find_stream(std::uint32_t number) noexcept {
  object* found = find_object(number, object_kind::stream, "stream handle");
  return found != nullptr ? static_cast<hosted_stream*>(found->at) : nullptr;
}

// Puts a stream on the heap and into the table; its handle, or 0.
template <class Source>
std::uint32_t host_stream(Source source, chunk_options options, std::size_t room_bytes,
                          buffer_block* input) noexcept {
  auto stream = hosted_chunks<Source>::create(std::move(source), options);
  if (!stream) { return reject(stream.error()); }
  std::optional<input_room> room;
  if (room_bytes != 0) {
    auto made = input_room::create(room_bytes);
    if (!made) { return reject(made.error()); }
    room.emplace(std::move(*made));
  }
  using object_type = stream_object<Source>;
  std::byte* at = host_stream_heap{}.allocate(sizeof(object_type));
  if (at == nullptr) {
    return reject({errc::out_of_memory, "stream object in bytes", 0, sizeof(object_type)});
  }
  hosted_stream* made = ::new (static_cast<void*>(at))
      object_type{std::move(*stream), std::move(room), buffer_lease{input}};
  auto h = objects.insert({object_kind::stream, made, nullptr});
  if (!h) {
    made->destroy();
    return reject(h.error());
  }
  ++ledger.streams;
  return static_cast<std::uint32_t>(*h);
}

} // namespace detail

/// A stream of what `t` makes of input that the host feeds, through a room of `room` bytes. Returns
/// its handle, or 0 with the reason recorded.
template <transform T>
[[nodiscard]] std::uint32_t open_stream(T t, chunk_options options = {},
                                        std::size_t room = 65536) noexcept {
  return detail::host_stream(transform_source<T>{std::move(t)}, options, room, nullptr);
}

/// A stream of what `t` makes of the committed bytes of buffer `number`, in place. The buffer is
/// leased until the stream is closed. Returns the stream's handle, or 0 with the reason recorded.
template <transform T>
[[nodiscard]] std::uint32_t open_stream_over(T t, std::uint32_t number,
                                             chunk_options options = {}) noexcept {
  const auto input = buffer_view(number);
  if (!input) { return 0; }
  return detail::host_stream(transform_source<T>{std::move(t), *input}, options, 0,
                             detail::find_buffer(number));
}

/// A stream of the committed bytes of buffer `number` as text: its chunks lie in the buffer itself.
/// Otherwise as above.
[[nodiscard]] inline std::uint32_t open_text(std::uint32_t number,
                                             chunk_options options = {}) noexcept {
  const auto input = buffer_view(number);
  if (!input) { return 0; }
  return detail::host_stream(text_source{*input}, options, 0, detail::find_buffer(number));
}

/// A stream of the chunks of any source, which must not refer to what the host may free. Returns its
/// handle, or 0 with the reason recorded.
template <class Source>
  requires chunk_source<Source, detail::host_stream_heap>
[[nodiscard]] std::uint32_t open_source(Source source, chunk_options options = {}) noexcept {
  return detail::host_stream(std::move(source), options, 0, nullptr);
}

} // namespace linmem::inline LINMEM_ABI
