// Which data of a program can change what it does on the wire. Everything else is left out of the states.
import { ERROR_BITS, type ErrorName, type Guard, type Instruction, type Program } from '../../lang/program.js';
import { liveCounters, liveMessages, type Live } from './liveness.js';

/** Errors in the order of their bits, which is the order in which handlers are looked for. */
export const ERRORS: readonly ErrorName[] = (Object.keys(ERROR_BITS) as ErrorName[]).sort(
  (a, b) => ERROR_BITS[a] - ERROR_BITS[b],
);

/** How a queue variable is used, which says whether its length is known. */
export type QueueUse = 'unused' | 'application_fills' | 'application_drains' | 'both_in_program';

/** What counts of a program's data; everything by index into the program's lists. */
export interface Relevance {
  /** Error bits that some `status_test` reads. */
  readonly statusMask: number;
  readonly counters: readonly boolean[];
  readonly liveCounters: Live;
  readonly liveMessages: Live;
  /** Whether it counts that a snapshot is replaced before it was sent, which is a warning. */
  readonly judgesUnsent: boolean;
  /** Channels on which waiting frames make a difference. */
  readonly channels: readonly boolean[];
  /** Channels with a `receive`, and with a `backup_receive`. */
  readonly receives: readonly boolean[];
  readonly backupReceives: readonly boolean[];
  /** Variables that receive and that a guard reads. */
  readonly received: readonly boolean[];
  readonly queues: readonly QueueUse[];
  readonly hasSync: boolean;
  readonly hasSlave: boolean;
  readonly hasRounds: boolean;
  readonly hasGate: boolean;
}

/** Finds out what counts. */
export function relevanceOf(program: Program): Relevance {
  const { instructions, channels, counters, variables, queues } = program;
  const guards = instructions.flatMap((each) => (each.op === 'if' ? [each.guard] : []));
  const uses = (op: Instruction['op']): boolean => instructions.some((each) => each.op === op);
  const network = new Set(instructions.flatMap((each) => (isReceive(each) ? [each.variable] : [])));
  const drained = new Set(instructions.flatMap((each) => (each.op === 'create' ? [each.variable] : [])));
  const read = guards.flatMap(variablesOf);
  return {
    statusMask: guards.reduce((mask, guard) => mask | (guard.kind === 'status_test' ? guard.mask : 0), 0),
    counters: counters.map(({ id }) => guards.some((guard) => guard.kind === 'test_count' && guard.counter === id)),
    liveCounters: liveCounters(program),
    liveMessages: liveMessages(program),
    judgesUnsent: true,
    channels: channels.map(({ id }) => instructions.some((each) => looksAt(each, id))),
    receives: channels.map(({ id }) => instructions.some((each) => each.op === 'receive' && each.channel === id)),
    backupReceives: channels.map(({ id }) =>
      instructions.some((each) => each.op === 'backup_receive' && each.channel === id),
    ),
    received: variables.map(({ id }) => network.has(id) && read.includes(id)),
    queues: queues.map(({ id }) => queueUse(network.has(id), drained.has(id))),
    hasSync: uses('sync_master') || uses('sync_slave'),
    hasSlave: uses('sync_slave'),
    hasRounds: uses('backup_send') || uses('backup_receive'),
    hasGate: uses('mode') || uses('xsend'),
  };
}

/** Variables whose values a guard compares or tests. */
export function variablesOf(guard: Guard): number[] {
  if (guard.kind === 'test_var') return [guard.variable];
  return guard.kind === 'equal' || guard.kind === 'greater' || guard.kind === 'less' ? [guard.a, guard.b] : [];
}

function isReceive(each: Instruction): each is Extract<Instruction, { readonly op: 'receive' | 'backup_receive' }> {
  return each.op === 'receive' || each.op === 'backup_receive';
}

function looksAt(each: Instruction, channel: number): boolean {
  if (each.op === 'if') return each.guard.kind === 'channel_rcv_buf_empty' && each.guard.channel === channel;
  return (isReceive(each) || each.op === 'backup_send') && each.channel === channel;
}

function queueUse(network: boolean, drained: boolean): QueueUse {
  if (network) return drained ? 'both_in_program' : 'application_drains';
  return drained ? 'application_fills' : 'unused';
}
