#!/bin/sh
# Writes man/ncbpf.1 from the table of commands. Run it after a change of the table, when dist is built.
set -eu
cd "$(dirname "$0")/.."
node dist/cli/bin.js --man >man/ncbpf.1
