// Threads of the pacing pair's own, for kernels that preempt softirqs. A veth hands frames to the backlog of its CPU, which carries all that
// the machine takes in; who has begun to empty it goes on alone, and from Linux 7.0 with PREEMPT_RT whoever that is can be preempted in it, by an
// ordinary process for milliseconds. With NAPI a veth takes frames in by itself, and a NAPI thread does it with the priority that it is given.
import { runCommand } from './commands.js';
import { kernelThreads, raise, whyRefused, type KernelThread } from './kernel-threads.js';
import { native } from './native.js';
import type { Pair } from './pacer-fq.js';

/** Its NAPI threads; those of a pair of the same name in another network namespace are among them. */
function threadsOf({ near, far }: Pair): KernelThread[] {
  return [near, far].flatMap((name) => kernelThreads(`napi/${name}-`));
}

/** In a sysfs of its own, which nobody else sees: /sys shows the network namespace in which it was mounted. */
async function makeThreads({ near, far }: Pair): Promise<void> {
  const setting = [near, far].map((name) => `echo 1 >/tmp/class/net/${name}/threaded`);
  await runCommand('unshare', ['--mount', 'sh', '-c', ['mount -t sysfs sysfs /tmp', ...setting].join(' && ')]);
}

/**
 * Gives both ends of the pacing pair, which are up, a NAPI thread with the lowest real-time priority, on that CPU (null: any). Kernel: 5.13. Needs
 * CAP_NET_ADMIN, CAP_SYS_ADMIN and CAP_SYS_NICE.
 * @returns null, or why it cannot be done
 * @throws NativeError when the ends refuse NAPI
 */
export async function ownThreads(pair: Pair, cpu: number | null): Promise<string | null> {
  for (const name of [pair.near, pair.far]) native().useNapi(name);
  const before = new Set(threadsOf(pair).map(({ pid }) => pid));
  return whyRefused(async () => {
    await makeThreads(pair);
    const threads = threadsOf(pair).filter(({ pid }) => !before.has(pid));
    await raise(threads);
    if (cpu === null) return;
    for (const { pid } of threads) await runCommand('taskset', ['--cpu-list', '--pid', String(cpu), pid]);
  });
}
