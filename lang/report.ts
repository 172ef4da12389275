// Collects the diagnostics of one file. Bounded, so that binary rubbish of any size gives an answer of a readable size.
import type { Diagnostic } from './diagnostic.js';
import { tooManyErrors, tooManyWarnings } from './mistakes/limits.js';

/** So many errors, and so many warnings, are kept; one more of each kind becomes a closing note. */
export const MOST_DIAGNOSTICS = 100;

export class Report {
  readonly #errors: Diagnostic[] = [];
  readonly #warnings: Diagnostic[] = [];

  add(diagnostic: Diagnostic): void {
    const list = diagnostic.severity === 'error' ? this.#errors : this.#warnings;
    if (list.length <= MOST_DIAGNOSTICS) list.push(diagnostic);
  }

  /** True when further errors would not be shown: whoever reads on may stop. */
  get full(): boolean {
    return this.#errors.length > MOST_DIAGNOSTICS;
  }

  get errors(): readonly Diagnostic[] {
    return this.#errors;
  }

  /** All diagnostics in the order of the text, the notes about what was left out last. */
  sorted(): Diagnostic[] {
    const errors = this.#errors.slice(0, MOST_DIAGNOSTICS);
    const warnings = this.#warnings.slice(0, MOST_DIAGNOSTICS);
    const result = [...errors, ...warnings].sort(byPosition);
    const lastError = errors.at(-1);
    const lastWarning = warnings.at(-1);
    if (this.full && lastError) result.push(tooManyErrors(lastError.span, MOST_DIAGNOSTICS));
    if (this.#warnings.length > MOST_DIAGNOSTICS && lastWarning) {
      result.push(tooManyWarnings(lastWarning.span, MOST_DIAGNOSTICS));
    }
    return result;
  }
}

function byPosition(a: Diagnostic, b: Diagnostic): number {
  return a.span.line - b.span.line || a.span.column - b.span.column;
}

/** By file and place, the notes about what was left out last; what is said twice is said once. */
export function inTextOrder(diagnostics: readonly Diagnostic[], files: readonly string[]): Diagnostic[] {
  const key = ({ code, span, message }: Diagnostic) => JSON.stringify([span, code, message]);
  const last = ({ code }: Diagnostic) => Number(code === 'NC5008' || code === 'NC6008');
  const once = [...new Map(diagnostics.map((one) => [key(one), one])).values()];
  return once.sort(
    (a, b) => last(a) - last(b) || files.indexOf(a.span.file) - files.indexOf(b.span.file) || byPosition(a, b),
  );
}
