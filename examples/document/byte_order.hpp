// examples/document/byte_order.hpp - parts of a file, and the numbers in them.
//
//   std::string_view head = document::part_of(file, 8, 16);   // empty unless all of it is there
//   std::uint32_t width = document::big_endian(head.substr(8, 4));
#pragma once

#include <linmem/bytes.hpp> // linmem::in_bounds

#include <cstddef>     // std::size_t
#include <cstdint>     // std::uint32_t, std::uint64_t
#include <string_view> // std::string_view

namespace document {

/// `size` bytes of `file` from `at` on; none unless all of them are there.
[[nodiscard]] inline std::string_view part_of(std::string_view file, std::uint64_t at,
                                              std::uint64_t size) noexcept {
  if (!linmem::in_bounds(at, size, file.size())) { return {}; }
  return file.substr(static_cast<std::size_t>(at), static_cast<std::size_t>(size));
}

/// The number that at most four bytes are, highest first; 0 for none.
[[nodiscard]] inline std::uint32_t big_endian(std::string_view bytes) noexcept {
  std::uint32_t value = 0;
  for (const char c : bytes) { value = value << 8U | static_cast<unsigned char>(c); }
  return value;
}
/// The same, lowest first.
[[nodiscard]] inline std::uint32_t little_endian(std::string_view bytes) noexcept {
  std::uint32_t value = 0;
  for (std::size_t i = bytes.size(); i-- != 0;) {
    value = value << 8U | static_cast<unsigned char>(bytes[i]);
  }
  return value;
}

} // namespace document
