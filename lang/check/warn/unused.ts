// What is declared or labelled and never referred to: often a misspelt name elsewhere.
import { unusedLabel, unusedName } from '../../mistakes/doubts.js';
import type { Checking } from '../checking.js';
import { KIND } from '../words.js';

export function warnUnused(c: Checking): void {
  for (const [name, { kind, word }] of c.names) {
    if (!c.used.has(name)) c.report.add(unusedName(word.span, KIND[kind], name));
  }
  for (const [name, { span }] of c.labels) {
    if (!c.used.has(name)) c.report.add(unusedLabel(span, name));
  }
}
