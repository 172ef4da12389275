// From one state of the whole system to the next instant at which something happens, and through it.
import { Judge, type Report } from './judge.js';
import { isAlive, nextBlock } from './local-state.js';
import type { Model } from './model.js';
import type { Outcome } from './outcome.js';
import { TooManyWaysError } from './too-many-ways.js';
import { distinct, forkWay, passPeriods, unpackWay, type Losses, type Way } from './way.js';

/** So many ways through one instant are followed: a few hundred bytes each. */
const MOST_WAYS = 1 << 19;

/** The instant that follows a state. */
export interface Instant {
  /** Units from the state. */
  readonly after: number;
  readonly ways: readonly Way[];
}

/** Goes from state to state. */
export class Instants {
  private readonly judge: Judge;
  /** Ways through this instant may end alike; else each is another, and none need be compared. */
  private mayRepeat = false;

  constructor(
    private readonly model: Model,
    private readonly losses: Losses | null,
    tell: Report,
  ) {
    this.judge = new Judge(model, tell);
  }

  /** Somewhere so many frames waited that what came of it was not followed. */
  get isOverloaded(): boolean {
    return this.judge.isOverloaded;
  }

  /** Before the common start: every machine is held. */
  first(): number[] {
    const { machines, system, units } = this.model;
    const ids = machines.map((machine, index) => machine.initial(Number(system.nodes[index]!.startNs) * units.perNs));
    const losses = this.losses === null ? [0, 0, 0] : [this.losses.most, this.losses.period, 0];
    return [...ids, ...ids.map(() => 0), ...losses];
  }

  /**
   * The next instant, or null when nothing happens any more, or nothing that is judged: behind a collision.
   * @throws TooManyWaysError
   */
  next(values: readonly number[]): Instant | null {
    const way = unpackWay(this.model.machines.length, values);
    const after = this.timeToNext(way);
    this.judge.gates(way, after);
    if (after === Infinity || way.collided) return null;
    this.judge.turnTo(after);
    this.mayRepeat = false;
    this.pass(way, after);
    let ways = this.arrive(way);
    for (let node = 0; node < this.model.machines.length; node += 1) ways = this.runNode(ways, node);
    for (const each of ways) this.clean(each);
    return { after, ways: this.each(ways) };
  }

  private timeToNext({ ids, elapsed, wire }: Way): number {
    let next = Infinity;
    this.model.machines.forEach((machine, node) => {
      const state = machine.states[ids[node]!]!;
      if (isAlive(state)) next = Math.min(next, nextBlock(state) - elapsed[node]!);
    });
    for (let index = 0; index < wire.length; index += 2) {
      for (const { travel } of this.model.kinds.list[wire[index]!]!.receivers) {
        const arrival = wire[index + 1]! + travel;
        if (arrival > 0) next = Math.min(next, arrival);
      }
    }
    return next;
  }

  private pass(way: Way, time: number): void {
    if (time === 0) return;
    this.model.machines.forEach((machine, node) => {
      if (isAlive(machine.states[way.ids[node]!]!)) way.elapsed[node]! += time;
    });
    for (let index = 1; index < way.wire.length; index += 2) way.wire[index]! -= time;
    if (this.losses !== null && way.losses[2] !== 2) passPeriods(way.losses, this.losses, time);
  }

  /** Frames that arrive now, in the order in which they were sent. */
  private arrive(way: Way): Way[] {
    let ways = [way];
    for (let index = 0; index < way.wire.length; index += 2) {
      const kind = this.model.kinds.list[way.wire[index]!]!;
      const here = kind.receivers.filter(({ travel }) => way.wire[index + 1]! + travel === 0);
      if (here.length === 0) continue;
      ways = ways.flatMap((each) => this.arrivals(each, kind.id, here));
    }
    if (ways.length === 1) return ways;
    this.mayRepeat = true;
    return distinct(ways);
  }

  private arrivals(way: Way, kind: number, receivers: readonly Receiving[]): Way[] {
    const touched = receivers.filter((receiver) => this.wouldTake(way, receiver));
    const subsets = this.losses !== null && way.losses[0]! > 0 && way.losses[2] !== 2 ? 2 ** touched.length : 1;
    const ways: Way[] = [];
    for (let lost = 0; lost < subsets; lost += 1) {
      const each = lost + 1 < subsets ? forkWay(way) : way;
      if (lost > 0) {
        each.losses[0]! -= 1;
        if (this.losses!.end) each.losses[2] = 1;
      }
      for (const receiver of receivers) {
        const at = touched.indexOf(receiver);
        if (at >= 0 && (lost >> at) & 1) this.note(each, receiver.node, kind, 'lost');
        else this.deliver(each, kind, receiver);
      }
      ways.push(each);
    }
    return ways;
  }

