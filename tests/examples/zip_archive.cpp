// ZIP archives that lie, that are damaged, and that unpack to too much.
#include "../../examples/document/zip_archive.hpp"

#include "../../examples/document/zip_head.hpp"
#include "failing_malloc.hpp"
#include "zip_writer.hpp"

#include <linmem/bytes.hpp>

#include <doctest/doctest.h>
#include <zlib.h>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace {

using document::growing_bytes;
using document::zip_archive;
using zip_writer::archive;
using zip_writer::little;

constexpr std::size_t most = std::size_t{64} << 20U;

linmem::error unpack(std::string_view zip, std::string_view name, std::string* text = nullptr) {
  zip_archive opened;
  growing_bytes bytes;
  linmem::error failed = opened.open(zip);
  if (failed.code == linmem::errc::none) { failed = opened.unpack(name, most, bytes); }
  if (text != nullptr) { *text = bytes.text(); }
  return failed;
}

// An archive of one compressed file; its sizes are told in front of it, or only behind.
std::string deflated(std::string_view content, bool behind = false) {
  z_stream stream{};
  REQUIRE(deflateInit2(&stream, 9, Z_DEFLATED, -MAX_WBITS, 8, Z_DEFAULT_STRATEGY) == Z_OK);
  std::string packed(deflateBound(&stream, static_cast<uLong>(content.size())), '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(content.data()));
  stream.avail_in = static_cast<uInt>(content.size());
  stream.next_out = reinterpret_cast<Bytef*>(packed.data());
  stream.avail_out = static_cast<uInt>(packed.size());
  REQUIRE(deflate(&stream, Z_FINISH) == Z_STREAM_END);
  packed.resize(stream.total_out);
  deflateEnd(&stream);
  const auto size = static_cast<std::uint32_t>(packed.size());
  const auto whole = static_cast<std::uint32_t>(content.size());
  const std::string sums = little(zip_writer::crc(content), 4) + little(size, 4) + little(whole, 4);
  const std::string way = little(20, 2) + little(behind ? 8 : 0, 2) + little(8, 2) + little(0, 4);
  const std::string name = little(1, 2) + little(0, 2);
  const std::string file = "PK\3\4" + way + (behind ? std::string(12, '\0') : sums) + name + "a" +
                           packed + (behind ? "PK\7\b" + sums : "");
  const std::string entry =
      "PK\1\2" + little(20, 2) + way + sums + name + std::string(14, '\0') + "a";
  return file + entry + "PK\5\6" + little(0, 4) + little(1, 2) + little(1, 2) +
         little(static_cast<std::uint32_t>(entry.size()), 4) +
         little(static_cast<std::uint32_t>(file.size()), 4) + little(0, 2);
}

TEST_CASE("zip: stored and deflated files, their size in front or behind") {
  std::string text;
  CHECK(unpack(archive({{"a", "x"}, {"b", ""}}), "a", &text).code == linmem::errc::none);
  CHECK(text == "x");
  CHECK(unpack(archive({{"a", "x"}, {"b", ""}}), "b", &text).code == linmem::errc::none);
  CHECK(text.empty());
  for (const bool behind : {false, true}) {
    CHECK(unpack(deflated("some text, some text", behind), "a", &text).code == linmem::errc::none);
    CHECK(text == "some text, some text");
  }
}

TEST_CASE("zip: of two files of a name the first is found, and names are any bytes") {
  std::string text;
  CHECK(unpack(archive({{"b", "1"}, {"a", "2"}, {"b", "3"}, {"", "4"}}), "b", &text).code ==
        linmem::errc::none);
  CHECK(text == "1");
  CHECK(unpack(archive({{"b", "1"}, {"", "4"}}), "", &text).code == linmem::errc::none);
  CHECK(text == "4");
  CHECK(unpack(archive({{"b", "1"}}), "a").subject ==
        std::string_view{"file that the ZIP archive lacks"});
}

TEST_CASE("zip: what cannot be read says why") {
  CHECK(unpack(archive({{"a", "x"}}, {.flags = 1}), "a").subject ==
        std::string_view{"encrypted file of a ZIP archive"});
  const linmem::error other = unpack(archive({{"a", "x"}}, {.method = 14}), "a");
  CHECK(other.code == linmem::errc::unsupported);
  CHECK(other.actual == 14);
  CHECK(unpack(archive({{"a", "x"}}, {.method = 8}), "a").subject ==
        std::string_view{"ZIP archive's file: its compressed data"});
  std::string zip = archive({{"a", "x"}});
  zip[31] = 'y';
  CHECK(unpack(zip, "a").subject == std::string_view{"ZIP archive's file: its checksum"});
  zip = archive({{"a", "x"}});
  zip.replace(zip.size() - 6, 4, little(0xFFFF'FFFF, 4));
  CHECK(unpack(zip, "a").subject == std::string_view{"ZIP archive's file"});
  zip = archive({{"a", "x"}});
  zip.replace(zip.find("PK\1\2") + 20, 4, little(0xFFFF'FFFF, 4));
  CHECK(unpack(zip, "a").subject == std::string_view{"ZIP archive's file"});
}

TEST_CASE("zip: what surrounds an archive is passed over") {
  const std::string zip = archive({{"a", "x"}, {"b", "y"}});
  for (const std::string& around : {"junk" + zip, zip + "junk", std::string(70'000, 'j') + zip}) {
    std::string text;
    CHECK(unpack(around, "b", &text).code == linmem::errc::none);
    CHECK(text == "y");
  }
}

TEST_CASE("zip: numbers of 64 bits are read where 32 do not hold them, and believed no more") {
  const auto wide = [](std::uint64_t n) {
    return little(static_cast<std::uint32_t>(n), 4) +
           little(static_cast<std::uint32_t>(n >> 32U), 4);
  };
  const auto zip64 = [&](std::uint64_t size, std::uint64_t local, std::uint64_t count) {
    const std::string none = little(0xFFFF'FFFF, 4);
    const std::string way = little(45, 2) + wide(0);
    const std::string sum = little(zip_writer::crc("text"), 4);
    const std::string names = little(1, 2);
    const std::string file = "PK\3\4" + way + sum + none + none + names + little(20, 2) + "a" +
                             little(1, 2) + little(16, 2) + wide(4) + wide(4) + "text";
    const std::string other = little(0xCAFE, 2) + little(1, 2) + "?";
    const std::string extra =
        other + little(1, 2) + little(24, 2) + wide(size) + wide(size) + wide(local);
    const std::string entry = "PK\1\2" + little(45, 2) + way + sum + none + none + names +
                              little(static_cast<std::uint32_t>(extra.size()), 2) +
                              std::string(10, '\0') + none + "a" + extra;
    return file + entry + "PK\6\6" + wide(44) + little(45, 2) + little(45, 2) + wide(0) +
           wide(count) + wide(count) + wide(entry.size()) + wide(file.size()) + "PK\6\7" +
           little(0, 4) + wide(file.size() + entry.size()) + little(1, 4) + "PK\5\6" +
           little(0, 4) + little(0xFFFF, 2) + little(0xFFFF, 2) + none + none + little(0, 2);
  };
  for (const std::string& zip : {zip64(4, 0, 1), "junk" + zip64(4, 0, 1)}) {
    std::string text;
    CHECK(unpack(zip, "a", &text).code == linmem::errc::none);
    CHECK(text == "text");
  }
  constexpr auto great = ~std::uint64_t{0};
  CHECK(unpack(zip64(great, 0, 1), "a").subject == std::string_view{"ZIP archive's file"});
  CHECK(unpack(zip64(4, great - 10, 1), "a").subject == std::string_view{"ZIP archive's file"});
  CHECK(unpack(zip64(4, 0, great), "a").subject == std::string_view{"ZIP archive's directory"});
}

TEST_CASE("zip: what unpacks to too much is stopped, and says the limit and the number") {
  const linmem::error ratio = unpack(deflated(std::string(std::size_t{9} << 20U, 'x')), "a");
  CHECK(ratio.subject == std::string_view{"unpacked bytes for each of a file's packed ones"});
  CHECK(ratio.limit == zip_archive::most_ratio);
  CHECK(ratio.actual == zip_archive::most_ratio + 1);
  // Short files may be as dense as they like.
  CHECK(unpack(deflated(std::string(std::size_t{7} << 20U, 'x')), "a").code == linmem::errc::none);

  zip_archive zip;
  const std::string stored = archive({{"a", std::string(1000, 'x')}});
  REQUIRE(zip.open(stored).code == linmem::errc::none);
  growing_bytes bytes;
  const linmem::error size = zip.unpack("a", 999, bytes);
  CHECK(size.code == linmem::errc::limit_exceeded);
  CHECK(size.limit == 999);
}

TEST_CASE("zip: files that overlap cannot be unpacked more often than they are there") {
  zip_writer::files files;
  for (int i = 0; i != 10; ++i) {
    files.push_back({std::string(1, static_cast<char>('a' + i)), std::string(5000, 'x')});
  }
  const std::string bomb = archive(files, {.overlap = true});
  zip_archive zip;
  REQUIRE(zip.open(bomb).code == linmem::errc::none);
  growing_bytes first;
  CHECK(zip.unpack("a", most, first).code == linmem::errc::none);
  growing_bytes second;
  CHECK(zip.unpack("b", most, second).subject ==
        std::string_view{"ZIP archive's files: they overlap"});
}

TEST_CASE("zip: a directory of 65,000 files is searched in no time") {
  zip_writer::files files;
  for (int i = 0; i != 65'000; ++i) { files.push_back({"a" + std::to_string(i), ""}); }
  const std::string many = archive(files);
  zip_archive zip;
  REQUIRE(zip.open(many).code == linmem::errc::none);
  for (const auto& file : files) { REQUIRE(zip.contains(file.first)); }
  CHECK(zip.take("a64999"));
  CHECK_FALSE(zip.take("a64999"));
  CHECK_FALSE(zip.take("a65000"));
}

TEST_CASE("zip: without memory, an error") {
  const std::string zip = deflated("text");
  for (std::size_t n = 0;; ++n) {
    REQUIRE(n < 100);
    failing_malloc::fail_after(n);
    const linmem::error failed = unpack(zip, "a");
    if (!failing_malloc::grant()) {
      CHECK(failed.code == linmem::errc::none);
      break;
    }
    CHECK(failed.code == linmem::errc::out_of_memory);
  }
}

TEST_CASE("zip: the beginning of an archive tells the folders of its files") {
  const auto names = [](const std::string& zip, std::string_view folder, std::size_t size = 4096) {
    return document::zip_names_folder(linmem::as_bytes(std::string_view{zip}.substr(0, size)),
                                      folder);
  };
  const std::string zip =
      archive({{"[Content_Types].xml", "PK"}, {"_rels/.rels", ""}, {"xl/a", ""}});
  CHECK(names(zip, "xl/"));
  CHECK_FALSE(names(zip, "word/"));
  CHECK_FALSE(names(zip, "xl/", 100));
  CHECK_FALSE(names(archive({{"a.zip", archive({{"xl/a", ""}})}}), "xl/"));
  CHECK_FALSE(names(deflated("x", true), "xl/"));
  CHECK(names(deflated("x", true) + zip, "xl/"));
  for (std::size_t size = 0; size != zip.size(); ++size) { CHECK_FALSE(names(zip, "ppt/", size)); }
  for (std::size_t at = 0; at != zip.size(); ++at) {
    std::string damaged = zip;
    damaged[at] = '\xFF';
    CHECK_FALSE(names(damaged, "ppt/"));
  }
}

} // namespace
