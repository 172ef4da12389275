// The form of each guard.
import type { Cursor } from './cursor.js';
import { unknownGuard, unknownMachineError } from './mistakes/syntax.js';
import type { ErrorName } from './program.js';
import type { GuardNode, NameOperand, Operand } from './tree.js';
import type { GuardWord } from './vocabulary.js';
import { ERROR_NAMES, GUARD_WORDS, isOneOf, VARIABLE_TESTS } from './vocabulary.js';

type Spanless<T> = T extends unknown ? Omit<T, 'span'> : never;
type Guard = Spanless<GuardNode>;
type Read = (cursor: Cursor) => Guard;

/** The operands of each guard, between the parentheses; null: it has none. */
const OPERANDS: Readonly<Record<GuardWord, Read | null>> = {
  always_true: null,
  always_false: null,
  send_buffer_empty: null,
  channel_rcv_buf_empty: (cursor) => ({ kind: 'channel_rcv_buf_empty', channel: cursor.name('a channel') }),
  test_count: (cursor) => ({
    kind: 'test_count',
    counter: cursor.name('a counter'),
    value: cursor.nextOperand('a number'),
  }),
  status_test: readStatusTest,
  equal: comparison('equal'),
  greater: comparison('greater'),
  less: comparison('less'),
  test_var: readVariableTest,
  var_queue_empty: (cursor) => ({ kind: 'var_queue_empty', variable: cursor.name('a queue') }),
  var_queue_full: (cursor) => ({ kind: 'var_queue_full', variable: cursor.name('a queue') }),
};

/** Reads a guard. Throws `LineMistake`. */
export function readGuard(cursor: Cursor): GuardNode {
  const first = cursor.peek();
  const word = cursor.choice(GUARD_WORDS, unknownGuard);
  const guard = OPERANDS[word] === null ? readBare(cursor, word) : readOperands(cursor, OPERANDS[word]);
  return { ...guard, span: first ? cursor.spanFrom(first) : cursor.line.span(0, 0) };
}

function readBare(cursor: Cursor, kind: GuardWord): Guard {
  if (cursor.skipSymbol('(')) cursor.symbol(')', `\`${kind}\` has no operands`);
  return { kind } as Guard;
}

function readOperands(cursor: Cursor, read: Read): Guard {
  cursor.symbol('(', 'the operands of a guard stand in parentheses');
  const guard = read(cursor);
  cursor.symbol(')');
  return guard;
}

function comparison(kind: 'equal' | 'greater' | 'less'): Read {
  return (cursor) => ({ kind, a: cursor.name('a variable'), b: cursor.nextName('a variable') });
}

function readVariableTest(cursor: Cursor): Guard {
  const variable = cursor.name('a variable');
  cursor.symbol(',');
  return { kind: 'test_var', variable, condition: cursor.choice(VARIABLE_TESTS) };
}

/** Error names, or one mask. A single other name may be a constant; the checker will know. */
function readStatusTest(cursor: Cursor): Guard {
  const first = cursor.operand('an error or a mask');
  const alone = !cursor.isSymbol(',');
  if (first.kind !== 'name' || (alone && !isOneOf(ERROR_NAMES, first.name))) return mask(first);
  const errors = [toErrorName(cursor, first)];
  while (cursor.skipSymbol(',')) errors.push(readErrorName(cursor));
  return { kind: 'status_test', errors, mask: null };
}

function mask(operand: Operand): Guard {
  return { kind: 'status_test', errors: [], mask: operand };
}

function toErrorName(cursor: Cursor, word: NameOperand): ErrorName {
  return isOneOf(ERROR_NAMES, word.name) ? word.name : cursor.fail(unknownMachineError(word.span, word.name));
}

/** Reads the name of an error of the machine. Throws `LineMistake`. */
export function readErrorName(cursor: Cursor): ErrorName {
  const { name, span } = cursor.name('an error of the machine', `the errors are ${ERROR_NAMES.join(', ')}`);
  return isOneOf(ERROR_NAMES, name) ? name : cursor.fail(unknownMachineError(span, name));
}
