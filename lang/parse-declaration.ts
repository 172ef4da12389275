// The form of each declaration.
import type { Cursor } from './cursor.js';
import { unknownType, unknownWord } from './mistakes/syntax.js';
import type { ChannelClauses, Named, Operand, Setting, TypeNode } from './tree.js';
import type { DeclarationWord } from './vocabulary.js';
import { INTEGER_TYPES } from './vocabulary.js';

interface DeclarationForm {
  /** How it is written, for hints. */
  readonly form: string;
  readonly read: (cursor: Cursor) => Setting | Named;
}

const FORMS: Readonly<Record<DeclarationWord, DeclarationForm>> = {
  node: { form: '`node NAME`', read: (cursor) => ({ kind: 'node', name: cursor.name('a name') }) },
  wire: { form: '`wire v1 [ethertype N]` or `wire ncm`', read: readWire },
  tick: { form: '`tick DURATION`', read: (cursor) => ({ kind: 'tick', duration: cursor.operand('a duration') }) },
  tolerance: {
    form: '`tolerance DURATION`',
    read: (cursor) => ({ kind: 'tolerance', duration: cursor.operand('a duration') }),
  },
  late: {
    form: '`late drop` or `late send`',
    read: (cursor) => ({ kind: 'late', policy: cursor.choice(['drop', 'send']) }),
  },
  ingress: { form: '`ingress open` or `ingress strict [allow MAC[, MAC...]]`', read: readIngress },
  channel: {
    form: '`channel NAME [= ID] [to MAC] [from MAC[, MAC...]] [backup MAC] [queue N] [delay DURATION]`',
    read: (cursor) => ({ kind: 'channel', name: cursor.name('the name of the channel'), ...readClauses(cursor) }),
  },
  var: { form: '`var NAME [= ID] : TYPE [= VALUE]`', read: readVariable },
  queue: { form: '`queue NAME [= ID] : TYPE depth N`', read: readQueue },
  message: {
    form: '`message NAME [= ID]`',
    read: (cursor) => ({ kind: 'message', name: cursor.name('the name of the message'), id: readId(cursor) }),
  },
  counter: { form: '`counter NAME [= ID] [start VALUE]`', read: readCounter },
  const: { form: '`const NAME = VALUE`', read: readConstant },
};

/** Reads a declaration whose first word has been read. Throws `LineMistake`. */
export function readDeclaration(cursor: Cursor, word: DeclarationWord): Setting | Named {
  const { form, read } = FORMS[word];
  const declaration = read(cursor);
  cursor.end(form);
  return declaration;
}

function readWire(cursor: Cursor): Setting {
  const format = cursor.choice(['v1', 'ncm']);
  if (format === 'ncm' || !cursor.peek()) return { kind: 'wire', format, ethertype: null };
  cursor.keyword('ethertype');
  return { kind: 'wire', format, ethertype: cursor.operand('an ethertype') };
}

function readIngress(cursor: Cursor): Setting {
  const mode = cursor.choice(['open', 'strict']);
  if (mode === 'open' || !cursor.peek()) return { kind: 'ingress', mode, allow: null };
  cursor.keyword('allow');
  return { kind: 'ingress', mode, allow: cursor.macList() };
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

const CLAUSES = ['to', 'from', 'backup', 'queue', 'delay'] as const;

function readClauses(cursor: Cursor): ChannelClauses {
  const clauses: Mutable<ChannelClauses> = { id: null, to: null, from: null, backup: null, queue: null, delay: null };
  while (cursor.peek()) readClause(cursor, clauses);
  return clauses;
}

function readClause(cursor: Cursor, clauses: Mutable<ChannelClauses>): void {
  if (cursor.isSymbol('=')) {
    cursor.once('=', clauses.id);
    clauses.id = readId(cursor);
    return;
  }
  const token = cursor.peek();
  const clause = CLAUSES.find((word) => cursor.isWord(word));
  if (clause === undefined) {
    if (token?.kind === 'word') cursor.fail(unknownWord(cursor.spanOf(token), token.text, CLAUSES));
    cursor.failExpected('a clause of the channel', `write ${FORMS.channel.form}`);
  }
  cursor.once(clause, clauses[clause]);
  cursor.next();
  if (clause === 'from') clauses.from = cursor.macList();
  else if (clause === 'queue') clauses.queue = cursor.operand('a queue length');
  else if (clause === 'delay') clauses.delay = cursor.operand('a duration');
  else clauses[clause] = cursor.mac();
}

function readId(cursor: Cursor): Operand | null {
  return cursor.skipSymbol('=') ? cursor.operand('an id') : null;
}

function readVariable(cursor: Cursor): Named {
  const name = cursor.name('the name of the variable');
  const id = readId(cursor);
  const type = readType(cursor, 'var');
  const initial = cursor.skipSymbol('=') ? cursor.operand('a value') : null;
  return { kind: 'var', name, id, type, initial };
}

function readQueue(cursor: Cursor): Named {
  const name = cursor.name('the name of the queue');
  const id = readId(cursor);
  const type = readType(cursor, 'queue');
  cursor.keyword('depth');
  return { kind: 'queue', name, id, type, depth: cursor.operand('a queue length') };
}

function readType(cursor: Cursor, word: 'var' | 'queue'): TypeNode {
  cursor.symbol(':', `write ${FORMS[word].form}`);
  const { name, span } = cursor.name('a type', 'for example `u16` or `bytes[64]`');
  const integer = INTEGER_TYPES.get(name);
  if (integer) return { ...integer, span };
  if (name !== 'bytes') cursor.fail(unknownType(span, name));
  cursor.symbol('[', 'a size follows, for example `bytes[64]`');
  const size = cursor.operand('a size');
  cursor.symbol(']');
  return { kind: 'bytes', size, span };
}

function readCounter(cursor: Cursor): Named {
  const name = cursor.name('the name of the counter');
  const id = readId(cursor);
  if (!cursor.peek()) return { kind: 'counter', name, id, start: null };
  cursor.keyword('start');
  return { kind: 'counter', name, id, start: cursor.operand('a number') };
}

function readConstant(cursor: Cursor): Named {
  const name = cursor.name('the name of the constant');
  cursor.symbol('=');
  return { kind: 'const', name, value: cursor.operand('a value') };
}
