// Finds out where control can go, for the passes that judge it.
import type { Checking } from '../checking.js';
import { Approximation } from './approximate.js';
import { Exploration } from './explore.js';
import type { FlowGraph } from './graph.js';

/** So much is followed exactly, in nodes and armed futures. Programs with more get the approximate flow. */
const MOST_WORK = 65_536;

/** Follows control from the first instruction. */
export function traceFlow(c: Checking): void {
  if (c.operations.length > 0) c.graph = flowOf(c);
}

function flowOf(c: Checking): FlowGraph {
  const isQueue = queueTest(c);
  const exact = new Exploration(c.operations, isQueue);
  if (exact.follow(0, MOST_WORK)) return exact;
  const approximation = new Approximation(c.operations, isQueue);
  approximation.follow(0);
  return approximation;
}

/** Tells the ids of queues from those of variables. */
export function queueTest(c: Checking): (id: number) => boolean {
  const queues = new Set(c.queues.map(({ id }) => id));
  return (id) => queues.has(id);
}
