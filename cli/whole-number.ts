// Options that are whole numbers.
import { UsageError } from '../loader/errors.js';
import type { Context } from './command.js';

/** Bounds, both allowed, and what stands for an option that is not given. */
export interface WholeNumberSpec {
  readonly standard: number;
  readonly least: number;
  readonly most: number;
}

/** @throws UsageError for anything but a number within the bounds */
export function wholeNumber(
  { option }: Pick<Context, 'option'>,
  name: string,
  { standard, least, most }: WholeNumberSpec,
): number {
  const text = option(name);
  if (text === undefined) return standard;
  const value = Number(text);
  if (/^\d+$/.test(text) && text.length <= String(most).length && value >= least && value <= most) return value;
  throw new UsageError(`--${name} needs a whole number from ${least} to ${most}, not ${text.slice(0, 60)}`);
}
