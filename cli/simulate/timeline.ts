// A simulation as text: what happened, instant by instant, and what is left at the end.
import type { Program } from '../../lang/program.js';
import type { Machine } from '../../schedule/machine.js';
import { formatValue } from '../value-text.js';
import type { Happening, Played } from './player.js';
import { channelCounts, channelName, errorNames, senderOf } from './result.js';
import type { PlayedNode } from './steps.js';

const NS_UNITS = [
  ['s', 1_000_000_000n],
  ['ms', 1_000_000n],
  ['us', 1_000n],
] as const;

/** An instant or duration to its last nanosecond: `7.5 ms`. */
export function exactDuration(ns: bigint): string {
  const [unit, scale] = NS_UNITS.find(([, each]) => ns >= each) ?? (['ns', 1n] as const);
  const digits = String(scale).length - 1;
  const fraction = String(ns % scale)
    .padStart(digits, '0')
    .replace(/0+$/, '');
  return `${ns / scale}${digits === 0 || fraction === '' ? '' : `.${fraction}`} ${unit}`;
}

/** Lines of text, without a line break at their ends. */
export function* timelineOf(nodes: readonly PlayedNode[], { happenings }: Played): Generator<string> {
  const times = happenings.reduce((width, { atNs }) => Math.max(width, exactDuration(atNs).length), 0);
  const names = nodes.reduce((width, { name }) => Math.max(width, name.length), 0);
  for (const { atNs, node, event } of happenings) {
    const { program, file, name } = nodes[node]!;
    const instruction = instructionOf(event);
    const line = instruction === null ? undefined : program.instructions[instruction]?.span.line;
    const place = line === undefined ? '' : `  (${file}:${line})`;
    yield `${exactDuration(atNs).padStart(times)}  ${name.padEnd(names)}  ${words(nodes, program, event)}${place}`;
  }
}

function instructionOf(event: Happening['event']): number | null {
  switch (event.kind) {
    case 'sent':
      return event.frame.instruction;
    case 'block':
      return event.position;
    case 'handler':
      return event.target;
    case 'suspend':
    case 'send':
    case 'receive':
    case 'error':
      return event.instruction;
    default:
      return null;
  }
}

const ACCESS = {
  done: '',
  not_the_writer: ', refused: the network writes or the program takes it',
  queue_full: ', refused: the queue is full',
  queue_empty: ', refused: the queue is empty',
} as const;

const RECEIVED = {
  taken: 'takes a frame of',
  none: 'finds no frame on',
  wrong_length: 'takes a frame of a wrong length of',
  queue_full: 'drops a value, its queue is full, of',
} as const;

function words(nodes: readonly PlayedNode[], program: Program, event: Happening['event']): string {
  switch (event.kind) {
    case 'sent': {
      const { type, sequence, channel, bytes } = event.frame;
      return `sends ${type} ${sequence} on ${channelName(program, channel)}, ${bytes.length} bytes`;
    }
    case 'block':
      return event.late ? `goes on late, due at ${exactDuration(event.dueNs)}` : 'goes on';
    case 'suspend':
      return `waits until ${exactDuration(event.untilNs)}`;
    case 'send':
      return event.outcome === 'refused' ? 'is refused a send' : 'is too late to send';
    case 'receive':
      return `${RECEIVED[event.outcome]} ${channelName(program, event.channel)}`;
    case 'sync':
      return SYNC[event.outcome];
    case 'restarted_grid':
      return 'begins a new grid';
    case 'error':
      return `sets ${event.error}`;
    case 'handler':
      return `handles ${event.error}`;
    case 'run':
      return event.state.kind === 'failed' ? `stops with ${event.state.reason}` : `is ${event.state.kind}`;
    case 'delivered':
      return arrival(event);
    case 'lost':
    case 'duplicated':
      return `${event.kind === 'lost' ? 'does not get' : 'gets once more'} a frame of ${nodes[event.from]!.name}`;
    case 'access':
      return `${event.action === 'write' ? 'application writes' : 'application appends to'} ${event.name}${ACCESS[event.access]}`;
    case 'taken':
      return `application takes ${event.value === null ? '' : `${formatValue(event.value)} `}from ${event.name}${ACCESS[event.access]}`;
    case 'stall':
      return `is stalled until ${exactDuration(event.untilNs)}`;
    case 'refuse':
      return event.on ? 'is refused every send from now on' : 'is refused no send any more';
    case 'ordinary':
      return `ordinary frame of ${event.length} bytes: ${event.outcome}`;
  }
}

const SYNC = {
  arrived: 'has the sync frame it waits for',
  timeout: 'has waited in vain for a sync frame',
  unawaited: 'does not wait for this sync frame',
} as const;

function arrival({ bytes, verdict, cause }: Extract<Happening['event'], { kind: 'delivered' }>): string {
  const frame = `a frame of ${bytes.length} bytes from ${senderOf(bytes) ?? 'nobody'}`;
  if (verdict === 'taken') return `gets ${frame}`;
  return verdict === 'pass' ? `passes on ${frame}` : `drops ${frame}: ${cause ?? ''}`;
}

/** What the nodes hold at the end, as lines. */
export function* remainsOf(nodes: readonly PlayedNode[], { machines, endNs, reason }: Played): Generator<string> {
  yield `end at ${exactDuration(endNs)}: ${reason === 'idle' ? 'there is no more to do' : 'as long as --for says'}`;
  for (const [index, { program, name }] of nodes.entries()) {
    const machine = machines[index]!;
    const { runState } = machine;
    const errors = errorNames(machine.errors).join(', ') || 'none';
    yield `${name}: ${runState.kind === 'failed' ? `failed, ${runState.reason}` : runState.kind}; errors ${errors}`;
    yield* values(program, machine);
    yield* counts(program, machine);
  }
}

function* values(program: Program, machine: Machine): Generator<string> {
  for (const { name, id } of program.variables) yield `  ${name} = ${formatValue(machine.variable(id))}`;
  for (const { name, id } of program.queues)
    yield `  ${name} = ${machine.queue(id).map(formatValue).join(' ') || 'empty'}`;
  for (const { name, id } of program.counters) yield `  ${name} = ${machine.counter(id)}`;
}

function* counts(program: Program, machine: Machine): Generator<string> {
  const { stats, ingress } = machine.counts;
  const groups = [
    ...program.channels.map(({ name, id }) => [name, channelCounts(machine, id)] as const),
    ['dropped', ingress.drops] as const,
    ['machine', { ...stats }] as const,
  ];
  for (const [name, group] of groups) {
    const counted = Object.entries(group).filter(([, count]) => count > 0);
    if (counted.length > 0) yield `  ${name}: ${counted.map(([what, count]) => `${what} ${count}`).join(', ')}`;
  }
}
