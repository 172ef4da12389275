// How long one waits, at an instant that is as likely as any other, for something that comes again and again.
import { Elimination, type Row } from './elimination.js';
import type { LongRun } from './long-run.js';

/** A stretch in which nobody waits, from the beginning of a state; a moment where both ends are equal. Units. */
export type Stretch = readonly [from: number, to: number];

/** How long one waits, units; null: it may be for ever. */
export interface Waiting {
  /** In the long run. */
  readonly average: number | null;
  /** The longest time between two stretches of any run. */
  readonly worst: number | null;
}

/** `stretches`: by state, in order, none beyond the end of the state. */
export function waitingOf(run: LongRun, stretches: readonly (readonly Stretch[])[]): Waiting {
  return { average: average(run, stretches), worst: worst(run, stretches) };
}

/** Each state adds the integral of the time that is left, over its own time: that of a linear function between two stretches. */
function average(run: LongRun, stretches: readonly (readonly Stretch[])[]): number | null {
  const { lasts, rates, ends } = run;
  const left = ends === 1 ? null : expectedLeft(run, stretches);
  if (left === null) return null;
  let sum = 0;
  rates.forEach((rate, state) => {
    if (rate === 0) return;
    const gaps = gapsOf(stretches[state]!);
    const rest = lasts[state]! - (stretches[state]!.at(-1)?.[1] ?? 0);
    const own = gaps.reduce((area, gap) => area + (gap * gap) / 2, (rest * rest) / 2);
    sum += rate * (own + rest * left[state]!);
  });
  return sum;
}

/** Before each stretch of a state: from the one before it, or from the beginning of the state. */
function gapsOf(stretches: readonly Stretch[]): number[] {
  return stretches.map(([from], index) => from - (index === 0 ? 0 : stretches[index - 1]![1]));
}

/** By state that recurs: from its end to the next stretch; null where that may never come. */
function expectedLeft({ rates, rows, lasts }: LongRun, stretches: readonly (readonly Stretch[])[]): number[] | null {
  const counts = rows.map((_, state) => rates[state]! > 0);
  const isKept = (state: number): boolean => !counts[state]! || stretches[state]!.length > 0;
  const reaching = reachedFrom(rows, (state) => counts[state]! && stretches[state]!.length > 0);
  if (counts.some((each, state) => each && !reaching[state])) return null;
  const costs = rows.map((_, state) => stretches[state]![0]?.[0] ?? (counts[state]! ? lasts[state]! : 0));
  const from = new Elimination(rows, isKept).expected(costs);
  return rows.map((row) => {
    let sum = 0;
    for (const [to, probability] of row) sum += probability * from[to]!;
    return sum;
  });
}

/** From which states one of these can be reached. */
function reachedFrom(rows: readonly Row[], isTarget: (state: number) => boolean): boolean[] {
  const before = predecessors(rows);
  const reaches = rows.map((_, state) => isTarget(state));
  const open = rows.flatMap((_, state) => (reaches[state] ? [state] : []));
  for (let state = open.pop(); state !== undefined; state = open.pop()) {
    for (const each of before[state]!) {
      if (reaches[each]) continue;
      reaches[each] = true;
      open.push(each);
    }
  }
  return reaches;
}

function predecessors(rows: readonly Row[]): number[][] {
  const before = rows.map((): number[] => []);
  rows.forEach((row, state) => {
    for (const to of row.keys()) before[to]!.push(state);
  });
  return before;
}

/** The longest time between two stretches; null where none may come any more. */
function worst(run: LongRun, stretches: readonly (readonly Stretch[])[]): number | null {
  const most = mostLeft(run, stretches);
  let longest: number | null = null;
  for (const [state, own] of stretches.entries()) {
    const last = own.at(-1);
    if (last === undefined) continue;
    const gaps = [...gapsOf(own).slice(1), run.lasts[state]! - last[1] + most[state]!];
    longest = Math.max(longest ?? 0, ...gaps);
  }
  return longest === Infinity ? null : longest;
}

/** By state: from its end to the next stretch at most; Infinity where that may never come. */
function mostLeft({ rows, lasts }: LongRun, stretches: readonly (readonly Stretch[])[]): number[] {
  const before = predecessors(rows);
  const unknown = rows.map((row) => row.size);
  const left = rows.map((row) => (row.size === 0 ? Infinity : 0));
  const after = (state: number): number => stretches[state]![0]?.[0] ?? lasts[state]! + left[state]!;
  // From the stretches backwards; what is not reached so lies on a cycle without any.
  const known = rows.flatMap((_, state) => (stretches[state]!.length > 0 ? [state] : []));
  for (let state = known.pop(); state !== undefined; state = known.pop()) {
    for (const each of before[state]!) {
      left[each] = Math.max(left[each]!, after(state));
      unknown[each]! -= 1;
      if (unknown[each] === 0 && stretches[each]!.length === 0) known.push(each);
    }
  }
  return left.map((time, state) => (unknown[state]! > 0 ? Infinity : time));
}
