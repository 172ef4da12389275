// What a variable may hold, as JavaScript values.
import { typeName, type VariableType } from './layout.js';

/** An integer of up to 32 bits is a number, one of 64 bits a bigint, bytes[N] a Uint8Array. */
export type VariableValue = number | bigint | Uint8Array;

/** What a name of the variable space stands for: a value, or what a queue holds, oldest first. */
export type SpaceValue = VariableValue | VariableValue[];

/** A value that a variable cannot hold: of the wrong kind, beyond its type, too long. */
export class VariableValueError extends RangeError {
  override readonly name = 'VariableValueError';
}

/** What a value is for, as refusals name it; a queue has a depth. */
export interface ValuePlace {
  readonly name: string;
  readonly depth?: number;
}

/** "variable temperature is a u16", "variable drift is an i32", "queue commands holds bytes[32]". */
export function placeAndType({ name, depth }: ValuePlace, type: VariableType): string {
  if (depth !== undefined) return `queue ${name} holds ${typeName(type)}`;
  const article = type.kind === 'bytes' ? '' : type.signed ? 'an ' : 'a ';
  return `variable ${name} is ${article}${typeName(type)}`;
}

/** Least and greatest value of an integer of `size` bytes. */
export function integerRange(signed: boolean, size: number): { least: bigint; greatest: bigint } {
  const bits = BigInt(size * 8);
  if (!signed) return { least: 0n, greatest: (1n << bits) - 1n };
  return { least: -(1n << (bits - 1n)), greatest: (1n << (bits - 1n)) - 1n };
}

/**
 * The integer that is meant, judged against its type.
 * @throws VariableValueError
 */
export function toInteger(place: ValuePlace, type: VariableType & { kind: 'integer' }, value: unknown): bigint {
  if (typeof value !== 'bigint' && !(typeof value === 'number' && Number.isInteger(value))) {
    throw new VariableValueError(`${placeAndType(place, type)}: it takes a whole number`);
  }
  const whole = BigInt(value);
  const { least, greatest } = integerRange(type.signed, type.size);
  if (whole >= least && whole <= greatest) return whole;
  throw new VariableValueError(`${placeAndType(place, type)}: it takes ${least} to ${greatest}, not ${whole}`);
}

/**
 * The bytes that are meant, judged against their type.
 * @throws VariableValueError
 */
export function toBytes(place: ValuePlace, type: VariableType & { kind: 'bytes' }, value: unknown): Uint8Array {
  if (!(value instanceof Uint8Array)) throw new VariableValueError(`${placeAndType(place, type)}: it takes bytes`);
  if (value.length <= type.size) return value;
  throw new VariableValueError(`${placeAndType(place, type)}: ${value.length} bytes are too many`);
}
