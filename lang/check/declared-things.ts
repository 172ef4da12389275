// Channels, variables, queues, messages and counters with their values.
import { bytesSizeOutOfRange, queueLengthOutOfRange } from '../mistakes/limits.js';
import { notWhole, textTooLong, valueBeyondType, wrongValueKind } from '../mistakes/values.js';
import type { BytesType, IntegerType, Value, ValueType } from '../program.js';
import { LIMITS, MAX_PAYLOAD } from '../program.js';
import type { DeclarationOf, Operand, TypeNode } from '../tree.js';
import type { Checking, DeclaredName } from './checking.js';
import { namesOf } from './checking.js';
import { bytesOf, counterValue, durationOf, literalOf, wholeNumber } from './values.js';
import { aLiteral } from './words.js';

const DEFAULT_QUEUE = 16;

/** Refuses queue lengths that the kernel side has no room for. */
export function resolveChannels(c: Checking): void {
  for (const name of namesOf(c, ['channel'])) {
    const { to, from, backup, queue, delay } = name.declaration as DeclarationOf<'channel'>;
    c.channels.push({
      ...declared(name),
      to: to?.mac ?? null,
      from: [...new Set(from?.map(({ mac }) => mac))],
      backup: backup?.mac ?? null,
      queue: queue ? queueLength(c, queue) : DEFAULT_QUEUE,
      delayNs: delay ? (durationOf(c, delay, 'a path delay', 'allowed') ?? 0n) : 0n,
    });
  }
}

/** Refuses sizes beyond a frame, and initial values that the type does not hold. */
export function resolveVariables(c: Checking): void {
  for (const name of namesOf(c, ['var'])) {
    const { type: node, initial: operand } = name.declaration as DeclarationOf<'var'>;
    const type = typeOf(c, node);
    name.type = type;
    const initial = operand ? initialValue(c, operand, type, node) : null;
    if (type) c.variables.push({ ...declared(name), type, initial: initial ?? defaultValue(type) });
  }
}

export function resolveQueues(c: Checking): void {
  for (const name of namesOf(c, ['queue'])) {
    const { type: node, depth: operand } = name.declaration as DeclarationOf<'queue'>;
    const type = typeOf(c, node);
    name.type = type;
    const depth = queueLength(c, operand);
    if (type) c.queues.push({ ...declared(name), type, depth });
  }
}

export function resolveMessages(c: Checking): void {
  c.messages.push(...namesOf(c, ['message']).map(declared));
}

export function resolveCounters(c: Checking): void {
  for (const name of namesOf(c, ['counter'])) {
    const { start } = name.declaration as DeclarationOf<'counter'>;
    c.counters.push({ ...declared(name), start: start ? (counterValue(c, start) ?? 0) : 0 });
  }
}

function declared({ word, id, declaration }: DeclaredName) {
  return { name: word.name, id, span: declaration.span };
}

function queueLength(c: Checking, operand: Operand): number {
  const value = wholeNumber(c, operand, 'a queue length');
  if (value === null) return 1;
  if (value < 1n || value > LIMITS.queueLength) {
    c.report.add(queueLengthOutOfRange(operand.span, value, LIMITS.queueLength));
    return 1;
  }
  return Number(value);
}

function typeOf(c: Checking, node: TypeNode): ValueType | null {
  if (node.kind === 'integer') return { kind: 'integer', signed: node.signed, bits: node.bits };
  const size = wholeNumber(c, node.size, 'a size');
  if (size === null) return null;
  if (size >= 1n && size <= MAX_PAYLOAD) return { kind: 'bytes', size: Number(size) };
  c.report.add(bytesSizeOutOfRange(node.size.span, size, MAX_PAYLOAD));
  return null;
}

function defaultValue(type: ValueType): Value {
  return type.kind === 'integer' ? 0n : new Uint8Array();
}

function initialValue(c: Checking, operand: Operand, type: ValueType | null, node: TypeNode): Value | null {
  if (type === null) return null;
  return type.kind === 'integer' ? integerValue(c, operand, type) : bytesValue(c, operand, type, node);
}

function integerValue(c: Checking, operand: Operand, type: IntegerType): bigint | null {
  const literal = literalOf(c, operand, 'a number');
  if (literal === null) return null;
  const name = `${type.signed ? 'i' : 'u'}${type.bits}`;
  if (literal.kind === 'fraction') c.report.add(notWhole(operand.span, literal.text, `a value of ${name}`));
  else if (literal.kind !== 'integer') {
    const hint = `${name} holds whole numbers; byte strings go into bytes[N]`;
    c.report.add(wrongValueKind(operand.span, aLiteral(literal.kind), 'a number', hint));
  } else return inRange(c, operand, literal.value, type, name);
  return null;
}

function inRange(c: Checking, operand: Operand, value: bigint, type: IntegerType, name: string): bigint | null {
  const bits = BigInt(type.bits);
  const least = type.signed ? -(1n << (bits - 1n)) : 0n;
  const most = type.signed ? (1n << (bits - 1n)) - 1n : (1n << bits) - 1n;
  if (value >= least && value <= most) return value;
  c.report.add(valueBeyondType(operand.span, value, name, least, most));
  return null;
}

function bytesValue(c: Checking, operand: Operand, type: BytesType, node: TypeNode): Uint8Array | null {
  const literal = literalOf(c, operand, 'a byte string');
  if (literal === null) return null;
  if (literal.kind !== 'text' && literal.kind !== 'hex') {
    const hint = 'byte strings are written `"text"` or `hex:00ff`';
    c.report.add(wrongValueKind(operand.span, aLiteral(literal.kind), 'a byte string', hint));
    return null;
  }
  const bytes = bytesOf(literal);
  if (bytes.length <= type.size) return bytes;
  c.report.add(textTooLong(operand.span, bytes.length, type.size, node.span));
  return null;
}
