// The C++ half of a pooled batch: while a document of it is read, malloc gives memory that the next
// document gets again.
//
// The linker takes what is here for malloc, calloc, realloc and free (--wrap, see CMakeLists.txt): so the
// stream, its chunk, what a transform keeps and the libraries that parse are all served, and none of them
// knows. Input lies in buffers of a pool (pool_exports.hpp), which outlive the document.
#include "document_memory.hpp"

#include <linmem/exports.hpp>      // LINMEM_EXPORT, linmem::reject
#include <linmem/layout.hpp>       // linmem::block_layout
#include <linmem/pool_exports.hpp> // for JavaScript's BufferPool

#include <algorithm> // std::min
#include <array>     // std::array
#include <cstddef>   // std::size_t
#include <cstdint>   // std::uint32_t, std::uint64_t, std::uintptr_t
#include <cstring>   // std::memcpy, std::memset
#include <optional>  // std::optional

namespace {

/// What malloc did so far, as the host reads it.
struct batch_figures {
  std::uint64_t heap_allocations = 0;  ///< allocations that the heap served, in and out of batches
  std::uint64_t batch_allocations = 0; ///< allocations that the memory of a document served
  std::uint64_t memory_bytes = 0;      ///< of a document's memory
};
constexpr std::array figure_fields{
    LINMEM_FIELD(batch_figures, heap_allocations),
    LINMEM_FIELD(batch_figures, batch_allocations),
    LINMEM_FIELD(batch_figures, memory_bytes),
};
constexpr linmem::block_layout figure_layout{"batch", sizeof(batch_figures), figure_fields};

constinit batch_figures figures{};
constinit std::optional<document::document_memory> memory{};

bool owns(const void* at) noexcept { return memory && memory->owns(at); }

} // namespace

// The linker's names: __wrap_f is called where f is, and __real_f is f itself.
extern "C" {
void* __real_malloc(std::size_t size);                    // NOLINT
void* __real_calloc(std::size_t count, std::size_t size); // NOLINT
void* __real_realloc(void* at, std::size_t size);         // NOLINT
void __real_free(void* at);                               // NOLINT

void* __wrap_malloc(std::size_t size) { // NOLINT
  if (memory) {
    if (void* const given = memory->allocate(size)) {
      ++figures.batch_allocations;
      return given;
    }
  }
  ++figures.heap_allocations;
  return __real_malloc(size);
}
void* __wrap_calloc(std::size_t count, std::size_t size) { // NOLINT
  if (memory && (size == 0 || count <= ~std::size_t{0} / size)) {
    if (void* const given = memory->allocate(count * size)) {
      ++figures.batch_allocations;
      return std::memset(given, 0, count * size);
    }
  }
  ++figures.heap_allocations;
  return __real_calloc(count, size);
}
void* __wrap_realloc(void* at, std::size_t size) { // NOLINT
  if (at == nullptr) { return __wrap_malloc(size); }
  if (!owns(at)) {
    ++figures.heap_allocations;
    return __real_realloc(at, size);
  }
  if (void* const given = memory->reallocate(at, size)) {
    ++figures.batch_allocations;
    return given;
  }
  ++figures.heap_allocations;
  void* const moved = __real_malloc(size);
  if (moved == nullptr) { return nullptr; }
  std::memcpy(moved, at, std::min(size, document::document_memory::size_of(at)));
  memory->free(at);
  return moved;
}
void __wrap_free(void* at) { // NOLINT
  owns(at) ? memory->free(at) : __real_free(at);
}
}

/// Makes the memory for one document after the other: `capacity` bytes to begin with, `most` at most.
/// One batch at a time.
LINMEM_EXPORT(document_batch_new)
std::uint32_t document_batch_new(std::size_t capacity, std::size_t most) noexcept {
  if (memory) { return linmem::reject({linmem::errc::leased, "batch of an instance", 1, 2}); }
  memory.emplace(capacity, most);
  return 1;
}

/// Frees it; refused with `leased` while something in it is not freed.
LINMEM_EXPORT(document_batch_free) std::uint32_t document_batch_free() noexcept {
  if (memory && (memory->is_open() || memory->live() != 0)) {
    return linmem::reject({linmem::errc::leased, "allocations of a document", 0, memory->live()});
  }
  memory.reset();
  return 1;
}

/// A document begins: what is allocated from now on is in its memory.
LINMEM_EXPORT(document_batch_begin) std::uint32_t document_batch_begin() noexcept {
  if (!memory) { return linmem::reject({linmem::errc::closed, "a batch of documents", 0, 0}); }
  if (memory->is_open()) {
    return linmem::reject({linmem::errc::leased, "documents of a batch at a time", 1, 2});
  }
  memory->begin();
  return 1;
}

/// The document has ended, and with it what it allocated.
LINMEM_EXPORT(document_batch_end) std::uint32_t document_batch_end() noexcept {
  if (memory) { memory->end(); }
  return 1;
}

/// The address of the layout of the figures.
LINMEM_EXPORT(document_batch_layout) std::uintptr_t document_batch_layout() noexcept {
  return reinterpret_cast<std::uintptr_t>(&figure_layout); // NOLINT: read at once
}

/// Brings the figures up to date: their address, which stays.
LINMEM_EXPORT(document_batch_figures) std::uintptr_t document_batch_figures() noexcept {
  figures.memory_bytes = memory ? memory->capacity() : 0;
  return reinterpret_cast<std::uintptr_t>(&figures); // NOLINT: read by the host
}
