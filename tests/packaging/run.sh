#!/usr/bin/env bash
# Installs linmem in each way that README names, and builds and runs a consumer of it.
# ./dev test packaging runs this; by hand it wants cmake, ninja, a C++ compiler, conan, node, npm, and
# in EMSCRIPTEN_ROOT the folder of emcc. Everything it makes is in build/packaging, the consumers'
# projects included: they are copied there, away from this checkout. With names it runs only those.
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
work=$root/build/packaging
prefix=$work/prefix
conan=${LINMEM_TOOLS:+$LINMEM_TOOLS/}conan
version=$(sed -nE 's/^#define LINMEM_VERSION_STRING "(.*)"$/\1/p' "$root/include/linmem/config.hpp")
program_says="linmem $version: 8 of 10 bytes"
host_says="linmem $version: 3 lines, 3 chunks"
only_headers=(-DLINMEM_BUILD_TESTS=OFF -DLINMEM_BUILD_EXAMPLES=OFF -DLINMEM_BUILD_BENCH=OFF)
: "${EMSCRIPTEN_ROOT:?the folder of emcc}"
emscripten=(-DCMAKE_TOOLCHAIN_FILE="$EMSCRIPTEN_ROOT/cmake/Modules/Platform/Emscripten.cmake")

fail() { printf 'FAILED: %s\n' "$*" >&2; exit 1; }
configure() { cmake -G Ninja -S "$1" -B "$work/$2" -DCMAKE_BUILD_TYPE=Release "${@:3}"; }
# build PROJECT FOLDER ARGUMENT...: the consumer in projects/PROJECT.
build() {
  configure "$work/projects/$1" "${@:2}"
  cmake --build "$work/$2"
}
says() {
  local expected=$1 got
  got=$("${@:2}") || fail "${*:2} does not run"
  [ "$got" = "$expected" ] || fail "${*:2} printed '$got', not '$expected'"
}
runs_natively() { says "$program_says" "$work/$1/consumer"; }
runs_in_node() {
  says "$program_says" node "$work/$1/consumer.js"
  says "$host_says" node "$work/$1/host.mjs"
}

# --- the ways of installing

vendored() { # the folder include/linmem, with a compiler alone and with CMake
  local project=$work/projects/vendored
  mkdir -p "$project/third_party"
  cp -r "$root/include/linmem" "$project/third_party/"
  ${CXX:-c++} -std=c++20 -I"$project/third_party" "$work/projects/consumer.cpp" -o "$work/vendored_alone"
  says "$program_says" "$work/vendored_alone"
  build vendored vendored
  runs_natively vendored
  build vendored vendored_wasm "${emscripten[@]}"
  runs_in_node vendored_wasm
}

single_header() { # one file made of the headers asked for
  local folder=$work/single_header
  mkdir -p "$folder/linmem"
  python3 "$root/.ci/single_header.py" >"$folder/one.hpp"
  sed 's|#include <linmem/bytes.hpp>|#include "one.hpp"|; /#include <linmem/d' \
    "$work/projects/consumer.cpp" >"$folder/consumer.cpp"
  ${CXX:-c++} -std=c++20 -Wall -Wextra -Werror "$folder/consumer.cpp" -o "$folder/consumer"
  says "$program_says" "$folder/consumer"

  python3 "$root/.ci/single_header.py" stream_exports.hpp >"$folder/one.hpp"
  sed 's|#include <linmem/stream_exports.hpp>|#include "one.hpp"|' "$work/projects/module.cpp" >"$folder/module.cpp"
  cp -r "$root/include/linmem/js" "$folder/linmem/" && cp "$work/projects/host.mjs" "$folder/"
  "$EMSCRIPTEN_ROOT/em++" -std=c++20 -Wall -Wextra -Werror "$folder/module.cpp" -o "$folder/module.mjs" \
    --no-entry -sMODULARIZE -sEXPORT_ES6 -sALLOW_MEMORY_GROWTH
  says "$host_says" node "$folder/host.mjs"
}

add_subdirectory() { # and nothing of linmem's own leaks into the parent
  build add_subdirectory add_subdirectory -DLINMEM_SOURCE_DIR="$root"
  runs_natively add_subdirectory
  build add_subdirectory add_subdirectory_wasm -DLINMEM_SOURCE_DIR="$root" "${emscripten[@]}"
  runs_in_node add_subdirectory_wasm
}

