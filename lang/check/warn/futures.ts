// A machine stops at a `halt` with nothing armed, and at the 65th armed future.
import { haltWithoutFuture, tooManyFutures } from '../../mistakes/doubts.js';
import { LIMITS } from '../../program.js';
import type { Checking } from '../checking.js';

/** Where a handler of `no_future` is installed on every path with nothing armed, the author has thought of it. */
export function warnHaltWithoutFuture(c: Checking): void {
  for (const index of c.graph?.unarmed ?? []) {
    const instruction = c.tree.instructions[index];
    if (instruction) c.report.add(haltWithoutFuture(instruction.span));
  }
}

export function warnTooManyFutures(c: Checking): void {
  for (const index of c.graph?.overfull ?? []) {
    const instruction = c.tree.instructions[index];
    if (instruction) c.report.add(tooManyFutures(instruction.span, LIMITS.futures));
  }
}
