// What the two binary formats have in common: a program is a sequence of records of one size, one for each instruction.
import type { Diagnostic } from '../diagnostic.js';
import type { RecordPlace } from '../mistakes/bytecode.js';
import { recordOperandOutOfRange } from '../mistakes/bytecode.js';
import type { Operation } from '../program.js';

/** What a record says. Targets are numbers of records and may lie beyond the end; ids go from 0 to 255. */
export interface Decoded {
  readonly operation: Operation;
  /** The parts that have no meaning and are not zero, in words: "argument 4". */
  readonly dropped: readonly string[];
}

export interface RecordFormat {
  /** As file names end. */
  readonly name: 'bytecode' | 'ncm';
  readonly recordBytes: number;
  /** Whether it has records for `goto` and `wait`. */
  readonly hasGotoAndWait: boolean;
  /**
   * Reads one record.
   * @throws RecordMistake
   */
  decode(bytes: Uint8Array, place: RecordPlace): Decoded;
  /**
   * The canonical bytes of an operation; targets are numbers of records.
   * @throws NotHeld
   */
  encode(operation: Operation): Uint8Array;
}

/** Carries a diagnostic from where it is noticed to the reader's loop; it never leaves the reader. */
export class RecordMistake extends Error {
  constructor(readonly diagnostic: Diagnostic) {
    super(diagnostic.message);
  }
}

/** Why a format cannot hold an operation; it never leaves the writer. */
export class NotHeld extends Error {
  constructor(
    /** A sentence without its period. */
    reason: string,
    readonly hint: string,
  ) {
    super(reason);
  }
}

const NS_PER_US = 1_000n;

/** Delays of both formats are microseconds. */
export function nanoseconds(us: number): bigint {
  return BigInt(us) * NS_PER_US;
}

/**
 * A duration in whole microseconds, at most `most`.
 * @throws NotHeld
 */
export function microseconds(ns: bigint, most: number): number {
  if (ns % NS_PER_US !== 0n)
    throw new NotHeld(`${ns}ns is not a whole number of microseconds`, 'the format counts microseconds');
  const us = ns / NS_PER_US;
  if (us > most) throw new NotHeld(`${us}us is more than the format holds`, `at most ${most}us`);
  return Number(us);
}

/**
 * Refuses a value that a field has room for and the machine has not.
 * @throws RecordMistake
 */
export function checkOperand(place: RecordPlace, what: string, value: number, most: number): number {
  if (value <= most) return value;
  throw new RecordMistake(recordOperandOutOfRange(place, what, value, most < 0 ? 'none' : `0 to ${most}`));
}

/** The operation with each target replaced. */
export function mapTarget(operation: Operation, map: (target: number) => number): Operation {
  if (!('target' in operation) || operation.target === null) return operation;
  return { ...operation, target: map(operation.target) };
}
