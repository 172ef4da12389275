// From operands to values. Not a pass: the passes use it wherever a value stands. Everything returns null where there is
// a mistake, which has been reported then.
import { constantTooEarly, undeclaredName } from '../mistakes/names.js';
import {
  durationTooLong,
  negativeDuration,
  notWhole,
  numberOutOfRange,
  partsOfNanosecond,
  wrongKind,
  wrongValueKind,
  zeroDuration,
} from '../mistakes/values.js';
import type { Span } from '../program.js';
import type { BytesLiteral, DurationLiteral, Literal, NameOperand, Operand } from '../tree.js';
import { UNITS } from '../vocabulary.js';
import type { Checking, DeclaredName } from './checking.js';
import { namesOf } from './checking.js';
import { aKind, aLiteral } from './words.js';

/** Durations in ns are less than this. */
export const DURATION_LIMIT = 1n << 62n;

/** The literal that an operand stands for. `wanted` in words: "a duration". */
export function literalOf(c: Checking, operand: Operand, wanted: string): Literal | null {
  if (operand.kind === 'name') return constantOf(c, operand, wanted);
  return operand.kind === 'duration' && durationValue(c, operand) === null ? null : operand;
}

function constantOf(c: Checking, name: NameOperand, wanted: string): Literal | null {
  c.used.add(name.name);
  const declared = c.names.get(name.name);
  const label = c.labels.get(name.name);
  const value = c.constants.get(name.name);
  if (value !== undefined && !(declared && isTooEarly(c, name, declared))) return value;
  if (declared?.kind === 'const') c.report.add(constantTooEarly(name.span, name.name, declared.word.span));
  else if (declared) {
    c.report.add(wrongKind(name.span, name.name, aKind(declared.kind), wanted, declared.word.span));
  } else if (label) c.report.add(wrongKind(name.span, name.name, aKind('label'), wanted, label.span));
  else if (!c.tree.doubtfulNames.has(name.name)) {
    const candidates = namesOf(c, ['const']).map(({ word }) => word.name);
    c.report.add(undeclaredName(name.span, name.name, aKind('const'), candidates));
  }
  return null;
}

/** Only declarations can be too early: a constant below the first instruction is refused as such. */
function isTooEarly(c: Checking, use: NameOperand, { word }: DeclaredName): boolean {
  const first = c.tree.instructions[0]?.span.line ?? Infinity;
  return use.span.line < first && word.span.line >= use.span.line;
}

/** The whole number that an operand stands for. `what` in words, for messages: "the size". */
export function wholeNumber(c: Checking, operand: Operand, what: string): bigint | null {
  const literal = literalOf(c, operand, 'a number');
  if (literal === null) return null;
  if (literal.kind === 'integer') return literal.value;
  if (literal.kind === 'fraction') c.report.add(notWhole(operand.span, literal.text, what));
  else {
    c.report.add(
      wrongValueKind(operand.span, aLiteral(literal.kind), 'a number', `${what} is a number without a unit`),
    );
  }
  return null;
}

/** A whole number from `least` to `most`, both small enough for a JavaScript number. */
export function numberBetween(c: Checking, operand: Operand, what: string, least: number, most: number): number | null {
  const value = wholeNumber(c, operand, what);
  if (value === null) return null;
  if (value >= least && value <= most) return Number(value);
  c.report.add(numberOutOfRange(operand.span, value.toString(), what, String(least), String(most)));
  return null;
}

/** The operand of a counter, 0 to 2^32 - 1. */
export function counterValue(c: Checking, operand: Operand): number | null {
  return numberBetween(c, operand, 'a counter', 0, 2 ** 32 - 1);
}

/** A probability, 0 to 1. */
export function probabilityOf(c: Checking, operand: Operand): number | null {
  const literal = literalOf(c, operand, 'a number');
  if (literal === null) return null;
  if (literal.kind !== 'integer' && literal.kind !== 'fraction') {
    c.report.add(
      wrongValueKind(operand.span, aLiteral(literal.kind), 'a number', 'a probability is a number from 0 to 1'),
    );
    return null;
  }
  const value = Number(literal.text);
  if (value >= 0 && value <= 1) return value;
  c.report.add(numberOutOfRange(operand.span, literal.text, 'a probability', '0', '1'));
  return null;
}

/** A duration in ns; a bare number counts ticks. `what` with an article: "a delay". */
export function durationOf(c: Checking, operand: Operand, what: string, zero: 'allowed' | 'refused'): bigint | null {
  const literal = literalOf(c, operand, 'a duration');
  if (literal === null) return null;
  if (literal.kind === 'integer') return ticks(c, operand.span, literal.value, what, zero);
  if (literal.kind === 'duration') return judge(c, operand.span, durationValue(c, literal), what, zero);
  if (literal.kind === 'fraction') c.report.add(notWhole(operand.span, literal.text, 'a number of ticks'));
  else
    c.report.add(wrongValueKind(operand.span, aLiteral(literal.kind), 'a duration', 'for example `10us` or `1.5ms`'));
  return null;
}

function ticks(c: Checking, span: Span, count: bigint, what: string, zero: 'allowed' | 'refused'): bigint | null {
  const { tickNs } = c.settings;
  if (tickNs !== null && count * tickNs >= DURATION_LIMIT) {
    c.report.add(durationTooLong(span, `${count} ticks`));
    return null;
  }
  return judge(c, span, count * (tickNs ?? 1n), what, zero);
}

function judge(c: Checking, span: Span, ns: bigint | null, what: string, zero: 'allowed' | 'refused'): bigint | null {
  if (ns === null) return null;
  if (ns < 0n) c.report.add(negativeDuration(span, what));
  else if (ns === 0n && zero === 'refused') c.report.add(zeroDuration(span, what));
  else return ns;
  return null;
}

/** The value in ns of a duration as it is written, perhaps negative; reported at the place where it is written. */
function durationValue(c: Checking, literal: DurationLiteral): bigint | null {
  const [, sign = '', whole = '', fraction = ''] = /^(-?)([0-9]+)\.?([0-9]*)$/.exec(literal.amount) ?? [];
  const parts = BigInt(whole + fraction) * UNITS[literal.unit];
  const scale = 10n ** BigInt(fraction.length);
  const text = literal.amount + literal.unit;
  if (parts % scale !== 0n) c.report.add(partsOfNanosecond(literal.span, text));
  else if (parts / scale >= DURATION_LIMIT) c.report.add(durationTooLong(literal.span, text));
  else return sign === '-' ? -(parts / scale) : parts / scale;
  return null;
}

/** The bytes of a byte string. */
export function bytesOf(literal: BytesLiteral): Uint8Array {
  if (literal.kind === 'text') return new TextEncoder().encode(literal.text);
  return Uint8Array.from(literal.text.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));
}
