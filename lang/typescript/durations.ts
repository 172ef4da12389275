// Durations as constant expressions.
import { wrongOperand } from '../mistakes/typescript.js';
import type { Span } from '../program.js';
import { UNITS } from '../vocabulary.js';
import type { Argument } from './call.js';
import type { Rational } from './rational.js';
import { add, divide, exactly, multiply, rational, subtract } from './rational.js';
import { Refusal } from './refusal.js';
import type { Value } from './values.js';
import { aValue } from './values.js';

type Method = (self: Rational, argument: Argument) => Rational;

const METHODS = new Map<string, Method>([
  ['plus', (self, argument) => add(self, durationArgument(argument))],
  ['minus', (self, argument) => subtract(self, durationArgument(argument))],
  ['times', (self, argument) => multiply(self, numberArgument(argument))],
  ['dividedBy', (self, argument) => divide(self, divisor(argument))],
]);

export function isDurationMethod(name: string): boolean {
  return METHODS.has(name);
}

/** `self.name(argument)`. Throws `Refusal`. */
export function callDurationMethod(name: string, self: Rational, [argument]: readonly Argument[], span: Span): Value {
  const method = METHODS.get(name);
  if (!method || !argument) throw new Refusal(wrongOperand(span, 'a duration or number', 'nothing'));
  return { kind: 'duration', ns: bounded(method(self, argument), span) };
}

/** `us(10)`; null where `name` is no unit. Throws `Refusal`. */
export function durationOf(name: string, [argument]: readonly Argument[], span: Span): Value | null {
  const unit = new Map(Object.entries(UNITS)).get(name);
  if (unit === undefined) return null;
  if (!argument) throw new Refusal(wrongOperand(span, 'a number', 'nothing'));
  return { kind: 'duration', ns: bounded(multiply(numberArgument(argument), rational(unit)), span) };
}

/** Far beyond every duration that the language takes, near enough to be calculated with. */
const MOST_BITS = 2048;

function bounded(value: Rational, span: Span): Rational {
  const bits = value.numerator.toString(2).length + value.denominator.toString(2).length;
  if (bits <= MOST_BITS) return value;
  throw new Refusal(wrongOperand(span, 'a duration', 'a number beyond every duration'));
}

function durationArgument({ value, span }: Argument): Rational {
  if (value.kind === 'duration') return value.ns;
  throw new Refusal(wrongOperand(span, 'a duration', aValue(value), 'for example `us(10)`'));
}

function numberArgument({ value, span }: Argument): Rational {
  const number = value.kind === 'plain' ? value.value : undefined;
  if (typeof number === 'bigint' && number.toString(2).length <= MOST_BITS) return exactly(number);
  if (typeof number === 'number' && Number.isFinite(number)) return exactly(number);
  throw new Refusal(wrongOperand(span, 'a number', typeof number === 'number' ? String(number) : aValue(value)));
}

function divisor(argument: Argument): Rational {
  const value = numberArgument(argument);
  if (value.numerator !== 0n) return value;
  throw new Refusal(wrongOperand(argument.span, 'a number', 'a division by 0'));
}
