// What several test files of the C ABI need: a buffer as the host makes and fills it.
#pragma once

#include <linmem/bytes.hpp>
#include <linmem/exports.hpp>

#include <doctest/doctest.h>

#include <cstdint>
#include <string_view>

namespace support {

/// A buffer with a handle that holds `text`, and has room for it alone.
inline std::uint32_t hosted_buffer(std::string_view text) {
  const std::uint32_t h = linmem_buffer_new(text.empty() ? 1 : text.size(), 0);
  REQUIRE(h != 0);
  auto* block = reinterpret_cast<linmem::buffer_block*>(linmem_buffer_block(h));
  REQUIRE(linmem::shared_buffer_view<>::at(*block).write_at(0, linmem::as_bytes(text)));
  return h;
}

} // namespace support
