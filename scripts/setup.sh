#!/bin/bash
# Makes everything ready: Debian packages, npm packages, the addon and the pacer (build/), the compiled TypeScript (dist/).
# Does only what is not done yet, so that it can stand before every other command.
#   setup.sh [--quiet]     --quiet: says nothing unless there is something to do
# Exit status: 0 ready, 1 a step failed, 2 wrong usage, 3 something is missing that it cannot install.
set -euo pipefail
cd "$(dirname "$0")/.."

quiet=0
case "${1-}" in
  '') ;;
  --quiet) quiet=1 ;;
  *) echo "usage: setup.sh [--quiet]" >&2; exit 2 ;;
esac

readonly CLANG_VERSIONS=(19 18 17 16)
readonly OLDEST_NODE=20.19

say() { echo "setup: $*" >&2; }
say_unless_quiet() { [ "$quiet" = 1 ] || say "$*"; }

# Runs a step; its output is shown when it fails.
step() {
  local what=$1 log
  shift
  say "$what"
  log=$(mktemp)
  if "$@" >"$log" 2>&1; then
    rm -f "$log"
    return
  fi
  cat "$log" >&2
  rm -f "$log"
  say "failed: $*"
  exit 1
}

# One hash over the content of the files named on standard input.
hash_of() { sort | xargs -d '\n' sha256sum | sha256sum; }

has() { command -v "$1" >/dev/null 2>&1; }

# --- Node: given, not installed ---

has_new_node() {
  has node && has npm &&
    [ "$(printf '%s\n' "$OLDEST_NODE" "$(node -p process.versions.node)" | sort -V | head -n 1)" = "$OLDEST_NODE" ]
}

if ! has_new_node; then
  say "missing: Node.js $OLDEST_NODE or later with npm; see https://nodejs.org"
  exit 3
fi

# --- tools and libraries ---

# The newest clang of the wanted versions that is there, with its llvm-strip.
has_clang() {
  local version
  for version in "${CLANG_VERSIONS[@]}"; do
    if has "clang-$version" && has "llvm-strip-$version"; then return; fi
  done
  has clang && has llvm-strip && [ "$(clang -dumpversion | cut -d. -f1)" -ge "${CLANG_VERSIONS[-1]}" ]
}

clang_packages() {
  local version
  for version in "${CLANG_VERSIONS[@]}"; do
    if apt-cache show "clang-$version" >/dev/null 2>&1; then
      echo "clang-$version llvm-$version"
      return
    fi
  done
  say "missing: this release has no clang ${CLANG_VERSIONS[-1]} or later"
  exit 3
}

# Debian names of what is missing; "clang" stands for the newest one that the release has.
missing() {
  has c++ || echo g++
  has cmake || echo cmake
  has ninja || echo ninja-build
  has pkg-config || echo pkg-config
  { has pkg-config && pkg-config --exists 'libbpf >= 1.0'; } || echo libbpf-dev
  has_clang || echo clang
  { has ip && has tc; } || echo iproute2
  has bpftool || echo bpftool
}

is_debian() { has apt-get && grep -qE '^ID(_LIKE)?=.*(debian|ubuntu)' /etc/os-release; }

install_packages() {
  local packages=("$@") names
  export DEBIAN_FRONTEND=noninteractive
  step "package lists" apt-get update
  names=$(for name in "${packages[@]}"; do [ "$name" = clang ] && clang_packages || echo "$name"; done) || exit 3
  # shellcheck disable=SC2086 # names are separate words
  step "Debian packages: "$names apt-get install -y --no-install-recommends $names
}

# In Debian these are where only root's PATH leads.
export PATH="$PATH:/usr/sbin:/sbin"
mapfile -t lacking < <(missing)
if [ ${#lacking[@]} -gt 0 ]; then
  if ! is_debian || [ "$(id -u)" != 0 ]; then
    say "missing: ${lacking[*]} (Debian's package names; clang ${CLANG_VERSIONS[-1]} or later, with llvm-strip)"
    is_debian && say "run it as root to have them installed" || say "install them with the tools of this distribution"
    exit 3
  fi
  install_packages "${lacking[@]}"
  mapfile -t lacking < <(missing)
  if [ ${#lacking[@]} -gt 0 ]; then
    say "still missing after the installation: ${lacking[*]}"
    exit 3
  fi
fi

# --- what only tests want: without it they are skipped, and say so ---

# Where it cannot be had (no network), it is not tried again before build/ is made anew.
readonly NO_SPIN=build/.no-spin
if [ -d test/spin ] && ! has spin && [ ! -e "$NO_SPIN" ] && is_debian && [ "$(id -u)" = 0 ]; then
  say "Debian package: spin"
  if ! { apt-get update && DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends spin; } >/dev/null 2>&1; then
    mkdir -p build && touch "$NO_SPIN"
    say "spin cannot be installed: tests that compare with it are skipped"
  fi
fi

# --- npm packages ---

# npm keeps what it has installed in node_modules/.package-lock.json.
npm_is_current() {
  node --input-type=commonjs -e '
    const { packages: wanted } = require("./package-lock.json");
    const { packages: found } = require("./node_modules/.package-lock.json");
    const stale = Object.entries(wanted).some(([path, { version, optional }]) =>
      path !== "" && (found[path] ? found[path].version !== version : !optional));
    process.exit(stale ? 1 : 0);' 2>/dev/null
}

npm_is_current || step "npm packages" npm ci --no-audit --no-fund

# --- addon and pacer ---

# Runs a step that makes `product`, unless it was made from the same inputs; they are noted beside it.
make_current() {
  local product=$1 inputs=$2 what=$3 note
  shift 3
  note="$(dirname "$product")/.inputs"
  if [ -e "$product" ] && [ "$(cat "$note" 2>/dev/null)" = "$inputs" ]; then return; fi
  step "$what" "$@"
  echo "$inputs" >"$note"
}

native_inputs=$({
  find loader/addon loader/pacer -type f
  printf '%s\n' CMakeLists.txt bpf/nc_abi.h package-lock.json
} | hash_of)
make_current build/Release/ncbpf_addon.node "$native_inputs $(node -p process.arch) $(pkg-config --modversion libbpf)" \
  "addon and pacer" npm run build:addon

# --- TypeScript ---

typescript_inputs=$({
  find . \( -path ./node_modules -o -path ./dist -o -path ./build -o -path ./test -o -path ./.git \) -prune \
    -o -name '*.ts' -type f -print
  printf '%s\n' tsconfig.json tsconfig.build.json package-lock.json
} | hash_of)
# From nothing, so that a module that was renamed does not stay under its old name.
build_typescript() { rm -rf dist && npm run build; }
make_current dist/index.js "$typescript_inputs" "TypeScript" build_typescript

say_unless_quiet "ready"
