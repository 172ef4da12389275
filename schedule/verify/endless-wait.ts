// Runs in which a node executes `sync slave` again and again and every one times out: cycles of the state graph.
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

/** The strongly connected component of each state (Tarjan), without recursion. */
function components(size: number, successors: (state: number) => number[]): Int32Array {
  const order = new Int32Array(size).fill(-1);
  const low = new Int32Array(size);
  const component = new Int32Array(size).fill(-1);
  const stack: number[] = [];
  let count = 0;
  const visit = (root: number): void => {
    const calls: { readonly state: number; readonly next: number[]; at: number }[] = [];
    const enter = (state: number): void => {
      order[state] = low[state] = count++;
      stack.push(state);
      calls.push({ state, next: successors(state), at: 0 });
    };
    enter(root);
    for (let call = calls.at(-1); call !== undefined; call = calls.at(-1)) {
      const { state, next } = call;
      const target = next[call.at++];
      if (target === undefined) {
        calls.pop();
        const above = calls.at(-1);
        if (above !== undefined) low[above.state] = Math.min(low[above.state]!, low[state]!);
        if (low[state] === order[state]) close(state);
      } else if (order[target] === -1) {
        enter(target);
      } else if (component[target] === -1) {
        low[state] = Math.min(low[state]!, order[target]!);
      }
    }
  };
  const close = (state: number): void => {
    for (let each = stack.pop(); each !== undefined; each = stack.pop()) {
      component[each] = state;
      if (each === state) return;
    }
  };
  for (let state = 0; state < size; state += 1) if (order[state] === -1) visit(state);
  return component;
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
