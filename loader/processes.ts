// Processes by pid and start time, so that a reused pid is never taken for ours.
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

export interface ProcessIdentity {
  readonly pid: number;
  /** Field 22 of /proc/PID/stat: clock ticks since boot. */
  readonly startTime: string;
}

const START_TIME_FIELD = 19; // counted behind the command's closing parenthesis
const PATIENCE_MS = 2000;
const LOOK_MS = 5;

/** The name of a process and the fields behind it in /proc/PID/stat; null when there is none. */
export function readStat(pid: number): { readonly name: string; readonly fields: readonly string[] } | null {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'latin1');
    const end = text.lastIndexOf(')');
    return { name: text.slice(text.indexOf('(') + 1, end), fields: text.slice(end + 2).split(' ') };
  } catch {
    return null;
  }
}

/** The identity of a running process; null when there is none, or only its zombie. */
export function identifyProcess(pid: number): ProcessIdentity | null {
  const stat = readStat(pid);
  if (stat === null || stat.fields[0] === 'Z' || stat.fields[0] === 'X') return null;
  return { pid, startTime: stat.fields[START_TIME_FIELD] ?? '' };
}

export function isAlive(process: ProcessIdentity): boolean {
  return identifyProcess(process.pid)?.startTime === process.startTime;
}

function signal(target: ProcessIdentity, name: 'SIGTERM' | 'SIGKILL'): void {
  try {
    if (isAlive(target)) process.kill(target.pid, name);
  } catch {
    // It ended between the look and the signal.
  }
}

async function waitForEnd(target: ProcessIdentity): Promise<boolean> {
  for (const deadline = performance.now() + PATIENCE_MS; performance.now() < deadline; await sleep(LOOK_MS)) {
    if (!isAlive(target)) return true;
  }
  return !isAlive(target);
}

/** Ends a process: asks, then kills. False when it is still there (not ours to signal). */
export async function endProcess(target: ProcessIdentity): Promise<boolean> {
  signal(target, 'SIGTERM');
  if (await waitForEnd(target)) return true;
  signal(target, 'SIGKILL');
  return waitForEnd(target);
}
