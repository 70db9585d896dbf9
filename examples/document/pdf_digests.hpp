// examples/document/pdf_digests.hpp - the digests that keys of encrypted PDF files are made with.
//
//   document::md5_digest("abc");            // 16 bytes
//   document::sha2_digest<256>("abc");      // 32 bytes; <384> and <512> as well
//
// MD5 is RFC 1321, the others are FIPS 180-4. They are here to read files that are written so, and not
// to protect anything.
#pragma once

#include <algorithm>   // std::copy
#include <array>       // std::array
#include <bit>         // std::rotl, std::rotr
#include <cstddef>     // std::size_t
#include <cstdint>     // std::uint32_t, std::uint64_t
#include <string_view> // std::string_view
#include <type_traits> // std::conditional_t

namespace document {

namespace detail {

/// Calls `take` with each block of `text`, and of what ends it: a bit, zeros, and its size in bits in
/// the last 8 bytes, the low one first or last.
template <std::size_t Block, std::size_t SizeRoom, class Take>
void each_block(std::string_view text, bool low_first, Take take) noexcept {
  const std::uint64_t bits = std::uint64_t{text.size()} * 8;
  std::array<char, Block> block{};
  for (; text.size() >= Block; text.remove_prefix(Block)) {
    std::copy(text.begin(), text.begin() + Block, block.begin());
    take(block);
  }
  block.fill(0);
  std::copy(text.begin(), text.end(), block.begin());
  block[text.size()] = static_cast<char>(0x80);
  if (text.size() >= Block - SizeRoom) {
    take(block);
    block.fill(0);
  }
  for (std::size_t i = 0; i != 8; ++i) {
    block[Block - 8 + (low_first ? i : 7 - i)] = static_cast<char>(bits >> 8 * i);
  }
  take(block);
}

/// The fractional parts of the first 80 primes' cube roots, 64 bits of them.
inline constexpr std::array<std::uint64_t, 80> cube_roots{
    0x428A2F98D728AE22U, 0x7137449123EF65CDU, 0xB5C0FBCFEC4D3B2FU, 0xE9B5DBA58189DBBCU,
    0x3956C25BF348B538U, 0x59F111F1B605D019U, 0x923F82A4AF194F9BU, 0xAB1C5ED5DA6D8118U,
    0xD807AA98A3030242U, 0x12835B0145706FBEU, 0x243185BE4EE4B28CU, 0x550C7DC3D5FFB4E2U,
    0x72BE5D74F27B896FU, 0x80DEB1FE3B1696B1U, 0x9BDC06A725C71235U, 0xC19BF174CF692694U,
    0xE49B69C19EF14AD2U, 0xEFBE4786384F25E3U, 0x0FC19DC68B8CD5B5U, 0x240CA1CC77AC9C65U,
    0x2DE92C6F592B0275U, 0x4A7484AA6EA6E483U, 0x5CB0A9DCBD41FBD4U, 0x76F988DA831153B5U,
    0x983E5152EE66DFABU, 0xA831C66D2DB43210U, 0xB00327C898FB213FU, 0xBF597FC7BEEF0EE4U,
    0xC6E00BF33DA88FC2U, 0xD5A79147930AA725U, 0x06CA6351E003826FU, 0x142929670A0E6E70U,
    0x27B70A8546D22FFCU, 0x2E1B21385C26C926U, 0x4D2C6DFC5AC42AEDU, 0x53380D139D95B3DFU,
    0x650A73548BAF63DEU, 0x766A0ABB3C77B2A8U, 0x81C2C92E47EDAEE6U, 0x92722C851482353BU,
    0xA2BFE8A14CF10364U, 0xA81A664BBC423001U, 0xC24B8B70D0F89791U, 0xC76C51A30654BE30U,
    0xD192E819D6EF5218U, 0xD69906245565A910U, 0xF40E35855771202AU, 0x106AA07032BBD1B8U,
    0x19A4C116B8D2D0C8U, 0x1E376C085141AB53U, 0x2748774CDF8EEB99U, 0x34B0BCB5E19B48A8U,
    0x391C0CB3C5C95A63U, 0x4ED8AA4AE3418ACBU, 0x5B9CCA4F7763E373U, 0x682E6FF3D6B2B8A3U,
    0x748F82EE5DEFB2FCU, 0x78A5636F43172F60U, 0x84C87814A1F0AB72U, 0x8CC702081A6439ECU,
    0x90BEFFFA23631E28U, 0xA4506CEBDE82BDE9U, 0xBEF9A3F7B2C67915U, 0xC67178F2E372532BU,
    0xCA273ECEEA26619CU, 0xD186B8C721C0C207U, 0xEADA7DD6CDE0EB1EU, 0xF57D4F7FEE6ED178U,
    0x06F067AA72176FBAU, 0x0A637DC5A2C898A6U, 0x113F9804BEF90DAEU, 0x1B710B35131C471BU,
    0x28DB77F523047D84U, 0x32CAAB7B40C72493U, 0x3C9EBE0A15C9BEBCU, 0x431D67C49C100D4CU,
    0x4CC5D4BECB3E42B6U, 0x597F299CFC657E2AU, 0x5FCB6FAB3AD6FAECU, 0x6C44198C4A475817U};
/// Of the first 16 primes' square roots.
inline constexpr std::array<std::uint64_t, 16> square_roots{
    0x6A09E667F3BCC908U, 0xBB67AE8584CAA73BU, 0x3C6EF372FE94F82BU, 0xA54FF53A5F1D36F1U,
    0x510E527FADE682D1U, 0x9B05688C2B3E6C1FU, 0x1F83D9ABFB41BD6BU, 0x5BE0CD19137E2179U,
    0xCBBB9D5DC1059ED8U, 0x629A292A367CD507U, 0x9159015A3070DD17U, 0x152FECD8F70E5939U,
    0x67332667FFC00B31U, 0x8EB44A8768581511U, 0xDB0C2E0D64F98FA7U, 0x47B5481DBEFA4FA4U};

/// Both kinds of SHA-2, which differ in their words: of 32 bits or of 64. It begins with the roots of
/// primes from `first` on.
template <class word>
[[nodiscard]] std::array<char, 8 * sizeof(word)> sha2(std::string_view text,
                                                      std::size_t first) noexcept {
  constexpr std::size_t size = sizeof(word);
  constexpr bool is_short = size == 4;
  constexpr std::size_t rounds = is_short ? 64 : 80;
  constexpr int unused = 64 - 8 * static_cast<int>(size); // bits of the constants
  const auto turned = [](word w, int of256, int of512) {
    return std::rotr(w, is_short ? of256 : of512);
  };
  std::array<word, 8> sum{};
  for (std::size_t i = 0; i != 8; ++i) {
    sum[i] = static_cast<word>(square_roots[first + i] >> unused);
  }
  each_block<16 * size, 2 * size>(text, false, [&](const std::array<char, 16 * size>& block) {
    std::array<word, rounds> words{};
    for (std::size_t i = 0; i != block.size(); ++i) {
      words[i / size] = words[i / size] << 8U | static_cast<unsigned char>(block[i]);
    }
    for (std::size_t i = 16; i != rounds; ++i) {
      const word a = words[i - 15];
      const word b = words[i - 2];
      words[i] = words[i - 16] + (turned(a, 7, 1) ^ turned(a, 18, 8) ^ a >> (is_short ? 3 : 7)) +
                 words[i - 7] + (turned(b, 17, 19) ^ turned(b, 19, 61) ^ b >> (is_short ? 10 : 6));
    }
    std::array<word, 8> s = sum;
    for (std::size_t i = 0; i != rounds; ++i) {
      const word one = s[7] + (turned(s[4], 6, 14) ^ turned(s[4], 11, 18) ^ turned(s[4], 25, 41)) +
                       ((s[4] & s[5]) ^ (~s[4] & s[6])) +
                       static_cast<word>(cube_roots[i] >> unused) + words[i];
      const word other = (turned(s[0], 2, 28) ^ turned(s[0], 13, 34) ^ turned(s[0], 22, 39)) +
                         ((s[0] & s[1]) ^ (s[0] & s[2]) ^ (s[1] & s[2]));
      s = {one + other, s[0], s[1], s[2], s[3] + one, s[4], s[5], s[6]};
    }
    for (std::size_t i = 0; i != 8; ++i) { sum[i] += s[i]; }
  });
  std::array<char, 8 * size> digest{};
  for (std::size_t i = 0; i != digest.size(); ++i) {
    digest[i] = static_cast<char>(sum[i / size] >> 8 * (size - 1 - i % size));
  }
  return digest;
}

} // namespace detail

/// See this header's first lines.
[[nodiscard]] inline std::array<char, 16> md5_digest(std::string_view text) noexcept {
  // 2^32 times |sin(i + 1)|.
  static constexpr std::array<std::uint32_t, 64> sines{
      0xD76AA478U, 0xE8C7B756U, 0x242070DBU, 0xC1BDCEEEU, 0xF57C0FAFU, 0x4787C62AU, 0xA8304613U,
      0xFD469501U, 0x698098D8U, 0x8B44F7AFU, 0xFFFF5BB1U, 0x895CD7BEU, 0x6B901122U, 0xFD987193U,
      0xA679438EU, 0x49B40821U, 0xF61E2562U, 0xC040B340U, 0x265E5A51U, 0xE9B6C7AAU, 0xD62F105DU,
      0x02441453U, 0xD8A1E681U, 0xE7D3FBC8U, 0x21E1CDE6U, 0xC33707D6U, 0xF4D50D87U, 0x455A14EDU,
      0xA9E3E905U, 0xFCEFA3F8U, 0x676F02D9U, 0x8D2A4C8AU, 0xFFFA3942U, 0x8771F681U, 0x6D9D6122U,
      0xFDE5380CU, 0xA4BEEA44U, 0x4BDECFA9U, 0xF6BB4B60U, 0xBEBFBC70U, 0x289B7EC6U, 0xEAA127FAU,
      0xD4EF3085U, 0x04881D05U, 0xD9D4D039U, 0xE6DB99E5U, 0x1FA27CF8U, 0xC4AC5665U, 0xF4292244U,
      0x432AFF97U, 0xAB9423A7U, 0xFC93A039U, 0x655B59C3U, 0x8F0CCC92U, 0xFFEFF47DU, 0x85845DD1U,
      0x6FA87E4FU, 0xFE2CE6E0U, 0xA3014314U, 0x4E0811A1U, 0xF7537E82U, 0xBD3AF235U, 0x2AD7D2BBU,
      0xEB86D391U};
  static constexpr int turns[4][4]{
      {7, 12, 17, 22}, {5, 9, 14, 20}, {4, 11, 16, 23}, {6, 10, 15, 21}};
  std::array<std::uint32_t, 4> sum{0x67452301U, 0xEFCDAB89U, 0x98BADCFEU, 0x10325476U};
  detail::each_block<64, 8>(text, true, [&](const std::array<char, 64>& block) {
    std::array<std::uint32_t, 16> words{};
    for (std::size_t i = 0; i != 64; ++i) {
      words[i / 4] |= std::uint32_t{static_cast<unsigned char>(block[i])} << 8 * (i % 4);
    }
    auto [a, b, c, d] = sum;
    for (std::size_t i = 0; i != 64; ++i) {
      const std::size_t round = i / 16;
      const std::uint32_t mixed = round == 0   ? (b & c) | (~b & d)
                                  : round == 1 ? (d & b) | (~d & c)
                                  : round == 2 ? b ^ c ^ d
                                               : c ^ (b | ~d);
      const std::size_t word = round == 0   ? i
                               : round == 1 ? 5 * i + 1
                               : round == 2 ? 3 * i + 5
                                            : 7 * i;
      const std::uint32_t turned =
          b + std::rotl(a + mixed + sines[i] + words[word % 16], turns[round][i % 4]);
      a = d;
      d = c;
      c = b;
      b = turned;
    }
    sum = {sum[0] + a, sum[1] + b, sum[2] + c, sum[3] + d};
  });
  std::array<char, 16> digest{};
  for (std::size_t i = 0; i != 16; ++i) {
    digest[i] = static_cast<char>(sum[i / 4] >> 8 * (i % 4));
  }
  return digest;
}

/// See this header's first lines.
template <std::size_t Bits>
[[nodiscard]] std::array<char, Bits / 8> sha2_digest(std::string_view text) noexcept {
  static_assert(Bits == 256 || Bits == 384 || Bits == 512);
  using word = std::conditional_t<Bits == 256, std::uint32_t, std::uint64_t>;
  const auto whole = detail::sha2<word>(text, Bits == 384 ? 8 : 0);
  std::array<char, Bits / 8> digest{};
  std::copy(whole.data(), whole.data() + digest.size(), digest.begin());
  return digest;
}

} // namespace document
