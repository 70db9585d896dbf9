// examples/document/pdf_security.hpp - PDF files that are encrypted, but ask for no password.
//
// Many files are encrypted only to say that they are not to be printed or changed: whoever opens them
// needs no password, and that of the user is empty. Their streams and strings are decrypted with a key
// that is made of the empty password and of what the file says. Read are RC4 with keys of 40 to 128
// bits, and AES with 128 and 256 (ISO 32000-2, 7.6: the standard security handler of revisions 2 to 6).
//
//   document::pdf_security security;
//   linmem::error failed = security.open(pdf, dictionary, id);   // unsupported: it asks for a password
//   std::string_view bytes = security.decrypt(12, 0, is_stream, copy);
#pragma once

#include "growing_bytes.hpp"
#include "pdf_ciphers.hpp"
#include "pdf_digests.hpp"
#include "pdf_object.hpp"

#include <linmem/error.hpp> // linmem::error, linmem::errc

#include <algorithm>   // std::clamp, std::copy, std::min
#include <array>       // std::array
#include <cstddef>     // std::size_t
#include <cstdint>     // std::int64_t, std::uint8_t, std::uint32_t
#include <string_view> // std::string_view

namespace document {

/// See this header's first lines.
class pdf_security {
public:
  /// Reads `dictionary`, the value of Encrypt in `file`, whose first identifier is `id`. unsupported when
  /// a password is wanted, or when it is encrypted in another way; out_of_memory.
  template <class File>
  [[nodiscard]] linmem::error open(File& file, std::string_view dictionary,
                                   std::string_view id) noexcept {
    constexpr linmem::error other{linmem::errc::unsupported, "PDF: the way it is encrypted", 0, 0};
    constexpr linmem::error asks{linmem::errc::unsupported, "PDF that asks for a password", 0, 0};
    constexpr linmem::error no_memory{linmem::errc::out_of_memory, "PDF document in bytes", 0, 0};
    const auto count = [&](std::string_view key) {
      return pdf_count(file.entry(dictionary, key), 1024);
    };
    const std::uint32_t version = count("V");
    const std::uint32_t revision = count("R");
    if (file.entry(dictionary, "Filter") != "/Standard" || version < 1 || version > 5 ||
        revision < 2 || revision > 6 || (version == 5) != (revision >= 5)) {
      return other;
    }
    const std::string_view length = file.entry(dictionary, "Length");
    std::size_t size = version == 1 || length.empty() ? 5 : pdf_count(length, 1024) / 8;
    streams_ = strings_ = method::rc4;
    if (version >= 4) {
      streams_ = method_of(file, dictionary, "StmF");
      strings_ = method_of(file, dictionary, "StrF");
      if (streams_ == method::unknown || strings_ == method::unknown) { return other; }
      size = 16; // all of them, whatever Length says
    }
    growing_bytes owner;
    growing_bytes user;
    growing_bytes identifier;
    if (!pdf_bytes(file.entry(dictionary, "O"), owner) ||
        !pdf_bytes(file.entry(dictionary, "U"), user) || !pdf_bytes(id, identifier)) {
      return no_memory;
    }
    if (revision >= 5) {
      growing_bytes packed;
      if (!pdf_bytes(file.entry(dictionary, "UE"), packed)) { return no_memory; }
      return make_long_key(revision, user.text(), packed) ? linmem::error{} : asks;
    }
    const auto permissions = static_cast<std::int64_t>(pdf_number(file.entry(dictionary, "P")));
    const bool plain_metadata = file.entry(dictionary, "EncryptMetadata") == "false";
    growing_bytes all;  // algorithm 2
    growing_bytes test; // algorithm 5
    if (!all.append(padding) || !all.append(owner.text().substr(0, 32)) ||
        !all.append(low_first(static_cast<std::uint32_t>(permissions), 4).text()) ||
        !all.append(identifier.text()) ||
        !all.append(revision >= 4 && plain_metadata ? "\xFF\xFF\xFF\xFF" : "") ||
        !test.append(padding) || !test.append(identifier.text())) {
      return no_memory;
    }
    make_key(revision, std::clamp<std::size_t>(size, 5, 16), all.text());
    return user.text().starts_with(known(revision, test.text()).text()) ? linmem::error{} : asks;
  }

  /// Decrypts `bytes` of the object `number`, a string's or a stream's; the result lies in them.
  [[nodiscard]] std::string_view decrypt(std::uint32_t number, std::uint32_t generation,
                                         bool is_stream, growing_bytes& bytes) const noexcept {
    const method how = is_stream ? streams_ : strings_;
    if (how == method::identity || bytes.size() == 0) { return bytes.text(); }
    short_bytes key; // algorithm 1
    key.add(key_text());
    if (how != method::aes_256) {
      key.add(low_first(number, 3).text());
      key.add(low_first(generation, 2).text());
      if (how == method::aes_128) { key.add("sAlT"); }
      const std::array<char, 16> digest = md5_digest(key.text());
      key.size = 0;
      key.add({digest.data(),
               how == method::rc4 ? std::min<std::size_t>(key_size_ + 5, 16) : digest.size()});
    }
    if (how == method::rc4) {
      rc4{key.text()}.apply(bytes.data(), bytes.size());
      return bytes.text();
    }
    // The first block is what the chain begins with; the last byte says how many fill the last one.
    if (bytes.size() < 32) { return {}; }
    const std::size_t size = (bytes.size() - 16) / 16 * 16;
    char* const begin = bytes.data() + 16;
    aes{key.text()}.decrypt(aes::block_of(bytes.data()), begin, size);
    const auto filled = static_cast<unsigned char>(begin[size - 1]);
    return {begin, filled <= 16 ? size - filled : size};
  }

private:
  enum class method : std::uint8_t { unknown, identity, rc4, aes_128, aes_256 };
  // Up to 64 bytes.
  struct short_bytes {
    std::array<char, 64> bytes{};
    std::size_t size = 0;
    void add(std::string_view more) noexcept {
      std::copy(more.begin(), more.end(), bytes.data() + size);
      size += more.size();
    }
    [[nodiscard]] std::string_view text() const noexcept { return {bytes.data(), size}; }
  };
  // What short passwords are filled with, and the empty one is.
  static constexpr std::string_view padding{"\x28\xBF\x4E\x5E\x4E\x75\x8A\x41\x64\x00\x4E"
                                            "\x56\xFF\xFA\x01\x08\x2E\x2E\x00\xB6\xD0\x68"
                                            "\x3E\x80\x2F\x0C\xA9\xFE\x64\x53\x69\x7A",
                                            32};

