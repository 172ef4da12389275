// A binary program as text: one line for each record, so that diagnostics have a line to point to.
import type { Span } from '../program.js';

const WIDTH_OF_NUMBER = 4;
const WORD = 4;

/** The bytes of a record in hex, in groups of four. */
export function rawText(bytes: Uint8Array): string {
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0'));
  const groups: string[] = [];
  for (let at = 0; at < hex.length; at += WORD) groups.push(hex.slice(at, at + WORD).join(''));
  return groups.join(' ');
}

/** A line of a listing. `text` is the instruction, or what is known of it. */
export function listingLine(record: number, bytes: Uint8Array, text: string): string {
  return `${String(record).padStart(WIDTH_OF_NUMBER)}: ${rawText(bytes)}  ${text}`;
}

/** The place of a record's bytes in the listing. */
export function recordSpan(file: string, record: number, bytes: Uint8Array): Span {
  const column = Math.max(String(record).length, WIDTH_OF_NUMBER) + 3;
  const line = record + 1;
  return { file, line, column, endLine: line, endColumn: column + rawText(bytes).length };
}
