// Whether the system comes back to the loss-free run after one lost frame, or after one node has started later than the others.
import type { Exploration } from './explore.js';
import { Instants } from './instant.js';
import { lateStarts } from './late-starts.js';
import type { Model } from './model.js';
import type { Happened } from './run.js';
import { listSteps } from './steps.js';
import type { Place } from './violation.js';
import { packWay, unpackWay, type Losses, type Way } from './way.js';

/** A disturbance from which the system does not recover in time. */
export interface Unrecovered {
  /** Units from the common start: when it ought to have recovered. */
  readonly at: number;
  readonly places: readonly Place[];
  readonly what: string;
  readonly run: readonly Happened[];
  /** By node: start in units, where it differs. */
  readonly starts: readonly number[] | null;
}

/** A run under way. */
interface Running {
  readonly values: readonly number[];
  readonly time: number;
  readonly happened: Happened | null;
  readonly before: Running | null;
}

/** So many instants are followed at most. */
const MOST_INSTANTS = 200_000;

/** Thrown when there are too many runs to follow. */
export class TooManyRunsError extends Error {
  override readonly name = 'TooManyRunsError';
}

/** Whether every node that sends keeps in step by sync frames or gives them: otherwise nothing brings it back. */
export function canRecover(model: Model): boolean {
  return model.machines.every(({ node: { program, relevance } }) => {
    const sends = program.instructions.some(({ op }) => op === 'send' || op === 'backup_send');
    return !sends || relevance.hasSync;
  });
}

/** Finds disturbances. */
export class Recovery {
  private readonly instants: Instants;
  private left = MOST_INSTANTS;

  /** `exploration`: the loss-free one, complete; `within`: units. */
  constructor(
    private readonly model: Model,
    private readonly exploration: Exploration,
    private readonly within: number,
  ) {
    this.instants = new Instants(model, null, () => undefined);
  }

  /**
   * The first disturbance from which the system does not recover, losses before late starts; null: there is none.
   * @throws TooManyRunsError
   */
  find(): Unrecovered | null {
    return this.afterLoss() ?? this.afterLateStart();
  }

  private afterLoss(): Unrecovered | null {
    const losses: Losses = { most: 1, period: Number.MAX_SAFE_INTEGER, end: true };
    const losing = new Instants(this.model, losses, () => undefined);
    for (let state = 0; state < this.exploration.store.size; state += 1) {
      const way = unpackWay(this.model.machines.length, this.exploration.store.get(state));
      way.losses = [1, losses.period, 0];
      const instant = losing.next(packWay(way));
      if (instant === null) continue;
      const time = this.exploration.times.at(state) + instant.after;
      for (const lost of instant.ways.filter((each) => each.losses[2] === 1)) {
        const found = this.afterOneLoss(state, lost, time);
        if (found !== null) return found;
      }
    }
    return null;
  }

  private afterOneLoss(state: number, lost: Way, time: number): Unrecovered | null {
    lost.losses = [0, 0, 0];
    const steps = listSteps(lost.steps);
    const end = this.follow({ values: packWay(lost), time, happened: { time, steps }, before: null }, time);
    if (end === null) return null;
    const step = steps.find((each) => each.kind === 'arrival' && each.result === 'lost');
    const places = step?.kind === 'arrival' ? [this.model.kinds.list[step.frame]!] : [];
    const run = [...this.runToState(state), ...listRun(end)];
    return {
      at: time + this.within,
      places,
      what: 'after the loss of a frame the system does not recover',
      run,
      starts: null,
    };
  }

  private runToState(state: number): Happened[] {
    const path = this.exploration.pathTo(state);
    return path.slice(1).map((target, index) => {
      const wanted = this.exploration.store.get(target).join(' ');
      const ways = this.instants.next(this.exploration.store.get(path[index]!))!.ways;
      const way = ways.find((each) => packWay(each).join(' ') === wanted)!;
      return { time: this.exploration.times.at(target), steps: listSteps(way.steps) };
    });
  }

  private afterLateStart(): Unrecovered | null {
    for (let node = 0; node < this.model.machines.length; node += 1) {
      for (const start of lateStarts(this.model, node)) {
        const values = this.instants.first();
        values[node] = this.model.machines[node]!.initial(start);
        const end = this.follow({ values, time: 0, happened: null, before: null }, start);
        if (end === null) continue;
        const what = 'after a late start of the node the system does not recover';
        const starts = this.model.system.nodes.map(({ startNs }) => Number(startNs) * this.model.units.perNs);
        starts[node] = start;
        return { at: start + this.within, places: [{ node, instruction: 0 }], what, run: listRun(end), starts };
      }
    }
    return null;
  }

  /** Follows every run; the end of one that is not back in time, or null. */
  private follow(start: Running, since: number): Running | null {
    const seen = new Set<string>();
    const open = [start];
    for (let next = open.pop(); next !== undefined; next = open.pop()) {
      if (next.time >= since && this.exploration.store.has(next.values)) continue;
      if (next.time > since + this.within) return next;
      if ((this.left -= 1) < 0) throw new TooManyRunsError();
      const instant = this.instants.next(next.values);
      if (instant === null) return next;
      const time = next.time + instant.after;
      for (const way of instant.ways) {
        const values = packWay(way);
        const key = `${time} ${values.join(' ')}`;
        if (way.collided || seen.has(key)) continue;
        seen.add(key);
        open.push({ values, time, happened: { time, steps: listSteps(way.steps) }, before: next });
      }
    }
    return null;
  }
}

function listRun(end: Running): Happened[] {
  const run: Happened[] = [];
  for (let each: Running | null = end; each !== null; each = each.before) {
    if (each.happened !== null) run.push(each.happened);
  }
  return run.reverse();
}
