// The late starts of a node that can make a difference: between two of them the order of all events is the same.
import { Instants } from './instant.js';
import type { Model } from './model.js';
import { packWay } from './way.js';

/** So many instants of each side are looked at. */
const MOST_INSTANTS = 64;

/**
 * Starts in units, more than those of the others. Until its first sync frame a node's instants are fixed to its start, and those of the others are
 * what they are without it: the starts at which two of them fall together, and one start between each two of those.
 */
export function lateStarts(model: Model, node: number): number[] {
  return withBetween([0, ...meetings(model, node).filter((start) => start > 0)]).filter((start) => start > 0);
}

/** How much later (or earlier, negative) than planned a node is when an instant of its own falls together with one of the others; sorted. */
export function meetings(model: Model, node: number): number[] {
  const never = Number.MAX_SAFE_INTEGER / 4;
  const planned = model.system.nodes.map(({ startNs }) => Number(startNs) * model.units.perNs);
  const others = instantsOf(
    model,
    planned.map((start, index) => (index === node ? never : start)),
    never,
  );
  const own = instantsOf(
    model,
    planned.map((start, index) => (index === node ? start : never)),
    never,
  );
  const together = new Set(others.flatMap((each) => own.map((instant) => each - instant)));
  return [...together].sort((a, b) => a - b);
}

/** The values, sorted, and one between each two of them. */
export function withBetween(sorted: readonly number[]): number[] {
  const between = sorted.slice(1).map((value, index) => Math.floor((value + sorted[index]!) / 2));
  return [...new Set([...sorted, ...between])].sort((a, b) => a - b);
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
