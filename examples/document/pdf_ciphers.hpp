// examples/document/pdf_ciphers.hpp - the ciphers that PDF files are encrypted with.
//
//   document::rc4 cipher{key};
//   cipher.apply(bytes, size);             // in place; the same makes it readable again
//   document::aes cipher{key};             // 16 or 32 bytes
//   cipher.decrypt(chain, bytes, size);    // CBC, in place, whole blocks
//
// AES is FIPS 197, byte by byte: small, and not hardened against who watches it.
#pragma once

#include <algorithm>   // std::copy
#include <array>       // std::array
#include <cstddef>     // std::size_t
#include <cstdint>     // std::uint8_t
#include <string_view> // std::string_view
#include <utility>     // std::swap

namespace document {

/// RC4.
class rc4 {
public:
  /// With `key`, which is not empty.
  explicit rc4(std::string_view key) noexcept {
    for (std::size_t i = 0; i != 256; ++i) { state_[i] = static_cast<std::uint8_t>(i); }
    std::uint8_t j = 0;
    for (std::size_t i = 0; i != 256; ++i) {
      j = static_cast<std::uint8_t>(j + state_[i] +
                                    static_cast<unsigned char>(key[i % key.size()]));
      std::swap(state_[i], state_[j]);
    }
  }
  /// Encrypts or decrypts `size` bytes, in place.
  void apply(char* bytes, std::size_t size) noexcept {
    for (std::size_t n = 0; n != size; ++n) {
      j_ = static_cast<std::uint8_t>(j_ + state_[++i_]);
      std::swap(state_[i_], state_[j_]);
      bytes[n] = static_cast<char>(
          bytes[n] ^ static_cast<char>(state_[static_cast<std::uint8_t>(state_[i_] + state_[j_])]));
    }
  }

private:
  std::array<std::uint8_t, 256> state_{};
  std::uint8_t i_ = 0;
  std::uint8_t j_ = 0;
};

namespace detail {

/// Times x in the field of 256 elements.
[[nodiscard]] constexpr std::uint8_t doubled(std::uint8_t b) noexcept {
  return static_cast<std::uint8_t>(std::uint32_t{b} << 1U ^ ((b & 0x80U) != 0 ? 0x1BU : 0U));
}
/// What AES replaces each byte by, and back.
struct aes_boxes {
  std::array<std::uint8_t, 256> forth{};
  std::array<std::uint8_t, 256> back{};
};
inline constexpr aes_boxes aes_tables = [] {
  aes_boxes made;
  std::uint8_t power = 1;   // of 3, which goes through all
  std::uint8_t inverse = 1; // of that
  do {
    power ^= doubled(power);
    for (unsigned shift = 1; shift != 8; shift *= 2) {
      inverse = static_cast<std::uint8_t>(inverse ^ inverse << shift);
    }
    inverse ^= (inverse & 0x80U) != 0 ? 0x09 : 0;
    const unsigned bits = inverse;
    unsigned mixed = 0x63;
    for (unsigned turn = 0; turn != 5; ++turn) {
      mixed ^= (bits << turn | bits >> (8 - turn)) & 0xFFU;
    }
    made.forth[power] = static_cast<std::uint8_t>(mixed);
  } while (power != 1);
  made.forth[0] = 0x63;
  for (std::size_t i = 0; i != 256; ++i) {
    made.back[made.forth[i]] = static_cast<std::uint8_t>(i);
  }
  return made;
}();

} // namespace detail

/// AES with keys of 128 or 256 bits, blocks chained (CBC).
class aes {
public:
  using block = std::array<std::uint8_t, 16>;

  /// With `key` of 16 or 32 bytes.
  explicit aes(std::string_view key) noexcept : rounds_{key.size() / 4 + 6} {
    std::copy(key.begin(), key.end(), keys_.begin());
    std::uint8_t constant = 1;
    for (std::size_t at = key.size(); at != 16 * (rounds_ + 1); at += 4) {
      std::array<std::uint8_t, 4> word{};
      std::copy(&keys_[at - 4], &keys_[at - 4] + word.size(), word.begin());
      if (at % key.size() == 0) {
        word = {detail::aes_tables.forth[word[1]], detail::aes_tables.forth[word[2]],
                detail::aes_tables.forth[word[3]], detail::aes_tables.forth[word[0]]};
        word[0] ^= constant;
        constant = detail::doubled(constant);
      } else if (at % key.size() == 16) { // only of 32 bytes
        for (std::uint8_t& b : word) { b = detail::aes_tables.forth[b]; }
      }
      for (std::size_t i = 0; i != 4; ++i) {
        keys_[at + i] = static_cast<std::uint8_t>(keys_[at + i - key.size()] ^ word[i]);
      }
    }
  }
  /// A block of 16 bytes.
  [[nodiscard]] static block block_of(const char* bytes) noexcept {
    block b{};
    std::copy(bytes, bytes + b.size(), b.begin());
    return b;
  }
  /// Decrypts the whole blocks of `size` bytes in place; `chain` is the encrypted block before.
  void decrypt(block chain, char* bytes, std::size_t size) const noexcept {
    for (; size >= 16; bytes += 16, size -= 16) {
      const block encrypted = block_of(bytes);
      block b = encrypted;
      add_key(b, rounds_);
      for (std::size_t round = rounds_; round-- != 0;) {
        shift(b, 3);
        for (std::uint8_t& one : b) { one = detail::aes_tables.back[one]; }
        add_key(b, round);
        if (round == 0) { break; }
        for (int i = 0; i != 3; ++i) { mix(b); } // a fourth time would undo the three
      }
      for (std::size_t i = 0; i != 16; ++i) { bytes[i] = static_cast<char>(b[i] ^ chain[i]); }
      chain = encrypted;
    }
  }
  /// Encrypts them.
  void encrypt(block chain, char* bytes, std::size_t size) const noexcept {
    for (; size >= 16; bytes += 16, size -= 16) {
      block b = block_of(bytes);
      for (std::size_t i = 0; i != 16; ++i) { b[i] ^= chain[i]; }
      for (std::size_t round = 0; round != rounds_; ++round) {
        add_key(b, round);
        for (std::uint8_t& one : b) { one = detail::aes_tables.forth[one]; }
        shift(b, 1);
        if (round + 1 != rounds_) { mix(b); }
      }
      add_key(b, rounds_);
      std::copy(b.begin(), b.end(), bytes);
      chain = b;
    }
  }

private:
  void add_key(block& b, std::size_t round) const noexcept {
    for (std::size_t i = 0; i != 16; ++i) { b[i] ^= keys_[16 * round + i]; }
  }
  // Row r, of bytes r, r + 4, ..., turns by r times `by`.
  static void shift(block& b, std::size_t by) noexcept {
    const block from = b;
    for (std::size_t i = 0; i != 16; ++i) { b[i] = from[(i + 4 * by * (i % 4)) % 16]; }
  }
  static void mix(block& b) noexcept {
    for (std::size_t at = 0; at != 16; at += 4) {
      const std::array<std::uint8_t, 4> c{b[at], b[at + 1], b[at + 2], b[at + 3]};
      for (std::size_t i = 0; i != 4; ++i) {
        const std::uint8_t next = c[(i + 1) % 4];
        b[at + i] = static_cast<std::uint8_t>(detail::doubled(c[i] ^ next) ^ next ^ c[(i + 2) % 4] ^
                                              c[(i + 3) % 4]);
      }
    }
  }

  std::array<std::uint8_t, 240> keys_{};
  std::size_t rounds_;
};

} // namespace document
