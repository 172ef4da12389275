import type { Params } from '../../lang/bytecode/params.js';
import type { Diagnostic } from '../../lang/diagnostic.js';
import { readProgram } from '../../lang/read-program.js';
import { diagnosticsToJson } from '../../lang/render.js';
import type { Command, Context } from '../command.js';
import { STATUS } from '../failure.js';
import { readInput } from '../files.js';
import { toJson } from '../json.js';
import { checkModuleFile, isModule, NODE_OPTION, refuseNodeOption } from '../module-file.js';
import { anyBytecode, PARAMS_OPTION, readGivenParams } from '../params-file.js';
import { hasErrors, printDiagnostics, type Quoted } from '../program-file.js';

interface Checked {
  readonly diagnostics: readonly Diagnostic[];
  readonly text: Quoted;
}

async function checkOne(context: Context, file: string, source: Uint8Array, params: Params | null): Promise<Checked> {
  if (!isModule(file)) return readProgram(source, file, params);
  const { diagnostics, sources } = await checkModuleFile(context, file, source);
  return { diagnostics, text: sources };
}

/** `ncbpf check` */
export const check: Command = {
  words: ['check'],
  summary: 'say what is wrong with programs',
  description: [
    'Checks programs and prints diagnostics: file, line, column, a code, the line and a hint. The exit status is 1 when there are errors; ' +
      'warnings alone give 0. Needs no privilege and asks nothing of the kernel.',
    'Of a program in bytecode (.bytecode, .ncm) the lines are those of its listing: line 1 is record 0.',
    'Of a TypeScript module (.nc.ts) all nodes are checked, or the one that --node names.',
    'With --json: an array of objects with file, line, column, endLine, endColumn (from 1), severity, code, message and hint.',
  ],
  positionals: [{ name: 'FILE', kind: 'file', many: true }],
  options: [PARAMS_OPTION, NODE_OPTION],
  examples: [
    { line: 'ncbpf check prog.nc', what: 'diagnostics, or nothing' },
    { line: 'ncbpf check rx1.bytecode --params rx1.params.json', what: 'a program in bytecode' },
    { line: 'ncbpf check --json *.nc', what: 'for other programs' },
  ],
  async run(context) {
    const { io, out, json, positionals } = context;
    refuseNodeOption(context, positionals);
    const given = await readGivenParams(context, anyBytecode(positionals));
    const sources = [];
    for (const file of positionals) sources.push({ file, source: await readInput(io.cwd, file) });
    const programs = hasErrors(given.diagnostics) ? [] : sources;
    const results: Checked[] = [given];
    for (const { file, source } of programs) results.push(await checkOne(context, file, source, given.params));
    if (json) out.line(toJson(results.flatMap(({ diagnostics }) => diagnosticsToJson(diagnostics))));
    else for (const { diagnostics, text } of results) printDiagnostics(out, diagnostics, text);
    return results.some(({ diagnostics }) => hasErrors(diagnostics)) ? STATUS.programErrors : STATUS.done;
  },
};
