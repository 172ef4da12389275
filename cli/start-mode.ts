// The argument of --start.
import type { StartMode } from '../loader/control.js';
import { UsageError } from '../loader/errors.js';
import { parseDuration } from './duration.js';

export const START_SUMMARY =
  'when the machine starts: at once (default), by `ncbpf start`, or at the next multiple of DURATION of CLOCK_TAI';

/**
 * `now`, `hold`, or `aligned:1s`.
 * @throws UsageError
 */
export function parseStart(text: string | undefined): StartMode {
  if (text === undefined || text === 'now') return { kind: 'now' };
  if (text === 'hold') return { kind: 'hold' };
  const aligned = /^aligned:(.*)$/.exec(text)?.[1];
  if (aligned !== undefined) return { kind: 'aligned', durationNs: parseDuration(aligned, '--start aligned:') };
  throw new UsageError(`--start cannot be ${JSON.stringify(text.slice(0, 60))}: it is now, hold or aligned:DURATION`);
}
