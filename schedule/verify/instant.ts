// From one state of the whole system to the next instant at which something happens, and through it.
import { isAlive, nextBlock, type LocalState } from './local-state.js';
import { overlap, type Model } from './model.js';
import type { Fault, Outcome } from './outcome.js';
import type { Steps } from './steps.js';
import { TooManyWaysError } from './too-many-ways.js';
import type { Place, PropertyName } from './violation.js';

/** Losses that may still happen. */
export interface Losses {
  /** In each period. */
  readonly most: number;
  /** Period of the loss-free run, units. */
  readonly period: number;
  /** No loss after the first period that has one. */
  readonly end: boolean;
}

const SUPPRESSED = ' by more than the tolerance, so that its sends are suppressed';

/** So many frames of earlier instants wait at most where a schedule is overloaded. */
const MOST_BACKLOG = 4;

/** So many ways through one instant are followed: a few hundred bytes each. */
const MOST_WAYS = 1 << 19;

/** Where the numbers of a state begin, for `n` nodes: states of the machines, now less L, losses, frames on the wire. */
const LOSS_NUMBERS = 3;

/** One way through an instant. */
export interface Way {
  /** States of the machines. */
  ids: number[];
  /** Now less L, by node. */
  elapsed: number[];
  /** Losses left, time to the next period, and 0 (none yet), 1 (one in this period) or 2 (no more). */
  losses: number[];
  /** Kind, and start less now, of each frame on the wire, in the order of sending. */
  wire: number[];
  steps: Steps | null;
  timeouts: number[];
  arrivals: number[];
  /** Behind a collision, or in an overload: what comes then is not judged. */
  collided: boolean;
  /** How likely the instant is to go this way, as far as the programs say; losses do not count. */
  probability: number;
}

/** Told of each thing that is wrong: at `after` units from the state that the instant follows. */
export type Report = (
  property: PropertyName | 'overwritten',
  after: number,
  places: readonly Place[],
  what: string,
  way: Way,
) => void;

/** The instant that follows a state. */
export interface Instant {
  /** Units from the state. */
  readonly after: number;
  readonly ways: readonly Way[];
}

/** The numbers of a state. */
export function packWay({ ids, elapsed, losses, wire }: Way): number[] {
  return [...ids, ...elapsed, ...losses, ...wire];
}

/** The opposite. */
export function unpackWay(n: number, values: readonly number[]): Way {
  const wireFrom = 2 * n + LOSS_NUMBERS;
  return {
    ids: values.slice(0, n),
    elapsed: values.slice(n, 2 * n),
    losses: values.slice(2 * n, wireFrom),
    wire: values.slice(wireFrom),
    steps: null,
    timeouts: [],
    arrivals: [],
    collided: false,
    probability: 1,
  };
}

/** Another way from here. */
function forkWay({ ids, elapsed, losses, wire, steps, timeouts, arrivals, collided, probability }: Way): Way {
  return {
    ids: ids.slice(),
    elapsed: elapsed.slice(),
    losses: losses.slice(),
    wire: wire.slice(),
    steps,
    timeouts: timeouts.slice(),
    arrivals: arrivals.slice(),
    collided,
    probability,
  };
}

/** Goes from state to state. */
export class Instants {
  private readonly gated: readonly number[];
  /** Somewhere so many frames waited that what came of it was not followed. */
  isOverloaded = false;
  /** From the state to the instant. */
  private after = 0;
  /** Ways through this instant may end alike; else each is another, and none need be compared. */
  private mayRepeat = false;

  constructor(
    private readonly model: Model,
    private readonly losses: Losses | null,
    private readonly tell: Report,
  ) {
    this.gated = model.machines.flatMap(({ node }, index) => (node.relevance.hasGate ? [index] : []));
  }

