// A run that goes wrong, as records: for the timeline, for JSON, and for playing it again in the simulator.
import type { Instruction, Mac } from '../../lang/program.js';
import type { Model } from './model.js';
import type { Outcome } from './outcome.js';
import type { Happened } from './run.js';
import type { Step } from './steps.js';
import type { Medium } from './system.js';
import { toNs } from './units.js';
import type { PropertyName, Violation } from './violation.js';

/** One thing that happened. Instants are ns from the common start. */
export interface TraceEvent {
  readonly at: number;
  readonly node: string;
  readonly event:
    | 'block'
    | 'guard'
    | 'queue'
    | 'send'
    | 'suppressed'
    | 'receive'
    | 'wait_for_sync'
    | 'sync'
    | 'timeout'
    | 'arrival'
    | 'lost'
    | 'unawaited'
    | 'gate'
    | 'stop';
  readonly file: string;
  readonly line: number;
  /** Index of the instruction; of an arrival that of the send. */
  readonly instruction: number;
  /** Guard: whether it held; queue: whether it was empty. */
  readonly value?: boolean;
  /** Name of the channel in the sender's program. */
  readonly channel?: string;
  readonly type?: 'data' | 'sync';
  /** Payload that was sent. */
  readonly bytes?: number;
  /** On the wire. */
  readonly starts?: number;
  readonly ends?: number;
  /** Of an arrival: who sent it. */
  readonly from?: string;
  /** Why a machine stopped. */
  readonly reason?: string;
  /** Block: it began more than the tolerance after it was due. */
  readonly late?: boolean;
}

/** A node as a trace names it. */
export interface TraceNode {
  readonly node: string;
  readonly file: string;
  readonly mac: Mac;
  readonly start: number;
}

/** A medium as a trace gives it. */
export interface TraceMedium {
  readonly nodes: readonly string[];
  readonly rate: number;
  readonly propagation: number;
  readonly switch: number | null;
}

/** A run. */
export interface Trace {
  readonly property: PropertyName;
  readonly at: number;
  readonly what: string;
  readonly nodes: readonly TraceNode[];
  readonly media: readonly TraceMedium[];
  readonly events: readonly TraceEvent[];
  /** Instructions took time, or clocks drifted: the simulator's do not. */
  readonly costs?: true;
  /** The events from here on repeat for ever with this period. */
  readonly loop?: { readonly from: number; readonly period: number };
}

/** The records of a run. */
export function traceOf(model: Model, happened: readonly Happened[], violation: Violation): Trace {
  const { system, units } = model;
  const names = system.nodes.map(({ name }) => name);
  const loopTime = violation.loop === undefined ? 0 : happened.at(-1)!.time - violation.loop.since;
  return {
    property: violation.property,
    at: toNs(units, violation.at),
    what: violation.what,
    nodes: system.nodes.map(({ name, file, mac, startNs }) => ({ node: name, file, mac, start: Number(startNs) })),
    media: system.media.map((medium) => traceMedium(medium, names)),
    events: happened.flatMap((each) => eventsOf(model, each)),
    ...(model.hasCosts ? { costs: true } : {}),
    ...(violation.loop === undefined
      ? {}
      : { loop: { from: toNs(units, violation.loop.since), period: toNs(units, loopTime) } }),
  };
}

/** The records of one instant. */
export function eventsOf(model: Model, { time, steps }: Happened): TraceEvent[] {
  return steps.flatMap((step) => new StepWriter(model, time).write(step));
}

function traceMedium(medium: Medium, names: readonly string[]): TraceMedium {
  const { nodes, rateBitsPerSecond: rate, propagationNs, switchNs } = medium;
  const latency = switchNs === null ? null : Number(switchNs);
  return { nodes: nodes.map((node) => names[node]!), rate, propagation: Number(propagationNs), switch: latency };
}

type Written = Omit<TraceEvent, 'at' | 'node' | 'file' | 'line' | 'instruction'>;

/** Puts what happened at one instant into records. */
class StepWriter {
  constructor(
    private readonly model: Model,
    private readonly time: number,
  ) {}

