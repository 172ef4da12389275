// Which counters and messages are still read before they are written again, at each instruction: what is not makes no difference.
import type { Declared, Instruction, Program } from '../../lang/program.js';

/** By instruction: bits by index of a counter or message, in groups of 32. */
export type Live = readonly Uint32Array[];

/** Liveness of counters. */
export function liveCounters(program: Program): Live {
  return livenessOf(program, program.counters, counterUse);
}

/** Liveness of messages. */
export function liveMessages(program: Program): Live {
  return livenessOf(program, program.messages, messageUse);
}

/** Ids of what an instruction writes and reads. */
interface Use {
  readonly written: number | null;
  readonly read: number | null;
}

/** By the classic iteration backwards. A `halt` may lead to the target of any future. */
function livenessOf(program: Program, things: readonly Declared[], useOf: (instruction: Instruction) => Use): Live {
  const { instructions } = program;
  const index = new Map(things.map(({ id }, at) => [id, at]));
  const words = Math.ceil(things.length / WORD) || 1;
  const live = instructions.map(() => new Uint32Array(words));
  const successors = successorsOf(program);
  const order = instructions.map((_, at) => at).reverse();
  for (let changed = true; changed;) {
    changed = false;
    for (const at of order) changed = update(at) || changed;
  }
  return live;

  function update(at: number): boolean {
    const next = new Uint32Array(words);
    for (const successor of successors[at]!) live[successor]?.forEach((word, place) => (next[place]! |= word));
    const { written, read } = useOf(instructions[at]!);
    const [writes, reads] = [written, read].map((id) => (id === null ? undefined : index.get(id)));
    if (writes !== undefined) next[writes >> WORD_BITS]! &= ~(1 << (writes & (WORD - 1)));
    if (reads !== undefined) next[reads >> WORD_BITS]! |= 1 << (reads & (WORD - 1));
    const before = live[at]!;
    if (next.every((word, place) => word === before[place])) return false;
    before.set(next);
    return true;
  }
}

const WORD = 32;
const WORD_BITS = 5;

/** Whether the counter or message of this index is read before it is written, from this instruction on. */
export function isLive(live: Live, instruction: number, index: number): boolean {
  const words = live[instruction];
  return words === undefined || ((words[index >> WORD_BITS]! >>> (index & (WORD - 1))) & 1) === 1;
}

function counterUse(instruction: Instruction): Use {
  const { op } = instruction;
  if (op === 'set_counter' || op === 'clear_counter') return { written: instruction.counter, read: null };
  const isTest = op === 'if' && instruction.guard.kind === 'test_count';
  return { written: null, read: isTest ? instruction.guard.counter : null };
}

function messageUse(instruction: Instruction): Use {
  const { op } = instruction;
  if (op === 'create' || op === 'destroy') return { written: instruction.message, read: null };
  return { written: null, read: op === 'send' || op === 'backup_send' ? instruction.message : null };
}

/** Where control may go, more rather than less. */
function successorsOf({ instructions }: Program): number[][] {
  const targets = instructions.flatMap((each) => (each.op === 'future' || each.op === 'wait' ? [each.target] : []));
  const handlers = instructions.flatMap((each) => (each.op === 'handle' && each.target !== null ? [each.target] : []));
  return instructions.map((each, at) => {
    const raised = [...handlers];
    switch (each.op) {
      case 'goto':
        return [each.target];
      case 'if':
        return [at + 1, each.target];
      case 'halt':
      case 'wait':
        return [...targets, ...raised];
      case 'end_of_program':
        return [];
      default:
        return [at + 1, ...raised];
    }
  });
}
