// Declarations: `const bus = channel({ to: '02:00:00:00:00:02' })`.
import { ts } from 'ts-morph';
import { outOfPlace, unusableName, wrongOperand } from '../mistakes/typescript.js';
import type { Span } from '../program.js';
import type { DeclarationOf, Operand, TypeNode, Word } from '../tree.js';
import { delayOf, isMissing, macOf, macsOf, numberOf, textOf } from './arguments.js';
import type { Argument, Call } from './call.js';
import { argument } from './call.js';
import type { At, Engine } from './engine.js';
import { textOperand } from './operands.js';
import { Refusal } from './refusal.js';
import type { ThingKind, Value } from './values.js';
import { aThing, aValue, NOTHING } from './values.js';

type Declare = (call: Call, clauses: Clauses, head: Head) => DeclarationOf<ThingKind>;

interface Head {
  readonly name: Word;
  readonly id: Operand | null;
  readonly span: Span;
}

interface Form {
  readonly kind: ThingKind;
  /** Which argument holds the clauses. */
  readonly clauses: number;
  readonly declare: Declare;
}

/** By the name of the function. */
const DECLARATIONS: ReadonlyMap<string, Form> = new Map<string, Form>([
  ['channel', { kind: 'channel', clauses: 0, declare: declareChannel }],
  ['variable', { kind: 'var', clauses: 1, declare: declareVariable }],
  ['queue', { kind: 'queue', clauses: 1, declare: declareQueue }],
  ['message', { kind: 'message', clauses: 0, declare: (_, __, head) => ({ kind: 'message', ...head }) }],
  ['counter', { kind: 'counter', clauses: 0, declare: declareCounter }],
]);

/** The names of the functions. */
export const DECLARATION_NAMES: readonly string[] = [...DECLARATIONS.keys()];

/** Declares what a call declares; null where it declares nothing. Throws `Refusal`. */
export function declareThing(engine: Engine, call: Call, at: At): Value | null {
  const form = DECLARATIONS.get(call.name);
  if (form === undefined) return null;
  if (at.depth > 0) {
    const where =
      'declarations are made once: put them before the loops, branches and blocks of the body, or at the top level';
    throw new Refusal(outOfPlace(call.span, aThing(form.kind), where));
  }
  const clauses = new Clauses(engine, argument(call, form.clauses), call.node.arguments[form.clauses]);
  const { name, span } = nameOf(engine, call, clauses);
  const declaration = form.declare(call, clauses, { name, id: clauses.read('id', numberOf), span });
  const thing = { kind: form.kind, declaration };
  engine.declare(thing);
  return { kind: 'thing', thing };
}

/** The fields of an object, each with its place where the object is written at the call. */
export class Clauses {
  readonly #fields: ReadonlyMap<string, Value>;
  readonly #spans = new Map<string, Span>();
  readonly #span: Span;

  constructor(engine: Engine, { value, span }: Argument, node: ts.Node | undefined) {
    if (value.kind === 'unknown') throw new Refusal(null);
    if (value.kind !== 'record' && !isMissing(value)) throw new Refusal(wrongOperand(span, 'an object', aValue(value)));
    this.#fields = value.kind === 'record' ? value.fields : new Map();
    this.#span = span;
    if (node === undefined || !ts.isObjectLiteralExpression(node)) return;
    for (const property of node.properties) {
      if (ts.isPropertyAssignment(property))
        this.#spans.set(property.name.getText(), engine.spanOf(property.initializer));
      if (ts.isShorthandPropertyAssignment(property)) this.#spans.set(property.name.text, engine.spanOf(property));
    }
  }

  argument(name: string): Argument {
    return { value: this.#fields.get(name) ?? NOTHING, span: this.#spans.get(name) ?? this.#span };
  }

  /** What a clause says; null where it is absent. */
  read<T>(name: string, read: (argument: Argument) => T): T | null {
    const argument = this.argument(name);
    return isMissing(argument.value) ? null : read(argument);
  }
}

function nameOf(engine: Engine, call: Call, clauses: Clauses): { name: Word; span: Span } {
  const given = clauses.read('name', (one) => ({ name: textOf(one), span: one.span }));
  const holder = holderOf(call.node);
  const own = holder ? { name: holder.text, span: engine.spanOf(holder) } : null;
  const name = given ?? own;
  if (name === null) throw new Refusal(unusableName(call.span, null));
  if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(name.name)) throw new Refusal(unusableName(name.span, name.name));
  return { name, span: holder ? engine.spanOf(holder.parent) : call.span };
}

/** The constant or property that is given the value of a call. */
export function holderOf(call: ts.Expression): ts.Identifier | null {
  let node: ts.Node = call;
  while (
    ts.isParenthesizedExpression(node.parent) ||
    ts.isAsExpression(node.parent) ||
    ts.isSatisfiesExpression(node.parent)
  ) {
    node = node.parent;
  }
  const { parent } = node;
  const holds = (ts.isVariableDeclaration(parent) || ts.isPropertyAssignment(parent)) && ts.isIdentifier(parent.name);
  return holds ? parent.name : null;
}

function declareChannel(_: Call, clauses: Clauses, head: Head): DeclarationOf<'channel'> {
  return {
    kind: 'channel',
    ...head,
    to: clauses.read('to', macOf),
    from: clauses.read('from', macsOf),
    backup: clauses.read('backup', macOf),
    queue: clauses.read('queue', numberOf),
    delay: clauses.read('delay', delayOf),
  };
}

function declareVariable(call: Call, clauses: Clauses, head: Head): DeclarationOf<'var'> {
  return { kind: 'var', ...head, type: typeOf(argument(call, 0)), initial: clauses.read('initial', initialValue) };
}

function declareQueue(call: Call, clauses: Clauses, head: Head): DeclarationOf<'queue'> {
  return { kind: 'queue', ...head, type: typeOf(argument(call, 0)), depth: numberOf(clauses.argument('depth')) };
}

function declareCounter(_: Call, clauses: Clauses, head: Head): DeclarationOf<'counter'> {
  return { kind: 'counter', ...head, start: clauses.read('start', numberOf) };
}

function typeOf({ value, span }: Argument): TypeNode {
  if (value.kind !== 'type')
    throw new Refusal(wrongOperand(span, 'a type', aValue(value), 'for example `u16` or `bytes(64)`'));
  return { ...value.type, span };
}

function initialValue(argument: Argument): Operand {
  const { value, span } = argument;
  if (value.kind === 'hex') return { kind: 'hex', text: value.digits, span };
  return value.kind === 'plain' && typeof value.value === 'string'
    ? textOperand(value.value, span)
    : numberOf(argument);
}
