// One way through an instant: the state of the whole system while it moves, and as the numbers that are stored.
import type { Steps } from './steps.js';

/** Losses that may still happen. */
export interface Losses {
  /** In each period. */
  readonly most: number;
  /** Period of the loss-free run, units. */
  readonly period: number;
  /** No loss after the first period that has one. */
  readonly end: boolean;
}

/** Where the numbers of a state begin, for `n` nodes: states of the machines, now less L, losses, frames on the wire. */
export const LOSS_NUMBERS = 3;

/** One way through an instant. */
export interface Way {
  /** States of the machines. */
  ids: number[];
  /** Now less L, by node. */
  elapsed: number[];
  /** Losses left, time to the next period, and 0 (none yet), 1 (one in this period) or 2 (no more). */
  losses: number[];
  /** Kind, and start less now, of each frame on the wire, in the order of sending. */
  wire: number[];
  steps: Steps | null;
  timeouts: number[];
  arrivals: number[];
  /** Behind a collision, or in an overload: what comes then is not judged. */
  collided: boolean;
  /** How likely the instant is to go this way, as far as the programs say; losses do not count. */
  probability: number;
}

/** The numbers of a state. */
export function packWay({ ids, elapsed, losses, wire }: Way): number[] {
  return [...ids, ...elapsed, ...losses, ...wire];
}

/** The opposite. */
export function unpackWay(n: number, values: readonly number[]): Way {
  const wireFrom = 2 * n + LOSS_NUMBERS;
  return {
    ids: values.slice(0, n),
    elapsed: values.slice(n, 2 * n),
    losses: values.slice(2 * n, wireFrom),
    wire: values.slice(wireFrom),
    steps: null,
    timeouts: [],
    arrivals: [],
    collided: false,
    probability: 1,
  };
}

/** Another way from here. */
export function forkWay({ ids, elapsed, losses, wire, steps, timeouts, arrivals, collided, probability }: Way): Way {
  return {
    ids: ids.slice(),
    elapsed: elapsed.slice(),
    losses: losses.slice(),
    wire: wire.slice(),
    steps,
    timeouts: timeouts.slice(),
    arrivals: arrivals.slice(),
    collided,
    probability,
  };
}

/** Of ways that end in the same state, the first, as likely as all of them. A way that has collided is another. */
export function distinct(ways: readonly Way[]): Way[] {
  if (ways.length < 2) return [...ways];
  const known = new Map<string, Way>();
  for (const way of ways) {
    const key = `${packWay(way).join(' ')}|${way.collided}|${way.timeouts.join()}|${way.arrivals.join()}`;
    const same = known.get(key);
    if (same === undefined) known.set(key, way);
    else same.probability += way.probability;
  }
  return [...known.values()];
}

/** Time passes: in each period that begins frames may be lost anew. */
export function passPeriods(losses: number[], { most, period, end }: Losses, time: number): void {
  losses[1]! -= time;
  while (losses[1]! <= 0) {
    losses[1]! += period;
    losses[0] = most;
    if (end && losses[2] === 1) {
      losses.splice(0, LOSS_NUMBERS, 0, 0, 2);
      return;
    }
  }
}
