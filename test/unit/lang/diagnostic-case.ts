// Data-file cases for diagnostics. Sections, in the order of the text:
//   -- program         lines of the program
//   -- repeat N        the lines N times, `{n}` is the number of the copy from 0
//   -- bytes           bytes in hex, for what an editor would not keep
//   -- line N TEXT     one line that repeats TEXT to a length of N characters
//   -- diagnostics     what is expected: `line:column-endColumn severity CODE`, in the order of the output
import { readFileSync } from 'node:fs';

export interface DiagnosticCase {
  readonly source: Uint8Array;
  readonly expected: readonly string[];
}

/** Reads a case file. Throws on a section that it does not know. */
export function readDiagnosticCase(path: string): DiagnosticCase {
  const parts: Uint8Array[] = [];
  let expected: readonly string[] | null = null;
  for (const { head, body } of sectionsOf(readFileSync(path, 'utf8'), path)) {
    if (head === 'diagnostics') expected = body.filter((line) => line !== '');
    else parts.push(sourceOf(head, body, path));
  }
  if (expected === null) throw new Error(`${path}: no section "diagnostics"`);
  return { source: Buffer.concat(parts), expected };
}

function sectionsOf(text: string, path: string): { head: string; body: string[] }[] {
  const sections: { head: string; body: string[] }[] = [];
  for (const line of text.replace(/\n$/, '').split('\n')) {
    const last = sections.at(-1);
    if (line.startsWith('-- ')) sections.push({ head: line.slice(3), body: [] });
    else if (last) last.body.push(line);
    else throw new Error(`${path}: text before the first section`);
  }
  return sections;
}

function sourceOf(head: string, body: readonly string[], path: string): Uint8Array {
  const [kind, count = '', text = ''] = head.split(' ');
  const lines = body.map((line) => `${line}\n`).join('');
  switch (kind) {
    case 'program':
      return Buffer.from(lines);
    case 'repeat':
      return Buffer.from(Array.from({ length: Number(count) }, (_, n) => lines.replaceAll('{n}', String(n))).join(''));
    case 'bytes':
      return Uint8Array.from(body.join(' ').trim().split(/\s+/), (byte) => Number.parseInt(byte, 16));
    case 'line':
      return Buffer.from(`${text.repeat(Number(count)).slice(0, Number(count))}\n`);
    default:
      throw new Error(`${path}: unknown section "${head}"`);
  }
}
