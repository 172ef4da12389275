import { writeBundle } from '../../codegen/bundle.js';
import { UsageError } from '../../loader/errors.js';
import type { Command, Context } from '../command.js';
import { checkFile, compileFile } from '../compile-file.js';
import { emitStage, STAGES, type Stage } from '../emit/stages.js';
import { STATUS } from '../failure.js';
import { writeOutput } from '../files.js';
import { toJson } from '../json.js';
import { NODE_OPTION } from '../module-file.js';
import { PARAMS_OPTION } from '../params-file.js';
import { compilerOptions } from '../program-file.js';

async function buildStage(context: Context, stage: Stage, file: string): Promise<number> {
  const { result, said } = await checkFile(context, file);
  const output = context.option('output');
  const text = result && emitStage(stage, result, compilerOptions().generator);
  if (text !== null && output !== undefined) await writeOutput(context.io.cwd, output, text);
  if (context.json)
    context.out.line(toJson({ stage, text, output: text === null ? null : (output ?? null), diagnostics: said }));
  else if (text !== null && output === undefined) context.out.write(text);
  return result?.program ? STATUS.done : STATUS.programErrors;
}

async function buildBundle(context: Context, output: string, file: string): Promise<number> {
  const { built, said } = await compileFile(context, file);
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
    'With --emit it stops earlier and prints what it has: the tokens of the text; the syntax tree; the checked program with every name ' +
      'resolved (ir); its control flow for Graphviz or Mermaid; the generated C; the manifest.',
  ],
  positionals: [{ name: 'FILE', kind: 'file' }],
  options: [
    { name: 'output', short: 'o', argument: 'OUT', summary: 'where to write; without --emit it must be given' },
    { name: 'emit', choices: STAGES, summary: 'stop at this stage and print it' },
    PARAMS_OPTION,
    NODE_OPTION,
  ],
  examples: [
    { line: 'ncbpf build prog.nc -o prog.ncb', what: 'then, elsewhere: ncbpf attach eth0 prog.ncb' },
    { line: 'ncbpf build system.nc.ts --node tx -o tx.ncb', what: 'one node of a TypeScript module' },
    { line: 'ncbpf build prog.nc --emit c', what: 'the C that is compiled' },
    { line: 'ncbpf build prog.nc --emit dot -o prog.dot', what: 'its control flow: then dot -Tsvg prog.dot' },
  ],
  async run(context) {
    const [file = ''] = context.positionals;
    const stage = STAGES.find((name) => name === context.option('emit'));
    const output = context.option('output');
    if (stage === undefined && output === undefined)
      throw new UsageError('-o OUT is missing: `ncbpf build FILE -o OUT`');
    return stage === undefined ? buildBundle(context, output ?? '', file) : buildStage(context, stage, file);
  },
};
