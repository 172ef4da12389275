// A file that the user named, with its params, through the front end and the compiler. What is wrong is said on standard error.
import { buildProgram, type Built } from '../codegen/build.js';
import { isModule } from '../codegen/module-files.js';
import { prepareProgram } from '../codegen/prepare.js';
import type { JsonDiagnostic, Quoted } from '../lang/render.js';
import { readProgram, type ReadProgram } from '../lang/read-program.js';
import type { Context } from './command.js';
import { readInput, refuseBundle } from './files.js';
import { readModule, refuseNodeOption } from './module-file.js';
import { anyBytecode, readGivenParams } from './params-file.js';
import { compilerOptions, hasErrors, reportDiagnostics } from './program-file.js';

export interface CompiledFile {
  /** Null when there are errors. */
  readonly built: Built | null;
  /** What was said, for the JSON answer. */
  readonly said: readonly JsonDiagnostic[];
}

/**
 * Compiles a program, or unpacks a bundle. `interfaceName` is where it is to run, if that is known.
 * @throws UsageError, PermissionError, ToolMissingError, CompileError, BundleError
 */
export async function compileFile(
  context: Context,
  file: string,
  interfaceName: string | null = null,
): Promise<CompiledFile> {
  const given = await readGivenParams(context, anyBytecode([file]), interfaceName);
  refuseNodeOption(context, [file]);
  const source = await readInput(context.io.cwd, file);
  if (isModule(file)) return compileModule(context, file, source);
  const ofParams = reportDiagnostics(context, given.diagnostics, given.text);
  if (hasErrors(given.diagnostics)) return { built: null, said: ofParams };
  const { built, diagnostics, text } = await prepareProgram(source, file, {
    ...compilerOptions(),
    params: given.params,
  });
  return { built, said: [...ofParams, ...reportDiagnostics(context, diagnostics, text)] };
}

async function compileModule(context: Context, file: string, source: Uint8Array): Promise<CompiledFile> {
  const { result, diagnostics, quoted } = await readModule(context, file, source);
  const said = reportDiagnostics(context, diagnostics, quoted);
  if (!result?.program) return { built: null, said };
  return { built: await buildProgram(result.program, source, compilerOptions()), said };
}

export interface CheckedFile {
  /** Null when the params have errors, or it is not known what the program is. */
  readonly result: ReadProgram | null;
  readonly source: Uint8Array;
  /** What diagnostics point into. */
  readonly quoted: Quoted;
  readonly said: readonly JsonDiagnostic[];
}

/**
 * Reads and checks a program.
 * @throws UsageError, PermissionError
 */
export async function checkFile(context: Context, file: string): Promise<CheckedFile> {
  const given = await readGivenParams(context, anyBytecode([file]));
  refuseNodeOption(context, [file]);
  const source = await readInput(context.io.cwd, file);
  refuseBundle(source, file);
  if (isModule(file)) {
    const { result, diagnostics, quoted } = await readModule(context, file, source);
    return { result, source, quoted, said: reportDiagnostics(context, diagnostics, quoted) };
  }
  const ofParams = reportDiagnostics(context, given.diagnostics, given.text);
  if (hasErrors(given.diagnostics)) return { result: null, source, quoted: source, said: ofParams };
  const result = readProgram(source, file, given.params);
  const said = [...ofParams, ...reportDiagnostics(context, result.diagnostics, result.text)];
  return { result, source, quoted: result.text, said };
}