  [[nodiscard]] std::string_view key_text() const noexcept { return {key_.data(), key_size_}; }
  void keep_key(std::string_view key) noexcept {
    key_size_ = std::min(key.size(), key_.size());
    std::copy(key.data(), key.data() + key_size_, key_.begin());
  }
  static short_bytes low_first(std::uint32_t value, std::size_t size) noexcept {
    short_bytes bytes;
    for (std::size_t i = 0; i != size; ++i) {
      const char byte = static_cast<char>(value >> 8 * i);
      bytes.add({&byte, 1});
    }
    return bytes;
  }

  template <class File>
  static method method_of(File& file, std::string_view dictionary, std::string_view use) noexcept {
    const std::string_view name = file.entry(dictionary, use);
    if (name.empty() || name == "/Identity") { return method::identity; }
    const std::string_view how =
        file.entry(file.entry(file.entry(dictionary, "CF"), name.substr(1)), "CFM");
    return how == "/V2"      ? method::rc4
           : how == "/AESV2" ? method::aes_128
           : how == "/AESV3" ? method::aes_256
           : how == "/None"  ? method::identity
                             : method::unknown;
  }

  // Algorithm 2, of what it goes through in the end.
  void make_key(std::uint32_t revision, std::size_t size, std::string_view all) noexcept {
    std::array<char, 16> digest = md5_digest(all);
    for (int i = 0; revision >= 3 && i != 50; ++i) { digest = md5_digest({digest.data(), size}); }
    keep_key({digest.data(), size});
  }
  // Algorithms 4 and 5: what the file has under U if the key is right.
  [[nodiscard]] short_bytes known(std::uint32_t revision, std::string_view test) const noexcept {
    short_bytes bytes;
    if (revision == 2) {
      bytes.add(padding);
    } else {
      const std::array<char, 16> digest = md5_digest(test);
      bytes.add({digest.data(), digest.size()});
    }
    for (int i = 0; i != (revision == 2 ? 1 : 20); ++i) {
      short_bytes turned;
      for (const char c : key_text()) {
        const char byte = static_cast<char>(c ^ i);
        turned.add({&byte, 1});
      }
      rc4{turned.text()}.apply(bytes.bytes.data(), bytes.size);
    }
    return bytes;
  }

  // Algorithm 2.A: `user` is the digest of password and first salt, and two salts; `packed` is the key,
  // encrypted.
  [[nodiscard]] bool make_long_key(std::uint32_t revision, std::string_view user,
                                   growing_bytes& packed) noexcept {
    if (user.size() < 48 || packed.size() < 32) { return false; }
    const auto digest = [&](std::string_view salt) {
      const std::array<char, 32> first = sha2_digest<256>(salt);
      return revision == 5 ? first : hardened(first);
    };
    const std::array<char, 32> known = digest(user.substr(32, 8));
    if (!user.starts_with({known.data(), known.size()})) { return false; }
    const std::array<char, 32> key = digest(user.substr(40, 8));
    aes{{key.data(), key.size()}}.decrypt({}, packed.data(), 32);
    keep_key(packed.text().substr(0, 32));
    return true;
  }
  // Algorithm 2.B, of an empty password: at least 64 rounds, until the last byte allows an end.
  static std::array<char, 32> hardened(const std::array<char, 32>& first) noexcept {
    short_bytes sum;
    sum.add({first.data(), first.size()});
    const auto keep = [&](const auto& digest) {
      sum.size = 0;
      sum.add({digest.data(), digest.size()});
    };
    std::array<char, 64 * 64> room{};
    for (int round = 1;; ++round) {
      const std::size_t size = 64 * sum.size;
      for (std::size_t at = 0; at != size; at += sum.size) {
        std::copy(sum.bytes.data(), sum.bytes.data() + sum.size, room.data() + at);
      }
      aes{sum.text().substr(0, 16)}.encrypt(aes::block_of(sum.bytes.data() + 16), room.data(),
                                            size);
      std::uint32_t remainder = 0;
      for (std::size_t i = 0; i != 16; ++i) { remainder += static_cast<unsigned char>(room[i]); }
      const std::string_view all{room.data(), size};
      switch (remainder % 3) {
        case 0: keep(sha2_digest<256>(all)); break;
        case 1: keep(sha2_digest<384>(all)); break;
        default: keep(sha2_digest<512>(all));
      }
      if (round >= 64 && static_cast<unsigned char>(all.back()) + 32 <= round) { break; }
    }
    std::array<char, 32> result{};
    std::copy(sum.bytes.data(), sum.bytes.data() + result.size(), result.begin());
    return result;
  }

  std::array<char, 32> key_{};
  std::size_t key_size_ = 0;
  method streams_ = method::identity;
  method strings_ = method::identity;
};

} // namespace document
