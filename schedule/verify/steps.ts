// What happened on the way to a state, kept as a list that ways which part share.
import type { Outcome } from './outcome.js';

/** One thing that happened at an instant. */
export type Step =
  | { readonly kind: 'block'; readonly node: number; readonly outcome: Outcome; readonly starts: readonly number[] }
  | {
      readonly kind: 'arrival';
      readonly node: number;
      readonly frame: number;
      /** What became of it; `unawaited`: a sync frame. */
      readonly result: 'taken' | 'lost' | 'unawaited';
    };

/** The newest step and those before it. */
export interface Steps {
  readonly step: Step;
  readonly before: Steps | null;
}

/** In the order in which they happened. */
export function listSteps(steps: Steps | null): Step[] {
  const list: Step[] = [];
  for (let each = steps; each !== null; each = each.before) list.push(each.step);
  return list.reverse();
}
