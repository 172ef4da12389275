// The arguments of --spin and --cpu.
import type { Spin } from '../loader/pacing.js';
import { UsageError } from '../loader/errors.js';
import { parseDuration } from './duration.js';

export const SPIN_SUMMARY =
  'whether the machine waits awake before its instants: as long as its wake-ups need it (auto, the default), for DURATION, or not';
export const CPU_SUMMARY = 'the CPU on which the machine runs; default: where the kernel puts it';

/** Longer than any wake-up is late, and short enough not to lock up a CPU. */
const LONGEST_SPIN_NS = 1_000_000n;
const MOST_CPU = 1023;

/**
 * `off`, `auto` or a duration of at most 1 ms.
 * @throws UsageError
 */
export function parseSpin(text: string | undefined): Spin {
  if (text === undefined || text === 'auto') return { kind: 'auto' };
  if (text === 'off') return { kind: 'off' };
  const leadNs = parseDuration(text, '--spin (off, auto or a duration)');
  if (leadNs > LONGEST_SPIN_NS)
    throw new UsageError(`--spin can be 1ms at most, not ${text}: a CPU does nothing else meanwhile`);
  return { kind: 'fixed', leadNs };
}

/**
 * The number of a CPU; null when it is not given.
 * @throws UsageError
 */
export function parseCpu(text: string | undefined): number | null {
  if (text === undefined) return null;
  if (/^\d{1,4}$/.test(text) && Number(text) <= MOST_CPU) return Number(text);
  throw new UsageError(
    `--cpu needs the number of a CPU, from 0 to ${MOST_CPU}, not ${JSON.stringify(text.slice(0, 60))}`,
  );
}
