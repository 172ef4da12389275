// The form of each instruction.
import type { Cursor } from './cursor.js';
import { readErrorName, readGuard } from './parse-guard.js';
import type { OperationNode, Word } from './tree.js';
import type { InstructionWord } from './vocabulary.js';

interface InstructionForm {
  /** How it is written, for hints. */
  readonly form: string;
  readonly read: (cursor: Cursor) => OperationNode;
}

const FORMS: Readonly<Record<InstructionWord, InstructionForm>> = {
  nop: { form: '`nop`', read: () => ({ op: 'nop' }) },
  halt: { form: '`halt`', read: () => ({ op: 'halt' }) },
  end_of_program: { form: '`end_of_program`', read: () => ({ op: 'end_of_program' }) },
  create: { form: '`create VAR -> MESSAGE`', read: readCreate },
  destroy: { form: '`destroy MESSAGE`', read: (cursor) => ({ op: 'destroy', message: cursor.name('a message') }) },
  send: { form: '`send CHANNEL, MESSAGE`', read: sendForm('send') },
  backup_send: { form: '`backup_send CHANNEL, MESSAGE`', read: sendForm('backup_send') },
  receive: { form: '`receive CHANNEL -> VAR`', read: receiveForm('receive') },
  backup_receive: { form: '`backup_receive CHANNEL -> VAR`', read: receiveForm('backup_receive') },
  sync: { form: '`sync master CHANNEL` or `sync slave TIMEOUT [from CHANNEL]`', read: readSync },
  future: {
    form: '`future DELAY, LABEL`',
    read: (cursor) => ({ op: 'future', delay: cursor.operand('a delay'), label: cursor.nextName('a label') }),
  },
  wait: { form: '`wait DELAY, LABEL` or `wait DELAY`', read: readWait },
  goto: { form: '`goto LABEL`', read: (cursor) => ({ op: 'goto', label: cursor.name('a label') }) },
  if: { form: '`if [not] GUARD [probability P] goto LABEL`', read: readIf },
  mode: {
    form: '`mode hard` or `mode soft`',
    read: (cursor) => ({ op: 'mode', mode: cursor.choice(['hard', 'soft']) }),
  },
  xsend: { form: '`xsend DURATION`', read: (cursor) => ({ op: 'xsend', window: cursor.operand('a duration') }) },
  handle: { form: '`handle ERROR, LABEL` or `handle ERROR, none`', read: readHandle },
  set_counter: { form: '`set_counter COUNTER, N`', read: counterForm('set_counter') },
  add_to_counter: { form: '`add_to_counter COUNTER, N`', read: counterForm('add_to_counter') },
  sub_from_counter: { form: '`sub_from_counter COUNTER, N`', read: counterForm('sub_from_counter') },
  clear_counter: {
    form: '`clear_counter COUNTER`',
    read: (cursor) => ({ op: 'clear_counter', counter: cursor.name('a counter') }),
  },
};

/** Reads an instruction whose first word has been read. Throws `LineMistake`. */
export function readInstruction(cursor: Cursor, word: InstructionWord): OperationNode {
  const { form, read } = FORMS[word];
  const operation = read(cursor);
  cursor.end(form);
  return operation;
}

function readCreate(cursor: Cursor): OperationNode {
  const variable = cursor.name('a variable');
  return { op: 'create', variable, message: arrowName(cursor, 'a message') };
}

function arrowName(cursor: Cursor, wanted: string): Word {
  cursor.symbol('->');
  return cursor.name(wanted);
}

function sendForm(op: 'send' | 'backup_send'): (cursor: Cursor) => OperationNode {
  return (cursor) => ({ op, channel: cursor.name('a channel'), message: cursor.nextName('a message') });
}

function receiveForm(op: 'receive' | 'backup_receive'): (cursor: Cursor) => OperationNode {
  return (cursor) => ({ op, channel: cursor.name('a channel'), variable: arrowName(cursor, 'a variable') });
}

function counterForm(op: 'set_counter' | 'add_to_counter' | 'sub_from_counter'): (cursor: Cursor) => OperationNode {
  return (cursor) => ({ op, counter: cursor.name('a counter'), value: cursor.nextOperand('a number') });
}

function readSync(cursor: Cursor): OperationNode {
  if (cursor.choice(['master', 'slave']) === 'master') return { op: 'sync_master', channel: cursor.name('a channel') };
  const timeout = cursor.operand('a timeout');
  if (!cursor.peek()) return { op: 'sync_slave', timeout, channel: null };
  cursor.keyword('from');
  return { op: 'sync_slave', timeout, channel: cursor.name('a channel') };
}

function readWait(cursor: Cursor): OperationNode {
  const delay = cursor.operand('a delay');
  return { op: 'wait', delay, label: cursor.peek() ? cursor.nextName('a label') : null };
}

function readIf(cursor: Cursor): OperationNode {
  const negated = cursor.skipWord('not');
  const guard = readGuard(cursor);
  const probability = cursor.skipWord('probability') ? cursor.operand('a probability') : null;
  cursor.keyword('goto');
  return { op: 'if', negated, guard, probability, label: cursor.name('a label') };
}

function readHandle(cursor: Cursor): OperationNode {
  const error = readErrorName(cursor);
  const label = cursor.nextName('a label or `none`');
  return { op: 'handle', error, label: label.name === 'none' ? null : label };
}
