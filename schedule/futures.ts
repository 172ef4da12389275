// The armed futures of a machine.
import { LIMITS } from '../lang/program.js';

/** An instant in ns of CLOCK_MONOTONIC and the instruction that control goes to then. */
export interface Future {
  readonly instantNs: bigint;
  readonly target: number;
}

/** Armed futures, in the order in which they were armed. */
export class Futures {
  private armed: Future[] = [];

  /** False, and nothing changes, when 64 are armed already. */
  arm(future: Future): boolean {
    if (this.armed.length >= LIMITS.futures) return false;
    this.armed.push(future);
    return true;
  }

  /** Takes the earliest; of equals the one that was armed first. */
  takeEarliest(): Future | null {
    const [first, ...others] = this.armed;
    if (first === undefined) return null;
    const earliest = others.reduce((best, each) => (each.instantNs < best.instantNs ? each : best), first);
    this.armed = this.armed.filter((each) => each !== earliest);
    return earliest;
  }

  get isEmpty(): boolean {
    return this.armed.length === 0;
  }

  /** Nothing is armed any more. */
  clear(): void {
    this.armed = [];
  }

  /** What is armed, in the order of arming. */
  list(): readonly Future[] {
    return [...this.armed];
  }
}
