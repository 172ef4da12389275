import { manifestOf } from '../../codegen/build.js';
import { writeBundle } from '../../codegen/bundle.js';
import { emitProgram } from '../../codegen/emit.js';
import { checkForBuild, prepareProgram } from '../../codegen/prepare.js';
import { shapeOf } from '../../codegen/shape.js';
import type { Program } from '../../lang/program.js';
import { UsageError } from '../../loader/errors.js';
import type { Command, Context } from '../command.js';
import { STATUS } from '../failure.js';
import { readInput, writeOutput } from '../files.js';
import { toJson } from '../json.js';
import { compilerOptions, reportDiagnostics } from '../program-file.js';

const STAGES = ['c', 'manifest'] as const;
type Stage = (typeof STAGES)[number];

function emitStage(stage: Stage, program: Program): string {
  const shape = shapeOf(program);
  if (stage === 'c') return emitProgram(program, shape);
  return `${toJson(manifestOf(program, shape, compilerOptions().generator))}\n`;
}

async function buildStage(context: Context, stage: Stage, file: string, source: Buffer): Promise<number> {
  const { program, diagnostics } = checkForBuild(source, file);
  const said = reportDiagnostics(context, diagnostics, source);
  const output = context.option('output');
  const text = program === null ? null : emitStage(stage, program);
  if (text !== null && output !== undefined) await writeOutput(context.io.cwd, output, text);
  if (context.json)
    context.out.line(toJson({ stage, text, output: text === null ? null : (output ?? null), diagnostics: said }));
  else if (text !== null && output === undefined) context.out.write(text);
  return program === null ? STATUS.programErrors : STATUS.done;
}

async function buildBundle(context: Context, output: string, file: string, source: Buffer): Promise<number> {
  const { built, diagnostics } = await prepareProgram(source, file, compilerOptions());
  const said = reportDiagnostics(context, diagnostics, source);
  if (built === null) {
    if (context.json) context.out.line(toJson({ output: null, diagnostics: said }));
    return STATUS.programErrors;
  }
  const bundle = writeBundle(built);
  await writeOutput(context.io.cwd, output, bundle);
  const { node, programId } = built.manifest;
  if (context.json) context.out.line(toJson({ output, bytes: bundle.length, node, programId, diagnostics: said }));
  return STATUS.done;
}

/** `ncbpf build` */
export const build: Command = {
  words: ['build'],
  summary: 'compile a program to one file, for hosts without clang',
  description: [
    'Compiles a program to a bundle: one file with object and manifest, which `ncbpf attach` takes in place of a program. The same program ' +
      'and clang give the same bytes. Needs clang 16 or later and llvm-strip, no privilege.',
    'With --emit it stops earlier and prints what it has: the generated C, or the manifest.',
  ],
  positionals: [{ name: 'FILE', kind: 'file' }],
  options: [
    { name: 'output', short: 'o', argument: 'OUT', summary: 'where to write; without --emit it must be given' },
    { name: 'emit', choices: STAGES, summary: 'stop at this stage and print it' },
  ],
  examples: [
    { line: 'ncbpf build prog.nc -o prog.ncb', what: 'then, elsewhere: ncbpf attach eth0 prog.ncb' },
    { line: 'ncbpf build prog.nc --emit c', what: 'the C that is compiled' },
  ],
  async run(context) {
    const [file = ''] = context.positionals;
    const stage = STAGES.find((name) => name === context.option('emit'));
    const output = context.option('output');
    if (stage === undefined && output === undefined)
      throw new UsageError('-o OUT is missing: `ncbpf build FILE -o OUT`');
    const source = await readInput(context.io.cwd, file);
    return stage === undefined
      ? buildBundle(context, output ?? '', file, source)
      : buildStage(context, stage, file, source);
  },
};
