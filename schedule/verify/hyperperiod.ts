// The period of the loss-free run, which losses are counted by.
import { Instants, packWay, type Losses } from './instant.js';
import type { Model } from './model.js';

/** A run that has not come back to a state after so many instants has no period that is of use. */
const MOST_INSTANTS = 1_000_000;

/** Losses of at most `most` frames in each period. `end`: none after the first period that has one. */
export function loseFrames(model: Model, most: number, end: boolean): Losses {
  return { most, end, period: loopOf(model)?.period ?? Number.MAX_SAFE_INTEGER };
}

/** The period of the run without losses that takes the first way everywhere, units; null for a run that ends. */
export function loopOf(model: Model): { readonly from: number; readonly period: number } | null {
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
