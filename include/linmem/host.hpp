// linmem/host.hpp - what the host holds handles to, and how a program publishes streams.
//
// A program that shares data with its host includes exports.hpp, which includes this. It adds
// functions of its own that open streams, and JavaScript pulls from them:
//
//   LINMEM_EXPORT(shout_open) std::uint32_t shout_open() noexcept {
//     return linmem::open_stream(linmem::utf8_lossy<shout>{});      // a handle; 0 on an error
//   }
//
// What fails returns 0 and leaves its reason in the error block. All of it belongs to one thread.
#pragma once

#include <linmem/bytes.hpp>
#include <linmem/chunk_stream.hpp>
#include <linmem/config.hpp>
#include <linmem/error.hpp>
#include <linmem/handle_table.hpp>
#include <linmem/layout.hpp>
#include <linmem/resource_tracker.hpp>
#include <linmem/result.hpp>
#include <linmem/shared_buffer.hpp>
#include <linmem/storage.hpp>
#include <linmem/transform.hpp>

#include <array>    // std::array
#include <cstddef>  // std::byte, std::size_t
#include <cstdint>  // std::uint32_t, std::uint64_t, std::uintptr_t
#include <memory>   // std::construct_at, std::destroy_at
#include <optional> // std::optional
#include <utility>  // std::exchange, std::move

