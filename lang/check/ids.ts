// Ids: given ones first, then the lowest free ones in the order of the text. Variables and queues share theirs.
import { idOutOfRange } from '../mistakes/limits.js';
import { duplicateId } from '../mistakes/names.js';
import { LIMITS } from '../program.js';
import type { NamedKind } from '../tree.js';
import type { Checking, DeclaredName } from './checking.js';
import { namesOf } from './checking.js';
import { wholeNumber } from './values.js';

const SPACES: readonly (readonly NamedKind[])[] = [['channel'], ['var', 'queue'], ['message'], ['counter']];

/** Refuses ids that are given twice or do not fit in a byte. */
export function allocateIds(c: Checking): void {
  for (const kinds of SPACES) {
    const names = namesOf(c, kinds);
    const taken = new Map<number, DeclaredName>();
    for (const name of names) takeGiven(c, name, taken);
    let next = 0;
    for (const name of names) {
      if (givenId(name) !== null) continue;
      while (taken.has(next)) next++;
      name.id = next++;
    }
  }
}

function givenId({ declaration }: DeclaredName) {
  return declaration.kind === 'const' ? null : declaration.id;
}

function takeGiven(c: Checking, name: DeclaredName, taken: Map<number, DeclaredName>): void {
  const given = givenId(name);
  const value = given && wholeNumber(c, given, 'an id');
  if (given === null || value === null) return;
  const earlier = taken.get(Number(value));
  if (value < 0n || value >= LIMITS.declared) c.report.add(idOutOfRange(given.span, value));
  else if (earlier) c.report.add(duplicateId(given.span, earlier.id, earlier.word.name, earlier.word.span));
  else {
    name.id = Number(value);
    taken.set(name.id, name);
  }
}
