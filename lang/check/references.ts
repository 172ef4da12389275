// From names to what they name. Not a pass: the passes use it wherever a name stands.
import { undeclaredName, undefinedLabel } from '../mistakes/names.js';
import { wrongKind } from '../mistakes/values.js';
import type { NamedKind, Word } from '../tree.js';
import type { Checking, DeclaredName } from './checking.js';
import { namesOf, UNKNOWN } from './checking.js';
import { aKind } from './words.js';

/**
 * What `word` names, if it is of one of the kinds; otherwise null, and it is reported. `wanted` in words: "a channel".
 */
export function refer(c: Checking, word: Word, kinds: readonly NamedKind[], wanted: string): DeclaredName | null {
  c.used.add(word.name);
  const found = c.names.get(word.name);
  if (!found) {
    reportUnknown(c, word, kinds, wanted);
    return null;
  }
  if (kinds.includes(found.kind)) return found;
  c.report.add(wrongKind(word.span, word.name, aKind(found.kind), wanted, found.word.span));
  return null;
}

function reportUnknown(c: Checking, word: Word, kinds: readonly NamedKind[], wanted: string): void {
  if (c.tree.doubtfulNames.has(word.name)) return;
  const label = c.labels.get(word.name);
  if (label) return c.report.add(wrongKind(word.span, word.name, aKind('label'), wanted, label.span));
  const candidates = namesOf(c, kinds).map((name) => name.word.name);
  c.report.add(undeclaredName(word.span, word.name, wanted, candidates));
}

/** The id of what `word` names, or `UNKNOWN`. */
export function idOf(c: Checking, word: Word, kind: NamedKind): number {
  return refer(c, word, [kind], aKind(kind))?.id ?? UNKNOWN;
}

/** The instruction that a label names, or `UNKNOWN`. */
export function targetOf(c: Checking, word: Word): number {
  c.used.add(word.name);
  const label = c.labels.get(word.name);
  if (label) return label.target;
  const other = c.names.get(word.name);
  if (other) c.report.add(wrongKind(word.span, word.name, aKind(other.kind), aKind('label'), other.word.span));
  else if (!c.tree.doubtfulNames.has(word.name)) {
    c.report.add(undefinedLabel(word.span, word.name, c.labels.keys()));
  }
  return UNKNOWN;
}