  /** `offset`: from the instant. */
  private report(
    property: Parameters<Report>[0],
    offset: number,
    places: readonly Place[],
    what: string,
    way: Way,
  ): void {
    this.tell(property, this.after + offset, places, what, way);
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
    if (this.gated.length > 0) this.judgeGates(way, after);
    if (after === Infinity || way.collided) return null;
    this.after = after;
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
      const { next, dropped } = machine.deliver(way.ids[node]!, kind, receiver);
      way.ids[node] = next;
      this.note(way, node, kind, 'taken');
      if (dropped >= 0) this.reportDrop(way, node, receiver.channel, dropped);
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

  private reportDrop(way: Way, node: number, channel: number, dropped: number): void {
    const frame = this.model.kinds.list[dropped]!;
    const { program } = this.model.machines[node]!.node;
    const id = program.channels[channel]!.id;
    const takes = program.instructions.findIndex(
      (each) => (each.op === 'receive' || each.op === 'backup_receive') && each.channel === id,
    );
    const places = [frame, { node, instruction: takes }];
    this.report('received', 0, places, 'a full receive queue drops the frame before it is taken', way);
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
    if ((isFirst && state.phase !== 'busy') || isPassed) this.judgeBegin(way, node, state, lateness);
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
    for (const fault of outcome.faults) this.reportFault(way, node, fault);
    if (outcome.missedDue !== null) this.reportMissed(way, node, outcome, outcome.missedDue);
  }

  /** Frames of one node go out one after the other. */
  private transmit(way: Way, id: number): number {
    const kind = this.model.kinds.list[id]!;
    let start = 0;
    for (let index = 0; index < way.wire.length; index += 2) {
      const other = this.model.kinds.list[way.wire[index]!]!;
      if (other.node === kind.node) start = Math.max(start, way.wire[index + 1]! + other.occupied);
    }
    for (let index = 0; index < way.wire.length; index += 2) {
      const other = this.model.kinds.list[way.wire[index]!]!;
      const otherStart = way.wire[index + 1]!;
      if (!overlap(this.model, other, otherStart, kind, start)) continue;
      way.collided = true;
      const places = otherStart <= start ? [other, kind] : [kind, other];
      this.report('collision', Math.max(start, otherStart), places, 'two frames have the wire at one time', way);
    }
    way.wire.push(id, start);
    return start;
  }

  private reportFault(way: Way, node: number, fault: Fault): void {
    const place = { node, instruction: fault.instruction };
    const { after } = fault;
    const frame = fault.kind === 'overwritten' ? undefined : this.model.kinds.list[fault.other];
    switch (fault.kind) {
      case 'no_future':
      case 'too_many_futures':
        return this.report('stuck', after, [place], `the machine stops with ${fault.kind}`, way);
      case 'nothing_received':
        return this.report('received', after, [place], 'the receive finds nothing', way);
      case 'wrong_length':
        return this.report('received', 0, [frame!, place], `${frame!.payload} bytes do not fit`, way);
      case 'queue_full':
        return this.report('received', 0, [frame!, place], 'a full queue variable drops the value', way);
      case 'overwritten':
        return this.report('overwritten', 0, [{ node, instruction: fault.other }, place], '', way);
    }
  }

  /** A block that is not done at the next instant of its machine. */
  private reportMissed(way: Way, node: number, { path, elapsed }: Outcome, due: number): void {
    const machine = this.model.machines[node]!;
    const { position, free } = machine.states[way.ids[node]!]!;
    const late = Math.max(free, elapsed) - due > machine.node.tolerance;
    const places = [
      { node, instruction: path.at(-1)! },
      { node, instruction: position },
    ];
    const what = `the block ends after the next instant of its machine${late ? SUPPRESSED : ''}`;
    this.report('schedulable', due - elapsed, places, what, way);
  }

  /** At the next instant of a machine its frames have left the wire, and the processor is free. */
  private judgeBegin(way: Way, node: number, { phase, position, together }: LocalState, lateness: number): void {
    const here = { node, instruction: position };
    if (lateness > 0 && (phase === 'sync' || phase === 'synced')) {
      const late = lateness > this.model.machines[node]!.node.tolerance ? SUPPRESSED : '';
      const before = { node, instruction: Math.max(position - 1, 0) };
      const what = `the block before the wait ends after the next instant of its machine${late}`;
      this.report('schedulable', -lateness, [before, here], what, way);
    }
    if (together) return;
    let backlog = 0;
    for (let index = 0; index < way.wire.length; index += 2) {
      const kind = this.model.kinds.list[way.wire[index]!]!;
      if (kind.node !== node || way.wire[index + 1]! + kind.occupied <= -lateness) continue;
      const what = 'the frame is still on the wire at the next instant of its machine';
      if (backlog === 0) this.report('schedulable', -lateness, [kind, here], what, way);
      backlog += 1;
    }
    // More and more frames would wait for ever: what comes of that is not followed.
    if (backlog <= MOST_BACKLOG) return;
    way.collided = true;
    this.isOverloaded = true;
  }

  /** From a state to the next instant: frames of others while a gate is open. */
  private judgeGates(way: Way, time: number): void {
    this.after = 0;
    for (let index = 0; index < way.wire.length; index += 2) {
      const kind = this.model.kinds.list[way.wire[index]!]!;
      const from = Math.max(0, way.wire[index + 1]!);
      const to = way.wire[index + 1]! + kind.occupied + this.model.propagation[kind.node]!;
      for (const node of this.gated) {
        const open = this.openUntil(way, node);
        if (!sharesMedium(this.model, kind.node, node) || from >= Math.min(time, to, open.until)) continue;
        const places = open.by < 0 ? [kind] : [{ node, instruction: open.by }, kind];
        const what = `a frame has the wire while the gate of another node is open${this.whyOpen(way, node)}`;
        this.tell('collision', from, places, what, way);
        way.collided = true;
      }
    }
  }

  /** What no instruction explains: the gate of a machine that does not run. */
  private whyOpen(way: Way, node: number): string {
    const { phase } = this.model.machines[node]!.states[way.ids[node]!]!;
    const { name } = this.model.system.nodes[node]!;
    if (phase === 'held') return `: ${name} has not started yet`;
    if (phase === 'ended') return `: ${name} has ended`;
    return phase === 'no_future' || phase === 'too_many_futures' ? `: ${name} has stopped` : '';
  }

  /** How long the gate of a node stays open from now, and which instruction opened it. */
  private openUntil(way: Way, node: number): { readonly until: number; readonly by: number } {
    const state = this.model.machines[node]!.states[way.ids[node]!]!;
    if (!isAlive(state)) return { until: Infinity, by: -1 };
    if (state.phase === 'held') return { until: state.due - way.elapsed[node]!, by: -1 };
    if (state.softBy >= 0) return { until: Infinity, by: state.softBy };
    return { until: state.windowBy < 0 ? 0 : state.windowEnd - way.elapsed[node]!, by: state.windowBy };
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

function sharesMedium(model: Model, a: number, b: number): boolean {
  return a !== b && model.kinds.mediumOf(a) === model.kinds.mediumOf(b);
}

function passPeriods(losses: number[], { most, period, end }: Losses, time: number): void {
  losses[1]! -= time;
  while (losses[1]! <= 0) {
    losses[1]! += period;
    losses[0] = most;
    if (end && losses[2] === 1) {
      losses.splice(0, LOSS_NUMBERS, 0, 0, 2);
      return;
    }
  }
}

/** Of ways that end in the same state, the first, as likely as all of them. A way that has collided is another. */
function distinct(ways: readonly Way[]): Way[] {
  if (ways.length < 2) return [...ways];
  const known = new Map<string, Way>();
  for (const way of ways) {
    const key = `${packWay(way).join(' ')}|${way.collided}|${way.timeouts.join()}|${way.arrivals.join()}`;
    const same = known.get(key);
    if (same === undefined) known.set(key, way);
    else same.probability += way.probability;
  }
  return [...known.values()];
}
