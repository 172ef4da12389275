// The period of the loss-free run, which losses are counted by.
import { Instants } from './instant.js';
import type { Model } from './model.js';
import { TooManyWaysError } from './too-many-ways.js';
import { packWay, type Losses } from './way.js';

/** A run that has not come back to a state after so many instants has no period that is of use. */
const MOST_INSTANTS = 1_000_000;

/** Losses of at most `most` frames in each period. `end`: none after the first period that has one. */
export function loseFrames(model: Model, most: number, end: boolean): Losses {
  return { most, end, period: loopOf(model)?.period ?? Number.MAX_SAFE_INTEGER };
}

interface Loop {
  readonly from: number;
  readonly period: number;
}

/** The period of the run without losses that takes the first way everywhere, units; null for a run that ends or cannot be followed. */
export function loopOf(model: Model): Loop | null {
  try {
    return findLoop(model);
  } catch (error) {
    if (error instanceof TooManyWaysError) return null;
    throw error;
  }
}

function findLoop(model: Model): Loop | null {
  const instants = new Instants(model, null, () => undefined);
  const seen = new Map<string, number>();
  let values = instants.first();
  let time = 0;
  for (let count = 0; count < MOST_INSTANTS; count += 1) {
    const key = values.join(' ');
    const before = seen.get(key);
    if (before !== undefined) return { from: before, period: time - before };
    seen.set(key, time);
    const instant = instants.next(values);
    const way = instant?.ways[0];
    if (instant === null || way === undefined) return null;
    values = packWay(way);
    time += instant.after;
  }
  return null;
}
