// The index of an attachment's variables, <run root>/<interface>.vars: a text that a C program reads as easily as this.
// First line: `ncbpf-vars 1 SIZE PIN WRITERS`; then for each variable `NAME ID KIND SIZE SIGNED OFFSET WRITER`.
import { variableSpan, type VariableLayout, type VariableType } from './layout.js';
import type { Manifest } from './manifest.js';

const MAGIC = 'ncbpf-vars';
/** Version of the index and of the protocol that docs/abi.md describes. */
export const VARIABLE_INDEX_VERSION = 1;

export interface VariableIndex {
  /** Size of nc_vars in bytes. */
  readonly size: number;
  /** Path of the pinned nc_vars. */
  readonly pin: string;
  /** Path of the file whose locks are the claims of writers. */
  readonly writers: string;
  readonly variables: readonly VariableLayout[];
}

/** An index that is damaged, or of another version of ncbpf. */
export class VariableIndexError extends Error {
  override readonly name = 'VariableIndexError';
}

function checkPath(path: string): string {
  if (/^\S+$/.test(path)) return path;
  throw new VariableIndexError(
    `the path ${JSON.stringify(path)} holds white space: choose other roots (NCBPF_PIN_ROOT, NCBPF_RUN_ROOT)`,
  );
}

function formatVariable({ name, id, type, writer, offset }: VariableLayout): string {
  const signed = type.kind === 'integer' && type.signed ? 1 : 0;
  return [name, id, type.kind, type.size, signed, offset, writer].join(' ');
}

/**
 * The text of an index.
 * @throws VariableIndexError for a path with white space
 */
export function formatVariableIndex(manifest: Manifest, pinPath: string, writersPath: string): string {
  const head = [MAGIC, VARIABLE_INDEX_VERSION, manifest.varsSize, checkPath(pinPath), checkPath(writersPath)].join(' ');
  return [head, ...manifest.variables.map(formatVariable)].map((line) => `${line}\n`).join('');
}

const HEAD = /^ncbpf-vars (\d+) (\d{1,9}) (\S+) (\S+)$/;
const LINE = /^([A-Za-z_]\w{0,62}) (\d{1,3}) (integer|bytes) (\d{1,4}) ([01]) (\d{1,9}) (application|network)$/;

function parseType(kind: string, size: number, signed: boolean): VariableType | null {
  if (kind === 'bytes') return size >= 1 && size <= 1470 ? { kind, size } : null;
  return size === 1 || size === 2 || size === 4 || size === 8 ? { kind: 'integer', signed, size } : null;
}

function parseVariable(line: string, size: number): VariableLayout {
  const [, name = '', id, kind = '', width, signed, offset, writer] = LINE.exec(line) ?? [];
  const type = parseType(kind, Number(width), signed === '1');
  const place = Number(offset);
  if (type === null || place % 8 !== 0 || place + variableSpan(type) > size) {
    throw new VariableIndexError(`the index of variables is damaged at the line ${JSON.stringify(line.slice(0, 80))}`);
  }
  return { name, id: Number(id), type, writer: writer === 'network' ? 'network' : 'application', offset: place };
}

/**
 * Reads the text of an index.
 * @throws VariableIndexError
 */
export function parseVariableIndex(text: string): VariableIndex {
  const [first = '', ...lines] = text.replace(/\n$/, '').split('\n');
  const [, version, size, pin, writers] = HEAD.exec(first) ?? [];
  if (pin === undefined || writers === undefined)
    throw new VariableIndexError('the index of variables is damaged at its first line');
  if (Number(version) !== VARIABLE_INDEX_VERSION) {
    throw new VariableIndexError(`the index of variables is of version ${version}: attach again with this ncbpf`);
  }
  return { size: Number(size), pin, writers, variables: lines.map((line) => parseVariable(line, Number(size))) };
}
