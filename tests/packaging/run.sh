#!/usr/bin/env bash
# Installs linmem in each way that README names, and builds and runs a consumer of it.
# ./dev test packaging runs this; by hand it wants cmake, ninja, a C++ compiler, conan, node, and in
# EMSCRIPTEN_ROOT the folder of emcc. Everything it makes is in build/packaging.
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
work=$root/build/packaging
conan=${LINMEM_TOOLS:+$LINMEM_TOOLS/}conan
version=$(sed -nE 's/^#define LINMEM_VERSION_STRING "(.*)"$/\1/p' "$root/include/linmem/config.hpp")
expected="linmem $version: 8 of 10 bytes"
nothing_more=(-DLINMEM_BUILD_TESTS=OFF -DLINMEM_BUILD_EXAMPLES=OFF -DLINMEM_BUILD_BENCH=OFF)

: "${EMSCRIPTEN_ROOT:?the folder of emcc}"
rm -rf "$work"
mkdir -p "$work"

fail() { printf 'FAILED: %s\n' "$*" >&2; exit 1; }
configure() { cmake -G Ninja -S "$1" -B "$work/$2" -DCMAKE_BUILD_TYPE=Release "${@:3}"; }
prints_expected() {
  local got
  got=$("$@") || fail "$* does not run"
  [ "$got" = "$expected" ] || fail "$* printed '$got', not '$expected'"
}

# --- find_package after an installation
configure "$root" install "${nothing_more[@]}" -DCMAKE_INSTALL_PREFIX="$work/prefix"
cmake --install "$work/install"
for file in $(cd "$root/include" && find linmem -type f); do
  [ -e "$work/prefix/include/$file" ] || fail "include/$file is not installed"
done
grep -v '^#' "$work/prefix/share/cmake/linmem/linmem-config.cmake" >"$work/targets"
if grep -nE -e '-pthread|-f[a-z]|-s[A-Z]|COMPILE_OPTIONS|LINK_OPTIONS|DEFINITIONS' "$work/targets"; then
  fail "the exported target carries flags"
fi
configure "$here/find_package" native -DCMAKE_PREFIX_PATH="$work/prefix"
cmake --build "$work/native"
prints_expected "$work/native/consumer"
printf 'ok: find_package\n'

# --- the same installation, made on a 64-bit host, from a wasm32 build. Emscripten's toolchain file
# looks for packages in its own sysroot only, unless told otherwise.
configure "$here/find_package" wasm -DCMAKE_PREFIX_PATH="$work/prefix" \
  -DCMAKE_TOOLCHAIN_FILE="$EMSCRIPTEN_ROOT/cmake/Modules/Platform/Emscripten.cmake" \
  -DCMAKE_FIND_ROOT_PATH_MODE_PACKAGE=BOTH
cmake --build "$work/wasm"
prints_expected node "$work/wasm/consumer.js"
printf 'ok: find_package for wasm32\n'

# --- sources brought along, and a consumer that exports in its turn
configure "$here/fetch_content" fetch_content -DLINMEM_SOURCE_DIR="$root" \
  -DCMAKE_INSTALL_PREFIX="$work/consumer_prefix"
cmake --build "$work/fetch_content"
prints_expected "$work/fetch_content/consumer"
cmake --install "$work/fetch_content"
grep -q linmem::linmem "$work/consumer_prefix/share/cmake/consumer/consumer-config.cmake" ||
  fail "the consumer's export does not name linmem"
[ -e "$work/consumer_prefix/include/linmem/config.hpp" ] || fail "the consumer's export lacks linmem"
printf 'ok: FetchContent\n'

# --- Conan, with its own home and build folders
(
  export CONAN_HOME=$work/conan_home
  "$conan" profile detect
  "$conan" create "$root" --no-remote -c tools.cmake.cmaketoolchain:generator=Ninja \
    -c tools.cmake.cmake_layout:test_folder="$work/conan_test" 2>&1
) | tee "$work/conan.log"
grep -qF "$expected" "$work/conan.log" || fail "Conan's consumer did not print '$expected'"
printf 'ok: conan create\n'

# --- vcpkg
port=$here/vcpkg/ports/linmem
declared=$(python3 -c 'import json, sys; print(json.load(open(sys.argv[1]))["version-semver"])' "$port/vcpkg.json")
[ "$declared" = "$version" ] || fail "vcpkg.json says version $declared, config.hpp $version"
[ -s "$port/portfile.cmake" ] && [ -s "$port/usage" ] || fail "the port lacks a file"
if command -v vcpkg >/dev/null; then
  vcpkg install linmem --overlay-ports="$here/vcpkg/ports" --x-install-root="$work/vcpkg"
  configure "$here/find_package" vcpkg_consumer -DCMAKE_PREFIX_PATH="$(echo "$work"/vcpkg/*-*)"
  cmake --build "$work/vcpkg_consumer"
  prints_expected "$work/vcpkg_consumer/consumer"
  printf 'ok: vcpkg\n'
else
  printf 'ok: vcpkg port, its form only: there is no vcpkg on PATH to build it with\n'
fi
