// Diagnostics for people (text with the source line and a marker) and for programs (JSON).
import type { Diagnostic } from './diagnostic.js';
import type { Span } from './program.js';
import { cellsOf, visible } from './cells.js';
import { readLines } from './source.js';

export interface RenderOptions {
  /** With ANSI colours; default false. */
  readonly colour?: boolean;
}

/** One diagnostic as `check --json` prints it. Lines and columns count from 1, the end is exclusive. */
export interface JsonDiagnostic {
  readonly file: string;
  readonly line: number;
  readonly column: number;
  readonly endLine: number;
  readonly endColumn: number;
  readonly severity: 'error' | 'warning';
  readonly code: string;
  readonly message: string;
  readonly hint: string | null;
}

const STYLES = { error: '\u001b[1;31m', warning: '\u001b[1;35m', strong: '\u001b[1m', faint: '\u001b[36m' } as const;
const RESET = '\u001b[0m';

/** Lines longer than this many characters are shown in part. */
const WIDEST = 160;
const BEFORE_MARKER = 60;

/** What diagnostics point into: one text, or several by the file that their spans name. */
export type Quoted = string | Uint8Array | ReadonlyMap<string, string | Uint8Array>;

/**
 * All diagnostics, each as `file:line:column: error[NC2003]: text`, the source line, a marker and a hint. `quoted` is what
 * they are about.
 */
export function renderDiagnostics(
  diagnostics: readonly Diagnostic[],
  quoted: Quoted,
  options: RenderOptions = {},
): string {
  if (typeof quoted !== 'string' && !(quoted instanceof Uint8Array)) {
    const each = diagnostics.map((one) => renderDiagnostics([one], quoted.get(one.span.file) ?? '', options));
    return each.join('');
  }
  const lines = linesOf(diagnostics, quoted);
  const paint = painter(options.colour ?? false);
  return diagnostics.map((diagnostic) => render(diagnostic, lines.get(diagnostic.span.line), paint)).join('');
}

/** The diagnostics as plain objects, in the same order. */
export function diagnosticsToJson(diagnostics: readonly Diagnostic[]): JsonDiagnostic[] {
  return diagnostics.map(({ span, severity, code, message, hint = null }) => {
    const { file, line, column, endLine, endColumn } = span;
    return { file, line, column, endLine, endColumn, severity, code, message, hint };
  });
}

type Paint = (style: keyof typeof STYLES, text: string) => string;

function painter(colour: boolean): Paint {
  return (style, text) => (colour ? STYLES[style] + text + RESET : text);
}

/** Only the lines that are shown, so that a large source is read once and not kept. */
function linesOf(diagnostics: readonly Diagnostic[], source: string | Uint8Array): Map<number, string> {
  const wanted = new Set(diagnostics.map(({ span }) => span.line));
  const last = Math.max(0, ...wanted);
  const lines = new Map<number, string>();
  if (last === 0) return lines;
  for (const { number, text } of readLines(source, '')) {
    if (wanted.has(number)) lines.set(number, text);
    if (number >= last) break;
  }
  return lines;
}

function render(diagnostic: Diagnostic, line: string | undefined, paint: Paint): string {
  const { span, severity, code, message, hint, related = [] } = diagnostic;
  const head = `${paint('strong', place(span))} ${paint(severity, `${severity}[${code}]:`)} ${paint('strong', visible(message))}`;
  const excerpt =
    line === undefined || line.trim() === '' ? [] : excerptOf(span, line, (text) => paint(severity, text));
  const notes = related.map((note) => `  ${paint('faint', 'note:')} ${visible(note.message)}: ${place(note.span, '')}`);
  const advice = hint === undefined ? [] : [`  ${paint('faint', 'hint:')} ${visible(hint)}`];
  return [head, ...excerpt, ...notes, ...advice].map((text) => `${text}\n`).join('');
}

function place({ file, line, column }: Span, end = ':'): string {
  return `${file}:${line}:${column}${end}`;
}

/** The source line and the marker under the span; of a span of several lines, the part on the first line. */
function excerptOf(span: Span, line: string, mark: (text: string) => string): string[] {
  const { column, endLine, endColumn } = span;
  const all = Array.from(line.slice(0, 4 * (column + WIDEST)));
  const from = all.length > WIDEST ? Math.max(0, column - 1 - BEFORE_MARKER) : 0;
  const shown = all.slice(from, from + WIDEST);
  const start = column - 1 - from;
  const end = endLine > span.line ? shown.length : Math.min(endColumn - 1 - from, Math.max(shown.length, start + 1));
  const indent = shown.slice(0, start).map(blank).join('');
  const width = shown.slice(start, end).reduce((sum, character) => sum + cellsOf(character), 0);
  const beyond = Math.max(0, end - Math.max(start, shown.length));
  const marker = '^' + '~'.repeat(Math.max(0, width + beyond - 1));
  const dots = [from > 0 ? '...' : '', from + WIDEST < all.length ? '...' : ''] as const;
  return [
    `  ${dots[0]}${visible(shown.join(''))}${dots[1]}`,
    `  ${' '.repeat(dots[0].length)}${indent}${mark(marker)}`,
  ];
}

/** What stands above the marker keeps its width: a tab stays a tab. */
function blank(character: string): string {
  return character === '\t' ? '\t' : ' '.repeat(cellsOf(character));
}
