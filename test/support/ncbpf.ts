// The command line as a user runs it, in a host of a test. Needs dist/, which the set-up builds.
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { packageRoot } from '../../loader/native.js';
import type { Host } from './hosts.js';

export interface Ended {
  readonly status: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A command under way. */
export interface Running {
  /** Of the process itself. */
  readonly pid: number;
  /** The process itself, not a wrapper. Nothing happens when it has ended. */
  kill(signal: NodeJS.Signals): void;
  readonly ended: Promise<Ended>;
}

export const NCBPF = join(packageRoot(), 'dist', 'cli', 'bin.js');

async function watch(child: ChildProcess): Promise<Ended> {
  const output = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const)
    child[name]!.setEncoding('utf8').on('data', (text: string) => (output[name] += text));
  const [status, signal] = (await once(child, 'close')) as [number | null, NodeJS.Signals | null];
  return { status, signal, ...output };
}

/** Starts `ncbpf ...` in a host; `prefix` is a command that runs it in turn by exec, like setpriv with its options. */
export function startNcbpf(host: Host, args: readonly string[], prefix: readonly string[] = []): Running {
  const words = [`--net=${host.namespace}`, '--', ...prefix, process.execPath, NCBPF, ...args];
  // Not NODE_OPTIONS: those of the test runner are not for it.
  const env = { PATH: process.env.PATH, ...host.environment };
  const child = spawn('nsenter', words, { env, stdio: ['ignore', 'pipe', 'pipe'] });
  return { pid: child.pid ?? 0, kill: (signal) => child.kill(signal), ended: watch(child) };
}

/** Runs `ncbpf ...` in a host to its end. */
export function ncbpf(host: Host, args: readonly string[], prefix: readonly string[] = []): Promise<Ended> {
  return startNcbpf(host, args, prefix).ended;
}