fetch_content() { # and a consumer that exports in its turn, and one of that consumer
  local exported=$work/exported
  build fetch_content fetch_content -DLINMEM_SOURCE_DIR="$root" -DCMAKE_INSTALL_PREFIX="$exported"
  runs_natively fetch_content
  cmake --install "$work/fetch_content"
  build downstream downstream -DCMAKE_PREFIX_PATH="$exported"
  runs_natively downstream
  build fetch_content fetch_content_wasm -DLINMEM_SOURCE_DIR="$root" "${emscripten[@]}"
  runs_in_node fetch_content_wasm
}

find_package() { # from an installation
  installed
  build find_package find_package -DCMAKE_PREFIX_PATH="$prefix"
  runs_natively find_package
}

installation_is_complete() { # every file, in share/, and no flag that is the consumer's choice
  local file config=$prefix/share/cmake/linmem/linmem-config.cmake
  installed
  for file in $(cd "$root/include" && find linmem -type f); do
    [ -e "$prefix/include/$file" ] || fail "include/$file is not installed"
  done
  [ ! -e "$prefix/lib" ] || fail "something is installed in lib/, where a cross build does not look"
  grep -v '^#' "$config" >"$work/targets"
  if grep -nE -e '-pthread|-f[a-z]|-s[A-Z]|COMPILE_OPTIONS|LINK_OPTIONS|DEFINITIONS' "$work/targets"; then
    fail "the exported target carries flags"
  fi
  if grep -nF -e "$root" -e "$work" "$config"; then fail "the installation names where it was made"; fi
  grep -q INTERFACE_INCLUDE_DIRECTORIES "$config" || fail "a CMake without file sets finds no headers"
}

versions_are_compared() { # before 1.0.0 a minor version may break
  installed
  local wanted project=$work/versions
  mkdir -p "$project"
  for wanted in 0.0 0.2 1; do
    printf '%s\n' 'cmake_minimum_required(VERSION 3.25)' 'project(versions LANGUAGES NONE)' \
      "find_package(linmem $wanted CONFIG QUIET)" \
      'if(linmem_FOUND)' '  message(FATAL_ERROR "accepted")' 'endif()' >"$project/CMakeLists.txt"
    cmake -S "$project" -B "$project/build" -DCMAKE_PREFIX_PATH="$prefix" ||
      fail "version $version is taken for a $wanted"
  done
}

native_installation_serves_wasm32() { # made on a 64-bit host; found in each of two ways
  installed
  build find_package find_package_wasm "${emscripten[@]}" -DCMAKE_PREFIX_PATH="$prefix" \
    -DCMAKE_FIND_ROOT_PATH_MODE_PACKAGE=BOTH
  runs_in_node find_package_wasm
  build find_package find_package_wasm_dir "${emscripten[@]}" -Dlinmem_DIR="$prefix/share/cmake/linmem"
  runs_in_node find_package_wasm_dir
}

installation_moves() { # the prefix may be put elsewhere
  installed
  cp -r "$prefix" "$work/moved prefix" && mv "$prefix" "$prefix.away"
  build find_package find_package_moved -DCMAKE_PREFIX_PATH="$work/moved prefix"
  mv "$prefix.away" "$prefix"
  runs_natively find_package_moved
}

