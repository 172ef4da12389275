// Operators of constant expressions.
import { ts } from 'ts-morph';
import { cannotBeCompiled, guardKept, tooMuchToUnroll, wrongOperand } from '../mistakes/typescript.js';
import type { Span } from '../program.js';
import { Refusal } from './refusal.js';
import type { Value } from './values.js';
import { aValue, plain } from './values.js';

type Plain = undefined | null | boolean | number | bigint | string;

/** Bigints and strings beyond this many digits or characters serve nobody. */
const MOST_DIGITS = 4096;
export const LONGEST_LIST = 4096;

/** The value of a prefix operator. Throws `Refusal`. */
export function prefixed(operator: ts.PrefixUnaryOperator, value: Value, span: Span): Value {
  const operand = plainOf(value, span);
  if (operator === ts.SyntaxKind.ExclamationToken) return plain(!operand);
  if (typeof operand !== 'number' && typeof operand !== 'bigint') {
    throw new Refusal(wrongOperand(span, 'a number', aValue(value)));
  }
  if (operator === ts.SyntaxKind.MinusToken) return plain(-operand);
  if (operator === ts.SyntaxKind.TildeToken) return plain(~operand);
  if (operator === ts.SyntaxKind.PlusToken && typeof operand === 'number') return value;
  throw new Refusal(cannotBeCompiled(span, 'this operator', 'constants do not change'));
}

type Numbers = Readonly<Record<number, (a: number, b: number) => number>>;
type Bigints = Readonly<Record<number, (a: bigint, b: bigint) => bigint>>;

const NUMBERS: Numbers = {
  [ts.SyntaxKind.PlusToken]: (a, b) => a + b,
  [ts.SyntaxKind.MinusToken]: (a, b) => a - b,
  [ts.SyntaxKind.AsteriskToken]: (a, b) => a * b,
  [ts.SyntaxKind.SlashToken]: (a, b) => a / b,
  [ts.SyntaxKind.PercentToken]: (a, b) => a % b,
  [ts.SyntaxKind.AsteriskAsteriskToken]: (a, b) => a ** b,
  [ts.SyntaxKind.LessThanLessThanToken]: (a, b) => a << b,
  [ts.SyntaxKind.GreaterThanGreaterThanToken]: (a, b) => a >> b,
  [ts.SyntaxKind.GreaterThanGreaterThanGreaterThanToken]: (a, b) => a >>> b,
  [ts.SyntaxKind.AmpersandToken]: (a, b) => a & b,
  [ts.SyntaxKind.BarToken]: (a, b) => a | b,
  [ts.SyntaxKind.CaretToken]: (a, b) => a ^ b,
};

const BIGINTS: Bigints = {
  [ts.SyntaxKind.PlusToken]: (a, b) => a + b,
  [ts.SyntaxKind.MinusToken]: (a, b) => a - b,
  [ts.SyntaxKind.AsteriskToken]: (a, b) => a * b,
  [ts.SyntaxKind.SlashToken]: (a, b) => a / b,
  [ts.SyntaxKind.PercentToken]: (a, b) => a % b,
  [ts.SyntaxKind.AsteriskAsteriskToken]: (a, b) => a ** b,
  [ts.SyntaxKind.LessThanLessThanToken]: (a, b) => a << b,
  [ts.SyntaxKind.GreaterThanGreaterThanToken]: (a, b) => a >> b,
  [ts.SyntaxKind.AmpersandToken]: (a, b) => a & b,
  [ts.SyntaxKind.BarToken]: (a, b) => a | b,
  [ts.SyntaxKind.CaretToken]: (a, b) => a ^ b,
};

const COMPARISONS: Readonly<Record<number, (order: number) => boolean>> = {
  [ts.SyntaxKind.LessThanToken]: (order) => order < 0,
  [ts.SyntaxKind.LessThanEqualsToken]: (order) => order <= 0,
  [ts.SyntaxKind.GreaterThanToken]: (order) => order > 0,
  [ts.SyntaxKind.GreaterThanEqualsToken]: (order) => order >= 0,
};

/** The value of an operator between two operands that are evaluated both. Throws `Refusal`. */
export function combined(operator: ts.SyntaxKind, left: Value, right: Value, span: Span): Value {
  const a = plainOf(left, span);
  const b = plainOf(right, span);
  if (operator === ts.SyntaxKind.EqualsEqualsEqualsToken) return plain(a === b);
  if (operator === ts.SyntaxKind.ExclamationEqualsEqualsToken) return plain(a !== b);
  const compare = COMPARISONS[operator];
  if (compare) return plain(compare(order(a, b)));
  if (operator === ts.SyntaxKind.PlusToken && (typeof a === 'string' || typeof b === 'string')) {
    return text(`${String(a)}${String(b)}`, span);
  }
  return plain(calculate(operator, a, b, span));
}

function calculate(operator: ts.SyntaxKind, a: Plain, b: Plain, span: Span): number | bigint {
  const ofNumbers = NUMBERS[operator];
  if (ofNumbers && typeof a === 'number' && typeof b === 'number') return ofNumbers(a, b);
  const ofBigints = BIGINTS[operator];
  if (ofBigints && typeof a === 'bigint' && typeof b === 'bigint') return big(operator, ofBigints, a, b, span);
  throw new Refusal(
    cannotBeCompiled(span, 'this operation', 'constants are calculated with + - * / % ** and the operators of bits'),
  );
}

/** What `a` and `b` as bigints would make is bounded before it is made. */
function big(
  operator: ts.SyntaxKind,
  apply: (a: bigint, b: bigint) => bigint,
  a: bigint,
  b: bigint,
  span: Span,
): bigint {
  const digits = (value: bigint) => value.toString(2).length;
  const growing = operator === ts.SyntaxKind.AsteriskAsteriskToken || operator === ts.SyntaxKind.LessThanLessThanToken;
  const dividing = operator === ts.SyntaxKind.SlashToken || operator === ts.SyntaxKind.PercentToken;
  const size = growing
    ? b > MOST_DIGITS || b < -MOST_DIGITS
      ? Infinity
      : digits(a) * Math.abs(Number(b))
    : digits(a) + digits(b);
  if (size > MOST_DIGITS) throw new Refusal(tooMuchToUnroll(span, 'this number has too many digits'));
  if ((dividing && b === 0n) || (operator === ts.SyntaxKind.AsteriskAsteriskToken && b < 0n)) {
    throw new Refusal(wrongOperand(span, 'a number', 'a division by 0'));
  }
  return apply(a, b);
}

function order(a: Plain, b: Plain): number {
  if (typeof a === 'string' && typeof b === 'string') return a < b ? -1 : a > b ? 1 : 0;
  const [left, right] = [a as number | bigint, b as number | bigint];
  return left < right ? -1 : left > right ? 1 : left === right ? 0 : NaN;
}

/** A string that is made. Throws `Refusal` where it is beyond every use. */
export function text(value: string, span: Span): Value {
  if (value.length <= MOST_DIGITS) return plain(value);
  throw new Refusal(tooMuchToUnroll(span, `a string has at most ${MOST_DIGITS} characters here`));
}

/** Throws `Refusal` where the value has parts, or is not known before the program runs. */
export function plainOf(value: Value, span: Span): Plain {
  if (value.kind === 'plain') return value.value;
  if (value.kind === 'unknown') throw new Refusal(null);
  if (value.kind === 'condition') throw new Refusal(guardKept(span));
  const hint = value.kind === 'duration' ? 'durations have `plus`, `minus`, `times` and `dividedBy`' : undefined;
  throw new Refusal(wrongOperand(span, 'a number, text or boolean', aValue(value), hint));
}
