// CPU time of a thread: what it takes to read an input, however busy the machine is.
import { readFileSync } from 'node:fs';

/** Seconds that a thread has run; `task` is its folder under /proc. */
export function cpuSeconds(task: string): number {
  const [nanoseconds = ''] = readFileSync(`${task}/schedstat`, 'latin1').split(' ');
  return Number(nanoseconds) / 1e9;
}
