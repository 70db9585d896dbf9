#!/usr/bin/env bash
# Takes a compiler or a library's sources from a Debian suite, whatever this machine runs, without
# root and without installing anything.
#
#   debian.sh emscripten SUITE FOLDER         a complete Emscripten in FOLDER
#   debian.sh source PACKAGE SUITE FOLDER     PACKAGE as its authors published it
#   debian.sh programs PACKAGE SUITE FOLDER   the programs of PACKAGE, which is not installed
#
# The mirror is the one this machine uses already ($DEBIAN_MIRROR names another); apt-get verifies
# the suite's signature as always, but keeps its state in FOLDER. An unfinished FOLDER has no .done
# and is made anew.
set -euo pipefail
shopt -s nullglob

say() { printf '[%3ds] %s\n' "$SECONDS" "$*"; }
die() { printf 'error: %s\n' "$*" >&2 && exit 1; }

# private_apt deb|deb-src SUITE: reads the package lists of SUITE; `apt` then asks those.
private_apt() {
  local mirror=${DEBIAN_MIRROR:-} keyring=/usr/share/keyrings/debian-archive-keyring.gpg
  if [ -z "$mirror" ]; then
    mirror=$(find /etc/apt/sources.list /etc/apt/sources.list.d -type f -exec cat {} + 2>/dev/null |
      sed -nE 's/^(URIs:|deb( +\[[^]]*\])?) +([a-z+]+:[^ ]*debian)\/?( .*)?$/\3/p' | head -n 1) || true
    [ -n "$mirror" ] ||
      die "apt names no Debian mirror here; set DEBIAN_MIRROR, or put an emcc on PATH"
  fi
  [ -e "$keyring" ] || die "$keyring is missing (package debian-archive-keyring)"

  mkdir -p "$state"/{lists,cache/archives}/partial
  : >"$state/status" # nothing is installed here: what is asked for comes with all it needs
  echo "$1 [signed-by=$keyring] $mirror $2 main" >"$state/sources.list"
  cat >"$state/apt.conf" <<CONF
Dir::State::Lists "$state/lists";
Dir::State::status "$state/status";
Dir::Etc::sourcelist "$state/sources.list";
Dir::Etc::sourceparts "/dev/null";
Dir::Etc::preferences "/dev/null";
Dir::Etc::preferencesparts "/dev/null";
Dir::Cache "$state/cache";
APT::Install-Recommends "false";
APT::Sandbox::User "$(id -un)";
Acquire::Languages "none";
Acquire::Retries "3";
Debug::NoLocking "true";
// The machine's own hooks are about its own packages; some clean up after every update.
#clear APT::Update::Post-Invoke;
#clear APT::Update::Post-Invoke-Success;
#clear DPkg::Post-Invoke;
CONF
  apt() { apt-get -q -c "$state/apt.conf" "$@"; }
  apt update
  say "package lists of $2 read"
}

# What apt would install with Emscripten but a compiler for WebAssembly never opens.
unneeded='^(gcc-|libc6-dev|linux-libc-dev|libc-gconv|lib(gcc|stdc\+\+|objc)-[0-9]+-dev'
unneeded+='|lib([alt]|hwa|ub)san|.*binutils|libgprofng|libclang1-|libsqlite|libdb5|perl|dpkg|tar_'
unneeded+='|python3|libpython3|nodejs|libnode|node-(undici|corepack))'

