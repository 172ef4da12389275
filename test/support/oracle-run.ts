// Runs a data case on the machine in virtual time. The answer is plain data, so that the compiled program's can be compared.
import { OrdinaryTraffic, type TrafficCounts } from '../../cli/simulate/ordinary-traffic.js';
import { toHex } from '../../schedule/bytes.js';
import { Machine } from '../../schedule/machine.js';
import { CASE_CLOCK, CASE_MAC, CASE_RATE } from './oracle-case.js';
import type { Declared, Mac, Program, Value } from '../../lang/program.js';
import type { MachineOptions } from '../../schedule/machine-state.js';
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
  /** One for each ordinary frame: `pass` or `drop`. */
  readonly ordinary: readonly string[];
  /** Ordinary frames by what became of them at the gate of a machine that is alive; forged ones at any. */
  readonly traffic: TrafficCounts;
}

/** A bound against cases that never come to an end. */
const MOST_BLOCKS = 100_000;

/** Plays the script of a case. */
export function runCaseOnOracle(oracleCase: OracleCase, watch: Watch = {}): CaseResult {
  const node = new OracleNode(oracleCase.program, CASE_MAC, CASE_CLOCK.taiOffsetNs, watch);
  let before: bigint = CASE_CLOCK.originNs;
  for (const step of oracleCase.steps) {
    if (step.kind === 'run') runUntil(node, before, step.atNs);
    else node.step(step);
    before = step.atNs;
  }
  return node.collect(before);
}

/** `verdicts`, `applications` and `ordinary` of a result. */
interface Answers {
  readonly verdicts: string[];
  readonly applications: string[];
  readonly ordinary: string[];
}

/** Who wants to see what the machine does. */
export type Watch = Pick<MachineOptions, 'observe' | 'execute'>;

/** A machine in virtual time, held at first, with what surrounds it in a script. */
export class OracleNode {
  readonly machine: Machine;
  private readonly answers: Answers = { verdicts: [], applications: [], ordinary: [] };
  private readonly traffic: OrdinaryTraffic;
  private isRefusing = false;
  private nowNs = 0n;

  constructor(
    private readonly program: Program,
    mac: Mac,
    taiOffsetNs: bigint,
    watch: Watch = {},
  ) {
    this.traffic = new OrdinaryTraffic(program, CASE_RATE);
    this.machine = new Machine(program, {
      ...{ mac, startNs: null, taiOffsetNs },
      refuse: () => this.isRefusing,
      heldBack: () => (this.traffic.isBusy(this.nowNs) ? 1 : 0),
      ...watch,
    });
  }

  /** Whether the next block is the timeout of a `sync slave`. */
  get isTimingOut(): boolean {
    return this.machine.isTimingOut;
  }

  /** When the machine wants to run next; null when it does not. */
  nextInstant(): bigint | null {
    return this.machine.nextInstant();
  }

  /** Runs the block that is due; the answer are the frames that it sent. */
  runBlock(nowNs: bigint): Uint8Array[] {
    const before = this.machine.frames.length;
    this.nowNs = nowNs;
    this.machine.run(nowNs);
    return this.machine.frames.slice(before).map(({ bytes }) => bytes);
  }

  /** One thing happens to the node. */
  step(step: Exclude<Step, { kind: 'run' }>): void {
    const { machine, answers } = this;
    switch (step.kind) {
      case 'start':
        this.traffic.restart();
        machine.start(step.atNs);
        break;
      case 'stop':
        machine.stop();
        break;
      case 'wake':
        this.runBlock(step.atNs);
        break;
      case 'refuse':
        this.isRefusing = step.on;
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
      case 'ordinary':
        answers.ordinary.push(this.traffic.offer(machine, step.frame, step.atNs) === 'pass' ? 'pass' : 'drop');
        break;
    }
  }

  /** What is there at an instant. */
  collect(atNs: bigint): CaseResult {
    const { counts } = this.traffic;
    return { ...held(this.program, this.machine, atNs), ...this.answers, traffic: { ...counts } };
  }
}

function taken(machine: Machine, queue: number): string {
  const { access, value } = machine.takeFromQueue(queue);
  return value === null ? access : valueText(value);
}

function runUntil(node: OracleNode, fromNs: bigint, untilNs: bigint): void {
  for (let blocks = 0; blocks < MOST_BLOCKS; blocks += 1) {
    const next = node.nextInstant();
    if (next === null || next > untilNs) return;
    node.runBlock(next < fromNs ? fromNs : next);
  }
  throw new Error(`more than ${MOST_BLOCKS} blocks`);
}

/** What a machine holds at an instant; `answers` are what it told the script. */
function held(program: Program, machine: Machine, atNs: bigint): Omit<CaseResult, keyof Answers | 'traffic'> {
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
