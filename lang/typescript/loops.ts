// Loops: those that run, and those over constants, which are unrolled.
import { ts } from 'ts-morph';
import { cannotBeCompiled, notConstant } from '../mistakes/typescript.js';
import { bind } from './bind.js';
import { jumpIf } from './conditions.js';
import { newLabel } from './emitter.js';
import type { At, Completion, Engine, Loop } from './engine.js';
import { isTrue, itemsOf } from './evaluate.js';
import { combined } from './operators.js';
import { Refusal } from './refusal.js';
import type { Value } from './values.js';
import { plain, Scope } from './values.js';

type LoopStatement = ts.WhileStatement | ts.DoStatement | ts.ForStatement | ts.ForOfStatement;

/** Compiles what a loop contains. */
type Body = (statement: ts.Statement, at: At) => Completion;

export function isLoop(node: ts.Statement): node is LoopStatement {
  return ts.isWhileStatement(node) || ts.isDoStatement(node) || ts.isForStatement(node) || ts.isForOfStatement(node);
}

/** Compiles a loop. `name`: its label. Throws `Refusal`. */
export function executeLoop(engine: Engine, loop: LoopStatement, name: string | null, at: At, body: Body): Completion {
  if (ts.isWhileStatement(loop)) return runWhile(engine, loop, loop.expression, name, at, body);
  if (ts.isDoStatement(loop)) return runDo(engine, loop, name, at, body);
  if (ts.isForOfStatement(loop)) return unrollOf(engine, loop, name, at, body);
  if (loop.initializer) return unrollFor(engine, loop, name, at, body);
  if (!loop.incrementor) return runWhile(engine, loop, loop.condition ?? null, name, at, body);
  throw new Refusal(
    cannotBeCompiled(engine.spanOf(loop.incrementor), 'this step of a loop', 'loops over constants begin with `let`'),
  );
}

/** `condition`: null where it is absent, as in `for (;;)`. */
function runWhile(
  engine: Engine,
  loop: ts.WhileStatement | ts.ForStatement,
  condition: ts.Expression | null,
  name: string | null,
  at: At,
  body: Body,
): Completion {
  const span = headSpan(engine, loop);
  const { emitter } = engine.outputFor(span);
  const again = newLabel(span);
  const exit = newLabel(span);
  emitter.placeHead(again);
  const outcome = condition === null ? 'never' : jumpIf(engine, condition, exit, false, at);
  if (outcome !== 'always') {
    body(loop.statement, inLoop(at, { name, exit, again }, 1));
    emitter.goTo(again, span);
  }
  emitter.place(exit);
  return null;
}

function runDo(engine: Engine, loop: ts.DoStatement, name: string | null, at: At, body: Body): Completion {
  const span = headSpan(engine, loop);
  const { emitter } = engine.outputFor(span);
  const head = newLabel(span);
  const [again, exit] = [newLabel(span), newLabel(span)];
  emitter.placeHead(head);
  body(loop.statement, inLoop(at, { name, exit, again }, 1));
  emitter.place(again);
  if (jumpIf(engine, loop.expression, head, true, at) === 'always') emitter.goTo(head, span);
  emitter.place(exit);
  return null;
}

/** The word with which a loop begins. */
function headSpan(engine: Engine, loop: LoopStatement) {
  const span = engine.spanOf(loop);
  const word = ts.isWhileStatement(loop) ? 'while' : ts.isDoStatement(loop) ? 'do' : 'for';
  return { ...span, endLine: span.line, endColumn: span.column + word.length };
}

function inLoop(at: At, loop: Loop, depth: number): At {
  return { ...at, depth: at.depth + depth, loops: [...at.loops, loop] };
}

function unrollOf(engine: Engine, loop: ts.ForOfStatement, name: string | null, at: At, body: Body): Completion {
  const items = itemsOf(engine, loop.expression, at);
  const { initializer } = loop;
  const pattern = ts.isVariableDeclarationList(initializer) ? initializer.declarations[0]?.name : undefined;
  if (!pattern)
    throw new Refusal(cannotBeCompiled(engine.spanOf(initializer), 'this loop', 'write `for (const item of list)`'));
  const unrolling = new Unrolling(engine, loop, name, at);
  for (const item of items) {
    const scope = new Scope(at.scope);
    bind(engine, pattern, item, { ...at, scope });
    if (!unrolling.iterate(scope, body)) break;
  }
  return unrolling.end();
}

function unrollFor(engine: Engine, loop: ts.ForStatement, name: string | null, at: At, body: Body): Completion {
  const { initializer, condition, incrementor } = loop;
  if (!initializer || !ts.isVariableDeclarationList(initializer)) {
    const span = engine.spanOf(initializer ?? loop);
    throw new Refusal(cannotBeCompiled(span, 'this loop', 'write `for (let i = 0; i < 4; i++)`'));
  }
  let scope = new Scope(at.scope);
  for (const { name: variable, initializer: first } of initializer.declarations) {
    if (first) bind(engine, variable, engine.evaluate(first, { ...at, scope }), { ...at, scope });
  }
  const unrolling = new Unrolling(engine, loop, name, at);
  while (goesOn(engine, condition, { ...at, scope })) {
    engine.step(loop);
    if (!unrolling.iterate(scope, body)) break;
    scope = nextScope(engine, initializer, incrementor, { ...at, scope });
  }
  return unrolling.end();
}