conan_create() { # natively and with an Emscripten profile: one and the same package
  export CONAN_HOME=$work/conan_home
  local create=("$conan" create "$root" --no-remote) packages
  "$conan" profile detect
  "${create[@]}" -c tools.cmake.cmaketoolchain:generator=Ninja \
    -c tools.cmake.cmake_layout:test_folder="$work/conan_native" 2>&1 | tee "$work/conan_native.log"
  grep -qFx "$program_says" "$work/conan_native.log" || fail "Conan's native consumer did not print '$program_says'"
  "${create[@]}" -pr:h "$here/conan/emscripten" -pr:b default \
    -c tools.cmake.cmake_layout:test_folder="$work/conan_wasm" 2>&1 | tee "$work/conan_wasm.log"
  grep -qFx "$program_says" "$work/conan_wasm.log" || fail "Conan's wasm32 consumer did not print '$program_says'"
  grep -qFx "$host_says" "$work/conan_wasm.log" || fail "Conan's wasm32 consumer did not print '$host_says'"
  packages=$("$conan" list "linmem/$version:*" --format=json |
    python3 -c 'import json, sys
[recipe] = json.load(sys.stdin)["Local Cache"].values()
[revision] = recipe["revisions"].values()
print(len(revision["packages"]))')
  [ "$packages" = 1 ] || fail "Conan made $packages packages of the same headers"
}

vcpkg_port() { # built by vcpkg, or without it run with stand-ins for vcpkg's functions
  local port=$here/vcpkg/ports/linmem declared packages file
  declared=$(json_field "$port/vcpkg.json" version-semver)
  [ "$declared" = "$version" ] || fail "vcpkg.json says version $declared, config.hpp $version"
  if command -v vcpkg >/dev/null; then
    vcpkg install linmem --overlay-ports="$here/vcpkg/ports" --x-install-root="$work/vcpkg"
    packages=$(echo "$work"/vcpkg/*-*)
  else
    packages=$work/vcpkg
    cmake -DPORT=linmem -DPORT_DIR="$port" -DCURRENT_PACKAGES_DIR="$packages" \
      -DCURRENT_BUILDTREES_DIR="$work/vcpkg_build" -P "$here/vcpkg/run_port.cmake"
    printf 'note: there is no vcpkg on PATH; the port ran with stand-ins for its functions\n'
  fi
  for file in copyright usage linmem-config.cmake linmem-config-version.cmake; do
    [ -s "$packages/share/linmem/$file" ] || fail "the port installs no share/linmem/$file"
  done
  build find_package vcpkg_consumer -DCMAKE_PREFIX_PATH="$packages"
  runs_natively vcpkg_consumer
}

npm_package() { # the JavaScript half by its name, installed from its folder
  local project=$work/npm said
  [ "$(json_field "$root/include/linmem/js/package.json" version)" = "$version" ] ||
    fail "js/package.json says another version than config.hpp"
  mkdir -p "$project"
  printf '{ "private": true, "type": "module" }\n' >"$project/package.json"
  cp -r "$root/include/linmem/js" "$project/js"
  npm install --prefix "$project" --offline --no-audit --no-fund "$project/js"
  printf '%s\n' 'import { attach } from "linmem";' 'import "linmem/ring.mjs";' \
    'import "linmem/services.mjs";' 'import "linmem/shared_params.mjs";' \
    'try { attach({}); } catch (e) { console.log(e.name, e.code); }' >"$project/main.mjs"
  said=$(node "$project/main.mjs")
  [ "$said" = 'LinmemError unsupported' ] || fail "import from 'linmem' printed '$said'"
}

vite() { # a web page, bundled and opened in Chromium
  local project=$work/projects/vite said
  cp -r "$root/include/linmem/js" "$project/node_modules/linmem" # as npm would put it there
  "$EMSCRIPTEN_ROOT/em++" -std=c++20 -O2 -I"$root/include" "$project/../module.cpp" -o "$project/module.mjs" \
    --no-entry -sMODULARIZE -sEXPORT_ES6 -sALLOW_MEMORY_GROWTH -sENVIRONMENT=web
  said=$(node "$here/vite.mjs" "$project")
  [ "$said" = "$host_says" ] || fail "the page says '$said', not '$host_says'"
}

budget() { # bytes that the headers add to a module, and those of the JavaScript half
  python3 "$here/budget.py" --no-times
}

# --------------------------------------------------------------------------------------------------

json_field() { python3 -c 'import json, sys; print(json.load(open(sys.argv[1]))[sys.argv[2]])' "$@"; }

installed() { # in $prefix, once
  [ -e "$prefix" ] && return
  configure "$root" install "${only_headers[@]}" -DCMAKE_INSTALL_PREFIX="$prefix"
  cmake --install "$work/install"
}

# A step is a run of this script of its own, with -e in force: a failure ends that step.
if [ "${1:-}" = --step ]; then
  "$2"
  exit
fi

all=(vendored single_header add_subdirectory fetch_content find_package installation_is_complete
  versions_are_compared native_installation_serves_wasm32 installation_moves conan_create vcpkg_port
  npm_package vite budget)
[ $# -gt 0 ] || set -- "${all[@]}"

rm -rf "$work"
mkdir -p "$work/projects"
cp -r "$here"/. "$work/projects"
failed=0
for name in "$@"; do
  if bash "$0" --step "$name"; then
    printf 'ok - %s\n' "$name"
  else
    printf 'not ok - %s\n' "$name"
    failed=$((failed + 1))
  fi
done
printf '# pass %d\n# fail %d\n' $(($# - failed)) $failed
[ $failed = 0 ]
