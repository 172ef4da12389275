// Exact numbers: durations are made of what the user wrote, `ms(1.5).dividedBy(3)`, not of what floating point makes of it.

/** In lowest terms; the denominator is more than 0. */
export interface Rational {
  readonly numerator: bigint;
  readonly denominator: bigint;
}

/** The quotient in lowest terms. The denominator is not 0. */
export function rational(numerator: bigint, denominator = 1n): Rational {
  const divisor = gcd(numerator < 0n ? -numerator : numerator, denominator < 0n ? -denominator : denominator);
  const sign = denominator < 0n ? -1n : 1n;
  return { numerator: (sign * numerator) / divisor, denominator: (sign * denominator) / divisor };
}

function gcd(a: bigint, b: bigint): bigint {
  while (b !== 0n) [a, b] = [b, a % b];
  return a;
}

/** A finite number as it is written in decimal: 0.1 is a tenth. */
export function exactly(value: number | bigint): Rational {
  if (typeof value === 'bigint') return rational(value);
  const [, sign = '', whole = '0', fraction = '', exponent = '0'] =
    /^(-?)([0-9]+)\.?([0-9]*)(?:e([+-]?[0-9]+))?$/.exec(String(value)) ?? [];
  const scale = Number(exponent) - fraction.length;
  const digits = BigInt(sign + whole + fraction);
  return scale >= 0 ? rational(digits * 10n ** BigInt(scale)) : rational(digits, 10n ** BigInt(-scale));
}

export function add(a: Rational, b: Rational): Rational {
  return rational(a.numerator * b.denominator + b.numerator * a.denominator, a.denominator * b.denominator);
}

export function subtract(a: Rational, b: Rational): Rational {
  return add(a, { numerator: -b.numerator, denominator: b.denominator });
}

export function multiply(a: Rational, b: Rational): Rational {
  return rational(a.numerator * b.numerator, a.denominator * b.denominator);
}

/** `b` is not 0. */
export function divide(a: Rational, b: Rational): Rational {
  return rational(a.numerator * b.denominator, a.denominator * b.numerator);
}

/** In decimal, of a number whose denominator is made of twos and fives only, as those that were written in decimal are. */
export function decimal({ numerator, denominator }: Rational): string {
  let scale = 0;
  let power = 1n;
  while (power % denominator !== 0n) {
    scale++;
    power *= 10n;
  }
  const scaled = numerator * (power / denominator);
  const digits = (scaled < 0n ? -scaled : scaled).toString().padStart(scale + 1, '0');
  const sign = scaled < 0n ? '-' : '';
  return scale === 0 ? sign + digits : `${sign}${digits.slice(0, -scale)}.${digits.slice(-scale)}`;
}