  write(step: Step): TraceEvent[] {
    return step.kind === 'arrival' ? [this.arrival(step)] : this.block(step.node, step.outcome, step.starts);
  }

  private arrival({ node, frame, result }: Extract<Step, { kind: 'arrival' }>): TraceEvent {
    const kind = this.model.kinds.list[frame]!;
    const event = this.event(kind.node, kind.instruction, {
      event: result === 'taken' ? 'arrival' : result,
      ...this.frame(kind.node, kind.instruction, kind.sentBytes, kind.type),
      from: this.model.system.nodes[kind.node]!.name,
    });
    return { ...event, node: this.model.system.nodes[node]!.name };
  }

  private block(node: number, outcome: Outcome, starts: readonly number[]): TraceEvent[] {
    const { path, choices, sends, suppressed, late, sync } = outcome;
    const first = path[0] ?? 0;
    const events: TraceEvent[] = [this.event(node, first, { event: 'block', ...(late ? { late } : {}) })];
    if (sync !== 'none') events.push(this.event(node, first, { event: sync === 'arrival' ? 'sync' : 'timeout' }));
    const left = { choices: choices.slice(), sends: sends.map((kind, index) => ({ kind, start: starts[index]! })) };
    for (const instruction of path) events.push(...this.instruction(node, instruction, left, suppressed));
    const fault = outcome.faults.find(({ kind }) => kind === 'no_future' || kind === 'too_many_futures');
    if (fault !== undefined) events.push(this.event(node, fault.instruction, { event: 'stop', reason: fault.kind }));
    return events;
  }

  private instruction(
    node: number,
    index: number,
    left: { choices: Outcome['choices'][number][]; sends: { kind: number; start: number }[] },
    suppressed: readonly number[],
  ): TraceEvent[] {
    const instruction = this.model.system.nodes[node]!.program.instructions[index]!;
    const choice = left.choices[0]?.instruction === index ? left.choices.shift() : undefined;
    if (choice?.kind === 'guard') return [this.event(node, index, { event: 'guard', value: choice.value === 1 })];
    if (choice?.kind === 'empty') return [this.event(node, index, { event: 'queue', value: choice.value === 1 })];
    const sent = left.sends[0];
    if (sent !== undefined && this.model.kinds.list[sent.kind]!.instruction === index) {
      left.sends.shift();
      return [this.send(sent.kind, sent.start)];
    }
    if (suppressed.includes(index)) return [this.event(node, index, { event: 'suppressed' })];
    const plain = PLAIN[instruction.op];
    return plain === undefined ? [] : [this.event(node, index, { event: plain })];
  }

  private send(id: number, start: number): TraceEvent {
    const kind = this.model.kinds.list[id]!;
    const starts = toNs(this.model.units, this.time + start);
    const ends = toNs(this.model.units, this.time + start + kind.occupied);
    const frame = this.frame(kind.node, kind.instruction, kind.sentBytes, kind.type);
    return this.event(kind.node, kind.instruction, { event: 'send', ...frame, starts, ends });
  }

  private frame(node: number, index: number, bytes: number, type: 'data' | 'sync'): Omit<Written, 'event'> {
    const { instructions, channels } = this.model.system.nodes[node]!.program;
    const instruction = instructions[index]!;
    const id = 'channel' in instruction ? instruction.channel : null;
    return { channel: channels.find((each) => each.id === id)?.name ?? '', type, bytes };
  }

  private event(node: number, instruction: number, written: Written): TraceEvent {
    const { name, program } = this.model.system.nodes[node]!;
    const { file, line } = program.instructions[instruction]!.span;
    return { at: toNs(this.model.units, this.time), node: name, ...written, file, line, instruction };
  }
}

/** Instructions whose execution alone is worth a record. */
const PLAIN: Partial<Record<Instruction['op'], TraceEvent['event']>> = {
  receive: 'receive',
  backup_receive: 'receive',
  sync_slave: 'wait_for_sync',
  mode: 'gate',
  xsend: 'gate',
  end_of_program: 'stop',
};
