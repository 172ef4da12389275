// What is said about the errors of one cell: one sender, one period, one load.

/** Microseconds. */
export interface Summary {
  readonly min: number;
  readonly p50: number;
  readonly p99: number;
  readonly p99_9: number;
  readonly max: number;
  /** The 99.9th percentile of the errors without their signs. */
  readonly abs_p99_9: number;
}

/** Stands for a frame that was not seen (recorder.h). */
const UNSEEN = -0x80000000;
const NS_PER_US = 1000;

/** The errors of the frames that were seen, in ns, smallest first. */
export function sortedErrors(recorded: Int32Array): Int32Array {
  return recorded.filter((error) => error !== UNSEEN).sort();
}

/** The smallest value that is not exceeded by this share of them (nearest rank). At least one value. */
export function percentile(sorted: Int32Array, share: number): number {
  // A share of a count is off by a rounding error: 0.999 of 1000 is 999, not a little more.
  const rank = Math.ceil(sorted.length * share - 1e-6);
  return sorted[Math.max(rank, 1) - 1]!;
}

/** What is said of them; undefined when there are none. */
export function summarize(sorted: Int32Array): Summary | undefined {
  if (sorted.length === 0) return undefined;
  const at = (values: Int32Array, share: number): number => percentile(values, share) / NS_PER_US;
  return {
    min: at(sorted, 0),
    p50: at(sorted, 0.5),
    p99: at(sorted, 0.99),
    p99_9: at(sorted, 0.999),
    max: at(sorted, 1),
    abs_p99_9: at(sorted.map(Math.abs).sort(), 0.999),
  };
}
