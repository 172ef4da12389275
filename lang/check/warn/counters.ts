// A loop that counts and tests for a value that its counter never has: the branch is never taken, the loop never ends.
import { neverCounts } from '../../mistakes/doubts.js';
import type { Checking } from '../checking.js';
import { followCounters, isStep } from '../flow/counter-flow.js';
import type { FlowGraph } from '../flow/graph.js';
import { loopsOf } from '../flow/graph.js';

export function warnNeverCounts(c: Checking): void {
  const { graph, operations } = c;
  if (!graph) return;
  const counting = c.counters.filter(({ id }) => operations.some((operation) => isStep(operation, id)));
  for (const flow of followCounters(graph, operations, counting)) {
    const vain = flow.vainTests();
    if (vain.length === 0) continue;
    const name = c.counters.find(({ id }) => id === flow.counter)?.name ?? '';
    const inLoops = countingLoops(c, graph, flow.counter);
    for (const { index, value } of vain) {
      const node = c.tree.instructions[index];
      if (node && inLoops.has(index)) c.report.add(neverCounts(node.span, name, value));
    }
  }
}

/** The instructions on cycles on which the counter goes on. */
function countingLoops({ operations }: Checking, graph: FlowGraph, counter: number): ReadonlySet<number> {
  const goesOn = (at: number): boolean => isStep(operations[at] ?? null, counter);
  return new Set(
    loopsOf(graph)
      .filter((loop) => loop.some(goesOn))
      .flat(),
  );
}
