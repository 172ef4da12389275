// What a simulation leaves, as plain data: the answer of --json, which docs/simulate.md describes.
import { ERROR_BITS, type Declared, type ErrorName, type Program, type Value } from '../../lang/program.js';
import { macFromBytes, toHex } from '../../schedule/bytes.js';
import { ETHERNET_HEADER } from '../../schedule/frame.js';
import type { Machine } from '../../schedule/machine.js';
import { formatValue } from '../value-text.js';
import type { OrdinaryTraffic } from './ordinary-traffic.js';
import type { Happening, Played } from './player.js';
import type { PlayedNode } from './steps.js';

/** The names of the errors that are set, by bit. */
export function errorNames(errors: number): ErrorName[] {
  const names = Object.keys(ERROR_BITS) as ErrorName[];
  return names.filter((name) => (errors & (1 << ERROR_BITS[name])) !== 0);
}

/** The answer of `simulate --json`. */
export function resultOf(nodes: readonly PlayedNode[], played: Played): Record<string, unknown> {
  const of = (kinds: readonly Happening['event']['kind'][]) =>
    played.happenings.filter(({ event }) => kinds.includes(event.kind)).map((each) => plain(nodes, each));
  const others = played.happenings.filter(({ event }) => event.kind !== 'block' && event.kind !== 'sent');
  return {
    end: { at: played.endNs, reason: played.reason },
    frames: of(['sent']),
    blocks: of(['block']),
    events: others.map((each) => plain(nodes, each)),
    nodes: nodes.map((node, index) => nodeResult(node, played.machines[index]!, played.traffic[index]!, played.endNs)),
  };
}

function plain(nodes: readonly PlayedNode[], { atNs, node, event }: Happening): Record<string, unknown> {
  const { program, name } = nodes[node]!;
  return { at: atNs, node: name, ...detail(nodes, program, event) };
}

/** Place of an instruction in the source. */
function place(program: Program, instruction: number): Record<string, unknown> {
  const line = program.instructions[instruction]?.span.line;
  return { instruction, line };
}

/** The name of the channel with an id. */
export function channelName(program: Program, id: number): string {
  return program.channels.find((channel) => channel.id === id)?.name ?? String(id);
}

/** `hex:00ff` */
export function hexText(bytes: Uint8Array): string {
  return `hex:${toHex(bytes)}`;
}

/** The sender of a frame; null where it is shorter than an Ethernet header. */
export function senderOf(bytes: Uint8Array): string | null {
  return bytes.length < ETHERNET_HEADER ? null : macFromBytes(bytes, 6);
}

function detail(nodes: readonly PlayedNode[], program: Program, event: Happening['event']): Record<string, unknown> {
  switch (event.kind) {
    case 'sent': {
      const { channel, type, sequence, logicalNs, instruction, bytes } = event.frame;
      const where = { channel: channelName(program, channel), type, sequence, logical: logicalNs };
      return { ...where, bytes: hexText(bytes), ...place(program, instruction) };
    }
    case 'block':
      return { due: event.dueNs, late: event.late, ...place(program, event.position) };
    case 'suspend':
      return { event: 'suspend', until: event.untilNs, ...place(program, event.instruction) };
    case 'send':
    case 'receive': {
      const { kind, channel, outcome, instruction } = event;
      const type = event.kind === 'send' ? event.type : undefined;
      return { event: kind, channel: channelName(program, channel), type, outcome, ...place(program, instruction) };
    }
    case 'sync':
      return { event: 'sync', outcome: event.outcome, from: event.source };
    case 'restarted_grid':
      return { event: 'restarted_grid' };
    case 'error': {
      const where = event.instruction === null ? {} : place(program, event.instruction);
      return { event: 'error', error: event.error, ...where };
    }
    case 'handler':
      return { event: 'handler', error: event.error, ...place(program, event.target) };
    case 'run':
      return { event: 'run', ...runOf(event.state) };
    case 'delivered': {
      const { verdict, cause, bytes } = event;
      return { event: 'arrival', from: senderOf(bytes), verdict, cause: cause ?? undefined, bytes: hexText(bytes) };
    }
    case 'lost':
    case 'duplicated':
      return { event: event.kind, from: nodes[event.from]!.mac };
    case 'access':
      return { event: event.action, name: event.name, outcome: event.access };
    case 'taken':
      return { event: 'take', name: event.name, outcome: event.access, value: jsonValue(event.value) };
    case 'stall':
      return { event: 'stall', until: event.untilNs };
    case 'refuse':
      return { event: 'refuse', on: event.on };
    case 'ordinary':
      return { event: 'ordinary', length: event.length, outcome: event.outcome };
  }
}

function runOf(state: Machine['runState']): { run: string; reason: string | undefined } {
  return { run: state.kind, reason: state.kind === 'failed' ? state.reason : undefined };
}

/** As `var get --json` answers: integers as numbers to their last digit, bytes as the language writes them. */
function jsonValue(value: Value | null): bigint | string | null {
  return value instanceof Uint8Array ? formatValue(value) : value;
}

function nodeResult(
  { program, file, name, mac }: PlayedNode,
  machine: Machine,
  traffic: OrdinaryTraffic,
  endNs: bigint,
): Record<string, unknown> {
  const { stats, ingress } = machine.counts;
  const at = (instant: { instantNs: bigint; target: number }) => ({
    at: instant.instantNs,
    ...place(program, instant.target),
  });
  return {
    ...{ node: name, file, mac, ...runOf(machine.runState), ...place(program, machine.position) },
    ...{ logical: machine.logicalNs, next: machine.nextInstant() },
    ...{ errors: errorNames(machine.errors), errorBits: machine.errors },
    variables: byName(program.variables, (id) => jsonValue(machine.variable(id))),
    queues: byName(program.queues, (id) => machine.queue(id).map(jsonValue)),
    counters: byName(program.counters, (id) => machine.counter(id)),
    messages: byName(program.messages, (id) => messageText(machine.message(id))),
    futures: machine.futures.map(at),
    channels: byName(program.channels, (id) => channelCounts(machine, id)),
    drops: { ...ingress.drops },
    stats: { ...stats },
    peers: [...ingress.peers.values()].map((peer) => {
      return { from: peer.mac, channel: channelName(program, peer.channel), type: peer.type, ...peer.count };
    }),
    gate: gateOf(machine, endNs),
    ordinary: { ...traffic.counts },
  };
}

/** How the gate stands; null: the program has none. */
function gateOf(machine: Machine, atNs: bigint): 'open' | 'closed' | null {
  if (!machine.hasGate) return null;
  return machine.isGateOpen(atNs) ? 'open' : 'closed';
}

function messageText(content: Uint8Array | null): string | null {
  return content === null ? null : hexText(content);
}

/** What was sent and received on a channel, and what waits on it. */
export function channelCounts(machine: Machine, id: number): Record<string, number> {
  const { sendStats, ingress } = machine.counts;
  const { primary, backup } = machine.waitingFrames(id);
  const { received = 0, queueFull = 0 } = ingress.channels.get(id) ?? {};
  return { ...sendStats.get(id), received, queue_full: queueFull, waiting: primary, waiting_backup: backup };
}

function byName<T>(things: readonly Declared[], read: (id: number) => T): Record<string, T> {
  return Object.fromEntries(things.map((thing) => [thing.name, read(thing.id)]));
}
