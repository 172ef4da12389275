// What is known on one path through a block: two guards that ask the same thing there have the same answer, as long as
// nothing between them changes it. Guards on variables and queues do not count: applications may write in between.
import type { Guard, Instruction } from '../../lang/program.js';

/** Answers by question. Never changed. */
export type Assumptions = ReadonlyMap<string, boolean>;

/** What is known behind an instruction, the answer of its own guard left out. */
export function forget(known: Assumptions, instruction: Instruction): Assumptions {
  const changed = changedBy(instruction);
  if (changed.length === 0 || known.size === 0) return known;
  return new Map([...known].filter(([question]) => !changed.some((start) => question.startsWith(start))));
}

/** What is known behind an instruction at `here` when control goes to `target`; null: it cannot go there. */
export function assume(known: Assumptions, instruction: Instruction, here: number, target: number): Assumptions | null {
  if (instruction.op !== 'if' || instruction.target === here + 1) return known;
  const question = questionOf(instruction.guard);
  if (question === null) return known;
  const answer = (target === instruction.target) !== instruction.negated;
  const before = answered(known, question);
  if (before !== null) return before === answer ? known : null;
  return new Map([...known, [question, answer]]);
}

/** A counter that has one value has no other. */
function answered(known: Assumptions, question: string): boolean | null {
  const same = known.get(question);
  if (same !== undefined) return same;
  if (!question.startsWith('counter')) return null;
  const counter = question.slice(0, question.indexOf('=') + 1);
  return [...known].some(([each, answer]) => answer && each.startsWith(counter)) ? false : null;
}

function questionOf(guard: Guard): string | null {
  switch (guard.kind) {
    case 'test_count':
      return `counter ${guard.counter}=${guard.value}`;
    case 'status_test':
      return `status ${guard.mask}`;
    case 'channel_rcv_buf_empty':
      return `channel ${guard.channel}`;
    default:
      return null;
  }
}

/** How the questions begin whose answers may be others then. */
function changedBy(instruction: Instruction): readonly string[] {
  switch (instruction.op) {
    case 'set_counter':
    case 'add_to_counter':
    case 'sub_from_counter':
    case 'clear_counter':
      return [`counter ${instruction.counter}=`];
    case 'receive':
    case 'backup_receive':
      return ['status', `channel ${instruction.channel}`];
    case 'if':
    case 'goto':
    case 'nop':
    case 'destroy':
    case 'handle':
      return [];
    default:
      return ['status'];
  }
}
