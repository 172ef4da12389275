// What a script says, resolved against the programs: names are ids, frames are bytes, instants are nanoseconds.
import type { Mac, Program, Queue, Value, ValueType, Variable } from '../../lang/program.js';
import { MAX_PAYLOAD } from '../../lang/program.js';
import { UsageError } from '../../loader/errors.js';
import type { VariableType } from '../../maps/layout.js';
import { toBytes, toInteger } from '../../maps/variable-value.js';
import { fromHex } from '../../schedule/bytes.js';
import { encodeData, encodeSync } from '../../schedule/frame.js';
import { parseDuration } from '../duration.js';
import { parseValue } from '../value-text.js';
import type { OrdinaryFrame } from './ordinary-traffic.js';
import type { Script, ScriptEvent } from './script-file.js';

/** A node that is played. */
export interface PlayedNode {
  readonly program: Program;
  /** The file as the user named it. */
  readonly file: string;
  readonly name: string;
  readonly mac: Mac;
  /** ns from the beginning; null: held until the script starts it. */
  readonly startNs: bigint | null;
}

/** What happens to one node. */
export type Action =
  | { readonly kind: 'lose' | 'duplicate'; readonly count: number }
  | { readonly kind: 'deliver'; readonly bytes: Uint8Array }
  | { readonly kind: 'write' | 'append'; readonly id: number; readonly name: string; readonly value: Value }
  | { readonly kind: 'take'; readonly id: number; readonly name: string }
  | { readonly kind: 'start' | 'stop' }
  | { readonly kind: 'refuse'; readonly on: boolean }
  /** No block runs before `untilNs`. */
  | { readonly kind: 'stall'; readonly untilNs: bigint }
  | { readonly kind: 'ordinary'; readonly frame: OrdinaryFrame };

/** One step of a simulation; `atNs` from the beginning. */
export type Step = Action & { readonly atNs: bigint; readonly node: number };

/** In which order things happen at one instant; the machines run before `ordinary`. */
export const PHASES: Readonly<Record<Action['kind'], number>> = {
  lose: 0,
  duplicate: 0,
  deliver: 1,
  write: 2,
  append: 2,
  take: 2,
  start: 3,
  stop: 3,
  refuse: 3,
  stall: 3,
  ordinary: 4,
};

const ARP = 0x0806;
/** Events of the wire concern every node where none is named. */
const OF_THE_WIRE: readonly ScriptEvent['event'][] = ['frame', 'sync', 'raw', 'lose', 'duplicate'];

/**
 * Nanoseconds of an instant or a duration of a script, which may be 0.
 * @throws UsageError
 */
export function scriptInstant(given: string | number, what: string): bigint {
  if (typeof given === 'number') return BigInt(given);
  return /^0(ns|us|ms|s)?$/.test(given) ? 0n : parseDuration(given, what);
}

/**
 * The steps of a script in the order of time; of one instant in the order in which they happen.
 * @throws UsageError that names the event
 */
export function stepsOf(script: Script, nodes: readonly PlayedNode[]): Step[] {
  const numbers = new Map<string, number>();
  const timed = script.events.map((event, index) => {
    const place = `events.${index}`;
    return { event, place, atNs: scriptInstant(event.at, `${place}.at`) };
  });
  // Sequence numbers count on in the order of time.
  timed.sort((a, b) => compare(a.atNs, b.atNs));
  const steps = timed.flatMap(({ event, place, atNs }) =>
    nodesOf(event, nodes, place).map((node): Step => {
      const resolving = { place, atNs, node, program: nodes[node]!.program, numbers };
      return { ...resolve(event, resolving), atNs, node };
    }),
  );
  return steps.sort((a, b) => compare(a.atNs, b.atNs) || PHASES[a.kind] - PHASES[b.kind]);
}

function compare(a: bigint, b: bigint): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function nodesOf({ event, node }: ScriptEvent, nodes: readonly PlayedNode[], place: string): number[] {
  const names = nodes.map(({ name }) => name);
  if (node !== undefined) {
    const index = names.indexOf(node);
    if (index < 0) throw new UsageError(`${place}: there is no node ${node}, the nodes are ${names.join(', ')}`);
    return [index];
  }
  if (names.length === 1 || OF_THE_WIRE.includes(event)) return names.map((_, index) => index);
  throw new UsageError(`${place}: say to which node it happens: "node" is one of ${names.join(', ')}`);
}

interface Resolving {
  readonly place: string;
  readonly atNs: bigint;
  readonly node: number;
  readonly program: Program;
  /** Next sequence number by receiver, sender, channel and type. */
  readonly numbers: Map<string, number>;
}