get_emscripten() {
  local suite=$1 p=$2 package llvm libs loader config program
  private_apt deb "$suite"
  apt --print-uris -y install emscripten patchelf |
    sed -nE "s/^'[^']*' ([^_ ]+)_([^_ ]+)_.*/\1=\2/p" | sed 's/%3a/:/' | grep -Ev "$unneeded" >"$state/packages"
  grep -q '^emscripten=' "$state/packages" || die "$suite has no emscripten for this machine"
  (cd "$state/cache" && xargs apt-get -q -c "$state/apt.conf" download <../packages)
  say "downloaded"

  # Without documentation, and without libraries for modes that are built when asked for.
  for package in "$state"/cache/*.deb; do
    dpkg-deb --fsys-tarfile "$package" | tar -x -C "$p" \
      --exclude='./usr/share/doc' --exclude='./usr/share/man' --exclude='./usr/share/locale' \
      --exclude='*/wasm32-emscripten/lto*' --exclude='*/wasm32-emscripten/pic' \
      --exclude='*wasmfs*.a' --exclude='*-asan*.a' --exclude='./etc' --exclude='./var'
  done
  ln -sfn usr/lib "$p/lib"
  say "unpacked $(wc -l <"$state/packages") packages"

  # The programs run with the libraries they came with, not with this machine's older ones.
  libs=$(dirname "$p"/usr/lib/*/libc.so.6)
  loader=$(echo "$libs"/ld-linux*.so.*)
  llvm=$(printf '%s\n' "$p"/usr/lib/llvm-* | sort -V | tail -n 1)
  patchelf() { "$loader" --library-path "$libs" "$p/usr/bin/patchelf" "$@"; }
  for program in "$p"/usr/bin/* "$llvm"/bin/*; do
    [ -f "$program" ] && [ ! -L "$program" ] && [ "${program##*/}" != patchelf ] || continue
    patchelf --print-interpreter "$program" >/dev/null 2>&1 || continue # a script
    patchelf --set-interpreter "$loader" --force-rpath --set-rpath "$libs:$llvm/lib" "$program"
  done
  # A RUNPATH of a library would hide the program's RPATH from what the library needs.
  for program in "$libs"/*.so* "$llvm"/lib/*.so*; do
    [ ! -L "$program" ] || continue
    patchelf --remove-rpath "$program" 2>/dev/null || true # a linker script
  done

  # Which Node runs is decided when the compiler runs. Its JavaScript tools look for their
  # modules in each node_modules above them, Debian's Node in the folder they are linked to.
  config=$p/usr/share/emscripten
  ln -sfn nodejs "$p/usr/share/node_modules"
  if [ -d "$config/cache" ]; then mv "$config/cache" "$p/cache"; else mkdir "$p/cache"; fi
  cat >"$config/.emscripten" <<CONF
import shutil
LLVM_ROOT = '$llvm/bin'
BINARYEN_ROOT = '$p/usr'
NODE_JS = shutil.which('node')
CACHE = '$p/cache'
CONF
  printf '#include <cstdio>\nint main() { std::puts("hello"); }\n' >"$state/hello.cpp"
  unset EM_CONFIG EM_CACHE
  "$config/em++" -O2 "$state/hello.cpp" -o "$state/hello.js"
  [ "$(node "$state/hello.js")" = hello ] || die "the compiler's first program does not run"
  say "$("$config/emcc" -dumpversion) works"
}

get_source() {
  private_apt deb-src "$2"
  (cd "$state/cache" && apt source --download-only --tar-only "$1")
  tar -x -C "$3" --strip-components=1 -f "$state"/cache/"$1"_*.orig.tar.*
}

get_programs() {
  private_apt deb "$2"
  (cd "$state/cache" && apt download "$1")
  dpkg-deb --fsys-tarfile "$state"/cache/"$1"_*.deb | tar -x -C "$3" --strip-components=3 ./usr/bin
}

folder=${*: -1}
rm -rf "$folder"
mkdir -p "$folder"
folder=$(cd "$folder" && pwd -P)
state=$folder/.apt
case "$1/$#" in
  emscripten/3) get_emscripten "$2" "$folder" ;;
  source/4) get_source "$2" "$3" "$folder" ;;
  programs/4) get_programs "$2" "$3" "$folder" ;;
  *) die "see the head of $0" ;;
esac
rm -rf "$state"
touch "$folder/.done"
