// When a guest has had its time.
import { readFileSync } from 'node:fs';
import { performance } from 'node:perf_hooks';
import { clearInterval, setInterval } from 'node:timers';

/** Of /proc in a second: USER_HZ, on every x86-64 kernel. */
const TICKS = 100;
/** A guest that waits for its host for ever takes no CPU time. */
const PATIENCE = 10;
const LOOK_MS = 500;

/**
 * CPU time that a process has taken.
 * @param {number} pid
 * @returns {number} seconds, of all its threads; 0: it has gone
 */
export function cpuSeconds(pid) {
  try {
    const stat = readFileSync(`/proc/${String(pid)}/stat`, 'latin1');
    // The name in parentheses may hold anything. From the state on, utime and stime are the 12th and the 13th.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return (Number(fields[11]) + Number(fields[12])) / TICKS;
  } catch {
    return 0;
  }
}

/**
 * Whether a guest has had its time. In virtual time that is CPU time of its QEMU, so that a host that is busy or slow ends nothing; a
 * guest that waits for its host is ended after ten times as long by the host's clock. Otherwise it is time by the host's clock.
 * @param {{ virtualTime: boolean, deadlineSeconds: number }} machine
 * @param {{ clock: number, cpu: number }} had seconds
 */
export function isOver({ virtualTime, deadlineSeconds }, { clock, cpu }) {
  if (!virtualTime) return clock >= deadlineSeconds;
  return cpu >= deadlineSeconds || clock >= PATIENCE * deadlineSeconds;
}

/**
 * Calls `end` once when a guest has had its time.
 * @param {number} pid of its QEMU
 * @param {{ virtualTime: boolean, deadlineSeconds: number }} machine
 * @param {() => void} end
 * @returns {() => void} gives up
 */
export function watchDeadline(pid, machine, end) {
  const began = performance.now();
  const timer = setInterval(() => {
    if (!isOver(machine, { clock: (performance.now() - began) / 1000, cpu: cpuSeconds(pid) })) return;
    clearInterval(timer);
    end();
  }, LOOK_MS).unref();
  return () => clearInterval(timer);
}

/**
 * @param {{ virtualTime: boolean, deadlineSeconds: number }} machine
 * @returns {string} how long a guest had that was ended at its deadline
 */
export function deadlineInWords({ virtualTime, deadlineSeconds }) {
  return `${String(deadlineSeconds)} s${virtualTime ? ' of CPU time' : ''}`;
}
