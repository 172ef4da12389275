// The timed tree as a list, for output: each state's ways are given once, where it is first met.
import { eventsOf, type TraceEvent } from '../verify/trace.js';
import { listSteps } from '../verify/steps.js';
import { toNs } from '../verify/units.js';
import { exactNs, type Branch, type TimedTree } from './timed-tree.js';

/** One way from a state through the next instant. */
export interface TreeEdge {
  /** Numbers in the order in which the states are met; 0 is before the start. */
  readonly from: number;
  readonly to: number;
  readonly probability: number;
  /** From the state to the instant, ns. */
  readonly after: number;
  /** The instant on the first way there, ns from the start. */
  readonly at: number;
  /** The state has been met before: it goes on as there. */
  readonly again: boolean;
  /** How many of the ways to here were one of several. */
  readonly depth: number;
  /** The state has other ways too. */
  readonly isOneOfSeveral: boolean;
  readonly events: readonly TraceEvent[];
}

/** The edges of the tree, depth first. */
export function listTree(tree: TimedTree): TreeEdge[] {
  const { model, states } = tree;
  const numbers = new Map([[0, 0]]);
  const edges: TreeEdge[] = [];
  const open: Open[] = [];
  const expand = (state: number, time: number, depth: number): void => {
    const { lasts, branches } = states[state]!;
    const isOneOfSeveral = branches.length > 1;
    for (const branch of branches.toReversed()) open.push({ state, time: time + lasts, depth, branch, isOneOfSeveral });
  };
  expand(0, 0, 0);
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const { state, time, depth, branch, isOneOfSeveral } = next;
    const again = numbers.has(branch.to);
    if (!again) numbers.set(branch.to, numbers.size);
    edges.push({
      ...{ from: numbers.get(state)!, to: numbers.get(branch.to)!, probability: branch.probability },
      ...{ after: exactNs(model, states[state]!.lasts), at: toNs(model.units, time), again, depth, isOneOfSeveral },
      events: eventsOf(model, { time, steps: listSteps(branch.steps) }),
    });
    if (!again) expand(branch.to, time, depth + (isOneOfSeveral ? 1 : 0));
  }
  return edges;
}

interface Open {
  readonly state: number;
  /** When the instant is, units. */
  readonly time: number;
  readonly depth: number;
  readonly branch: Branch;
  readonly isOneOfSeveral: boolean;
}
