// examples/document/zip_archive.hpp - the files in a ZIP archive that lies in memory.
//
// What office documents are: reads the central directory at the end of the archive and unpacks one file
// at a time (zlib's inflate), into memory that grows as the file does, so that what a header claims of
// its size is believed only as far as its packed bytes can become as many. Nothing is read outside of
// the archive, whatever its offsets say.
//
// An archive that unpacks to a lot is stopped by four limits: bytes of a file (the caller's), bytes of
// all files, bytes for each packed one, and packed bytes of all files, which are more than the archive
// has only where its files overlap. Archives of more than 4 GiB (ZIP64) and encrypted ones are errors.
//
//   document::zip_archive zip;
//   linmem::error failed = zip.open(bytes);                       // code none: it is one
//   document::growing_bytes text;
//   failed = zip.unpack("word/document.xml", 64 << 20, text);     // at most 64 MiB
//
// Needs zlib.h on the include path and zlib linked.
#pragma once

#include "growing_bytes.hpp"
#include "name_index.hpp"

#include <linmem/bytes.hpp> // linmem::in_bounds
#include <linmem/error.hpp> // linmem::error, linmem::errc

#include <zlib.h>

#include <algorithm>   // std::copy, std::min
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

  /// Takes `archive`, which stays where it is. invalid_data when it is none, unsupported for ZIP64,
  /// out_of_memory.
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
    constexpr std::uint32_t stored = 0;
    constexpr std::uint32_t deflated = 8;
    constexpr std::uint32_t encrypted = 1;
    const name_entry* const file = files_.find(name);
    if (file == nullptr) { return broken("file that the ZIP archive lacks"); }
    const auto header = static_cast<std::size_t>(file->value);
    const std::uint32_t method = number(header + 10, 2);
    const std::uint32_t size = number(header + 20, 4);
    const std::uint32_t local = number(header + 42, 4);
    if ((number(header + 8, 2) & encrypted) != 0) {
      return {linmem::errc::unsupported, "encrypted file of a ZIP archive", 0, 0};
    }
    if (size == in_zip64 || local == in_zip64) { return zip64; }
    if (method != stored && method != deflated) {
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
    packed_ += size;
    if (packed_ > archive_.size()) { return broken("ZIP archive's files: they overlap"); }
    const std::string_view packed = archive_.substr(static_cast<std::size_t>(data), size);
    const bool is_last = most_in_all - unpacked_ < most;
    const linmem::error too_long = is_last ? limit("unpacked files in bytes", most_in_all)
                                           : limit("unpacked file in bytes", most);
    most = is_last ? most_in_all - unpacked_ : most;
    const linmem::error failed =
        method == stored ? copy(packed, most, too_long, out)
                         : inflate_into(packed, number(header + 24, 4), most, too_long, out);
    if (failed.code != linmem::errc::none) { return failed; }
    unpacked_ += out.size();
    const auto sum = crc32(0, bytes_of(out.text()), static_cast<uInt>(out.size()));
    return sum == number(header + 16, 4) ? failed : broken("ZIP archive's file: its checksum");
  }

private:
  static constexpr std::size_t end_size = 22;     // of the record at the end, without its comment
  static constexpr std::size_t central_size = 46; // of a file's record in the directory
  static constexpr std::size_t local_size = 30;   // of a file's record before its data
  static constexpr std::uint32_t in_zip64 = 0xFFFF'FFFF; // stands for a number that is elsewhere

  static linmem::error broken(const char* what) noexcept {
    return {linmem::errc::invalid_data, what, 0, 0};
  }
  static linmem::error limit(const char* what, std::size_t most) noexcept {
    return {linmem::errc::limit_exceeded, what, most, most + 1};
  }
  static constexpr linmem::error zip64{linmem::errc::unsupported, "ZIP64 archive", 0, 0};
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
  // Makes the files findable; the archive's end is at `end`.
  [[nodiscard]] linmem::error read_directory(std::size_t end) noexcept {
    constexpr std::uint32_t count_in_zip64 = 0xFFFF;
    const std::uint32_t count = number(end + 10, 2);
    const std::uint32_t directory = number(end + 16, 4);
    if (count == count_in_zip64 || directory == in_zip64) { return zip64; }
    std::uint64_t at = directory;
    for (std::uint32_t i = 0; i != count; ++i) {
      const auto header = static_cast<std::size_t>(at);
      if (!linmem::in_bounds(at, central_size, end) || archive_.substr(header, 4) != "PK\1\2") {
        return broken("ZIP archive's directory");
      }
      const std::uint32_t length = number(header + 28, 2);
      if (!files_.add(archive_.substr(header + central_size, length), header)) { return no_memory; }
      at += central_size + length + number(header + 30, 2) + number(header + 32, 2);
    }
    files_.sort();
    return {};
  }

  static linmem::error copy(std::string_view packed, std::size_t most,
                            const linmem::error& too_long, growing_bytes& out) noexcept {
    if (packed.size() > most) { return too_long; }
    if (!out.reserve(packed.size())) { return no_memory; }
    char* const to = out.room().at;
    out.commit(std::copy(packed.begin(), packed.end(), to));
    return {};
  }

  static linmem::error inflate_into(std::string_view packed, std::uint32_t claimed,
                                    std::size_t most, const linmem::error& too_long,
                                    growing_bytes& out) noexcept {
    constexpr std::uint32_t densest = 1032; // bytes for a packed one, at most
    z_stream stream{};
    stream.next_in = const_cast<Bytef*>(bytes_of(packed)); // not written to
    stream.avail_in = static_cast<uInt>(packed.size());
    if (inflateInit2(&stream, -MAX_WBITS) != Z_OK) { return no_memory; }
    linmem::error failed{};
    // A size that may be true is taken at once; without the memory it is tried as with any other.
    const bool may_be = claimed <= most && claimed / densest <= packed.size();
    static_cast<void>(may_be && out.reserve(std::size_t{claimed} + 1));
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
        failed = too_long;
      } else if (out.size() > ratio_counts && out.size() / packed.size() >= most_ratio) {
        failed = {linmem::errc::limit_exceeded, "unpacked bytes for each of a file's packed ones",
                  most_ratio, out.size() / packed.size()};
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
  name_index files_;         // with where the directory's record begins
  std::uint64_t packed_ = 0; // bytes that were unpacked so far
  std::size_t unpacked_ = 0; // bytes that they became
};

} // namespace document
