// A system made ready for exploration: its machines, its frames, its unit of time.
import { compileNode, type Timing } from './compiled-node.js';
import { FrameKinds, type FrameKind } from './frame-kinds.js';
import { NodeMachine } from './node-machine.js';
import { nodesAlike, Symmetry } from './symmetry.js';
import type { System } from './system.js';
import { toUnits, unitsOf, type Units } from './units.js';

/** What exploration works on. */
export interface Model {
  readonly system: System;
  readonly units: Units;
  readonly kinds: FrameKinds;
  readonly machines: readonly NodeMachine[];
  readonly symmetry: Symmetry;
  /** Instructions take time, or clocks run at different speeds. */
  readonly hasCosts: boolean;
  /** By node: propagation of its medium, units. */
  readonly propagation: readonly number[];
}

const EXACT: Timing = { costs: [], slowPpm: [] };

/** Prepares a system. `hasSymmetry`: nodes that are alike are looked for. */
export function buildModel(system: System, timing: Timing = EXACT, hasSymmetry = true): Model {
  const drifts = timing.slowPpm.some((each) => each !== 0);
  const units = unitsOf(system, drifts);
  const kinds = new FrameKinds(system, units);
  const alike = hasSymmetry ? nodesAlike(system, timing.slowPpm) : [];
  const symmetry = new Symmetry(alike, kinds, system.nodes.length);
  const machines: NodeMachine[] = [];
  for (let node = 0; node < system.nodes.length; node += 1) {
    const twin = machines[symmetry.firstLike(node)] ?? null;
    machines.push(new NodeMachine(compileNode(system, units, kinds, timing, node), twin));
  }
  const propagation = system.nodes.map((_, index) => toUnits(units, kinds.mediumOf(index).propagationNs));
  const hasCosts = drifts || timing.costs.some((costs) => Object.values(costs).some((cost) => cost > 0n));
  return { system, units, kinds, machines, symmetry, hasCosts, propagation };
}

/** When the first of two frames of different nodes that overlap was still there: whether they do, and how much later one starts. */
export function overlap(model: Model, a: FrameKind, startA: number, b: FrameKind, startB: number): boolean {
  const medium = model.kinds.mediumOf(a.node);
  if (a.node === b.node || model.kinds.mediumOf(b.node) !== medium) return false;
  if (medium.switchNs !== null) return overlapAtPort(a, startA, b, startB);
  const first = startA <= startB ? a : b;
  return Math.abs(startA - startB) < first.occupied + model.propagation[a.node]!;
}

/** A switch sends a frame on when it has it whole, on the link of each receiver. */
function overlapAtPort(a: FrameKind, startA: number, b: FrameKind, startB: number): boolean {
  const common = a.ports.filter((port) => b.ports.includes(port) && port !== a.node && port !== b.node);
  if (common.length === 0) return false;
  const [leaveA, leaveB] = [startA + a.forwarded, startB + b.forwarded];
  const first = leaveA <= leaveB ? a : b;
  return Math.abs(leaveA - leaveB) < first.occupied;
}
