// What nc_ingress does with a frame: lets it pass, drops it and counts why, or takes it (language.md section 7).
import { macFromBytes } from './bytes.js';
import { decodeFrame, ETHERNET_HEADER } from './frame.js';
import { ReceiveQueue } from './receive-queue.js';
import { countSequence, newSequenceCount } from './sequence.js';
import type { Channel, Mac, Program } from '../lang/program.js';
import type { Frame, FrameFault, FrameType } from './frame.js';
import type { SequenceCount } from './sequence.js';

/** Why a frame went. `queue_full` counts the oldest of the queue, the others the frame itself. */
export type DropCause = FrameFault | 'unknown_channel' | 'sender' | 'queue_full' | 'strict';

/** A channel as the receiver sees it. */
export interface ReceivingChannel {
  readonly declared: Channel;
  readonly primary: ReceiveQueue;
  readonly backup: ReceiveQueue;
  /** Round of the newest accepted data frame of a `from` sender; -1 before the first. */
  primaryRound: number;
  /** Data frames that were taken, of the primary and the backup. */
  received: number;
  /** Frames that a full queue dropped. */
  queueFull: number;
}

/** One sender on one channel; in `wire ncm`, which has no numbers, nobody is listed. */
export interface Peer {
  readonly mac: Mac;
  readonly channel: number;
  readonly type: FrameType;
  readonly count: SequenceCount;
}

/** What becomes of a frame: it goes on to the stack, is gone, or is the program's. */
export type Judgement =
  | { readonly verdict: 'pass' }
  | { readonly verdict: 'drop'; readonly cause: DropCause }
  | { readonly verdict: 'taken'; readonly type: 'data'; readonly channel: number }
  /** `channel` is null in `wire ncm`. */
  | { readonly verdict: 'taken'; readonly type: 'sync'; readonly source: Mac; readonly channel: number | null };

const PASS: Judgement = { verdict: 'pass' };

/** The receiving side of one node. */
export class Ingress {
  readonly channels: ReadonlyMap<number, ReceivingChannel>;
  readonly peers = new Map<string, Peer>();
  readonly drops: Record<DropCause, number> = {
    version: 0,
    type: 0,
    length: 0,
    unknown_channel: 0,
    sender: 0,
    queue_full: 0,
    strict: 0,
  };
  private readonly senders: ReadonlySet<Mac>;

  constructor(
    private readonly program: Program,
    private readonly mac: Mac,
  ) {
    this.channels = new Map(program.channels.map((channel) => [channel.id, receivingChannel(channel)]));
    this.senders = new Set(program.channels.flatMap(sendersOf));
  }

  /** Judges a frame that arrives in `round` and queues it if it is a data frame of ours. */
  accept(bytes: Uint8Array, round: number): Judgement {
    const source = bytes.length < ETHERNET_HEADER ? null : macFromBytes(bytes, 6);
    if (this.isShutOut(source)) return this.drop('strict');
    if (source === null || !this.senders.has(source) || this.isForAnother(macFromBytes(bytes, 0))) return PASS;
    const decoded = decodeFrame(this.program.wire, bytes);
    if (decoded.kind === 'foreign') return PASS;
    return decoded.kind === 'fault' ? this.drop(decoded.fault) : this.route(decoded.frame, round);
  }

  /** Strict ingress reads no further than the source, whatever the frame is and whomever it is for. */
  private isShutOut(source: Mac | null): boolean {
    const { ingress } = this.program;
    if (ingress.mode === 'open') return false;
    return source === null || !(this.senders.has(source) || ingress.allow.includes(source));
  }

  private isForAnother(destination: Mac): boolean {
    const isGroup = (Number.parseInt(destination.slice(0, 2), 16) & 1) === 1;
    return !isGroup && destination !== this.mac;
  }

  private route(frame: Frame, round: number): Judgement {
    const channel = frame.channel === null ? this.lowestFor(frame.source) : this.channels.get(frame.channel);
    if (channel === undefined) return this.drop('unknown_channel');
    if (!sendersOf(channel.declared).includes(frame.source)) return this.drop('sender');
    this.countPeer(frame);
    if (frame.type === 'sync') return { verdict: 'taken', type: 'sync', source: frame.source, channel: frame.channel };
    this.enqueue(channel, frame, round);
    return { verdict: 'taken', type: 'data', channel: channel.declared.id };
  }

  private lowestFor(source: Mac): ReceivingChannel | undefined {
    const channel = this.program.channels.find((each) => sendersOf(each).includes(source));
    return channel && this.channels.get(channel.id);
  }

  private enqueue(channel: ReceivingChannel, frame: Frame, round: number): void {
    const isPrimary = channel.declared.from.includes(frame.source);
    if (isPrimary) channel.primaryRound = round;
    channel.received += 1;
    if (!(isPrimary ? channel.primary : channel.backup).push({ payload: frame.payload, round })) return;
    channel.queueFull += 1;
    this.drops.queue_full += 1;
  }

  private countPeer(frame: Frame): void {
    if (frame.channel === null || frame.sequence === null) return;
    const key = `${frame.source}/${frame.channel}/${frame.type}`;
    const known = this.peers.get(key);
    const peer = known ?? { mac: frame.source, channel: frame.channel, type: frame.type, count: newSequenceCount() };
    this.peers.set(key, peer);
    countSequence(peer.count, frame.sequence);
  }

  private drop(cause: DropCause): Judgement {
    this.drops[cause] += 1;
    return { verdict: 'drop', cause };
  }
}

function receivingChannel(declared: Channel): ReceivingChannel {
  return {
    declared,
    primary: new ReceiveQueue(declared.queue),
    backup: new ReceiveQueue(declared.queue),
    primaryRound: -1,
    received: 0,
    queueFull: 0,
  };
}

function sendersOf(channel: Channel): readonly Mac[] {
  return channel.backup === null ? channel.from : [...channel.from, channel.backup];
}
