// The control flow of a program with too many states to follow each: one node for each instruction. A `halt` may go to
// every armed target, and every handler may be installed. It has all the ways of the exact flow and some more.
import type { ErrorName, Operation } from '../../program.js';
import { LIMITS } from '../../program.js';
import { UNKNOWN } from '../checking.js';
import { branchesOf, errorsOf } from './effects.js';
import type { Edge, FlowGraph, FlowNode } from './graph.js';

export class Approximation implements FlowGraph {
  readonly nodes: FlowNode[] = [];
  readonly offTheEnd = new Set<number>();
  readonly unarmed = new Set<number>();
  readonly overfull = new Set<number>();
  readonly timed = false;
  readonly #handlers: ReadonlyMap<ErrorName, readonly number[]>;
  readonly #handled: ReadonlySet<string>;
  /** The least number of futures that are armed at each node. */
  readonly #least: number[] = [];
  readonly #nodeOf = new Map<number, number>();
  readonly #open: number[] = [];
  /** Where all ways out of `halt` and `wait` meet. */
  #hub = UNKNOWN;

  constructor(
    readonly operations: readonly (Operation | null)[],
    readonly isQueue: (id: number) => boolean,
  ) {
    this.#handlers = handlersOf(operations);
    this.#handled = new Set(this.#handlers.keys());
  }

  /** Follows control from an instruction with nothing armed, unless it has been reached already. */
  follow(start: number): void {
    if (this.#nodeOf.has(start)) return;
    this.#reach(start, 0);
    for (let id = this.#open.pop(); id !== undefined; id = this.#open.pop()) this.#step(id);
  }

  /** The node of an instruction, which control can reach with so many futures armed. */
  #reach(instruction: number, armed: number): number {
    const known = this.#nodeOf.get(instruction);
    const id = known ?? this.nodes.push({ instruction, edges: [], handled: this.#handled }) - 1;
    this.#nodeOf.set(instruction, id);
    const before = this.#least[id] ?? Infinity;
    if (armed < before) {
      this.#least[id] = armed;
      this.#open.push(id);
    }
    return id;
  }

  #go(from: FlowNode, target: number, armed: number, ns: Edge['ns'] = null): void {
    if (target === UNKNOWN) return;
    if (target >= this.operations.length) this.offTheEnd.add(from.instruction);
    else from.edges.push({ to: this.#reach(target, armed), ns });
  }

  #goHandlers(from: FlowNode, errors: readonly ErrorName[], armed: number, ns: Edge['ns'] = null): void {
    for (const error of errors) {
      for (const target of this.#handlers.get(error) ?? []) this.#go(from, target, armed, ns);
    }
  }

  #step(id: number): void {
    const node = this.nodes[id];
    if (!node) return;
    node.edges.length = 0;
    const armed = this.#least[id] ?? 0;
    if (id === this.#hub) return this.#leaveHub(node, armed);
    const operation = this.operations[node.instruction];
    if (operation) this.#stepOver(node, operation, armed);
  }

  #stepOver(node: FlowNode, operation: Operation, armed: number): void {
    const next = node.instruction + 1;
    switch (operation.op) {
      case 'end_of_program':
        return;
      case 'goto':
        return this.#go(node, operation.target, armed);
      case 'if': {
        const { jumps, goesOn } = branchesOf(operation);
        if (goesOn) this.#go(node, next, armed);
        if (jumps) this.#go(node, operation.target, armed);
        return;
      }
      case 'halt':
        return this.#halt(node, armed);
      case 'wait':
        return this.#toHub(node, armed);
      case 'future':
        return this.#go(node, next, Math.min(armed + 1, LIMITS.futures));
      case 'sync_slave':
        this.#go(node, next, armed, Infinity);
        return this.#goHandlers(node, ['sync_timeout', 'deadline_missed'], armed, Infinity);
      default:
        this.#go(node, next, armed);
        this.#goHandlers(node, errorsOf(operation, this.isQueue), armed);
    }
  }

  #halt(node: FlowNode, armed: number): void {
    this.#toHub(node, Math.max(armed - 1, 0));
    if (armed > 0) return;
    this.#goHandlers(node, ['no_future'], 0);
    if (!this.#handlers.has('no_future')) this.unarmed.add(node.instruction);
  }

  #toHub(node: FlowNode, armed: number): void {
    const hub = this.#reach(UNKNOWN, armed);
    this.#hub = hub;
    node.edges.push({ to: hub, ns: Infinity });
  }

  #leaveHub(hub: FlowNode, armed: number): void {
    const targets = this.operations.flatMap((operation) =>
      operation?.op === 'future' || operation?.op === 'wait' ? [operation.target] : [],
    );
    for (const target of new Set(targets)) this.#go(hub, target, armed, Infinity);
    this.#goHandlers(hub, ['deadline_missed'], armed, Infinity);
  }
}

function handlersOf(operations: readonly (Operation | null)[]): Map<ErrorName, number[]> {
  const handlers = new Map<ErrorName, number[]>();
  for (const operation of operations) {
    if (operation?.op !== 'handle' || operation.target === null) continue;
    const targets = handlers.get(operation.error) ?? [];
    if (!targets.includes(operation.target)) handlers.set(operation.error, [...targets, operation.target]);
  }
  return handlers;
}
