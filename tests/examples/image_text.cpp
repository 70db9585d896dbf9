// Images: words and metadata, from files that are made here, damaged ones and real ones.
#include "../../examples/document/image_text.hpp"

#include "corpus.hpp"
#include "failing_malloc.hpp"
#include "run_transform.hpp"

#include <linmem/bytes.hpp>

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include <zlib.h>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace {

using document::image_text;
using nlohmann::json;
using run_transform::any_way;
using run_transform::failure_for;

static_assert(linmem::transform<image_text>);

std::string big(std::uint32_t value, int size) {
  std::string bytes;
  for (int i = size; i-- != 0;) { bytes += static_cast<char>(value >> 8 * i & 0xFF); }
  return bytes;
}
std::string little(std::uint32_t value, int size) {
  const std::string bytes = big(value, size);
  return {bytes.rbegin(), bytes.rend()};
}

std::string chunk(const std::string& type, std::string_view data) {
  const std::string body = type + std::string{data};
  const auto size = static_cast<std::uint32_t>(body.size());
  const auto sum = crc32(0, reinterpret_cast<const Bytef*>(body.data()), size);
  return big(static_cast<std::uint32_t>(data.size()), 4) + body +
         big(static_cast<std::uint32_t>(sum), 4);
}
std::string png(const std::string& chunks, std::uint32_t width = 3, std::uint32_t height = 2) {
  return "\x89PNG\r\n\x1A\n" +
         chunk("IHDR",
               big(width, 4) + big(height, 4) + big(8, 1) + big(6, 1) + big(0, 2) + big(1, 1)) +
         chunks + chunk("IDAT", "pixels") + chunk("IEND", "");
}
std::string deflated(std::string_view text) {
  // Stored blocks would do, but what is short must be able to become long: runs of one byte.
  std::string packed;
  const auto* const bytes = reinterpret_cast<const Bytef*>(text.data());
  packed += "\x78\x01";
  for (std::size_t at = 0; at == 0 || at < text.size(); at += 0xFFFF) {
    const auto size = static_cast<std::uint32_t>(std::min<std::size_t>(0xFFFF, text.size() - at));
    packed += static_cast<char>(at + size == text.size() ? 1 : 0);
    packed += little(size, 2) + little(~size, 2) + std::string{text.substr(at, size)};
  }
  return packed +
         big(static_cast<std::uint32_t>(adler32(1, bytes, static_cast<uInt>(text.size()))), 4);
}

// As ImageMagick and GIMP put Exif and XMP into a PNG.
std::string hex_profile(const std::string& name, const std::string& bytes) {
  std::string text = "\n" + name + "\n" + std::to_string(bytes.size());
  for (std::size_t i = 0; i != bytes.size(); ++i) {
    constexpr std::string_view digits = "0123456789abcdef";
    const auto byte = static_cast<unsigned char>(bytes[i]);
    if (i % 36 == 0) { text += '\n'; }
    text += digits[byte >> 4U];
    text += digits[byte & 15U];
  }
  return chunk("zTXt", "Raw profile type " + name + std::string(2, '\0') + deflated(text + "\n"));
}

std::string segment(int kind, const std::string& data) {
  return "\xFF" + big(static_cast<std::uint32_t>(kind), 1) +
         big(static_cast<std::uint32_t>(data.size() + 2), 2) + data;
}
std::string jpeg(const std::string& segments) {
  return "\xFF\xD8" + segments +
         segment(0xC2, big(8, 1) + big(200, 2) + big(300, 2) + big(3, 1) + std::string(9, 'x')) +
         segment(0xDA, "scan") + "pixels";
}

struct tiff_field {
  std::uint32_t tag;
  std::uint32_t type;
  std::uint32_t count;
  std::string value; // more than four bytes: they are put behind the directory
};
// A directory that begins at `at`, and the values behind it.
std::string directory(std::uint32_t at, const std::vector<tiff_field>& fields) {
  std::string entries = little(static_cast<std::uint32_t>(fields.size()), 2);
  std::string values;
  const auto behind = at + 2 + 12 * static_cast<std::uint32_t>(fields.size()) + 4;
  for (const auto& f : fields) {
    entries += little(f.tag, 2) + little(f.type, 2) + little(f.count, 4);
    std::string value = f.value;
    if (value.size() > 4) {
      values += value;
      value = little(behind + static_cast<std::uint32_t>(values.size() - f.value.size()), 4);
    }
    value.resize(4);
    entries += value;
  }
  return entries + little(0, 4) + values;
}
std::string ratio(std::uint32_t above, std::uint32_t below) {
  return little(above, 4) + little(below, 4);
}
std::string tiff() {
  const std::vector<tiff_field> exif{
      {0x829A, 5, 1, ratio(10, 1250)},
      {0x829D, 5, 1, ratio(28, 10)},
      {0x8827, 3, 1, little(100, 2)},
      {0x9003, 2, 20, std::string{"2024:02:29 12:34:56\0", 20}},
      {0x9286, 7, 13, std::string{"ASCII\0\0\0hello", 13}},
  };
  const std::vector<tiff_field> gps{
      {1, 2, 2, std::string{"S\0", 2}},
      {2, 5, 3, ratio(33, 1) + ratio(51, 1) + ratio(3540, 100)},
      {3, 2, 2, std::string{"E\0", 2}},
      {4, 5, 3, ratio(151, 1) + ratio(12, 1) + ratio(36, 1)},
  };
  const std::string of_exif = directory(400, exif);
  const std::string of_gps = directory(700, gps);
  std::string all = "II*" + std::string(1, '\0') + little(8, 4) +
                    directory(8, {{0x010E, 2, 9, std::string{"A harbour\0", 9}},
                                  {0x010F, 2, 6, std::string{"Maker\0", 6}},
                                  {0x0112, 3, 1, little(6, 2)},
                                  {0x8769, 4, 1, little(400, 4)},
                                  {0x8825, 4, 1, little(700, 4)}});
  all.resize(400);
  all += of_exif;
  all.resize(700);
  return all + of_gps;
}
const std::string xmp = "<x:xmpmeta xmlns:x='adobe:ns:meta/'><rdf:RDF><rdf:Description>"
                        "<dc:title><rdf:Alt><rdf:li>Caf\xC3\xA9</rdf:li></rdf:Alt></dc:title>"
                        "<dc:creator><rdf:Seq><rdf:li>Jo</rdf:li></rdf:Seq></dc:creator>"
                        "</rdf:Description></rdf:RDF></x:xmpmeta>";

std::string gif(const std::string& blocks) {
  return "GIF89a" + little(7, 2) + little(5, 2) + "\x80" + std::string(2, '\0') +
         std::string(6, 'c') + blocks + "\x2C" + std::string(9, '\0') + "\x02\x02xx" +
         std::string(1, '\0') + ";";
}
std::string riff(const std::string& chunks) {
  return "RIFF" + little(static_cast<std::uint32_t>(chunks.size() + 4), 4) + "WEBP" + chunks;
}
std::string webp_chunk(const std::string& type, std::string data) {
  const auto size = static_cast<std::uint32_t>(data.size());
  if (size % 2 != 0) { data += '\0'; }
  return type + little(size, 4) + data;
}
std::string vp8x() {
  return webp_chunk("VP8X", "\x12" + little(0, 3) + little(399, 3) + little(299, 3));
}

json metadata_of(std::string_view file) {
  image_text t{image_text::default_limit, {.metadata = true}};
  std::vector<std::byte> out(65536);
  REQUIRE(t.step(linmem::as_bytes(file), out, true).status == linmem::step_status::done);
  return json::parse(t.items().metadata());
}

TEST_CASE("PNG: size and colour, and texts in their three forms") {
  const std::string file = png(
      chunk("tEXt", std::string_view{"Title\0caf\xE9", 10}) +
      chunk("zTXt", std::string{"Comment\0\0", 9} + deflated("one\r\ntwo")) +
      chunk("iTXt", std::string{"Author\0\0\0de\0Autor\0J\xC3\xB8rgen", 26}) +
      chunk("iTXt", std::string{"Warning\0\1\0\0\0", 12} + deflated("\xE2\x82\xAC")) +
      chunk("tEXt", std::string_view{"Software\0a program", 18}) +
      chunk("tIME", big(2001, 2) + "\x02\x03\x04\x05\x06") + chunk("acTL", big(4, 4) + big(0, 4)));
  CHECK(any_way<image_text>(file) ==
        "title: caf\xC3\xA9\ncomment: one\ntwo\nauthor: J\xC3\xB8rgen\nwarning: \xE2\x82\xAC\n");
  CHECK(metadata_of(file) == json{{"width", 3},
                                  {"height", 2},
                                  {"colour", "colour with alpha"},
                                  {"bit_depth", 8},
                                  {"interlaced", true},
                                  {"title", "caf\xC3\xA9"},
                                  {"comment", "one\ntwo"},
                                  {"author", "J\xC3\xB8rgen"},
                                  {"warning", "\xE2\x82\xAC"},
                                  {"software", "a program"},
                                  {"modified", "2001-02-03T04:05:06Z"},
                                  {"frames", 4}});
  CHECK(any_way<image_text>(png("")) == "");
}

TEST_CASE("Exif and XMP: what a camera and a program wrote, in each format that has them") {
  const json expected{
      {"description", "A harbour"},       {"make", "Maker"},        {"orientation", 6},
      {"exposure_time", "1/125"},         {"f_number", "2.8"},      {"iso", 100},
      {"created", "2024-02-29T12:34:56"}, {"comment", "hello"},     {"gps_latitude", "-33.859833"},
      {"gps_longitude", "151.210000"},    {"title", "Caf\xC3\xA9"}, {"author", "Jo"}};
  const std::string xmp_url{"http://ns.adobe.com/xap/1.0/\0", 29};
  for (const std::string& file :
       {png(chunk("eXIf", tiff()) +
            chunk("iTXt", std::string{"XML:com.adobe.xmp\0\0\0\0\0", 22} + xmp)),
        png(hex_profile("exif", std::string{"Exif\0\0", 6} + tiff()) +
            hex_profile("APP1", xmp_url + xmp)),
        png(hex_profile("exif", std::string{"Exif\0\0", 6} + tiff()) + hex_profile("xmp", xmp) +
            hex_profile("iptc", "8BIM") + chunk("tEXt", {"Raw profile type exif\0\nexif", 27})),
        jpeg(segment(0xE1, std::string{"Exif\0\0", 6} + tiff()) + segment(0xE1, xmp_url + xmp)),
        riff(vp8x() + webp_chunk("EXIF", tiff()) + webp_chunk("XMP ", xmp))}) {
    CHECK(run_transform::whole<image_text>(file) ==
          "description: A harbour\ncomment: hello\ntitle: Caf\xC3\xA9\nauthor: Jo\n");
    const json found = metadata_of(file);
    for (const auto& [key, value] : expected.items()) {
      CAPTURE(key);
      CHECK(found.value(key, json{}) == value);
    }
  }
}

TEST_CASE("JPEG: size, and a comment") {
  const std::string file = jpeg(segment(0xE0, "JFIF") + "\xFF" + segment(0xFE, "made here"));
  CHECK(any_way<image_text>(file) == "comment: made here\n");
  CHECK(metadata_of(file) == json{{"width", 300},
                                  {"height", 200},
                                  {"colour", "colour"},
                                  {"bit_depth", 8},
                                  {"progressive", true},
                                  {"comment", "made here"}});
}

TEST_CASE("GIF: size, frames, a comment in blocks, XMP behind its trailer") {
  std::string trailer(1, '\x01');
  for (int i = 255; i >= 0; --i) { trailer += static_cast<char>(i); }
  const std::string file = gif(std::string{"\x21\xFE\x03one\x04 two\0", 12} +
                               "\x21\xFF\x0BXMP DataXMP" + xmp + trailer + std::string(1, '\0'));
  CHECK(any_way<image_text>(file) == "comment: one two\ntitle: Caf\xC3\xA9\nauthor: Jo\n");
  CHECK(metadata_of(gif("")) ==
        json{{"width", 7}, {"height", 5}, {"colour", "palette"}, {"bit_depth", 1}, {"frames", 1}});
}

TEST_CASE("WebP: size in each of its three forms, and frames") {
  const json extended =
      metadata_of(riff(vp8x() + webp_chunk("ANMF", "x") + webp_chunk("ANMF", "y")));
  CHECK(extended == json{{"width", 400},
                         {"height", 300},
                         {"colour", "colour with alpha"},
                         {"bit_depth", 8},
                         {"frames", 2}});
  const json lossless = metadata_of(riff(webp_chunk("VP8L", "\x2F" + little(99 | 49 << 14, 4))));
  CHECK(lossless["width"] == 100);
  CHECK(lossless["height"] == 50);
  const json lossy =
      metadata_of(riff(webp_chunk("VP8 ", "xxx\x9D\x01\x2A" + little(64, 2) + little(48, 2))));
  CHECK(lossy["width"] == 64);
  CHECK(lossy["height"] == 48);
}

TEST_CASE("an image costs its file, whatever size it claims") {
  CHECK(metadata_of(png("", 60'000, 60'000))["width"] == 60'000);
  CHECK(metadata_of(png("", 0x7FFFFFFF, 0x7FFFFFFF))["height"] == 0x7FFFFFFF);
}

TEST_CASE("what is no image is an error that says what is wrong") {
  CHECK(failure_for<image_text>("") == "image that is no PNG, JPEG, GIF or WebP");
  CHECK(failure_for<image_text>("BM") == "image that is no PNG, JPEG, GIF or WebP");
  const std::string head = "\x89PNG\r\n\x1A\n";
  CHECK(failure_for<image_text>(head) == "PNG: it has no end");
  CHECK(failure_for<image_text>(head + big(0xFFFFFFFF, 4) + "IHDR") ==
        "PNG: a chunk reaches beyond the end");
  CHECK(failure_for<image_text>(head + chunk("IEND", "")) ==
        "PNG: its header is not the first chunk");
  CHECK(failure_for<image_text>(png("", 0, 1)) == "PNG: an image without pixels");
  std::string damaged = png("");
  damaged[20] ^= 1;
  CHECK(failure_for<image_text>(damaged) == "PNG: the checksum of a chunk");
  CHECK(failure_for<image_text>(png(chunk("zTXt", std::string{"a\0\0xyz", 6}))) ==
        "PNG: unpacked text in bytes");
  CHECK(failure_for<image_text>("\xFF\xD8\xFF\xE1\xFF\xFF") ==
        "JPEG: a segment reaches beyond the end");
  CHECK(failure_for<image_text>("\xFF\xD8\xFF\xD9") == "JPEG: pixels without a size");
  CHECK(failure_for<image_text>("GIF89a") == "GIF: its header");
  CHECK(failure_for<image_text>(gif("\x21\xFE\xFFx")) == "GIF: a block reaches beyond the end");
  CHECK(failure_for<image_text>("RIFFxxxxWAVE") == "WebP: its header");
  CHECK(failure_for<image_text>(riff("VP8X" + little(0xFFFFFFFF, 4))) ==
        "WebP: a chunk reaches beyond the end");
}

TEST_CASE("texts that unpack to more than their limit are an error, all of them together") {
  const std::size_t most = 4 << 20;
  const std::string one =
      chunk("zTXt", std::string{"a\0\0", 3} + deflated(std::string(most / 2, 'x')));
  CHECK(failure_for<image_text>(png(one + one)) == "");
  image_text t;
  std::vector<std::byte> out(64);
  CHECK(t.step(linmem::as_bytes(png(one + one + one)), out, true).status ==
        linmem::step_status::failed);
  CHECK(t.failure() == linmem::error{linmem::errc::limit_exceeded, "", most, most + 1});
}

TEST_CASE("Exif whose fields lie outside, or lead in a circle, is read without them") {
  const auto described = [](const std::vector<tiff_field>& fields) {
    return png(chunk("eXIf", "II*" + std::string(1, '\0') + little(8, 4) + directory(8, fields)));
  };
  CHECK(run_transform::whole<image_text>(described({{0x010E, 2, 0xFFFFFFFF, little(8, 4)},
                                                    {0x8298, 2, 3, "me"},
                                                    {0x8769, 4, 1, little(8, 4)},
                                                    {0x8825, 4, 1, little(0xFFFFFFF0, 4)},
                                                    {0x9999, 99, 1, "x"}})) == "copyright: me\n");
  std::vector<tiff_field> many(3000, {0x010E, 2, 30'000, little(8, 4)});
  many.back() = {0x8298, 2, 3, "me"};
  CHECK(run_transform::whole<image_text>(described(many)).ends_with("copyright: me\n"));
  CHECK(run_transform::whole<image_text>(described(many)).size() < 60'000);
  CHECK(run_transform::whole<image_text>(png(chunk("eXIf", "II*"))) == "");
}

TEST_CASE("an image cut anywhere, or with any byte another, is read or refused") {
  for (const std::string& good :
       {png(chunk("eXIf", tiff()) + chunk("tEXt", std::string_view{"a\0b", 3})),
        jpeg(segment(0xE1, std::string{"Exif\0\0", 6} + tiff())),
        gif(std::string{"\x21\xFE\x03one\0", 7}), riff(vp8x() + webp_chunk("EXIF", tiff()))}) {
    for (std::size_t size = 0; size < good.size(); ++size) {
      static_cast<void>(failure_for<image_text>(good.substr(0, size))); // the sanitizers watch
    }
    for (std::size_t at = 0; at < good.size(); ++at) {
      for (const int bit : {1, 0x80}) {
        std::string other = good;
        other[at] = static_cast<char>(other[at] ^ bit);
        static_cast<void>(failure_for<image_text>(other));
      }
    }
  }
}

TEST_CASE("an allocation that fails is an error, whichever it is") {
  failing_malloc::each_in_turn<image_text>(
      png(chunk("zTXt", std::string{"Title\0\0", 7} + deflated("one"))), "title: one\n");
  const std::string url{"http://ns.adobe.com/xap/1.0/\0", 29};
  failing_malloc::each_in_turn<image_text>(
      jpeg(segment(0xE1, std::string{"Exif\0\0", 6} + tiff()) + segment(0xE1, url + xmp)),
      "description: A harbour\ncomment: hello\ntitle: Caf\xC3\xA9\nauthor: Jo\n");
  failing_malloc::each_in_turn<image_text>(gif(std::string{"\x21\xFE\x03one\0", 7}),
                                           "comment: one\n");
}

TEST_CASE("PngSuite: its files say in their names what they are") {
  std::size_t files = 0;
  for (const auto& file : corpus::files("images/pngsuite", ".png")) {
    const std::string name =
        file.stem().string(); // "ibasn4a16": interlaced, colour type 4, 16 bits
    CAPTURE(name);
    const json found = metadata_of(corpus::read(file));
    const std::size_t at = name.size() - 5;
    const std::string_view colours[]{
        "greyscale", "", "colour", "palette", "greyscale with alpha", "", "colour with alpha"};
    CHECK(found["colour"] == colours[static_cast<std::size_t>(name[at + 1] - '0')]);
    CHECK(found["bit_depth"] == std::stoi(name.substr(at + 3)));
    if (name.starts_with("iba") || name.starts_with("ba")) { // others of "i" are not all of them
      CHECK(found["interlaced"] == name.starts_with('i'));
    }
    CHECK(found["width"].get<int>() > 0);
    ++files;
  }
  if (files != 0) { MESSAGE(files << " files"); }
}

} // namespace
