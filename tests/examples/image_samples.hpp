// tests/examples/image_samples.hpp - image files that the tests make themselves.
#pragma once

#include <zlib.h>

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace image_samples {

using bytes = std::vector<std::uint8_t>;

/// Numbers that are the same in each run; Knuth's linear congruential generator.
class random_numbers {
public:
  explicit random_numbers(std::uint64_t seed) : state_{seed} {}
  std::uint32_t below(std::uint32_t n) {
    state_ = state_ * 6364136223846793005U + 1442695040888963407U;
    return static_cast<std::uint32_t>((state_ >> 33U) % n);
  }

private:
  std::uint64_t state_;
};

/// Random pixels with an alpha of every kind.
inline bytes random_pixels(random_numbers& numbers, std::size_t width, std::size_t height) {
  bytes pixels(4 * width * height);
  for (auto& b : pixels) { b = static_cast<std::uint8_t>(numbers.below(256)); }
  for (std::size_t i = 3; i < pixels.size(); i += 4) {
    if (numbers.below(3) == 0) { pixels[i] = numbers.below(2) == 0 ? 0 : 255; }
  }
  return pixels;
}

inline void put(bytes& file, std::uint32_t number, std::size_t size) {
  while (size-- > 0) { file.push_back(static_cast<std::uint8_t>(number >> (8 * size))); }
}
inline std::string_view text_of(const bytes& file) {
  return {reinterpret_cast<const char*>(file.data()), file.size()};
}

/// A PNG chunk with its checksum.
inline void put_chunk(bytes& file, std::string_view name, const bytes& data) {
  put(file, static_cast<std::uint32_t>(data.size()), 4);
  const std::size_t checked = file.size();
  file.insert(file.end(), name.begin(), name.end());
  file.insert(file.end(), data.begin(), data.end());
  const auto size = static_cast<uInt>(file.size() - checked);
  put(file, static_cast<std::uint32_t>(crc32(0, file.data() + checked, size)), 4);
}

/// A PNG of RGBA pixels, stored rather than compressed; a header of other sizes may be put before.
inline bytes png(std::uint32_t width, std::uint32_t height, std::span<const std::uint8_t> pixels) {
  bytes file{0x89, 'P', 'N', 'G', '\r', '\n', 0x1A, '\n'};
  bytes header;
  put(header, width, 4);
  put(header, height, 4);
  header.insert(header.end(), {8, 6, 0, 0, 0});
  put_chunk(file, "IHDR", header);
  bytes lines;
  for (std::size_t at = 0; at < pixels.size(); at += std::size_t{4} * width) {
    lines.push_back(0);
    const auto row = pixels.subspan(at, std::size_t{4} * width);
    lines.insert(lines.end(), row.begin(), row.end());
  }
  bytes stream{0x78, 0x01};
  for (std::size_t at = 0; at < lines.size(); at += 65535) { // the most that a stored block has
    const std::size_t size = lines.size() - at < 65535 ? lines.size() - at : 65535;
    stream.push_back(at + size == lines.size() ? 1 : 0);
    const auto low = static_cast<std::uint8_t>(size);
    const auto high = static_cast<std::uint8_t>(size >> 8U);
    stream.insert(stream.end(),
                  {low, high, static_cast<std::uint8_t>(~low), static_cast<std::uint8_t>(~high)});
    stream.insert(stream.end(), lines.begin() + static_cast<std::ptrdiff_t>(at),
                  lines.begin() + static_cast<std::ptrdiff_t>(at + size));
  }
  put(stream, static_cast<std::uint32_t>(adler32(1, lines.data(), static_cast<uInt>(lines.size()))),
      4);
  put_chunk(file, "IDAT", stream);
  put_chunk(file, "IEND", {});
  return file;
}

/// A baseline JPEG of one shade of gray, 192 to 255. Its Huffman tables have the codes that it needs:
/// for the first block's brightness, for no difference to it, and for the end of a block.
inline bytes jpeg(std::uint32_t width, std::uint32_t height, std::uint8_t gray) {
  bytes file{0xFF, 0xD8, 0xFF, 0xDB, 0, 67, 0};
  file.insert(file.end(), 64, 8); // the quantiser: a step of 8 is a step of 1 in each pixel
  file.insert(file.end(), {0xFF, 0xC0, 0, 11, 8});
  put(file, height, 2);
  put(file, width, 2);
  file.insert(file.end(), {1, 1, 0x11, 0});
  file.insert(file.end(),
              {0xFF, 0xC4, 0, 21, 0x00, 1, 1}); // DC: 0 for the same, 10 for 7 bits more
  file.insert(file.end(), 14, 0);
  file.insert(file.end(), {0, 7});
  file.insert(file.end(), {0xFF, 0xC4, 0, 20, 0x10, 1}); // AC: 0 for the end of the block
  file.insert(file.end(), 15, 0);
  file.push_back(0);
  file.insert(file.end(), {0xFF, 0xDA, 0, 8, 1, 1, 0, 0, 63, 0});
  std::vector<bool> bits{true, false};
  for (int bit = 6; bit >= 0; --bit) { bits.push_back(((gray - 128U) >> bit & 1U) != 0); }
  bits.push_back(false);
  const std::size_t blocks = std::size_t{(width + 7) / 8} * ((height + 7) / 8);
  bits.insert(bits.end(), 2 * (blocks - 1), false);
  while (bits.size() % 8 != 0) { bits.push_back(true); }
  for (std::size_t at = 0; at < bits.size(); at += 8) {
    unsigned byte = 0;
    for (std::size_t i = 0; i < 8; ++i) { byte = byte << 1U | (bits[at + i] ? 1U : 0U); }
    file.push_back(static_cast<std::uint8_t>(byte));
    if (byte == 0xFF) { file.push_back(0); }
  }
  file.insert(file.end(), {0xFF, 0xD9});
  return file;
}

} // namespace image_samples
