// Instructions that control never reaches, one warning for each stretch of them.
import { unreachable } from '../../mistakes/doubts.js';
import type { Checking } from '../checking.js';
import { reachedBy } from '../flow/graph.js';

export function warnUnreachable(c: Checking): void {
  if (!c.graph) return;
  const reached = reachedBy(c.graph);
  c.tree.instructions.forEach(({ span }, index) => {
    const startsStretch = !reached.has(index) && (index === 0 || reached.has(index - 1));
    if (startsStretch) c.report.add(unreachable(span));
  });
}
