// The binary front end: from hardware words or software records to the checked program. The tree is the one that the
// text of the program would give, with names made up; its places are lines of the listing.
import { checkTree } from '../compile.js';
import type { Diagnostic } from '../diagnostic.js';
import {
  meaninglessBits,
  syncWithoutSenders,
  targetBeyondEnd,
  truncatedRecord,
  unknownSender,
  type RecordPlace,
} from '../mistakes/bytecode.js';
import { tooManyInstructions } from '../mistakes/limits.js';
import { printOperation } from '../print.js';
import type { Operation, Program, Span } from '../program.js';
import { LIMITS } from '../program.js';
import { Report } from '../report.js';
import type { Comment, Declaration, InstructionNode, Tree } from '../tree.js';
import { listingLine, rawText, recordSpan } from './listing.js';
import { declarationOf, idsOf, labelOf, nodeOf, type IdKind } from './names.js';
import type { Params } from './params.js';
import { checkOperand, mapTarget, RecordMistake, type Decoded, type RecordFormat } from './record-format.js';

/**
 * Where the senders of the channels come from. `unknown`: no params were given, and what needs a sender is refused.
 * `irrelevant`: for another binary format, which has none either; then the program is not to be run.
 */
export type Senders = Params | 'unknown' | 'irrelevant';

export interface BytecodeResult {
  /** Null when there are errors. */
  readonly program: Program | null;
  readonly tree: Tree;
  /** In the order of the records; at most 100 errors and 100 warnings, each with a closing note where there are more. */
  readonly diagnostics: readonly Diagnostic[];
  /** One line for each record; the lines of `diagnostics` are lines of it. */
  readonly listing: string;
}

/** Stands for senders that do not matter, or whose absence has been reported. */
const ANY_SENDER = '00:00:00:00:00:00';
/** In which kinds are declared. */
const ORDER = ['channel', 'var', 'message', 'counter'] as const satisfies readonly IdKind[];
const MOST_NAMED = 8;

/**
 * Reads and checks a binary program. Never throws on account of the bytes.
 * `file` is the path as diagnostics are to show it.
 */
export function readBytecode(bytes: Uint8Array, file: string, format: RecordFormat, senders: Senders): BytecodeResult {
  const report = new Report();
  const records = splitRecords(bytes, file, format, report);
  const read = records.map((record) => readRecord(record, records.length, format, senders, report));
  warnAboutDropped(read, report);
  const missing = judgeSenders(read, senders, report);
  const tree = treeOf(file, read, senders, missing, report);
  const { program, diagnostics } = checkTree(tree, report);
  const shown = diagnostics.filter(({ code }) => !MADE_UP.has(code));
  return { program, tree, diagnostics: shown, listing: listingOf(read) };
}

/** Warnings about names that nobody wrote: channels of the params that nothing uses. */
const MADE_UP: ReadonlySet<string> = new Set(['NC6001', 'NC6002']);

interface RawRecord {
  readonly place: RecordPlace;
  readonly bytes: Uint8Array;
}
interface ReadRecord extends RawRecord {
  /** Null where it has a mistake. */
  readonly decoded: Decoded | null;
}

/** At most one record more than a program may have. */
function splitRecords(bytes: Uint8Array, file: string, format: RecordFormat, report: Report): RawRecord[] {
  const size = format.recordBytes;
  const count = Math.min(Math.ceil(bytes.length / size), LIMITS.instructions + 1);
  const records = Array.from({ length: count }, (_, record): RawRecord => {
    const part = bytes.subarray(record * size, (record + 1) * size);
    return { place: { record, span: recordSpan(file, record, part) }, bytes: part };
  });
  const beyond = records[LIMITS.instructions];
  if (beyond) report.add(tooManyInstructions(beyond.place.span, LIMITS.instructions));
  return records.slice(0, LIMITS.instructions);
}

function readRecord(raw: RawRecord, count: number, format: RecordFormat, senders: Senders, report: Report): ReadRecord {
  try {
    if (raw.bytes.length < format.recordBytes) {
      throw new RecordMistake(truncatedRecord(raw.place, raw.bytes.length, format.recordBytes));
    }
    const decoded = format.decode(raw.bytes, raw.place);
    checkReferences(decoded.operation, raw.place, count, senders);
    return { ...raw, decoded };
  } catch (error) {
    if (!(error instanceof RecordMistake)) throw error;
    report.add(error.diagnostic);
    return { ...raw, decoded: null };
  }
}

function checkReferences(operation: Operation, place: RecordPlace, count: number, senders: Senders): void {
  mapTarget(operation, (target) => {
    if (target >= count) throw new RecordMistake(targetBeyondEnd(place, target, count));
    return target;
  });
  if (typeof senders === 'string') return;
  for (const { kind, id } of idsOf(operation)) {
    if (kind === 'channel') checkOperand(place, 'a channel of the params', id, senders.channels.length - 1);
  }
}

