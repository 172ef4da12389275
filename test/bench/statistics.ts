// What is said about a set of measurements.

export interface Spread {
  readonly min: number;
  readonly max: number;
  readonly p10: number;
  readonly p90: number;
}

/** One figure of the table in the architecture, section 5. */
export interface Figure {
  /** The median. */
  readonly value: number;
  readonly spread: Spread;
  readonly unit: string;
  /** At most this, in the same unit. */
  readonly target: number;
  readonly met: boolean;
}

function quantile(sorted: readonly number[], share: number): number {
  const at = (sorted.length - 1) * share;
  const below = sorted[Math.floor(at)]!;
  return below + (sorted[Math.ceil(at)]! - below) * (at - Math.floor(at));
}

/** Rounds to three digits or to whole numbers, whichever is finer. */
function readable(value: number): number {
  const digits = Math.max(0, 2 - Math.floor(Math.log10(Math.abs(value) || 1)));
  return Number(value.toFixed(Math.min(digits, 4)));
}

/** The median of measurements, unrounded. */
export function median(values: readonly number[]): number {
  return quantile(
    [...values].sort((a, b) => a - b),
    0.5,
  );
}

/** Median and spread of at least one measurement. */
export function summarize(values: readonly number[]): { value: number; spread: Spread } {
  const sorted = [...values].sort((a, b) => a - b);
  const at = (share: number) => readable(quantile(sorted, share));
  return { value: at(0.5), spread: { min: at(0), max: at(1), p10: at(0.1), p90: at(0.9) } };
}

/** Measurements against their target. */
export function figure(values: readonly number[], unit: string, target: number): Figure {
  const { value, spread } = summarize(values);
  return { value, spread, unit, target: readable(target), met: median(values) <= target };
}
