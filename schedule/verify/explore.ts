// All states that a system can be in, the earliest first.
import { Agenda } from './agenda.js';
import { Float64List, Uint32List } from './growing.js';
import { Instants, type Instant } from './instant.js';
import type { Model } from './model.js';
import { StateStore } from './state-store.js';
import { TooManyWaysError } from './too-many-ways.js';
import type { Place, PropertyName, Violation } from './violation.js';
import { packWay, type Losses, type Way } from './way.js';

/** How far exploration goes. */
export interface Limits {
  /** Nothing later than this is looked at, units; null: no bound. */
  readonly bound: number | null;
  /** For states and what belongs to them. */
  readonly memoryBytes: number;
  /** Called now and then with how far it is. */
  readonly progress?: (states: number, time: number) => void;
}

/** Why exploration ended, and how far it came. */
export interface Coverage {
  readonly end: 'complete' | 'bound' | 'memory' | 'overload';
  readonly states: number;
  /** Everything up to here has been looked at, units. */
  readonly until: number;
}

/** A snapshot that is overwritten before it was sent. */
export interface Overwritten {
  readonly node: number;
  readonly created: number;
  readonly again: number;
}

const NO_STATE = 0xffffffff;
const PROGRESS_EVERY = 4096;
/** An entry of the agenda and what the engine needs beside the lists, bytes. */
const AGENDA_BYTES = 64;

/** The graph of states, and what was found on the way. */
export class Exploration {
  readonly store = new StateStore();
  readonly parents = new Uint32List();
  readonly times = new Float64List();
  /** By property: the earliest violation. */
  readonly violations = new Map<PropertyName, Violation>();
  readonly overwritten = new Map<string, Overwritten>();
  /** Where the edges of a state begin, by state; NO_STATE: it was not expanded. */
  readonly firstEdge = new Uint32List();
  readonly edgeCount = new Uint32List();
  readonly edgeTarget = new Uint32List();
  readonly edgeLabel = new Uint32List();
  /** Nodes whose wait ends on an edge, by label. */
  readonly labels: { readonly timeouts: readonly number[]; readonly arrivals: readonly number[] }[] = [];
  coverage: Coverage = { end: 'complete', states: 0, until: 0 };
  private readonly labelIds = new Map<string, number>();
  private readonly agenda = new Agenda();
  private readonly instants: Instants;
  /** Of the permutations of nodes that are alike one is kept; not where edges are walked for a node, or states compared with those of other runs. */
  readonly isReduced: boolean;
  private current = 0;
  /** How many states there were when progress was shown last. */
  private shown = 0;
  /** Something went wrong behind the bound. */
  private isCut = false;
  /** When the first state was followed no further because of an overload, units. */
  private overloadedAt: number | null = null;

  /** `judged`: exploration ends when all of these have failed, unless it must be whole; edges are kept where `withEdges`. */
  constructor(
    private readonly model: Model,
    losses: Losses | null,
    private readonly judged: ReadonlySet<PropertyName>,
    private readonly limits: Limits,
    private readonly withEdges: boolean,
    private readonly isWhole = false,
  ) {
    this.instants = new Instants(model, losses, this.note.bind(this));
    this.isReduced = model.symmetry.isAny && !withEdges && !isWhole;
  }

  /** Explores. */
  run(): void {
    this.add(this.instants.first(), 0, NO_STATE);
    let until = 0;
    for (let next = this.agenda.pop(); next !== null; next = this.agenda.pop()) {
      // Found again earlier, and expanded since.
      if (this.firstEdge.at(next.state) !== NO_STATE || next.time > this.times.at(next.state)) continue;
      until = next.time;
      const end = this.limitReached(until);
      if (end !== null) return this.finish(end, until);
      if (this.isSettled(until)) return this.finish('complete', until);
      if (!this.expand(next.state)) return this.finish('memory', until);
    }
    this.finish('complete', until);
  }

  /** States on the way to this one, from the first. */
  pathTo(state: number): number[] {
    const path: number[] = [];
    for (let each = state; each !== NO_STATE; each = this.parents.at(each)) path.push(each);
    return path.reverse();
  }

  /** The state that is kept for a state of the system (`packWay`), which is changed. */
  keptFor(values: number[]): number[] {
    if (this.isReduced) this.model.symmetry.sort(values);
    return values;
  }

