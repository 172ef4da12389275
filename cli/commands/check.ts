import { isModule } from '../../codegen/module-files.js';
import type { Params } from '../../lang/bytecode/params.js';
import type { Diagnostic } from '../../lang/diagnostic.js';
import { readProgram } from '../../lang/read-program.js';
import { diagnosticsToJson, type Quoted } from '../../lang/render.js';
import type { Command, Context } from '../command.js';
import { eachFile } from '../each-file.js';
import { STATUS } from '../failure.js';
import { readInput, refuseBundle } from '../files.js';
import { toJson } from '../json.js';
import { checkModuleFile, NODE_OPTION, refuseNodeOption } from '../module-file.js';
import { DEFAULT_RATE } from '../../schedule/verify/system.js';
import { withWireTime } from '../../schedule/warn/wire.js';
import { anyBytecode, PARAMS_OPTION, readGivenParams } from '../params-file.js';
import { hasErrors, printDiagnostics } from '../program-file.js';
import { parseRate } from '../rate.js';

interface Checked {
  readonly diagnostics: readonly Diagnostic[];
  readonly text: Quoted;
}

async function checkOne(context: Context, file: string, source: Uint8Array, params: Params | null): Promise<Checked> {
  const rate = parseRate(context.option('rate')) ?? DEFAULT_RATE;
  if (!isModule(file)) {
    const { program, diagnostics, text } = readProgram(source, file, params);
    return { diagnostics: withWireTime(diagnostics, program === null ? [] : [program], [file], rate), text };
  }
  const { programs, diagnostics, sources } = await checkModuleFile(context, file, source);
  return { diagnostics: withWireTime(diagnostics, programs, [...sources.keys()], rate), text: sources };
}

interface Named {
  readonly file: string;
  readonly source: Uint8Array;
}

async function readOne({ io }: Context, file: string): Promise<Named> {
  const source = await readInput(io.cwd, file);
  refuseBundle(source, file);
  return { file, source };
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
    'A file that cannot be read is named, the others are checked, and the exit status is 2 (3 without permission).',
    'Warnings say what is most often a mistake: loops that a counter never ends, handlers and snapshots without effect, queues and futures that pile up, ' +
      'frames that are still on the wire at the next instant. docs/diagnostics.md says what each means.',
    'With --json: an array of objects with file, line, column, endLine, endColumn (from 1), severity, code, message and hint.',
  ],
  positionals: [{ name: 'FILE', kind: 'file', many: true }],
  options: [
    {
      name: 'rate',
      argument: 'RATE',
      summary: 'speed of the link, for what its frames take: 100mbit (default), 1gbit, ...',
    },
    PARAMS_OPTION,
    NODE_OPTION,
  ],
  examples: [
    { line: 'ncbpf check prog.nc', what: 'diagnostics, or nothing' },
    { line: 'ncbpf check rx1.bytecode --params rx1.params.json', what: 'a program in bytecode' },
    { line: 'ncbpf check --json *.nc', what: 'for other programs' },
  ],
  async run(context) {
    const { out, json, positionals } = context;
    refuseNodeOption(context, positionals);
    const given = await readGivenParams(context, anyBytecode(positionals));
    const { results: sources, status } = await eachFile(context, (file) => readOne(context, file));
    const programs = hasErrors(given.diagnostics) ? [] : sources;
    const results: Checked[] = [given];
    for (const { file, source } of programs) results.push(await checkOne(context, file, source, given.params));
    if (json) out.line(toJson(results.flatMap(({ diagnostics }) => diagnosticsToJson(diagnostics))));
    else for (const { diagnostics, text } of results) printDiagnostics(out, diagnostics, text);
    if (status !== null) return status;
    return results.some(({ diagnostics }) => hasErrors(diagnostics)) ? STATUS.programErrors : STATUS.done;
  },
};
