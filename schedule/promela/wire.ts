// The frames of a system for the model: lengths by the frame format, receivers by the channels. Worked out apart from the verifier's own.
import type { Instruction, Program, ValueType } from '../../lang/program.js';
import type { System } from '../verify/system.js';

/** What stops a system from being written as a model; the message says what. */
export class PromelaError extends Error {}

/** A node that does something with a frame. */
export interface Hearer {
  readonly node: number;
  /** Data: index of the channel that takes it. Sync: indexes of the channels for which it counts. */
  readonly channels: readonly number[];
}

/** The frames of one instruction with one length of payload. */
export interface Frame {
  readonly id: number;
  readonly node: number;
  readonly instruction: number;
  readonly sync: boolean;
  readonly payload: number;
  readonly occupiedNs: number;
  readonly travelNs: number;
  readonly hearers: readonly Hearer[];
}

const OUR_HEADERS = 14 + 24;
const SHORTEST = 60;
const CHECK_SEQUENCE = 4;

type Sending = Extract<Instruction, { op: 'send' | 'backup_send' | 'sync_master' }>;

/** All frames that the programs can send. */
export function framesOf(system: System): Frame[] {
  const frames: Frame[] = [];
  const limits = system.nodes.flatMap(({ program: each }) => receivedTypes(each, null));
  system.nodes.forEach(({ program }, node) => {
    program.instructions.forEach((instruction, index) => {
      if (instruction.op !== 'send' && instruction.op !== 'sync_master') return;
      for (const payload of payloadsOf(program, instruction, limits)) {
        frames.push(makeFrame(system, { id: frames.length, node, instruction: index, payload }, instruction));
      }
    });
  });
  return frames;
}

/** Bytes that a value of this type can have in a frame. */
export function sizesOf(type: ValueType): number[] {
  return type.kind === 'integer' ? [type.bits / 8] : Array.from({ length: type.size + 1 }, (_, size) => size);
}

/** The variables (index) that a message can be a snapshot of. */
export function sourcesOf(program: Program, message: number): number[] {
  const ids = program.instructions.flatMap((each) =>
    each.op === 'create' && each.message === message ? [each.variable] : [],
  );
  return [...new Set(ids)].map((id) => program.variables.findIndex((variable) => variable.id === id));
}

/** The types that a program receives into: from one channel (id), or from all. */
export function receivedTypes({ instructions, variables }: Program, channel: number | null): ValueType[] {
  const ids = instructions.flatMap((each) =>
    each.op === 'receive' && (channel === null || each.channel === channel) ? [each.variable] : [],
  );
  return variables.filter(({ id }) => ids.includes(id)).map(({ type }) => type);
}

/** The smallest payload that fits into the same of these types. */
export function alike(payload: number, types: readonly ValueType[]): number {
  const pattern = (size: number): string => types.map((type) => Number(fits(size, type))).join('');
  for (let size = 0; size < payload; size += 1) if (pattern(size) === pattern(payload)) return size;
  return payload;
}

function fits(size: number, type: ValueType): boolean {
  return type.kind === 'integer' ? size === type.bits / 8 : size <= type.size;
}

/** Of payloads with the same time on the wire and that fit into the same types, the smallest. */
function payloadsOf(program: Program, instruction: Sending, limits: readonly ValueType[]): number[] {
  if (instruction.op === 'sync_master') return [0];
  const all = new Set<number>();
  for (const source of sourcesOf(program, instruction.message)) {
    const chosen = new Map<string, number>();
    for (const size of sizesOf(program.variables[source]!.type)) {
      const key = `${Math.max(OUR_HEADERS + size, SHORTEST)} ${alike(size, limits)}`;
      if (!chosen.has(key)) chosen.set(key, size);
    }
    for (const size of chosen.values()) all.add(size);
  }
  return [...all];
}

function makeFrame(
  system: System,
  base: Pick<Frame, 'id' | 'node' | 'instruction' | 'payload'>,
  sending: Sending,
): Frame {
  const medium = mediumOf(system, base.node);
  const length = Math.max(OUR_HEADERS + base.payload, SHORTEST) + CHECK_SEQUENCE;
  const byteNs = 8e9 / medium.rateBitsPerSecond;
  const sync = sending.op === 'sync_master';
  const occupiedNs = (8 + length + 12) * byteNs;
  const travelNs = (8 + length) * byteNs + Number(medium.propagationNs);
  return { ...base, sync, occupiedNs, travelNs, hearers: hearersOf(system, base.node, sending) };
}

/** The medium of a node. */
export function mediumOf(system: System, node: number): System['media'][number] {
  const medium = system.media.find(({ nodes }) => nodes.includes(node));
  if (medium === undefined) throw new PromelaError(`node ${system.nodes[node]!.name} is on no wire`);
  return medium;
}

function hearersOf(system: System, node: number, sending: Sending): Hearer[] {
  const { program, mac } = system.nodes[node]!;
  const channel = program.channels.find(({ id }) => id === sending.channel)!;
  const to = sending.op === 'sync_master' ? null : channel.to;
  return mediumOf(system, node).nodes.flatMap((other) => {
    const there = system.nodes[other]!;
    const isGroup = to === null || (Number.parseInt(to.slice(0, 2), 16) & 1) === 1;
    if (other === node || !(isGroup || to === there.mac) || !sameWire(program, there.program)) return [];
    const channels = there.program.channels.flatMap(({ id, from }, index) =>
      id === sending.channel && from.includes(mac) ? [index] : [],
    );
    return channels.length > 0 ? [{ node: other, channels }] : [];
  });
}

function sameWire(a: Program, b: Program): boolean {
  return a.wire.format === 'v1' && b.wire.format === 'v1' && a.wire.ethertype === b.wire.ethertype;
}
