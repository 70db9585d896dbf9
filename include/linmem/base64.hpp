// linmem/base64.hpp - bytes as ASCII text (RFC 4648, section 4), in bounded memory.
//
// For hosts that want the raw bytes of an item in a URL or in JSON, and for any stream of bytes:
//
//   std::array<std::byte, linmem::base64_size(20)> text;
//   linmem::base64_encode(sha1, text);                                  // at once
//   auto stream = linmem::transform_chunks(linmem::base64_encoder{}, png); // or in chunks
//
// The alphabet ends with + and /; the text is padded with = and has no line breaks. Not a decoder.
#pragma once

#include <linmem/bytes.hpp>
#include <linmem/config.hpp>
#include <linmem/error.hpp>
#include <linmem/result.hpp>
#include <linmem/transform.hpp>

#include <array>       // std::array
#include <cstddef>     // std::byte, std::size_t
#include <cstdint>     // std::uint32_t, std::uint64_t
#include <string_view> // std::string_view

namespace linmem::inline LINMEM_ABI {

/// Bytes of text that `n` bytes become; saturated where that overflows.
[[nodiscard]] constexpr std::size_t base64_size(std::size_t n) noexcept {
  constexpr std::size_t most = ~std::size_t{0};
  const std::size_t groups = n / 3 + (n % 3 != 0 ? 1 : 0);
  return groups > most / 4 ? most : groups * 4;
}

namespace detail {

inline constexpr std::string_view base64_alphabet =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

// Writes the four characters of a group of 24 bits.
inline void put_base64(std::uint32_t bits, std::byte* out) noexcept {
  out[0] = static_cast<std::byte>(base64_alphabet[bits >> 18U]);
  out[1] = static_cast<std::byte>(base64_alphabet[bits >> 12U & 63U]);
  out[2] = static_cast<std::byte>(base64_alphabet[bits >> 6U & 63U]);
  out[3] = static_cast<std::byte>(base64_alphabet[bits & 63U]);
}

[[nodiscard]] inline std::uint32_t base64_bits(const std::byte* in) noexcept {
  return std::to_integer<std::uint32_t>(in[0]) << 16U |
         std::to_integer<std::uint32_t>(in[1]) << 8U | std::to_integer<std::uint32_t>(in[2]);
}

} // namespace detail

/// Encodes a stream of bytes.
class base64_encoder {
public:
  /// See transform. The whole output of a group is written, or none of it.
  step_result step(byte_view in, byte_span out, bool last) noexcept {
    std::size_t read = 0;
    std::size_t written = 0;
    while (held_ != 0 && read < in.size()) {
      if (held_ == 2 && out.size() < 4) { return {read, written, step_status::need_output}; }
      group_[held_++] = in[read++];
      if (held_ == 3) {
        detail::put_base64(detail::base64_bits(group_.data()), out.data());
        written = 4;
        held_ = 0;
      }
    }
    const std::size_t groups = smaller((in.size() - read) / 3, (out.size() - written) / 4);
    for (std::size_t i = 0; i < groups; ++i, read += 3, written += 4) {
      detail::put_base64(detail::base64_bits(in.data() + read), out.data() + written);
    }
    if (in.size() - read >= 3) { return {read, written, step_status::need_output}; }
    while (read < in.size()) { group_[held_++] = in[read++]; }
    if (!last) { return {read, written, step_status::need_input}; }
    if (held_ != 0) {
      if (out.size() - written < 4) { return {read, written, step_status::need_output}; }
      put_rest(out.data() + written);
      written += 4;
    }
    return {read, written, step_status::done};
  }
  /// Forgets a group that is not whole.
  void reset() noexcept { held_ = 0; }

private:
  // The last group, of one or two bytes.
  void put_rest(std::byte* out) noexcept {
    constexpr auto pad = static_cast<std::byte>('=');
    for (std::size_t i = held_; i < 3; ++i) { group_[i] = std::byte{0}; }
    detail::put_base64(detail::base64_bits(group_.data()), out);
    if (held_ == 1) { out[2] = pad; }
    out[3] = pad;
    held_ = 0;
  }

  std::array<std::byte, 3> group_{};
  std::size_t held_ = 0; // bytes in group_, read and not yet written
};

/// Encodes all of `in` to the front of `out`. Returns the bytes written; out_of_range with the bytes
/// it takes when `out` is too short, and nothing is written.
inline result<std::size_t> base64_encode(byte_view in, byte_span out) noexcept {
  const std::size_t size = base64_size(in.size());
  if (size > out.size()) {
    return fail(errc::out_of_range, "base64 text in bytes", out.size(), size);
  }
  return base64_encoder{}.step(in, out, true).produced;
}

} // namespace linmem::inline LINMEM_ABI
