// The control flow of a program as the checks see it.

/** One way on. `ns` is the time that passes: null for none, Infinity where it is not known. */
export interface Edge {
  readonly to: number;
  readonly ns: number | null;
}

/** Where control can be. The same instruction has a node for each state in which control can come to it. */
export interface FlowNode {
  /** The index of the instruction. */
  readonly instruction: number;
  readonly edges: Edge[];
}

export interface FlowGraph {
  readonly nodes: readonly FlowNode[];
}
