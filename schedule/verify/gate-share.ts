// How much time the gates leave to ordinary traffic in any stretch of time.
import type { Exploration } from './explore.js';
import { Instants } from './instant.js';
import { isAlive, nextBlock } from './local-state.js';
import type { Model } from './model.js';
import { unpackWay } from './way.js';

/** A share: so much time in each stretch of another; units. */
export interface Share {
  readonly open: number;
  readonly within: number;
}

/** A stretch in which a gate is open for too short. */
export interface Starved {
  readonly node: number;
  /** State after which it begins, and its end in units from the common start. */
  readonly state: number;
  readonly at: number;
  readonly open: number;
}

interface Edge {
  /** Units to the next instant; Infinity where there is none. */
  readonly after: number;
  readonly targets: readonly number[];
}

/** Looks for stretches with too little of it. */
export class GateShare {
  private readonly instants: Instants;
  private readonly edges = new Map<number, Edge>();

  /** `exploration`: complete, with edges. */
  constructor(
    private readonly model: Model,
    private readonly exploration: Exploration,
    private readonly share: Share,
  ) {
    this.instants = new Instants(model, null, () => undefined);
  }

  /** The first stretch that a gated node gets too little in; null: every node gets its share. */
  find(): Starved | null {
    const gated = this.model.machines.flatMap(({ node }, index) => (node.relevance.hasGate ? [index] : []));
    for (let state = 0; state < this.exploration.store.size; state += 1) {
      for (const node of gated) {
        const found = this.judge(state, node);
        if (found !== null) return found;
      }
    }
    return null;
  }

  /** The worst stretches begin when a gate closes: the one that begins when it next does after this state. */
  private judge(state: number, node: number): Starved | null {
    const { after } = this.edgeOf(state);
    const closes = this.openFor(state, node);
    if (closes >= after) return null;
    const open = this.leastOpen(state, node, closes);
    const at = this.exploration.times.at(state) + closes + this.share.within;
    return open < this.share.open ? { node, state, at, open } : null;
  }

  /** The least time that the gate is open in the stretch that begins `closes` units after a state. */
  private leastOpen(state: number, node: number, closes: number): number {
    let least = Infinity;
    const best = new Map<string, number>();
    const open = [{ state, passed: this.edgeOf(state).after - closes, sum: 0 }];
    for (let next = open.pop(); next !== undefined; next = open.pop()) {
      if (next.sum >= least) continue;
      if (next.passed >= this.share.within) {
        least = Math.min(least, next.sum);
        continue;
      }
      for (const target of this.edgeOf(next.state).targets) {
        const { after } = this.edgeOf(target);
        const rest = Math.min(after, this.share.within - next.passed);
        const sum = next.sum + Math.min(rest, this.openFor(target, node));
        const passed = next.passed + rest;
        const key = `${target} ${passed}`;
        if ((best.get(key) ?? Infinity) <= sum) continue;
        best.set(key, sum);
        open.push({ state: target, passed, sum });
      }
    }
    return least;
  }

  private edgeOf(state: number): Edge {
    const known = this.edges.get(state);
    if (known !== undefined) return known;
    const { store, firstEdge, edgeCount, edgeTarget } = this.exploration;
    const first = firstEdge.at(state);
    const targets = Array.from({ length: edgeCount.at(state) }, (_, index) => edgeTarget.at(first + index));
    const edge = { after: this.instants.next(store.get(state))?.after ?? Infinity, targets: [...new Set(targets)] };
    this.edges.set(state, edge);
    return edge;
  }

  private openFor(state: number, node: number): number {
    return openFor(this.model, this.exploration.store.get(state), node);
  }
}

/** How long the gate of a node stays open after a state of the system if nothing happens, units. */
export function openFor(model: Model, values: readonly number[], node: number): number {
  const { ids, elapsed } = unpackWay(model.machines.length, values);
  const local = model.machines[node]!.states[ids[node]!]!;
  if (!isAlive(local) || local.softBy >= 0) return Infinity;
  if (local.phase === 'held') return nextBlock(local) - elapsed[node]!;
  return local.windowBy < 0 ? 0 : Math.max(0, local.windowEnd - elapsed[node]!);
}