function resolve(event: ScriptEvent, resolving: Resolving): Action {
  const { place, program, atNs } = resolving;
  switch (event.event) {
    case 'frame':
    case 'sync':
      return { kind: 'deliver', bytes: frameOf(event, resolving) };
    case 'raw':
      return { kind: 'deliver', bytes: fromHex(event.bytes.slice('hex:'.length)) };
    case 'write': {
      const { id, name, type } = find(program.variables, event.name, 'variable', place);
      return { kind: 'write', id, name, value: valueOf({ name }, type, event.value, place) };
    }
    case 'append': {
      const { id, name, type, depth } = find(program.queues, event.name, 'queue', place);
      return { kind: 'append', id, name, value: valueOf({ name, depth }, type, event.value, place) };
    }
    case 'take': {
      const { id, name } = find(program.queues, event.name, 'queue', place);
      return { kind: 'take', id, name };
    }
    case 'start':
    case 'stop':
      return { kind: event.event };
    case 'stall':
      return { kind: 'stall', untilNs: atNs + parseDuration(event.for, `${place}.for`) };
    case 'refuse':
      return { kind: 'refuse', on: event.on };
    case 'lose':
    case 'duplicate':
      return { kind: event.event, count: event.count };
    case 'ordinary':
      return { kind: 'ordinary', frame: { length: event.length, ethertype: event.ethertype ?? ARP } };
  }
}

type FrameEvent = Extract<ScriptEvent, { event: 'frame' | 'sync' }>;

function frameOf(event: FrameEvent, resolving: Resolving): Uint8Array {
  const { program, atNs, place } = resolving;
  const channel = channelOf(event, resolving);
  const sequence = sequenceOf(event, channel, resolving);
  const fields = { source: event.from, channel, sequence, programId: 0, taiNs: atNs };
  if (event.event === 'sync') return encodeSync(program.wire, fields);
  const payload = parsed(`${place}.payload`, () =>
    toBytes({ name: 'payload' }, PAYLOAD, parseValue({ name: 'payload', type: PAYLOAD }, event.payload)),
  );
  return encodeData(program.wire, { ...fields, destination: event.to ?? null, payload });
}

const PAYLOAD = { kind: 'bytes', size: MAX_PAYLOAD } as const;

function channelOf({ channel }: FrameEvent, { program, place }: Resolving): number {
  if (program.wire.format === 'ncm') return 0;
  if (channel === undefined) throw new UsageError(`${place}: say on which channel: "channel" is its name or its id`);
  return typeof channel === 'number' ? channel : find(program.channels, channel, 'channel', place).id;
}

/** Where the script does not say: one more than that of the frame before. */
function sequenceOf(event: FrameEvent, channel: number, { node, numbers }: Resolving): number {
  const key = `${node} ${event.from} ${channel} ${event.event}`;
  const sequence = event.sequence ?? numbers.get(key) ?? 0;
  numbers.set(key, (sequence + 1) % 2 ** 32);
  return sequence;
}

function find<T extends { readonly name: string }>(
  declared: readonly T[],
  name: string,
  kind: string,
  place: string,
): T {
  const found = declared.find((each) => each.name === name);
  if (found !== undefined) return found;
  const names = declared.map((each) => each.name);
  const others = names.length === 0 ? `the program has no ${kind}` : `there is ${names.join(', ')}`;
  throw new UsageError(`${place}: no ${kind} is called ${JSON.stringify(name.slice(0, 63))}: ${others}`);
}

interface Place {
  readonly name: Variable['name'];
  readonly depth?: Queue['depth'];
}

function valueOf(place: Place, type: ValueType, given: string | number, where: string): Value {
  const layout: VariableType =
    type.kind === 'bytes' ? type : { kind: 'integer', signed: type.signed, size: sizeOf(type.bits) };
  return parsed(where, () => {
    const value = parseValue({ ...place, type: layout }, String(given));
    return layout.kind === 'bytes' ? toBytes(place, layout, value) : toInteger(place, layout, value);
  });
}

function sizeOf(bits: 8 | 16 | 32 | 64): 1 | 2 | 4 | 8 {
  const sizes = { 8: 1, 16: 2, 32: 4, 64: 8 } as const;
  return sizes[bits];
}

/** What is wrong with a value is said with the place in the script. */
function parsed<T>(place: string, parse: () => T): T {
  try {
    return parse();
  } catch (error) {
    throw error instanceof Error ? new UsageError(`${place}: ${error.message}`, { cause: error }) : error;
  }
}
