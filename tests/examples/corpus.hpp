// tests/examples/corpus.hpp - the files of a corpus, for tests that run where there is one.
//
// LINMEM_CORPUS names a folder of documents. Without it a test of real files says so and is done.
#pragma once

#include <doctest/doctest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#if defined(__EMSCRIPTEN__)
#include <emscripten.h>
#endif

namespace corpus {

/// The folder, when there is one.
inline std::optional<std::filesystem::path> folder() {
#if defined(__EMSCRIPTEN__) // its getenv() knows nothing of the host's environment
  const char* const named = emscripten_run_script_string("process.env.LINMEM_CORPUS ?? ''");
#else
  const char* const named = std::getenv("LINMEM_CORPUS");
#endif
  if (named == nullptr || *named == '\0') { return std::nullopt; }
  return std::filesystem::path{named};
}

/// The files below `sub` whose names end with `extension`, by name. Without a corpus, or without
/// that part of it, none, and a line that says so.
inline std::vector<std::filesystem::path> files(std::string_view sub, std::string_view extension) {
  std::vector<std::filesystem::path> found;
  const auto root = folder();
  if (!root || !std::filesystem::is_directory(*root / sub)) {
    MESSAGE("skipped: LINMEM_CORPUS names no folder with " << std::string{sub});
    return found;
  }
  for (const auto& entry : std::filesystem::recursive_directory_iterator(*root / sub)) {
    if (entry.is_regular_file() && entry.path().string().ends_with(extension)) {
      found.push_back(entry.path());
    }
  }
  std::sort(found.begin(), found.end());
  return found;
}

/// The bytes of `file`.
inline std::string read(const std::filesystem::path& file) {
  std::ifstream in{file, std::ios::binary};
  REQUIRE(in.good());
  return {std::istreambuf_iterator<char>{in}, {}};
}

} // namespace corpus
