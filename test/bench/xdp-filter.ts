// The peer of nc_ingress: xdp-filter of xdp-tools, hung on an interface by its own tool and then run by BPF_PROG_TEST_RUN.
import { spawnSync } from 'node:child_process';
import { native } from '../../loader/native.js';
import { run, type Scratch } from '../support/scratch.js';
import { macAt, macBytes } from './frames.js';

const MAC_MAP = 'filter_ethernet';

/** A program of xdp-filter that drops frames from denied addresses. */
export interface XdpFilter {
  readonly programFd: number;
  /** What was measured, in words. */
  readonly what: string;
}

/** Why xdp-filter cannot be measured here; undefined when it can. */
export function xdpFilterMissing(): string | undefined {
  const { error } = spawnSync('xdp-filter', ['--version']);
  return error === undefined ? undefined : 'xdp-filter is not installed (Debian: xdp-tools)';
}

/**
 * Loads xdp-filter on `vb` of the namespace that the thread is in. Policy `allow`: frames from `entries` addresses, macAt(0) and so on, are
 * denied by a list; policy `deny`: every frame is. Without the dispatcher of libxdp, which would cost it time.
 */
export function loadXdpFilter(scratch: Scratch, policy: 'allow' | 'deny', entries: number): XdpFilter {
  const pins = scratch.bpffs();
  // Its pins are always below /sys/fs/bpf: in a mount namespace of the command's own that is a file system of the bench.
  const script = [
    'mount --bind "$1" /sys/fs/bpf',
    'xdp-filter load vb --policy "$2" --features ethernet --mode skb',
    'xdp-filter ether --mode src "$3"',
  ].join(' && ');
  run('unshare', '--mount', 'env', 'LIBXDP_SKIP_DISPATCHER=1', 'sh', '-c', script, 'sh', pins, policy, macAt(0));
  const programFd = native().fdById('program', native().xdpQuery(native().interfaceIndex('vb')!).skbId);
  scratch.onCleanUp(() => native().closeFd(programFd));
  if (policy === 'allow') denyOthers(programFd, entries);
  const how = policy === 'allow' ? `its source address is one of ${entries} denied` : 'no address is allowed';
  return { programFd, what: `frame dropped by ${native().programInfo(programFd).name}: ${how}` };
}

/** Copies the entry of macAt(0) for the other addresses. */
function denyOthers(programFd: number, entries: number): void {
  for (const id of native().programInfo(programFd).mapIds) {
    const fd = native().fdById('map', id);
    try {
      if (native().mapInfo(fd).name !== MAC_MAP) continue;
      const value = native().mapLookup(fd, macBytes(0))!;
      for (let i = 1; i < entries; i++) native().mapUpdate(fd, macBytes(i), value);
    } finally {
      native().closeFd(fd);
    }
  }
}
