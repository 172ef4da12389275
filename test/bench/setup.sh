#!/bin/bash
# Installs the peer that ingress_ns is measured beside. Where it cannot, the benchmark says that it is missing.
set -euo pipefail

if command -v xdp-filter >/dev/null || [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null; then exit 0; fi
{ apt-get update -q && DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends xdp-tools; } >&2 ||
  echo "bench: xdp-tools cannot be installed: there will be no peer for ingress_ns" >&2
