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

export function deadHandler(span: Span, error: string): Diagnostic {
  const hint = `remove it, or put it before what sets ${quote(error)}; a handler is there from its \`handle\` until the next one of the same error`;
  return diagnostic('NC6009', span, `${quote(error)} cannot be set while this handler is installed`, hint);
}

export function neverCounts(span: Span, counter: string, value: number): Diagnostic {
  const hint =
    'test for a value that it comes to, or set it before the loop; its steps, its start and what sets it back say which values it has';
  const message = `the counter ${quote(counter)} never comes to ${value} here, so that the loop never ends this way`;
  return diagnostic('NC6010', span, message, hint);
}

export function neverSent(span: Span, message: string): Diagnostic {
  const hint = `send ${quote(message)} before it is created again, or remove this line`;
  return diagnostic('NC6011', span, `no \`send\` takes the snapshot that is made of ${quote(message)} here`, hint);
}

export function onlyFills(span: Span, queue: string): Diagnostic {
  const hint =
    'take as many values with `create` as are received, or ask `var_queue_full`, or handle `queue_full`: a full queue drops what comes';
  const message = `every round of this loop puts more values into the queue ${quote(queue)} than it takes out`;
  return diagnostic('NC6012', span, message, hint);
}

/** Durations in ns. */
export function tooLongOnWire(span: Span, wireNs: number, untilNs: number, rate: number, until: Span): Diagnostic {
  const hint =
    'let the next instant come later, or send less: the frames of one block are to be gone before the next one begins; `--rate` says how fast the link is';
  const related = [{ message: 'the next instant is set here', span: until }];
  const message = `the frames of this block have the wire for ${micro(wireNs)} at ${rate / 1e6} Mbit/s, and the next instant may come after ${micro(untilNs)}`;
  return diagnostic('NC6013', span, message, hint, related);
}

function micro(ns: number): string {
  return `${ns / 1000} us`;
}
