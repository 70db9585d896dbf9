// examples/document/zip_archive.hpp - the files in a ZIP archive that lies in memory.
//
// What office documents are: reads the central directory at the end of the archive and unpacks one file
// at a time (zlib's inflate), into memory that grows as the file does, so that what a header claims of
// its size is believed only as far as its packed bytes can become as many. Nothing is read outside of
// the archive, whatever its offsets say.
//
// An archive that unpacks to a lot is stopped by four limits: bytes of a file (the caller's), bytes of
// all files, bytes for each packed one, and packed bytes of all files, which are more than the archive
// has only where its files overlap. Encrypted files are errors. Bytes before the archive and behind it
// are passed over, and numbers may have 64 bits (ZIP64).
//
//   document::zip_archive zip;
//   linmem::error failed = zip.open(bytes);                       // code none: it is one
//   document::growing_bytes text;
//   failed = zip.unpack("word/document.xml", 64 << 20, text);     // at most 64 MiB
//
// Needs zlib.h on the include path and zlib linked.
#pragma once

#include "growing_bytes.hpp"
#include "inflate.hpp"
#include "name_index.hpp"

#include <linmem/bytes.hpp> // linmem::in_bounds
#include <linmem/error.hpp> // linmem::error, linmem::errc

#include <zlib.h>

#include <algorithm>   // std::max, std::min
#include <cstddef>     // std::size_t
#include <cstdint>     // std::uint32_t, std::uint64_t
#include <string_view> // std::string_view
#include <utility>     // std::exchange

namespace document {

/// See this header's first lines.
class zip_archive {
public:
  static constexpr std::size_t most_in_all = std::size_t{512} << 20U; ///< bytes unpacked: 512 MiB
  static constexpr std::size_t most_ratio = 200; ///< bytes unpacked for each that is packed,
  static constexpr std::size_t ratio_counts = std::size_t{8} << 20U; ///< beyond these bytes: 8 MiB

  /// Takes `archive`, which stays where it is. invalid_data when it is none, out_of_memory.
  [[nodiscard]] linmem::error open(std::string_view archive) noexcept {
    constexpr std::size_t longest_comment = 0xFFFF;
    archive_ = archive;
    if (archive.size() < end_size) { return broken("ZIP archive without an end"); }
    const std::size_t last = archive.size() - end_size;
    const std::size_t first = last - std::min(last, longest_comment);
    for (std::size_t at = last + 1; at-- > first;) {
      if (archive.substr(at, 4) == "PK\5\6") { return read_directory(at); }
    }
    return broken("ZIP archive without an end");
  }

  /// True when there is a file `name`.
  [[nodiscard]] bool contains(std::string_view name) noexcept {
    return files_.find(name) != nullptr;
  }
  /// True when there is a file `name` and this is asked for the first time.
  [[nodiscard]] bool take(std::string_view name) noexcept {
    name_entry* const file = files_.find(name);
    return file != nullptr && !std::exchange(file->is_marked, true);
  }

  /// Puts file `name` into `out`, which is empty. invalid_data when it is not there or damaged,
  /// unsupported when it is encrypted or compressed in another way, limit_exceeded beyond `most`
  /// bytes and the other limits, out_of_memory.
  [[nodiscard]] linmem::error unpack(std::string_view name, std::size_t most,
                                     growing_bytes& out) noexcept {
    constexpr std::uint64_t stored = 0;
    constexpr std::uint64_t deflated = 8;
    constexpr std::uint64_t encrypted = 1;
    const name_entry* const file = files_.find(name);
    if (file == nullptr) { return broken("file that the ZIP archive lacks"); }
    const std::string_view header = archive_.substr(static_cast<std::size_t>(file->value));
    const std::uint64_t method = number(header, 10, 2);
    wide_numbers wide{header};
    const std::uint64_t claimed = wide.next(number(header, 24, 4));
    const std::uint64_t size = wide.next(number(header, 20, 4));
    const std::uint64_t local = wide.next(number(header, 42, 4)) + begin_;
    if ((number(header, 8, 2) & encrypted) != 0) {
      return {linmem::errc::unsupported, "encrypted file of a ZIP archive", 0, 0};
    }
    if (method != stored && method != deflated) {
      return {linmem::errc::unsupported, "way in which a file of the ZIP archive is packed", 0,
              method};
    }
    if (!linmem::in_bounds(local, local_size, archive_.size())) {
      return broken("ZIP archive's file");
    }
    const std::string_view record = archive_.substr(static_cast<std::size_t>(local));
    const std::uint64_t data = local_size + number(record, 26, 2) + number(record, 28, 2);
    if (!record.starts_with("PK\3\4") || !linmem::in_bounds(data, size, record.size())) {
      return broken("ZIP archive's file");
    }
    packed_ += size;
    if (packed_ > archive_.size()) { return broken("ZIP archive's files: they overlap"); }
    const std::string_view packed =
        record.substr(static_cast<std::size_t>(data), static_cast<std::size_t>(size));
    linmem::error too_long = limit(unpacked, most);
    if (most_in_all - unpacked_ < most) {
      most = most_in_all - unpacked_;
      too_long = limit("unpacked files in bytes", most_in_all);
    }
    const std::uint64_t by_ratio = std::max<std::uint64_t>(ratio_counts, size * most_ratio);
    if (by_ratio < most) {
      most = static_cast<std::size_t>(by_ratio);
      too_long = limit("unpacked bytes for each of a file's packed ones", most_ratio);
    }
    const linmem::error failed =
        method == stored ? copy(packed, most, out) : inflate_file(packed, claimed, most, out);
    if (failed.code == linmem::errc::limit_exceeded) { return too_long; }
    if (failed.code != linmem::errc::none) { return failed; }
    unpacked_ += out.size();
    const auto sum = crc32(0, reinterpret_cast<const Bytef*>(out.text().data()), // NOLINT
                           static_cast<uInt>(out.size()));
    return sum == number(header, 16, 4) ? failed : broken("ZIP archive's file: its checksum");
  }

private:
  static constexpr std::size_t end_size = 22;     // of the record at the end, without its comment
  static constexpr std::size_t end_64_size = 76;  // of what precedes that one in ZIP64
  static constexpr std::size_t central_size = 46; // of a file's record in the directory
  static constexpr std::size_t local_size = 30;   // of a file's record before its data

