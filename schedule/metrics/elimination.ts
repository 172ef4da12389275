// Linear equations over the states of a Markov chain, by the elimination of one state after the other (Grassmann, Taksar and Heyman 1985): only
// sums and quotients of numbers that are not negative, so nothing is lost to rounding; sparse, because most states have one successor.
import { Agenda } from '../verify/agenda.js';

/** Where a state goes, with which probability. */
export type Row = ReadonlyMap<number, number>;

interface Step {
  readonly state: number;
  /** How likely it is to leave for another state. */
  readonly leaves: number;
  /** Where to, when it leaves. */
  readonly to: readonly (readonly [state: number, probability: number])[];
  readonly from: readonly (readonly [state: number, probability: number])[];
}

/** So many numbers are changed at most, which is a matter of seconds. */
const MOST_CHANGES = 4_000_000;

/** Thrown for a chain in which too many states lead to too many others. */
export class TooDenseError extends Error {
  override readonly name = 'TooDenseError';
}

/** A chain from which all states but the kept ones are eliminated. From each of the others a kept one must be reached. */
export class Elimination {
  private readonly steps: Step[] = [];
  private readonly rows: (Map<number, number> | null)[];
  private readonly before: Set<number>[];
  private changes = 0;

  /** @throws TooDenseError */
  constructor(rows: readonly Row[], isKept: (state: number) => boolean) {
    this.rows = rows.map((row, state) => (isKept(state) ? null : new Map(row)));
    this.before = rows.map(() => new Set<number>());
    this.rows.forEach((row, state) => row?.forEach((_, target) => this.before[target]!.add(state)));
    this.run();
  }

  /** The cost that is expected from each state on until a kept state is reached; `costs` are those of a stay, of a kept state its own result. */
  expected(costs: readonly number[]): number[] {
    const values = costs.slice();
    for (const { state, leaves, from } of this.steps) {
      values[state]! /= leaves;
      for (const [other, probability] of from) values[other]! += probability * values[state]!;
    }
    for (const { state, to } of this.steps.toReversed()) {
      for (const [target, probability] of to) values[state]! += probability * values[target]!;
    }
    return values;
  }

  /** How often each state is visited from `source` (how often a run begins in each) until a kept state is reached; a kept one: how likely it is the one. */
  visits(source: readonly number[]): number[] {
    const values = source.slice();
    for (const { state, to } of this.steps) {
      for (const [target, probability] of to) values[target]! += probability * values[state]!;
    }
    for (const { state, leaves, from } of this.steps.toReversed()) {
      for (const [other, probability] of from) values[state]! += probability * values[other]!;
      values[state]! /= leaves;
    }
    return values;
  }

  /** Those that touch the fewest others first, so that the chain stays sparse. */
  private run(): void {
    const agenda = new Agenda();
    const effort = (state: number): number => this.before[state]!.size * this.rows[state]!.size;
    this.rows.forEach((row, state) => row !== null && agenda.push(effort(state), state));
    for (let next = agenda.pop(); next !== null; next = agenda.pop()) {
      const { state, time } = next;
      if (effort(state) > time) agenda.push(effort(state), state);
      else this.eliminate(state);
    }
  }

  private eliminate(state: number): void {
    const row = this.rows[state]!;
    row.delete(state);
    this.before[state]!.delete(state);
    const leaves = sum(row.values());
    if (leaves === 0) throw new RangeError(`no kept state is reached from state ${state}`);
    const to = [...row].map(([target, probability]) => [target, probability / leaves] as const);
    const from = [...this.before[state]!].map((other) => [other, this.rows[other]!.get(state)!] as const);
    for (const [target] of to) this.before[target]!.delete(state);
    for (const [other, probability] of from) this.redirect(other, state, probability, to);
    this.rows[state] = null;
    this.steps.push({ state, leaves, to, from });
  }

  private redirect(other: number, state: number, share: number, to: Step['to']): void {
    const row = this.rows[other]!;
    row.delete(state);
    this.changes += to.length;
    if (this.changes > MOST_CHANGES) throw new TooDenseError('too many states lead to too many others by chance');
    for (const [target, probability] of to) {
      row.set(target, (row.get(target) ?? 0) + share * probability);
      this.before[target]!.add(other);
    }
  }
}

function sum(values: Iterable<number>): number {
  let total = 0;
  for (const value of values) total += value;
  return total;
}
