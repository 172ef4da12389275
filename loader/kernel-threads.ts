// Threads of the kernel, and their turn among the processes, by util-linux.
import { readdirSync } from 'node:fs';
import { CommandError, runCommand } from './commands.js';
import { UnsupportedFeatureError } from './errors.js';
import { readStat } from './processes.js';

/** Fields of /proc/PID/stat behind the name, from 0. */
const FIELD = { flags: 6, priority: 37, policy: 38 } as const;
const KERNEL_THREAD = 0x0020_0000;

/** Scheduling policies as /proc/PID/stat has them. */
export const POLICY = { other: 0, fifo: 1 } as const;
/** The lowest of real-time threads. */
export const PRIORITY = 1;

export interface KernelThread {
  readonly pid: string;
  readonly policy: number;
  readonly priority: number;
}

function readThread(pid: string, prefix: string): KernelThread | null {
  const stat = readStat(Number(pid));
  if (stat === null) return null; // it has ended meanwhile
  const { name, fields } = stat;
  if (!name.startsWith(prefix) || (Number(fields[FIELD.flags]) & KERNEL_THREAD) === 0) return null;
  return { pid, policy: Number(fields[FIELD.policy]), priority: Number(fields[FIELD.priority]) };
}

/** Those whose names begin so; none in a PID namespace of its own. */
export function kernelThreads(prefix: string): KernelThread[] {
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  return pids.map((pid) => readThread(pid, prefix)).filter((thread) => thread !== null);
}

/** Why some work with commands of the system cannot be done; null when it has been done. Throws what else goes wrong. */
export async function whyRefused(work: () => Promise<unknown>): Promise<string | null> {
  try {
    await work();
    return null;
  } catch (error) {
    if (!(error instanceof CommandError || error instanceof UnsupportedFeatureError)) throw error;
    return error.message;
  }
}

/** Makes threads real-time ones, of the lowest priority. @throws CommandError, UnsupportedFeatureError */
export async function raise(threads: readonly KernelThread[]): Promise<void> {
  for (const { pid } of threads) await runCommand('chrt', ['--fifo', '--pid', String(PRIORITY), pid]);
}

/** Makes threads ordinary ones. @throws CommandError, UnsupportedFeatureError */
export async function lower(threads: readonly KernelThread[]): Promise<void> {
  for (const { pid } of threads) await runCommand('chrt', ['--other', '--pid', '0', pid]);
}
