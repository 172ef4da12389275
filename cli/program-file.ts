// A program or a bundle that the user named, ready for the loader.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Diagnostic } from '../lang/diagnostic.js';
import { diagnosticsToJson, renderDiagnostics, type JsonDiagnostic, type Quoted } from '../lang/render.js';
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

/** Prints diagnostics for people. */
export function printDiagnostics(output: Output, diagnostics: readonly Diagnostic[], quoted: Quoted): void {
  if (diagnostics.length > 0) output.write(renderDiagnostics(diagnostics, quoted, { colour: output.colour }));
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
