// The verdicts of a verification.
import type { Coverage } from './explore.js';
import type { Trace } from './trace.js';
import type { PropertyName } from './violation.js';

/** Where only a part was looked at: how far, and why no further. */
export interface Explored {
  /** ns from the common start. */
  readonly until: number;
  readonly states: number;
  readonly limit: 'bound' | 'memory' | 'overload';
}

/** What was found about one property. */
export interface Verdict {
  /** Null: not judged, or nothing was found where only a part was looked at. */
  readonly holds: boolean | null;
  /** ns from the common start, of the earliest violation. */
  readonly at: number | null;
  readonly places: readonly (readonly [string, number])[];
  readonly trace: Trace | null;
  /** Why it is not judged, or how it fails; empty where it holds. */
  readonly what: string;
  /** Only where a part was looked at. */
  readonly explored?: Explored;
}

/** A snapshot that no `send` took before the next: the lines of both. */
export interface UnsentWarning {
  readonly file: string;
  readonly created: number;
  readonly again: number;
}

/** The answer. */
export interface Answer {
  readonly verdicts: Readonly<Record<PropertyName, Verdict>>;
  readonly warnings: readonly UnsentWarning[];
  readonly coverage: Coverage;
}

/** A property that is not judged. */
export function notJudged(what: string): Verdict {
  return { holds: null, at: null, places: [], trace: null, what };
}
