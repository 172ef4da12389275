// From a violation back to a run that leads to it, by the nodes themselves.
import type { Exploration } from './explore.js';
import { Instants } from './instant.js';
import type { Model } from './model.js';
import { listSteps, type Step } from './steps.js';
import type { Violation } from './violation.js';
import { packWay, type Losses } from './way.js';

/** What happened at one instant. */
export interface Happened {
  /** Units from the common start. */
  readonly time: number;
  readonly steps: readonly Step[];
}

/** A run that leads to a violation. */
export interface Run {
  readonly happened: readonly Happened[];
  /** The violation by the nodes of this run: those that are alike may have changed places in the exploration. */
  readonly violation: Violation;
  /** The state before the instant at which it is found (`packWay`). */
  readonly before: readonly number[];
}

/** The run that leads to a violation, instant by instant. */
export function runTo(model: Model, exploration: Exploration, losses: Losses | null, violation: Violation): Run {
  const before = exploration.pathTo(violation.parent);
  const path = [...before, ...(violation.loop?.states.slice(1) ?? [])];
  const targets = violation.loop === undefined ? path.slice(1) : [...path.slice(1), violation.loop.states[0]!];
  const instants = new Instants(model, losses, () => undefined);
  const happened: Happened[] = [];
  let values = instants.first();
  let time = exploration.times.at(path[0]!);
  targets.forEach((target, index) => {
    const instant = instants.next(values)!;
    const wanted = exploration.store.get(target).join(' ');
    const node = index >= before.length - 1 ? violation.loop?.node : undefined;
    const ways = instant.ways.filter((way) => !way.collided && exploration.keptFor(packWay(way)).join(' ') === wanted);
    const way = ways.find(({ arrivals }) => node === undefined || !arrivals.includes(node)) ?? ways[0]!;
    time += instant.after;
    happened.push({ time, steps: listSteps(way.steps) });
    values = packWay(way);
  });
  if (violation.loop !== undefined) return { happened, violation, before: values };
  const found = exploration.isReduced ? findAgain(model, losses, violation, values, time) : violation;
  const last = instants.next(values);
  if (found.steps !== null) happened.push({ time: time + (last?.after ?? 0), steps: listSteps(found.steps) });
  return { happened, violation: found, before: values };
}

/** What is wrong after the state `before`, at `time`, just as it is after the one that was kept for it. */
function findAgain(
  model: Model,
  losses: Losses | null,
  violation: Violation,
  before: readonly number[],
  time: number,
): Violation {
  const found: Violation[] = [];
  const instants = new Instants(model, losses, (property, after, places, what, { steps }) => {
    if (property === violation.property && time + after === violation.at)
      found.push({ ...violation, places, what, steps });
  });
  instants.next(before);
  return found[0] ?? violation;
}
