// The params of a binary program, from the file that --params names.
import { readParams, warnOtherInterface, type Params } from '../lang/bytecode/params.js';
import type { Diagnostic } from '../lang/diagnostic.js';
import { binaryFormatOf } from '../lang/read-program.js';
import { UsageError } from '../loader/errors.js';
import type { Context, OptionSpec } from './command.js';
import { readInput } from './files.js';

/** The option, as commands that read binary programs take it. */
export const PARAMS_OPTION: OptionSpec = {
  name: 'params',
  argument: 'FILE',
  summary: 'senders of the channels of a .bytecode or .ncm program (.params.json or .ncmp)',
};

export interface GivenParams {
  /** Null: none are given, or they have errors. */
  readonly params: Params | null;
  readonly diagnostics: readonly Diagnostic[];
  /** What the diagnostics point into. */
  readonly text: string | Uint8Array;
}

/**
 * Reads the params that `--params` names. `forBytecode` says whether a program takes them; `interfaceName` is where it is to
 * run, if that is known.
 * @throws UsageError, PermissionError
 */
export async function readGivenParams(
  context: Context,
  forBytecode: boolean,
  interfaceName: string | null = null,
): Promise<GivenParams> {
  const path = context.option('params');
  if (path === undefined) return { params: null, diagnostics: [], text: '' };
  if (!forBytecode) {
    throw new UsageError(
      '--params is for programs in bytecode (.bytecode, .ncm): others name their senders themselves',
    );
  }
  const source = await readInput(context.io.cwd, path);
  const { params, diagnostics } = readParams(source, path);
  const json = path.endsWith('.ncmp') ? null : source;
  const others = params && interfaceName !== null ? warnOtherInterface(params, path, interfaceName, json) : [];
  // Of binary params nothing is quoted.
  return { params, diagnostics: [...diagnostics, ...others], text: json ?? '' };
}

/** Whether one of the files is a binary program. */
export function anyBytecode(files: readonly string[]): boolean {
  return files.some((file) => binaryFormatOf(file) !== null);
}
