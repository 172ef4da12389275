// The names and the syntax of what bytecode only numbers.
import type { Guard, Operation, Span } from '../program.js';
import { ERROR_BITS, MAX_PAYLOAD } from '../program.js';
import type {
  Declaration,
  DurationLiteral,
  GuardNode,
  IntegerLiteral,
  MacLiteral,
  OperationNode,
  Word,
} from '../tree.js';
import type { Unit } from '../vocabulary.js';
import { ERROR_NAMES, UNITS } from '../vocabulary.js';

/** The kinds of things that instructions name by their ids. */
export type IdKind = 'channel' | 'var' | 'message' | 'counter';

const PREFIX: Readonly<Record<IdKind, string>> = { channel: 'ch', var: 'v', message: 'm', counter: 'c' };

/** The name made up for an id: v0, m0, c0, ch0. */
export function nameOf(kind: IdKind, id: number): string {
  return PREFIX[kind] + String(id);
}

/** The label made up for a record. */
export function labelOf(record: number): string {
  return `L${record}`;
}

function integer(value: number, span: Span): IntegerLiteral {
  return { kind: 'integer', text: String(value), value: BigInt(value), span };
}

/** In the largest unit that gives a whole number. */
function duration(ns: bigint, span: Span): DurationLiteral {
  const units = Object.keys(UNITS) as Unit[];
  const unit = units.reverse().find((candidate) => ns !== 0n && ns % UNITS[candidate] === 0n) ?? 'us';
  return { kind: 'duration', amount: String(ns / UNITS[unit]), unit, span };
}

/** The declaration of a thing out of bytecode. */
export function declarationOf(kind: IdKind, id: number, from: readonly string[], span: Span): Declaration {
  const head = { name: { name: nameOf(kind, id), span }, id: integer(id, span), span };
  switch (kind) {
    case 'channel': {
      const senders = from.map((mac): MacLiteral => ({ mac, span }));
      const absent = { to: null, backup: null, queue: null, delay: null };
      return { kind, ...head, ...absent, from: senders.length > 0 ? senders : null };
    }
    case 'var': {
      const type = { kind: 'bytes', size: integer(MAX_PAYLOAD, span), span } as const;
      return { kind, ...head, type, initial: null };
    }
    case 'message':
      return { kind, ...head };
    case 'counter':
      return { kind, ...head, start: null };
  }
}

/** The ids that an operation names. */
export function idsOf(operation: Operation): { readonly kind: IdKind; readonly id: number }[] {
  const named = operation.op === 'if' ? { ...operation.guard, op: 'if' } : operation;
  const fields = new Map<string, unknown>(Object.entries(named));
  const kinds: readonly (readonly [field: string, kind: IdKind])[] = [
    ['channel', 'channel'],
    ['variable', 'var'],
    ['a', 'var'],
    ['b', 'var'],
    ['message', 'message'],
    ['counter', 'counter'],
  ];
  return kinds.flatMap(([field, kind]) => {
    const id = fields.get(field);
    return typeof id === 'number' ? [{ kind, id }] : [];
  });
}

/** The syntax of an operation, with names made up, all of it at one place. */
export function nodeOf(operation: Operation, span: Span): OperationNode {
  const word = (kind: IdKind, id: number): Word => ({ name: nameOf(kind, id), span });
  switch (operation.op) {
    case 'nop':
    case 'halt':
    case 'end_of_program':
    case 'mode':
      return operation;
    case 'create':
      return {
        op: operation.op,
        variable: word('var', operation.variable),
        message: word('message', operation.message),
      };
    case 'destroy':
      return { op: operation.op, message: word('message', operation.message) };
    case 'send':
    case 'backup_send': {
      const message = word('message', operation.message);
      return { op: operation.op, channel: word('channel', operation.channel), message };
    }
    case 'receive':
    case 'backup_receive': {
      const variable = word('var', operation.variable);
      return { op: operation.op, channel: word('channel', operation.channel), variable };
    }
    case 'set_counter':
    case 'add_to_counter':
    case 'sub_from_counter': {
      const value = integer(operation.value, span);
      return { op: operation.op, counter: word('counter', operation.counter), value };
    }
    case 'clear_counter':
      return { op: operation.op, counter: word('counter', operation.counter) };
    default:
      return controlNode(operation, span);
  }
}

type ControlOp = 'sync_master' | 'sync_slave' | 'future' | 'wait' | 'goto' | 'if' | 'xsend' | 'handle';

function controlNode(operation: Extract<Operation, { readonly op: ControlOp }>, span: Span): OperationNode {
  const label = (target: number): Word => ({ name: labelOf(target), span });
  switch (operation.op) {
    case 'sync_master':
      return { op: operation.op, channel: { name: nameOf('channel', operation.channel), span } };
    case 'sync_slave':
      return { op: operation.op, timeout: duration(operation.timeoutNs, span), channel: null };
    case 'future':
    case 'wait':
      return { op: operation.op, delay: duration(operation.delayNs, span), label: label(operation.target) };
    case 'goto':
      return { op: operation.op, label: label(operation.target) };
    case 'if': {
      const guard = guardNode(operation.guard, span);
      return { op: operation.op, negated: false, guard, probability: null, label: label(operation.target) };
    }
    case 'xsend':
      return { op: operation.op, window: duration(operation.windowNs, span) };
    case 'handle':
      return {
        op: operation.op,
        error: operation.error,
        label: operation.target === null ? null : label(operation.target),
      };
  }
}

function guardNode(guard: Guard, span: Span): GuardNode {
  const word = (kind: IdKind, id: number): Word => ({ name: nameOf(kind, id), span });
  switch (guard.kind) {
    case 'channel_rcv_buf_empty':
      return { kind: guard.kind, channel: word('channel', guard.channel), span };
    case 'test_count':
      return { kind: guard.kind, counter: word('counter', guard.counter), value: integer(guard.value, span), span };
    case 'status_test':
      return { kind: guard.kind, ...errorsOf(guard.mask, span), span };
    case 'equal':
    case 'greater':
    case 'less':
      return { kind: guard.kind, a: word('var', guard.a), b: word('var', guard.b), span };
    case 'test_var':
      return { kind: guard.kind, variable: word('var', guard.variable), condition: guard.condition, span };
    case 'var_queue_empty':
    case 'var_queue_full':
      return { kind: guard.kind, variable: word('var', guard.variable), span };
    default:
      return { kind: guard.kind, span };
  }
}

/** Errors by their names, where every bit of the mask has one. */
function errorsOf(mask: number, span: Span): Pick<Extract<GuardNode, { kind: 'status_test' }>, 'errors' | 'mask'> {
  const errors = ERROR_NAMES.filter((name) => (mask & (1 << ERROR_BITS[name])) !== 0);
  const named = errors.reduce((sum, name) => sum | (1 << ERROR_BITS[name]), 0);
  if (mask !== 0 && named === mask) return { errors, mask: null };
  return { errors: [], mask: { ...integer(mask, span), text: `0x${mask.toString(16)}` } };
}
