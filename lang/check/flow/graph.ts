// The control flow of a program as the checks see it.
import { cyclicComponents } from './components.js';

/** One way on. `ns` is the time that passes: null for none, Infinity where it is not known. */
export interface Edge {
  readonly to: number;
  readonly ns: number | null;
}

/** Where control can be: an instruction, in one of the states in which control can come to it. */
export interface FlowNode {
  /** The index of the instruction, or -1 for a node that only joins edges. */
  readonly instruction: number;
  readonly edges: Edge[];
  /** Errors for which a handler is installed, or may be where that is not known. */
  readonly handled: ReadonlySet<string>;
}

export interface FlowGraph {
  /** Node 0 is the start of the program, if it has an instruction. */
  readonly nodes: readonly FlowNode[];
  /** Instructions after which control runs off the end. */
  readonly offTheEnd: ReadonlySet<number>;
  /** Instructions `halt` that control may reach with nothing armed and no handler for that. */
  readonly unarmed: ReadonlySet<number>;
  /** Instructions that may arm one future too many. */
  readonly overfull: ReadonlySet<number>;
  /** Whether the times of the edges are known, as far as the program tells them. */
  readonly timed: boolean;
}

/** The instructions that occur in a graph. */
export function reachedBy(graph: FlowGraph): Set<number> {
  return new Set(graph.nodes.map(({ instruction }) => instruction));
}

/** By node: the nodes with an edge to it. */
export function predecessorsOf(graph: FlowGraph): number[][] {
  const before: number[][] = graph.nodes.map(() => []);
  graph.nodes.forEach(({ edges }, from) => {
    for (const { to } of edges) before[to]?.push(from);
  });
  return before;
}

/** The nodes that lie on common cycles, as the instructions that they stand for. */
export function loopsOf(graph: FlowGraph): number[][] {
  const edges = graph.nodes.map((node) => new Set(node.edges.map(({ to }) => to)));
  return cyclicComponents(edges).map((members) => members.map((id) => graph.nodes[id]?.instruction ?? -1));
}
