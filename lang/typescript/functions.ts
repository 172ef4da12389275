// Calls of the user's functions: each is replaced by the body.
import { ts } from 'ts-morph';
import { dependsOnRun, recursion } from '../mistakes/typescript.js';
import type { Span } from '../program.js';
import { bind, orDefault } from './bind.js';
import type { Argument } from './call.js';
import { newLabel } from './emitter.js';
import type { At, Engine, Returns } from './engine.js';
import { Refusal } from './refusal.js';
import type { Closure, FunctionNode, Value } from './values.js';
import { NOTHING, Scope } from './values.js';

/** Compiles the body of a function in place of a call. Throws `Refusal`. */
export function callFunction(
  engine: Engine,
  closure: Closure,
  call: { args: readonly Argument[]; span: Span },
  at: At,
): Value {
  const { node } = closure;
  if (at.chain.includes(node)) throw new Refusal(recursion(call.span, functionName(node), engine.spanOf(node)));
  const scope = new Scope(closure.scope, node);
  const inside: At = { scope, chain: [...at.chain, node], depth: at.depth, loops: [], returns: null };
  node.parameters.forEach(({ name, initializer, dotDotDotToken }, index) => {
    const rest = call.args.slice(index).map(({ value }) => value);
    const value: Value = dotDotDotToken ? { kind: 'list', items: rest } : (rest[0] ?? NOTHING);
    bind(engine, name, orDefault(engine, value, initializer, inside), inside);
  });
  const { body } = node;
  if (!body) return NOTHING;
  const compile = () => (ts.isBlock(body) ? runBody(engine, body, call.span, inside) : engine.evaluate(body, inside));
  return engine.output ? engine.output.emitter.within(call.span, compile) : compile();
}

function runBody(engine: Engine, body: ts.Block, span: Span, at: At): Value {
  const values: Value[] = [];
  const returns: Returns = { end: newLabel(span), values, depth: at.depth };
  const failedBefore = engine.failures;
  const completion = engine.parts.execute(engine, body.statements, { ...at, returns });
  engine.place(returns.end);
  const value = values.find((one) => one !== NOTHING);
  if (value === undefined && engine.failures > failedBefore) throw new Refusal(null);
  if (value === undefined) return NOTHING;
  // Otherwise some other path comes to the end without a value.
  if (values.length === 1 && completion === returns.end) return value;
  throw new Refusal(dependsOnRun(span));
}

/** A function in words. */
export function functionName(node: FunctionNode): string {
  return node.name ? `the function \`${node.name.text.slice(0, 63)}\`` : 'this function';
}
