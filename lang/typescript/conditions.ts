// Conditions of `if`, `while`, `do` and `for`: jumps that are taken, or not, when the program runs.
import { ts } from 'ts-morph';
import type { Span } from '../program.js';
import { newLabel, type Label } from './emitter.js';
import type { At, Engine, Outcome } from './engine.js';
import { isTrue } from './evaluate.js';
import { jumpProbability } from './guards.js';
import type { Condition } from './values.js';

/**
 * Leads control to `target` where the condition is `sense`. What the condition does is done in its order, and no further than
 * it is asked. Where the outcome is always or never no jump is emitted.
 */
export function jumpIf(engine: Engine, condition: ts.Expression, target: Label, sense: boolean, at: At): Outcome {
  engine.step(condition);
  if (ts.isParenthesizedExpression(condition)) return jumpIf(engine, condition.expression, target, sense, at);
  if (ts.isPrefixUnaryExpression(condition) && condition.operator === ts.SyntaxKind.ExclamationToken) {
    return jumpIf(engine, condition.operand, target, !sense, at);
  }
  if (ts.isBinaryExpression(condition)) {
    const { left, right, operatorToken } = condition;
    const [first, second] = [left, right].map(
      (side) => (to: Label, taken: boolean) => jumpIf(engine, side, to, taken, at),
    );
    const kind = LOGICAL.get(operatorToken.kind);
    if (kind !== undefined) return jumpIfBoth(engine, kind, first!, second!, target, sense, engine.spanOf(condition));
  }
  const value = engine.evaluate(condition, at);
  const span = engine.spanOf(condition);
  if (value.kind === 'condition') return jumpIfCondition(engine, value.condition, target, sense, span);
  return isTrue(value) === sense ? 'always' : 'never';
}

const LOGICAL: ReadonlyMap<ts.SyntaxKind, 'and' | 'or'> = new Map([
  [ts.SyntaxKind.AmpersandAmpersandToken, 'and'],
  [ts.SyntaxKind.BarBarToken, 'or'],
]);

type Side = (target: Label, sense: boolean) => Outcome;

/** `a && b` is false as soon as one is; that it is true is known at the end. `||` is the same the other way round. */
function jumpIfBoth(
  engine: Engine,
  kind: 'and' | 'or',
  left: Side,
  right: Side,
  target: Label,
  sense: boolean,
  span: Span,
): Outcome {
  const early = kind === 'or';
  if (sense === early) {
    const first = left(target, sense);
    if (first === 'always') return first;
    const second = right(target, sense);
    return second === 'never' ? first : second;
  }
  const around = newLabel(span);
  const first = left(around, early);
  const second = first === 'always' ? 'never' : right(target, sense);
  if (first === 'maybe' && second === 'always') engine.goTo(target, span);
  engine.place(around);
  return first === 'maybe' && second === 'always' ? 'maybe' : second;
}

function jumpIfCondition(engine: Engine, condition: Condition, target: Label, sense: boolean, span: Span): Outcome {
  if (condition.kind === 'not') return jumpIfCondition(engine, condition.of, target, !sense, span);
  if (condition.kind !== 'guard') {
    const [left, right] = [condition.left, condition.right].map(
      (side) => (to: Label, taken: boolean) => jumpIfCondition(engine, side, to, taken, span),
    );
    return jumpIfBoth(engine, condition.kind, left!, right!, target, sense, span);
  }
  const { guard, likely } = condition;
  engine.outputFor(span).emitter.branch(guard, !sense, jumpProbability(likely, !sense), target);
  return 'maybe';
}
