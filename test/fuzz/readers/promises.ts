// What every front end promises about its answer, and what it promises about a program that it takes.
import assert from 'node:assert/strict';
import { emitProgram } from '../../../codegen/emit.js';
import { manifestOf } from '../../../codegen/build.js';
import { shapeOf } from '../../../codegen/shape.js';
import { HARDWARE_WORDS } from '../../../lang/bytecode/hardware-words.js';
import type { Params } from '../../../lang/bytecode/params.js';
import { readBytecode } from '../../../lang/bytecode/read.js';
import type { RecordFormat } from '../../../lang/bytecode/record-format.js';
import { SOFTWARE_RECORDS } from '../../../lang/bytecode/software-records.js';
import { writeBytecode } from '../../../lang/bytecode/write.js';
import { checkSource } from '../../../lang/compile.js';
import type { Diagnostic } from '../../../lang/diagnostic.js';
import { formatSource, printWithComments } from '../../../lang/format.js';
import { printTree } from '../../../lang/print.js';
import type { Program } from '../../../lang/program.js';
import { diagnosticsToJson, renderDiagnostics } from '../../../lang/render.js';
import type { Tree } from '../../../lang/tree.js';
import { parseManifest } from '../../../maps/manifest.js';

/** The base name of every input, so that the default name of a node is the same in all forms. */
export const BASE = 'fuzz';

/** 100 errors, 100 warnings, and a closing note for each. */
const MOST = 2 * 101;

/** A sender for each of the channels that most inputs name. */
export const PARAMS: Params = {
  mac: null,
  channels: Array.from({ length: 8 }, () => ({ mac: '02:00:00:00:00:01', dev: '' })),
};

export interface Checked {
  readonly program: Program | null;
  readonly tree: Tree;
  readonly diagnostics: readonly Diagnostic[];
}

/** Places exist, everything can be shown, and there are errors exactly where there is no program. */
export function checkDiagnostics(
  diagnostics: readonly Diagnostic[],
  accepted: boolean,
  text: string | Uint8Array,
  most = MOST,
): string[] {
  assert(diagnostics.length <= most, `${diagnostics.length} diagnostics`);
  const failed = diagnostics.some(({ severity }) => severity === 'error');
  assert.equal(accepted, !failed, 'there is a program exactly where there is no error');
  for (const { line, column, endLine, endColumn, message } of diagnosticsToJson(diagnostics)) {
    assert(line >= 1 && column >= 1, message);
    assert(endLine > line || (endLine === line && endColumn >= column), message);
  }
  assert(!renderDiagnostics(diagnostics, text).includes('\u001b'));
  return diagnostics.map(({ code }) => code);
}

/** Everything of a program but places. */
export function meaningOf(program: Program | null): string {
  return JSON.stringify(program, (key, value: unknown) => {
    if (key === 'span' || key === 'file') return undefined;
    if (value instanceof Uint8Array) return Buffer.from(value).toString('hex');
    return typeof value === 'bigint' ? `${value}n` : value;
  });
}

/** What errors say, for a failure. */
export function errorsIn(diagnostics: readonly Diagnostic[]): string[] {
  return diagnostics
    .filter(({ severity }) => severity === 'error')
    .map(({ span, message }) => `${span.line}: ${message}`);
}

function accepted({ program, tree, diagnostics }: Checked): { program: Program; tree: Tree } {
  assert.deepEqual(errorsIn(diagnostics), []);
  assert(program);
  return { program, tree };
}

/** The canonical text means the same, and `fmt` leaves it as it is. */
function promiseText({ program, tree }: { program: Program; tree: Tree }): void {
  const printed = printTree(tree);
  const again = accepted(checkSource(printed, `${BASE}.nc`));
  assert.equal(meaningOf(again.program), meaningOf(program));
  assert.equal(formatSource(printed, `${BASE}.nc`), printed);
}

/** What a format can hold comes back from it as the same bytes, and through a text too. */
export function promiseBytes({ program, tree }: { program: Program; tree: Tree }, format: RecordFormat): boolean {
  const { bytes } = writeBytecode(program, tree, format);
  if (bytes === null) return false;
  const back = readBytecode(bytes, `${BASE}.${format.name}`, format, 'irrelevant');
  const bitsDropped = back.diagnostics.filter(({ code }) => code === 'NC8601');
  assert.deepEqual(bitsDropped, [], 'what is written has no bits without meaning');
  assert.equal(hexOf(accepted(back), format), toHex(bytes));
  const named = readBytecode(bytes, `${BASE}.${format.name}`, format, PARAMS);
  if (named.program === null) return true;
  const text = accepted(checkSource(printWithComments(named.tree), `${BASE}.nc`));
  assert.equal(meaningOf(text.program), meaningOf(named.program));
  assert.equal(hexOf(text, format), toHex(bytes));
  return true;
}

function hexOf({ program, tree }: { program: Program; tree: Tree }, format: RecordFormat): string {
  const { bytes, diagnostics } = writeBytecode(program, tree, format);
  assert.deepEqual(errorsIn(diagnostics), []);
  return toHex(bytes!);
}

function toHex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex');
}

/** A program goes through everything behind the front ends. */
export function promiseProgram(source: { program: Program; tree: Tree }): string[] {
  promiseText(source);
  const held = [HARDWARE_WORDS, SOFTWARE_RECORDS].filter((format) => promiseBytes(source, format));
  const shape = shapeOf(source.program);
  const manifest = manifestOf(source.program, shape, 'ncbpf fuzz');
  assert.deepEqual(parseManifest(JSON.parse(JSON.stringify(manifest))), manifest);
  assert.equal(emitProgram(source.program, shape), emitProgram(source.program, shapeOf(source.program)));
  return held.map(({ name }) => `as ${name}`);
}
