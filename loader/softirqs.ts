// The threads that run softirqs, in which fq lets frames go. Before Linux 6.5 a CPU leaves all its softirqs to ksoftirqd once that has been
// woken (commit d15121be7485, Revert "softirq: Let ksoftirqd do its job", ended that); later ones leave to it what goes beyond their
// budget. There they wait with it for their turn among the processes; an opening of the gate is over by then. As a real-time thread
// ksoftirqd has its turn at once. PREEMPT_RT hands softirqs on in its own way, and what waits for them lends its priority.
import { readdirSync } from 'node:fs';
import { version } from 'node:os';
import { CommandError, runCommand } from './commands.js';
import { UnsupportedFeatureError } from './errors.js';
import { readStat } from './processes.js';

const POLICY = { other: 0, fifo: 1 } as const;
/** The lowest of real-time threads. */
const PRIORITY = 1;
/** Fields of /proc/PID/stat behind the name, from 0. */
const FIELD = { flags: 6, priority: 37, policy: 38 } as const;
const KERNEL_THREAD = 0x0020_0000;

interface Thread {
  readonly pid: string;
  readonly policy: number;
  readonly priority: number;
}

/** Whether softirqs may wait for ksoftirqd on a kernel; `build` is that of uname -v. Not where it is a PREEMPT_RT one. */
export function softirqsWait(build = version()): boolean {
  return !build.includes('PREEMPT_RT');
}

function readThread(pid: string): Thread | null {
  const stat = readStat(Number(pid));
  if (stat === null) return null; // it has ended meanwhile
  const { name, fields } = stat;
  if (!name.startsWith('ksoftirqd/') || (Number(fields[FIELD.flags]) & KERNEL_THREAD) === 0) return null;
  return { pid, policy: Number(fields[FIELD.policy]), priority: Number(fields[FIELD.priority]) };
}

/** One for each CPU; none in a PID namespace of its own. */
function softirqThreads(): Thread[] {
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  return pids.map(readThread).filter((thread) => thread !== null);
}

/** Null, or why it cannot be done. */
async function setPolicy(
  threads: readonly Thread[],
  ...policy: string[]
): Promise<{ readonly refused: string } | null> {
  try {
    for (const { pid } of threads) await runCommand('chrt', [...policy, pid]);
    return null;
  } catch (error) {
    if (!(error instanceof CommandError || error instanceof UnsupportedFeatureError)) throw error;
    return { refused: error.message };
  }
}

/**
 * Makes ksoftirqd a real-time thread on every CPU, by `chrt`; where it is one already, by somebody else, it stays as it is.
 * @returns `raised`, `present` (they all were), or why it cannot be done
 */
export async function raiseSoftirqs(): Promise<'raised' | 'present' | { readonly refused: string }> {
  const threads = softirqThreads();
  if (threads.length === 0) return { refused: 'it is not among the processes here' };
  const low = threads.filter(({ policy }) => policy === POLICY.other);
  const refused = await setPolicy(low, '--fifo', '--pid', String(PRIORITY));
  if (refused !== null) {
    await setPolicy(low, '--other', '--pid', '0');
    return refused;
  }
  return low.length > 0 ? 'raised' : 'present';
}

/**
 * Undoes what `raiseSoftirqs` has done.
 * @returns `lowered`, `absent` (none is as that leaves it), or why it cannot be done
 */
export async function lowerSoftirqs(): Promise<'lowered' | 'absent' | { readonly refused: string }> {
  const raised = softirqThreads().filter(({ policy, priority }) => policy === POLICY.fifo && priority === PRIORITY);
  return (await setPolicy(raised, '--other', '--pid', '0')) ?? (raised.length > 0 ? 'lowered' : 'absent');
}
