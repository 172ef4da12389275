// A call of a function, with what its arguments evaluate to.
import type { ts } from 'ts-morph';
import type { Span } from '../program.js';
import type { Rational } from './rational.js';
import type { Value } from './values.js';
import { NOTHING } from './values.js';

export interface Argument {
  readonly value: Value;
  readonly span: Span;
}

/** A call of a function of `ncbpf/program` or of `Math`. */
export interface Call {
  readonly name: string;
  /** The duration of which a method is called. */
  readonly self: Rational | null;
  readonly node: ts.CallExpression;
  readonly span: Span;
  readonly args: readonly Argument[];
}

/** An argument of a call; one that is missing is `undefined`, at the place of the call. */
export function argument({ args, span }: Call, index: number): Argument {
  return args[index] ?? { value: NOTHING, span };
}
