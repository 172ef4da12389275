#!/bin/bash
# Every check there is. The last line is `N passed, N failed, N skipped`; each skip is printed with its reason.
# Type check and lint count as one test each.
set -uo pipefail
cd "$(dirname "$0")/.."

# Kernel tests that look neither at what others have loaded nor at clocks, and wait for compilers and processes of their own.
readonly apart='/kernel/(oracle-|attach-with|bindings|bytecode|cli|privileges|queue-space|variable-space)'
results=$(mktemp -d)
trap 'rm -rf "$results"' EXIT

# A check that passes or fails as a whole.
check() {
  local name=$1
  shift
  echo "== $name"
  if "$@"; then
    echo '{"passed":1,"failed":0,"skipped":[]}' >"$results/$name.json"
  else
    echo '{"passed":0,"failed":1,"skipped":[]}' >"$results/$name.json"
  fi
}

# A part of the Jest tests: its name, the project, what Jest is told. Its summary is written by the reporter. Without one,
# Jest itself has failed.
jest_part() {
  local name=$1 project=$2
  shift 2
  echo "== $name tests"
  echo '{"passed":0,"failed":1,"skipped":[]}' >"$results/$name.json"
  NCBPF_TEST_SUMMARY="$results/$name.json" NODE_OPTIONS=--experimental-vm-modules NODE_NO_WARNINGS=1 \
    npx jest --selectProjects "$project" --reporters=default --reporters=./scripts/summary-reporter.mjs "$@"
}

check typecheck npm run --silent typecheck
check lint npm run --silent lint
jest_part pure pure --maxWorkers=2
jest_part 'first kernel' kernel --maxWorkers=2 --testPathPatterns "$apart"
# One after the other: they watch what the kernel has loaded, and clocks.
jest_part 'other kernel' kernel --runInBand --testPathIgnorePatterns "$apart"

node scripts/sum-results.mjs "$results"
