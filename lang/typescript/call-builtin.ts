// Calls of the functions of `ncbpf/program` and of `Math`.
import { wrongOperand } from '../mistakes/typescript.js';
import { argument, type Call } from './call.js';
import { declareThing } from './declare.js';
import { callDurationMethod, durationOf } from './durations.js';
import type { At, Engine } from './engine.js';
import { guardValue } from './guards.js';
import { emitInstruction } from './instructions.js';
import { numberOf, textOf } from './arguments.js';
import { Refusal } from './refusal.js';
import type { Value } from './values.js';
import { aValue, NOTHING, plain } from './values.js';

const MATH: ReadonlyMap<string, (...values: number[]) => number> = new Map([
  ['Math.abs', Math.abs],
  ['Math.ceil', Math.ceil],
  ['Math.floor', Math.floor],
  ['Math.max', Math.max],
  ['Math.min', Math.min],
  ['Math.round', Math.round],
  ['Math.trunc', Math.trunc],
]);

/** What `Math` has. */
export const MATH_NAMES: readonly string[] = [...MATH.keys()].map((name) => name.slice('Math.'.length));

/** What a call evaluates to; an instruction is emitted. Throws `Refusal`. */
export function callBuiltin(engine: Engine, call: Call, at: At): Value {
  if (call.self !== null) return callDurationMethod(call.name, call.self, call.args, call.span);
  if (call.name === 'node') return engine.describe(call, at);
  const value = constantValue(call) ?? declareThing(engine, call, at) ?? guardValue(engine, call);
  if (value !== null) return value;
  if (emitInstruction(engine, call)) return NOTHING;
  throw new Error(`nothing is known of ${call.name}`);
}

function constantValue(call: Call): Value | null {
  const { name, args, span } = call;
  const math = MATH.get(name);
  if (math) return plain(math(...args.map(mathNumber)));
  if (name === 'ticks') return ticksValue(call);
  if (name === 'hex') return hexValue(call);
  if (name === 'bytes') return { kind: 'type', type: { kind: 'bytes', size: numberOf(argument(call, 0)), span } };
  return durationOf(name, args, span);
}

function mathNumber({ value, span }: Call['args'][number]): number {
  if (value.kind === 'plain' && typeof value.value === 'number') return value.value;
  throw new Refusal(wrongOperand(span, 'a number', aValue(value)));
}

function ticksValue(call: Call): Value {
  const { value, span } = argument(call, 0);
  const count = value.kind === 'plain' ? value.value : null;
  if (typeof count === 'number' || typeof count === 'bigint') return { kind: 'ticks', count };
  throw new Refusal(wrongOperand(span, 'a number', aValue(value)));
}

function hexValue(call: Call): Value {
  const digits = textOf(argument(call, 0));
  if (/^(?:[0-9a-f]{2})*$/i.test(digits)) return { kind: 'hex', digits: digits.toLowerCase() };
  throw new Refusal(wrongOperand(argument(call, 0).span, 'pairs of hex digits', `'${digits.slice(0, 63)}'`));
}
