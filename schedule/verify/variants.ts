// Clocks that differ: the same system with other starts and other speeds of its clocks.
import { meetings, withBetween } from './late-starts.js';
import { buildModel } from './model.js';
import type { System, SystemNode } from './system.js';

/** A system, and by how many parts of a million the clock of each node is slow. */
export interface Variant {
  readonly system: System;
  readonly slowPpm: readonly number[];
}

/** So many starts of each node are tried. */
const MOST_SHIFTS = 400;

/**
 * The variants that `clockErrorNs` and `driftPpm` allow, the plain one first: each node in turn against all others, with its clock ahead and behind by all
 * that is allowed and by what lets instants fall together, or between two of these, and as fast and as slow as is allowed.
 */
export function variantsOf(system: System, clockErrorNs: bigint, driftPpm: number): Variant[] {
  const exact = system.nodes.map(() => 0);
  const variants: Variant[] = [{ system, slowPpm: exact }];
  if (clockErrorNs === 0n && driftPpm === 0) return variants;
  system.nodes.forEach((_, node) => {
    for (const shift of shiftsOf(system, node, Number(clockErrorNs))) {
      for (const slow of driftPpm === 0 ? [0] : [driftPpm, -driftPpm]) {
        variants.push({
          system: shifted(system, node, shift),
          slowPpm: exact.map((_, at) => (at === node ? slow : 0)),
        });
      }
    }
  });
  return variants;
}

/** In ns: negative is earlier than the others. */
function shiftsOf(system: System, node: number, most: number): number[] {
  if (most === 0) return [0];
  const model = buildModel(system);
  const near = meetings(model, node)
    .map((shift) => Math.round(shift / model.units.perNs))
    .filter((shift) => Math.abs(shift) < most);
  const beside = near.flatMap((shift) => [shift - 1, shift, shift + 1]);
  const sorted = [...new Set([-most, ...beside, most])].sort((a, b) => a - b);
  return withBetween(sorted).slice(0, MOST_SHIFTS);
}

function shifted(system: System, node: number, shift: number): System {
  const later = (each: SystemNode, by: number): SystemNode => ({ ...each, startNs: each.startNs + BigInt(by) });
  const nodes = system.nodes.map((each, index) => {
    if (index === node) return later(each, Math.max(shift, 0));
    return later(each, Math.max(-shift, 0));
  });
  return { ...system, nodes };
}
