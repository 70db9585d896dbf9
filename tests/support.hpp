// What several test files need: an oracle for UTF-8, seeded numbers, and text to cut.
#pragma once

#include <linmem/bytes.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace support {

/// Numbers that depend on the seed only (splitmix64: S. Vigna, public domain algorithm).
class numbers {
public:
  explicit numbers(std::uint64_t seed) : state_{seed} {}
  std::uint64_t next() {
    std::uint64_t z = (state_ += 0x9E3779B97F4A7C15U);
    z = (z ^ (z >> 30U)) * 0xBF58476D1CE4E5B9U;
    z = (z ^ (z >> 27U)) * 0x94D049BB133111EBU;
    return z ^ (z >> 31U);
  }
  std::size_t below(std::size_t n) { return static_cast<std::size_t>(next() % n); }

private:
  std::uint64_t state_;
};

/// How many operations a test against a model makes: `usual`, or LINMEM_TEST_OPERATIONS of the
/// environment.
inline std::uint64_t operations(std::uint64_t usual) {
  const char* asked = std::getenv("LINMEM_TEST_OPERATIONS");
  return asked != nullptr ? std::strtoull(asked, nullptr, 10) : usual;
}

/// The "UTF-8 decoder" of the Encoding Standard, word for word, re-encoding what it decodes. Written
/// from the algorithm and not from the library, so that the two can disagree.
struct decoded {
  std::string text;
  std::uint64_t replaced = 0;
};
inline decoded decode_like_whatwg(std::string_view bytes) {
  decoded out;
  unsigned needed = 0;
  unsigned seen = 0;
  unsigned lower = 0x80;
  unsigned upper = 0xBF;
  std::string pending;
  const auto replace = [&] {
    out.text += "\xEF\xBF\xBD";
    ++out.replaced;
    needed = seen = 0;
    lower = 0x80;
    upper = 0xBF;
    pending.clear();
  };
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    const unsigned byte = static_cast<unsigned char>(bytes[i]);
    if (needed == 0) {
      if (byte <= 0x7F) {
        out.text += bytes[i];
      } else if (byte >= 0xC2 && byte <= 0xDF) {
        needed = 1;
      } else if (byte >= 0xE0 && byte <= 0xEF) {
        if (byte == 0xE0) { lower = 0xA0; }
        if (byte == 0xED) { upper = 0x9F; }
        needed = 2;
      } else if (byte >= 0xF0 && byte <= 0xF4) {
        if (byte == 0xF0) { lower = 0x90; }
        if (byte == 0xF4) { upper = 0x8F; }
        needed = 3;
      } else {
        replace();
      }
      if (needed != 0) { pending = bytes[i]; }
      continue;
    }
    if (byte < lower || byte > upper) {
      replace();
      --i; // "prepend byte to the stream"
      continue;
    }
    lower = 0x80;
    upper = 0xBF;
    pending += bytes[i];
    if (++seen == needed) {
      out.text += pending;
      pending.clear();
      needed = seen = 0;
    }
  }
  if (needed != 0) { replace(); }
  return out;
}

/// Text in several scripts, with sequences of every length side by side.
inline std::string sample_text() {
  std::string text;
  for (int i = 0; i < 40; ++i) {
    text +=
        "ASCII that is long enough for the wide loops, then é ß Ω, then 漢字かな, then 🚀🧭 end. ";
    text += "Ελληνικά עברית العربية हिन्दी 한국어\n";
  }
  return text;
}

/// Sequences that are wrong each in its own way (Unicode 15, 3.9, and what decoders trip over).
inline const std::vector<std::string>& broken_sequences() {
  static const std::vector<std::string> all{
      "\x80",
      "\xBF",
      "\xC0",
      "\xC1",
      "\xC0\x80",
      "\xC1\xBF",
      "\xF5",
      "\xFF",
      "\xFE\xFF",
      "\xC3",
      "\xE2\x82",
      "\xE2",
      "\xF0\x9F\x9A",
      "\xF0\x9F",
      "\xF0",
      "\xE0\x80\x80",
      "\xE0\x9F\xBF",
      "\xED\xA0\x80",
      "\xED\xBF\xBF",
      "\xF0\x8F\xBF\xBF",
      "\xF4\x90\x80\x80",
      "\xF4\x8F\xBF",
      "\xE2\x28\xA1",
      "\xF0\x28\x8C\xBC",
      "\xC3\x28",
      "\xE2\x82\xC3\xA9",
      "\xF0\x9F\x9A\xF0\x9F\x9A\x80",
      "\xED\xA0\xBD\xED\xB8\x80",
  };
  return all;
}

inline std::string to_string(linmem::byte_view bytes) {
  return std::string{linmem::as_text(bytes)};
}

} // namespace support
