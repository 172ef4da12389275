// Names get their values: `const`, parameters and loop variables, patterns among them.
import { ts } from 'ts-morph';
import { cannotBeCompiled, guardKept, notConstant, wrongOperand } from '../mistakes/typescript.js';
import type { At, Engine } from './engine.js';
import { Refusal } from './refusal.js';
import type { Value, Scope } from './values.js';
import { aValue, NOTHING, UNKNOWN_VALUE } from './values.js';

/** Binds the names of a pattern. Throws `Refusal`. */
export function bind(engine: Engine, name: ts.BindingName, value: Value, at: At): void {
  if (value.kind === 'condition') throw new Refusal(guardKept(engine.spanOf(name)));
  if (ts.isIdentifier(name)) at.scope.set(name.text, value);
  else if (ts.isArrayBindingPattern(name)) bindList(engine, name, value, at);
  else bindRecord(engine, name, value, at);
}

function bindList(engine: Engine, pattern: ts.ArrayBindingPattern, value: Value, at: At): void {
  if (value.kind !== 'list') throw new Refusal(wrongOperand(engine.spanOf(pattern), 'a list', aValue(value)));
  pattern.elements.forEach((element, index) => {
    if (!ts.isBindingElement(element)) return;
    const rest: Value = { kind: 'list', items: value.items.slice(index) };
    bindElement(engine, element, element.dotDotDotToken ? rest : (value.items[index] ?? NOTHING), at);
  });
}

function bindRecord(engine: Engine, pattern: ts.ObjectBindingPattern, value: Value, at: At): void {
  if (value.kind !== 'record') throw new Refusal(wrongOperand(engine.spanOf(pattern), 'an object', aValue(value)));
  const rest = new Map(value.fields);
  for (const element of pattern.elements) {
    if (element.dotDotDotToken) {
      bindElement(engine, element, { kind: 'record', fields: rest }, at);
      continue;
    }
    const name = propertyNameOf(engine, element);
    rest.delete(name);
    bindElement(engine, element, value.fields.get(name) ?? NOTHING, at);
  }
}

function propertyNameOf(engine: Engine, { name, propertyName }: ts.BindingElement): string {
  const given = propertyName ?? name;
  if ('text' in given) return given.text;
  throw new Refusal(cannotBeCompiled(engine.spanOf(given), 'this name', 'write a plain name'));
}

function bindElement(engine: Engine, { name, initializer }: ts.BindingElement, value: Value, at: At): void {
  bind(engine, name, orDefault(engine, value, initializer, at), at);
}

/** A value, or what stands behind the `=` where it is undefined. */
export function orDefault(engine: Engine, value: Value, initializer: ts.Expression | undefined, at: At): Value {
  const missing = value.kind === 'plain' && value.value === undefined;
  return missing && initializer ? engine.evaluate(initializer, at) : value;
}

/** Makes the names of a pattern known as names with a mistake, so that nothing is said about their use. */
export function poison(name: ts.BindingName, scope: Scope): void {
  if (ts.isIdentifier(name)) scope.set(name.text, UNKNOWN_VALUE);
  else for (const element of name.elements) if (ts.isBindingElement(element)) poison(element.name, scope);
}

/** `const a = 1, b = ms(2)`: each declaration by itself, so that one with a mistake costs only itself. */
export function executeVariables(engine: Engine, statement: ts.VariableStatement, at: At): void {
  const { declarations, flags } = statement.declarationList;
  for (const { name, initializer } of declarations) {
    try {
      if ((flags & ts.NodeFlags.Const) === 0)
        throw new Refusal(notConstant(engine.spanOf(name), 'what can change', CHANGING));
      bind(engine, name, initializer ? engine.evaluate(initializer, at) : NOTHING, at);
    } catch (error) {
      engine.refuse(error);
      poison(name, at.scope);
    }
  }
}

const CHANGING =
  'declare it with `const`; what changes while the program runs is a counter or a variable of the node, and `let` belongs to `for`';
