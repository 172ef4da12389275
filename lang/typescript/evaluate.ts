// Constant expressions. What they evaluate to is known before the program runs; a call may emit instructions on the way.
import { ts } from 'ts-morph';
import { cannotBeCompiled, dependsOnRun, notConstant, tooMuchToUnroll, wrongOperand } from '../mistakes/typescript.js';
import type { Argument } from './call.js';
import { callBuiltin } from './call-builtin.js';
import type { At, Engine } from './engine.js';
import { isDurationMethod } from './durations.js';
import { combined, LONGEST_LIST, plainOf, prefixed, text } from './operators.js';
import { Refusal } from './refusal.js';
import type { Value } from './values.js';
import { aValue, NOTHING, plain } from './values.js';

/** The value of an expression. Throws `Refusal` where it has none. */
export function evaluateExpression(engine: Engine, e: ts.Expression, at: At): Value {
  if (ts.isParenthesizedExpression(e) || ts.isAsExpression(e) || ts.isSatisfiesExpression(e)) {
    return engine.evaluate(e.expression, at);
  }
  if (ts.isNonNullExpression(e) || ts.isTypeAssertionExpression(e)) return engine.evaluate(e.expression, at);
  if (ts.isIdentifier(e)) return nameValue(engine, e, at);
  if (ts.isCallExpression(e)) return callValue(engine, e, at);
  if (ts.isPropertyAccessExpression(e)) return propertyOf(engine, engine.evaluate(e.expression, at), e.name.text, e);
  if (ts.isElementAccessExpression(e)) return elementOf(engine, e, at);
  if (ts.isBinaryExpression(e)) return binaryValue(engine, e, at);
  if (ts.isPrefixUnaryExpression(e)) return prefixValue(engine, e, at);
  if (ts.isConditionalExpression(e)) return chosenValue(engine, e, at);
  if (ts.isArrowFunction(e) || ts.isFunctionExpression(e)) return { kind: 'function', node: e, scope: at.scope };
  return literalValue(engine, e, at);
}

function literalValue(engine: Engine, e: ts.Expression, at: At): Value {
  if (ts.isNumericLiteral(e)) return plain(Number(e.text));
  if (ts.isBigIntLiteral(e)) return plain(BigInt(e.text.slice(0, -1)));
  if (ts.isStringLiteralLike(e)) return plain(e.text);
  if (ts.isTemplateExpression(e)) return templateValue(engine, e, at);
  if (ts.isArrayLiteralExpression(e)) return { kind: 'list', items: listItems(engine, e.elements, at) };
  if (ts.isObjectLiteralExpression(e)) return recordValue(engine, e, at);
  if (e.kind === ts.SyntaxKind.TrueKeyword) return plain(true);
  if (e.kind === ts.SyntaxKind.FalseKeyword) return plain(false);
  if (e.kind === ts.SyntaxKind.NullKeyword) return { kind: 'plain', value: null };
  throw new Refusal(cannotBeCompiled(engine.spanOf(e), 'this expression', 'write a constant expression'));
}

function nameValue(engine: Engine, name: ts.Identifier, at: At): Value {
  const value = at.scope.find(name.text);
  if (value?.kind === 'unknown') throw new Refusal(null);
  if (value !== null) return value;
  throw new Refusal(
    notConstant(engine.spanOf(name), `\`${name.text}\``, 'it has no value here yet: move its declaration up'),
  );
}

function templateValue(engine: Engine, e: ts.TemplateExpression, at: At): Value {
  const parts = e.templateSpans.map(({ expression, literal }) => {
    const value = plainOf(engine.evaluate(expression, at), engine.spanOf(expression));
    return `${String(value)}${literal.text}`;
  });
  return text(e.head.text + parts.join(''), engine.spanOf(e));
}

