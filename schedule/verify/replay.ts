// Plays the run of a counterexample through the machines of the simulator, which know nothing of the verifier: the same choices,
// losses and lengths, and a judgement of their own on what comes of it.
import { Machine } from '../machine.js';
import type { MachineEvent, SentFrame } from '../machine-events.js';
import type { Choosing } from '../machine-state.js';
import type { Program } from '../../lang/program.js';
import { portsOf, ReplayJudge, type WireFrame } from './replay-judge.js';
import type { Trace, TraceEvent, TraceMedium } from './trace.js';

const CHECK_SEQUENCE = 4;
const PREAMBLE = 8;
const GAP = 12;
const BYTE_BITS_PER_S = 8e9;

/** What came of it. */
export interface Replayed {
  /** Whether the property fails, at the instant that the trace gives. */
  readonly same: boolean;
  /** ns from the common start at which the property was seen to fail, in order. */
  readonly failures: readonly number[];
}

interface Arrival {
  readonly atNs: number;
  readonly order: number;
  readonly to: number;
  readonly from: number;
  readonly frame: SentFrame;
}

/** Plays a trace. `programs` in the order of its nodes. */
export function replay(trace: Trace, programs: readonly Program[]): Replayed {
  return new Replay(trace, programs).play();
}

class Replay {
  private readonly machines: Machine[];
  private readonly judge: ReplayJudge;
  private readonly choices: Choices[];
  private readonly freeNs: number[];
  private arrivals: Arrival[] = [];
  private nowNs = 0;
  private order = 0;

  constructor(
    private readonly trace: Trace,
    private readonly programs: readonly Program[],
  ) {
    this.choices = trace.nodes.map(({ node }) => new Choices(trace.events.filter((event) => event.node === node)));
    this.freeNs = trace.nodes.map(() => -Infinity);
    const judged: ReplayJudge[] = [];
    this.machines = trace.nodes.map(({ mac }, index) => {
      const observe = (event: MachineEvent): void => judged[0]?.observe(index, event, this.nowNs);
      const choose: Choosing = (kind, instruction) => this.choices[index]!.take(kind, instruction);
      return new Machine(programs[index]!, { mac, startNs: null, taiOffsetNs: 0n, observe, choose });
    });
    this.judge = new ReplayJudge(trace, this.machines);
    judged.push(this.judge);
  }

  play(): Replayed {
    this.trace.nodes.forEach(({ start }, index) => this.machines[index]!.start(BigInt(start)));
    const endNs = Math.max(this.trace.events.at(-1)?.at ?? 0, this.trace.at);
    for (let next = this.nextNs(); next <= endNs; next = this.nextNs()) {
      this.judge.pass(this.nowNs, next);
      this.nowNs = next;
      this.arrive();
      this.machines.forEach((machine, index) => this.runMachine(machine, index));
    }
    // What is on the wire then may still meet an open gate.
    this.judge.pass(this.nowNs, Infinity);
    const failures = this.judge.failures();
    return { same: failures.includes(this.trace.at), failures };
  }

  private nextNs(): number {
    const due = this.machines.flatMap((machine) => {
      const at = machine.nextInstant();
      return at === null ? [] : [Math.max(Number(at), this.nowNs)];
    });
    return Math.min(...due, ...this.arrivals.map(({ atNs }) => atNs));
  }

  private arrive(): void {
    const now = this.arrivals.filter(({ atNs }) => atNs === this.nowNs).sort((a, b) => a.order - b.order);
    this.arrivals = this.arrivals.filter(({ atNs }) => atNs !== this.nowNs);
    for (const { to, from, frame } of now) {
      if (this.choices[to]!.isLost(this.nowNs, this.trace.nodes[from]!.node, frame.instruction)) continue;
      this.machines[to]!.deliver(frame.bytes, BigInt(this.nowNs));
      this.judge.delivered(to, this.nowNs);
    }
  }

  private runMachine(machine: Machine, index: number): void {
    for (let at = machine.nextInstant(); at !== null && Number(at) <= this.nowNs; at = machine.nextInstant()) {
      this.drain(machine, index);
      const before = machine.frames.length;
      this.judge.begins(index, Number(at), this.nowNs);
      machine.run(BigInt(this.nowNs));
      for (const frame of machine.frames.slice(before)) this.transmit(index, frame);
    }
  }

  /** Applications take what a queue of theirs holds before each block. */
  private drain(machine: Machine, index: number): void {
    for (const { id } of this.programs[index]!.queues) {
      while (machine.takeFromQueue(id).access === 'done');
    }
  }

  private transmit(from: number, frame: SentFrame): void {
    const medium = this.mediumOf(from);
    const byteNs = BYTE_BITS_PER_S / medium.rate;
    const length = PREAMBLE + frame.bytes.length + CHECK_SEQUENCE;
    const startNs = Math.max(this.nowNs, this.freeNs[from]!);
    const endNs = startNs + Math.ceil((length + GAP) * byteNs);
    this.freeNs[from] = endNs;
    const travelNs = Math.ceil(length * byteNs) + medium.propagation;
    const forwardedNs = medium.switch === null ? 0 : travelNs + medium.switch;
    const others = this.trace.nodes.map((_, index) => index).filter((index) => this.mediumOf(index) === medium);
    const to = others.filter((index) => index !== from);
    const ports = portsOf(
      frame.bytes,
      to,
      this.trace.nodes.map(({ mac }) => mac),
    );
    const sent: WireFrame = { from, startNs, endNs, forwardedNs, medium, to, ports };
    this.judge.sent(sent);
    for (const each of to) {
      this.arrivals.push({ atNs: startNs + forwardedNs + travelNs, order: this.order++, to: each, from, frame });
    }
  }

  private mediumOf(node: number): TraceMedium {
    return this.trace.media.find(({ nodes }) => nodes.includes(this.trace.nodes[node]!.node))!;
  }
}

/** What a trace decides for one node, in order. */
class Choices {
  private readonly decisions: TraceEvent[];
  private readonly losses: TraceEvent[];
  private taken = 0;

  constructor(events: readonly TraceEvent[]) {
    this.decisions = events.filter(
      ({ event, type }) => event === 'guard' || event === 'queue' || (event === 'send' && type === 'data'),
    );
    this.losses = events.filter(({ event }) => event === 'lost');
  }

  /** What the instruction is told; null: nothing. Every send has its length. */
  take(kind: 'guard' | 'empty' | 'length', instruction: number): number | null {
    const next = this.decisions[this.taken];
    const event = { guard: 'guard', empty: 'queue', length: 'send' }[kind];
    if (next?.event !== event || next.instruction !== instruction) return null;
    this.taken += 1;
    return kind === 'length' ? (next.bytes ?? null) : Number(next.value);
  }

  isLost(atNs: number, from: string, instruction: number): boolean {
    const index = this.losses.findIndex(
      (each) => each.at === atNs && each.from === from && each.instruction === instruction,
    );
    if (index >= 0) this.losses.splice(index, 1);
    return index >= 0;
  }
}
