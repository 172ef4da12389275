// The index of an attachment's variables, <run root>/<interface>.vars: a text that a C program reads as easily as this.
// First line: `ncbpf-vars VERSION SIZE PIN WRITERS`; then for each variable `NAME ID KIND SIZE SIGNED OFFSET WRITER`, and for each queue
// `NAME ID queue SIZE SIGNED OFFSET WRITER KIND DEPTH TAKER`.
import {
  queueSpan,
  variableSpan,
  type QueueLayout,
  type VariableLayout,
  type VariableType,
  type Writer,
} from './layout.js';
import type { Manifest } from './manifest.js';

const MAGIC = 'ncbpf-vars';
/** Version of an index without queues: also readers that know none read it. */
const WITHOUT_QUEUES = 1;
const WITH_QUEUES = 2;

export interface VariableIndex {
  /** Size of nc_vars in bytes. */
  readonly size: number;
  /** Path of the pinned nc_vars. */
  readonly pin: string;
  /** Path of the file whose locks are the claims of writers. */
  readonly writers: string;
  /** By ascending id. */
  readonly variables: readonly VariableLayout[];
  /** By ascending id, which they share with variables. */
  readonly queues: readonly QueueLayout[];
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

function formatVariable({ name, id, type, writer, offset }: VariableLayout, kind: string = type.kind): string {
  const signed = type.kind === 'integer' && type.signed ? 1 : 0;
  return [name, id, kind, type.size, signed, offset, writer].join(' ');
}

function formatQueue(queue: QueueLayout): string {
  return [formatVariable(queue, 'queue'), queue.type.kind, queue.depth, queue.taker].join(' ');
}

/**
 * The text of an index.
 * @throws VariableIndexError for a path with white space
 */
export function formatVariableIndex(manifest: Manifest, pinPath: string, writersPath: string): string {
  const { variables, queues, varsSize } = manifest;
  const version = queues.length > 0 ? WITH_QUEUES : WITHOUT_QUEUES;
  const head = [MAGIC, version, varsSize, checkPath(pinPath), checkPath(writersPath)].join(' ');
  const lines = [head, ...variables.map((each) => formatVariable(each)), ...queues.map(formatQueue)];
  return lines.map((line) => `${line}\n`).join('');
}

const HEAD = /^ncbpf-vars (\d+) (\d{1,9}) (\S+) (\S+)$/;
const PLACE = String.raw`(\d{1,4}) ([01]) (\d{1,9}) (application|network)`;
const VARIABLE = new RegExp(String.raw`^([A-Za-z_]\w{0,62}) (\d{1,3}) (integer|bytes) ${PLACE}$`);
const QUEUE = new RegExp(
  String.raw`^([A-Za-z_]\w{0,62}) (\d{1,3}) queue ${PLACE} (integer|bytes) (\d{1,3}) (application|network)$`,
);

function parseType(kind: string, size: number, signed: boolean): VariableType | null {
  if (kind === 'bytes') return size >= 1 && size <= 1470 ? { kind, size } : null;
  return size === 1 || size === 2 || size === 4 || size === 8 ? { kind: 'integer', signed, size } : null;
}

const writerOf = (word: string | undefined): Writer => (word === 'network' ? 'network' : 'application');

function fits(offset: number, span: number, size: number): boolean {
  return offset % 8 === 0 && offset + span <= size;
}

/** Null for a line that is none of a variable, or one beyond nc_vars. */
function parseVariable(line: string, mapSize: number): VariableLayout | null {
  const [, name = '', id, kind = '', width, signed, place, writer] = VARIABLE.exec(line) ?? [];
  const type = parseType(kind, Number(width), signed === '1');
  const offset = Number(place);
  if (type === null || !fits(offset, variableSpan(type), mapSize)) return null;
  return { name, id: Number(id), type, writer: writerOf(writer), offset };
}

/** Null for a line that is none of a queue, or one beyond nc_vars. */
function parseQueue(line: string, mapSize: number): QueueLayout | null {
  const [, name = '', id, width, signed, place, writer, kind = '', deep, taker] = QUEUE.exec(line) ?? [];
  const type = parseType(kind, Number(width), signed === '1');
  const [offset, depth] = [Number(place), Number(deep)];
  if (type === null || depth < 1 || depth > 256 || !fits(offset, queueSpan(type, depth), mapSize)) return null;
  return { name, id: Number(id), type, writer: writerOf(writer), offset, depth, taker: writerOf(taker) };
}

/**
 * Reads the text of an index.
 * @throws VariableIndexError
 */
export function parseVariableIndex(text: string): VariableIndex {
  const [first = '', ...lines] = text.replace(/\n$/, '').split('\n');
  const [, version, mapSize, pin, writers] = HEAD.exec(first) ?? [];
  if (pin === undefined || writers === undefined)
    throw new VariableIndexError('the index of variables is damaged at its first line');
  if (Number(version) !== WITHOUT_QUEUES && Number(version) !== WITH_QUEUES)
    throw new VariableIndexError(`the index of variables is of version ${version}: attach again with this ncbpf`);
  const [variables, queues]: [VariableLayout[], QueueLayout[]] = [[], []];
  for (const line of lines) {
    const variable = parseVariable(line, Number(mapSize));
    const queue = Number(version) === WITH_QUEUES ? parseQueue(line, Number(mapSize)) : null;
    if (variable !== null) variables.push(variable);
    else if (queue !== null) queues.push(queue);
    else
      throw new VariableIndexError(
        `the index of variables is damaged at the line ${JSON.stringify(line.slice(0, 80))}`,
      );
  }
  return { size: Number(mapSize), pin, writers, variables, queues };
}
