// linmem/embind.hpp - shared buffers and streams in functions that a program binds with embind.
//
// For a program that has embind already: its own functions take what JavaScript holds as a
// SharedBuffer, and answer with streams, buffers, views and results:
//
//   std::uint32_t shout(const linmem::js_buffer& text) {            // memory.stream(module.shout(buffer))
//     return linmem::open_stream_over(upper_case{}, text.handle());
//   }
//   EMSCRIPTEN_BINDINGS(app) {
//     linmem::register_js_types();
//     emscripten::function("shout", &shout);
//   }
//
// Opt-in like stream_exports.hpp, which it includes, and empty but under Emscripten. Not needed for embind and
// linmem in one program: a function that takes a handle as std::uint32_t is bound as it is, and is
// called faster, since reading a property of an object from C++ costs more than the call.
#pragma once

#include <linmem/stream_exports.hpp>

#if defined(__EMSCRIPTEN__)

#include <linmem/bytes.hpp>
#include <linmem/config.hpp>
#include <linmem/error.hpp>
#include <linmem/host.hpp>
#include <linmem/result.hpp>

#include <emscripten/bind.h> // emscripten::register_type
#include <emscripten/val.h>  // emscripten::typed_memory_view, emscripten::val

#include <cmath>       // std::floor
#include <cstddef>     // std::byte
#include <cstdint>     // std::uint8_t, std::uint32_t
#include <span>        // std::span
#include <type_traits> // std::conditional_t, std::is_same_v, std::remove_cv_t
#include <utility>     // std::exchange, std::move

namespace linmem::inline LINMEM_ABI {

/// A parameter for what JavaScript holds as a SharedBuffer. Any value is taken; what is no buffer, or
/// was disposed, is invalid_handle when its bytes are asked for.
class js_buffer : public emscripten::val {
public:
  /// What embind makes of an argument.
  explicit js_buffer(const emscripten::val& value) : emscripten::val{value} {}

  /// The buffer's number, for functions that take one; 0, which no buffer has, for other values.
  [[nodiscard]] std::uint32_t handle() const {
    if (isNull() || isUndefined()) { return 0; } // reading a property of these throws
    const emscripten::val property = (*this)["handle"];
    if (!property.isNumber()) { return 0; }
    const auto number = property.as<double>();
    const bool fits = number >= 0 && number <= 4294967295.0 && number == std::floor(number);
    return fits ? static_cast<std::uint32_t>(number) : 0;
  }
  /// As buffer_view: the committed bytes, valid until the host frees them; or invalid_handle, which is
  /// also recorded for the host.
  [[nodiscard]] result<byte_view> view() const { return buffer_view(handle()); }
};

/// Makes js_buffer known to embind, and to the types that --emit-tsd writes. Call it in an
/// EMSCRIPTEN_BINDINGS; further calls do nothing.
inline void register_js_types() {
  static constinit bool is_done = false;
  if (std::exchange(is_done, true)) { return; }
  emscripten::register_type<js_buffer>("{ readonly handle: number, readonly capacity: number }");
}

/// `elements` as a typed array over linear memory, bytes as Uint8Array: to be used before anything
/// may grow the memory, and not to be kept.
template <class T>
[[nodiscard]] emscripten::val js_view(std::span<T> elements) {
  using element = std::remove_cv_t<T>;
  using known = std::conditional_t<std::is_same_v<element, std::byte>, std::uint8_t, element>;
  return emscripten::val{emscripten::typed_memory_view(
      elements.size(), reinterpret_cast<const known*>(elements.data()))}; // NOLINT: bytes may alias
}

/// The value of `answer` for JavaScript; undefined on an error, which is recorded: memory.unwrap(x)
/// throws it.
template <class T>
[[nodiscard]] emscripten::val js_value(result<T> answer) {
  if (answer) { return emscripten::val{std::move(*answer)}; }
  reject(answer.error());
  return emscripten::val::undefined();
}

} // namespace linmem::inline LINMEM_ABI

#endif
