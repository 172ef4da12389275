// The places in the programs that explain a violation, where finding it does not give them all.
import { Instants } from './instant.js';
import type { Model } from './model.js';
import type { Happened, Run } from './run.js';
import type { Step } from './steps.js';
import type { Place } from './violation.js';
import { packWay, unpackWay, type Losses } from './way.js';

/** How many instants are followed to find the frame that a receive came too early for. */
const LOOK_AHEAD = 10_000;

/** Where and when a property fails. */
export interface Located {
  readonly places: readonly Place[];
  /** Units from the common start. */
  readonly at: number;
}

/** The places of a violation in the order of the contract: the send before the receive; the halt, then what led to it. */
export function locate(model: Model, losses: Losses | null, run: Run): Located {
  const { violation, happened } = run;
  if (violation.loop !== undefined) return locateWait(model, violation.loop.node, happened);
  return { places: completePlaces(model, losses, run), at: violation.at };
}

/** The first `sync slave` of the row that never ends; what led to it is the sync frame that was lost, or the last one sent. */
function locateWait(model: Model, node: number, run: readonly Happened[]): Located {
  let wait = { node, instruction: 0, at: 0 };
  let isRow = false;
  let cause: Place | null = null;
  for (const { time, steps } of run) {
    for (const step of steps) {
      if (step.kind === 'arrival') {
        const frame = model.kinds.list[step.frame]!;
        if (step.node === node && frame.type === 'sync') cause = frame;
        continue;
      }
      if (step.node !== node) continue;
      const last = step.outcome.path.at(-1)!;
      if (step.outcome.sync === 'arrival') isRow = false;
      if (isRow || model.system.nodes[node]!.program.instructions[last]!.op !== 'sync_slave') continue;
      isRow = true;
      wait = { node, instruction: last, at: time };
    }
  }
  return { places: cause === null ? [wait] : [wait, cause], at: wait.at };
}

function completePlaces(model: Model, losses: Losses | null, run: Run): readonly Place[] {
  const { property, places } = run.violation;
  if (property === 'received' && places.length === 1) {
    const send = missingSend(model, losses, run);
    return send === null ? places : [send, ...places];
  }
  if (property === 'stuck' && places.length === 1) {
    const cause = causeOf(model, places[0]!, run.happened);
    return cause === null ? places : [...places, cause];
  }
  return places;
}

/** The send whose frame comes next after a `receive` that found nothing. */
function missingSend(model: Model, losses: Losses | null, { violation, before }: Run): Place | null {
  const receive = violation.places[0]!;
  const { program } = model.system.nodes[receive.node]!;
  const instruction = program.instructions[receive.instruction]!;
  const channel = program.channels.findIndex((each) => 'channel' in instruction && each.id === instruction.channel);
  const isMissing = (kind: number): boolean =>
    model.kinds.list[kind]!.receivers.some((each) => each.node === receive.node && each.channel === channel);
  const instants = new Instants(model, losses, () => undefined);
  let values = before;
  const after = instants.next(values)?.after ?? 0;
  const { wire } = unpackWay(model.machines.length, values);
  for (let index = 0; index < wire.length; index += 2) {
    const kind = model.kinds.list[wire[index]!]!;
    const comes = kind.receivers.some(({ node, travel }) => node === receive.node && wire[index + 1]! + travel > after);
    if (isMissing(wire[index]!) && comes) return kind;
  }
  for (let count = 0; count < LOOK_AHEAD; count += 1) {
    const way = instants.next(values)?.ways[0];
    if (way === undefined) return null;
    for (let steps = way.steps; steps !== null; steps = steps.before) {
      const { step } = steps;
      const sent = step.kind === 'block' ? step.outcome.sends.find(isMissing) : undefined;
      if (sent !== undefined) return model.kinds.list[sent]!;
    }
    values = packWay(way);
  }
  return null;
}

/** What brought control to the instruction where a machine stopped: its last decision in that block, or the end of the block before. */
function causeOf(model: Model, place: Place, run: readonly Happened[]): Place | null {
  const blocks = run
    .flatMap(({ steps }) => steps)
    .filter((step): step is Extract<Step, { kind: 'block' }> => step.kind === 'block' && step.node === place.node);
  const { instructions } = model.system.nodes[place.node]!.program;
  const decides = (index: number): boolean => ['if', 'handle', 'sync_slave'].includes(instructions[index]!.op);
  const [last, ...earlier] = blocks.reverse();
  const decision = last?.outcome.path.findLast((index) => index !== place.instruction && decides(index));
  const cause = decision ?? earlier[0]?.outcome.path.at(-1);
  return cause === undefined ? null : { node: place.node, instruction: cause };
}
