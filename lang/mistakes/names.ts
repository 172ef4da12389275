// Mistakes in names, labels and ids.
import type { Diagnostic } from '../diagnostic.js';
import { diagnostic, quote } from '../diagnostic.js';
import type { Span } from '../program.js';
import { didYouMean } from '../suggest.js';

export function undeclaredName(span: Span, name: string, kind: string, candidates: Iterable<string>): Diagnostic {
  const hint = didYouMean(name, candidates, `declare ${kind} of that name before the first instruction`);
  return diagnostic('NC2001', span, `${quote(name)} is not declared`, hint);
}

export function duplicateName(span: Span, name: string, first: Span): Diagnostic {
  const related = [{ message: 'the first declaration', span: first }];
  const hint = `the name is taken in line ${first.line}; variables, queues, messages, counters, constants, channels and labels share one namespace`;
  return diagnostic('NC2002', span, `the name ${quote(name)} is declared twice`, hint, related);
}

export function undefinedLabel(span: Span, name: string, candidates: Iterable<string>): Diagnostic {
  const hint = didYouMean(name, candidates, `put ${quote(name + ':')} before the instruction where control is to go`);
  return diagnostic('NC2003', span, `the label ${quote(name)} is not defined`, hint);
}

export function duplicateLabel(span: Span, name: string, first: Span): Diagnostic {
  const related = [{ message: 'the first definition', span: first }];
  return diagnostic(
    'NC2004',
    span,
    `the label ${quote(name)} is defined twice`,
    `it is defined in line ${first.line}: rename one`,
    related,
  );
}

export function duplicateId(span: Span, id: number, other: string, first: Span): Diagnostic {
  const related = [{ message: 'the first use of the id', span: first }];
  const hint = `${quote(other)} has it; without \`= ${id}\` the lowest free id is taken`;
  return diagnostic('NC2005', span, `the id ${id} is given twice`, hint, related);
}

export function reservedName(span: Span, name: string, why: string): Diagnostic {
  return diagnostic('NC2006', span, `${quote(name)} cannot be a name: ${why}`, 'choose another name');
}

export function constantTooEarly(span: Span, name: string, declaration: Span): Diagnostic {
  const related = [{ message: 'its declaration', span: declaration }];
  const hint = `move its declaration from line ${declaration.line} to before this line`;
  return diagnostic('NC2007', span, `the constant ${quote(name)} is used before its declaration`, hint, related);
}
