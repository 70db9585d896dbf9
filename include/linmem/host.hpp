// linmem/host.hpp - what the host holds handles to, and what it reads without a call.
//
// A program that shares data with its host includes exports.hpp, which includes this. Its own exported
// functions take handles, and find what lies behind them:
//
//   LINMEM_EXPORT(count_bytes) std::uint32_t count_bytes(std::uint32_t buffer) noexcept {
//     const auto bytes = linmem::buffer_view(buffer);        // a result: the handle may be anything
//     return bytes ? static_cast<std::uint32_t>(bytes->size()) : 0;
//   }
//
// What fails returns 0 and leaves its reason in the error block. How a program publishes streams is in
// host_stream.hpp. All of it belongs to one thread.
#pragma once

#include <linmem/bytes.hpp>
#include <linmem/config.hpp>
#include <linmem/error.hpp>
#include <linmem/handle_table.hpp>
#include <linmem/layout.hpp>
#include <linmem/resource_tracker.hpp>
#include <linmem/result.hpp>
#include <linmem/shared_buffer.hpp>
#include <linmem/storage.hpp>

#include <array>   // std::array
#include <cstddef> // std::byte, std::size_t
#include <cstdint> // std::uint32_t, std::uint64_t, std::uintptr_t

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

namespace detail {

// Where what has a handle comes from: the heap. Natively, where there is no host, tests may refuse.
#if defined(__wasm__)
template <memory_tag Tag>
using host_heap = tagged_heap<Tag>;
#else
using host_grant = bool (*)() noexcept;
inline constinit host_grant host_grants = nullptr; // asked before each allocation
template <memory_tag Tag>
class host_heap {
public:
  [[nodiscard]] std::byte* allocate(std::size_t n) noexcept {
    return host_grants == nullptr || host_grants() ? tagged_heap<Tag>{}.allocate(n) : nullptr;
  }
  void deallocate(std::byte* bytes, std::size_t n) noexcept {
    tagged_heap<Tag>{}.deallocate(bytes, n);
  }
};
#endif
using host_pool_heap = host_heap<memory_tag::pool>;
using host_shared_buffer = shared_buffer<host_heap<memory_tag::buffer>>;

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
inline constexpr copy_ledger& ledger = program_copies;
inline constexpr std::array<const block_layout*, 3> blocks{&buffer_layout, &error_layout,
                                                           &ledger_layout};
inline constinit abi_table table{
    {'L', 'M', 'E', 'M'},  layout_version, sizeof(void*), errc_count,    errc_names.data(),
    LINMEM_VERSION_STRING, &last_error,    &ledger,       blocks.size(), blocks.data()};

[[nodiscard]] inline std::uint64_t address_of(const void* at) noexcept {
  return reinterpret_cast<std::uintptr_t>(at); // NOLINT: read by the host at once
}

} // namespace detail

/// Records `failed` as the reason why an exported function fails, and returns the 0 that it then returns.
/// Where memory ran out because the tracker's limit refused it, the reason is that limit.
/// Not inlined: every exported function calls it, and it is no part of any fast path.
[[gnu::noinline]] inline std::uint32_t reject(const error& failed) noexcept {
  error e = failed;
  if (e.code == errc::out_of_memory) {
    if (const auto refusal = tracker().take_refusal()) { e = *refusal; }
  }
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

// Puts a buffer into the table; its handle, or 0 with the buffer still the caller's.
[[nodiscard]] inline std::uint32_t host_buffer(buffer_block* block, buffer_owner* owner) noexcept {
  const auto h = objects.insert({object_kind::buffer, block, owner});
  if (!h) { return reject(h.error()); }
  ++ledger.buffers;
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
  auto* block = const_cast<buffer_block*>(&buffer.block()); // NOLINT: the buffer is the caller's
  const std::uint32_t number = detail::host_buffer(block, nullptr);
  if (number != 0) { static_cast<void>(buffer.release()); } // the table's now
  return number;
}

} // namespace linmem::inline LINMEM_ABI
