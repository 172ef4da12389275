// What a variable space has under each name, and the refusal of what it has not.
import { bindQueue, type QueueCell } from '../maps/queue-space.js';
import type { VariableIndex } from '../maps/variable-index.js';
import { bindVariable, type VariableCell } from '../maps/variable-space.js';
import type { SpaceValue } from '../maps/variable-value.js';
import { QueueFullError, UsageError } from './errors.js';
import { rightToAppend, rightToTake, rightToWrite, type Right } from './variable-rights.js';

export interface VariableEntry {
  readonly kind: 'variable';
  readonly cell: VariableCell;
  readonly write: Right;
}

export interface QueueEntry {
  readonly kind: 'queue';
  readonly cell: QueueCell;
  readonly append: Right;
  readonly take: Right;
}

export type Entry = VariableEntry | QueueEntry;

/** Names that a refusal lists at most. */
const NAMES_SHOWN = 20;

/** Binds all that an index lists to the memory of nc_vars. */
export function bindEntries(index: VariableIndex, memory: ArrayBuffer): ReadonlyMap<string, Entry> {
  const entries = new Map<string, Entry>();
  for (const layout of index.variables)
    entries.set(layout.name, {
      kind: 'variable',
      cell: bindVariable(memory, layout),
      write: rightToWrite(layout),
    });
  for (const layout of index.queues)
    entries.set(layout.name, {
      kind: 'queue',
      cell: bindQueue(memory, layout),
      append: rightToAppend(layout),
      take: rightToTake(layout),
    });
  return entries;
}

/** @throws UsageError for an unknown name */
export function findEntry(entries: ReadonlyMap<string, Entry>, name: string): Entry {
  const entry = entries.get(name);
  if (entry !== undefined) return entry;
  const names = [...entries.keys()].slice(0, NAMES_SHOWN);
  const known = names.length > 0 ? `; there are ${names.join(', ')}` : ': the program has none';
  throw new UsageError(`there is no variable ${name}${known}`);
}

/** @throws UsageError for a queue */
export function asVariable(entry: Entry): VariableEntry {
  if (entry.kind === 'variable') return entry;
  throw new UsageError(`${entry.cell.layout.name} is a queue: values are appended to it and taken from it`);
}

/** @throws UsageError for a variable */
export function asQueue(entry: Entry): QueueEntry {
  if (entry.kind === 'queue') return entry;
  throw new UsageError(`${entry.cell.layout.name} is a variable, not a queue: it holds one value`);
}

/** The value of a variable; of a queue all that it holds, oldest first. Throws VariableBusyError. */
export function readEntry(entry: Entry): SpaceValue {
  return entry.kind === 'queue' ? entry.cell.look() : entry.cell.read();
}

/** @throws QueueFullError, VariableValueError */
export function appendTo(cell: QueueCell, value: unknown): void {
  if (cell.append(value)) return;
  const { name, depth, taker } = cell.layout;
  const who = taker === 'network' ? 'the program has to take' : 'somebody has to take';
  throw new QueueFullError(
    `queue ${name} is full: it holds ${depth} ${depth === 1 ? 'value' : 'values'}, ${who} first`,
  );
}
