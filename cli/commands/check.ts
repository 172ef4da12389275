import { checkSource } from '../../lang/compile.js';
import { diagnosticsToJson } from '../../lang/render.js';
import type { Command } from '../command.js';
import { STATUS } from '../failure.js';
import { readInput } from '../files.js';
import { toJson } from '../json.js';
import { hasErrors, printDiagnostics } from '../program-file.js';

/** `ncbpf check` */
export const check: Command = {
  words: ['check'],
  summary: 'say what is wrong with programs',
  description: [
    'Checks programs and prints diagnostics: file, line, column, a code, the line and a hint. The exit status is 1 when there are errors; ' +
      'warnings alone give 0. Needs no privilege and asks nothing of the kernel.',
    'With --json: an array of objects with file, line, column, endLine, endColumn (from 1), severity, code, message and hint.',
  ],
  positionals: [{ name: 'FILE', kind: 'file', many: true }],
  options: [],
  examples: [
    { line: 'ncbpf check prog.nc', what: 'diagnostics, or nothing' },
    { line: 'ncbpf check --json *.nc', what: 'for other programs' },
  ],
  async run({ io, out, json, positionals }) {
    const sources = [];
    for (const file of positionals) sources.push({ file, source: await readInput(io.cwd, file) });
    const results = sources.map(({ file, source }) => ({ source, diagnostics: checkSource(source, file).diagnostics }));
    if (json) out.line(toJson(results.flatMap(({ diagnostics }) => diagnosticsToJson(diagnostics))));
    else for (const { diagnostics, source } of results) printDiagnostics(out, diagnostics, source);
    return results.some(({ diagnostics }) => hasErrors(diagnostics)) ? STATUS.programErrors : STATUS.done;
  },
};
