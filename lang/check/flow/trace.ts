// Finds out where control can go, for the passes that judge it.
import type { Checking } from '../checking.js';
import { Approximation } from './approximate.js';
import { Exploration } from './explore.js';
import type { FlowGraph } from './graph.js';

/** So many states are followed exactly: some 20 ms. Programs with more get the approximate flow. */
const MOST_NODES = 32_768;

/** Follows control from the first instruction. */
export function traceFlow(c: Checking): void {
  if (c.operations.length > 0) c.graph = flowOf(c);
}

function flowOf(c: Checking): FlowGraph {
  const isQueue = queueTest(c);
  const exact = new Exploration(c.operations, isQueue);
  if (exact.follow(0, MOST_NODES)) return exact;
  const approximation = new Approximation(c.operations, isQueue);
  approximation.follow(0);
  return approximation;
}

/** Tells the ids of queues from those of variables. */
export function queueTest(c: Checking): (id: number) => boolean {
  const queues = new Set(c.queues.map(({ id }) => id));
  return (id) => queues.has(id);
}
