// How much of the time a system is in each state, in the long run.
import { components } from '../verify/components.js';
import { Elimination, type Row } from './elimination.js';
import type { TimedTree } from './timed-tree.js';
import { unpackWay } from '../verify/way.js';

/** What the figures are averages over. */
export interface LongRun {
  /** How likely it is that a time comes after which nothing happens any more. */
  readonly ends: number;
  /** By state: how long it lasts, units; the one in which a run ends: until its last frame has left the wire. */
  readonly lasts: readonly number[];
  /** By state: how often in a unit of time it is entered. Together with `lasts`, 1; all 0 for runs that end as they begin. */
  readonly rates: readonly number[];
  /** By state: where it goes. */
  readonly rows: readonly Row[];
  /** By state: whether the system comes back to it for ever. */
  readonly recurs: readonly boolean[];
  /** How long a run takes on average, units, where all runs end. */
  readonly endsAfter: number | null;
}

/**
 * Of runs that go on for ever: the share of the time in the long run, whatever they do at first. Only where every run ends: of the time from
 * start to end.
 */
export function longRunOf(tree: TimedTree): LongRun {
  const { states } = tree;
  const rows = states.map(({ branches }) => rowOf(branches));
  const classes = closedClasses(rows);
  const recurs = rows.map(() => false);
  for (const states of classes) for (const state of states) recurs[state] = true;
  const transient = new Elimination(rows, (state) => recurs[state]!);
  const visits = transient.visits(rows.map((_, state) => (state === 0 ? 1 : 0)));
  const isEnd = (state: number): boolean => states[state]!.lasts === Infinity;
  const ending = classes.filter(([first]) => isEnd(first!));
  const ends = total(ending.map(([first]) => visits[first!]!));
  const lasts = states.map((each, state) => (isEnd(state) ? lastFrame(tree, state) : each.lasts));
  const common = { lasts, rows, recurs };
  if (ending.length === classes.length) {
    const time = total(visits.map((visit, state) => visit * lasts[state]!));
    const rates = visits.map((visit) => (time === 0 ? 0 : visit / time));
    return { ...common, ends: 1, rates, endsAfter: time };
  }
  const rates = rows.map(() => 0);
  const forEver = classes.filter(([first]) => !isEnd(first!));
  const share = total(forEver.flatMap((each) => each.map((state) => visits[state]!)));
  for (const each of forEver) {
    const part = total(each.map((state) => visits[state]!)) / share;
    addRates(rates, rows, lasts, each, part);
  }
  return { ...common, ends, rates, endsAfter: null };
}

/** The rates within a class that is never left, which takes this part of the time. */
function addRates(
  rates: number[],
  rows: readonly Row[],
  lasts: readonly number[],
  states: readonly number[],
  part: number,
): void {
  const own = new Map(states.map((state, index) => [state, index]));
  const local = states.map((state) => new Map([...rows[state]!].map(([to, each]) => [own.get(to)!, each])));
  const source = states.map((_, index) => local[0]!.get(index) ?? 0);
  // Visits between two of the first state, whose own one ends the cycle.
  const visits = new Elimination(local, (index) => index === 0).visits(source);
  const time = total(states.map((state, index) => visits[index]! * lasts[state]!));
  states.forEach((state, index) => (rates[state] = (part * visits[index]!) / time));
}

function rowOf(branches: TimedTree['states'][number]['branches']): Row {
  const row = new Map<number, number>();
  for (const { to, probability } of branches) row.set(to, (row.get(to) ?? 0) + probability);
  return row;
}

/** Groups of states that are never left again, each with all its states. */
function closedClasses(rows: readonly Row[]): number[][] {
  const component = components(rows.length, (state) => [...rows[state]!.keys()]);
  const members = new Map<number, number[]>();
  const open = new Set<number>();
  rows.forEach((row, state) => {
    const own = component[state]!;
    const known = members.get(own);
    if (known === undefined) members.set(own, [state]);
    else known.push(state);
    for (const to of row.keys()) if (component[to] !== own) open.add(own);
  });
  return [...members].filter(([own]) => !open.has(own)).map(([, states]) => states);
}

/** Until the last frame of a state has left the wire, units. */
function lastFrame({ model, store }: TimedTree, state: number): number {
  const { wire } = unpackWay(model.machines.length, store.get(state));
  let last = 0;
  for (let index = 0; index < wire.length; index += 2) {
    last = Math.max(last, wire[index + 1]! + model.kinds.list[wire[index]!]!.occupied);
  }
  return last;
}

function total(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0);
}
