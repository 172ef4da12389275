// Control must not run off the end: the machine would have nothing to do and no word for it. Unreachable code may.
import { runsOffTheEnd } from '../../mistakes/flow.js';
import type { Checking } from '../checking.js';

/** Refuses a last instruction after which control goes on. */
export function checkEnd(c: Checking): void {
  for (const index of c.graph?.offTheEnd ?? []) {
    const instruction = c.tree.instructions[index];
    if (instruction) c.report.add(runsOffTheEnd(instruction.span));
  }
}
