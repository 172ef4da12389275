// What goes wrong at an instant: collisions, blocks and frames that are late, frames that nobody takes, machines that stop.
import type { FrameKind } from './frame-kinds.js';
import { isAlive, type LocalState } from './local-state.js';
import { overlap, type Model } from './model.js';
import type { Fault, Outcome } from './outcome.js';
import type { Place, PropertyName } from './violation.js';
import type { Way } from './way.js';

const SUPPRESSED = ' by more than the tolerance, so that its sends are suppressed';

/** So many frames of earlier instants wait at most where a schedule is overloaded. */
const MOST_BACKLOG = 4;

/** Told of each thing that is wrong: at `after` units from the state that the instant follows. */
export type Report = (
  property: PropertyName | 'overwritten',
  after: number,
  places: readonly Place[],
  what: string,
  way: Way,
) => void;

/** Judges one instant after the other and tells what it finds. */
export class Judge {
  /** Somewhere so many frames waited that what came of it was not followed. */
  isOverloaded = false;
  private readonly gated: readonly number[];
  /** From the state to the instant that is judged. */
  private after = 0;

  constructor(
    private readonly model: Model,
    private readonly tell: Report,
  ) {
    this.gated = model.machines.flatMap(({ node }, index) => (node.relevance.hasGate ? [index] : []));
  }

  /** What is told from now on belongs to the instant `after` units from the state. */
  turnTo(after: number): void {
    this.after = after;
  }

  /** A frame that goes out `start` units from now meets those that are on the wire. */
  collisions(way: Way, kind: FrameKind, start: number): void {
    for (let index = 0; index < way.wire.length; index += 2) {
      const other = this.model.kinds.list[way.wire[index]!]!;
      const otherStart = way.wire[index + 1]!;
      if (!overlap(this.model, other, otherStart, kind, start)) continue;
      way.collided = true;
      const places = otherStart <= start ? [other, kind] : [kind, other];
      this.report('collision', Math.max(start, otherStart), places, 'two frames have the wire at one time', way);
    }
  }

  /** A full receive queue has dropped a frame. */
  drop(way: Way, node: number, channel: number, dropped: number): void {
    const frame = this.model.kinds.list[dropped]!;
    const { program } = this.model.machines[node]!.node;
    const id = program.channels[channel]!.id;
    const takes = program.instructions.findIndex(
      (each) => (each.op === 'receive' || each.op === 'backup_receive') && each.channel === id,
    );
    const places = [frame, { node, instruction: takes }];
    this.report('received', 0, places, 'a full receive queue drops the frame before it is taken', way);
  }

  /** What a block does wrong by itself. */
  fault(way: Way, node: number, fault: Fault): void {
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
  missed(way: Way, node: number, { path, elapsed }: Outcome, due: number): void {
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
  begin(way: Way, node: number, { phase, position, together }: LocalState, lateness: number): void {
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
  gates(way: Way, time: number): void {
    if (this.gated.length === 0) return;
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

  /** How long the gate of a node stays open from now, and which instruction opened it. */
  private openUntil(way: Way, node: number): { readonly until: number; readonly by: number } {
    const state = this.model.machines[node]!.states[way.ids[node]!]!;
    if (!isAlive(state)) return { until: Infinity, by: -1 };
    if (state.phase === 'held') return { until: state.due - way.elapsed[node]!, by: -1 };
    if (state.softBy >= 0) return { until: Infinity, by: state.softBy };
    return { until: state.windowBy < 0 ? 0 : state.windowEnd - way.elapsed[node]!, by: state.windowBy };
  }
}

function sharesMedium(model: Model, a: number, b: number): boolean {
  return a !== b && model.kinds.mediumOf(a) === model.kinds.mediumOf(b);
}
