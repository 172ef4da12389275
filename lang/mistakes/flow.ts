// Mistakes in where control goes and when time passes.
import type { Diagnostic } from '../diagnostic.js';
import { diagnostic, quote } from '../diagnostic.js';
import type { Span } from '../program.js';

export function runsOffTheEnd(span: Span): Diagnostic {
  const hint = 'end with `goto LABEL`, `wait DELAY, LABEL`, `halt` or `end_of_program`';
  return diagnostic('NC4001', span, 'control runs off the end of the program after this instruction', hint);
}

export function cycleWithoutTime(span: Span, back: Span): Diagnostic {
  const hint =
    'put a `wait`, a `halt` or a `sync slave` into the cycle; guards are not evaluated, handlers count as jumps';
  const related = [{ message: 'from here control goes back into the cycle', span: back }];
  return diagnostic('NC4002', span, 'this instruction can be reached again without any time passing', hint, related);
}

export function labelWithoutInstruction(span: Span, name: string): Diagnostic {
  const hint = 'remove it, or put an instruction after it, for example `end_of_program`';
  return diagnostic('NC4003', span, `no instruction follows the label ${quote(name)}`, hint);
}

export function noInstruction(span: Span): Diagnostic {
  return diagnostic(
    'NC4004',
    span,
    'a program has at least one instruction',
    'the shortest program is `end_of_program`',
  );
}
