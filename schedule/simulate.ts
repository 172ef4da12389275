// Several machines on an ideal medium: no propagation, no loss, no clock error; every node hears every other.
import { Machine } from './machine.js';
import type { Mac, Program } from '../lang/program.js';
import type { MachineEvent } from './machine-events.js';

/** One node of a simulation. */
export interface SimulatedNode {
  readonly program: Program;
  readonly mac: Mac;
  /** Start instant in ns; default 0. */
  readonly startNs?: bigint;
}

/** When a simulation is over: whichever comes first. */
export interface SimulationEnd {
  /** Blocks due later than this do not run; ns. */
  readonly untilNs: bigint;
  /** No block is started once the trace is this long; default: no bound. */
  readonly maxEvents?: number;
}

/** One record of a trace: what happened, where and when (ns, real and so far as it counts also logical time). */
export interface TraceRecord {
  readonly atNs: bigint;
  /** Index of the node in the simulation. */
  readonly node: number;
  readonly logicalNs: bigint;
  readonly event: MachineEvent;
}

/** What a simulation leaves. */
export interface Simulation {
  readonly machines: readonly Machine[];
  readonly trace: readonly TraceRecord[];
  /** Real instant of the last block; the earliest start if none ran. */
  readonly endNs: bigint;
}

/**
 * Runs the nodes from their starts. At one instant the machines run in the order of the nodes, those whose `sync slave`
 * times out last, so that a sync frame at exactly L + T is in time; a frame arrives at the instant of its send, so a
 * machine that runs later at the same instant has it. A block that is due already when it is armed, as the delay of a channel
 * can set L back behind the clock, runs at once. CLOCK_TAI is taken to be CLOCK_MONOTONIC.
 */
export function simulate(nodes: readonly SimulatedNode[], end: SimulationEnd): Simulation {
  const trace: TraceRecord[] = [];
  const clock = { nowNs: nodes.map((node) => node.startNs ?? 0n).reduce(earlier, end.untilNs) };
  const machines: Machine[] = [];
  for (const [index, node] of nodes.entries()) {
    const observe = (event: MachineEvent): void => {
      const logicalNs = machines[index]?.logicalNs ?? clock.nowNs;
      trace.push({ atNs: clock.nowNs, node: index, logicalNs, event });
    };
    const machine = new Machine(node.program, { mac: node.mac, startNs: null, taiOffsetNs: 0n, observe });
    machines.push(machine);
    machine.start(node.startNs ?? 0n);
  }
  for (let next = nextToRun(machines, clock.nowNs); next !== null; next = nextToRun(machines, clock.nowNs)) {
    if (next.atNs > end.untilNs || trace.length >= (end.maxEvents ?? Infinity)) break;
    clock.nowNs = next.atNs;
    runAndDeliver(machines, next.machine, next.atNs);
  }
  return { machines, trace, endNs: clock.nowNs };
}

function runAndDeliver(machines: readonly Machine[], machine: Machine, nowNs: bigint): void {
  const before = machine.frames.length;
  machine.run(nowNs);
  for (const frame of machine.frames.slice(before)) {
    for (const other of machines) if (other !== machine) other.deliver(frame.bytes, nowNs);
  }
}

function nextToRun(machines: readonly Machine[], nowNs: bigint): { atNs: bigint; machine: Machine } | null {
  const due = machines.flatMap((machine) => {
    const dueNs = machine.nextInstant();
    return dueNs === null ? [] : [{ atNs: dueNs > nowNs ? dueNs : nowNs, machine }];
  });
  const first = due.reduce<bigint | null>((best, { atNs }) => (best === null ? atNs : earlier(best, atNs)), null);
  const together = due.filter(({ atNs }) => atNs === first);
  return together.find(({ machine }) => !machine.isTimingOut) ?? together[0] ?? null;
}

function earlier(a: bigint, b: bigint): bigint {
  return a < b ? a : b;
}