  static linmem::error broken(const char* what) noexcept {
    return {linmem::errc::invalid_data, what, 0, 0};
  }
  static linmem::error limit(const char* what, std::size_t most) noexcept {
    return {linmem::errc::limit_exceeded, what, most, most + 1};
  }

  // The number in `size` bytes, lowest first; the caller knows that they are there.
  [[nodiscard]] static std::uint64_t number(std::string_view bytes, std::size_t at,
                                            std::size_t size) noexcept {
    std::uint64_t value = 0;
    for (std::size_t i = size; i-- != 0;) {
      value = value << 8U | static_cast<unsigned char>(bytes[at + i]);
    }
    return value;
  }

  // The numbers of a file's record in the directory that are too great for it stand behind its name.
  class wide_numbers {
  public:
    explicit wide_numbers(std::string_view header) noexcept {
      const std::uint64_t before = central_size + number(header, 28, 2);
      const std::uint64_t size = number(header, 30, 2);
      if (!linmem::in_bounds(before, size, header.size())) { return; }
      std::string_view blocks =
          header.substr(static_cast<std::size_t>(before), static_cast<std::size_t>(size));
      while (blocks.size() >= 4) {
        const auto length = static_cast<std::size_t>(number(blocks, 2, 2));
        const std::string_view block = blocks.substr(4, length);
        if (number(blocks, 0, 2) == 1) {
          rest_ = block;
          return;
        }
        blocks.remove_prefix(4 + block.size());
      }
    }
    // The number that the record gives as `narrow`; to be asked for in the order of the format.
    [[nodiscard]] std::uint64_t next(std::uint64_t narrow) noexcept {
      if (narrow != 0xFFFF'FFFF || rest_.size() < 8) { return narrow; }
      const std::uint64_t value = number(rest_, 0, 8);
      rest_.remove_prefix(8);
      return value;
    }

  private:
    std::string_view rest_;
  };

  // Makes the files findable; the archive's end is at `end`.
  [[nodiscard]] linmem::error read_directory(std::size_t end) noexcept {
    const std::string_view record = archive_.substr(end);
    std::uint64_t count = number(record, 10, 2);
    std::uint64_t size = number(record, 12, 4);
    std::uint64_t offset = number(record, 16, 4);
    if (end >= end_64_size && archive_.substr(end - end_64_size, 4) == "PK\6\6") {
      end -= end_64_size;
      const std::string_view wide = archive_.substr(end);
      count = number(wide, 32, 8);
      size = number(wide, 40, 8);
      offset = number(wide, 48, 8);
    }
    // The directory ends here. Where it says to be otherwise, something precedes the archive.
    std::uint64_t at = offset;
    if (size <= end && archive_.substr(end - static_cast<std::size_t>(size), 4) == "PK\1\2") {
      at = end - size;
      begin_ = at - offset;
    }
    for (std::uint64_t i = 0; i != count; ++i) {
      if (!linmem::in_bounds(at, central_size, end)) { return broken("ZIP archive's directory"); }
      const std::string_view header = archive_.substr(static_cast<std::size_t>(at));
      if (!header.starts_with("PK\1\2")) { return broken("ZIP archive's directory"); }
      const auto length = static_cast<std::size_t>(number(header, 28, 2));
      if (!files_.add(header.substr(central_size, length), static_cast<std::size_t>(at))) {
        return {linmem::errc::out_of_memory, "ZIP archive's files", 0, count};
      }
      at += central_size + length + number(header, 30, 2) + number(header, 32, 2);
    }
    files_.sort();
    return {};
  }

  static linmem::error copy(std::string_view packed, std::size_t most,
                            growing_bytes& out) noexcept {
    if (packed.size() > most) { return limit(unpacked, most); }
    return out.append(packed) ? linmem::error{}
                              : linmem::error{linmem::errc::out_of_memory, unpacked, 0, 0};
  }
  static linmem::error inflate_file(std::string_view packed, std::uint64_t claimed,
                                    std::size_t most, growing_bytes& out) noexcept {
    constexpr std::uint64_t densest = 1032; // bytes for a packed one, at most
    // A size that may be true is taken at once; without the memory it is tried as with any other.
    const bool may_be = claimed <= most && claimed / densest <= packed.size();
    static_cast<void>(may_be && out.reserve(static_cast<std::size_t>(claimed) + 1));
    const linmem::error failed = inflate_raw(packed, most, unpacked, out);
    return failed.code == linmem::errc::invalid_data
               ? broken("ZIP archive's file: its compressed data")
               : failed;
  }
  static constexpr const char* unpacked = "unpacked file in bytes"; // in errors

  std::string_view archive_;
  std::uint64_t begin_ = 0;  // what is to be added to where the archive says that something is
  name_index files_;         // with where the directory's record begins
  std::uint64_t packed_ = 0; // bytes that were unpacked so far
  std::size_t unpacked_ = 0; // bytes that they became
};

} // namespace document
