// The system that `attach --with` verifies before it attaches: the program and those that run on the other nodes.
import { isModule } from '../../codegen/module-files.js';
import { readProgram } from '../../lang/read-program.js';
import { UsageError } from '../../loader/errors.js';
import type { Answer } from '../../schedule/verify/answer.js';
import { verifySystem } from '../../schedule/verify/verify.js';
import { PROPERTIES } from '../../schedule/verify/violation.js';
import type { Context } from '../command.js';
import { readInput, refuseBundle } from '../files.js';
import { readModule } from '../module-file.js';
import { anyBytecode, readGivenParams } from '../params-file.js';
import { parseRate } from '../rate.js';
import { networkAt, readPrograms, systemOf, type NamedProgram } from './input.js';
import { verifyOptions } from './options.js';
import { answerToJson, fails, printAnswer, printWarnings } from './report.js';

/** What came of it. */
export interface Verified {
  /** False: a judged property fails, or one of the other programs has errors; which has been said. */
  readonly mayAttach: boolean;
  /** For the JSON answer: that of `verify`; null where there is none. */
  readonly verification: Record<string, unknown> | null;
}

/**
 * Verifies a program that has no errors together with those that `--with` names, and says what fails; null where there are none.
 * @throws UsageError, PermissionError
 */
export async function verifyWithOthers(context: Context, file: string): Promise<Verified | null> {
  const files = context.list('with');
  if (files.length === 0) {
    if (context.option('network') === undefined) return null;
    throw new UsageError('--network describes the system of --with: name the programs of the other nodes');
  }
  const own = await readOwn(context, file);
  const others = await readOthers(context, own, files);
  if (others === null) return { mayAttach: false, verification: null };
  const system = systemOf(
    [own, ...others],
    await networkAt(context, context.option('network')),
    parseRate(context.option('rate')),
  );
  const options = await verifyOptions(context);
  const answer = undisturbed(context, () => verifySystem(system, options));
  if (options.progress !== undefined) context.err.write('\r\u001b[K');
  printWarnings(context.err, answer);
  const mayAttach = !fails(answer);
  if (!mayAttach) printAnswer(context.err, answer);
  else if (isPartial(answer)) sayPartial(context, answer);
  return { mayAttach, verification: answerToJson(answer) };
}

/** The program that is attached, again: its diagnostics have been said. */
async function readOwn(context: Context, file: string): Promise<NamedProgram> {
  const source = await readInput(context.io.cwd, file);
  refuseBundle(source, file);
  if (isModule(file)) {
    const { result } = await readModule(context, file, source);
    if (result?.program) return { file, program: result.program };
  } else {
    const { params } = await readGivenParams(context, anyBytecode([file]));
    const { program } = readProgram(source, file, params);
    if (program !== null) return { file, program };
  }
  throw new UsageError(`${file} was changed while it was compiled`);
}

/** `--node` is the node that is attached; of a module that describes the others too, all the others are meant. */
async function readOthers(
  context: Context,
  own: NamedProgram,
  files: readonly string[],
): Promise<NamedProgram[] | null> {
  const ofOthers: Context = { ...context, option: (name) => (name === 'node' ? undefined : context.option(name)) };
  const read: (NamedProgram[] | null)[] = [];
  for (const file of files) read.push(await readPrograms(ofOthers, file));
  if (read.includes(null)) return null;
  const isOwn = ({ file, program }: NamedProgram): boolean => {
    return isModule(file) && file === own.file && program.node === own.program.node;
  };
  return read.flatMap((programs) => programs ?? []).filter((each) => !isOwn(each));
}

/** A signal ends the process at once: nothing is attached yet, and no handler could run. */
function undisturbed<T>({ io }: Context, compute: () => T): T {
  io.signal.throwIfAborted();
  const catchAgain = io.dieOfSignals?.();
  try {
    return compute();
  } finally {
    catchAgain?.();
  }
}

function isPartial({ verdicts }: Answer): boolean {
  return PROPERTIES.some((property) => verdicts[property].explored !== undefined);
}

function sayPartial({ err }: Context, answer: Answer): void {
  err.line('warning: the system is too large to be verified as a whole:');
  printAnswer(err, answer);
}
