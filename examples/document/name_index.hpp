// examples/document/name_index.hpp - what belongs to a name, found in the time that a name takes.
//
// Files of an archive, relations of a part, styles: a document refers to them by names, as often as it
// likes. Names are added, sorted once and then found by halving, so that no document makes the search
// long. A name stays where it is; of two that are the same the one added first is found.
//
//   document::name_index styles;
//   if (!styles.add("Heading1", 1)) { return no_memory; }
//   styles.sort();
//   if (document::name_entry* found = styles.find("Heading1")) { use(found->value); }
#pragma once

#include "growing_array.hpp"

#include <algorithm>   // std::lower_bound, std::make_heap, std::sort_heap
#include <cstddef>     // std::size_t
#include <cstdint>     // std::uintptr_t
#include <string_view> // std::string_view

namespace document {

/// A name and what belongs to it.
struct name_entry {
  std::string_view name;    ///< not copied
  std::uintptr_t value = 0; ///< what belongs to it
  std::size_t order = 0;    ///< its number among those added
  bool is_marked = false;   ///< for whoever finds it
};

/// See this header's first lines.
class name_index {
public:
  /// Adds `name`. False when there is no memory.
  [[nodiscard]] bool add(std::string_view name, std::uintptr_t value) noexcept {
    return entries_.push({name, value, entries_.size()});
  }
  /// Makes what was added findable. n log n, whatever the names.
  void sort() noexcept {
    const auto precedes = [](const name_entry& a, const name_entry& b) {
      const int order = a.name.compare(b.name);
      return order != 0 ? order < 0 : a.order < b.order;
    };
    std::make_heap(entries_.begin(), entries_.end(), precedes);
    std::sort_heap(entries_.begin(), entries_.end(), precedes);
  }
  /// The entry of `name`, or null. It stays where it is.
  [[nodiscard]] name_entry* find(std::string_view name) noexcept {
    name_entry* const at =
        std::lower_bound(entries_.begin(), entries_.end(), name,
                         [](const name_entry& a, std::string_view b) { return a.name < b; });
    return at != entries_.end() && at->name == name ? at : nullptr;
  }

private:
  growing_array<name_entry> entries_;
};

} // namespace document
