// Guards: operands of the right kind, and comparisons that have a meaning.
import { integerWithBytes, mixedSigns, queueInTest, variableInQueueTest } from '../mistakes/values.js';
import type { ErrorName, Guard, ValueType } from '../program.js';
import { ERROR_BITS } from '../program.js';
import type { GuardNode, Operand, Word } from '../tree.js';
import type { Checking, DeclaredName } from './checking.js';
import { UNKNOWN } from './checking.js';
import { idOf, refer } from './references.js';
import { counterValue, numberBetween } from './values.js';

/** A guard with its names resolved; operands with a mistake are `UNKNOWN` or 0. */
export function resolveGuard(c: Checking, node: GuardNode): Guard {
  switch (node.kind) {
    case 'channel_rcv_buf_empty':
      return { kind: node.kind, channel: idOf(c, node.channel, 'channel') };
    case 'test_count':
      return { kind: node.kind, counter: idOf(c, node.counter, 'counter'), value: counterValue(c, node.value) ?? 0 };
    case 'status_test':
      return { kind: node.kind, mask: node.mask ? givenMask(c, node.mask) : maskOf(node.errors) };
    case 'equal':
    case 'greater':
    case 'less':
      return resolveComparison(c, node);
    case 'test_var': {
      const variable = refer(c, node.variable, ['var', 'queue'], 'a variable');
      refuseQueue(c, node.variable, variable, node.kind);
      return { kind: node.kind, variable: variable?.id ?? UNKNOWN, condition: node.condition };
    }
    case 'var_queue_empty':
    case 'var_queue_full':
      return { kind: node.kind, variable: queueOf(c, node.variable, node.kind) };
    default:
      return { kind: node.kind };
  }
}

function givenMask(c: Checking, operand: Operand): number {
  return numberBetween(c, operand, 'a mask of errors', 0, 0xffff) ?? 0;
}

function maskOf(errors: readonly ErrorName[]): number {
  return errors.reduce((mask, error) => mask | (1 << ERROR_BITS[error]), 0);
}

function queueOf(c: Checking, word: Word, guard: string): number {
  const found = refer(c, word, ['var', 'queue'], 'a queue');
  if (found?.kind === 'var') c.report.add(variableInQueueTest(word.span, word.name, guard));
  return found?.id ?? UNKNOWN;
}

/** Reports a queue where a value is wanted: a queue holds many values or none. */
function refuseQueue(c: Checking, word: Word, found: DeclaredName | null, guard: string): void {
  if (found?.kind === 'queue') c.report.add(queueInTest(word.span, word.name, guard));
}

type ComparisonNode = Extract<GuardNode, { readonly a: Word }>;

function resolveComparison(c: Checking, node: ComparisonNode): Guard {
  const a = refer(c, node.a, ['var', 'queue'], 'a variable');
  const b = refer(c, node.b, ['var', 'queue'], 'a variable');
  refuseQueue(c, node.a, a, node.kind);
  refuseQueue(c, node.b, b, node.kind);
  const values = a?.kind === 'var' && b?.kind === 'var';
  if (values && a.type && b.type) checkComparison(c, node, a.type, b.type);
  return { kind: node.kind, a: a?.id ?? UNKNOWN, b: b?.id ?? UNKNOWN };
}

/** Section 3: numbers with numbers of the same signedness, byte strings with byte strings. */
function checkComparison(c: Checking, node: ComparisonNode, a: ValueType, b: ValueType): void {
  const names = [describe(node.a, a), describe(node.b, b)] as const;
  if (a.kind !== b.kind) c.report.add(integerWithBytes(node.span, ...names));
  else if (a.kind === 'integer' && b.kind === 'integer' && a.signed !== b.signed) {
    c.report.add(mixedSigns(node.span, ...names));
  }
}

function describe({ name }: Word, type: ValueType): string {
  const text = type.kind === 'bytes' ? `bytes[${type.size}]` : `${type.signed ? 'i' : 'u'}${type.bits}`;
  return `\`${name}\` (${text})`;
}
