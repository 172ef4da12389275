// The values that counters have along the control flow, with all other guards going both ways. Only counters are followed
// that go by small amounts, and never once round 2^32: others may be meant to.
import type { Operation } from '../../program.js';
import { contains, isSame, joined, only, shifted, widened, without, type CounterValues } from './counter-values.js';
import type { FlowGraph } from './graph.js';

/** A counter that goes by no more than this at a time needs millions of rounds to go round. */
const GREATEST_AMOUNT = 256;
/** Changes of a node after which its values grow in strides, from tested value to tested value. */
const PATIENCE = 2;
/** Strides after which they grow beyond all tested values but the last. */
const STRIDES = PATIENCE + 2;
/** So many different steps count where values grow. */
const MOST_WAYS = 4;
/** So many visits of nodes for one program. */
const MOST_VISITS = 40_000;

/** A `test_count`: the index of its `if`, and the value. */
export interface CounterTest {
  readonly index: number;
  readonly value: number;
}

type Operations = readonly (Operation | null)[];
type Step = Extract<Operation, { readonly op: 'set_counter' | 'add_to_counter' | 'sub_from_counter' }>;

/** The flows of the counters that are tested and go by small amounts or not at all; of none where that is too much work. */
export function followCounters(
  graph: FlowGraph,
  operations: Operations,
  counters: readonly { readonly id: number; readonly start: number }[],
): CounterFlow[] {
  const flows: CounterFlow[] = [];
  let visits = 0;
  for (const { id, start } of counters) {
    const tests = testsOf(operations, id);
    const isSmall = operations.every((operation) => !isStep(operation, id) || operation.value <= GREATEST_AMOUNT);
    if (tests.length === 0 || !isSmall) continue;
    const flow = new CounterFlow(graph, operations, id, tests);
    if (!flow.follow(start, MOST_VISITS - visits)) return [];
    visits += flow.visits;
    flows.push(flow);
  }
  return flows;
}

/** Whether an instruction adds to a counter or takes from it. */
export function isStep(operation: Operation | null, counter: number): operation is Step {
  return (operation?.op === 'add_to_counter' || operation?.op === 'sub_from_counter') && operation.counter === counter;
}

function testsOf(operations: Operations, counter: number): CounterTest[] {
  return operations.flatMap((operation, index) => {
    if (operation?.op !== 'if' || operation.guard.kind !== 'test_count') return [];
    return operation.guard.counter === counter ? [{ index, value: operation.guard.value }] : [];
  });
}

/** By node: in how many ways control comes to it. */
function arrivalsOf(graph: FlowGraph): Uint32Array {
  const arrivals = new Uint32Array(graph.nodes.length);
  arrivals[0] = 1;
  for (const { edges } of graph.nodes) for (const { to } of edges) arrivals[to]! += 1;
  return arrivals;
}

/** The values of one counter before each node, as far as ways meet or part there. */
export class CounterFlow {
  visits = 0;
  readonly #before: (CounterValues | undefined)[] = [];
  readonly #changes: number[] = [];
  readonly #open: number[] = [];
  readonly #arrivals: Uint32Array;
  /** Values that are tested, and those from which one step leads to them. */
  readonly #tested: readonly number[];
  /** The same of the least and the greatest. */
  readonly #ends: readonly number[];

  constructor(
    readonly graph: FlowGraph,
    readonly operations: Operations,
    readonly counter: number,
    readonly tests: readonly CounterTest[],
  ) {
    this.#arrivals = arrivalsOf(graph);
    const values = tests.map(({ value }) => value).sort((a, b) => a - b);
    this.#tested = this.#near(values);
    this.#ends = this.#near([...values.slice(0, 1), ...values.slice(-1)]);
  }

  /** Returns false when it takes more than so many visits. */
  follow(start: number, mostVisits: number): boolean {
    this.#reach(0, only(start));
    for (let id = this.#open.pop(); id !== undefined; id = this.#open.pop()) {
      if (++this.visits > mostVisits) return false;
      this.#leave(id);
    }
    return true;
  }

