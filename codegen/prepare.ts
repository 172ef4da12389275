// From a file's bytes to what the loader takes, whatever kind of file it is.
import type { Params } from '../lang/bytecode/params.js';
import type { Diagnostic } from '../lang/diagnostic.js';
import { readProgram } from '../lang/read-program.js';
import { buildProgram, type Built } from './build.js';
import { isBundle, readBundle } from './bundle.js';

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

/**
 * Compiles a program, or unpacks what `build` wrote. `file` is the path as diagnostics show it.
 * @throws ToolMissingError, CompileError, BundleError
 */
export async function prepareProgram(source: Uint8Array, file: string, options: CompilerOptions): Promise<Prepared> {
  if (isBundle(source)) return { built: readBundle(source), diagnostics: [], text: '' };
  const { program, diagnostics, text } = readProgram(source, file, options.params);
  const quoted = typeof text === 'string' ? new TextEncoder().encode(text) : text;
  return { built: program === null ? null : await buildProgram(program, quoted, options), diagnostics, text };
}
