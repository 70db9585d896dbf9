// tests/examples/found.hpp - what a transform found besides the text, as values that compare.
#pragma once

#include "run_transform.hpp"

#include <linmem/bytes.hpp>
#include <linmem/stream_items.hpp>

#include <nlohmann/json.hpp>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace found {

/// An item, copied.
struct item {
  std::string name;
  std::string media_type;
  std::string payload;
  std::uint64_t position;

  bool operator==(const item&) const = default;
};

/// Text, metadata and items.
struct document {
  std::string text;
  nlohmann::json metadata;
  std::vector<item> items;

  bool operator==(const document&) const = default;
};

/// All that `transform` gives for `input` in pieces, see run_transform::in_pieces.
template <class Transform>
document in_pieces(Transform& transform, std::string_view input,
                   const std::vector<std::size_t>& cuts, std::size_t room) {
  document all;
  all.text = run_transform::in_pieces(transform, input, cuts, room);
  const std::string_view metadata = transform.items().metadata();
  all.metadata = metadata.empty() ? nlohmann::json{} : nlohmann::json::parse(metadata);
  linmem::item_cursor cursor;
  while (const linmem::stream_item* next = transform.items().next(cursor)) {
    all.items.push_back({std::string{next->name}, std::string{next->media_type},
                         std::string{linmem::as_text(next->payload)}, next->position});
  }
  return all;
}

} // namespace found
