// A node's program with operands as indexes, for the verifier's machine.
import type { Instruction, Program } from '../../lang/program.js';
import { sizeOf } from '../values.js';
import type { FrameKinds } from './frame-kinds.js';
import { relevanceOf, type Relevance } from './relevance.js';
import type { System } from './system.js';
import { toUnits, type Units } from './units.js';

/** How long instructions take, ns; those that are not named take no time. */
export type Costs = Readonly<Partial<Record<Instruction['op'], bigint>>>;

/** How long things take. */
export interface Timing {
  /** The least of every instruction and the greatest; once where they are the same. */
  readonly costs: readonly Costs[];
  /** By node: parts of a million by which its clock is slow. */
  readonly slowPpm: readonly number[];
}

/** A node as its machine needs it. */
export interface CompiledNode {
  readonly index: number;
  readonly program: Program;
  readonly relevance: Relevance;
  readonly kinds: FrameKinds;
  readonly channelIndex: ReadonlyMap<number, number>;
  readonly counterIndex: ReadonlyMap<number, number>;
  readonly messageIndex: ReadonlyMap<number, number>;
  /** Variables, then queues. */
  readonly placeIndex: ReadonlyMap<number, number>;
  /** Delay, timeout or window of each instruction, units; 0 for those without. */
  readonly durations: readonly number[];
  /** By place: the lengths that its value can have in a frame, bytes; those that make no difference are left out. */
  readonly lengths: readonly (readonly number[])[];
  /** By instruction: how long it takes at least, units. */
  readonly costs: readonly number[];
  /** By instruction: how much longer it may take, units. */
  readonly slacks: readonly number[];
  /** The shortest frame of the node has the wire for so long, units. */
  readonly shortestFrame: number;
  readonly tolerance: number;
  /** By channel index, units. */
  readonly delays: readonly number[];
}

/** Prepares a node. */
export function compileNode(
  system: System,
  units: Units,
  kinds: FrameKinds,
  { costs, slowPpm }: Timing,
  index: number,
): CompiledNode {
  const { program } = system.nodes[index]!;
  const { channels, counters, messages, variables, queues, instructions } = program;
  const limits = receivedSizes(system, program);
  const [least, most] = [costs.at(0) ?? {}, costs.at(-1) ?? {}];
  return {
    index,
    program,
    relevance: relevanceOf(program),
    kinds,
    channelIndex: indexById(channels),
    counterIndex: indexById(counters),
    messageIndex: indexById(messages),
    placeIndex: indexById([...variables, ...queues]),
    durations: instructions.map((each) => stretched(toUnits(units, durationOf(each)), slowPpm[index] ?? 0)),
    lengths: [...variables, ...queues].map(({ type }) =>
      type.kind === 'integer' ? [type.bits / 8] : lengthsOf(type.size, limits),
    ),
    costs: instructions.map(({ op }) => toUnits(units, least[op] ?? 0n)),
    slacks: instructions.map(({ op }) => toUnits(units, (most[op] ?? 0n) - (least[op] ?? 0n))),
    shortestFrame: kinds.shortestOn(index),
    tolerance: toUnits(units, program.toleranceNs),
    delays: channels.map(({ delayNs }) => toUnits(units, delayNs)),
  };
}

function indexById(things: readonly { readonly id: number }[]): Map<number, number> {
  return new Map(things.map(({ id }, index) => [id, index]));
}

const MILLION = 1e6;

/** What a slow clock takes for a duration. */
function stretched(time: number, slowPpm: number): number {
  return Math.max(Math.round(time * (1 + slowPpm / MILLION)), Math.sign(time));
}

function durationOf(instruction: Instruction): bigint {
  if (instruction.op === 'future' || instruction.op === 'wait') return instruction.delayNs;
  if (instruction.op === 'sync_slave') return instruction.timeoutNs;
  return instruction.op === 'xsend' ? instruction.windowNs : 0n;
}

/** Payload bytes of the shortest frame: whatever is shorter has the wire for the same time. */
const SHORTEST = { v1: 22, ncm: 46 } as const;
/** So many lengths of a byte string are followed each. */
const MOST_LENGTHS = 48;

/** The sizes that some program of the system receives into. */
function receivedSizes(system: System, { wire }: Program): { sizes: ReadonlySet<number>; shortest: number } {
  const sizes = new Set<number>();
  for (const { program } of system.nodes) {
    const places = new Map([...program.variables, ...program.queues].map(({ id, type }) => [id, type]));
    for (const each of program.instructions) {
      if (each.op !== 'receive' && each.op !== 'backup_receive') continue;
      const type = places.get(each.variable);
      if (type !== undefined) sizes.add(sizeOf(type));
    }
  }
  return { sizes, shortest: SHORTEST[wire.format] };
}

/** 0 to `size`, less those that behave like another; of long byte strings the ends and what lies next to a limit. */
function lengthsOf(size: number, { sizes, shortest }: ReturnType<typeof receivedSizes>): number[] {
  const chosen = new Set([0, Math.min(shortest, size), size]);
  for (const limit of sizes) for (const near of [limit - 1, limit, limit + 1]) chosen.add(near);
  if (size - shortest <= MOST_LENGTHS) for (let length = shortest; length <= size; length += 1) chosen.add(length);
  return [...chosen].filter((length) => length >= 0 && length <= size).sort((a, b) => a - b);
}
