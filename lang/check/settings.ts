// The declarations without a name: with values that make sense.
import { noInstruction } from '../mistakes/flow.js';
import { wrongValueKind } from '../mistakes/values.js';
import type { Checking } from './checking.js';
import { declarationsOf } from './checking.js';
import { durationOf, literalOf, numberBetween } from './values.js';
import { aLiteral } from './words.js';

/** The smallest ethertype: what is less is the length of an IEEE 802.3 frame. */
const LEAST_ETHERTYPE = 0x600;

/** Refuses a program without an instruction: there would be nothing to run. */
export function checkNotEmpty(c: Checking): void {
  const { instructions, end } = c.tree;
  if (instructions.length === 0 && c.report.errors.length === 0) c.report.add(noInstruction(end));
}

/** The tick goes first because every bare number in a delay is counted in it. Refuses 0 and bare numbers. */
export function resolveTick(c: Checking): void {
  const [tick] = declarationsOf(c.tree, 'tick');
  if (!tick) return;
  c.settings.tickNs = null;
  const literal = literalOf(c, tick.duration, 'a duration');
  if (literal === null) return;
  if (literal.kind === 'duration') c.settings.tickNs = durationOf(c, tick.duration, 'a tick', 'refused');
  else {
    const hint = 'a tick is what bare numbers count, so it needs a unit: `tick 1us`';
    c.report.add(wrongValueKind(tick.duration.span, aLiteral(literal.kind), 'a duration', hint));
  }
}

/** The other settings, where they are given. */
export function resolveSettings(c: Checking): void {
  const { settings } = c;
  for (const declaration of c.tree.declarations) {
    if (declaration.kind === 'node') settings.node = declaration.name.name;
    else if (declaration.kind === 'late') settings.late = declaration.policy;
    else if (declaration.kind === 'tolerance') {
      settings.toleranceNs = durationOf(c, declaration.duration, 'a tolerance', 'allowed') ?? 0n;
    } else if (declaration.kind === 'ingress') {
      const allow = [...new Set(declaration.allow?.map(({ mac }) => mac))];
      settings.ingress = declaration.mode === 'open' ? { mode: 'open' } : { mode: 'strict', allow };
    } else if (declaration.kind === 'wire' && declaration.format === 'ncm') settings.wire = { format: 'ncm' };
    else if (declaration.kind === 'wire' && declaration.ethertype) {
      const ethertype = numberBetween(c, declaration.ethertype, 'an ethertype', LEAST_ETHERTYPE, 0xffff);
      settings.wire = { format: 'v1', ethertype: ethertype ?? LEAST_ETHERTYPE };
    }
  }
}
