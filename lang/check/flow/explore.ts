// The exact control flow: every state (instruction, armed futures, installed handlers) in which control can be. Guards go
// both ways, any instruction that may set an error may go to the handler that is installed then, a block that starts
// late may go to the handler of `deadline_missed`. Left out: the restart of the grid after 64 late blocks.
import type { ErrorName, Operation } from '../../program.js';
import { UNKNOWN } from '../checking.js';
import type { Armed, Resumption } from './armed.js';
import { arm, armedKey, countOf, isFull, loseTime, NOTHING_ARMED, resume } from './armed.js';
import { branchesOf, errorsOf } from './effects.js';
import type { Edge, FlowGraph, FlowNode } from './graph.js';

/** What the future of a machine depends on, besides the instruction. */
interface State {
  readonly id: number;
  readonly armed: Armed;
  readonly handlers: ReadonlyMap<ErrorName, number>;
  readonly handled: ReadonlySet<string>;
}

interface Place {
  readonly node: FlowNode;
  readonly state: State;
}

const STRIDE = 8192;
/** With more groups of futures whose order is open there are too many orders to follow. */
const MOST_GROUPS = 4;

export class Exploration implements FlowGraph {
  readonly nodes: FlowNode[] = [];
  readonly offTheEnd = new Set<number>();
  readonly unarmed = new Set<number>();
  readonly overfull = new Set<number>();
  readonly timed = true;
  readonly #states = new Map<string, State>();
  readonly #nodeIds = new Map<number, number>();
  readonly #open: Place[] = [];
  /** Nodes, and futures in states: what the time of the exploration goes with. */
  #work = 0;

  constructor(
    readonly operations: readonly (Operation | null)[],
    readonly isQueue: (id: number) => boolean,
  ) {}

  /**
   * Follows control from an instruction with nothing armed. Returns false when that is too much work: more than `limit`
   * nodes and armed futures of states.
   */
  follow(start: number, limit: number): boolean {
    this.#visit(start, this.#stateOf(NOTHING_ARMED, new Map()));
    for (let place = this.#open.pop(); place; place = this.#open.pop()) {
      if (this.#work > limit || place.state.armed.others.length > MOST_GROUPS) return false;
      this.#step(place);
    }
    return true;
  }

  #stateOf(armed: Armed, handlers: ReadonlyMap<ErrorName, number>): State {
    const installed = [...handlers].sort(([a], [b]) => (a < b ? -1 : 1));
    const key = `${installed.join(' ')}/${armedKey(armed)}`;
    const known = this.#states.get(key);
    this.#work += countOf(armed);
    if (known) return known;
    const state = { id: this.#states.size, armed, handlers, handled: new Set(handlers.keys()) };
    this.#states.set(key, state);
    return state;
  }

  #visit(instruction: number, state: State): number {
    const key = state.id * STRIDE + instruction;
    const known = this.#nodeIds.get(key);
    if (known !== undefined) return known;
    const node = { instruction, edges: [], handled: state.handled };
    const id = this.nodes.push(node) - 1;
    this.#nodeIds.set(key, id);
    this.#work++;
    this.#open.push({ node, state });
    return id;
  }

  #go({ node }: Place, target: number, state: State, ns: Edge['ns'] = null): void {
    if (target === UNKNOWN) return;
    if (target >= this.operations.length) this.offTheEnd.add(node.instruction);
    else node.edges.push({ to: this.#visit(target, state), ns });
  }

  #goHandler(place: Place, error: ErrorName, state: State, ns: Edge['ns'] = null): void {
    const target = state.handlers.get(error);
    if (target !== undefined) this.#go(place, target, state, ns);
  }

  #step(place: Place): void {
    const { node, state } = place;
    const operation = this.operations[node.instruction];
    if (!operation) return;
    const next = node.instruction + 1;
    switch (operation.op) {
      case 'end_of_program':
        return;
      case 'goto':
        return this.#go(place, operation.target, state);
      case 'if': {
        const { jumps, goesOn } = branchesOf(operation);
        if (goesOn) this.#go(place, next, state);
        if (jumps) this.#go(place, operation.target, state);
        return;
      }
      case 'handle':
        return this.#go(place, next, this.#install(state, operation.error, operation.target));
      case 'halt':
        return this.#halt(place, state.armed);
      case 'future':
      case 'wait':
        return this.#arm(place, operation);
      case 'sync_slave':
        return this.#sync(place, operation.timeoutNs);
      default:
        this.#go(place, next, state);
        for (const error of errorsOf(operation, this.isQueue)) this.#goHandler(place, error, state);
    }
  }

  #install(state: State, error: ErrorName, target: number | null): State {
    const handlers = new Map(state.handlers);
    if (target === null) handlers.delete(error);
    else handlers.set(error, target);
    return this.#stateOf(state.armed, handlers);
  }

  #arm(place: Place, operation: Extract<Operation, { readonly op: 'future' | 'wait' }>): void {
    const { node, state } = place;
    if (isFull(state.armed)) {
      this.overfull.add(node.instruction);
      return;
    }
    const armed = arm(state.armed, operation.delayNs, operation.target);
    if (operation.op === 'wait') this.#halt(place, armed);
    else this.#go(place, node.instruction + 1, this.#stateOf(armed, state.handlers));
  }

  #halt(place: Place, armed: Armed): void {
    const { node, state } = place;
    const ways = resume(armed);
    for (const way of ways) this.#resume(place, way);
    if (ways.length > 0) return;
    this.#goHandler(place, 'no_future', state);
    if (!state.handlers.has('no_future')) this.unarmed.add(node.instruction);
  }

  #resume(place: Place, { target, ns, armed }: Resumption): void {
    const state = this.#stateOf(armed, place.state.handlers);
    this.#go(place, target, state, ns);
    this.#goHandler(place, 'deadline_missed', state, ns);
  }

  #sync(place: Place, timeoutNs: bigint): void {
    const ns = Number(timeoutNs);
    const state = this.#stateOf(loseTime(place.state.armed), place.state.handlers);
    this.#go(place, place.node.instruction + 1, state, ns);
    this.#goHandler(place, 'sync_timeout', state, ns);
    this.#goHandler(place, 'deadline_missed', state, ns);
  }
}
