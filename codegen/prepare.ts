// From a file's bytes to what the loader takes, whatever kind of file it is.
import { checkSource } from '../lang/compile.js';
import type { Diagnostic } from '../lang/diagnostic.js';
import type { Program } from '../lang/program.js';
import { buildProgram, type Built } from './build.js';
import { isBundle, readBundle } from './bundle.js';
import { unsupportedParts } from './support.js';

export interface CompilerOptions {
  /** Folder of the runtime's headers. */
  readonly runtime: string;
  /** Name and version of what builds, for the manifest. */
  readonly generator: string;
}

export interface Prepared {
  /** Null when there are errors. */
  readonly built: Built | null;
  readonly diagnostics: readonly Diagnostic[];
}

export interface Compilable {
  /** Null when there are errors. */
  readonly program: Program | null;
  readonly diagnostics: readonly Diagnostic[];
}

/** Checks a program text for compilation: what `check` says, and what cannot be compiled yet. */
export function checkForBuild(source: string | Uint8Array, file: string): Compilable {
  const { program, diagnostics } = checkSource(source, file);
  if (program === null) return { program, diagnostics };
  const unsupported = unsupportedParts(program);
  return { program: unsupported.length === 0 ? program : null, diagnostics: [...diagnostics, ...unsupported] };
}

/**
 * Compiles a program text, or unpacks what `build` wrote. `file` is the path as diagnostics show it.
 * @throws ToolMissingError, CompileError, BundleError
 */
export async function prepareProgram(source: Uint8Array, file: string, options: CompilerOptions): Promise<Prepared> {
  if (isBundle(source)) return { built: readBundle(source), diagnostics: [] };
  const { program, diagnostics } = checkForBuild(source, file);
  return { built: program === null ? null : await buildProgram(program, source, options), diagnostics };
}
