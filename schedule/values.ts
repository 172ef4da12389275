// Values of variables: on the wire, compared and tested (language.md section 3).
import type { Comparison, Value, ValueType, VariableTest } from '../lang/program.js';

/** An integer big-endian in its size, a byte string as it is (a copy). */
export function valueToBytes(type: ValueType, value: Value): Uint8Array {
  if (typeof value !== 'bigint') return value.slice();
  const bits = type.kind === 'integer' ? type.bits : 64;
  const pattern = BigInt.asUintN(bits, value);
  return Uint8Array.from({ length: bits / 8 }, (_, index) =>
    Number((pattern >> BigInt(bits - 8 * (index + 1))) & 0xffn),
  );
}

/** Bytes of the longest value; of an integer, of each. */
export function sizeOf(type: ValueType): number {
  return type.kind === 'integer' ? type.bits / 8 : type.size;
}

/** The value of a payload, or null where its length does not fit. `exact` is false in `wire ncm`: what fits is taken. */
export function valueFromPayload(type: ValueType, payload: Uint8Array, exact: boolean): Value | null {
  const size = sizeOf(type);
  if (exact && payload.length > size) return null;
  const fitting = payload.slice(0, size);
  if (type.kind === 'bytes') return fitting;
  if (fitting.length < size) return null;
  const pattern = unsigned(fitting);
  return type.signed ? BigInt.asIntN(type.bits, pattern) : pattern;
}

/** Whether a variable of the type can hold the value. */
export function fitsType(type: ValueType, value: Value): boolean {
  if (type.kind === 'bytes') return typeof value !== 'bigint' && value.length <= type.size;
  if (typeof value !== 'bigint') return false;
  return (type.signed ? BigInt.asIntN(type.bits, value) : BigInt.asUintN(type.bits, value)) === value;
}

/** Two integers as numbers, two byte strings as big-endian unsigned numbers of any length. */
export function compareValues(comparison: Comparison, a: Value, b: Value): boolean {
  const [left, right] = [asNumber(a), asNumber(b)];
  if (comparison === 'equal') return left === right;
  return comparison === 'greater' ? left > right : left < right;
}

/** Parity counts every bit that the type has, so the sign of a negative integer as well. */
export function testValue(type: ValueType, condition: VariableTest, value: Value): boolean {
  const pattern = unsigned(valueToBytes(type, value));
  if (condition === 'zero' || condition === 'nonzero') return (pattern === 0n) === (condition === 'zero');
  const ones = pattern.toString(2).replaceAll('0', '').length;
  return (ones % 2 === 0) === (condition === 'even_parity');
}

function asNumber(value: Value): bigint {
  return typeof value === 'bigint' ? value : unsigned(value);
}

function unsigned(bytes: Uint8Array): bigint {
  return bytes.reduce((sum, byte) => (sum << 8n) | BigInt(byte), 0n);
}
