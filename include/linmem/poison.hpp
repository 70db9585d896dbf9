// linmem/poison.hpp - tells AddressSanitizer which bytes of a pool nobody may touch.
//
// An arena's unused bytes are allocated as far as malloc knows. Under AddressSanitizer these two
// functions make touching them a report, as touching freed memory is; elsewhere they are nothing.
#pragma once

#include <linmem/config.hpp>

#include <cstddef> // std::size_t

#if defined(__SANITIZE_ADDRESS__)
#define LINMEM_DETAIL_ASAN 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define LINMEM_DETAIL_ASAN 1
#endif
#endif

#if defined(LINMEM_DETAIL_ASAN)
// The sanitizer's public interface; its header is missing from some installations. It reads no bytes
// there, which GCC has to be told, or it warns of bytes that nothing has written yet.
#if __has_cpp_attribute(gnu::access)
#define LINMEM_DETAIL_READS_NOTHING [[gnu::access(none, 1)]]
#else
#define LINMEM_DETAIL_READS_NOTHING
#endif
extern "C" LINMEM_DETAIL_READS_NOTHING void __asan_poison_memory_region(const volatile void* at,
                                                                        std::size_t bytes);
extern "C" LINMEM_DETAIL_READS_NOTHING void __asan_unpoison_memory_region(const volatile void* at,
                                                                          std::size_t bytes);
#undef LINMEM_DETAIL_READS_NOTHING
#endif

namespace linmem::inline LINMEM_ABI {

/// From now on touching [at, at + bytes) is reported.
inline void poison_bytes([[maybe_unused]] const void* at,
                         [[maybe_unused]] std::size_t bytes) noexcept {
#if defined(LINMEM_DETAIL_ASAN)
  __asan_poison_memory_region(at, bytes);
#endif
}

/// From now on touching [at, at + bytes) is allowed.
inline void unpoison_bytes([[maybe_unused]] const void* at,
                           [[maybe_unused]] std::size_t bytes) noexcept {
#if defined(LINMEM_DETAIL_ASAN)
  __asan_unpoison_memory_region(at, bytes);
#endif
}

} // namespace linmem::inline LINMEM_ABI
