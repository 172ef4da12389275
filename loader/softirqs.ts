// The threads that run softirqs, in which fq lets frames go. Before Linux 6.5 a CPU leaves all its softirqs to ksoftirqd once that has been
// woken (commit d15121be7485, Revert "softirq: Let ksoftirqd do its job", ended that); later ones leave to it what goes beyond their
// budget. There they wait with it for their turn among the processes; an opening of the gate is over by then. As a real-time thread
// ksoftirqd has its turn at once. With PREEMPT_RT its threads for timers have it, and let go what fq holds (napi-threads.ts has the rest).
import { version } from 'node:os';
import { kernelThreads, lower, POLICY, PRIORITY, raise, whyRefused, type KernelThread } from './kernel-threads.js';

/** Whether a kernel preempts softirqs and those who hold its locks (PREEMPT_RT); `build` is that of uname -v. */
export function preemptsSoftirqs(build = version()): boolean {
  return build.includes('PREEMPT_RT');
}

/** One for each CPU. */
function softirqThreads(): KernelThread[] {
  return kernelThreads('ksoftirqd/');
}

/**
 * Makes ksoftirqd a real-time thread on every CPU, by `chrt`; where it is one already, by somebody else, it stays as it is.
 * @returns `raised`, `present` (they all were), or why it cannot be done
 */
export async function raiseSoftirqs(): Promise<'raised' | 'present' | { readonly refused: string }> {
  const threads = softirqThreads();
  if (threads.length === 0) return { refused: 'it is not among the processes here' };
  const low = threads.filter(({ policy }) => policy === POLICY.other);
  const refused = await whyRefused(() => raise(low));
  if (refused !== null) {
    await whyRefused(() => lower(low));
    return { refused };
  }
  return low.length > 0 ? 'raised' : 'present';
}

/**
 * Undoes what `raiseSoftirqs` has done.
 * @returns `lowered`, `absent` (none is as that leaves it), or why it cannot be done
 */
export async function lowerSoftirqs(): Promise<'lowered' | 'absent' | { readonly refused: string }> {
  const raised = softirqThreads().filter(({ policy, priority }) => policy === POLICY.fifo && priority === PRIORITY);
  const refused = await whyRefused(() => lower(raised));
  if (refused !== null) return { refused };
  return raised.length > 0 ? 'lowered' : 'absent';
}
