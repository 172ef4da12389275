// When the gate of a program is open, as far as that is known before it runs: a program without guards, handlers and `sync slave`
// does the same in every cycle, so that ordinary frames can be held until an opening that is known ahead.
import type { Instruction, Program } from '../lang/program.js';

/** One opening in each period. */
export interface GateCycle {
  readonly periodNs: bigint;
  readonly lengthNs: bigint;
}

interface Opening {
  readonly fromNs: bigint;
  /** Null while `mode soft` holds it open. */
  toNs: bigint | null;
}

const MOST_BLOCKS = 10_000;
const MOST_FUTURES = 64;

function isDeterministic(instruction: Instruction): boolean {
  if (instruction.op === 'sync_slave' || instruction.op === 'handle') return false;
  return (
    instruction.op !== 'if' || instruction.guard.kind === 'always_true' || instruction.guard.kind === 'always_false'
  );
}

/** Follows the one run that the program has, and notes when its gate opens and closes. */
class Run {
  readonly openings: Opening[] = [];
  logicalNs = 0n;
  private position = 0;
  private soft = false;
  private untilNs = 0n;
  private futures: { atNs: bigint; target: number }[] = [];

  constructor(private readonly program: Program) {}

  /** The state between two blocks, relative to now. */
  key(): string {
    const armed = this.futures.map(({ atNs, target }) => `${atNs - this.logicalNs}:${target}`).join(' ');
    const open = this.untilNs > this.logicalNs ? this.untilNs - this.logicalNs : 0n;
    return `${this.position}/${armed}/${this.soft}/${open}`;
  }

  /** Runs one block; false when the machine stops. */
  block(): boolean {
    for (let left = this.program.instructions.length; left >= 0; left--) {
      const instruction = this.program.instructions[this.position];
      if (instruction === undefined) return false;
      const next = this.step(instruction);
      if (next === 'stop') return false;
      if (next === 'suspend') return true;
      this.position = next;
    }
    return false;
  }

  private step(instruction: Instruction): number | 'stop' | 'suspend' {
    switch (instruction.op) {
      case 'end_of_program':
        return 'stop';
      case 'goto':
        return instruction.target;
      case 'if':
        return (instruction.guard.kind === 'always_true') !== instruction.negated
          ? instruction.target
          : this.position + 1;
      case 'future':
        return this.arm(instruction.delayNs, instruction.target) ? this.position + 1 : 'stop';
      case 'wait':
        return this.arm(instruction.delayNs, instruction.target) ? this.halt() : 'stop';
      case 'halt':
        return this.halt();
      case 'mode':
        this.setMode(instruction.mode === 'soft');
        return this.position + 1;
      case 'xsend':
        this.open(instruction.windowNs);
        return this.position + 1;
      default:
        return this.position + 1;
    }
  }

  private arm(delayNs: bigint, target: number): boolean {
    if (this.futures.length >= MOST_FUTURES) return false;
    const atNs = this.logicalNs + delayNs;
    const before = this.futures.findIndex((future) => future.atNs > atNs);
    this.futures.splice(before < 0 ? this.futures.length : before, 0, { atNs, target });
    return true;
  }

  private halt(): 'stop' | 'suspend' {
    const future = this.futures.shift();
    if (future === undefined) return 'stop';
    this.logicalNs = future.atNs;
    this.position = future.target;
    return 'suspend';
  }

  /** The opening that lasts at this instant. */
  private current(): Opening | null {
    const last = this.openings.at(-1);
    return last !== undefined && (last.toNs === null || last.toNs > this.logicalNs) ? last : null;
  }

  private open(windowNs: bigint): void {
    const toNs = this.logicalNs + windowNs;
    if (toNs > this.untilNs) this.untilNs = toNs;
    const current = this.current();
    if (current === null) this.openings.push({ fromNs: this.logicalNs, toNs: this.untilNs });
    else if (current.toNs !== null && current.toNs < toNs) current.toNs = toNs;
  }

  private setMode(soft: boolean): void {
    const current = this.current();
    if (soft && current === null) this.openings.push({ fromNs: this.logicalNs, toNs: null });
    else if (soft && current !== null) current.toNs = null;
    else if (!soft && current !== null) current.toNs = this.logicalNs;
    if (!soft) this.untilNs = 0n;
    this.soft = soft;
  }
}

/** The openings of a period, from the state in which it begins to its return. */
function findPeriod(run: Run): { fromNs: bigint; toNs: bigint } | null {
  const seen = new Map<string, bigint>();
  for (let blocks = 0; blocks < MOST_BLOCKS; blocks++) {
    const before = seen.get(run.key());
    if (before !== undefined) return { fromNs: before, toNs: run.logicalNs };
    seen.set(run.key(), run.logicalNs);
    if (!run.block()) return null;
  }
  return null;
}

/**
 * Whether the openings before the last one are as it is, a period apart, none of them shorter: the runtime takes each opening for
 * the beginning of such a row, those before the cycle included.
 */
function isRow(openings: readonly Opening[], { periodNs, lengthNs }: GateCycle): boolean {
  return openings.every(({ fromNs, toNs }, index) => {
    const next = openings[index + 1];
    if (toNs === null || toNs - fromNs < lengthNs) return false;
    return next === undefined || next.fromNs - fromNs === periodNs;
  });
}

/** The cycle of a program's gate; null when it is not known, or has not exactly one opening in a period. */
export function gateCycle(program: Program): GateCycle | null {
  if (!program.instructions.every(isDeterministic)) return null;
  const run = new Run(program);
  const period = findPeriod(run);
  if (period === null || period.toNs === period.fromNs) return null;
  const periodNs = period.toNs - period.fromNs;
  // Another period: what is open at the end of the first may close anywhere in it.
  while (run.logicalNs < period.toNs + periodNs) run.block();
  const openings = run.openings.filter(({ fromNs }) => fromNs < period.toNs);
  const [opening, another] = openings.filter(({ fromNs }) => fromNs >= period.fromNs);
  if (opening === undefined || opening.toNs === null || another !== undefined) return null;
  const cycle = { periodNs, lengthNs: opening.toNs - opening.fromNs };
  return isRow(openings, cycle) ? cycle : null;
}
