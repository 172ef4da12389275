// Pieces of which the data cases of the oracle are made. Expectations come from tables written by hand from the
// contract, or are computed here from the contract's rules; nothing in this folder runs the machine.

/** A case before it is a file. */
export interface CaseText {
  /** File name without ending. */
  readonly name: string;
  readonly about: string;
  readonly program: readonly string[];
  readonly script: readonly string[];
  readonly expect: readonly string[];
}

/** The node itself, two accepted senders, a backup, and one whom nobody knows. */
export const OWN = '02:00:00:00:00:01';
export const A = '02:00:00:00:00:02';
export const B = '02:00:00:00:00:03';
export const BACKUP = '02:00:00:00:00:0b';
export const STRANGER = '02:00:00:00:00:99';
export const EVERYONE = 'ff:ff:ff:ff:ff:ff';

/** The text of a case file. */
export function renderCase({ about, program, script, expect }: CaseText): string {
  const sections = ['-- program', ...program, '-- script', ...script, '-- expect', ...expect];
  return [`# ${about}`, ...sections, ''].join('\n');
}

/** `n` things made from 0 to n - 1. */
export function times<T>(n: number, make: (index: number) => T): T[] {
  return Array.from({ length: n }, (_, index) => make(index));
}

/** Hex digits of an unsigned number in `bytes` bytes, big-endian. */
export function be(value: number | bigint, bytes: number): string {
  return value.toString(16).padStart(bytes * 2, '0');
}

/** Hex digits of an Ethernet header. */
export function ethernet(destination: string, source: string, ethertype: string): string {
  return `${destination}${source}`.replaceAll(':', '') + ethertype;
}

/** Fields of a v1 header; the defaults are a data frame on channel 0 without payload. */
export interface Header {
  readonly version?: number;
  readonly type?: number;
  readonly channel?: number;
  readonly sequence?: number;
  readonly length?: number;
  readonly flags?: number;
  readonly programId?: number;
  readonly tai?: bigint;
}

/** Hex digits of the 24 bytes of a v1 header. */
export function v1(header: Header): string {
  const { version = 1, type = 1, channel = 0, sequence = 0, length = 0, flags = 0, programId = 0, tai = 0n } = header;
  const ids = be(version, 1) + be(type, 1) + be(channel, 2) + be(sequence, 4);
  return ids + be(length, 2) + be(flags, 2) + be(programId, 4) + be(tai, 8);
}

/** Appends zero bytes up to the shortest Ethernet frame. */
export function padded(hex: string): string {
  return hex.padEnd(120, '0');
}

/** A name made of a value: only letters, digits and dashes. */
export function slug(text: string): string {
  return (
    text
      .toLowerCase()
      .replace(/-(?=\d)/g, 'minus-')
      .replace(/[^a-z0-9]+/g, '-')
      .replace(/^-|-$/g, '') || 'empty'
  );
}
