// Statements of bodies, blocks and functions.
import { ts } from 'ts-morph';
import { cannotBeCompiled, dependsOnRun, notCalled } from '../mistakes/typescript.js';
import { blockOf } from './arguments.js';
import { executeVariables } from './bind.js';
import { jumpIf } from './conditions.js';
import { newLabel, type Label } from './emitter.js';
import type { At, Completion, Engine } from './engine.js';
import { executeLoop, isLoop } from './loops.js';
import { Refusal } from './refusal.js';
import { NOTHING, Scope } from './values.js';

/** Compiles a list of statements with a scope of its own, up to one that leaves it. Mistakes are reported. Throws `Abort`. */
export function executeStatements(engine: Engine, statements: readonly ts.Statement[], outer: At): Completion {
  const at = { ...outer, scope: new Scope(outer.scope) };
  hoist(statements, at.scope);
  for (const statement of statements) {
    const completion = executeStatement(engine, statement, at);
    if (completion !== null) return completion;
  }
  return null;
}

/** Functions are known from the beginning of the block in which they stand. */
export function hoist(statements: readonly ts.Statement[], scope: Scope): void {
  for (const statement of statements) {
    if (!ts.isFunctionDeclaration(statement) || !statement.body) continue;
    scope.set(statement.name?.text ?? 'default', { kind: 'function', node: statement, scope });
  }
}

/** Compiles one statement; a mistake costs the statement. */
function executeStatement(engine: Engine, statement: ts.Statement, at: At): Completion {
  try {
    engine.step(statement);
    return dispatch(engine, statement, at, null);
  } catch (error) {
    engine.refuse(error);
    return null;
  }
}

function dispatch(engine: Engine, statement: ts.Statement, at: At, name: string | null): Completion {
  if (ts.isExpressionStatement(statement)) executeExpression(engine, statement, at);
  else if (ts.isVariableStatement(statement)) executeVariables(engine, statement, at);
  else if (ts.isIfStatement(statement)) return executeIf(engine, statement, at);
  else if (ts.isBlock(statement)) return executeStatements(engine, statement.statements, at);
  else if (isLoop(statement))
    return executeLoop(engine, statement, name, at, (body, inside) => nested(engine, body, inside));
  else if (ts.isLabeledStatement(statement)) return executeLabelled(engine, statement, at);
  else if (ts.isReturnStatement(statement)) return executeReturn(engine, statement, at);
  else if (ts.isBreakOrContinueStatement(statement)) return executeBreak(engine, statement, at);
  // Functions are hoisted; types mean nothing here.
  return null;
}

/** An expression that stands alone. Throws `Refusal` where a function is named and not called: it would do nothing. */
export function executeExpression(engine: Engine, { expression }: ts.ExpressionStatement, at: At): void {
  const { kind } = engine.evaluate(expression, at);
  if (kind === 'builtin' || kind === 'function') throw new Refusal(notCalled(engine.spanOf(expression)));
}

/** A statement that stands alone or in braces: its names are its own. */
function nested(engine: Engine, statement: ts.Statement, at: At): Completion {
  return executeStatements(engine, ts.isBlock(statement) ? statement.statements : [statement], at);
}

function executeLabelled(engine: Engine, { statement, label }: ts.LabeledStatement, at: At): Completion {
  if (isLoop(statement)) return dispatch(engine, statement, at, label.text);
  throw new Refusal(cannotBeCompiled(engine.spanOf(label), 'a label of something that is no loop', 'label a loop'));
}

function executeIf(engine: Engine, statement: ts.IfStatement, at: At): Completion {
  const { expression, thenStatement, elseStatement } = statement;
  const direct = jumpTarget(engine, thenStatement, at);
  if (direct !== null) return executeJumpIf(engine, statement, direct, at);
  const span = engine.spanOf(expression);
  const otherwise = newLabel(elseStatement ? engine.spanOf(elseStatement) : span);
  const outcome = jumpIf(engine, expression, otherwise, false, at);
  const inside = outcome === 'maybe' ? { ...at, depth: at.depth + 1 } : at;
  if (outcome === 'always') {
    engine.place(otherwise);
    return elseStatement ? nested(engine, elseStatement, inside) : null;
  }
  const completion = nested(engine, thenStatement, inside);
  if (outcome === 'never') return completion;
  const end = newLabel(span);
  if (elseStatement) engine.goTo(end, span);
  engine.place(otherwise);
  if (elseStatement) nested(engine, elseStatement, inside);
  engine.place(end);
  return null;
}

/** `if (guard) break;` is one jump. */
function executeJumpIf(
  engine: Engine,
  { expression, elseStatement }: ts.IfStatement,
  target: Label,
  at: At,
): Completion {
  const outcome = jumpIf(engine, expression, target, true, at);
  if (outcome === 'always') {
    engine.goTo(target, engine.spanOf(expression));
    return target;
  }
  if (!elseStatement) return null;
  const completion = nested(engine, elseStatement, outcome === 'maybe' ? { ...at, depth: at.depth + 1 } : at);
  return outcome === 'never' ? completion : null;
}

/** Where a statement leads that does nothing but jump; null where it does anything else. */
function jumpTarget(engine: Engine, statement: ts.Statement, at: At): Label | null {
  const alone = ts.isBlock(statement) && statement.statements.length === 1 ? statement.statements[0]! : statement;
  if (ts.isBreakOrContinueStatement(alone)) return breakTarget(engine, alone, at);
  if (ts.isReturnStatement(alone)) {
    if (alone.expression || !at.returns) return null;
    at.returns.values?.push(NOTHING);
    return at.returns.end;
  }
  if (!ts.isExpressionStatement(alone) || !ts.isCallExpression(alone.expression)) return null;
  const { expression: callee, arguments: args } = alone.expression;
  const [block] = args;
  if (args.length !== 1 || !block || !ts.isIdentifier(callee)) return null;
  const called = at.scope.find(callee.text);
  if (called?.kind !== 'builtin' || called.name !== 'goto') return null;
  const closure = blockOf({ value: engine.evaluate(block, at), span: engine.spanOf(block) });
  const span = engine.spanOf(alone);
  return engine.outputFor(span).blockLabel(closure, span);
}

function executeBreak(engine: Engine, statement: ts.BreakOrContinueStatement, at: At): Completion {
  const target = breakTarget(engine, statement, at);
  engine.goTo(target, engine.spanOf(statement));
  return target;
}

function breakTarget(engine: Engine, statement: ts.BreakOrContinueStatement, at: At): Label {
  const name = statement.label?.text ?? null;
  const loop = at.loops.findLast((one) => name === null || one.name === name);
  if (loop) return ts.isBreakStatement(statement) ? loop.exit : loop.again;
  throw new Refusal(cannotBeCompiled(engine.spanOf(statement), 'a jump out of nothing', 'it belongs into a loop'));
}

function executeReturn(engine: Engine, statement: ts.ReturnStatement, at: At): Completion {
  const { returns } = at;
  const span = engine.spanOf(statement);
  if (returns === null) throw new Refusal(cannotBeCompiled(span, 'a `return` outside of a function', 'remove it'));
  const value = statement.expression ? engine.evaluate(statement.expression, at) : NOTHING;
  const isValue = value.kind !== 'plain' || value.value !== undefined;
  if (isValue && (at.depth !== returns.depth || returns.values?.length)) throw new Refusal(dependsOnRun(span));
  returns.values?.push(isValue ? value : NOTHING);
  engine.goTo(returns.end, span);
  return returns.end;
}