function listItems(engine: Engine, elements: readonly ts.Expression[], at: At): Value[] {
  const items: Value[] = [];
  for (const element of elements) {
    if (ts.isSpreadElement(element)) items.push(...itemsOf(engine, element.expression, at));
    else items.push(engine.evaluate(element, at));
    if (items.length > LONGEST_LIST) {
      throw new Refusal(tooMuchToUnroll(engine.spanOf(element), `a list has at most ${LONGEST_LIST} items`));
    }
  }
  return items;
}

/** The items of a list. Throws `Refusal` where the value is none. */
export function itemsOf(engine: Engine, expression: ts.Expression, at: At): readonly Value[] {
  const value = engine.evaluate(expression, at);
  if (value.kind === 'list') return value.items;
  throw new Refusal(wrongOperand(engine.spanOf(expression), 'a list of constants', aValue(value)));
}

function recordValue(engine: Engine, e: ts.ObjectLiteralExpression, at: At): Value {
  const fields = new Map<string, Value>();
  for (const property of e.properties) {
    if (ts.isSpreadAssignment(property)) {
      const value = engine.evaluate(property.expression, at);
      if (value.kind !== 'record') {
        throw new Refusal(wrongOperand(engine.spanOf(property), 'an object', aValue(value)));
      }
      for (const [name, field] of value.fields) fields.set(name, field);
    } else if (ts.isShorthandPropertyAssignment(property)) {
      fields.set(property.name.text, nameValue(engine, property.name, at));
    } else if (ts.isPropertyAssignment(property)) {
      fields.set(propertyName(engine, property.name, at), engine.evaluate(property.initializer, at));
    } else throw new Refusal(cannotBeCompiled(engine.spanOf(property), 'a method', 'write a function of its own'));
  }
  return { kind: 'record', fields };
}

function propertyName(engine: Engine, name: ts.PropertyName, at: At): string {
  if (ts.isIdentifier(name) || ts.isStringLiteralLike(name) || ts.isNumericLiteral(name)) return name.text;
  if (ts.isComputedPropertyName(name)) {
    return String(plainOf(engine.evaluate(name.expression, at), engine.spanOf(name)));
  }
  throw new Refusal(cannotBeCompiled(engine.spanOf(name), 'this name', 'write a plain name'));
}

function propertyOf(engine: Engine, object: Value, name: string, e: ts.Node): Value {
  if (object.kind === 'unknown') throw new Refusal(null);
  if (object.kind === 'record') return object.fields.get(name) ?? NOTHING;
  if (object.kind === 'duration' && isDurationMethod(name)) return { kind: 'builtin', name, self: object.ns };
  if (object.kind === 'list')
    return name === 'length' ? plain(object.items.length) : (object.items[index(name)] ?? NOTHING);
  if (object.kind === 'plain' && typeof object.value === 'string') {
    const character = object.value[index(name)];
    return name === 'length' ? plain(object.value.length) : character === undefined ? NOTHING : plain(character);
  }
  throw new Refusal(
    cannotBeCompiled(
      engine.spanOf(e),
      `\`${name.slice(0, 63)}\` of ${aValue(object)}`,
      'it is not known to the compiler',
    ),
  );
}

function index(name: string): number {
  return /^(?:0|[1-9][0-9]{0,8})$/.test(name) ? Number(name) : -1;
}

function elementOf(engine: Engine, e: ts.ElementAccessExpression, at: At): Value {
  const object = engine.evaluate(e.expression, at);
  const name = String(plainOf(engine.evaluate(e.argumentExpression, at), engine.spanOf(e.argumentExpression)));
  if (object.kind === 'list') refuseMissing(engine, object.items.length, name, e);
  return propertyOf(engine, object, name, e);
}

/** Types do not tell an index that a list does not have. What it gives would be taken for a clause that is left out. */
function refuseMissing(engine: Engine, length: number, name: string, e: ts.ElementAccessExpression): void {
  if (name === 'length' || (index(name) >= 0 && index(name) < length)) return;
  if (ts.isBinaryExpression(e.parent) && e.parent.operatorToken.kind === ts.SyntaxKind.QuestionQuestionToken) return;
  const wanted = length === 0 ? 'a list with items' : `an index from 0 to ${length - 1}`;
  const found = length === 0 ? 'an empty one' : `\`${name.slice(0, 63)}\``;
  const hint = '`list[i] ?? other` says what stands for an item that is not there';
  throw new Refusal(wrongOperand(engine.spanOf(e.argumentExpression), wanted, found, hint));
}

