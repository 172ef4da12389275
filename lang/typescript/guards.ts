// The guards of `ncbpf/program`.
import { wrongOperand } from '../mistakes/typescript.js';
import type { ErrorName, Span } from '../program.js';
import type { GuardNode, Operand } from '../tree.js';
import { ERROR_NAMES, VARIABLE_TESTS } from '../vocabulary.js';
import { numberOf, thingWord, wordOf } from './arguments.js';
import type { Call } from './call.js';
import { argument } from './call.js';
import type { Engine } from './engine.js';
import { numberOperand } from './operands.js';
import { decimal, exactly, rational, subtract } from './rational.js';
import { Refusal } from './refusal.js';
import type { Condition, Likely, Value } from './values.js';
import { aValue } from './values.js';

type Ask = (engine: Engine, call: Call) => GuardNode;

const bare =
  (kind: 'always_true' | 'always_false' | 'send_buffer_empty'): Ask =>
  (_, { span }) => ({ kind, span });

const comparison =
  (kind: 'equal' | 'greater' | 'less'): Ask =>
  (engine, call) => ({
    kind,
    span: call.span,
    a: thingWord(engine, argument(call, 0), ['var']),
    b: thingWord(engine, argument(call, 1), ['var']),
  });

const ofQueue =
  (kind: 'var_queue_empty' | 'var_queue_full'): Ask =>
  (engine, call) => ({ kind, span: call.span, variable: thingWord(engine, argument(call, 0), ['queue']) });

/** By the name of the function. */
const GUARDS: ReadonlyMap<string, Ask> = new Map<string, Ask>([
  ['alwaysTrue', bare('always_true')],
  ['alwaysFalse', bare('always_false')],
  ['sendBufferEmpty', bare('send_buffer_empty')],
  ['channelRcvBufEmpty', askChannel],
  ['testCount', askCount],
  ['statusTest', askStatus],
  ['equal', comparison('equal')],
  ['greater', comparison('greater')],
  ['less', comparison('less')],
  ['testVar', askVariable],
  ['varQueueEmpty', ofQueue('var_queue_empty')],
  ['varQueueFull', ofQueue('var_queue_full')],
]);

/** The names of the functions. */
export const GUARD_NAMES: readonly string[] = [...GUARDS.keys(), 'probability'];

function askChannel(engine: Engine, call: Call): GuardNode {
  const channel = thingWord(engine, argument(call, 0), ['channel']);
  return { kind: 'channel_rcv_buf_empty', span: call.span, channel };
}

function askCount(engine: Engine, call: Call): GuardNode {
  const counter = thingWord(engine, argument(call, 0), ['counter']);
  return { kind: 'test_count', span: call.span, counter, value: numberOf(argument(call, 1)) };
}

function askVariable(engine: Engine, call: Call): GuardNode {
  const variable = thingWord(engine, argument(call, 0), ['var']);
  return { kind: 'test_var', span: call.span, variable, condition: wordOf(argument(call, 1), VARIABLE_TESTS) };
}

function askStatus(_: Engine, call: Call): GuardNode {
  const { span, args } = call;
  const { value } = argument(call, 0);
  if (value.kind === 'plain' && typeof value.value === 'number') {
    return { kind: 'status_test', span, errors: [], mask: numberOf(argument(call, 0)) };
  }
  if (args.length === 0) throw new Refusal(wrongOperand(span, 'errors of the machine or a mask', 'nothing'));
  const errors = args.map((one): ErrorName => wordOf(one, ERROR_NAMES));
  return { kind: 'status_test', span, errors, mask: null };
}

/** The guard that a call asks; null where it asks none. Throws `Refusal`. */
export function guardValue(engine: Engine, call: Call): Value | null {
  if (call.name === 'probability') return { kind: 'condition', condition: withProbability(call) };
  const ask = GUARDS.get(call.name);
  if (ask === undefined) return null;
  engine.outputFor(call.span);
  return { kind: 'condition', condition: { kind: 'guard', guard: ask(engine, call), likely: null } };
}

function withProbability(call: Call): Condition {
  const { value, span } = argument(call, 1);
  let condition = value.kind === 'condition' ? value.condition : null;
  let negated = false;
  while (condition?.kind === 'not') [condition, negated] = [condition.of, !negated];
  if (condition?.kind !== 'guard') {
    const hint = 'give each guard of `&&` and `||` a probability of its own';
    throw new Refusal(wrongOperand(span, 'one guard', value.kind === 'condition' ? 'several' : aValue(value), hint));
  }
  const [likely, unlikely] = probabilities(call, argument(call, 0).span);
  const guard: Condition = {
    ...condition,
    likely: negated ? { holds: unlikely, holdsNot: likely } : { holds: likely, holdsNot: unlikely },
  };
  return negated ? { kind: 'not', of: guard } : guard;
}

/** A probability and that of the opposite; what is none is refused later, like that of a text. */
function probabilities(call: Call, span: Span): [Operand, Operand] {
  const likely = numberOf(argument(call, 0));
  const { value } = argument(call, 0);
  const number = value.kind === 'plain' && typeof value.value === 'number' ? value.value : 0;
  if (number < 0 || number > 1) return [likely, likely];
  const rest = subtract(rational(1n), exactly(number));
  if (rest.denominator === 1n) return [likely, numberOperand(rest.numerator, span)];
  return [likely, { kind: 'fraction', text: decimal(rest), span }];
}

/** How likely a jump is that is taken where the guard holds, or where it does not. */
export function jumpProbability(likely: Likely | null, negated: boolean): Operand | null {
  return likely === null ? null : negated ? likely.holdsNot : likely.holds;
}
