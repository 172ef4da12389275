// From a file's bytes to what the loader takes, whatever kind of file it is.
import type { Params } from '../lang/bytecode/params.js';
import type { Diagnostic } from '../lang/diagnostic.js';
import type { Program } from '../lang/program.js';
import { readProgram } from '../lang/read-program.js';
import { buildProgram, type Built } from './build.js';
import { isBundle, readBundle } from './bundle.js';
import { unsupportedParts } from './support.js';

export interface CompilerOptions {
  /** Folder of the runtime's headers. */
  readonly runtime: string;
  /** Name and version of what builds, for the manifest. */
  readonly generator: string;
  /** Of a binary program. */
  readonly params?: Params | null;
}

export interface Prepared {
  /** Null when there are errors. */
  readonly built: Built | null;
  readonly diagnostics: readonly Diagnostic[];
  /** What the diagnostics point into. */
  readonly text: string | Uint8Array;
}

export interface Compilable {
  /** Null when there are errors. */
  readonly program: Program | null;
  readonly diagnostics: readonly Diagnostic[];
  /** What the diagnostics point into. */
  readonly text: string | Uint8Array;
}

/** Checks a program for compilation: what `check` says, and what cannot be compiled yet. `params` are those of a binary program. */
export function checkForBuild(source: string | Uint8Array, file: string, params: Params | null = null): Compilable {
  const { program, diagnostics, text } = readProgram(source, file, params);
  if (program === null) return { program, diagnostics, text };
  const unsupported = unsupportedParts(program);
  return { program: unsupported.length === 0 ? program : null, diagnostics: [...diagnostics, ...unsupported], text };
}

/**
 * Compiles a program, or unpacks what `build` wrote. `file` is the path as diagnostics show it.
 * @throws ToolMissingError, CompileError, BundleError
 */
export async function prepareProgram(source: Uint8Array, file: string, options: CompilerOptions): Promise<Prepared> {
  if (isBundle(source)) return { built: readBundle(source), diagnostics: [], text: '' };
  const { program, diagnostics, text } = checkForBuild(source, file, options.params);
  const quoted = typeof text === 'string' ? new TextEncoder().encode(text) : text;
  return { built: program === null ? null : await buildProgram(program, quoted, options), diagnostics, text };
}

/**
 * Compiles a program that a front end has checked; `source` is the text that its lines are those of. Null where something in it
 * cannot be compiled yet, which is said then.
 * @throws ToolMissingError, CompileError
 */
export async function prepareChecked(
  program: Program,
  source: Uint8Array,
  options: CompilerOptions,
): Promise<Omit<Prepared, 'text'>> {
  const diagnostics = unsupportedParts(program);
  return { built: diagnostics.length > 0 ? null : await buildProgram(program, source, options), diagnostics };
}
