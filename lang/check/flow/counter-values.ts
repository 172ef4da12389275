// The values that a counter can have: lo, lo + step, ... up to lo + length, all modulo 2^32. Counters go round, so the first
// may be the greater number. Sets of more than half of all numbers are taken for all of them.

/** Never changed. `step` is 0 for one value alone; `length` is a multiple of `step`. */
export interface CounterValues {
  readonly lo: number;
  readonly length: number;
  readonly step: number;
}

const NUMBERS = 2 ** 32;
const LONGEST = 2 ** 31 - 1;
/** A counter that no test stops is followed so far, and not once round. */
const FAR = 2 ** 30;
const ALL: CounterValues = { lo: 0, length: NUMBERS - 1, step: 1 };

/** One value. */
export function only(value: number): CounterValues {
  return { lo: value, length: 0, step: 0 };
}

/** Whether the counter can have this value. */
export function contains({ lo, length, step }: CounterValues, value: number): boolean {
  const offset = (value - lo) >>> 0;
  return offset <= length && (step === 0 || offset % step === 0);
}

export function isSame(a: CounterValues, b: CounterValues): boolean {
  return a.lo === b.lo && a.length === b.length && a.step === b.step;
}

function isAll({ length }: CounterValues): boolean {
  return length > LONGEST;
}

/** All values with `by` added, which may be negative. */
export function shifted(values: CounterValues, by: number): CounterValues {
  return isAll(values) ? values : { ...values, lo: (values.lo + by) >>> 0 };
}

/** What both hold, and perhaps more. */
export function joined(a: CounterValues, b: CounterValues): CounterValues {
  if (isAll(a) || isAll(b)) return ALL;
  const isAhead = (b.lo - a.lo) >>> 0 <= LONGEST;
  const [first, second] = isAhead ? [a, b] : [b, a];
  const offset = (second.lo - first.lo) >>> 0;
  const length = Math.max(first.length, offset + second.length);
  if (length > LONGEST) return ALL;
  return { lo: first.lo, length, step: gcd(gcd(first.step, second.step), offset) };
}

/** Without one value, where it is at an end; null where nothing is left. */
export function without(values: CounterValues, value: number): CounterValues | null {
  const { lo, length, step } = values;
  if (isAll(values)) return values;
  if (length === 0) return value === lo ? null : values;
  const shorter = length - step;
  const rest = shorter === 0 ? 0 : step;
  if (value === lo) return { lo: (lo + step) >>> 0, length: shorter, step: rest };
  return value === (lo + length) >>> 0 ? { lo, length: shorter, step: rest } : values;
}

/**
 * `next`, which holds `old`, made larger at the ends at which it grew: up to the next of the values that are tested, or far
 * beyond all of them. So a loop that counts comes to an end here after a few rounds.
 */
export function widened(old: CounterValues, next: CounterValues, tested: readonly number[]): CounterValues {
  if (isAll(old) || isAll(next)) return next;
  const { lo, length: was } = old;
  const hi = (lo + was) >>> 0;
  const down = (lo - next.lo) >>> 0;
  const isHigher = next.length > was + down;
  const ahead = (value: number): number => (value - lo) >>> 0;
  const behind = (value: number): number => (hi - value) >>> 0;
  const up = isHigher ? reach(next.length - down, was, next.step, tested.map(ahead)) - was : 0;
  const newDown = down === 0 ? 0 : reach(was + down, was, next.step, tested.map(behind)) - was;
  const length = newDown + was + up;
  return length > LONGEST ? ALL : { lo: (lo - newDown) >>> 0, length, step: next.step };
}

/** How far from the other end an end comes to lie that was `was` away from it and is to be `need` away. */
function reach(need: number, was: number, step: number, tested: readonly number[]): number {
  const aligned = tested.map((distance) => distance - (distance % step));
  const nearest = Math.min(...aligned.filter((distance) => distance >= need && distance <= LONGEST));
  if (nearest !== Infinity) return nearest;
  const far = FAR - (FAR % step);
  return need > far ? was : far;
}

function gcd(a: number, b: number): number {
  return b === 0 ? a : gcd(b, a % b);
}
