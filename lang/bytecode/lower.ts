// What the binary formats lack, in terms of what they have: `not` is a jump around; `goto` is `if always_true` and `wait`
// is `future` and `halt` where the format has neither.
import type { Operation, Program, Span } from '../program.js';
import { mapTarget, type RecordFormat } from './record-format.js';

/** One record to be written; targets are numbers of records. */
export interface Lowered {
  readonly operation: Operation;
  /** Of the instruction that it comes from. */
  readonly span: Span;
}

/** In place of a target: the record after those of the same instruction. */
const BEHIND = -1;

/** The records of a program, in their order. */
export function lowerProgram(program: Program, format: RecordFormat): Lowered[] {
  const parts = program.instructions.map((instruction) => ({
    span: instruction.span,
    operations: expand(instruction, format),
  }));
  const starts: number[] = [];
  let total = 0;
  for (const { operations } of parts) {
    starts.push(total);
    total += operations.length;
  }
  return parts.flatMap(({ operations, span }, index) => {
    const behind = behindOf((starts[index] ?? 0) + operations.length, total);
    const place = (target: number) => (target === BEHIND ? behind : (starts[target] ?? 0));
    return operations.map((operation) => ({ operation: mapTarget(operation, place), span }));
  });
}

/** Only where nothing leads does a program run off its end: there the way around leads to the jump itself. */
function behindOf(record: number, total: number): number {
  return Math.min(record, total - 1);
}

function expand(operation: Operation, format: RecordFormat): Operation[] {
  if (operation.op === 'if' && operation.negated) return expandNegated(operation, format);
  if (format.hasGotoAndWait) return [operation];
  if (operation.op === 'goto') return [jump(operation.target, format)];
  if (operation.op === 'wait') return [{ ...operation, op: 'future' }, { op: 'halt' }];
  return [operation];
}

function expandNegated(operation: Extract<Operation, { readonly op: 'if' }>, format: RecordFormat): Operation[] {
  const { kind } = operation.guard;
  if (kind === 'always_true') return [{ ...operation, negated: false, guard: { kind: 'always_false' } }];
  if (kind === 'always_false') return [{ ...operation, negated: false, guard: { kind: 'always_true' } }];
  return [{ ...operation, negated: false, target: BEHIND }, jump(operation.target, format)];
}

function jump(target: number, format: RecordFormat): Operation {
  if (format.hasGotoAndWait) return { op: 'goto', target };
  return { op: 'if', guard: { kind: 'always_true' }, negated: false, probability: null, target };
}
