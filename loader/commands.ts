// The commands that ncbpf runs; iproute2 by its JSON.
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { KernelError, UnsupportedFeatureError } from './errors.js';
import { isNativeError } from './native.js';

const run = promisify(execFile);
const MAX_OUTPUT = 16 * 1024 * 1024;

/** The commands, and the Debian packages that they are in. */
const PACKAGES = {
  bpftool: 'bpftool',
  chrt: 'util-linux',
  ethtool: 'ethtool',
  getent: 'libc-bin',
  ip: 'iproute2',
  mount: 'mount',
  ss: 'iproute2',
  taskset: 'util-linux',
  tc: 'iproute2',
  umount: 'mount',
  unshare: 'util-linux',
} as const;

/** A command of the system. */
export type SystemCommand = keyof typeof PACKAGES;

/** A command and its arguments. */
export type CommandLine = readonly [SystemCommand, ...string[]];

/** A command that answered with an error; `stderr` is what it said. */
export class CommandError extends Error {
  override readonly name = 'CommandError';

  constructor(
    command: string,
    readonly stderr: string,
  ) {
    super(`${command}: ${stderr.trim() || 'failed'}`);
  }
}

/**
 * Runs a command to its end and returns its standard output.
 * @throws CommandError when it fails, UnsupportedFeatureError when it is not installed
 */
export async function runCommand(command: SystemCommand, args: readonly string[]): Promise<string> {
  try {
    const { stdout } = await run(command, [...args], { maxBuffer: MAX_OUTPUT, env: { ...process.env, LC_ALL: 'C' } });
    return stdout;
  } catch (error) {
    if (isNativeError(error, 'ENOENT')) {
      throw new UnsupportedFeatureError(
        command,
        `the command ${command} is missing: install it (Debian has it in the package ${PACKAGES[command]})`,
      );
    }
    const stderr =
      typeof error === 'object' && error !== null && 'stderr' in error ? String(error.stderr) : String(error);
    throw new CommandError([command, ...args].join(' '), stderr);
  }
}

export interface LinkState {
  readonly name: string;
  readonly ifindex: number;
  readonly mac: string;
  readonly mtu: number;
  readonly up: boolean;
  /** `ether`, `loopback`, `none`, ... */
  readonly type: string;
  readonly alias: string | null;
}

interface IpLink {
  ifname: string;
  ifindex: number;
  address?: string;
  mtu: number;
  flags: string[];
  link_type: string;
  ifalias?: string;
}

function linkState(link: IpLink): LinkState {
  return {
    name: link.ifname,
    ifindex: link.ifindex,
    mac: link.address ?? '',
    mtu: link.mtu,
    up: link.flags.includes('UP'),
    type: link.link_type,
    alias: link.ifalias ?? null,
  };
}

/**
 * The list that `ip -j` or `tc -j` prints; they print nothing at all for some empty ones.
 * @throws CommandError, UnsupportedFeatureError as runCommand
 */
export async function runJson<T>(program: 'ip' | 'tc', args: readonly string[]): Promise<T[]> {
  const text = await runCommand(program, args);
  return JSON.parse(text.trim() || '[]') as T[];
}

/** A qdisc as `tc` shows it. */
export interface Qdisc {
  readonly kind: string;
  readonly handle: string;
  readonly root?: boolean;
  readonly options?: { readonly maxrate?: number };
  /** Of a class of another qdisc, like the queues of `mq`. */
  readonly parent?: string;
}

/** The qdiscs of an interface, the one at its ingress hook included. */
export async function listQdiscs(interfaceName: string): Promise<Qdisc[]> {
  return runJson('tc', ['-j', 'qdisc', 'show', 'dev', interfaceName]);
}

/** All interfaces of this network namespace. */
export async function listLinks(): Promise<LinkState[]> {
  return (await runJson<IpLink>('ip', ['-j', 'link', 'show'])).map(linkState);
}

/** How many filters hang on an interface's clsact, those of others included. */
export async function countFilters(interfaceName: string): Promise<number> {
  let count = 0;
  for (const side of ['ingress', 'egress']) {
    const filters = await runJson<{ options?: object }>('tc', ['-j', 'filter', 'show', 'dev', interfaceName, side]);
    count += filters.filter(({ options }) => options !== undefined).length;
  }
  return count;
}

/** The qdisc at an interface's ingress hook: `clsact`, `ingress`, or null. */
export async function ingressQdisc(interfaceName: string): Promise<string | null> {
  const qdiscs = await listQdiscs(interfaceName);
  return qdiscs.find(({ kind }) => kind === 'clsact' || kind === 'ingress')?.kind ?? null;
}

/** What a failing command means for the user. */
export function asKernelError(what: string, error: unknown): Error {
  return error instanceof CommandError
    ? new KernelError(`${what}: ${error.stderr.trim()}`, { cause: error })
    : (error as Error);
}
