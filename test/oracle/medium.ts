// Nodes on a medium that loses, repeats and delays frames, each with a script of its own: the same walk through time for machines
// in virtual time and for programs in the kernel.
import type { Step } from '../support/oracle-case.js';

/** What becomes of a frame on its way to one receiver. */
export const FATES = ['arrives', 'lost', 'twice', 'late'] as const;
export type Fate = (typeof FATES)[number];

/** How long a frame that is late is under way, ns. */
const LATE_NS = 20_000n;
/** A bound against systems that never come to an end. */
const MOST_BLOCKS = 100_000;

type Happening = Exclude<Step, { kind: 'run' }>;

/** A node as the medium sees it. */
export interface Player {
  readonly isTimingOut: boolean;
  step(step: Happening): void;
  nextInstant(): bigint | null;
  /** The answer are the frames that the block sent. */
  runBlock(nowNs: bigint): Uint8Array[];
}

/** What happens to the nodes. A node sleeps but for the `run` steps of its script, so it is stalled between them. */
export interface Plan {
  readonly scripts: readonly (readonly Step[])[];
  /** Taken in turn, frame by frame and receiver by receiver; empty: every frame arrives. */
  readonly fates: readonly Fate[];
  readonly originNs: bigint;
  /** Called for each frame and receiver. */
  readonly carried?: (fate: Fate) => void;
}

/** Priorities of what happens at one instant: frames first, then applications, then the machines. */
const TURN = { frame: 0, script: 1, block: 2, timeout: 3, sleep: 4 } as const;

interface Candidate {
  readonly atNs: bigint;
  readonly turn: number;
  readonly go: () => void;
}

interface Flight {
  readonly atNs: bigint;
  readonly to: Player;
  readonly bytes: Uint8Array;
}

/** Plays all scripts to their ends. */
export function playTogether(players: readonly Player[], plan: Plan): void {
  new Medium(players, plan).play();
}

class Medium {
  /** Index of the step that each node is at. */
  private readonly at: number[];
  private nowNs: bigint;
  private flights: Flight[] = [];
  private fate = 0;
  private blocks = 0;

  constructor(
    private readonly players: readonly Player[],
    private readonly plan: Plan,
  ) {
    this.at = players.map(() => 0);
    this.nowNs = plan.originNs;
  }

  play(): void {
    for (let next = this.next(); next !== null; next = this.next()) {
      this.nowNs = next.atNs;
      next.go();
    }
  }

  private next(): Candidate | null {
    const candidates = [...this.arrivals(), ...this.players.flatMap((player, index) => this.ofNode(player, index))];
    return candidates.reduce<Candidate | null>(
      (best, each) => (best !== null && !isBefore(each, best) ? best : each),
      null,
    );
  }

  private arrivals(): Candidate[] {
    return this.flights.map((flight) => ({
      atNs: flight.atNs,
      turn: TURN.frame,
      go: () => {
        this.flights = this.flights.filter((each) => each !== flight);
        flight.to.step({ kind: 'deliver', atNs: flight.atNs, bytes: flight.bytes });
      },
    }));
  }

  private ofNode(player: Player, index: number): Candidate[] {
    const step = this.plan.scripts[index]?.[this.at[index]!];
    if (step === undefined) return [];
    const isWoken = step.kind === 'run' || step.kind === 'wake';
    const dueNs = isWoken ? player.nextInstant() : null;
    const turn = player.isTimingOut ? TURN.timeout : TURN.block;
    if (step.kind === 'run' && dueNs !== null && dueNs <= step.atNs) {
      const nowNs = dueNs > this.nowNs ? dueNs : this.nowNs;
      return [{ atNs: nowNs, turn, go: () => this.runBlock(player, nowNs) }];
    }
    const go = (): void => {
      if (step.kind === 'wake') this.wake(player, step.atNs);
      else if (step.kind !== 'run') player.step(step);
      this.at[index]! += 1;
    };
    return [
      { atNs: step.atNs, turn: step.kind === 'run' ? TURN.sleep : step.kind === 'wake' ? turn : TURN.script, go },
    ];
  }

  private wake(player: Player, nowNs: bigint): void {
    const dueNs = player.nextInstant();
    if (dueNs !== null && dueNs <= nowNs) this.runBlock(player, nowNs);
  }

  private runBlock(player: Player, nowNs: bigint): void {
    this.blocks += 1;
    if (this.blocks > MOST_BLOCKS) throw new Error(`more than ${MOST_BLOCKS} blocks`);
    const frames = player.runBlock(nowNs);
    for (const bytes of frames) {
      for (const to of this.players) if (to !== player) this.carry(to, bytes, nowNs);
    }
  }

  private carry(to: Player, bytes: Uint8Array, atNs: bigint): void {
    const { fates } = this.plan;
    const fate = fates.length === 0 ? 'arrives' : fates[this.fate++ % fates.length]!;
    this.plan.carried?.(fate);
    if (fate === 'late') this.flights.push({ atNs: atNs + LATE_NS, to, bytes });
    if (fate === 'arrives' || fate === 'twice') to.step({ kind: 'deliver', atNs, bytes });
    if (fate === 'twice') to.step({ kind: 'deliver', atNs, bytes });
  }
}

function isBefore(a: Candidate, b: Candidate): boolean {
  return a.atNs === b.atNs ? a.turn < b.turn : a.atNs < b.atNs;
}
