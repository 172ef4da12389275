// The values of constants. A constant may stand for an earlier one.
import type { Checking } from './checking.js';
import { declarationsOf } from './checking.js';
import { literalOf } from './values.js';

/** Refuses values that no use could have: durations beyond the limits, names that are no constants. */
export function resolveConstants(c: Checking): void {
  for (const declaration of declarationsOf(c.tree, 'const')) {
    const { name, value } = declaration;
    const literal = literalOf(c, value, 'a value');
    if (c.names.get(name.name)?.declaration === declaration) c.constants.set(name.name, literal);
  }
}
