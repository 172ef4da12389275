// A message that is sent where on some path it was never created, or was destroyed: nothing would be sent. A `create`
// from a queue counts as one, whether or not the queue is empty then.
import { neverCreated } from '../../mistakes/doubts.js';
import type { Operation } from '../../program.js';
import type { Checking } from '../checking.js';
import type { FlowGraph } from '../flow/graph.js';

/** Bits by message id: created on every path. Never changed. */
type Created = bigint;

/** Where a handler of `message_empty` is installed, the author has thought of it. */
export function warnNeverCreated(c: Checking): void {
  if (!c.graph) return;
  const warned = new Set<number>();
  const before = createdBefore(c.graph, c.operations);
  c.graph.nodes.forEach(({ instruction, handled }, id) => {
    const operation = c.operations[instruction];
    if (operation?.op !== 'send' && operation?.op !== 'backup_send') return;
    const created = ((before[id] ?? 0n) >> BigInt(operation.message)) & 1n;
    if (created === 0n && !handled.has('message_empty') && !warned.has(instruction)) {
      warned.add(instruction);
      warn(c, instruction, operation.message);
    }
  });
}

function warn(c: Checking, instruction: number, message: number): void {
  const node = c.tree.instructions[instruction];
  const name = c.messages.find(({ id }) => id === message)?.name;
  if (node && name !== undefined) c.report.add(neverCreated(node.span, name));
}

/** For each node, the messages that are created on every path to it. */
function createdBefore(graph: FlowGraph, operations: readonly (Operation | null)[]): (Created | undefined)[] {
  const before: (Created | undefined)[] = [0n];
  const open = [0];
  for (let id = open.pop(); id !== undefined; id = open.pop()) {
    const node = graph.nodes[id];
    const after = applied(operations[node?.instruction ?? -1], before[id] ?? 0n);
    for (const { to } of node?.edges ?? []) {
      const known = before[to];
      const common = known === undefined ? after : known & after;
      if (common === known) continue;
      before[to] = common;
      open.push(to);
    }
  }
  return before;
}

function applied(operation: Operation | null | undefined, created: Created): Created {
  if (operation?.op === 'create') return created | (1n << BigInt(operation.message));
  if (operation?.op === 'destroy') return created & ~(1n << BigInt(operation.message));
  return created;
}
