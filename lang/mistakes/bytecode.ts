// Mistakes in binary programs and in their params, and what is lost on the way into a format.
import type { Diagnostic } from '../diagnostic.js';
import { diagnostic, quote } from '../diagnostic.js';
import type { Span } from '../program.js';

/** A record as messages name it: its number from 0, and its place in the listing. */
export interface RecordPlace {
  readonly record: number;
  readonly span: Span;
}

export function truncatedRecord({ record, span }: RecordPlace, found: number, whole: number): Diagnostic {
  const hint = `the size of the file is a multiple of ${whole} bytes: was it cut off, or is it of another format?`;
  return diagnostic('NC8001', span, `record ${record} has ${found} of its ${whole} bytes`, hint);
}

export function unknownOpcode({ record, span }: RecordPlace, opcode: number, known: string): Diagnostic {
  return diagnostic('NC8002', span, `record ${record} has the unknown opcode ${opcode}`, `the opcodes are ${known}`);
}

export function unknownGuardNumber({ record, span }: RecordPlace, guard: number, known: string): Diagnostic {
  return diagnostic('NC8003', span, `record ${record} has the unknown guard ${guard}`, `the guards are ${known}`);
}

export function targetBeyondEnd({ record, span }: RecordPlace, target: number, records: number): Diagnostic {
  const message = `record ${record} leads to record ${target}, which does not exist`;
  return diagnostic('NC8004', span, message, `the records are 0 to ${records - 1}`);
}

/** `what` with an article: "a variable". */
export function recordOperandOutOfRange(
  { record, span }: RecordPlace,
  what: string,
  value: number,
  allowed: string,
): Diagnostic {
  return diagnostic('NC8005', span, `record ${record}: ${value} cannot be ${what}`, `allowed: ${allowed}`);
}

export function unknownSender({ record, span }: RecordPlace, channel: number): Diagnostic {
  const hint = 'bytecode names no senders: give the params of the program with `--params FILE`';
  return diagnostic(
    'NC8006',
    span,
    `record ${record} receives from channel ${channel}, whose sender is not known`,
    hint,
  );
}

/** `what` is a whole sentence without its period. */
export function malformedParams(span: Span, what: string): Diagnostic {
  const hint = 'params are `{"channels": [{"mac": "02:00:00:00:00:01", "dev": "eth0"}]}`, or the same in binary';
  return diagnostic('NC8007', span, what, hint);
}

/** `what` is a whole sentence without its period. */
export function notHeld(span: Span, what: string, hint: string): Diagnostic {
  return diagnostic('NC8008', span, what, hint);
}

export function meaninglessBits(span: Span, places: readonly string[], more: number): Diagnostic {
  const rest = more > 0 ? ` and ${more} more` : '';
  const hint = 'they were ignored, and are written as zero';
  return diagnostic('NC8601', span, `bits without a meaning are dropped: ${places.join(', ')}${rest}`, hint);
}

/** `now` is what holds instead. */
export function declarationLost(span: Span, declaration: string, format: string, now: string): Diagnostic {
  const message = `${quote(declaration)} is lost: ${format} cannot hold it`;
  return diagnostic('NC8602', span, message, `a program read from it has ${now}`);
}

export function syncWithoutSenders({ record, span }: RecordPlace): Diagnostic {
  const message = `record ${record}: this \`sync slave\` can only time out, because no sender is known`;
  return diagnostic('NC8603', span, message, 'give the params of the program with `--params FILE`');
}

export function otherInterface(span: Span, named: string, used: string): Diagnostic {
  const message = `the params name the interface ${quote(named)}, the program runs on ${quote(used)}`;
  return diagnostic('NC8604', span, message, 'the interface of the command line counts');
}