  /** Whether a loss would make a difference. */
  private wouldTake(way: Way, receiver: Receiving): boolean {
    const machine = this.model.machines[receiver.node]!;
    const state = machine.states[way.ids[receiver.node]!]!;
    if (receiver.channel >= 0) return state.phase !== 'ended' && machine.node.relevance.channels[receiver.channel]!;
    return (
      state.phase === 'sync' && machine.sync(way.ids[receiver.node]!, way.elapsed[receiver.node]!, receiver) !== null
    );
  }

  private deliver(way: Way, kind: number, receiver: Receiving): void {
    const { node } = receiver;
    const machine = this.model.machines[node]!;
    if (receiver.channel >= 0) {
      const { next, dropped } = machine.deliver(way.ids[node]!, this.model.symmetry.asReceived(kind), receiver);
      way.ids[node] = next;
      this.note(way, node, kind, 'taken');
      if (dropped >= 0) this.judge.drop(way, node, receiver.channel, dropped);
      return;
    }
    const synced = machine.sync(way.ids[node]!, way.elapsed[node]!, receiver);
    this.note(way, node, kind, synced === null ? 'unawaited' : 'taken');
    if (synced === null) return;
    way.ids[node] = synced.next;
    way.elapsed[node] = synced.elapsed;
    way.arrivals.push(node);
  }

  private note(way: Way, node: number, frame: number, result: 'taken' | 'lost' | 'unawaited'): void {
    way.steps = { step: { kind: 'arrival', node, frame, result }, before: way.steps };
  }

  /** Each way once. */
  private each(ways: Way[]): Way[] {
    return this.mayRepeat ? distinct(ways) : ways;
  }

  /** Every block of a node that is due now, of all ways one after the other: several blocks can come to one state in several ways. */
  private runNode(ways: readonly Way[], node: number): Way[] {
    const done: Way[] = [];
    let open = ways;
    for (let isFirst = true; open.length > 0; isFirst = false) {
      const ran: Way[] = [];
      // The last one first: of what goes wrong at one instant the first that is told counts.
      for (const way of open.toReversed()) {
        const after = this.runBlock(way, node, isFirst);
        if (after === null) done.push(way);
        else for (const each of after.reverse()) ran.push(each);
        if (ran.length + done.length > MOST_WAYS) throw new TooManyWaysError();
      }
      open = isFirst ? ran.reverse() : distinct(ran.reverse());
      if (!isFirst && ran.length > 0) this.mayRepeat = true;
    }
    return this.each(done.reverse());
  }

  /** What the block of a node that is due now leads to; null where none is. */
  private runBlock(way: Way, node: number, isFirst: boolean): Way[] | null {
    const machine = this.model.machines[node]!;
    const state = machine.states[way.ids[node]!]!;
    if (!isAlive(state) || way.elapsed[node]! < nextBlock(state)) return null;
    const lateness = way.elapsed[node]! - state.due;
    // A wait whose end has passed when it begins ends in the instant of its block.
    const isPassed = state.phase === 'sync' && lateness > 0;
    if ((isFirst && state.phase !== 'busy') || isPassed) this.judge.begin(way, node, state, lateness);
    const outcomes = machine.run(way.ids[node]!, lateness);
    return outcomes.map((outcome, index) => {
      const each = index + 1 < outcomes.length ? forkWay(way) : way;
      this.apply(each, node, outcome);
      return each;
    });
  }

  private apply(way: Way, node: number, outcome: Outcome): void {
    way.ids[node] = outcome.next;
    way.elapsed[node] = outcome.elapsed;
    way.probability *= outcome.probability;
    if (outcome.sync === 'timeout') way.timeouts.push(node);
    const starts: number[] = [];
    way.steps = { step: { kind: 'block', node, outcome, starts }, before: way.steps };
    for (const kind of outcome.sends) starts.push(this.transmit(way, kind));
    for (const fault of outcome.faults) this.judge.fault(way, node, fault);
    if (outcome.missedDue !== null) this.judge.missed(way, node, outcome, outcome.missedDue);
  }

  /** Frames of one node go out one after the other. */
  private transmit(way: Way, id: number): number {
    const kind = this.model.kinds.list[id]!;
    let start = 0;
    for (let index = 0; index < way.wire.length; index += 2) {
      const other = this.model.kinds.list[way.wire[index]!]!;
      if (other.node === kind.node) start = Math.max(start, way.wire[index + 1]! + other.occupied);
    }
    this.judge.collisions(way, kind, start);
    way.wire.push(id, start);
    return start;
  }

  /** Frames that have come everywhere and can meet no other any more are forgotten. */
  private clean(way: Way): void {
    const kept: number[] = [];
    for (let index = 0; index < way.wire.length; index += 2) {
      const kind = this.model.kinds.list[way.wire[index]!]!;
      const start = way.wire[index + 1]!;
      const lasts = start + kind.forwarded + kind.occupied + this.model.propagation[kind.node]! > 0;
      if (lasts || kind.receivers.some(({ travel }) => start + travel > 0)) kept.push(way.wire[index]!, start);
    }
    way.wire = kept;
  }
}

type Receiving = Model['kinds']['list'][number]['receivers'][number];
