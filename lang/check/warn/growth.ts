// What grows in every round of a loop and is never used up: futures that are armed faster than they fall due, queues that
// are filled faster than they are drained. Found where all cycles of the control flow that share an instruction gain.
import { LIMITS } from '../../program.js';
import type { Operation } from '../../program.js';
import { onlyFills, tooManyFutures } from '../../mistakes/doubts.js';
import type { Checking } from '../checking.js';
import { cyclicComponents } from '../flow/components.js';
import type { FlowGraph, FlowNode } from '../flow/graph.js';

/** What an instruction adds; less than 0 for what it takes. */
type Gain = (node: FlowNode) => number;

/** Rounds over the nodes of a component; where more are needed, nothing is said. */
const MOST_ROUNDS = 64;

/** Futures that pile up, in programs with too many states for the exact count (futures.ts). */
export function warnFuturesPileUp(c: Checking): void {
  if (!c.graph || c.graph.timed) return;
  const gain: Gain = ({ instruction }) => armedBy(c.operations[instruction]);
  for (const members of gainingComponents(c.graph, gain)) {
    const first = firstOf(c, c.graph, members, (operation) => operation.op === 'future');
    const node = c.tree.instructions[first];
    if (node) c.report.add(tooManyFutures(node.span, LIMITS.futures));
  }
}

function armedBy(operation: Operation | null | undefined): number {
  if (operation?.op === 'halt') return -1;
  return operation?.op === 'future' ? 1 : 0;
}

/** Queues that the program itself fills and drains. Where it looks at how full they are, the author has thought of it. */
export function warnQueuesFill(c: Checking): void {
  if (!c.graph) return;
  for (const { id, name } of c.queues) {
    if (!usedBothWays(c, id) || isWatched(c, id)) continue;
    const gain: Gain = ({ instruction }) => queuedBy(c.operations[instruction], id);
    for (const members of gainingComponents(c.graph, gain)) {
      const first = firstOf(c, c.graph, members, (operation) => queuedBy(operation, id) > 0);
      const node = c.tree.instructions[first];
      if (node) c.report.add(onlyFills(node.span, name));
    }
  }
}

function usedBothWays({ operations }: Checking, queue: number): boolean {
  return [1, -1].every((way) => operations.some((operation) => queuedBy(operation, queue) === way));
}

function queuedBy(operation: Operation | null | undefined, queue: number): number {
  if (operation?.op === 'receive' || operation?.op === 'backup_receive') return operation.variable === queue ? 1 : 0;
  return operation?.op === 'create' && operation.variable === queue ? -1 : 0;
}

function isWatched({ operations }: Checking, queue: number): boolean {
  return operations.some((operation) => {
    if (operation?.op === 'handle') return operation.error === 'queue_full' && operation.target !== null;
    if (operation?.op !== 'if') return false;
    const { guard } = operation;
    if (guard.kind === 'status_test') return true;
    return (guard.kind === 'var_queue_empty' || guard.kind === 'var_queue_full') && guard.variable === queue;
  });
}

/** The first of the instructions in the text that are meant. */
function firstOf(
  c: Checking,
  graph: FlowGraph,
  members: readonly number[],
  isMeant: (operation: Operation) => boolean,
): number {
  const instructions = members.map((id) => graph.nodes[id]?.instruction ?? -1);
  const meant = instructions.filter((index) => {
    const operation = c.operations[index];
    return operation ? isMeant(operation) : false;
  });
  return Math.min(...meant);
}

/** The groups of nodes on common cycles that all gain. */
function gainingComponents(graph: FlowGraph, gain: Gain): number[][] {
  const edges = graph.nodes.map((node) => new Set(node.edges.map(({ to }) => to)));
  return cyclicComponents(edges).filter((members) => {
    return members.some((id) => gainOf(graph, gain, id) > 0) && allCyclesGain(graph, gain, members);
  });
}

function gainOf(graph: FlowGraph, gain: Gain, id: number): number {
  const node = graph.nodes[id];
  return node ? gain(node) : 0;
}

/**
 * Each gain is scaled by more than the number of nodes and one taken from it: then a cycle without a gain, and no other,
 * has a negative weight, and shortest paths exist where there is none (Bellman and Ford).
 */
function allCyclesGain(graph: FlowGraph, gain: Gain, members: readonly number[]): boolean {
  const scale = members.length + 1;
  const distance = new Map(members.map((id) => [id, 0]));
  for (let round = 0; round < MOST_ROUNDS; round++) {
    let changed = false;
    for (const [id, far] of distance) {
      const next = far + gainOf(graph, gain, id) * scale - 1;
      for (const { to } of graph.nodes[id]?.edges ?? []) {
        if (next >= (distance.get(to) ?? -Infinity)) continue;
        distance.set(to, next);
        changed = true;
      }
    }
    if (!changed) return true;
  }
  return false;
}
