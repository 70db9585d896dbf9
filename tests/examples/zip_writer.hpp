// tests/examples/zip_writer.hpp - ZIP archives for the tests of what reads them.
#pragma once

#include <zlib.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace zip_writer {

using files = std::vector<std::pair<std::string, std::string>>; ///< names and contents

inline std::string little(std::uint32_t value, int size) {
  std::string bytes;
  for (int i = 0; i < size; ++i) { bytes += static_cast<char>(value >> 8 * i & 0xFF); }
  return bytes;
}

/// The checksum of ZIP.
inline std::uint32_t crc(std::string_view bytes) {
  return static_cast<std::uint32_t>(
      crc32(0, reinterpret_cast<const Bytef*>(bytes.data()), static_cast<uInt>(bytes.size())));
}

/// What the archive says of its files, where it is not what they are.
struct claims {
  std::uint32_t flags = 0;  ///< 1: encrypted
  std::uint32_t method = 0; ///< 0: stored, 8: deflated
  bool overlap = false;     ///< each file's data is that of the first
};

/// An archive of files that are not compressed.
inline std::string archive(const files& all, claims claim = {}) {
  std::string zip;
  std::string directory;
  for (const auto& [name, content] : all) {
    const auto size = static_cast<std::uint32_t>(content.size());
    const std::string common = little(20, 2) + little(claim.flags, 2) + little(claim.method, 2) +
                               little(0, 4) + little(crc(content), 4) + little(size, 4) +
                               little(size, 4) +
                               little(static_cast<std::uint32_t>(name.size()), 2) + little(0, 2);
    const auto at = claim.overlap ? 0 : static_cast<std::uint32_t>(zip.size());
    directory += "PK\1\2" + little(20, 2) + common + little(0, 2) + little(0, 2) + little(0, 2) +
                 little(0, 4) + little(at, 4) + name;
    zip += claim.overlap && !zip.empty() ? "" : "PK\3\4" + common + name + content;
  }
  const auto at = static_cast<std::uint32_t>(zip.size());
  const auto count = static_cast<std::uint32_t>(all.size());
  return zip + directory + "PK\5\6" + little(0, 4) + little(count, 2) + little(count, 2) +
         little(static_cast<std::uint32_t>(directory.size()), 4) + little(at, 4) + little(0, 2);
}

/// The relations of a part: "id type target" each; a type that ends with "!" is external.
inline std::string relations(const std::vector<std::vector<std::string>>& all) {
  std::string xml = "<Relationships>";
  for (const auto& r : all) {
    const bool external = r[1].ends_with('!');
    xml += "<Relationship Id='" + r[0] + "' Type='http://x/" +
           (external ? r[1].substr(0, r[1].size() - 1) : r[1]) + "' Target='" + r[2] + "'" +
           (external ? " TargetMode='External'" : "") + "/>";
  }
  return xml + "</Relationships>";
}

} // namespace zip_writer
