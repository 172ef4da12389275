// A cycle of the control flow in which no time passes would keep the kernel busy for ever. It is refused wherever it is,
// also in code that control never reaches. `halt`, `wait` and `sync slave` let time pass; a `halt` with nothing armed
// does not: control goes to the handler of `no_future` at once.
import { cycleWithoutTime } from '../../mistakes/flow.js';
import type { Checking } from '../checking.js';
import { Approximation } from './approximate.js';
import { cyclicComponents } from './components.js';
import type { FlowGraph } from './graph.js';
import { reachedBy } from './graph.js';
import { queueTest } from './trace.js';

/** Refuses each such cycle at its first instruction; of cycles that share an instruction, the first one. */
export function checkCycles(c: Checking): void {
  if (!c.graph) return;
  const edges: Set<number>[] = c.operations.map(() => new Set());
  const reached = reachedBy(c.graph);
  addTimelessEdges(edges, c.graph, (instruction) => reached.has(instruction));
  addTimelessEdges(edges, unreachableFlow(c, reached), (instruction) => !reached.has(instruction));
  for (const component of cyclicComponents(edges)) reportCycle(c, edges, component);
}

/** The flow of the instructions that control never reaches, as if each stretch of them were a start. */
function unreachableFlow(c: Checking, reached: ReadonlySet<number>): FlowGraph {
  const flow = new Approximation(c.operations, queueTest(c));
  c.operations.forEach((_, index) => {
    if (!reached.has(index)) flow.follow(index);
  });
  return flow;
}

function addTimelessEdges(edges: Set<number>[], graph: FlowGraph, wanted: (instruction: number) => boolean): void {
  for (const node of graph.nodes) {
    if (!wanted(node.instruction)) continue;
    for (const { to, ns } of node.edges) {
      const target = graph.nodes[to]?.instruction;
      if (ns === null && target !== undefined) edges[node.instruction]?.add(target);
    }
  }
}

function reportCycle(c: Checking, edges: readonly ReadonlySet<number>[], component: readonly number[]): void {
  const first = Math.min(...component);
  const back = component.find((index) => edges[index]?.has(first)) ?? first;
  const [firstNode, backNode] = [c.tree.instructions[first], c.tree.instructions[back]];
  if (firstNode && backNode) c.report.add(cycleWithoutTime(firstNode.span, backNode.span));
}
