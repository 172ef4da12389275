// Started by `ncbpf attach --confirm`: waits until the trial is over, then detaches, unless somebody has confirmed.
// confirm-watch.js INTERFACE PIN_ROOT RUN_ROOT DEADLINE, an instant of CLOCK_MONOTONIC in ns.
import { setTimeout as sleep } from 'node:timers/promises';
import { readRecordForRemoval, removeAttachment, removeEmptyRoots } from './detach.js';
import { withLock } from './lock.js';
import { native } from './native.js';
import type { Roots } from './roots.js';

const NS_PER_MS = 1_000_000;
/** Node's timers count ms in 31 bits. */
const LONGEST_SLEEP_MS = 1e9;
const AGAIN_MS = 500;

async function sleepUntil(deadlineNs: bigint): Promise<void> {
  for (;;) {
    const leftMs = Math.ceil(Number(deadlineNs - process.hrtime.bigint()) / NS_PER_MS);
    if (leftMs <= 0) return;
    await sleep(Math.min(leftMs, LONGEST_SLEEP_MS));
  }
}

/** Removes the attachment if it is still the one that this process watches. */
async function detachUnconfirmed(interfaceName: string, roots: Roots): Promise<void> {
  const attachment = readRecordForRemoval(roots, interfaceName, []);
  if (attachment?.record.trial?.process.pid === process.pid) {
    await removeAttachment(roots, interfaceName, attachment);
  }
}

/** Until it is done: another command may hold the lock for longer than `withLock` waits, and a tool may fail for a while. */
async function untilDone(work: () => Promise<void>): Promise<void> {
  for (;;) {
    try {
      await work();
      return;
    } catch {
      await sleep(AGAIN_MS);
    }
  }
}

const [interfaceName = '', pins = '', run = '', deadline = '0'] = process.argv.slice(2);
const roots: Roots = { pins, run };
// The terminal may go, and Ctrl-C in it is not meant for this process.
for (const signal of ['SIGHUP', 'SIGINT'] as const) process.on(signal, () => undefined);
native();
process.stdout.write('ready\n');
await sleepUntil(BigInt(deadline));
await untilDone(() => withLock(roots, interfaceName, () => detachUnconfirmed(interfaceName, roots)));
removeEmptyRoots(roots);
