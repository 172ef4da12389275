// A loop that makes a snapshot of a variable in every round which no `send` takes before the message is created anew or
// destroyed: most often another message is sent. A `create` from a queue takes a value, which may be all that it is for.
import { neverSent } from '../../mistakes/doubts.js';
import type { Operation } from '../../program.js';
import type { Checking } from '../checking.js';
import type { FlowGraph } from '../flow/graph.js';
import { loopsOf } from '../flow/graph.js';
import { queueTest } from '../flow/trace.js';

/** Nodes that are looked at for one program; where more are needed, nothing is said. */
const MOST_STEPS = 40_000;

export function warnNeverSent(c: Checking): void {
  const { graph, operations } = c;
  if (!graph) return;
  const search = new Search(graph, operations);
  const isQueue = queueTest(c);
  const sent = new Set<number>();
  const unsent = new Map<number, number>();
  graph.nodes.forEach(({ instruction }, id) => {
    const operation = operations[instruction];
    if (operation?.op !== 'create' || isQueue(operation.variable) || sent.has(instruction)) return;
    if (search.leadsToSend(id, operation.message)) sent.add(instruction);
    else unsent.set(instruction, operation.message);
  });
  for (const instruction of sent) unsent.delete(instruction);
  if (unsent.size === 0 || search.isExhausted) return;
  const inLoops = new Set(loopsOf(graph).flat());
  for (const [instruction, message] of unsent) if (inLoops.has(instruction)) warn(c, instruction, message);
}

function warn(c: Checking, instruction: number, message: number): void {
  const node = c.tree.instructions[instruction];
  const name = c.messages.find(({ id }) => id === message)?.name;
  if (node && name !== undefined) c.report.add(neverSent(node.span, name));
}

/** Most snapshots are sent at once: a search from each ends soon. */
class Search {
  #steps = 0;

  constructor(
    readonly graph: FlowGraph,
    readonly operations: readonly (Operation | null)[],
  ) {}

  get isExhausted(): boolean {
    return this.#steps > MOST_STEPS;
  }

  /** Whether control can come from a `create` to a `send` before the message is created or destroyed. */
  leadsToSend(start: number, message: number): boolean {
    const seen = new Set<number>();
    const open = [start];
    for (let id = open.pop(); id !== undefined; id = open.pop()) {
      if (++this.#steps > MOST_STEPS) return false;
      for (const { to } of this.graph.nodes[id]?.edges ?? []) {
        if (seen.has(to)) continue;
        seen.add(to);
        const operation = this.operations[this.graph.nodes[to]?.instruction ?? -1];
        const use = operation ? useOf(operation, message) : 'none';
        if (use === 'sent') return true;
        if (use === 'none') open.push(to);
      }
    }
    return false;
  }
}

function useOf(operation: Operation, message: number): 'sent' | 'gone' | 'none' {
  switch (operation.op) {
    case 'send':
    case 'backup_send':
      return operation.message === message ? 'sent' : 'none';
    case 'create':
    case 'destroy':
      return operation.message === message ? 'gone' : 'none';
    default:
      return 'none';
  }
}