  private finish(end: Coverage['end'], until: number): void {
    const { bound } = this.limits;
    const { size: states } = this.store;
    if (this.overloadedAt !== null) this.coverage = { end: 'overload', states, until: this.overloadedAt };
    else if (bound !== null && (end === 'bound' || this.isCut)) this.coverage = { end: 'bound', states, until: bound };
    else this.coverage = { end, states, until };
  }

  private limitReached(time: number): 'bound' | 'memory' | null {
    if (this.limits.bound !== null && time > this.limits.bound) return 'bound';
    if (this.store.size >= this.shown + PROGRESS_EVERY) {
      this.shown = this.store.size;
      this.limits.progress?.(this.shown, time);
    }
    return this.bytes() > this.limits.memoryBytes ? 'memory' : null;
  }

  private bytes(): number {
    const lists = [this.parents, this.times, this.firstEdge, this.edgeCount, this.edgeTarget, this.edgeLabel];
    const machines = this.model.machines.reduce((sum, { bytes }) => sum + bytes, 0);
    return lists.reduce((sum, { bytes }) => sum + bytes, this.store.bytes + machines) + this.agenda.size * AGENDA_BYTES;
  }

  /** Whether everything that is judged has failed, so early that nothing earlier can be found. */
  private isSettled(time: number): boolean {
    if (this.isWhole || this.violations.size < this.judged.size) return false;
    return [...this.judged].every((property) => (this.violations.get(property)?.at ?? Infinity) <= time);
  }

  /** False when there are too many ways on. */
  private expand(state: number): boolean {
    this.current = state;
    this.firstEdge.set(state, this.edgeTarget.length);
    const instant = this.nextInstant(state);
    if (instant === 'too_many') return false;
    if (instant === null) return true;
    const time = this.times.at(state) + instant.after;
    if (this.instants.isOverloaded) this.overloadedAt ??= time;
    for (const way of instant.ways) if (!way.collided) this.connect(state, way, time);
    return true;
  }

  private nextInstant(state: number): Instant | 'too_many' | null {
    try {
      return this.instants.next(this.store.get(state));
    } catch (error) {
      if (error instanceof TooManyWaysError) return 'too_many';
      throw error;
    }
  }

  private connect(from: number, way: Way, time: number): void {
    const target = this.add(packWay(way), time, from);
    if (!this.withEdges) return;
    this.edgeTarget.push(target);
    this.edgeLabel.push(this.labelOf(way));
    this.edgeCount.set(from, this.edgeCount.at(from) + 1);
  }

  private add(values: number[], time: number, parent: number): number {
    const { id, isNew } = this.store.add(this.keptFor(values));
    if (isNew) {
      this.parents.push(parent);
      this.times.push(time);
      this.firstEdge.push(NO_STATE);
      this.edgeCount.push(0);
    } else if (time < this.times.at(id) && this.firstEdge.at(id) === NO_STATE) {
      this.parents.set(id, parent);
      this.times.set(id, time);
    } else {
      return id;
    }
    this.agenda.push(time, id);
    return id;
  }

  private labelOf({ timeouts, arrivals }: Way): number {
    const key = `${timeouts.join()}|${arrivals.join()}`;
    const known = this.labelIds.get(key);
    if (known !== undefined) return known;
    const id = this.labels.push({ timeouts, arrivals }) - 1;
    this.labelIds.set(key, id);
    return id;
  }

  private note(
    property: PropertyName | 'overwritten',
    after: number,
    places: readonly Place[],
    what: string,
    way: Way,
  ): void {
    if (property === 'overwritten') {
      const [first, again] = places;
      const found = { node: first!.node, created: first!.instruction, again: again!.instruction };
      this.overwritten.set(`${found.node} ${found.created} ${found.again}`, found);
      return;
    }
    const at = this.times.at(this.current) + after;
    if (this.limits.bound !== null && at > this.limits.bound) {
      this.isCut = true;
      return;
    }
    const known = this.violations.get(property);
    if (!this.judged.has(property) || (known !== undefined && known.at <= at)) return;
    this.violations.set(property, { property, at, places, what, parent: this.current, steps: way.steps });
  }
}
