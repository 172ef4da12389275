// More than 1,000 broadcast frames a second load every host of the network. A cycle of the control flow does that when
// each of its frames has less than a millisecond; such a cycle is found as one of positive weight (Bellman and Ford).
// A `sync slave` counts with its timeout. Not judged: programs with too many states to follow each.
import { broadcastRate } from '../../mistakes/doubts.js';
import type { Operation } from '../../program.js';
import type { Checking } from '../checking.js';
import type { FlowGraph } from '../flow/graph.js';

/** The time that each broadcast frame may claim, in ns. */
const NS_PER_FRAME = 1_000_000;
const NS_PER_SECOND = 1e9;
/** Rounds over all nodes; programs without such a cycle need a few. */
const MOST_ROUNDS = 100;
const BROADCAST = 'ff:ff:ff:ff:ff:ff';

/** How the best weight of a node came about. */
interface Step {
  readonly from: number;
  readonly ns: number;
}

export function warnBroadcastRate(c: Checking): void {
  const { graph } = c;
  if (!graph?.timed) return;
  const broadcasts = graph.nodes.map(({ instruction }) => isBroadcast(c, c.operations[instruction]));
  if (!broadcasts.includes(true)) return;
  const cycle = positiveCycle(graph, broadcasts);
  if (cycle.length > 0) report(c, graph, broadcasts, cycle);
}

function isBroadcast(c: Checking, operation: Operation | null | undefined): boolean {
  if (operation?.op === 'sync_master') return true;
  if (operation?.op !== 'send' && operation?.op !== 'backup_send') return false;
  if (c.settings.wire.format === 'ncm') return true;
  const to = c.channels.find(({ id }) => id === operation.channel)?.to ?? BROADCAST;
  return to === BROADCAST;
}

/** The nodes and times of a cycle with too many frames for its duration, or nothing. */
function positiveCycle(graph: FlowGraph, broadcasts: readonly boolean[]): Step[] {
  const weight = new Float64Array(graph.nodes.length);
  const steps: (Step | undefined)[] = [];
  for (let round = 0; round < MOST_ROUNDS; round++) {
    if (!relax(graph, broadcasts, weight, steps)) return [];
    const cycle = cycleOf(steps);
    if (cycle.length > 0) return cycle;
  }
  return [];
}

function relax(
  graph: FlowGraph,
  broadcasts: readonly boolean[],
  weight: Float64Array,
  steps: (Step | undefined)[],
): boolean {
  let changed = false;
  graph.nodes.forEach(({ edges }, from) => {
    const gain = (weight[from] ?? 0) + (broadcasts[from] ? NS_PER_FRAME : 0);
    for (const { to, ns } of edges) {
      if (gain - (ns ?? 0) <= (weight[to] ?? 0)) continue;
      weight[to] = gain - (ns ?? 0);
      steps[to] = { from, ns: ns ?? 0 };
      changed = true;
    }
  });
  return changed;
}

/** A cycle among the steps, if there is one. */
function cycleOf(steps: readonly (Step | undefined)[]): Step[] {
  const seenBy = new Int32Array(steps.length).fill(-1);
  for (let start = 0; start < steps.length; start++) {
    let at = start;
    while (steps[at] && seenBy[at] === -1) {
      seenBy[at] = start;
      at = steps[at]?.from ?? at;
    }
    if (steps[at] && seenBy[at] === start) return walkCycle(steps, at);
  }
  return [];
}

function walkCycle(steps: readonly (Step | undefined)[], start: number): Step[] {
  const cycle: Step[] = [];
  for (let at = start, step = steps[at]; step && (at !== start || cycle.length === 0); step = steps[at]) {
    cycle.push(step);
    at = step.from;
  }
  return cycle;
}

function report(c: Checking, graph: FlowGraph, broadcasts: readonly boolean[], cycle: readonly Step[]): void {
  const sending = cycle.filter(({ from }) => broadcasts[from]);
  const ns = cycle.reduce((sum, step) => sum + step.ns, 0);
  const first = Math.min(...sending.map(({ from }) => graph.nodes[from]?.instruction ?? 0));
  const node = c.tree.instructions[first];
  if (node) c.report.add(broadcastRate(node.span, Math.round((sending.length * NS_PER_SECOND) / ns)));
}
