// Durations on the command line, as the language writes them.
import { UNITS, isOneOf, type Unit } from '../lang/vocabulary.js';
import { UsageError } from '../loader/errors.js';

const LONGEST = 2n ** 62n;
const DURATION = /^(\d{1,30})(?:\.(\d{1,30}))?([a-z]+)$/;
const WORDS = Object.keys(UNITS) as Unit[];

/**
 * Nanoseconds of `250ns`, `1.5ms`, `2s`: more than 0, less than 2^62, whole.
 * @throws UsageError; `what` is what the duration is for, like "--for"
 */
export function parseDuration(text: string, what: string): bigint {
  const [, whole, fraction = '', unit = ''] = DURATION.exec(text) ?? [];
  if (whole === undefined || !isOneOf(WORDS, unit)) {
    throw new UsageError(
      `${what} needs a duration such as 250us, 1.5ms or 10s, not ${JSON.stringify(text.slice(0, 60))}`,
    );
  }
  const scaled = BigInt(whole + fraction) * UNITS[unit];
  const scale = 10n ** BigInt(fraction.length);
  if (scaled % scale !== 0n) throw new UsageError(`${what} needs whole nanoseconds, ${text} has parts of one`);
  const ns = scaled / scale;
  if (ns === 0n || ns >= LONGEST) throw new UsageError(`${what} needs a duration of more than 0 and less than 2^62 ns`);
  return ns;
}

/** A duration for people: `12.3 ms`. */
export function formatDuration(ns: bigint): string {
  const unit = [...WORDS].reverse().find((word) => ns >= UNITS[word]) ?? 'ns';
  const amount = Number(ns) / Number(UNITS[unit]);
  return `${Number(amount.toPrecision(4))} ${unit}`;
}
