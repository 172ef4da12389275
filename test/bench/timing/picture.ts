// The distributions as an SVG picture: a panel for each period and load, in it a strip for each sender.
import type { Cell } from './cells.js';
import type { Recording } from './guest.js';
import type { Plan } from './senders.js';

const STRIP = 26;
const PANEL_WIDTH = 420;
const NAMES_WIDTH = 110;
const GAP = 24;
const TOP = 78;
const PANEL_HEAD = 26;
const AXIS = 34;
const BINS = 210;
/** The scale is linear up to here and logarithmic beyond, us: the target is 0.25. */
const LINEAR_US = 0.1;
const EDGE_US = 300;
const TICKS_US = [-100, -10, -1, -0.25, 0, 0.25, 1, 10, 100];
const COLOURS = {
  ours: '#0b6e4f',
  peer: '#5b6c8f',
  target: '#e8f3ee',
  line: '#d5d9e0',
  text: '#1f2733',
  bad: '#b3261e',
};
const OURS = /^(fq|thread)/;

/** 0 to 1 across a panel. */
function place(us: number): number {
  const bend = (value: number): number => Math.asinh(value / LINEAR_US);
  const bounded = Math.max(-EDGE_US, Math.min(EDGE_US, us));
  return 0.5 + bend(bounded) / (2 * bend(EDGE_US));
}

function escape(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
}

function number(value: number): string {
  return String(Number(value.toFixed(1)));
}

interface TextStyle {
  readonly size?: number;
  readonly anchor?: 'start' | 'middle' | 'end';
  readonly fill?: string;
  readonly bold?: boolean;
}

function label(x: number, y: number, words: string, style: TextStyle = {}): string {
  const { size = 11, anchor = 'start', fill = COLOURS.text, bold = false } = style;
  const weight = bold ? ' font-weight="600"' : '';
  return `<text x="${number(x)}" y="${number(y)}" font-size="${size}" text-anchor="${anchor}" fill="${fill}"${weight}>${escape(words)}</text>`;
}

/** The outline of how many errors lie where; the height is logarithmic, so that one frame in a thousand is seen. */
function outline(errors: Int32Array, left: number, base: number): string {
  const counts = new Array<number>(BINS).fill(0);
  for (const ns of errors) counts[Math.min(BINS - 1, Math.floor(place(ns / 1000) * BINS))]! += 1;
  const full = Math.log1p(errors.length);
  const width = PANEL_WIDTH / BINS;
  const bars = counts.flatMap((count, bin) => {
    if (count === 0) return [];
    const height = Math.max(1.5, (Math.log1p(count) / full) * (STRIP - 6));
    return [`M${number(left + bin * width)} ${number(base)}v${number(-height)}h${number(width)}v${number(height)}z`];
  });
  return bars.join('');
}

function strip(cell: Cell, left: number, base: number): string[] {
  const colour = OURS.test(cell.sender) ? COLOURS.ours : COLOURS.peer;
  const parts = [`<path d="${outline(cell.errors, left, base)}" fill="${colour}"/>`];
  if (cell.summary !== undefined) {
    const at = left + place(cell.summary.p99_9) * PANEL_WIDTH;
    parts.push(
      `<path d="M${number(at)} ${number(base + 2)}v${number(-STRIP + 4)}" stroke="${COLOURS.text}" stroke-width="1"/>`,
    );
  }
  if (cell.lost > 0) {
    const words = `${cell.lost} of ${cell.frames} lost`;
    parts.push(label(left + PANEL_WIDTH - 4, base - 8, words, { anchor: 'end', fill: COLOURS.bad }));
  }
  return parts;
}

function axis(left: number, top: number, bottom: number): string[] {
  const [from, to] = [place(-0.25), place(0.25)].map((share) => left + share * PANEL_WIDTH) as [number, number];
  const band = `<rect x="${number(from)}" y="${number(top)}" width="${number(to - from)}" height="${number(bottom - top)}" fill="${COLOURS.target}"/>`;
  return [
    band,
    ...TICKS_US.flatMap((us) => {
      const x = left + place(us) * PANEL_WIDTH;
      const line = `<path d="M${number(x)} ${number(top)}V${number(bottom)}" stroke="${COLOURS.line}" stroke-width="1"/>`;
      const words = us === 0 || Math.abs(us) >= 1 ? String(us) : us > 0 ? '.25' : '-.25';
      return [line, label(x, bottom + 14, words, { size: 9, anchor: 'middle' })];
    }),
  ];
}

function panel(cells: readonly Cell[], title: string, left: number, top: number): string[] {
  const [first, last] = [top + PANEL_HEAD, top + PANEL_HEAD + cells.length * STRIP];
  return [
    label(left, top + 16, title, { size: 13, bold: true }),
    ...axis(left, first, last),
    ...cells.flatMap((cell, index) => strip(cell, left, first + (index + 1) * STRIP - 2)),
  ];
}

function names(cells: readonly Cell[], top: number): string[] {
  return cells.map(({ sender }, index) =>
    label(NAMES_WIDTH - 8, top + PANEL_HEAD + (index + 1) * STRIP - 8, sender, {
      anchor: 'end',
      fill: OURS.test(sender) ? COLOURS.ours : COLOURS.text,
      bold: OURS.test(sender),
    }),
  );
}

const LOAD_WORDS = { idle: 'idle', flood: 'flood', both: 'flood and CPU load' };

/** Draws what was recorded. Same cells, same bytes. */
export function drawDistributions({ release, cells }: Recording, plan: Plan): string {
  const rows = plan.periods.map((period) => cells.filter((cell) => cell.period === period));
  const panelHeight = PANEL_HEAD + plan.senders.length * STRIP + AXIS;
  const width = NAMES_WIDTH + plan.loads.length * (PANEL_WIDTH + GAP);
  const height = TOP + rows.length * panelHeight;
  const panels = rows.flatMap((row, index) => {
    const top = TOP + index * panelHeight;
    const columns = plan.loads.flatMap((load, column) => {
      const title = `${(plan.periods[index] ?? 0) / 1000} us, ${LOAD_WORDS[load]}`;
      const shown = row.filter((cell) => cell.load === load);
      return panel(shown, title, NAMES_WIDTH + column * (PANEL_WIDTH + GAP), top);
    });
    const shown = row.filter((cell) => cell.load === plan.loads[0]);
    return [...columns, ...names(shown, top)];
  });
  const heading = `Transmit error in us, Linux ${release}, virtual time (an emulator that counts instructions)`;
  const legend =
    'net_dev_start_xmit less the scheduled instant. Heights are logarithmic; the line is the 99.9th percentile; the band is ±0.25 us.';
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" font-family="sans-serif">`,
    `<rect width="${width}" height="${height}" fill="#ffffff"/>`,
    label(16, 30, heading, { size: 17, bold: true }),
    label(16, 52, legend, { size: 12 }),
    ...panels,
    '</svg>\n',
  ].join('\n');
}
