// Limits of the language, and of what one run reports.
import type { Diagnostic } from '../diagnostic.js';
import { diagnostic, quote } from '../diagnostic.js';
import type { Span } from '../program.js';

export function tooManyInstructions(span: Span, limit: number): Diagnostic {
  const hint = 'the text from here on was not read; counters and `if` make loops out of repeated instructions';
  return diagnostic('NC5001', span, `a program has at most ${limit} instructions, this is one more`, hint);
}

/** `kinds` in the plural: "channels". */
export function tooManyDeclared(span: Span, kinds: string, limit: number): Diagnostic {
  return diagnostic(
    'NC5002',
    span,
    `a program has at most ${limit} ${kinds}, this is one more`,
    `remove some of the ${kinds}`,
  );
}

export function queueLengthOutOfRange(span: Span, value: bigint, limit: number): Diagnostic {
  return diagnostic('NC5003', span, `a queue cannot hold ${value} entries`, `queues hold 1 to ${limit} entries`);
}

export function bytesSizeOutOfRange(span: Span, value: bigint, limit: number): Diagnostic {
  return diagnostic('NC5004', span, `bytes[${value}] is out of range`, `a frame carries 1 to ${limit} bytes`);
}

export function idOutOfRange(span: Span, value: bigint): Diagnostic {
  return diagnostic('NC5005', span, `${value} cannot be an id`, 'ids go from 0 to 255');
}

export function nameTooLong(span: Span, name: string, limit: number): Diagnostic {
  return diagnostic('NC5006', span, `the name ${quote(name)} is too long`, `names have at most ${limit} characters`);
}

export function fileTooLarge(file: string, limit: number): Diagnostic {
  const span = { file, line: 1, column: 1, endLine: 1, endColumn: 1 };
  const hint = 'is this a program? One within the limits of the language is far smaller';
  return diagnostic('NC5007', span, `a source file has at most ${limit} bytes`, hint);
}

export function lineTooLong(span: Span, limit: number): Diagnostic {
  const hint = 'is this a binary file? A program is text with one declaration or instruction a line';
  return diagnostic('NC5009', span, `a line has at most ${limit} characters`, hint);
}

export function tooManyErrors(span: Span, limit: number): Diagnostic {
  return diagnostic(
    'NC5008',
    span,
    `there are more than ${limit} errors; the others are not shown`,
    'mend these first',
  );
}

export function tooManyWarnings(span: Span, limit: number): Diagnostic {
  return diagnostic(
    'NC6008',
    span,
    `there are more than ${limit} warnings; the others are not shown`,
    'mend these first',
  );
}
