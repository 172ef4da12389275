// What the runtime is told about a program: which operations it uses, dense indexes for its ids, where things lie.
import type { Channel, Program, Queue, ValueType, Variable } from '../lang/program.js';
import { gateCycle, type GateCycle } from './windows.js';
import { layoutRings, type RingLayout } from '../maps/rings.js';
import {
  layoutVariables,
  roundToChunk,
  type QueueLayout,
  type VariableDeclaration,
  type VariableLayout,
  type VariableType,
} from '../maps/layout.js';

const HEADER_BYTES = { v1: 38, ncm: 14 } as const;
const MIN_FRAME = 60;
/** Messages and work space hold at least the padding of a short frame. */
const MIN_BUFFER = 64;

export interface Shape {
  readonly variables: readonly VariableLayout[];
  readonly queues: readonly QueueLayout[];
  /** Variables, then queues, with depth 0 for a variable: by the index that the runtime uses. */
  readonly places: readonly QueueLayout[];
  readonly varsSize: number;
  /** By channel index. */
  readonly rings: readonly RingLayout[];
  /** By channel index; null without a backup. */
  readonly backupRings: readonly (RingLayout | null)[];
  readonly rxSize: number;
  readonly rxCapacity: number;
  /** Ids of the channels whose frames are numbered, because a backup acts by what has come of them. */
  readonly numbered: ReadonlySet<number>;
  /** Bytes of a message's payload and of the work space. */
  readonly bufferSize: number;
  /** (sender, channel) pairs. */
  readonly senders: number;
  readonly longestFrame: number;
  /** Longest time between two wake-ups of the machine, ns. */
  readonly longestWaitNs: bigint;
  /** 0: there is none. */
  readonly shortestWaitNs: bigint;
  /** The gate of a program that has one, with its cycle if that is known ahead. */
  readonly gate: { readonly cycle: GateCycle | null } | null;
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

function placeVariables(program: Program): Pick<Shape, 'variables' | 'queues' | 'places' | 'varsSize'> {
  const network = networkVariables(program);
  const drained = new Set(program.instructions.flatMap((each) => (each.op === 'create' ? [each.variable] : [])));
  const declare = ({ name, id, type }: Variable | Queue): VariableDeclaration => ({
    name,
    id,
    type: variableType(type),
    writer: network.has(id) ? 'network' : 'application',
  });
  const { variables, queues, size } = layoutVariables(
    program.variables.map(declare),
    program.queues.map((queue) => ({
      ...declare(queue),
      depth: queue.depth,
      taker: drained.has(queue.id) ? 'network' : 'application',
    })),
  );
  const places = [
    ...variables.map((variable) => ({ ...variable, depth: 0, taker: 'application' as const })),
    ...queues,
  ];
  return { variables, queues, places, varsSize: size };
}

/** Places the receive queues of all channels, then those of their backups. */
function placeRings(
  program: Program,
  sizes: ReadonlyMap<number, number>,
): Pick<Shape, 'rings' | 'backupRings' | 'rxSize' | 'rxCapacity'> {
  const { channels } = program;
  const wanted = (channel: Channel) => ({
    queue: channel.queue,
    payload: greatestReceived(program, channel.id, sizes),
  });
  const backedUp = channels.filter(({ backup }) => backup !== null);
  const { rings, size, capacity } = layoutRings([...channels, ...backedUp].map(wanted));
  const backups = new Map(backedUp.map(({ id }, index) => [id, rings[channels.length + index]!]));
  return {
    rings: rings.slice(0, channels.length),
    backupRings: channels.map(({ id }) => backups.get(id) ?? null),
    rxSize: size,
    rxCapacity: capacity,
  };
}

/** Delays and timeouts, the shortest first. */
function waits(program: Program): bigint[] {
  const all = program.instructions.flatMap((instruction) =>
    'delayNs' in instruction ? [instruction.delayNs] : 'timeoutNs' in instruction ? [instruction.timeoutNs] : [],
  );
  return all.sort((one, other) => (one < other ? -1 : one > other ? 1 : 0));
}

function hasGate(program: Program): boolean {
  return program.instructions.some(({ op }) => op === 'mode' || op === 'xsend');
}

function numberedChannels(program: Program): Set<number> {
  const backedUp = program.channels.filter(({ backup }) => backup !== null).map(({ id }) => id);
  const asked = program.instructions.flatMap((each) => (each.op === 'backup_send' ? [each.channel] : []));
  return new Set([...backedUp, ...asked]);
}

/** Derives the shape of a program. */
export function shapeOf(program: Program): Shape {
  const placed = placeVariables(program);
  const sizes = new Map(placed.places.map(({ id, type }) => [id, type.size]));
  const greatest = Math.max(
    0,
    ...placed.places.filter(({ type }) => type.kind === 'bytes').map(({ type }) => type.size),
  );
  return {
    ...placed,
    ...placeRings(program, sizes),
    numbered: numberedChannels(program),
    bufferSize: Math.max(MIN_BUFFER, roundToChunk(greatest)),
    senders: countSenders(program),
    longestFrame: longestFrame(program, sizes),
    longestWaitNs: waits(program).at(-1) ?? 0n,
    shortestWaitNs: waits(program)[0] ?? 0n,
    gate: hasGate(program) ? { cycle: gateCycle(program) } : null,
    uses: new Set(
      program.instructions.map((instruction) => (instruction.op === 'if' ? instruction.guard.kind : instruction.op)),
    ),
    channelIndex: indexById(program.channels),
    variableIndex: indexById(placed.places),
    messageIndex: indexById(program.messages),
    counterIndex: indexById(program.counters),
  };
}
