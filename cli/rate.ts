// The speed of a link as `tc` writes it.
import { UsageError } from '../loader/errors.js';

const UNITS: Readonly<Record<string, number>> = { bit: 1, kbit: 1e3, mbit: 1e6, gbit: 1e9 };

/**
 * Bits a second of `100mbit`, `2.5gbit` or a bare number; null when no rate is given.
 * @throws UsageError
 */
export function parseRate(text: string | undefined): number | null {
  if (text === undefined) return null;
  const [, number = '', unit = 'bit'] = /^(\d+(?:\.\d+)?)(bit|kbit|mbit|gbit)?$/i.exec(text) ?? [];
  const rate = Number(number) * (UNITS[unit.toLowerCase()] ?? 1);
  if (number !== '' && rate >= 1) return rate;
  throw new UsageError(`--rate ${text} is no speed of a link: write it like 100mbit, 1gbit or 2.5gbit`);
}
