// How the demo shows itself: a line for each change, and on a terminal a small table that is kept up to date instead.
import type { Output } from '../io.js';
import { SIDES, type Side } from './programs.js';

/** A value on its way from one host to the other. */
export interface Change {
  /** Since the beginning, ns. */
  readonly atNs: bigint;
  readonly from: Side;
  readonly to: Side;
  readonly name: string;
  readonly value: number;
  /** Until it was seen there, ns; null when it was not, within the time that was given. */
  readonly afterNs: bigint | null;
}

/** One row of the table. */
export type Row = Readonly<Record<string, number | bigint | string>>;

const MS = 1_000_000;
/** Columns; the table fits a terminal of 80. */
const FIRST_WIDTH = 7;
const WIDTH = 12;

/** A change as one line. */
export function changeLine({ atNs, from, to, name, value, afterNs }: Change): string {
  const at = (Number(atNs) / 1_000 / MS).toFixed(2).padStart(7);
  const seen = afterNs === null ? 'does not see it' : `sees it after ${(Number(afterNs) / MS).toFixed(1)} ms`;
  return `${at} s  ${from.padEnd(5)} sets ${`${name} = ${value}`.padEnd(17)} ${to.padEnd(5)} ${seen}`;
}

/** Rows with a head line; columns are the members of the first row. */
export function tableLines(rows: Readonly<Record<Side, Row>>): string[] {
  const columns = Object.keys(rows.left);
  const line = (first: string, cells: readonly string[]) =>
    first.padEnd(FIRST_WIDTH) + cells.map((cell) => cell.padStart(WIDTH)).join('');
  return [
    line('', columns),
    ...SIDES.map((side) =>
      line(
        side,
        columns.map((column) => String(rows[side][column] ?? '')),
      ),
    ),
  ];
}

/** Shows changes as they come. */
export class Screen {
  #drawn = 0;

  constructor(
    private readonly output: Output,
    /** A terminal, whose lines can be written anew. */
    private readonly live: boolean,
  ) {}

  show(change: Change, rows: Readonly<Record<Side, Row>>): void {
    if (!this.live) return this.output.line(changeLine(change));
    const up = this.#drawn > 0 ? `\u001b[${this.#drawn}A` : '';
    const lines = [...tableLines(rows), changeLine(change)];
    this.output.write(up + lines.map((line) => `${line}\u001b[K\n`).join(''));
    this.#drawn = lines.length;
  }
}
