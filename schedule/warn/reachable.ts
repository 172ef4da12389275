// Where control can come in a program, and with what: how long the payloads of its messages are at most, and which errors
// may be set. Ways that the counters or the errors rule out are left out.
import { followCounters } from '../../lang/check/flow/counter-flow.js';
import { errorsOf } from '../../lang/check/flow/effects.js';
import type { FlowGraph, FlowNode } from '../../lang/check/flow/graph.js';
import { ERROR_BITS, type Instruction, type Program } from '../../lang/program.js';
import { sizeOf } from '../values.js';

/** The message is empty here on every path: nothing is sent. */
const EMPTY = -1;

/** What there can be before a node. Never changed. */
interface Before {
  /** By index of the message: bytes of the longest payload, or less than 0. */
  readonly payloads: Int16Array;
  /** Error bits. */
  readonly errors: number;
}

/** Follows control along a graph of the program. */
export class Reachable {
  private readonly before: (Before | undefined)[] = [];
  private readonly order: ReadonlyMap<number, number>;
  private readonly sizes: ReadonlyMap<number, number>;
  private readonly isQueue: (id: number) => boolean;
  private readonly allows: (id: number, instruction: Instruction, target: number) => boolean;

  constructor(
    private readonly program: Program,
    private readonly graph: FlowGraph,
  ) {
    const { messages, variables, queues, counters, instructions } = program;
    this.order = new Map(messages.map(({ id }, index) => [id, index]));
    this.sizes = new Map([...variables, ...queues].map(({ id, type }) => [id, sizeOf(type)]));
    const queueIds = new Set(queues.map(({ id }) => id));
    this.isQueue = (id) => queueIds.has(id);
    const flows = new Map(followCounters(graph, instructions, counters).map((flow) => [flow.counter, flow]));
    this.allows = (id, { op, ...rest }, target) => {
      if (op !== 'if' || !('guard' in rest) || rest.guard.kind !== 'test_count') return true;
      return flows.get(rest.guard.counter)?.allows(id, target) ?? true;
    };
    this.follow();
  }

  /** Bytes of the longest payload that a message can have at a node; less than 0 where it is empty, or control never comes. */
  payload(id: number, message: number): number {
    return this.before[id]?.payloads[this.order.get(message) ?? -1] ?? EMPTY;
  }

  /** Where control can go from a node to which it comes. */
  edges(id: number): FlowNode['edges'] {
    const node = this.graph.nodes[id]!;
    const instruction = this.program.instructions[node.instruction]!;
    return node.edges.filter(({ to }) => this.canGo(id, instruction, this.graph.nodes[to]!.instruction));
  }

  private follow(): void {
    this.before[0] = { payloads: new Int16Array(this.order.size).fill(EMPTY), errors: 0 };
    const open = [0];
    for (let id = open.pop(); id !== undefined; id = open.pop()) {
      const after = this.applied(this.program.instructions[this.graph.nodes[id]!.instruction]!, this.before[id]!);
      for (const { to } of this.edges(id)) {
        const common = joined(this.before[to], after);
        if (common === this.before[to]) continue;
        this.before[to] = common;
        open.push(to);
      }
    }
  }

  private canGo(id: number, instruction: Instruction, target: number): boolean {
    if (instruction.op !== 'if' || instruction.target === this.graph.nodes[id]!.instruction + 1) return true;
    const holds = (target === instruction.target) !== instruction.negated;
    const { guard } = instruction;
    if (guard.kind === 'status_test') return !holds || ((this.before[id]?.errors ?? 0) & guard.mask) !== 0;
    return this.allows(id, instruction, target);
  }

  private applied(instruction: Instruction, before: Before): Before {
    const errors = errorsSet(instruction, this.isQueue) | before.errors;
    if (instruction.op !== 'create' && instruction.op !== 'destroy') {
      return errors === before.errors ? before : { ...before, errors };
    }
    const payloads = before.payloads.slice();
    const size = instruction.op === 'create' ? (this.sizes.get(instruction.variable) ?? EMPTY) : EMPTY;
    payloads[this.order.get(instruction.message) ?? 0] = size;
    return { payloads, errors };
  }
}

/** A block may begin late wherever time passes; a `halt` may come with nothing armed. */
function errorsSet(instruction: Instruction, isQueue: (id: number) => boolean): number {
  const more = instruction.op === 'halt' ? (['no_future', 'deadline_missed'] as const) : [];
  const late = instruction.op === 'wait' || instruction.op === 'sync_slave' ? (['deadline_missed'] as const) : [];
  return [...errorsOf(instruction, isQueue), ...more, ...late].reduce(
    (bits, each) => bits | (1 << ERROR_BITS[each]),
    0,
  );
}

/** The same object where nothing is new. */
function joined(known: Before | undefined, more: Before): Before {
  if (known === undefined) return more;
  const errors = known.errors | more.errors;
  if (errors === known.errors && known.payloads.every((size, index) => size >= more.payloads[index]!)) return known;
  return { payloads: known.payloads.map((size, index) => Math.max(size, more.payloads[index]!)), errors };
}
