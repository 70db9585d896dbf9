// tests/examples/real_documents.hpp - the corpus' documents of a format, whole, cut short and damaged.
#pragma once

#include "corpus.hpp"
#include "run_transform.hpp"

#include <doctest/doctest.h>

#include <cstddef>
#include <string>
#include <string_view>

/// Each of the files `sub`/*`extension` is read by `Transform`, none cut short or damaged is more than
/// an error, and the sanitizers watch.
template <class Transform>
void check_real_documents(std::string_view sub, std::string_view extension) {
  std::size_t files = 0;
  for (const auto& file : corpus::files(sub, extension)) {
    CAPTURE(file.string());
    const std::string document = corpus::read(file);
    CHECK(run_transform::failure_for<Transform>(document) == "");
    CHECK(run_transform::failure_for<Transform>(
              std::string_view{document}.substr(0, document.size() / 2)) != "");
    run_transform::random_numbers numbers{20240611};
    for (int round = 0; round < 50; ++round) {
      std::string damaged = document;
      for (int i = 0; i < 20; ++i) {
        damaged[numbers.below(damaged.size())] = static_cast<char>(numbers.below(256));
      }
      static_cast<void>(run_transform::failure_for<Transform>(damaged));
    }
    ++files;
  }
  if (files != 0) { MESSAGE(files << " files"); }
}
