// The front end of a file, by the ending of its name: everything behind it is alike.
import { HARDWARE_WORDS } from './bytecode/hardware-words.js';
import type { Params } from './bytecode/params.js';
import { readBytecode } from './bytecode/read.js';
import type { RecordFormat } from './bytecode/record-format.js';
import { SOFTWARE_RECORDS } from './bytecode/software-records.js';
import { checkSource, type CheckResult } from './compile.js';

/** A checked program and the text that its diagnostics point into. */
export interface ReadProgram extends CheckResult {
  /** Of a binary program its listing, else the source itself. */
  readonly text: string | Uint8Array;
}

/** The binary format that a file's name ends in, or null. */
export function binaryFormatOf(file: string): RecordFormat | null {
  return [HARDWARE_WORDS, SOFTWARE_RECORDS].find(({ name }) => file.endsWith(`.${name}`)) ?? null;
}

/**
 * Reads and checks a program: `.bytecode` and `.ncm` as such, everything else as text. `params` are those of a binary
 * program, null where none are given. Never throws on account of the source.
 */
export function readProgram(source: string | Uint8Array, file: string, params: Params | null = null): ReadProgram {
  const format = binaryFormatOf(file);
  if (format === null) return { ...checkSource(source, file), text: source };
  const bytes = typeof source === 'string' ? new TextEncoder().encode(source) : source;
  const { listing, ...result } = readBytecode(bytes, file, format, params ?? 'unknown');
  return { ...result, text: listing };
}
