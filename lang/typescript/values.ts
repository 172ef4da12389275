// What constant expressions evaluate to.
import type { ts } from 'ts-morph';
import type { DeclarationOf, GuardNode, Operand, TypeNode } from '../tree.js';
import type { Rational } from './rational.js';

export type ThingKind = 'channel' | 'var' | 'queue' | 'message' | 'counter';

/** What a node declares. One object for each: it is the same thing wherever its value goes. */
export interface Thing {
  readonly kind: ThingKind;
  readonly declaration: DeclarationOf<ThingKind>;
}

/** What is asked at run time. */
export type Condition =
  | { readonly kind: 'guard'; readonly guard: GuardNode; readonly likely: Likely | null }
  | { readonly kind: 'not'; readonly of: Condition }
  | { readonly kind: 'and' | 'or'; readonly left: Condition; readonly right: Condition };

/** A probability, and how to write that of the opposite. */
export interface Likely {
  readonly holds: Operand;
  readonly holdsNot: Operand;
}

/** Which name stands for which value, from the inside outwards. */
export class Scope {
  readonly #values = new Map<string, Value>();

  /** `parent`: the scope around it. `activation`: the function whose call made it, if one did. */
  constructor(
    readonly parent: Scope | null,
    readonly activation: object | null = null,
  ) {}

  set(name: string, value: Value): void {
    this.#values.set(name, value);
  }

  /** Null where the name is unknown, or used before it has a value. */
  find(name: string): Value | null {
    return this.#values.get(name) ?? this.parent?.find(name) ?? null;
  }

  /** The value of a name of this scope itself. */
  own(name: string): Value | null {
    return this.#values.get(name) ?? null;
  }

  /** The names of this scope itself. */
  entries(): IterableIterator<[string, Value]> {
    return this.#values.entries();
  }

  /** The functions inside of whose calls this scope lies. */
  activations(): object[] {
    const outer = this.parent?.activations() ?? [];
    return this.activation === null ? outer : [...outer, this.activation];
  }
}

export type FunctionNode = ts.FunctionDeclaration | ts.FunctionExpression | ts.ArrowFunction;

export interface Closure {
  readonly kind: 'function';
  readonly node: FunctionNode;
  readonly scope: Scope;
}

export type Value =
  | { readonly kind: 'plain'; readonly value: undefined | null | boolean | number | bigint | string }
  | { readonly kind: 'list'; readonly items: readonly Value[] }
  | { readonly kind: 'record'; readonly fields: ReadonlyMap<string, Value> }
  | { readonly kind: 'duration'; readonly ns: Rational }
  | { readonly kind: 'ticks'; readonly count: number | bigint }
  | { readonly kind: 'hex'; readonly digits: string }
  | { readonly kind: 'type'; readonly type: TypeNode }
  | { readonly kind: 'thing'; readonly thing: Thing }
  | Closure
  /** A function of `ncbpf/program`, of `Math`, or a method of a duration (`self`). */
  | { readonly kind: 'builtin'; readonly name: string; readonly self: Rational | null }
  | { readonly kind: 'node' }
  | { readonly kind: 'condition'; readonly condition: Condition }
  /** What has a mistake, which has been reported. */
  | { readonly kind: 'unknown' };

export type ValueKind = Value['kind'];

export const NOTHING: Value = { kind: 'plain', value: undefined };
export const UNKNOWN_VALUE: Value = { kind: 'unknown' };

export function plain(value: boolean | number | bigint | string): Value {
  return { kind: 'plain', value };
}

const KIND_WORDS: Readonly<Record<Exclude<ValueKind, 'plain' | 'thing'>, string>> = {
  list: 'a list',
  record: 'an object',
  duration: 'a duration',
  ticks: 'a number of ticks',
  hex: 'a byte string',
  type: 'a type',
  function: 'a function',
  builtin: 'a function',
  node: 'a node',
  condition: 'a guard',
  unknown: 'something with a mistake',
};

const THING_WORDS: Readonly<Record<ThingKind, string>> = {
  channel: 'a channel',
  var: 'a variable',
  queue: 'a queue',
  message: 'a message',
  counter: 'a counter',
};

/** A value in words, with an article. */
export function aValue(value: Value): string {
  if (value.kind === 'thing') return THING_WORDS[value.thing.kind];
  if (value.kind !== 'plain') return KIND_WORDS[value.kind];
  return typeof value.value === 'object' || value.value === undefined ? 'nothing' : `a ${typeof value.value}`;
}

/** A kind of declared thing in words, with an article. */
export function aThing(kind: ThingKind): string {
  return THING_WORDS[kind];
}
