// examples/document/zip_archive.hpp - the files in a ZIP archive that lies in memory.
//
// What office documents are: reads the central directory at the end of the archive and unpacks one file
// at a time (zlib's inflate), into memory that grows as the file does, so that what a header claims of
// its size is never believed. Not for archives of more than 4 GiB, nor for encrypted ones; these are
// errors. Nothing is read outside of the archive, whatever its offsets say.
//
//   document::zip_archive zip;
//   linmem::error failed = zip.open(bytes);                       // code none: it is one
//   document::growing_bytes text;
//   failed = zip.unpack("word/document.xml", 64 << 20, text);     // at most 64 MiB
//
// Needs zlib.h on the include path and zlib linked.
#pragma once

#include "whole_document.hpp" // growing_bytes

#include <linmem/bytes.hpp> // linmem::in_bounds
#include <linmem/error.hpp> // linmem::error, linmem::errc

#include <zlib.h>

#include <algorithm>   // std::copy, std::min
#include <cstddef>     // std::size_t
#include <cstdint>     // std::uint32_t
#include <optional>    // std::optional
#include <string_view> // std::string_view

namespace document {

/// See this header's first lines. Holds no memory of its own.
class zip_archive {
public:
  /// Takes `archive`, which stays where it is; invalid_data when it is none.
  [[nodiscard]] linmem::error open(std::string_view archive) noexcept {
    constexpr std::size_t longest_comment = 0xFFFF;
    constexpr std::string_view magic = "PK\5\6";
    archive_ = archive;
    if (archive.size() < end_size) { return broken("ZIP archive without an end"); }
    const std::size_t last = archive.size() - end_size;
    const std::size_t first = last - std::min(last, longest_comment);
    for (std::size_t at = last + 1; at-- > first;) {
      if (archive.substr(at, 4) != magic) { continue; }
      count_ = number(at + 10, 2);
      directory_ = number(at + 16, 4);
      return directory_ < at || count_ == 0 ? linmem::error{} : broken("ZIP archive's directory");
    }
    return broken("ZIP archive without an end");
  }

  /// True when there is a file `name`.
  [[nodiscard]] bool contains(std::string_view name) const noexcept {
    return find(name).has_value();
  }

  /// Puts file `name` into `out`, which is empty. invalid_data when it is not there or damaged,
  /// unsupported when it is encrypted or compressed in another way, limit_exceeded beyond `most`
  /// bytes, out_of_memory.
  [[nodiscard]] linmem::error unpack(std::string_view name, std::size_t most,
                                     growing_bytes& out) const noexcept {
    constexpr std::uint32_t stored = 0;
    constexpr std::uint32_t deflated = 8;
    const auto header = find(name);
    if (!header) { return broken("file that the ZIP archive lacks"); }
    const std::uint32_t method = number(*header + 10, 2);
    const std::uint32_t size = number(*header + 20, 4);
    const std::uint32_t local = number(*header + 42, 4);
    if ((number(*header + 8, 2) & 1U) != 0 || (method != stored && method != deflated)) {
      return {linmem::errc::unsupported, "way in which a file of the ZIP archive is packed", 0,
              method};
    }
    if (!linmem::in_bounds(local, local_size, archive_.size()) ||
        archive_.substr(local, 4) != "PK\3\4") {
      return broken("ZIP archive's file");
    }
    const std::uint64_t data =
        std::uint64_t{local} + local_size + number(local + 26, 2) + number(local + 28, 2);
    if (!linmem::in_bounds(data, size, archive_.size())) { return broken("ZIP archive's file"); }
    const std::string_view packed = archive_.substr(static_cast<std::size_t>(data), size);
    const linmem::error failed =
        method == stored ? copy(packed, most, out) : inflate_into(packed, most, out);
    if (failed.code != linmem::errc::none) { return failed; }
    const auto sum = crc32(0, bytes_of(out.text()), static_cast<uInt>(out.size()));
    return sum == number(*header + 16, 4) ? failed : broken("ZIP archive's file: its checksum");
  }

private:
  static constexpr std::size_t end_size = 22;     // of the record at the end, without its comment
  static constexpr std::size_t central_size = 46; // of a file's record in the directory
  static constexpr std::size_t local_size = 30;   // of a file's record before its data

  static linmem::error broken(const char* what) noexcept {
    return {linmem::errc::invalid_data, what, 0, 0};
  }
  static linmem::error too_large(std::size_t most) noexcept {
    return {linmem::errc::limit_exceeded, "unpacked file in bytes", most, most + 1};
  }
  static constexpr linmem::error no_memory{linmem::errc::out_of_memory, "unpacked file in bytes", 0,
                                           0};

  static const Bytef* bytes_of(std::string_view text) noexcept {
    return reinterpret_cast<const Bytef*>(text.data()); // NOLINT: char may alias
  }
  // `size` bytes, lowest first; the caller knows that they are there.
  [[nodiscard]] std::uint32_t number(std::size_t at, std::size_t size) const noexcept {
    std::uint32_t value = 0;
    for (std::size_t i = size; i-- != 0;) {
      value = value << 8U | static_cast<unsigned char>(archive_[at + i]);
    }
    return value;
  }
  // Where the directory's record of the file begins.
  [[nodiscard]] std::optional<std::size_t> find(std::string_view name) const noexcept {
    std::size_t at = directory_;
    for (std::uint32_t i = 0; i != count_; ++i) {
      if (!linmem::in_bounds(at, central_size, archive_.size()) ||
          archive_.substr(at, 4) != "PK\1\2") {
        break;
      }
      const std::uint32_t length = number(at + 28, 2);
      if (archive_.substr(at + central_size, length) == name) { return at; }
      at += central_size + length + number(at + 30, 2) + number(at + 32, 2);
    }
    return std::nullopt;
  }

  static linmem::error copy(std::string_view packed, std::size_t most,
                            growing_bytes& out) noexcept {
    if (packed.size() > most) { return too_large(most); }
    if (!out.reserve(packed.size())) { return no_memory; }
    char* const to = out.room().at;
    out.commit(std::copy(packed.begin(), packed.end(), to));
    return {};
  }

  static linmem::error inflate_into(std::string_view packed, std::size_t most,
                                    growing_bytes& out) noexcept {
    z_stream stream{};
    stream.next_in = const_cast<Bytef*>(bytes_of(packed)); // not written to
    stream.avail_in = static_cast<uInt>(packed.size());
    if (inflateInit2(&stream, -MAX_WBITS) != Z_OK) { return no_memory; }
    linmem::error failed{};
    for (int done = Z_OK; done != Z_STREAM_END;) {
      if (!out.reserve(1)) {
        failed = no_memory;
        break;
      }
      // One byte beyond the limit tells a file that ends there from one that goes on.
      text_output room = out.room();
      const std::size_t want = std::min(room.room(), most + 1 - out.size());
      stream.next_out = reinterpret_cast<Bytef*>(room.at); // NOLINT: char may alias
      stream.avail_out = static_cast<uInt>(want);
      done = inflate(&stream, Z_NO_FLUSH);
      out.commit(room.at + (want - stream.avail_out));
      if (out.size() > most) {
        failed = too_large(most);
      } else if (done == Z_MEM_ERROR) {
        failed = no_memory;
      } else if (done != Z_OK && done != Z_STREAM_END) {
        failed = broken("ZIP archive's file: its compressed data");
      }
      if (failed.code != linmem::errc::none) { break; }
    }
    inflateEnd(&stream);
    return failed;
  }

  std::string_view archive_;
  std::size_t directory_ = 0;
  std::uint32_t count_ = 0;
};

} // namespace document