function warnAboutDropped(read: readonly ReadRecord[], report: Report): void {
  const places = read.flatMap(({ decoded, place }) => {
    return decoded && decoded.dropped.length > 0 ? [{ place, what: decoded.dropped.join(' and ') }] : [];
  });
  const named = places.slice(0, MOST_NAMED).map(({ place, what }) => `record ${place.record} (${what})`);
  const [first] = places;
  if (first) report.add(meaninglessBits(first.place.span, named, places.length - named.length));
}

/** The channels that need a sender and have none; each is reported once. */
function judgeSenders(read: readonly ReadRecord[], senders: Senders, report: Report): ReadonlySet<number> {
  const judged = new Set<number>();
  if (senders !== 'unknown') return judged;
  for (const { decoded, place } of read) {
    const operation = decoded?.operation;
    if (operation?.op === 'sync_slave') report.add(syncWithoutSenders(place));
    const needs = operation?.op === 'receive' || operation?.op === 'backup_receive' || operation?.op === 'backup_send';
    if (!needs || judged.has(operation.channel)) continue;
    judged.add(operation.channel);
    report.add(unknownSender(place, operation.channel));
  }
  return judged;
}

function treeOf(
  file: string,
  read: readonly ReadRecord[],
  senders: Senders,
  missing: ReadonlySet<number>,
  report: Report,
): Tree {
  const end = recordSpan(file, Math.max(0, read.length - 1), new Uint8Array());
  const start: Span = { file, line: 1, column: 1, endLine: 1, endColumn: 1 };
  const wire: Declaration = { kind: 'wire', format: 'ncm', ethertype: null, span: start };
  return {
    file,
    declarations: [wire, ...declarationsOf(start, read, senders, missing)],
    instructions: instructionsOf(read),
    danglingLabels: [],
    doubtfulNames: new Set(),
    comments: read.map(commentOf),
    end,
    complete: !report.errors.some(({ code }) => code === 'NC5001'),
  };
}

/** What the instructions name, and every channel of the params: a sync frame may come from any of them. */
function declarationsOf(
  start: Span,
  read: readonly ReadRecord[],
  senders: Senders,
  missing: ReadonlySet<number>,
): Declaration[] {
  const first = firstUses(read);
  const macs = typeof senders === 'string' ? [] : senders.channels.map(({ mac }) => mac);
  const channels = new Map([...macs.map((_, id) => [id, start] as const), ...first.channel]);
  return ORDER.flatMap((kind) => {
    const ids = [...(kind === 'channel' ? channels : first[kind])].sort(([a], [b]) => a - b);
    return ids.map(([id, span]) => {
      const mac = macs[id] ?? (senders === 'irrelevant' || missing.has(id) ? ANY_SENDER : null);
      return withBackup(declarationOf(kind, id, mac === null ? [] : [mac], span), senders);
    });
  });
}

/** For each kind, the ids that occur, with the place of their first use. */
function firstUses(read: readonly ReadRecord[]): Readonly<Record<IdKind, Map<number, Span>>> {
  const none = (): Map<number, Span> => new Map<number, Span>();
  const first = { channel: none(), var: none(), message: none(), counter: none() };
  for (const { decoded, place } of read) {
    for (const { kind, id } of decoded ? idsOf(decoded.operation) : []) {
      if (!first[kind].has(id)) first[kind].set(id, place.span);
    }
  }
  return first;
}

/** Where senders do not matter, a channel passes for one that has everything. */
function withBackup(declaration: Declaration, senders: Senders): Declaration {
  if (senders !== 'irrelevant' || declaration.kind !== 'channel') return declaration;
  return { ...declaration, backup: { mac: ANY_SENDER, span: declaration.span } };
}

function instructionsOf(read: readonly ReadRecord[]): InstructionNode[] {
  const targets = new Set<number>();
  for (const { decoded } of read) {
    if (!decoded) continue;
    mapTarget(decoded.operation, (target) => {
      targets.add(target);
      return target;
    });
  }
  return read.map(({ decoded, place: { record, span } }) => ({
    operation: decoded && nodeOf(decoded.operation, span),
    span,
    labels: targets.has(record) ? [{ name: labelOf(record), span }] : [],
  }));
}

function commentOf({ place: { record, span }, bytes }: ReadRecord): Comment {
  return { text: `# ${record}: ${rawText(bytes)}`, line: span.line, column: span.endColumn, alone: false };
}

function listingOf(read: readonly ReadRecord[]): string {
  const lines = read.map(({ place: { record, span }, bytes, decoded }) => {
    return listingLine(record, bytes, decoded ? printOperation(nodeOf(decoded.operation, span)) : '?');
  });
  return lines.map((line) => `${line}\n`).join('');
}
