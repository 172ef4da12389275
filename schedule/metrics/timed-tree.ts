// The timed tree of a system: its states, how long each lasts, and where it goes with which probability. States that repeat are one, so the
// tree is a graph; as a Markov chain it says what happens in the long run.
import { Instants } from '../verify/instant.js';
import { buildModel, type Model } from '../verify/model.js';
import { NodeMachine } from '../verify/node-machine.js';
import { StateStore } from '../verify/state-store.js';
import type { Steps } from '../verify/steps.js';
import { toNs } from '../verify/units.js';
import type { System } from '../verify/system.js';
import { packWay } from '../verify/way.js';

/** One way that the next instant can go. */
export interface Branch {
  /** Number of a state. */
  readonly to: number;
  readonly probability: number;
  /** What happens at the instant. */
  readonly steps: Steps | null;
}

/** What the system is like between two instants. */
export interface TreeState {
  /** Time until the next instant, units; Infinity where nothing happens any more. */
  readonly lasts: number;
  /** With a state that lasts for ever: none. */
  readonly branches: readonly Branch[];
}

/** The first state is the one before the start. */
export interface TimedTree {
  readonly model: Model;
  readonly store: StateStore;
  readonly states: readonly TreeState[];
}

/** Thrown for a system that has no figures: its frames collide, or pile up. */
export class RefutedError extends Error {
  override readonly name = 'RefutedError';
}

/** Thrown for a system with more states than are wanted. */
export class TooManyStatesError extends Error {
  override readonly name = 'TooManyStatesError';
}

/**
 * Builds the tree of a system: guards on data go both ways as likely as the program says (else evenly), byte strings are as long as they can be.
 * @throws RefutedError, TooManyStatesError when there are more than `mostStates`
 */
export function buildTimedTree(system: System, mostStates: number): TimedTree {
  return new TreeBuilder(modelOf(system), mostStates).build();
}

/** The verifier's, without what only its warnings need. */
function modelOf(system: System): Model {
  const model = buildModel(system);
  const machines = model.machines.map(({ node }) => {
    return new NodeMachine({ ...node, relevance: { ...node.relevance, judgesUnsent: false } });
  });
  return { ...model, machines };
}

class TreeBuilder {
  private readonly store = new StateStore();
  private readonly states: TreeState[] = [];
  private readonly instants: Instants;

  constructor(
    private readonly model: Model,
    private readonly mostStates: number,
  ) {
    this.instants = new Instants(model, null, (property, _, places, what, way) => {
      if (property === 'collision' && way.probability > 0) throw collision(model, places, what);
    });
  }

  build(): TimedTree {
    this.store.add(this.instants.first());
    for (let state = 0; state < this.store.size; state += 1) {
      if (state >= this.mostStates) throw new TooManyStatesError(`there are more than ${this.mostStates} states`);
      this.states.push(this.expand(state));
    }
    return { model: this.model, store: this.store, states: this.states };
  }

  private expand(state: number): TreeState {
    const instant = this.instants.next(this.store.get(state));
    if (instant === null) return { lasts: Infinity, branches: [] };
    const likely = instant.ways.filter(({ probability }) => probability > 0);
    if (likely.some(({ collided }) => collided)) {
      throw new RefutedError('more than 4 frames still wait for the wire at the next instant of their machine');
    }
    const branches = likely.map((way): Branch => {
      return { to: this.store.add(packWay(way)).id, probability: way.probability, steps: way.steps };
    });
    return { lasts: instant.after, branches };
  }
}

function collision(model: Model, places: readonly { node: number; instruction: number }[], what: string): Error {
  const named = places.map(({ node, instruction }) => {
    const { program } = model.system.nodes[node]!;
    const { file, line } = program.instructions[instruction]!.span;
    return `${file}:${line}`;
  });
  return new RefutedError(`${what} (${named.join(', ')})`);
}

/** Units as ns, with their fraction. */
export function exactNs({ units }: Model, time: number): number {
  return Number.isInteger(time / units.perNs) ? toNs(units, time) : time / units.perNs;
}
