// Ordinary traffic at the gate of a machine in virtual time (language.md section 5, docs/gate.md), on an interface that holds nothing:
// what cannot leave at once is dropped.
import { gateCycle, type GateCycle } from '../../codegen/windows.js';
import type { Machine } from '../../schedule/machine.js';
import type { Program } from '../../lang/program.js';

/** An ordinary frame: its length without check sequence, bytes. */
export interface OrdinaryFrame {
  readonly length: number;
  readonly ethertype: number;
}

const BYTE_BITS_PER_S = 8e9;
const SHORTEST = 60;
/** Check sequence, preamble and gap. */
const OVERHEAD = 24;
const DEAD_AFTER_NS = 100_000_000n;
const NCM_ETHERTYPES = [0x9009, 0x900a];

/** What is counted of it. */
export interface TrafficCounts {
  passed: number;
  dropped: number;
  /** Frames of the program's ethertype that are not the machine's. */
  forged: number;
}

/** The link behind the gate of one machine. */
export class OrdinaryTraffic {
  readonly counts: TrafficCounts = { passed: 0, dropped: 0, forged: 0 };
  private readonly cycle: GateCycle | null;
  private readonly longestWaitNs: bigint;
  /** Until when frames that have passed have the link. */
  private bookedNs = 0n;

  /** `rate`: of the link, bits a second. */
  constructor(
    private readonly program: Program,
    private readonly rate: number,
  ) {
    this.cycle = gateCycle(program);
    const waits = program.instructions.map((each) =>
      'delayNs' in each ? each.delayNs : 'timeoutNs' in each ? each.timeoutNs : 0n,
    );
    this.longestWaitNs = waits.reduce((longest, each) => (each > longest ? each : longest), 0n);
  }

  /** A start forgets what had the link. */
  restart(): void {
    this.bookedNs = 0n;
  }

  /** Whether frames that have passed still wait or have the link. */
  isBusy(nowNs: bigint): boolean {
    return nowNs < this.bookedNs;
  }

  /** What becomes of a frame. */
  offer(machine: Machine, frame: OrdinaryFrame, nowNs: bigint): 'pass' | 'drop' | 'forged' {
    if (this.isForged(frame)) {
      this.counts.forged += 1;
      return 'forged';
    }
    if (machine.gate === null || !this.isAlive(machine, nowNs)) return 'pass';
    const bytes = Math.max(frame.length, SHORTEST) + OVERHEAD;
    const needNs = BigInt(Math.ceil((bytes * BYTE_BITS_PER_S) / this.rate));
    const fromNs = nowNs > this.bookedNs ? nowNs : this.bookedNs;
    if (!this.fits(machine, fromNs, needNs)) {
      this.counts.dropped += 1;
      return 'drop';
    }
    this.bookedNs = fromNs + needNs;
    this.counts.passed += 1;
    return 'pass';
  }

  private isForged({ ethertype }: OrdinaryFrame): boolean {
    const { wire } = this.program;
    return wire.format === 'v1' ? ethertype === wire.ethertype : NCM_ETHERTYPES.includes(ethertype);
  }

  private isAlive(machine: Machine, nowNs: bigint): boolean {
    const dueNs = machine.nextInstant();
    if (dueNs === null || machine.gate === null || nowNs < machine.gate.startNs) return false;
    const patienceNs = 3n * this.longestWaitNs;
    return nowNs - dueNs <= (patienceNs > DEAD_AFTER_NS ? patienceNs : DEAD_AFTER_NS);
  }

  /** Whether the gate is open from an instant on for so long. */
  private fits({ gate }: Machine, fromNs: bigint, needNs: bigint): boolean {
    if (gate === null) return true;
    const asFarAsItIs = gate.soft || (gate.windowEndNs !== null && fromNs + needNs <= gate.windowEndNs);
    if (this.cycle === null || gate.movedNs === null) return asFarAsItIs;
    const { startNs, periodNs, openings } = this.cycle;
    const sinceNs = fromNs - (gate.startNs + startNs + gate.movedNs);
    if (sinceNs < 0n) return asFarAsItIs;
    // An opening may have begun in the period before this one.
    return openings.some((opening) =>
      [0n, periodNs].some((before) => {
        const inPeriodNs = (sinceNs % periodNs) + before;
        return sinceNs >= before && opening.fromNs <= inPeriodNs && inPeriodNs + needNs <= opening.toNs;
      }),
    );
  }
}
