// Watches a replay, and sees with its own eyes whether the property fails.
import { macFromBytes } from '../bytes.js';
import type { Mac } from '../../lang/program.js';
import type { Machine } from '../machine.js';
import type { MachineEvent } from '../machine-events.js';
import type { Trace, TraceMedium } from './trace.js';

/** A frame on the wire, instants in ns. */
export interface WireFrame {
  readonly from: number;
  readonly startNs: number;
  /** With the gap behind it. */
  readonly endNs: number;
  /** Through a switch: from its start to its start on the receivers' links. */
  readonly forwardedNs: number;
  readonly medium: TraceMedium;
  /** The other nodes of the medium. */
  readonly to: readonly number[];
  /** Those whose links it goes to through a switch. */
  readonly ports: readonly number[];
}

/** Finds the failures of the trace's property. */
export class ReplayJudge {
  private readonly found: number[] = [];
  private wire: WireFrame[] = [];
  private readonly drops: number[];
  /** By node, since the last sync frame that ended a wait: the beginnings of waits that timed out. */
  private readonly inVain: number[][];
  private readonly waitingSince: number[];
  private readonly lastBlockNs: number[];

  constructor(
    private readonly trace: Trace,
    private readonly machines: readonly Machine[],
  ) {
    this.drops = machines.map(() => 0);
    this.inVain = machines.map(() => []);
    this.waitingSince = machines.map(() => 0);
    this.lastBlockNs = machines.map(() => -Infinity);
  }

  /** Instants at which the property failed. */
  failures(): readonly number[] {
    if (this.trace.property !== 'stuck' || this.trace.loop === undefined) return this.found;
    // A loop: its waits that ended in vain, from the first of the row on.
    return this.inVain.flatMap((begun) => (begun.length > 0 ? [begun[0]!] : []));
  }

  /** Something happened in a machine. */
  observe(node: number, event: MachineEvent, nowNs: number): void {
    if (event.kind === 'run' && event.state.kind === 'failed') this.fail('stuck', nowNs);
    if (event.kind === 'receive' && event.outcome !== 'taken') this.fail('received', nowNs);
    if (event.kind === 'suspend') this.waitingSince[node] = nowNs;
    if (event.kind !== 'sync') return;
    if (event.outcome === 'timeout') this.inVain[node]!.push(this.waitingSince[node]!);
    if (event.outcome === 'arrived') this.inVain[node] = [];
  }

  /** A frame was delivered: did the queue drop one? */
  delivered(node: number, nowNs: number): void {
    const drops = this.machines[node]!.counts.ingress.drops.queue_full;
    if (drops > this.drops[node]!) this.fail('received', nowNs);
    this.drops[node] = drops;
  }

  /** A block of a node begins that was due at `dueNs`. */
  begins(node: number, dueNs: number, nowNs: number): void {
    if (dueNs < nowNs) this.fail('schedulable', dueNs);
    const isAnother = this.lastBlockNs[node] !== nowNs;
    if (isAnother && this.wire.some(({ from, endNs }) => from === node && endNs > dueNs))
      this.fail('schedulable', dueNs);
    this.lastBlockNs[node] = nowNs;
  }

  /** A frame gets the wire, now or when those before it have left. */
  sent(frame: WireFrame): void {
    for (const other of this.wire) {
      if (other.from !== frame.from && other.medium === frame.medium && overlap(other, frame)) {
        this.fail('collision', Math.max(other.startNs, frame.startNs));
      }
    }
    this.wire.push(frame);
  }

  /** Nothing happens between two instants; whose gate is open while a frame has the wire? */
  pass(fromNs: number, toNs: number): void {
    // What has left every link meets nothing any more.
    this.wire = this.wire.filter(({ endNs, forwardedNs, medium }) => endNs + forwardedNs + medium.propagation > fromNs);
    for (const frame of this.wire) {
      const begin = Math.max(fromNs, frame.startNs);
      const end = Math.min(toNs, frame.endNs + frame.medium.propagation);
      for (const node of frame.to) if (begin < end && this.hasOpenGate(node, begin)) this.fail('collision', begin);
    }
  }

  private hasOpenGate(node: number, atNs: number): boolean {
    const machine = this.machines[node]!;
    // A machine that waits for its start is held.
    return machine.hasGate && (atNs < this.trace.nodes[node]!.start || machine.isGateOpen(BigInt(atNs)));
  }

  private fail(property: Trace['property'], atNs: number): void {
    if (property === this.trace.property) this.found.push(atNs);
  }
}

function overlap(a: WireFrame, b: WireFrame): boolean {
  const [first, second] = a.startNs + a.forwardedNs <= b.startNs + b.forwardedNs ? [a, b] : [b, a];
  const apart = second.startNs + second.forwardedNs - first.startNs - first.forwardedNs;
  const lasts = first.endNs - first.startNs;
  if (a.medium.switch === null) return apart < lasts + a.medium.propagation;
  return apart < lasts && a.ports.some((port) => port !== b.from && b.ports.includes(port) && port !== a.from);
}

/** Nodes that a switch sends the frame to. */
export function portsOf(bytes: Uint8Array, others: readonly number[], macs: readonly Mac[]): number[] {
  const destination = macFromBytes(bytes, 0);
  return others.filter((node) => (bytes[0]! & 1) === 1 || macs[node] === destination);
}
