// Any program of one file through its front end, for those who have no command line.
import type { Params } from '../lang/bytecode/params.js';
import type { Diagnostic } from '../lang/diagnostic.js';
import type { Program } from '../lang/program.js';
import { readProgram } from '../lang/read-program.js';
import type { Quoted } from '../lang/render.js';
import { checkModuleIn, isModule } from './module-files.js';

export interface SourceOptions {
  /** Of a binary program; null where none are given. */
  readonly params: Params | null;
  /** Which node of a module; undefined: all. */
  readonly node: string | undefined;
}

export interface ReadSource {
  /** Those without errors: of a module all, or the one that was asked for; else one. */
  readonly programs: readonly Program[];
  /** The names of all nodes of a module; null of what describes one node by its form. */
  readonly nodes: readonly string[] | null;
  readonly diagnostics: readonly Diagnostic[];
  /** The file, or the modules that were read, in the order of the diagnostics. */
  readonly files: readonly string[];
  /** What the diagnostics point into. */
  readonly quoted: Quoted;
  /** What verifier messages quote. */
  readonly text: Uint8Array;
}

/** Reads and checks a program; `file` is its path from the working directory, as diagnostics show it. */
export async function readSource(content: Uint8Array, file: string, options: SourceOptions): Promise<ReadSource> {
  const { params, node } = options;
  if (isModule(file)) {
    const { programs, nodes, diagnostics, sources } = await checkModuleIn(process.cwd(), file, content, node);
    return { programs, nodes, diagnostics, files: [...sources.keys()], quoted: sources, text: content };
  }
  const { program, diagnostics, text: quoted } = readProgram(content, file, params);
  const text = typeof quoted === 'string' ? new TextEncoder().encode(quoted) : quoted;
  const programs = program === null ? [] : [program];
  return { programs, nodes: null, diagnostics, files: [file], quoted, text };
}
