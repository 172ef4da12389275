import { bindingOf, type Binding } from '../bindings/binding.js';
import { UsageError } from '../../loader/errors.js';
import type { Command } from '../command.js';
import { checkFile } from '../compile-file.js';
import { STATUS } from '../failure.js';
import { writeOutput } from '../files.js';
import { toJson } from '../json.js';
import { PARAMS_OPTION } from '../params-file.js';

/** By the ending of the output. Loaded when used: the one for TypeScript takes its time. */
const GENERATORS: ReadonlyMap<string, () => Promise<(binding: Binding) => string>> = new Map([
  ['ts', async () => (await import('../bindings/typescript.js')).typescriptBindings],
  ['h', async () => (await import('../bindings/c.js')).cBindings],
  ['py', async () => (await import('../bindings/python.js')).pythonBindings],
]);

/** `ncbpf bindings` */
export const bindings: Command = {
  words: ['bindings'],
  summary: 'write a typed module for the variables of a program',
  description: [
    'Writes a module for applications that read and write the variables of a program, by the ending of OUT: .ts (a typed object: a wrong name or ' +
      'type is an error of the compiler), .h (C functions on top of ncbpf_vars.h) or .py (Python with ctypes and mmap). Comments say who writes a ' +
      'variable and how large it is. What is opened is compared with the module: another program on the interface is an error.',
    'Of a queue there is what applications may do with it: `queues.NAME.append(value)`, `.take()` and `.look()` in TypeScript, the same of ' +
      '`variables.NAME` in Python, and functions NODE_append_NAME, NODE_take_NAME and NODE_look_NAME in C, where NODE_appender_NAME and ' +
      'NODE_taker_NAME claim it first.',
    'With --json: {output, variables, diagnostics}.',
  ],
  positionals: [{ name: 'FILE', kind: 'file' }],
  options: [
    { name: 'output', short: 'o', argument: 'OUT', summary: 'where to write: *.ts, *.h or *.py' },
    PARAMS_OPTION,
  ],
  examples: [
    { line: 'ncbpf bindings prog.nc -o vars.ts', what: 'then: openVariables("eth0").variables.temperature' },
    { line: 'ncbpf bindings prog.nc -o vars.h', what: 'for C and C++' },
    { line: 'ncbpf bindings prog.nc -o vars.py', what: 'for Python' },
  ],
  async run(context) {
    const [file = ''] = context.positionals;
    const output = context.option('output');
    if (output === undefined) throw new UsageError('-o OUT is missing: `ncbpf bindings FILE -o vars.ts`');
    const generator = GENERATORS.get(/\.(\w+)$/.exec(output)?.[1] ?? '');
    if (generator === undefined)
      throw new UsageError(`${output} ends in none of .ts, .h and .py: bindings are written for these`);
    const { result, said } = await checkFile(context, file);
    const binding = result?.program ? bindingOf(result.program) : null;
    if (binding !== null) await writeOutput(context.io.cwd, output, (await generator())(binding));
    const variables = binding?.variables.map(({ name }) => name) ?? [];
    if (context.json) context.out.line(toJson({ output: binding && output, variables, diagnostics: said }));
    return binding === null ? STATUS.programErrors : STATUS.done;
  },
};
