// What the runtime is told about a program: which operations it uses, dense indexes for its ids, where things lie.
import type { Program, ValueType } from '../lang/program.js';
import { layoutRings, type RingLayout } from '../maps/rings.js';
import { layoutVariables, roundToChunk, type VariableLayout, type VariableType } from '../maps/layout.js';

const HEADER_BYTES = { v1: 38, ncm: 14 } as const;
const MIN_FRAME = 60;
/** Messages and work space hold at least the padding of a short frame. */
const MIN_BUFFER = 64;

export interface Shape {
  readonly variables: readonly VariableLayout[];
  readonly varsSize: number;
  readonly rings: readonly RingLayout[];
  readonly rxSize: number;
  readonly rxCapacity: number;
  /** Bytes of a message's payload and of the work space. */
  readonly bufferSize: number;
  /** (sender, channel) pairs. */
  readonly senders: number;
  readonly longestFrame: number;
  readonly uses: ReadonlySet<string>;
  readonly channelIndex: ReadonlyMap<number, number>;
  readonly variableIndex: ReadonlyMap<number, number>;
  readonly messageIndex: ReadonlyMap<number, number>;
  readonly counterIndex: ReadonlyMap<number, number>;
}

function indexById(items: readonly { id: number }[]): Map<number, number> {
  return new Map(items.map((item, index) => [item.id, index]));
}

function variableType(type: ValueType): VariableType {
  return type.kind === 'bytes'
    ? type
    : { kind: 'integer', signed: type.signed, size: (type.bits / 8) as 1 | 2 | 4 | 8 };
}

/** Ids of the variables that frames are received into: they belong to the network. */
export function networkVariables(program: Program): Set<number> {
  const ids = new Set<number>();
  for (const instruction of program.instructions) {
    if (instruction.op === 'receive' || instruction.op === 'backup_receive') ids.add(instruction.variable);
  }
  return ids;
}

/** Greatest payload that some `receive` of the channel can take: a longer one is a fault whatever it holds. */
function greatestReceived(program: Program, channel: number, sizes: ReadonlyMap<number, number>): number {
  let greatest = 0;
  for (const instruction of program.instructions) {
    const receives = instruction.op === 'receive' || instruction.op === 'backup_receive';
    if (receives && instruction.channel === channel)
      greatest = Math.max(greatest, sizes.get(instruction.variable) ?? 0);
  }
  return greatest;
}

function longestFrame(program: Program, sizes: ReadonlyMap<number, number>): number {
  const header = HEADER_BYTES[program.wire.format];
  let longest = 0;
  for (const instruction of program.instructions) {
    if (instruction.op === 'create') longest = Math.max(longest, header + (sizes.get(instruction.variable) ?? 0));
    if (instruction.op === 'sync_master') longest = Math.max(longest, MIN_FRAME);
  }
  return longest === 0 ? 0 : Math.max(longest, MIN_FRAME);
}

function countSenders(program: Program): number {
  return program.channels.reduce(
    (sum, channel) => sum + new Set([...channel.from, ...(channel.backup ? [channel.backup] : [])]).size,
    0,
  );
}

/** Derives the shape of a program. */
export function shapeOf(program: Program): Shape {
  const network = networkVariables(program);
  const { variables, size: varsSize } = layoutVariables(
    program.variables.map(({ name, id, type }) => ({
      name,
      id,
      type: variableType(type),
      writer: network.has(id) ? 'network' : 'application',
    })),
  );
  const sizes = new Map(variables.map((variable) => [variable.id, variable.type.size]));
  const {
    rings,
    size: rxSize,
    capacity: rxCapacity,
  } = layoutRings(
    program.channels.map((channel) => ({
      queue: channel.queue,
      payload: greatestReceived(program, channel.id, sizes),
    })),
  );
  const greatest = Math.max(0, ...variables.filter(({ type }) => type.kind === 'bytes').map(({ type }) => type.size));
  return {
    variables,
    varsSize,
    rings,
    rxSize,
    rxCapacity,
    bufferSize: Math.max(MIN_BUFFER, roundToChunk(greatest)),
    senders: countSenders(program),
    longestFrame: longestFrame(program, sizes),
    uses: new Set(
      program.instructions.map((instruction) => (instruction.op === 'if' ? instruction.guard.kind : instruction.op)),
    ),
    channelIndex: indexById(program.channels),
    variableIndex: indexById(program.variables),
    messageIndex: indexById(program.messages),
    counterIndex: indexById(program.counters),
  };
}
