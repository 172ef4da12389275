// The order in which blocks are emitted. Edges that take no time form a graph without cycles (lang refuses cycles), so
// that the machine runs through the groups once, forward, from its label to the next suspension. Handlers are left out: which
// is installed is known only at run time, and one that lies before its instruction is reached by another run through the groups.
import { branchesOf } from '../lang/check/flow/effects.js';
import type { Instruction, Program } from '../lang/program.js';

/** Instructions of one global function: far below the 16 bit reach of a BPF jump, whatever they are. */
export const GROUP_SIZE = 128;

export interface Flow {
  /** Groups in order; each lists instruction indexes in the order in which they are emitted. */
  readonly groups: readonly (readonly number[])[];
  /** Group of each reachable instruction. */
  readonly groupOf: ReadonlyMap<number, number>;
  /** Instructions at which a group is entered: starts of blocks and targets of jumps from other groups. */
  readonly entries: ReadonlySet<number>;
}

/** Where control goes at once, without time passing. */
export function immediateSuccessors(instruction: Instruction, index: number): number[] {
  switch (instruction.op) {
    case 'halt':
    case 'wait':
    case 'sync_slave':
    case 'end_of_program':
      return [];
    case 'goto':
      return [instruction.target];
    case 'if': {
      const { jumps, goesOn } = branchesOf(instruction);
      return [...(goesOn ? [index + 1] : []), ...(jumps ? [instruction.target] : [])];
    }
    default:
      return [index + 1];
  }
}

/**
 * Where a group may be entered because of this instruction: where the machine goes on after time has passed, and handlers, to which
 * control may go from anywhere.
 */
export function laterSuccessors(instruction: Instruction, index: number): number[] {
  switch (instruction.op) {
    case 'future':
    case 'wait':
      return [instruction.target];
    case 'sync_slave':
      return [index + 1];
    case 'handle':
      return instruction.target === null ? [] : [instruction.target];
    default:
      return [];
  }
}

function reachable(program: Program): Set<number> {
  const seen = new Set<number>();
  const open = [0];
  for (let index = open.pop(); index !== undefined; index = open.pop()) {
    const instruction = program.instructions[index];
    if (seen.has(index) || instruction === undefined) continue;
    seen.add(index);
    open.push(...immediateSuccessors(instruction, index), ...laterSuccessors(instruction, index));
  }
  return seen;
}

/** Smallest index first: a binary heap. */
class IndexHeap {
  private readonly items: number[] = [];

  push(item: number): void {
    const items = this.items;
    let at = items.push(item) - 1;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (items[parent]! <= item) break;
      items[at] = items[parent]!;
      at = parent;
    }
    items[at] = item;
  }

  pop(): number | undefined {
    const items = this.items;
    const top = items[0];
    const last = items.pop();
    if (last === undefined || items.length === 0) return top;
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= items.length) break;
      if (child + 1 < items.length && items[child + 1]! < items[child]!) child++;
      if (items[child]! >= last) break;
      items[at] = items[child]!;
      at = child;
    }
    items[at] = last;
    return top;
  }
}

/** Topological order by immediate edges, as near to the text as it can be. */
function orderOf(program: Program, live: ReadonlySet<number>): number[] {
  const waitsFor = new Map<number, number>();
  const successors = (index: number) =>
    immediateSuccessors(program.instructions[index]!, index).filter((to) => live.has(to));
  for (const index of live) for (const to of successors(index)) waitsFor.set(to, (waitsFor.get(to) ?? 0) + 1);
  const ready = new IndexHeap();
  for (const index of live) if (!waitsFor.has(index)) ready.push(index);
  const order: number[] = [];
  for (let index = ready.pop(); index !== undefined; index = ready.pop()) {
    order.push(index);
    for (const to of successors(index)) {
      const left = waitsFor.get(to)! - 1;
      waitsFor.set(to, left);
      if (left === 0) ready.push(to);
    }
  }
  return order;
}

/** Orders and groups the reachable instructions of a program. */
export function planFlow(program: Program): Flow {
  const live = reachable(program);
  const order = orderOf(program, live);
  if (order.length !== live.size) throw new Error('the program has a cycle in which no time passes');
  const groups: number[][] = [];
  const groupOf = new Map<number, number>();
  order.forEach((index, position) => {
    const group = Math.floor(position / GROUP_SIZE);
    (groups[group] ??= []).push(index);
    groupOf.set(index, group);
  });
  const entries = new Set<number>([0]);
  for (const index of order) {
    const instruction = program.instructions[index]!;
    for (const to of laterSuccessors(instruction, index)) entries.add(to);
    for (const to of immediateSuccessors(instruction, index))
      if (groupOf.get(to) !== groupOf.get(index)) entries.add(to);
  }
  return { groups, groupOf, entries };
}
