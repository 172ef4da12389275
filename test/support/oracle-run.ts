// Runs a data case on the machine in virtual time. The answer is plain data, so that the compiled program's can be compared.
import { toHex } from '../../schedule/bytes.js';
import { Machine } from '../../schedule/machine.js';
import { CASE_CLOCK, CASE_MAC } from './oracle-case.js';
import type { Declared, Program, Value } from '../../lang/program.js';
import type { OracleCase, Step } from './oracle-case.js';

/** What is left after a case. Keys are names of the program; instants are ns since the origin of the case, as text. */
export interface CaseResult {
  /** `held`, `running`, `stopped`, `ended`, `failed no_future` or `failed too_many_futures`. */
  readonly run: string;
  /** Index of the next instruction; where it stopped if it ended or failed. */
  readonly position: number;
  /** L as the last block left it. */
  readonly logical: string;
  readonly errors: number;
  /** Integers in decimal, byte strings as `hex:00ff`. */
  readonly variables: Readonly<Record<string, string>>;
  readonly queues: Readonly<Record<string, readonly string[]>>;
  readonly counters: Readonly<Record<string, number>>;
  /** `hex:00ff` or `empty`. */
  readonly messages: Readonly<Record<string, string>>;
  /** `INSTANT TARGET`, in the order of arming. */
  readonly futures: readonly string[];
  /** By channel. */
  readonly channels: Readonly<Record<string, Readonly<Record<string, number>>>>;
  readonly drops: Readonly<Record<string, number>>;
  readonly stats: Readonly<Record<string, number>>;
  /** By `MAC CHANNEL TYPE`. */
  readonly peers: Readonly<Record<string, Readonly<Record<string, number | null>>>>;
  readonly frames: readonly { readonly at: string; readonly hex: string }[];
  /** One for each frame that was delivered: `pass`, `drop` or `taken`. */
  readonly verdicts: readonly string[];
  /** One for each write: what became of it; one for each take: the value, or why there is none. */
  readonly applications: readonly string[];
  /** The gate for ordinary traffic at the last step: `none`, `open` or `closed`. */
  readonly gate: string;
}

/** A bound against cases that never come to an end. */
const MOST_BLOCKS = 100_000;

/** Plays the script of a case. */
export function runCaseOnOracle(oracleCase: OracleCase): CaseResult {
  const link = { isRefusing: false };
  const machine = new Machine(oracleCase.program, {
    mac: CASE_MAC,
    startNs: null,
    taiOffsetNs: CASE_CLOCK.taiOffsetNs,
    refuse: () => link.isRefusing,
  });
  const answers: Answers = { verdicts: [], applications: [] };
  let before: bigint = CASE_CLOCK.originNs;
  for (const step of oracleCase.steps) {
    if (step.kind === 'refuse') link.isRefusing = step.on;
    else if (step.kind === 'run') runUntil(machine, before, step.atNs);
    else play(machine, step, answers);
    before = step.atNs;
  }
  return collect(oracleCase.program, machine, answers, before);
}

/** `verdicts` and `applications` of a result. */
export interface Answers {
  readonly verdicts: string[];
  readonly applications: string[];
}

function play(machine: Machine, step: Exclude<Step, { kind: 'refuse' | 'run' }>, answers: Answers): void {
  switch (step.kind) {
    case 'start':
      machine.start(step.atNs);
      break;
    case 'stop':
      machine.stop();
      break;
    case 'wake':
      machine.run(step.atNs);
      break;
    case 'deliver':
      answers.verdicts.push(machine.deliver(step.bytes, step.atNs).verdict);
      break;
    case 'write':
      answers.applications.push(machine.writeVariable(step.variable, step.value));
      break;
    case 'take':
      answers.applications.push(taken(machine, step.queue));
      break;
  }
}

function taken(machine: Machine, queue: number): string {
  const { access, value } = machine.takeFromQueue(queue);
  return value === null ? access : valueText(value);
}

function runUntil(machine: Machine, fromNs: bigint, untilNs: bigint): void {
  for (let blocks = 0; blocks < MOST_BLOCKS; blocks += 1) {
    const next = machine.nextInstant();
    if (next === null || next > untilNs) return;
    machine.run(next < fromNs ? fromNs : next);
  }
  throw new Error(`more than ${MOST_BLOCKS} blocks`);
}

/** What a machine holds at an instant; `answers` are what it told the script. */
export function collect(program: Program, machine: Machine, answers: Answers, atNs: bigint): CaseResult {
  const { stats, ingress } = machine.counts;
  const run = machine.runState;
  return {
    run: run.kind === 'failed' ? `failed ${run.reason}` : run.kind,
    position: machine.position,
    logical: sinceOrigin(machine.logicalNs),
    errors: machine.errors,
    variables: byName(program.variables, (id) => valueText(machine.variable(id))),
    queues: byName(program.queues, (id) => machine.queue(id).map(valueText)),
    counters: byName(program.counters, (id) => machine.counter(id)),
    messages: byName(program.messages, (id) => messageText(machine.message(id))),
    futures: machine.futures.map((future) => `${sinceOrigin(future.instantNs)} ${future.target}`),
    channels: byName(program.channels, (id) => channelCounts(machine, id)),
    drops: { ...ingress.drops },
    stats: { ...stats },
    peers: peersOf(program, machine),
    frames: machine.frames.map((frame) => ({ at: sinceOrigin(frame.realNs), hex: toHex(frame.bytes) })),
    ...answers,
    gate: gateText(program, machine, atNs),
  };
}

function gateText(program: Program, machine: Machine, atNs: bigint): string {
  if (!program.instructions.some((each) => each.op === 'mode' || each.op === 'xsend')) return 'none';
  return machine.isGateOpen(atNs) ? 'open' : 'closed';
}

function channelCounts(machine: Machine, id: number): Record<string, number> {
  const { sendStats, ingress } = machine.counts;
  const { primary, backup } = machine.waitingFrames(id);
  const { received = 0, queueFull = 0 } = ingress.channels.get(id) ?? {};
  return { ...sendStats.get(id), received, queue_full: queueFull, waiting: primary, waiting_backup: backup };
}

function peersOf(program: Program, machine: Machine): CaseResult['peers'] {
  const names = new Map(program.channels.map((channel) => [channel.id, channel.name]));
  const peers = [...machine.counts.ingress.peers.values()];
  return Object.fromEntries(
    peers.map((peer) => [`${peer.mac} ${names.get(peer.channel) ?? ''} ${peer.type}`, { ...peer.count }]),
  );
}

function byName<T>(things: readonly Declared[], read: (id: number) => T): Record<string, T> {
  return Object.fromEntries(things.map((thing) => [thing.name, read(thing.id)]));
}

function messageText(content: Uint8Array | null): string {
  return content === null ? 'empty' : valueText(content);
}

function valueText(value: Value): string {
  return typeof value === 'bigint' ? value.toString() : `hex:${toHex(value)}`;
}

function sinceOrigin(ns: bigint): string {
  return (ns - CASE_CLOCK.originNs).toString();
}
