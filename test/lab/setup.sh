#!/usr/bin/env bash
# Installs what the lab needs on the host. Debian, as root.
set -euo pipefail

packages=(qemu-system-x86 busybox-static xz-utils iproute2 bpftool util-linux debian-archive-keyring)

if [ "$(id -u)" -ne 0 ]; then
    echo "test/lab/setup.sh: run it as root, or install ${packages[*]}." >&2
    exit 3
fi
if ! command -v apt-get > /dev/null; then
    echo "test/lab/setup.sh: no apt-get here; the lab needs a Debian host." >&2
    exit 3
fi
missing=()
for package in "${packages[@]}"; do
    if ! dpkg-query -W -f '${Status}' "$package" 2> /dev/null | grep -q 'ok installed'; then missing+=("$package"); fi
done
if [ ${#missing[@]} -eq 0 ]; then exit 0; fi
apt-get update -q
DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends "${missing[@]}"
