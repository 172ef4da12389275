// The late starts of a node that can make a difference: between two of them the order of all events is the same.
import { Instants, packWay } from './instant.js';
import type { Model } from './model.js';

/** So many instants of each side are looked at. */
const MOST_INSTANTS = 64;

/**
 * Starts in units, more than those of the others. Until its first sync frame a node's instants are fixed to its start, and those of the others are
 * what they are without it: the starts at which two of them fall together, and one start between each two of those.
 */
export function lateStarts(model: Model, node: number): number[] {
  const never = Number.MAX_SAFE_INTEGER / 4;
  const others = instantsOf(
    model,
    model.machines.map((_, index) => (index === node ? never : 0)),
    never,
  );
  const own = instantsOf(
    model,
    model.machines.map((_, index) => (index === node ? 0 : never)),
    never,
  );
  const together = new Set(others.flatMap((each) => own.map((offset) => each - offset)).filter((start) => start > 0));
  const sorted = [...together].sort((a, b) => a - b);
  const between = sorted.map((start, index) => Math.floor((start + (sorted[index - 1] ?? 0)) / 2));
  return [...new Set([...sorted, ...between])].filter((start) => start > 0).sort((a, b) => a - b);
}

/** When something happens on the first way of a run up to its repetition, units. */
function instantsOf(model: Model, starts: readonly number[], end: number): number[] {
  const instants = new Instants(model, null, () => undefined);
  let values = instants.first();
  starts.forEach((start, node) => (values[node] = model.machines[node]!.initial(start)));
  const times = [0];
  const seen = new Set<string>();
  for (let time = 0; times.length < MOST_INSTANTS;) {
    // The one that never starts has waited for longer each time.
    const key = values.filter((_, index) => starts[index - starts.length] !== end).join(' ');
    const instant = instants.next(values);
    const way = instant?.ways[0];
    if (seen.has(key) || instant === null || way === undefined || time + instant.after >= end) break;
    seen.add(key);
    time += instant.after;
    times.push(time);
    values = packWay(way);
  }
  return [...new Set(times)];
}