function prefixValue(engine: Engine, e: ts.PrefixUnaryExpression, at: At): Value {
  const operand = engine.evaluate(e.operand, at);
  if (e.operator === ts.SyntaxKind.ExclamationToken && operand.kind === 'condition') {
    return { kind: 'condition', condition: { kind: 'not', of: operand.condition } };
  }
  return prefixed(e.operator, operand, engine.spanOf(e));
}

function binaryValue(engine: Engine, e: ts.BinaryExpression, at: At): Value {
  const operator = e.operatorToken.kind;
  const left = engine.evaluate(e.left, at);
  if (operator === ts.SyntaxKind.AmpersandAmpersandToken) return logicalValue(engine, e, 'and', left, at);
  if (operator === ts.SyntaxKind.BarBarToken) return logicalValue(engine, e, 'or', left, at);
  if (operator === ts.SyntaxKind.QuestionQuestionToken) return isNothing(left) ? engine.evaluate(e.right, at) : left;
  return combined(operator, left, engine.evaluate(e.right, at), engine.spanOf(e));
}

function isNothing(value: Value): boolean {
  return value.kind === 'plain' && (value.value === undefined || value.value === null);
}

/** The right side is asked only if the left one leaves it open: it may not do anything before it is asked. */
function logicalValue(engine: Engine, e: ts.BinaryExpression, kind: 'and' | 'or', left: Value, at: At): Value {
  if (left.kind !== 'condition') {
    const decided = isTrue(left) === (kind === 'or');
    return decided ? left : engine.evaluate(e.right, at);
  }
  const before = engine.output?.emitter.length;
  const right = engine.evaluate(e.right, at);
  if (engine.output?.emitter.length !== before) throw new Refusal(dependsOnRun(engine.spanOf(e.right)));
  if (right.kind === 'condition') {
    return { kind: 'condition', condition: { kind, left: left.condition, right: right.condition } };
  }
  const same = isTrue(right) === (kind === 'and');
  return same ? left : plain(kind === 'or');
}

/** Whether a constant counts as true. */
export function isTrue(value: Value): boolean {
  return value.kind === 'plain' ? Boolean(value.value) : true;
}

function chosenValue(engine: Engine, e: ts.ConditionalExpression, at: At): Value {
  const condition = engine.evaluate(e.condition, at);
  if (condition.kind === 'condition') {
    throw new Refusal(
      notConstant(engine.spanOf(e.condition), 'a guard', '`? :` chooses between constants: write `if` and `else`'),
    );
  }
  return engine.evaluate(isTrue(condition) ? e.whenTrue : e.whenFalse, at);
}

function callValue(engine: Engine, e: ts.CallExpression, at: At): Value {
  const callee = engine.evaluate(e.expression, at);
  const span = engine.spanOf(e);
  if (callee.kind === 'builtin') {
    return callBuiltin(
      engine,
      { name: callee.name, self: callee.self, span, node: e, args: argumentsOf(engine, e, at) },
      at,
    );
  }
  if (callee.kind === 'function')
    return engine.parts.call(engine, callee, { args: argumentsOf(engine, e, at), span }, at);
  throw new Refusal(wrongOperand(engine.spanOf(e.expression), 'a function', aValue(callee)));
}

/** The arguments of a call, lists that are spread among them. */
export function argumentsOf(engine: Engine, e: ts.CallExpression, at: At): Argument[] {
  return e.arguments.flatMap((argument) => {
    const span = engine.spanOf(argument);
    if (ts.isSpreadElement(argument)) return itemsOf(engine, argument.expression, at).map((value) => ({ value, span }));
    return [{ value: engine.evaluate(argument, at), span }];
  });
}
