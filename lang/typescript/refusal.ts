// How a mistake leaves an expression that has no value: thrown, caught by the statement around it, and reported there. Nothing
// of it gets out of this folder.
import type { Diagnostic } from '../diagnostic.js';

/** `diagnostic`: null where it is the consequence of a mistake that has been reported. */
export class Refusal extends Error {
  constructor(readonly diagnostic: Diagnostic | null) {
    super(diagnostic?.message);
  }
}

/** A mistake after which going on makes no sense: a limit is reached. */
export class Abort extends Refusal {}