/// Begins a function that the module exports under `name`, in a header or in a source file.
#if defined(__wasm__)
#define LINMEM_EXPORT(name)                                                                        \
  extern "C" inline __attribute__((used, visibility("default"), export_name(#name)))
#else
#define LINMEM_EXPORT(name) extern "C" inline
#endif

namespace linmem::inline LINMEM_ABI {

/// Why the last call failed, as the host reads it.
struct error_block {
  std::uint64_t limit = 0;    ///< error::limit
  std::uint64_t actual = 0;   ///< error::actual
  std::uint64_t subject = 0;  ///< address of error::subject, NUL-terminated
  errc code = errc::none;     ///< error::code; stays until the next failure
  std::uint32_t failures = 0; ///< number of failed calls so far
};

/// The fields of error_block.
inline constexpr std::array error_fields{
    LINMEM_FIELD(error_block, limit),    LINMEM_FIELD(error_block, actual),
    LINMEM_FIELD(error_block, subject),  LINMEM_FIELD(error_block, code),
    LINMEM_FIELD(error_block, failures),
};
/// The layout of error_block.
inline constexpr block_layout error_layout{"error", sizeof(error_block), error_fields};

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
    LINMEM_FIELD(stream_block, input_bytes), LINMEM_FIELD(stream_block, progress),
    LINMEM_FIELD(stream_block, state),
};
/// The layout of stream_block.
inline constexpr block_layout stream_layout{"stream", sizeof(stream_block), stream_fields};

/// A stream behind a handle, whatever its source.
class hosted_stream {
public:
  hosted_stream() = default;
  hosted_stream(const hosted_stream&) = delete;
  hosted_stream& operator=(const hosted_stream&) = delete;
  hosted_stream(hosted_stream&&) = delete;
  hosted_stream& operator=(hosted_stream&&) = delete;

  virtual void next() noexcept = 0;                            ///< chunk_stream::next
  virtual result<void> feed(std::uint64_t bytes) noexcept = 0; ///< `bytes` of the room are filled
  virtual result<void> finish() noexcept = 0;                  ///< no input follows
  virtual void expect(std::uint64_t total) noexcept = 0;       ///< how much input there will be
  virtual result<void> rewind() noexcept = 0;                  ///< chunk_stream::rewind
  [[nodiscard]] virtual error failure() const noexcept = 0;    ///< chunk_stream::failure
  virtual void destroy() noexcept = 0;                         ///< frees this object

  stream_block block; ///< what the host polls; its address is fixed

protected:
  ~hosted_stream() = default; // destroy() knows the type
};

namespace detail {

enum class object_kind : std::uint8_t { none, buffer, stream, pool, ring, params };

// What a buffer goes back to when it is not the heap.
struct buffer_owner {
  void (*take_back)(buffer_owner& self, buffer_block* block) noexcept;
};

struct object {
  object_kind kind = object_kind::none;
  void* at = nullptr; // a buffer_block, a hosted_stream, or a pool
  buffer_owner* owner = nullptr;
};

struct abi_table {
  std::array<char, 4> magic;
  std::uint32_t version;
  std::uint32_t pointer_bytes;
  std::uint32_t errc_count;
  const char* const* errc_names;
  const char* library_version;
  error_block* last_error;
  copy_ledger* ledger;
  std::uint32_t block_count;
  const block_layout* const* blocks;
};

inline constinit handle_table<object, 1024> objects{};
inline constinit error_block last_error{};
inline constinit copy_ledger ledger{};
inline constexpr std::array<const block_layout*, 4> blocks{&buffer_layout, &error_layout,
                                                           &ledger_layout, &stream_layout};
inline constinit abi_table table{
    {'L', 'M', 'E', 'M'},  layout_version, sizeof(void*), errc_count,    errc_names.data(),
    LINMEM_VERSION_STRING, &last_error,    &ledger,       blocks.size(), blocks.data()};

[[nodiscard]] inline std::uint64_t address_of(const void* at) noexcept {
  return reinterpret_cast<std::uintptr_t>(at); // NOLINT: read by the host at once
}

} // namespace detail

/// Records `e` as the reason why an exported function fails, and returns the 0 that it then returns.
/// Not inlined: every exported function calls it, and it is no part of any fast path.
[[gnu::noinline]] inline std::uint32_t reject(const error& e) noexcept {
  detail::last_error.limit = e.limit;
  detail::last_error.actual = e.actual;
  detail::last_error.subject = detail::address_of(e.subject);
  detail::last_error.code = e.code;
  ++detail::last_error.failures;
  return 0;
}

namespace detail {

inline std::uint32_t accept(const result<void>& r) noexcept { return r ? 1 : reject(r.error()); }

[[nodiscard]] inline error no_such(const char* what, std::uint32_t number) noexcept {
  return {errc::invalid_handle, what, 0, number};
}

// What `number` names if it is of `kind`; else null, and the error is recorded. Not inlined, for a
// quarter of the size of the exports.
[[nodiscard]] [[gnu::noinline]] inline object* find_object(std::uint32_t number, object_kind kind,
                                                           const char* what) noexcept {
  object* found = objects.find(handle{number});
  if (found != nullptr && found->kind == kind) { return found; }
  reject(no_such(what, number));
  return nullptr;
}
[[nodiscard]] inline buffer_block* find_buffer(std::uint32_t number) noexcept {
  object* found = find_object(number, object_kind::buffer, "buffer handle");
  return found != nullptr ? static_cast<buffer_block*>(found->at) : nullptr;
}
[[nodiscard]] inline hosted_stream* find_stream(std::uint32_t number) noexcept {
  object* found = find_object(number, object_kind::stream, "stream handle");
  return found != nullptr ? static_cast<hosted_stream*>(found->at) : nullptr;
}

// Puts a buffer into the table; its handle, or 0 with the buffer still the caller's.
[[nodiscard]] inline std::uint32_t host_buffer(buffer_block* block, buffer_owner* owner) noexcept {
  const auto h = objects.insert({object_kind::buffer, block, owner});
  if (!h) { return reject(h.error()); }
  ++ledger.buffers;
  return static_cast<std::uint32_t>(*h);
}

// Calls `f` on the buffer that `number` names without taking it out of the table.
template <class F>
std::uint32_t with_buffer(std::uint32_t number, F f) noexcept {
  buffer_block* block = find_buffer(number);
  if (block == nullptr) { return 0; }
  auto buffer = shared_buffer<>::adopt(block);
  const std::uint32_t answer = f(buffer);
  static_cast<void>(buffer.release()); // still the table's
  return answer;
}

template <class Source>
inline constexpr bool is_fed = requires(Source& s, byte_view in) { s.feed(in); };

// A chunk_stream with the room for its input and the lease on it.
template <class Source>
class stream_object final : public hosted_stream {
public:
  stream_object(chunk_stream<Source> stream, std::optional<shared_buffer<>> room,
                buffer_lease lease) noexcept
      : stream_{std::move(stream)}, room_{std::move(room)}, lease_{std::move(lease)} {
    if (room_) {
      block.input = address_of(room_->data());
      block.input_bytes = room_->capacity();
    }
    publish();
  }

  void next() noexcept override {
    stream_.next();
    publish();
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
  [[nodiscard]] error failure() const noexcept override { return stream_.failure(); }
  void destroy() noexcept override {
    std::destroy_at(this);
    heap_storage{}.deallocate(reinterpret_cast<std::byte*>(this), sizeof *this); // NOLINT
  }
  ~stream_object() = default;

private:
  void publish() noexcept {
    block.chunk = address_of(stream_.chunk().data());
    block.chunk_bytes = stream_.chunk().size();
    block.chunks = stream_.chunks();
    block.position = stream_.position();
    block.consumed = stream_.source().consumed();
    block.total = stream_.source().total();
    block.replaced = stream_.source().replaced();
    block.progress = stream_.progress();
    block.state = stream_.state();
  }

  chunk_stream<Source> stream_;
  std::optional<shared_buffer<>> room_; // for input that is fed
  buffer_lease lease_;                  // on input that is there
};

// Puts a stream on the heap and into the table; its handle, or 0.
template <class Source>
std::uint32_t host_stream(Source source, chunk_options options, std::size_t room_bytes,
                          buffer_block* input) noexcept {
  auto stream = chunk_stream<Source>::create(std::move(source), options);
  if (!stream) { return reject(stream.error()); }
  std::optional<shared_buffer<>> room;
  if (room_bytes != 0) {
    auto made = shared_buffer<>::create(room_bytes);
    if (!made) { return reject(made.error()); }
    room.emplace(std::move(*made));
  }
  using object_type = stream_object<Source>;
  std::byte* at = heap_storage{}.allocate(sizeof(object_type));
  if (at == nullptr) {
    return reject({errc::out_of_memory, "stream object in bytes", 0, sizeof(object_type)});
  }
  hosted_stream* made = std::construct_at(reinterpret_cast<object_type*>(at), // NOLINT: owned bytes
                                          std::move(*stream), std::move(room), buffer_lease{input});
  auto h = objects.insert({object_kind::stream, made, nullptr});
  if (!h) {
    made->destroy();
    return reject(h.error());
  }
  ++ledger.streams;
  return static_cast<std::uint32_t>(*h);
}

} // namespace detail

/// The committed bytes of the buffer that the host calls `number`; invalid_handle when it names
/// none. Valid until the host frees it.
[[nodiscard]] inline result<byte_view> buffer_view(std::uint32_t number) noexcept {
  const buffer_block* block = detail::find_buffer(number);
  if (block == nullptr) { return unexpected{detail::no_such("buffer handle", number)}; }
  const auto* data = reinterpret_cast<const std::byte*>(block) + block->data_offset; // NOLINT
  return byte_view{data, static_cast<std::size_t>(block->position)};
}

/// Gives `buffer` to the host: its handle, with which JavaScript's memory.buffer() opens it. When every
/// handle is taken 0, with the reason recorded, and `buffer` is as it was.
[[nodiscard]] inline std::uint32_t publish_buffer(shared_buffer<>&& buffer) noexcept {
  buffer_block* block = buffer.release();
  const std::uint32_t number = detail::host_buffer(block, nullptr);
  if (number == 0) { buffer = shared_buffer<>::adopt(block); }
  return number;
}

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

} // namespace linmem::inline LINMEM_ABI
