// Nodes that can change places without anybody noticing: of states that differ only in which of them is in which state, one is kept.
import type { Program } from '../../lang/program.js';
import type { FrameKinds } from './frame-kinds.js';
import type { System } from './system.js';
import { LOSS_NUMBERS } from './way.js';

/**
 * The groups of two nodes and more that are alike, each in ascending order: one program of one file, one medium, equal clocks, and no program that tells
 * their addresses apart. Starts may differ: they are part of the first state alone. A permutation of such nodes is an automorphism of the
 * state graph, and lines in reports are the same for all of them.
 */
export function nodesAlike(system: System, slowPpm: readonly number[]): number[][] {
  const groups = new Map<string, number[]>();
  system.nodes.forEach(({ program, mac }, node) => {
    const medium = system.media.findIndex(({ nodes }) => nodes.includes(node));
    const uses = system.nodes.flatMap((other) => usesOf(other.program, mac));
    const isNamedAlone = uses.includes('alone');
    const key = `${medium} ${slowPpm[node] ?? 0} ${isNamedAlone ? node : ''} ${uses.join()} ${textOf(program)}`;
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [node]);
    else group.push(node);
  });
  return [...groups.values()].filter(({ length }) => length > 1);
}

/** How each channel of a program has an address: by itself, on a list, or not. */
function usesOf({ channels }: Program, mac: string): string[] {
  return channels.map(({ from, backup, to }) => {
    return to === mac || backup === mac ? 'alone' : from.includes(mac) ? 'from' : '';
  });
}

/** Everything that a run or a report depends on, the lines of the instructions and their file included: not how the node is called. */
function textOf(program: Program): string {
  return JSON.stringify({ ...program, node: '', programId: 0 }, (_, value: unknown) =>
    typeof value === 'bigint' ? `${value}n` : value,
  );
}

/** Permutations of the nodes that are alike. */
export class Symmetry {
  /** By node: the first of its group. */
  private readonly firsts: readonly number[];

  constructor(
    private readonly groups: readonly (readonly number[])[],
    private readonly kinds: FrameKinds,
    private readonly count: number,
  ) {
    this.firsts = Array.from({ length: count }, (_, node) => groups.find((group) => group.includes(node))?.[0] ?? node);
  }

  /** Whether there are nodes that are alike. */
  get isAny(): boolean {
    return this.groups.length > 0;
  }

  /** The first of the nodes that are like this one. */
  firstLike(node: number): number {
    return this.firsts[node]!;
  }

  /** The kind that a receive queue holds of a frame: who of those that are alike sent it makes no difference. */
  asReceived(kind: number): number {
    const node = this.kinds.list[kind]!.node;
    return this.firsts[node] === node ? kind : this.kinds.sentBy(kind, this.firsts[node]!);
  }

  /** Puts the numbers of a state (`packWay`) in the order that stands for all permutations of nodes that are alike. */
  sort(values: number[]): void {
    for (const group of this.groups) this.sortGroup(values, group);
  }

  private sortGroup(values: number[], group: readonly number[]): void {
    const { count } = this;
    const isBefore = (a: number, b: number): boolean =>
      values[a]! < values[b]! || (values[a] === values[b] && values[count + a]! <= values[count + b]!);
    if (group.every((node, index) => index === 0 || isBefore(group[index - 1]!, node))) return;
    const sorted = group.toSorted((a, b) => values[a]! - values[b]! || values[count + a]! - values[count + b]!);
    const states = sorted.map((node) => [values[node]!, values[count + node]!] as const);
    states.forEach(([id, elapsed], index) => {
      values[group[index]!] = id;
      values[count + group[index]!] = elapsed;
    });
    for (let at = 2 * count + LOSS_NUMBERS; at < values.length; at += 2) {
      const moved = sorted.indexOf(this.kinds.list[values[at]!]!.node);
      if (moved >= 0) values[at] = this.kinds.sentBy(values[at]!, group[moved]!);
    }
  }
}
