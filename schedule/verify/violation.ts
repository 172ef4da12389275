// What goes wrong, before it is put into words.
import type { Steps } from './steps.js';

/** The properties, in the order of reports. */
export const PROPERTIES = ['collision', 'schedulable', 'received', 'stuck', 'recovers', 'gate'] as const;

/** A property of a system (verification.md section 2). */
export type PropertyName = (typeof PROPERTIES)[number];

/** An instruction of a node. */
export interface Place {
  readonly node: number;
  readonly instruction: number;
}

/** A property that fails. */
export interface Violation {
  readonly property: PropertyName;
  /** From the common start, units. */
  readonly at: number;
  readonly places: readonly Place[];
  /** One sentence without its end, names of nodes and lines left out. */
  readonly what: string;
  /** State before the instant at which it was found, and what happened from there. */
  readonly parent: number;
  readonly steps: Steps | null;
  /** The run goes on for ever through these states, from `since` (units) on; `node` is the one that waits. */
  readonly loop?: { readonly states: readonly number[]; readonly since: number; readonly node: number };
}
