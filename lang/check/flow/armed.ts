// The armed futures of a machine, as far as they can be known without running it. Delays are constants, so the order in
// which futures come is known, except across a `sync slave`, after which the logical time depends on when a frame came.
// Futures armed before and after it are therefore kept in separate groups, whose order among each other is open.
import { LIMITS } from '../../program.js';

interface Future {
  /** ns from the present logical time; in the groups that are not current, from the first of the group. */
  readonly at: bigint;
  readonly target: number;
}

type Group = readonly Future[];

/** Never changed. The first group is the current one: its times count from the present logical time. */
export interface Armed {
  readonly current: Group;
  readonly others: readonly Group[];
}

/** One way in which a `halt` can end. `ns` is Infinity where it is not known. */
export interface Resumption {
  readonly target: number;
  readonly ns: number;
  readonly armed: Armed;
}

export const NOTHING_ARMED: Armed = { current: [], others: [] };

export function isFull(armed: Armed): boolean {
  return countOf(armed) >= LIMITS.futures;
}

/** How many futures are armed. */
export function countOf({ current, others }: Armed): number {
  return others.reduce((sum, group) => sum + group.length, current.length);
}

/** Arms a future. Of equals the one armed first comes first. */
export function arm({ current, others }: Armed, delayNs: bigint, target: number): Armed {
  const later = current.findIndex(({ at }) => at > delayNs);
  const position = later < 0 ? current.length : later;
  return { current: current.toSpliced(position, 0, { at: delayNs, target }), others };
}

/** After a `sync slave` the time that has passed is not known. */
export function loseTime({ current, others }: Armed): Armed {
  return { current: [], others: joined(current, others) };
}

/** The ways in which a `halt` can end: one, unless the order of the groups is open; none, if nothing is armed. */
export function resume({ current, others }: Armed): Resumption[] {
  const [first, ...rest] = current;
  const known = first
    ? [{ target: first.target, ns: Number(first.at), armed: { current: since(first, rest), others } }]
    : [];
  return [...known, ...others.map((group, index) => resumeOther(group, joined(current, others.toSpliced(index, 1))))];
}

function resumeOther(group: Group, others: readonly Group[]): Resumption {
  const [first, ...rest] = group;
  const start = first ?? { at: 0n, target: -1 };
  return { target: start.target, ns: Infinity, armed: { current: since(start, rest), others } };
}

function since(start: Future, futures: Group): Group {
  return futures.map(({ at, target }) => ({ at: at - start.at, target }));
}

/** In a fixed order, so that equal states have equal keys. */
function joined(group: Group, others: readonly Group[]): readonly Group[] {
  const [first] = group;
  if (!first) return others;
  return [...others, since(first, group)].sort((a, b) => (groupKey(a) < groupKey(b) ? -1 : 1));
}

function groupKey(group: Group): string {
  return group.map(({ at, target }) => `${at}>${target}`).join(' ');
}

/** Equal for equal states. */
export function armedKey({ current, others }: Armed): string {
  return [current, ...others].map(groupKey).join('|');
}
