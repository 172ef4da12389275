// A small network for tests: hosts in namespaces of their own, each with its own roots, so that the loader takes each for a machine.
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { buildProgram, type Built } from '../../codegen/build.js';
import { checkSource } from '../../lang/compile.js';
import { attach, type AttachOptions, type AttachReport } from '../../loader/attach.js';
import { startMachine, stopMachine } from '../../loader/control.js';
import { detach, type DetachReport } from '../../loader/detach.js';
import { native, packageRoot, type PacketSocket } from '../../loader/native.js';
import type { Roots } from '../../loader/roots.js';
import { listAttachments, readStatus, type AttachmentStatus } from '../../loader/status.js';
import { interfaceIndex, run, type Scratch } from './scratch.js';

const built = new Map<string, Promise<Built>>();

/** Compiles a program; the same text is compiled once. Throws Error with the diagnostics of a text with errors. */
export function compileText(text: string, file = 'test.nc'): Promise<Built> {
  const known = built.get(`${file}\n${text}`);
  if (known !== undefined) return known;
  const { program, diagnostics } = checkSource(text, file);
  if (program === null) throw new Error(diagnostics.map((each) => `${each.span.line}: ${each.message}`).join('; '));
  const fresh = buildProgram(program, Buffer.from(text), { runtime: join(packageRoot(), 'bpf'), generator: 'test' });
  built.set(`${file}\n${text}`, fresh);
  return fresh;
}

/** What a test may choose of the options of `attach`. */
export type HostAttachOptions = Partial<Omit<AttachOptions, 'interface' | 'object' | 'manifest' | 'roots'>>;

/** One machine of the network. Work in two hosts at once is not possible: a process is in one namespace. */
export class Host {
  constructor(
    /** Path of its network namespace. */
    readonly namespace: string,
    readonly roots: Roots,
  ) {}

  /** Does some work in the host's namespace. */
  async inside<T>(work: () => T | Promise<T>): Promise<T> {
    const home = native().openFd('/proc/thread-self/ns/net');
    native().setNetns(this.namespace);
    try {
      return await work();
    } finally {
      native().setNetns(home);
      native().closeFd(home);
    }
  }

  /** Runs a tool in the host's namespace. */
  run(tool: string, ...args: string[]): string {
    return run('nsenter', `--net=${this.namespace}`, tool, ...args);
  }

  /** For a process in this host: the roots, and a place for temporary files beside them. */
  get environment(): Record<string, string> {
    return { NCBPF_PIN_ROOT: this.roots.pins, NCBPF_RUN_ROOT: this.roots.run, TMPDIR: join(this.roots.run, '..') };
  }

  /** Attaches a compiled program, with the thread pacer unless `options` say otherwise. */
  attach(interfaceName: string, { object, manifest }: Built, options: HostAttachOptions = {}): Promise<AttachReport> {
    const defaults = { pacer: 'thread', start: { kind: 'now' }, replace: false } as const;
    return this.inside(() =>
      attach({ ...defaults, ...options, interface: interfaceName, object, manifest, roots: this.roots }),
    );
  }

  detach(interfaceName: string): Promise<DetachReport> {
    return this.inside(() => detach(interfaceName, this.roots));
  }

  start(interfaceName: string): Promise<void> {
    return this.inside(() => startMachine(interfaceName, { kind: 'now' }, this.roots));
  }

  stop(interfaceName: string): Promise<void> {
    return this.inside(() => stopMachine(interfaceName, this.roots));
  }

  status(interfaceName: string): Promise<AttachmentStatus> {
    return this.inside(() => readStatus(interfaceName, this.roots));
  }

  /** Opens a packet socket on an interface of this host. */
  socket(interfaceName: string, options?: { ethertype?: number; ignoreOutgoing?: boolean }): Promise<PacketSocket> {
    return this.inside(() => native().packetOpen(interfaceIndex(interfaceName), options));
  }
}

/** Makes a host; at the end its attachments are forgotten with its file systems, and its pacers end by themselves. */
export function makeHost(scratch: Scratch): Host {
  const pins = join(scratch.bpffs(), 'pins');
  const runFolder = join(scratch.folder(), 'run');
  return new Host(scratch.namespace(), { pins, run: runFolder });
}

/** One end of a cable. */
export interface Plug {
  readonly host: Host;
  readonly name: string;
  readonly mac: string;
}

/** Joins two hosts with a veth pair that is silent, and waits until it is up. */
export async function connect(a: Plug, b: Plug): Promise<void> {
  const far = b.host.namespace.replace(/^.*\//, '');
  a.host.run('ip', 'link', 'add', a.name, 'type', 'veth', 'peer', 'name', b.name, 'netns', far);
  for (const { host, name, mac } of [a, b]) {
    host.run('sh', '-c', `[ ! -e /proc/sys/net/ipv6 ] || echo 1 >/proc/sys/net/ipv6/conf/${name}/disable_ipv6`);
    host.run('ip', 'link', 'set', name, 'address', mac, 'up');
  }
  for (const { host, name } of [a, b]) {
    await until(() => host.run('ip', 'link', 'show', 'dev', name).includes('state UP'));
  }
}

/** The hosts of the simplest network, `a` and `b`, each with the interface `net`. */
export interface Pair {
  readonly a: Host;
  readonly b: Host;
}

export const MAC_A = '02:00:00:00:00:0a';
export const MAC_B = '02:00:00:00:00:0b';

export async function makePair(scratch: Scratch): Promise<Pair> {
  const [a, b] = [makeHost(scratch), makeHost(scratch)];
  await connect({ host: a, name: 'net', mac: MAC_A }, { host: b, name: 'net', mac: MAC_B });
  return { a, b };
}

/** Detaches whatever is attached in a host, half made or whole, so that no pacer outlives a test. */
export async function detachAll(...hosts: readonly Host[]): Promise<void> {
  for (const host of hosts) {
    for (const name of listAttachments(host.roots)) await host.detach(name);
    rmSync(host.roots.run, { recursive: true, force: true });
  }
}

/** Looks again and again until `condition` holds; throws when it does not within `timeoutMs`. */
export async function until(condition: () => boolean | Promise<boolean>, timeoutMs = 20_000): Promise<void> {
  for (const deadline = Date.now() + timeoutMs; !(await condition()); await sleep(5)) {
    if (Date.now() > deadline) throw new Error(`not so within ${timeoutMs} ms: ${condition.toString()}`);
  }
}
