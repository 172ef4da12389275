// What ncbpf says about a user's program. Diagnostics are values that are collected, never thrown.
import type { Code } from './codes.js';
import { CODES } from './codes.js';
import type { Span } from './program.js';

export type Severity = 'error' | 'warning';

/** A second place in the text that helps to understand a diagnostic. */
export interface Related {
  readonly message: string;
  readonly span: Span;
}

/** One mistake in a program: what, where, and what to do about it. */
export interface Diagnostic {
  readonly severity: Severity;
  readonly code: Code;
  readonly message: string;
  readonly hint?: string;
  readonly span: Span;
  readonly related?: readonly Related[];
}

/** Makes a diagnostic; its severity is the one that the table of codes gives. Only the factories in `mistakes/` call it. */
export function diagnostic(
  code: Code,
  span: Span,
  message: string,
  hint?: string,
  related?: readonly Related[],
): Diagnostic {
  const base = { severity: CODES[code].severity, code, message, span };
  return { ...base, ...(hint === undefined ? {} : { hint }), ...(related === undefined ? {} : { related }) };
}

const LONGEST_QUOTE = 63;

/** A piece of the user's text for a message: in backticks, cut where it is longer than any name may be. */
export function quote(text: string): string {
  const characters = Array.from(text.slice(0, 2 * LONGEST_QUOTE + 2));
  const cut = characters.length > LONGEST_QUOTE;
  return `\`${cut ? characters.slice(0, LONGEST_QUOTE).join('') + '...' : text}\``;
}
