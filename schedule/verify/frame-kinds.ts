// The frames that the programs can send: how long each has the wire, and who takes it how.
import { BROADCAST, MIN_FRAME } from '../frame.js';
import { CHECK_SEQUENCE, frameBytes, GAP, paddedPayload, PREAMBLE } from '../wire-time.js';
import type { Channel, Instruction, Mac, Program } from '../../lang/program.js';
import type { Medium, System } from './system.js';
import { byteTime, toUnits, type Units } from './units.js';

/** A receiver that does something with a frame. */
export interface Receiver {
  readonly node: number;
  /** From the start of the frame to its arrival, units. */
  readonly travel: number;
  /** Data: index of the channel in the receiver's program; -1 for a sync frame. */
  readonly channel: number;
  readonly fromBackup: boolean;
  /** Sync: the channels (index) on whose `from` list it counts, in order. */
  readonly syncChannels: readonly number[];
}

/** Frames that differ in nothing that matters. */
export interface FrameKind {
  readonly id: number;
  readonly node: number;
  /** Index of the instruction that sends it. */
  readonly instruction: number;
  readonly type: 'data' | 'sync';
  readonly channel: number;
  /** Bytes that a receiver sees, the padding of `wire ncm` included. */
  readonly payload: number;
  /** Bytes that were sent. */
  readonly sentBytes: number;
  /** Time on the wire, gap included, units. */
  readonly occupied: number;
  readonly receivers: readonly Receiver[];
  /** Through a switch: nodes to whose links it goes, and from its start to its start there, units. */
  readonly ports: readonly number[];
  readonly forwarded: number;
}

/** All kinds of frames of a system, by number. */
export class FrameKinds {
  readonly list: FrameKind[] = [];
  private readonly known = new Map<string, number>();

  constructor(
    private readonly system: System,
    private readonly units: Units,
  ) {}

  /** The kind of a frame that instruction `index` of a node sends with `bytes` of payload. */
  kindOf(node: number, index: number, bytes: number): number {
    const key = `${node} ${index} ${bytes}`;
    const known = this.known.get(key);
    if (known !== undefined) return known;
    const id = this.list.push(this.make(this.list.length, node, index, bytes)) - 1;
    this.known.set(key, id);
    return id;
  }

  /** The kind of the same frame from another node with the same program. */
  sentBy(kind: number, node: number): number {
    const { instruction, sentBytes } = this.list[kind]!;
    return this.kindOf(node, instruction, sentBytes);
  }

  /** How long the shortest frame of a node has the wire, units. */
  shortestOn(node: number): number {
    const length = PREAMBLE + MIN_FRAME + CHECK_SEQUENCE + GAP;
    return Math.ceil(length * byteTime(this.units, this.mediumOf(node).rateBitsPerSecond));
  }

  /** The medium of a node. */
  mediumOf(node: number): Medium {
    const medium = this.system.media.find(({ nodes }) => nodes.includes(node));
    if (medium === undefined) throw new RangeError(`node ${node} is on no medium`);
    return medium;
  }

  private make(id: number, node: number, index: number, bytes: number): FrameKind {
    const { program, mac } = this.system.nodes[node]!;
    const instruction = program.instructions[index]!;
    const [type, channel] = whatIsSent(instruction);
    const isV1 = program.wire.format === 'v1';
    const to = type === 'sync' || !isV1 ? null : (program.channels.find((each) => each.id === channel)?.to ?? null);
    const length = frameBytes(program.wire, bytes);
    const medium = this.mediumOf(node);
    const byte = byteTime(this.units, medium.rateBitsPerSecond);
    const travel = Math.ceil((PREAMBLE + length) * byte) + toUnits(this.units, medium.propagationNs);
    // Through a switch: received whole, then sent again on the receiver's link.
    const forwarded = medium.switchNs === null ? 0 : travel + toUnits(this.units, medium.switchNs);
    const hops = forwarded + travel;
    const sent = { program, type, channel, mac, to };
    const others = medium.nodes.filter((other) => other !== node);
    const receivers = others.flatMap((other) => this.receiver(sent, other, hops));
    const ports = others.filter((other) => isFor(to, this.system.nodes[other]!.mac));
    const payload = isV1 ? bytes : paddedPayload(program.wire, bytes);
    const occupied = Math.ceil((PREAMBLE + length + GAP) * byte);
    const lasting = { payload, sentBytes: bytes, occupied, receivers, ports, forwarded };
    return { id, node, instruction: index, type, channel, ...lasting };
  }

  private receiver(sent: Sent, node: number, travel: number): Receiver[] {
    const { program, mac } = this.system.nodes[node]!;
    if (!sameWire(program, sent.program) || !isFor(sent.to, mac)) return [];
    const channel = acceptingChannel(program, sent);
    if (channel < 0) return [];
    const declared = program.channels[channel]!;
    if (sent.type === 'data') {
      return [{ node, travel, channel, fromBackup: !declared.from.includes(sent.mac), syncChannels: [] }];
    }
    const isV1 = program.wire.format === 'v1';
    const counts = (each: Channel): boolean => each.from.includes(sent.mac) && (!isV1 || each.id === sent.channel);
    const syncChannels = program.channels.flatMap((each, index) => (counts(each) ? [index] : []));
    return syncChannels.length > 0 ? [{ node, travel, channel: -1, fromBackup: false, syncChannels }] : [];
  }
}

interface Sent {
  readonly program: Program;
  readonly type: 'data' | 'sync';
  readonly channel: number;
  readonly mac: Mac;
  readonly to: Mac | null;
}

function whatIsSent(instruction: Instruction): ['data' | 'sync', number] {
  if (instruction.op === 'sync_master') return ['sync', instruction.channel];
  if (instruction.op === 'send' || instruction.op === 'backup_send') return ['data', instruction.channel];
  throw new TypeError(`${instruction.op} sends nothing`);
}

function sameWire(a: Program, b: Program): boolean {
  if (a.wire.format === 'v1') return b.wire.format === 'v1' && a.wire.ethertype === b.wire.ethertype;
  return b.wire.format === 'ncm';
}

/** A group address is everybody's. */
function isFor(destination: Mac | null, mac: Mac): boolean {
  const to = destination ?? BROADCAST;
  return to === mac || (Number.parseInt(to.slice(0, 2), 16) & 1) === 1;
}

/** Index of the channel that takes the frame; `wire ncm` gives it to the one of lowest id. */
function acceptingChannel(program: Program, { channel, mac }: Sent): number {
  const accepts = (each: Channel): boolean => each.from.includes(mac) || each.backup === mac;
  const isV1 = program.wire.format === 'v1';
  return program.channels.findIndex((each) => accepts(each) && (!isV1 || each.id === channel));
}
