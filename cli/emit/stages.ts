// What `ncbpf build --emit` prints of each stage between the text and the object.
import { manifestOf } from '../../codegen/build.js';
import { emitProgram } from '../../codegen/emit.js';
import { shapeOf } from '../../codegen/shape.js';
import { lexLine } from '../../lang/lexer.js';
import type { Program } from '../../lang/program.js';
import type { ReadProgram } from '../../lang/read-program.js';
import { readLines } from '../../lang/source.js';
import type { Tree } from '../../lang/tree.js';
import { toJson } from '../json.js';
import { toDot, toMermaid } from './flow-chart.js';

/** In their order. */
export const STAGES = ['tokens', 'tree', 'ir', 'dot', 'mermaid', 'c', 'manifest'] as const;
export type Stage = (typeof STAGES)[number];

/** The text of a stage, or null where errors keep the program from it. `generator` is for the manifest. */
export function emitStage(stage: Stage, read: ReadProgram, generator: string): string | null {
  const { program, tree, text } = read;
  if (stage === 'tokens') return tokens(text);
  if (stage === 'tree') return json(tree);
  return program && emitChecked(stage, program, tree, generator);
}

function emitChecked(
  stage: Exclude<Stage, 'tokens' | 'tree'>,
  program: Program,
  tree: Tree,
  generator: string,
): string {
  switch (stage) {
    case 'ir':
      return json(program);
    case 'dot':
      return toDot(program, tree);
    case 'mermaid':
      return toMermaid(program, tree);
    case 'c':
      return emitProgram(program, shapeOf(program));
    case 'manifest':
      return json(manifestOf(program, shapeOf(program), generator));
  }
}

/** `line:column kind text`; what cannot be read ends its line. */
function tokens(text: string | Uint8Array): string {
  const lines: string[] = [];
  for (const line of readLines(text, '')) {
    for (const token of lexLine(line).tokens) {
      lines.push(`${line.number}:${line.columnAt(token.start)} ${token.kind} ${token.text}\n`);
    }
  }
  return lines.join('');
}

function json(value: unknown): string {
  return `${toJson(plain(value))}\n`;
}

/** In the types that JSON has: bytes as the language writes them, sets as arrays. */
function plain(value: unknown): unknown {
  if (value instanceof Uint8Array) return `hex:${Buffer.from(value).toString('hex')}`;
  if (value instanceof Set) return [...(value as ReadonlySet<unknown>)];
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, plain(member)]));
}
