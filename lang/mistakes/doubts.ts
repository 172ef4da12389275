// Warnings: what the language allows and hardly anybody means.
import type { Diagnostic } from '../diagnostic.js';
import { diagnostic, quote } from '../diagnostic.js';
import type { Span } from '../program.js';

/** `kind` without an article: "variable". */
export function unusedName(span: Span, kind: string, name: string): Diagnostic {
  return diagnostic('NC6001', span, `the ${kind} ${quote(name)} is never used`, 'remove its declaration, or use it');
}

export function unusedLabel(span: Span, name: string): Diagnostic {
  return diagnostic('NC6002', span, `nothing goes to the label ${quote(name)}`, 'remove it, or go to it');
}

export function unreachable(span: Span): Diagnostic {
  return diagnostic('NC6003', span, 'control never comes here', 'remove it, or put a label here and go to it');
}

export function haltWithoutFuture(span: Span): Diagnostic {
  const hint =
    'arm one with `future DELAY, LABEL` on every path to here, or handle `no_future`; otherwise the machine stops';
  return diagnostic('NC6004', span, 'on some path no future is armed when control comes here', hint);
}

export function neverCreated(span: Span, message: string): Diagnostic {
  const hint = `put \`create VAR -> ${message}\` before it on every path; an empty message is not sent and sets \`message_empty\``;
  return diagnostic('NC6005', span, `on some path the message ${quote(message)} is empty when it is sent here`, hint);
}

export function broadcastRate(span: Span, perSecond: number): Diagnostic {
  const hint =
    'every host of the network has to look at each of them: give the channel a destination with `to MAC`, or wait longer';
  return diagnostic(
    'NC6006',
    span,
    `up to ${perSecond} frames a second are broadcast in the cycle of this instruction`,
    hint,
  );
}

export function tooManyFutures(span: Span, limit: number): Diagnostic {
  const hint = 'one more stops the machine with `too_many_futures`: let each `future` be met by a `halt`';
  return diagnostic('NC6007', span, `on some path ${limit} futures are armed when control comes here`, hint);
}