function goesOn(engine: Engine, condition: ts.Expression | undefined, at: At): boolean {
  if (!condition) return true;
  const value = engine.evaluate(condition, at);
  if (value.kind !== 'condition') return isTrue(value);
  const hint = 'a loop with `let` is unrolled: put the guard into it, `if (guard) break;`, or write `while (guard)`';
  throw new Refusal(notConstant(engine.spanOf(condition), 'a guard', hint));
}

/** One loop that is unrolled: its iterations in a row, and where `break` leads. */
class Unrolling {
  readonly #exit;
  #completion: Completion = null;

  constructor(
    readonly engine: Engine,
    readonly loop: ts.ForStatement | ts.ForOfStatement,
    readonly name: string | null,
    readonly at: At,
  ) {
    this.#exit = newLabel(headSpan(engine, loop));
  }

  /** False where control does not come to another iteration. */
  iterate(scope: Scope, body: Body): boolean {
    const { engine, loop, name, at } = this;
    const again = newLabel(headSpan(engine, loop));
    const completion = body(loop.statement, { ...inLoop(at, { name, exit: this.#exit, again }, 0), scope });
    const goesOn = completion === null || completion === again || again.jumps > 0;
    engine.place(again);
    this.#completion = goesOn ? null : completion;
    return goesOn && (engine.output?.emitter.reachable ?? true);
  }

  /** Ends the loop. Where it has been left on every path, that is how. */
  end(): Completion {
    const left = this.#completion !== this.#exit && this.#exit.jumps === 0;
    this.engine.place(this.#exit);
    return left ? this.#completion : null;
  }
}

/** The scope of the next iteration: functions made in this one keep its values. */
function nextScope(engine: Engine, list: ts.VariableDeclarationList, step: ts.Expression | undefined, at: At): Scope {
  const scope = new Scope(at.scope.parent);
  for (const { name } of list.declarations) {
    if (ts.isIdentifier(name)) scope.set(name.text, at.scope.own(name.text) ?? plain(0));
  }
  if (step) applyStep(engine, step, { ...at, scope });
  return scope;
}

/** `i++`, `i += 2`, `i = i * 2`, several of them with commas. */
function applyStep(engine: Engine, step: ts.Expression, at: At): void {
  if (ts.isBinaryExpression(step) && step.operatorToken.kind === ts.SyntaxKind.CommaToken) {
    applyStep(engine, step.left, at);
    return applyStep(engine, step.right, at);
  }
  const target = ts.isBinaryExpression(step) ? step.left : isCounting(step) ? step.operand : step;
  if (!ts.isIdentifier(target) || at.scope.own(target.text) === null) {
    throw new Refusal(
      cannotBeCompiled(engine.spanOf(step), 'this step of a loop', 'write `i++`, `i += 2` or `i = i * 2`'),
    );
  }
  at.scope.set(target.text, stepped(engine, step, target, at));
}

function isCounting(step: ts.Expression): step is ts.PrefixUnaryExpression | ts.PostfixUnaryExpression {
  return ts.isPrefixUnaryExpression(step) || ts.isPostfixUnaryExpression(step);
}

const ASSIGNMENTS: ReadonlyMap<ts.SyntaxKind, ts.SyntaxKind> = new Map([
  [ts.SyntaxKind.PlusEqualsToken, ts.SyntaxKind.PlusToken],
  [ts.SyntaxKind.MinusEqualsToken, ts.SyntaxKind.MinusToken],
  [ts.SyntaxKind.AsteriskEqualsToken, ts.SyntaxKind.AsteriskToken],
  [ts.SyntaxKind.SlashEqualsToken, ts.SyntaxKind.SlashToken],
  [ts.SyntaxKind.LessThanLessThanEqualsToken, ts.SyntaxKind.LessThanLessThanToken],
  [ts.SyntaxKind.GreaterThanGreaterThanEqualsToken, ts.SyntaxKind.GreaterThanGreaterThanToken],
]);

function stepped(engine: Engine, step: ts.Expression, target: ts.Identifier, at: At): Value {
  const span = engine.spanOf(step);
  if (isCounting(step)) {
    const operator = step.operator === ts.SyntaxKind.PlusPlusToken ? ts.SyntaxKind.PlusToken : ts.SyntaxKind.MinusToken;
    return combined(operator, engine.evaluate(target, at), plain(1), span);
  }
  const { operatorToken, right } = step as ts.BinaryExpression;
  const value = engine.evaluate(right, at);
  if (operatorToken.kind === ts.SyntaxKind.EqualsToken) return value;
  const operator = ASSIGNMENTS.get(operatorToken.kind);
  if (operator !== undefined) return combined(operator, engine.evaluate(target, at), value, span);
  throw new Refusal(cannotBeCompiled(span, 'this step of a loop', 'write `i++`, `i += 2` or `i = i * 2`'));
}
