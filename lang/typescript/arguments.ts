// The arguments of a call of `ncbpf/program`, each as what it has to be. Types say the same to the user's editor, but a cast
// can deny them. Everything throws `Refusal`.
import { malformedMac } from '../mistakes/syntax.js';
import { guardKept, wrongOperand } from '../mistakes/typescript.js';
import type { MacLiteral, Operand, Word } from '../tree.js';
import type { Argument } from './call.js';
import type { Engine } from './engine.js';
import { delayOperand, numberOperand } from './operands.js';
import { Refusal } from './refusal.js';
import type { Closure, ThingKind, Value } from './values.js';
import { aThing, aValue } from './values.js';

export function isMissing(value: Value): boolean {
  return value.kind === 'plain' && value.value === undefined;
}

function fail(wanted: string, { value, span }: Argument): never {
  if (value.kind === 'unknown') throw new Refusal(null);
  if (value.kind === 'condition') throw new Refusal(guardKept(span));
  throw new Refusal(wrongOperand(span, wanted, aValue(value)));
}

/** The name of a declared thing of one of the kinds. It counts as used. */
export function thingWord(engine: Engine, argument: Argument, kinds: readonly ThingKind[]): Word {
  const { value, span } = argument;
  if (value.kind !== 'thing' || !kinds.includes(value.thing.kind))
    return fail(kinds.map(aThing).join(' or '), argument);
  engine.outputFor(span).use(value.thing);
  return { name: value.thing.declaration.name.name, span };
}

export function delayOf({ value, span }: Argument): Operand {
  if (value.kind === 'unknown') throw new Refusal(null);
  return delayOperand(value, span);
}

export function numberOf(argument: Argument): Operand {
  const { value, span } = argument;
  const number = value.kind === 'plain' ? value.value : null;
  return typeof number === 'number' || typeof number === 'bigint'
    ? numberOperand(number, span)
    : fail('a number', argument);
}

/** A text, for example a word of the language. */
export function textOf(argument: Argument): string {
  const { value } = argument;
  return value.kind === 'plain' && typeof value.value === 'string' ? value.value : fail('a text', argument);
}

export function wordOf<T extends string>(argument: Argument, words: readonly T[]): T {
  const text = textOf(argument);
  const word = words.find((one) => one === text);
  if (word !== undefined) return word;
  throw new Refusal(wrongOperand(argument.span, words.map((one) => `'${one}'`).join(' or '), `'${text.slice(0, 63)}'`));
}

export function macOf(argument: Argument): MacLiteral {
  const text = textOf(argument);
  if (/^[0-9a-f]{2}(?::[0-9a-f]{2}){5}$/i.test(text)) return { mac: text.toLowerCase(), span: argument.span };
  throw new Refusal(malformedMac(argument.span, text));
}

/** One MAC, or a list of them. */
export function macsOf({ value, span }: Argument): MacLiteral[] {
  if (value.kind !== 'list') return [macOf({ value, span })];
  return value.items.map((item) => macOf({ value: item, span }));
}

/** A function that stands for a place in the program. */
export function blockOf(argument: Argument): Closure {
  const { value, span } = argument;
  if (value.kind !== 'function') return fail('a function', argument);
  if (value.node.parameters.length === 0) return value;
  throw new Refusal(wrongOperand(span, 'a function without parameters', 'one with parameters'));
}
