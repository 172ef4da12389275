#!/bin/bash
# Hosts to try the samples on: network namespaces, joined by a switch (a bridge in one more namespace). As root.
#   lab.sh up [N]            makes hosts 1 to N (default 2, at most 9); host 1's eth0 is 02:00:00:00:00:0a, host 2's ...:0b
#   lab.sh in K COMMAND...   runs a command on host K; what ncbpf pins and notes there is the host's own
#   lab.sh down              removes everything
# NCBPF_LAB: where it keeps what it makes; default /run/ncbpf-lab. Its last part is the beginning of the namespaces' names.
set -euo pipefail

readonly lab=${NCBPF_LAB:-/run/ncbpf-lab}
readonly name=${lab##*/}

usage() { sed -n '2,6s/^# //p' "$0" >&2; exit 2; }

# Router solicitations are none of the samples' business.
quiet_ipv6() { nsenter --net="/run/netns/$1" sh -c 'for f in /proc/sys/net/ipv6/conf/*/disable_ipv6; do echo 1 >"$f"; done'; }

host_up() {
  local host=$name-$1
  ip netns add "$host"
  quiet_ipv6 "$host"
  ip -n "$host" link add eth0 address "02:00:00:00:00:0$(printf %x $((9 + $1)))" type veth \
    peer name "port$1" netns "$name-switch"
  ip -n "$host" link set eth0 up
  ip -n "$name-switch" link set "port$1" master switch up
}

up() {
  local count=${1:-2}
  [[ $count =~ ^[1-9]$ ]] || usage
  if [ -e "$lab" ]; then echo "lab.sh: $lab is there already: lab.sh down" >&2; exit 2; fi
  trap down ERR
  mkdir -p "$lab/bpf"
  mount -t bpf ncbpf-lab "$lab/bpf"
  ip netns add "$name-switch"
  quiet_ipv6 "$name-switch"
  ip -n "$name-switch" link add switch type bridge
  ip -n "$name-switch" link set switch up
  for ((host = 1; host <= count; host++)); do host_up "$host"; done
}

# nsenter, not `ip netns exec`: that hides /sys/fs/bpf and whatever else is mounted below /sys.
inside() {
  local host=$1
  shift
  [ -e "/run/netns/$name-$host" ] || { echo "lab.sh: there is no host $host" >&2; exit 2; }
  NCBPF_PIN_ROOT=$lab/bpf/$host NCBPF_RUN_ROOT=$lab/run-$host exec nsenter --net="/run/netns/$name-$host" "$@"
}

# With its namespaces the interfaces and all that is attached to them go; a pacer ends when its pins have gone.
down() {
  trap - ERR
  ip netns list | cut -d' ' -f1 | grep "^$name-" | while read -r namespace; do ip netns delete "$namespace"; done || true
  if mountpoint -q "$lab/bpf"; then umount "$lab/bpf"; fi
  rm -rf "$lab"
}

case "${1-}" in
  up) up "${2-}" ;;
  in) [ $# -ge 3 ] || usage; inside "${@:2}" ;;
  down) down ;;
  *) usage ;;
esac
