#!/bin/bash
# The long runs of tests that `npm test` does with small numbers: run.sh frames|cycles|kill|fuzz [COUNT]. Needs root.
# NCBPF_SEED repeats a run by the seed that it printed.
set -euo pipefail
cd "$(dirname "$0")/../.."

case "${1:-}" in
  frames) file=exchange count=10000 ;;
  cycles) file=cycles count=1000 ;;
  kill) file=kill count=200 ;;
  fuzz) file=bad-frames count=1000000 ;;
  *)
    echo "usage: $0 frames|cycles|kill|fuzz [COUNT]" >&2
    exit 2
    ;;
esac

export NCBPF_STRESS=${2:-$count}
export NCBPF_SEED=${NCBPF_SEED:-$RANDOM$RANDOM}
export NODE_OPTIONS=--experimental-vm-modules NODE_NO_WARNINGS=1
exec npx jest --selectProjects kernel --runInBand --testPathPatterns "kernel/$file\.test"
