// From bytes to lines: UTF-8, byte order mark, line ends, and columns that count characters.
import type { Span } from './program.js';

/** The largest source that is read, in bytes (or UTF-16 units of a string): far beyond any program within the limits. */
export const LARGEST_SOURCE = 16 * 1024 * 1024;

/** The longest line that is read, in UTF-16 units: room for a channel with 50,000 senders. */
export const LONGEST_LINE = 1024 * 1024;

/** Zero bytes in this beginning of what is not UTF-8 say that it is no text. */
const LOOKED_AT = 8192;

const SURROGATE = /[\ud800-\udfff]/;

/** One line without its end. `invalidAt` is the index of the first character that is not UTF-8, or -1. */
export class SourceLine {
  readonly #wide: boolean;

  constructor(
    readonly file: string,
    readonly number: number,
    readonly text: string,
    readonly invalidAt = -1,
  ) {
    this.#wide = SURROGATE.test(text);
  }

  /** The column of a UTF-16 index: characters from 1. A pair of surrogates is one character. */
  columnAt(index: number): number {
    if (!this.#wide || index > this.text.length) return index + 1;
    return Array.from(this.text.slice(0, index)).length + 1;
  }

  /** The span from one UTF-16 index to another (exclusive). */
  span(start: number, end: number): Span {
    const { file, number: line } = this;
    return { file, line, column: this.columnAt(start), endLine: line, endColumn: this.columnAt(end) };
  }
}

/** Whether a source is no text but a picture, a program, or text in UTF-16: then a mistake in each line says nothing. */
export function isBinary(source: string | Uint8Array): boolean {
  return typeof source !== 'string' && source.subarray(0, LOOKED_AT).includes(0) && decode(source) === null;
}

/** The lines of a source, one at a time, so that a large file costs no more than its text. */
export function* readLines(source: string | Uint8Array, file: string): Generator<SourceLine> {
  const text = typeof source === 'string' ? source : decode(source);
  if (text === null) yield* readBadLines(source as Uint8Array, file);
  else yield* splitLines(text.startsWith('\ufeff') ? text.slice(1) : text, file);
}

/** The first line that is not UTF-8; looks no further. */
export function firstBadLine(source: Uint8Array, file: string): SourceLine | null {
  for (const line of readLines(source, file)) if (line.invalidAt >= 0) return line;
  return null;
}

function* splitLines(text: string, file: string): Generator<SourceLine> {
  let number = 1;
  let start = 0;
  while (start < text.length) {
    const end = text.indexOf('\n', start);
    const stop = end < 0 ? text.length : end;
    yield new SourceLine(file, number++, withoutReturn(text.slice(start, stop)));
    start = stop + 1;
  }
}

function withoutReturn(line: string): string {
  return line.endsWith('\r') ? line.slice(0, -1) : line;
}

/** The slow way, for a source that is not UTF-8: each line by itself, so that the good ones are still read. */
function* readBadLines(source: Uint8Array, file: string): Generator<SourceLine> {
  let number = 1;
  let start = 0;
  while (start < source.length) {
    const end = source.indexOf(0x0a, start);
    const stop = end < 0 ? source.length : end;
    const bytes = source.subarray(start, stop);
    const text = decode(bytes);
    if (text === null) yield badLine(bytes, file, number);
    else yield new SourceLine(file, number, withoutReturn(number === 1 ? text.replace(/^\ufeff/, '') : text));
    number++;
    start = stop + 1;
  }
}

function badLine(bytes: Uint8Array, file: string, number: number): SourceLine {
  const text = new TextDecoder().decode(bytes);
  return new SourceLine(file, number, withoutReturn(text), firstInvalid(bytes));
}

/** The UTF-16 index of the first ill-formed byte: the length of the longest well-formed beginning, found by halving. */
function firstInvalid(bytes: Uint8Array): number {
  let [good, bad] = [0, bytes.length];
  while (bad - good > 1) {
    const middle = (good + bad) >> 1;
    if (decodePrefix(bytes.subarray(0, middle)) === null) bad = middle;
    else good = middle;
  }
  return (decodePrefix(bytes.subarray(0, good)) ?? '').replace(/^\ufeff/, '').length;
}

/** Decodes a beginning of a text: a character that is cut off at its end is no fault, and not part of the result. */
function decodePrefix(bytes: Uint8Array): string | null {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes, { stream: true });
  } catch {
    return null;
  }
}

function decode(bytes: Uint8Array): string | null {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return null;
  }
}
