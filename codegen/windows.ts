// When the gate of a program is open, as far as that is known before it runs: a program without guards, handlers and `sync slave`
// does the same in every cycle, so that ordinary frames can be held until an opening that is known ahead.
import type { Instruction, Program } from '../lang/program.js';

/** When a gate opens, for ever. */
export interface GateCycle {
  /** When the first period begins, ns after the start; its first opening begins then. */
  readonly startNs: bigint;
  readonly periodNs: bigint;
  /** The openings of a period in their order, ns after its beginning; the last may end in the next period. */
  readonly openings: readonly { readonly fromNs: bigint; readonly toNs: bigint }[];
  /** Whether the program sends frames of its own while its gate is open. */
  readonly shared: boolean;
}

interface Opening {
  readonly fromNs: bigint;
  /** Null while `mode soft` holds it open. */
  toNs: bigint | null;
}

const MOST_BLOCKS = 10_000;
const MOST_FUTURES = 64;
/** The gate looks at each of them for each frame. */
const MOST_OPENINGS = 16;

function isDeterministic(instruction: Instruction): boolean {
  if (instruction.op === 'sync_slave' || instruction.op === 'handle') return false;
  return (
    instruction.op !== 'if' || instruction.guard.kind === 'always_true' || instruction.guard.kind === 'always_false'
  );
}

/** Follows the one run that the program has, and notes when its gate opens and closes. */
class Run {
  readonly openings: Opening[] = [];
  shared = false;
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
      case 'send':
      case 'backup_send':
      case 'sync_master':
        this.shared ||= this.current() !== null;
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

/** Those of the period that begins with the first of them. */
function relative(openings: readonly Opening[], beginNs: bigint): GateCycle['openings'] | null {
  const ended = openings.flatMap(({ fromNs, toNs }) => (toNs === null ? [] : [{ fromNs, toNs }]));
  if (ended.length < openings.length || ended.length === 0 || ended.length > MOST_OPENINGS) return null;
  return ended.map(({ fromNs, toNs }) => ({ fromNs: fromNs - beginNs, toNs: toNs - beginNs }));
}

/**
 * The cycle of a program's gate. Null when it is not known, has no opening, is always open, or has more openings in a period
 * than the gate follows.
 */
export function gateCycle(program: Program): GateCycle | null {
  if (!program.instructions.every(isDeterministic)) return null;
  const run = new Run(program);
  const period = findPeriod(run);
  if (period === null || period.toNs === period.fromNs) return null;
  const periodNs = period.toNs - period.fromNs;
  // Another period: what is open at the end of the first may close anywhere in it.
  while (run.logicalNs < period.toNs + periodNs) run.block();
  const inPeriod = run.openings.filter(({ fromNs }) => fromNs >= period.fromNs && fromNs < period.toNs);
  const startNs = inPeriod[0]?.fromNs ?? 0n;
  const openings = relative(inPeriod, startNs);
  return openings && { startNs, periodNs, openings, shared: run.shared };
}
