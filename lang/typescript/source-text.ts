// Places in the text of a module: lines end with LF or CRLF and columns count characters, as everywhere in ncbpf, not as
// TypeScript counts them.
import type { Span } from '../program.js';
import { SourceLine } from '../source.js';

export class SourceText {
  readonly #starts: number[] = [0];

  constructor(
    readonly path: string,
    readonly text: string,
  ) {
    for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) this.#starts.push(at + 1);
  }

  /** The span from one UTF-16 index of the text to another (exclusive). */
  span(start: number, end: number): Span {
    const from = this.#place(start);
    const to = this.#place(Math.max(start, end));
    return { file: this.path, ...from, endLine: to.line, endColumn: to.column };
  }

  #place(index: number): { line: number; column: number } {
    const line = this.#lineOf(index);
    const start = this.#starts[line] ?? 0;
    const text = this.text.slice(start, index);
    return { line: line + 1, column: new SourceLine(this.path, line + 1, text).columnAt(text.length) };
  }

  /** The last line that starts at or before `index`, found by halving. */
  #lineOf(index: number): number {
    let [first, last] = [0, this.#starts.length - 1];
    while (first < last) {
      const middle = (first + last + 1) >> 1;
      if ((this.#starts[middle] ?? 0) <= index) first = middle;
      else last = middle - 1;
    }
    return first;
  }
}
