// A handler that is installed in vain: until it is replaced or removed nothing comes that could set its error. What an
// instruction may set goes by its kind (effects.ts); whether a `halt` can come with nothing armed is known by the flow.
import { deadHandler } from '../../mistakes/doubts.js';
import type { ErrorName, Operation } from '../../program.js';
import type { Checking } from '../checking.js';
import { errorsOf } from '../flow/effects.js';
import type { FlowGraph, FlowNode } from '../flow/graph.js';
import { predecessorsOf } from '../flow/graph.js';
import { queueTest } from '../flow/trace.js';

type IsQueue = (id: number) => boolean;

export function warnDeadHandlers(c: Checking): void {
  const { graph, operations } = c;
  const errors = new Set(operations.flatMap((operation) => (installs(operation) ? [operation.error] : [])));
  if (!graph || errors.size === 0) return;
  const before = predecessorsOf(graph);
  for (const error of errors) {
    const dead = deadInstallations(graph, operations, before, error, queueTest(c));
    for (const index of dead) {
      const node = c.tree.instructions[index];
      if (node) c.report.add(deadHandler(node.span, error));
    }
  }
}

type Handle = Extract<Operation, { readonly op: 'handle' }>;

function installs(operation: Operation | null): operation is Handle {
  return operation?.op === 'handle' && operation.target !== null;
}

/** The instructions that install a handler of `error` without any way from there to the error. */
function deadInstallations(
  graph: FlowGraph,
  operations: readonly (Operation | null)[],
  before: readonly (readonly number[])[],
  error: ErrorName,
  isQueue: IsQueue,
): Set<number> {
  const operationOf = ({ instruction }: FlowNode): Operation | null => operations[instruction] ?? null;
  const leads = new Uint8Array(graph.nodes.length);
  const open = graph.nodes.flatMap((node, id) => (maySet(node, operationOf(node), error, isQueue) ? [id] : []));
  const living = new Set<number>();
  for (const id of open) leads[id] = 1;
  for (let id = open.pop(); id !== undefined; id = open.pop()) {
    for (const earlier of before[id] ?? []) {
      const node = graph.nodes[earlier];
      const operation = node ? operationOf(node) : null;
      if (operation?.op === 'handle' && operation.error === error) living.add(node?.instruction ?? -1);
      else if (leads[earlier] === 0) {
        leads[earlier] = 1;
        open.push(earlier);
      }
    }
  }
  const installing = graph.nodes.filter((node) => {
    const operation = operationOf(node);
    return installs(operation) && operation.error === error;
  });
  return new Set(installing.flatMap(({ instruction }) => (living.has(instruction) ? [] : [instruction])));
}

function maySet({ edges }: FlowNode, operation: Operation | null, error: ErrorName, isQueue: IsQueue): boolean {
  if (operation === null) return false;
  const suspends = operation.op === 'halt' || operation.op === 'wait' || operation.op === 'sync_slave';
  if (error === 'deadline_missed') return suspends;
  // With something armed a `halt` only leads to where time has passed.
  if (error === 'no_future') return operation.op === 'halt' && edges.some(({ ns }) => ns === null);
  return errorsOf(operation, isQueue).includes(error);
}
