// What the measurement says, as text and as JSON, beside what was asked for (architecture, section 5).
import type { Cell } from './cells.js';
import type { Recording } from './guest.js';
import { SENDERS, type Plan } from './senders.js';

const FQ_TARGET_US = 0.25;
/** The target speaks of these. */
const FQ_PERIODS_NS = [1_000_000, 200_000];
const OURS = /^(fq|thread)(_|$)/;

/** Times are microseconds. */
export interface CellReport {
  readonly period_us: number;
  readonly load: string;
  readonly min: number | null;
  readonly p50: number | null;
  readonly p99: number | null;
  readonly p99_9: number | null;
  readonly max: number | null;
  readonly abs_p99_9: number | null;
  readonly frames: number;
  readonly lost: number;
  readonly repeated: number;
  /** Frames that carry an instant beside the grid: none, or the measurement is worth nothing. */
  readonly off_grid: number;
  /** How long before the instant the sender acts: its path cost. */
  readonly aim: number;
}

interface Figure {
  /** The greatest `abs_p99_9` of the cells that the target speaks of; null where a cell has no frame at all. */
  readonly value: number | null;
  readonly unit: 'us';
  readonly target: string;
  readonly met: boolean;
  readonly cells: CellReport[];
  /** The same pacer with other settings, by sender. */
  readonly variants: Record<string, CellReport[]>;
  /** The others in the same run, by sender. */
  readonly peer: Record<string, CellReport[]>;
}

export interface Report {
  readonly 'transmit_error_us.fq'?: Figure;
  readonly 'transmit_error_us.thread'?: Figure;
  readonly lab: Record<string, unknown>;
}

function cellReport({ period, load, aim, frames, lost, repeated, offGrid, summary }: Cell): CellReport {
  const { min, p50, p99, p99_9, max, abs_p99_9 } = summary ?? {
    min: null,
    p50: null,
    p99: null,
    p99_9: null,
    max: null,
    abs_p99_9: null,
  };
  const errors = { min, p50, p99, p99_9, max, abs_p99_9 };
  return { period_us: period / 1000, load, ...errors, frames, lost, repeated, off_grid: offGrid, aim: aim / 1000 };
}

function bySender(cells: readonly Cell[], wanted: (name: string) => boolean): Record<string, CellReport[]> {
  const names = [...new Set(cells.map(({ sender }) => sender))].filter(wanted);
  return Object.fromEntries(
    names.map((name) => [name, cells.filter(({ sender }) => sender === name).map(cellReport)] as const),
  );
}

function worst(cells: readonly Cell[]): number | null {
  const values = cells.map(({ summary }) => summary?.abs_p99_9 ?? null);
  return values.includes(null) ? null : Math.max(...(values as number[]));
}

function isSound({ lost, repeated, offGrid }: Cell): boolean {
  return lost === 0 && repeated === 0 && offGrid === 0;
}

function figure(cells: readonly Cell[], name: string, target: string, judged: readonly Cell[], met: boolean): Figure {
  const { [name]: own = [], ...variants } = bySender(
    cells,
    (sender) => sender === name || sender.startsWith(`${name}_`),
  );
  const peer = bySender(cells, (sender) => !OURS.test(sender));
  return { value: worst(judged), unit: 'us', target, met, cells: own, variants, peer };
}

function fqFigure(cells: readonly Cell[]): Figure | undefined {
  const judged = cells.filter(({ sender, period }) => sender === 'fq' && FQ_PERIODS_NS.includes(period));
  if (judged.length === 0) return undefined;
  const value = worst(judged);
  const met = value !== null && value <= FQ_TARGET_US && judged.every(isSound);
  return figure(cells, 'fq', `at most ${FQ_TARGET_US} at 1 ms and 200 us, no frame lost`, judged, met);
}

function threadFigure(cells: readonly Cell[]): Figure | undefined {
  const judged = cells.filter(({ sender }) => sender === 'thread');
  if (judged.length === 0) return undefined;
  const met = judged.every((cell) => {
    const peer = cells.find((c) => c.sender === 'packet_sleep' && c.period === cell.period && c.load === cell.load);
    const [own, theirs] = [cell.summary?.abs_p99_9, peer?.summary?.abs_p99_9];
    return own !== undefined && (theirs === undefined || own <= theirs);
  });
  return figure(cells, 'thread', 'in each cell at most what packet_sleep has there', judged, met);
}

/** The object that `--json` prints. */
export function reportOf({ release, cells }: Recording, kernel: string, plan: Plan): Report {
  const fq = fqFigure(cells);
  const thread = threadFigure(cells);
  return {
    ...(fq === undefined ? {} : { 'transmit_error_us.fq': fq }),
    ...(thread === undefined ? {} : { 'transmit_error_us.thread': thread }),
    lab: {
      kernel,
      release,
      clock: 'virtual time: an emulator that counts instructions, one a nanosecond; one processor',
      seconds_per_cell: plan.forNs / 1e9,
      warm_up_seconds: plan.warmUpNs / 1e9,
      senders: Object.fromEntries(
        SENDERS.filter(({ name }) => plan.senders.some((sender) => sender.name === name)).map((s) => [s.name, s.what]),
      ),
    },
  };
}

const COLUMNS = ['min', 'p50', 'p99', 'p99.9', 'max'];

function row({ sender, summary, lost, repeated, offGrid, frames, aim }: Cell): string {
  const { min, p50, p99, p99_9, max } = summary ?? {};
  const numbers = [min, p50, p99, p99_9, max].map((value) => (value?.toFixed(2) ?? '-').padStart(9));
  const loss = lost === 0 ? '0' : `${lost} of ${frames}`;
  const strange = repeated + offGrid === 0 ? '' : `  ${repeated} repeated, ${offGrid} off the grid`;
  return `  ${sender.padEnd(16)}${numbers.join('')}  ${loss.padStart(14)}${(aim / 1000).toFixed(2).padStart(9)}${strange}`;
}

function verdicts(report: Report): string[] {
  return (['transmit_error_us.fq', 'transmit_error_us.thread'] as const).flatMap((key) => {
    const measured = report[key];
    if (measured === undefined) return [];
    const { value, target, met } = measured;
    return [`${key}: ${value?.toFixed(2) ?? 'no figure'} (${target}): ${met ? 'met' : 'NOT MET'}`];
  });
}

/** The same for people: a table for each period and load. */
export function textOf({ release, cells }: Recording, report: Report, plan: Plan): string {
  const head = `  ${'sender'.padEnd(16)}${COLUMNS.map((name) => name.padStart(9)).join('')}  ${'lost'.padStart(14)}${'aim'.padStart(9)}`;
  const tables = plan.periods.flatMap((period) =>
    plan.loads.map((load) => {
      const rows = cells.filter((cell) => cell.period === period && cell.load === load).map(row);
      return [`period ${period / 1000} us, ${load}`, head, ...rows, ''].join('\n');
    }),
  );
  const intro =
    `Transmit error in us: instant at the tracepoint net_dev_start_xmit less the scheduled one. Linux ${release} in an emulator ` +
    `that counts\ninstructions (one a nanosecond), one processor, ${plan.forNs / 1e9} s a cell. aim: how long before the instant the sender acts.\n`;
  return [intro, ...tables, ...verdicts(report)].join('\n');
}
