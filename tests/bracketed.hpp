// A transform that publishes items: for the tests of streams, and for the module of the JavaScript ones.
#pragma once

#include <linmem/bytes.hpp>
#include <linmem/error.hpp>
#include <linmem/result.hpp>
#include <linmem/storage.hpp>
#include <linmem/stream_items.hpp>
#include <linmem/transform.hpp>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

namespace support {

/// Text with items in brackets: [t...] a table, [i...] an image, [o...] another, [m...] the metadata,
/// each with what follows the letter. `[f]` fails. Brackets are not part of the text.
template <linmem::storage Storage = linmem::heap_storage>
class bracketed {
public:
  explicit bracketed(linmem::item_options options = {}, Storage from = {}) noexcept
      : items_{options, std::move(from)} {}

  linmem::step_result step(linmem::byte_view in, linmem::byte_span out, bool last) noexcept {
    using enum linmem::step_status;
    std::size_t read = 0;
    std::size_t written = 0;
    for (; read < in.size(); ++read) {
      const auto c = static_cast<char>(in[read]);
      if (inside_ && c == ']') {
        inside_ = false;
        if (!publish()) { return {read + 1, written, failed}; }
      } else if (inside_) {
        held_ += c;
      } else if (c == '[') {
        inside_ = true;
        held_.clear();
      } else {
        if (written == out.size()) { return {read, written, need_output}; }
        out[written++] = in[read];
        ++made_;
      }
    }
    return {read, written, last ? done : need_input};
  }
  void reset() noexcept {
    inside_ = false;
    made_ = 0;
    failure_ = {};
  }
  [[nodiscard]] linmem::error failure() const noexcept { return failure_; }
  [[nodiscard]] auto& items() noexcept { return items_; }

private:
  bool publish() {
    const std::string_view payload = std::string_view{held_}.substr(1);
    linmem::result<void> done;
    switch (held_.front()) {
      case 'm': done = items_.set_metadata(payload); break;
      case 'f': done = linmem::fail(linmem::errc::invalid_data, "test bracket", 0, made_); break;
      default: {
        const std::string_view letters = "tio";
        const auto kind = static_cast<linmem::item_kind>(letters.find(held_.front()));
        done = items_.push({.kind = kind,
                            .name = "name",
                            .media_type = "text/plain",
                            .position = made_,
                            .payload = linmem::as_bytes(payload)});
      }
    }
    if (!done) { failure_ = done.error(); }
    return done.has_value();
  }

  linmem::stream_items<Storage> items_;
  std::string held_;
  std::uint64_t made_ = 0;
  linmem::error failure_{};
  bool inside_ = false;
};

} // namespace support
