// examples/document/zip_head.hpp - what the beginning of a ZIP archive tells of it.
//
// The files of an archive lie one behind the other, each behind its name. An office document is known
// by the folder that its parts are in, and by no more than its beginning unless what comes first is
// long: then nothing is told. 4 KiB are plenty for what office programs write.
//
//   document::zip_names_folder(head, "xl/");   // an Excel workbook
#pragma once

#include <linmem/bytes.hpp> // linmem::as_text, linmem::byte_view

#include <cstddef>     // std::size_t
#include <string_view> // std::string_view

namespace document {

/// True when a file in the archive that begins with `head` is in `folder`, as far as `head` tells.
[[nodiscard]] inline bool zip_names_folder(linmem::byte_view head,
                                           std::string_view folder) noexcept {
  constexpr std::size_t header = 30; // bytes before the name
  constexpr std::string_view magic = "PK\3\4";
  std::string_view rest = linmem::as_text(head);
  while (rest.starts_with(magic) && rest.size() > header) {
    const auto number = [&](std::size_t at) {
      return static_cast<std::size_t>(static_cast<unsigned char>(rest[at])) |
             static_cast<std::size_t>(static_cast<unsigned char>(rest[at + 1])) << 8U;
    };
    if (rest.substr(header).starts_with(folder)) { return true; }
    // The size of a file may be told only behind it; what comes next is looked for in any case.
    const std::size_t known = header + number(26) + number(28) + (number(18) | number(20) << 16U);
    rest.remove_prefix(known < rest.size() ? known : rest.size());
    const std::size_t next = rest.find(magic);
    rest.remove_prefix(next < rest.size() ? next : rest.size());
  }
  return false;
}

} // namespace document