  /** The tests to which control comes, for values that the counter never has there nor at another test of the same value. */
  vainTests(): CounterTest[] {
    const reached = new Set<number>();
    const held = new Set<number>();
    const values = new Map(this.tests.map(({ index, value }) => [index, value]));
    this.graph.nodes.forEach(({ instruction }, id) => {
      const value = values.get(instruction);
      const before = this.#before[id];
      if (value === undefined || before === undefined) return;
      reached.add(instruction);
      if (contains(before, value)) held.add(value);
    });
    return this.tests.filter(({ index, value }) => reached.has(index) && !held.has(value));
  }

  /** Whether the way from the `test_count` at a node to an instruction can be gone, as far as the counter goes. */
  allows(id: number, target: number): boolean {
    const node = this.graph.nodes[id];
    const operation = this.operations[node?.instruction ?? -1];
    const before = this.#before[id];
    if (!node || operation?.op !== 'if') return true;
    return before !== undefined && this.#afterTest(before, operation, node.instruction, target) !== null;
  }

  #near(values: readonly number[]): number[] {
    const steps = this.operations.filter((operation) => isStep(operation, this.counter));
    const ways = new Set(steps.map(({ op, value }) => (op === 'add_to_counter' ? -value : value)));
    const before = [0, ...[...ways].slice(0, MOST_WAYS)];
    return [...new Set(values.flatMap((value) => before.map((by) => (value + by) >>> 0)))];
  }

  #reach(id: number, values: CounterValues): void {
    const known = this.#before[id];
    if (known === undefined) {
      this.#before[id] = values;
      this.#open.push(id);
      return;
    }
    const both = joined(known, values);
    if (isSame(both, known)) return;
    const changes = (this.#changes[id] ?? 0) + 1;
    this.#changes[id] = changes;
    const next = changes > PATIENCE ? widened(known, both, changes > STRIDES ? this.#ends : this.#tested) : both;
    if (isSame(next, known)) return;
    this.#before[id] = next;
    this.#open.push(id);
  }

  #leave(id: number): void {
    const node = this.graph.nodes[id];
    const before = this.#before[id];
    const operation = this.operations[node?.instruction ?? -1];
    if (!node || !before) return;
    for (const { to } of node.edges) {
      const target = this.graph.nodes[to]?.instruction;
      const after = operation ? this.#after(before, operation, node.instruction, target ?? -1) : before;
      if (after) this.#pass(to, after);
    }
  }

  /** Goes on to the next node at which ways meet or part. */
  #pass(start: number, values: CounterValues): void {
    let [id, after] = [start, values];
    for (;;) {
      const node = this.graph.nodes[id];
      const [edge, ...more] = node?.edges ?? [];
      const operation = this.operations[node?.instruction ?? -1];
      if (!node || !edge || more.length > 0 || this.#arrivals[id] !== 1 || operation?.op === 'if') break;
      if (operation) after = this.#after(after, operation, node.instruction, -1) ?? after;
      id = edge.to;
    }
    this.#reach(id, after);
  }

  #after(before: CounterValues, operation: Operation, here: number, target: number): CounterValues | null {
    switch (operation.op) {
      case 'set_counter':
        return operation.counter === this.counter ? only(operation.value) : before;
      case 'clear_counter':
        return operation.counter === this.counter ? only(0) : before;
      case 'add_to_counter':
        return operation.counter === this.counter ? shifted(before, operation.value) : before;
      case 'sub_from_counter':
        return operation.counter === this.counter ? shifted(before, -operation.value) : before;
      case 'if':
        return this.#afterTest(before, operation, here, target);
      default:
        return before;
    }
  }

  #afterTest(
    before: CounterValues,
    { guard, negated, target: jump }: Extract<Operation, { readonly op: 'if' }>,
    here: number,
    target: number,
  ): CounterValues | null {
    if (guard.kind !== 'test_count' || guard.counter !== this.counter || jump === here + 1) return before;
    const isHeld = (target === jump) !== negated;
    if (!isHeld) return without(before, guard.value);
    return contains(before, guard.value) ? only(guard.value) : null;
  }
}
