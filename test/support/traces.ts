// What is on a host at a moment, so that a test can say that nothing was left behind.
import { existsSync, readdirSync, readFileSync, readlinkSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { isNativeError, native, type BpfKind } from '../../loader/native.js';
import type { Host } from './hosts.js';
import { openDescriptors } from './scratch.js';

/** Devices with their addresses and flags, queueing disciplines, filters, pins, files, processes and descriptors. */
export type Traces = Record<string, unknown>;

function filesBelow(folder: string): string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { recursive: true, encoding: 'utf8' }).sort();
}

/** The processes in a namespace but this one: `pid command`. */
export function processesIn(namespace: string): string[] {
  const { ino } = statSync(namespace);
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)
    .flatMap((pid) => {
      try {
        if (readlinkSync(`/proc/${pid}/ns/net`) !== `net:[${ino}]`) return [];
        return [`${pid} ${readFileSync(`/proc/${pid}/comm`, 'utf8').trim()}`];
      } catch {
        return []; // it has ended, or is about to
      }
    });
}

interface Device {
  ifname: string;
}

/** What is on a host. Counters that time alone changes are not in it. */
export function tracesOf(host: Host): Traces {
  const links = JSON.parse(host.run('ip', '-j', 'link', 'show')) as Device[];
  const filters = links.flatMap(({ ifname }) =>
    ['ingress', 'egress'].map((side) => `${ifname} ${side} ${host.run('tc', 'filter', 'show', 'dev', ifname, side)}`),
  );
  return {
    links,
    qdiscs: host.run('tc', 'qdisc', 'show'),
    filters,
    pins: filesBelow(join(host.roots.pins, '..')),
    files: filesBelow(join(host.roots.run, '..')),
    processes: processesIn(host.namespace),
    descriptors: openDescriptors(),
  };
}

/** A program, map or link in the kernel, by its number. */
export type KernelObject = `${BpfKind} ${number}`;

/** The kernel objects behind the pins of an attachment, those included that only its programs hold. */
export function objectsOf(pins: string): Set<KernelObject> {
  const found = new Set<KernelObject>();
  for (const name of readdirSync(pins)) {
    const fd = native().objGet(join(pins, name));
    const is = (kind: BpfKind): boolean => readlinkSync(`/proc/self/fd/${fd}`) === `anon_inode:bpf-${kind}`;
    try {
      if (is('map')) found.add(`map ${native().mapInfo(fd).id}`);
      else if (readlinkSync(`/proc/self/fd/${fd}`).includes('prog')) {
        const { id, mapIds } = native().programInfo(fd);
        found.add(`program ${id}`);
        for (const map of mapIds) found.add(`map ${map}`);
      } else found.add(`link ${native().linkInfo(fd).id}`);
    } finally {
      native().closeFd(fd);
    }
  }
  return found;
}

/** Which of them the kernel still has. It frees them some time after the last user has gone. */
export function remaining(objects: Iterable<KernelObject>): KernelObject[] {
  return [...objects].filter((object) => {
    const [kind, id] = object.split(' ') as [BpfKind, string];
    try {
      native().closeFd(native().fdById(kind, Number(id)));
      return true;
    } catch (error) {
      if (isNativeError(error, 'ENOENT')) return false;
      throw error;
    }
  });
}
