import {
  formOf,
  FORMS,
  translate as translateSource,
  translationRefusal,
  type Form,
} from '../../lang/bytecode/translate.js';
import { UsageError } from '../../loader/errors.js';
import type { Command, Context } from '../command.js';
import { STATUS } from '../failure.js';
import { readInputOrStandard, writeOutput } from '../files.js';
import { toJson } from '../json.js';
import { PARAMS_OPTION, readGivenParams } from '../params-file.js';
import { hasErrors, reportDiagnostics } from '../program-file.js';

const LISTING = 'listing';
const CHOICES = [...FORMS, LISTING];

/** The form of one side: what its option says, else what its name ends in. */
function sideOf(context: Context, file: string, option: 'from' | 'to'): Form {
  const chosen = context.option(option);
  const form = chosen === LISTING ? 'lst' : (FORMS.find((name) => name === chosen) ?? formOf(file));
  if (form !== null) return form;
  const endings = FORMS.map((name) => `.${name}`).join(', ');
  throw new UsageError(
    file === '-'
      ? `--${option} is missing: \`-\` has no ending that says what it is`
      : `what ${file} is cannot be told by its name: say it with --${option}, or end it in one of ${endings}`,
  );
}

async function hand(context: Context, output: string, content: string | Uint8Array): Promise<void> {
  if (output !== '-') await writeOutput(context.io.cwd, output, content);
  else if (!context.json) context.out.write(content);
}

function answer(output: string, content: string | Uint8Array | null): Record<string, unknown> {
  if (output !== '-' || content === null) return { output: content === null ? null : output };
  return typeof content === 'string' ? { text: content } : { hex: Buffer.from(content).toString('hex') };
}

/** `ncbpf translate` */
export const translate: Command = {
  words: ['translate'],
  summary: "between text, the predecessor's bytecode, and listings",
  description: [
    'Translates a program by the endings of the two names: .nc (text), .bytecode (hardware words), .ncm (software records), .lst (a listing, ' +
      'which can only be written), and its params: .params.json, .ncmp (binary). `-` is standard input or output; then --from and --to say ' +
      'what it is.',
    'What is written is canonical: bits without a meaning are zero, and a warning names those that were dropped. What a format cannot hold is ' +
      'refused, instruction by instruction; declarations that it lacks are lost, with a warning. Names out of bytecode are made up: v0, m0, c0, ' +
      'ch0, and L4 for the label of record 4.',
    'Bytecode does not name the senders of its channels. To make a text of a program that receives, give its params.',
    'With --json: {from, to, output, diagnostics}; in place of output, text or hex where the output is `-`.',
  ],
  positionals: [
    { name: 'IN', kind: 'file' },
    { name: 'OUT', kind: 'file' },
  ],
  options: [
    { name: 'from', choices: CHOICES, summary: 'what IN is' },
    { name: 'to', choices: CHOICES, summary: 'what OUT is to be' },
    PARAMS_OPTION,
  ],
  examples: [
    { line: 'ncbpf translate rx1.bytecode rx1.nc --params rx1.params.json', what: 'as a text' },
    { line: 'ncbpf translate prog.nc prog.ncm', what: 'as software records' },
    { line: 'ncbpf translate prog.nc prog.params.json', what: 'the senders of its channels' },
    { line: 'ncbpf translate vm1.ncm - --to listing', what: 'a listing, on the terminal' },
  ],
  async run(context) {
    const [input = '', output = ''] = context.positionals;
    const [from, to] = [sideOf(context, input, 'from'), sideOf(context, output, 'to')];
    const refusal = translationRefusal({ from, to });
    if (refusal !== null) throw new UsageError(refusal);
    const given = await readGivenParams(context, from === 'ncm' || from === 'bytecode');
    const ofParams = reportDiagnostics(context, given.diagnostics, given.text);
    const source = await readInputOrStandard(context.io, input);
    const done = hasErrors(given.diagnostics)
      ? { content: null, diagnostics: [], text: '' }
      : translateSource(source, input, { from, to, params: given.params });
    const said = [...ofParams, ...reportDiagnostics(context, done.diagnostics, done.text)];
    if (done.content !== null) await hand(context, output, done.content);
    if (context.json) context.out.line(toJson({ from, to, ...answer(output, done.content), diagnostics: said }));
    return done.content === null ? STATUS.programErrors : STATUS.done;
  },
};
