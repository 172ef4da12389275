// A program or a bundle that the user named, ready for the loader.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Diagnostic } from '../lang/diagnostic.js';
import { diagnosticsToJson, renderDiagnostics, type JsonDiagnostic } from '../lang/render.js';
import { packageRoot } from '../loader/native.js';
import type { Context } from './command.js';
import type { Output } from './io.js';

/** The version in package.json. */
export function ownVersion(): string {
  const { version } = JSON.parse(readFileSync(join(packageRoot(), 'package.json'), 'utf8')) as { version: string };
  return version;
}

/** What the code generator is told about this installation. */
export function compilerOptions(): { runtime: string; generator: string } {
  return { runtime: join(packageRoot(), 'bpf'), generator: `ncbpf ${ownVersion()}` };
}

export function hasErrors(diagnostics: readonly Diagnostic[]): boolean {
  return diagnostics.some(({ severity }) => severity === 'error');
}

/** What diagnostics point into: one text, or several by the file that their spans name. */
export type Quoted = string | Uint8Array | ReadonlyMap<string, string>;

/** Prints diagnostics for people. */
export function printDiagnostics(output: Output, diagnostics: readonly Diagnostic[], quoted: Quoted): void {
  const { colour } = output;
  if (typeof quoted === 'string' || quoted instanceof Uint8Array) {
    if (diagnostics.length > 0) output.write(renderDiagnostics(diagnostics, quoted, { colour }));
    return;
  }
  for (const one of diagnostics) output.write(renderDiagnostics([one], quoted.get(one.span.file) ?? '', { colour }));
}

/**
 * What build and attach say about a program: to people on standard error. Returns it for the JSON answer.
 */
export function reportDiagnostics(
  context: Context,
  diagnostics: readonly Diagnostic[],
  quoted: Quoted,
): JsonDiagnostic[] {
  printDiagnostics(context.err, diagnostics, quoted);
  return diagnosticsToJson(diagnostics);
}
