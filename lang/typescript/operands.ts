// From values to the operands of the syntax tree.
import { inexactNumber, wrongOperand } from '../mistakes/typescript.js';
import { partsOfNanosecond } from '../mistakes/values.js';
import type { Span } from '../program.js';
import type { BytesLiteral, DurationLiteral, FractionLiteral, IntegerLiteral, Operand } from '../tree.js';
import { UNITS } from '../vocabulary.js';
import type { Unit } from '../vocabulary.js';
import type { Rational } from './rational.js';
import { decimal, exactly } from './rational.js';
import { Refusal } from './refusal.js';
import type { Value } from './values.js';
import { aValue } from './values.js';

/** The text form reads no longer ones. */
const LONGEST_NUMBER = 64;
const FROM_LARGEST: readonly Unit[] = ['s', 'ms', 'us', 'ns'];

/** A number. Throws `Refusal` where it is none, or not the one that was written. */
export function numberOperand(value: number | bigint, span: Span): IntegerLiteral | FractionLiteral {
  if (typeof value === 'bigint' || Number.isSafeInteger(value)) {
    return { kind: 'integer', text: String(BigInt(value)), value: BigInt(value), span };
  }
  if (!Number.isFinite(value) || Number.isInteger(value)) throw new Refusal(inexactNumber(span, String(value)));
  const text = decimal(exactly(value));
  if (text.length > LONGEST_NUMBER) throw new Refusal(inexactNumber(span, String(value)));
  return { kind: 'fraction', text, span };
}

/** A duration in the largest unit of which it is a multiple. Throws `Refusal` where it has parts of a nanosecond. */
export function durationOperand({ numerator, denominator }: Rational, span: Span): DurationLiteral {
  if (denominator !== 1n) throw new Refusal(partsOfNanosecond(span, `${numerator}/${denominator} ns`));
  const unit = FROM_LARGEST.find((name) => numerator % UNITS[name] === 0n) ?? 'ns';
  return { kind: 'duration', amount: String(numerator / UNITS[unit]), unit, span };
}

/** A delay, timeout or window. Throws `Refusal` where the value is none. */
export function delayOperand(value: Value, span: Span): Operand {
  if (value.kind === 'duration') return durationOperand(value.ns, span);
  if (value.kind === 'ticks') return numberOperand(value.count, span);
  const hint = 'durations are written `ns(250)`, `us(10)`, `ms(1.5)`, `s(2)` or `ticks(5)`';
  throw new Refusal(wrongOperand(span, 'a duration', aValue(value), hint));
}

/** A byte string. What cannot stand between quotes makes it one of hex digits. Throws `Refusal`. */
export function textOperand(text: string, span: Span): BytesLiteral {
  if (/\p{Cs}/u.test(text)) throw new Refusal(wrongOperand(span, 'text', 'half of a character'));
  if (/^[^"\p{Cc}]*$/u.test(text)) return { kind: 'text', text, span };
  return { kind: 'hex', text: Buffer.from(text, 'utf8').toString('hex'), span };
}
