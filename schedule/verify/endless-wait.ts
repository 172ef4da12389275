// Runs in which a node executes `sync slave` again and again and every one times out: cycles of the state graph.
import { components } from './components.js';
import type { Exploration } from './explore.js';
import type { Violation } from './violation.js';

const NO_STATE = 0xffffffff;

/** The earliest cycle on which the node's waits all end by timeout, or null. Losses that end are in no cycle. */
export function findEndlessWait(exploration: Exploration, node: number): Violation | null {
  const graph = new WaitGraph(exploration, node);
  if (!graph.hasTimeouts) return null;
  const component = components(exploration.store.size, (state) => graph.successors(state));
  let best: number | null = null;
  let bestTarget = 0;
  for (let state = 0; state < exploration.store.size; state += 1) {
    for (const target of graph.timeouts(state)) {
      if (component[state] !== component[target]) continue;
      if (best !== null && exploration.times.at(state) >= exploration.times.at(best)) continue;
      best = state;
      bestTarget = target;
    }
  }
  if (best === null) return null;
  const back = shortestPath(bestTarget, best, (state) =>
    graph.successors(state).filter((next) => component[next] === component[state]),
  );
  const states = [best, ...back.slice(0, -1)];
  return violationOf(exploration, node, states);
}

function violationOf(exploration: Exploration, node: number, states: readonly number[]): Violation {
  const parent = states[0]!;
  const since = exploration.times.at(parent);
  const what = 'from some moment on every sync slave of the machine times out';
  return { property: 'stuck', at: since, places: [], what, parent, steps: null, loop: { states, since, node } };
}

/** The state graph without the edges on which a sync frame ends a wait of the node. */
class WaitGraph {
  readonly hasTimeouts: boolean;
  private readonly arrives: readonly boolean[];
  private readonly timesOut: readonly boolean[];

  constructor(
    private readonly exploration: Exploration,
    node: number,
  ) {
    this.arrives = exploration.labels.map(({ arrivals }) => arrivals.includes(node));
    this.timesOut = exploration.labels.map(({ timeouts }) => timeouts.includes(node));
    this.hasTimeouts = this.timesOut.includes(true);
  }

  successors(state: number): number[] {
    return this.edges(state, (label) => !this.arrives[label]);
  }

  timeouts(state: number): number[] {
    return this.edges(state, (label) => !this.arrives[label] && this.timesOut[label]!);
  }

  private edges(state: number, accepts: (label: number) => boolean): number[] {
    const { firstEdge, edgeCount, edgeTarget, edgeLabel } = this.exploration;
    const first = firstEdge.at(state);
    const targets: number[] = [];
    if (first === NO_STATE) return targets;
    for (let edge = first; edge < first + edgeCount.at(state); edge += 1) {
      const target = edgeTarget.at(edge);
      if (accepts(edgeLabel.at(edge))) targets.push(target);
    }
    return targets;
  }
}

/** States from `from` to `to`, both included. */
function shortestPath(from: number, to: number, successors: (state: number) => number[]): number[] {
  const before = new Map<number, number>([[from, NO_STATE]]);
  const open = [from];
  for (let index = 0; index < open.length && !before.has(to); index += 1) {
    for (const next of successors(open[index]!)) {
      if (before.has(next)) continue;
      before.set(next, open[index]!);
      open.push(next);
    }
  }
  const path: number[] = [];
  for (let each = to; each !== NO_STATE; each = before.get(each)!) path.push(each);
  return path.reverse();
}
