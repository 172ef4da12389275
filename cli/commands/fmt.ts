import { isModule } from '../../codegen/module-files.js';
import { checkSource } from '../../lang/compile.js';
import { formatSource } from '../../lang/format.js';
import { diagnosticsToJson, type JsonDiagnostic } from '../../lang/render.js';
import { binaryFormatOf } from '../../lang/read-program.js';
import { UsageError } from '../../loader/errors.js';
import type { Command, Context } from '../command.js';
import { eachFile } from '../each-file.js';
import { STATUS } from '../failure.js';
import { readInputOrStandard, refuseBundle, writeOutput } from '../files.js';
import { toJson } from '../json.js';
import { printDiagnostics } from '../program-file.js';

interface Formatted {
  readonly file: string;
  /** `refused`: it has errors, and was left as it is. */
  readonly result: 'unchanged' | 'changed' | 'refused';
  readonly diagnostics: readonly JsonDiagnostic[];
}

/** Programs in other forms would have a mistake in each line. */
function refuseOtherForms(file: string): void {
  if (isModule(file)) throw new UsageError(`${file} is a TypeScript module: formatters of TypeScript are for it`);
  if (binaryFormatOf(file) !== null)
    throw new UsageError(`${file} is bytecode: \`ncbpf translate\` makes a text of it, which is in canonical form`);
}

async function formatFile(context: Context, file: string): Promise<Formatted> {
  refuseOtherForms(file);
  const source = await readInputOrStandard(context.io, file);
  refuseBundle(source, file);
  const text = formatSource(source, file);
  if (text === null) {
    const errors = checkSource(source, file).diagnostics.filter(({ severity }) => severity === 'error');
    printDiagnostics(context.err, errors, source);
    return { file, result: 'refused', diagnostics: diagnosticsToJson(errors) };
  }
  const changed = !source.equals(Buffer.from(text));
  const checking = context.flag('check');
  if (file === '-' && !checking) context.out.write(context.json ? '' : text);
  else if (changed && !checking) await writeOutput(context.io.cwd, file, text);
  if (changed && checking && !context.json) context.out.line(file);
  return { file, result: changed ? 'changed' : 'unchanged', diagnostics: [] };
}

/** `ncbpf fmt` */
export const fmt: Command = {
  words: ['fmt'],
  summary: 'write programs in their canonical form',
  description: [
    'Rewrites program texts: one statement a line, labels on lines of their own, one way to write numbers, MACs and clauses. Comments stay ' +
      'where they are, with the blank lines beside them. The meaning and the program id stay; formatting twice changes nothing more. A text with ' +
      'a mistake of form is left as it is. `-` is standard input, and the result goes to standard output.',
    'A file that cannot be read or written is named, the others are formatted, and the exit status is 2 (3 without permission).',
    'With --check nothing is written: the files that would differ are named, and the exit status is 1 if there are any.',
    'With --json: an array of {file, result, diagnostics}; result is unchanged, changed (with --check: would change) or refused.',
  ],
  positionals: [{ name: 'FILE', kind: 'file', many: true }],
  options: [{ name: 'check', summary: 'only say which files would differ' }],
  examples: [
    { line: 'ncbpf fmt prog.nc', what: 'in place' },
    { line: 'ncbpf fmt --check *.nc', what: 'before a commit' },
  ],
  async run(context) {
    const { results: all, status } = await eachFile(context, (file) => formatFile(context, file));
    if (context.json) context.out.line(toJson(all));
    if (status !== null) return status;
    const bad = all.some(({ result }) => result === 'refused' || (context.flag('check') && result === 'changed'));
    return bad ? STATUS.programErrors : STATUS.done;
  },
};
