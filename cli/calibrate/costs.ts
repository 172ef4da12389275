// From the times of blocks to the costs of instructions.
import { COPIES, type Part } from './plan.js';

/** The most that is allowed for: of a hundred runs one takes longer. */
const PERCENTILE = 0.99;

/** The least and the most that an instruction takes, ns. */
export type Interval = readonly [least: number, most: number];

/** What the times of the blocks (ns) say of each instruction: costs as in a file for `verify --costs`. */
export function costsOf(
  parts: readonly Part[],
  times: readonly (readonly number[])[],
): Record<string, readonly [string, string]> {
  const blocks = times.map(intervalOf);
  const at = (op: string): number => parts.findIndex((part) => part.op === op);
  const base = blocks[at('wait')]![0];
  const measured = parts.flatMap((part, index) => costOf(part, blocks[index]!, base));
  const halting = blocks[at('halt')]!;
  const future = partOf(blocks[at('future')]!, halting[0], COPIES - 1);
  const halt: Interval = [Math.max(0, halting[0] - future[1]), halting[1] - future[0]];
  const all = new Map<string, Interval>();
  for (const [op, interval] of [...measured, ['future', future], ['halt', halt]] as const) {
    all.set(op, union(all.get(op) ?? interval, interval));
  }
  const entries = [...all].sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(entries.map(([op, [least, most]]) => [op, [`${least}ns`, `${most}ns`]]));
}

function costOf({ op, kind }: Part, block: Interval, base: number): (readonly [string, Interval])[] {
  if (kind === 'none') return [];
  return [[op, kind === 'alone' ? block : partOf(block, base, COPIES)]];
}

/** One of several instructions that a block has beyond what it takes without them. */
function partOf([least, most]: Interval, without: number, count: number): Interval {
  return [Math.max(0, Math.floor((least - without) / count)), Math.max(0, Math.ceil((most - without) / count))];
}

function intervalOf(times: readonly number[]): Interval {
  const sorted = times.toSorted((a, b) => a - b);
  return [sorted[0]!, sorted[Math.ceil(sorted.length * PERCENTILE) - 1]!];
}

function union(a: Interval, b: Interval): Interval {
  return [Math.min(a[0], b[0]), Math.max(a[1], b[1])];
}
