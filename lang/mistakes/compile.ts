// What is right in the language and cannot be compiled.
import type { Diagnostic } from '../diagnostic.js';
import { diagnostic, quote } from '../diagnostic.js';
import type { Span } from '../program.js';

/** `what` as the language writes it: "xsend". */
export function notCompiledYet(span: Span, what: string): Diagnostic {
  const hint = 'this version of ncbpf checks and simulates it only: leave it out to build and attach the program';
  return diagnostic('NC7001', span, `${quote(what)} cannot be compiled to eBPF yet`, hint);
}
