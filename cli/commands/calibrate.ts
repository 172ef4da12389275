import { buildProgram } from '../../codegen/build.js';
import { checkSource } from '../../lang/compile.js';
import { MAX_PAYLOAD } from '../../lang/program.js';
import { timeBlocks } from '../../loader/block-times.js';
import { requireInterface, requireKernel, requirePrivileges } from '../../loader/preflight.js';
import { costsOf } from '../calibrate/costs.js';
import { partsOf, programText } from '../calibrate/plan.js';
import type { Command } from '../command.js';
import { STATUS } from '../failure.js';
import { writeOutput } from '../files.js';
import { toJson } from '../json.js';
import { compilerOptions } from '../program-file.js';
import { wholeNumber } from '../whole-number.js';

const ROUNDS = 1000;
const MOST_ROUNDS = 100_000;

async function measure(
  interfaceName: string | null,
  bytes: number,
  rounds: number,
): Promise<ReturnType<typeof costsOf>> {
  const text = programText(bytes);
  const parts = partsOf(bytes);
  const { program, diagnostics } = checkSource(text, 'calibrate.nc');
  if (program === null) throw new Error(diagnostics.map(({ span, message }) => `${span.line}: ${message}`).join('; '));
  const { object, manifest } = await buildProgram(program, Buffer.from(text), compilerOptions());
  const blocks = parts.map(({ frames }) => frames);
  return costsOf(parts, await timeBlocks({ object, manifest, blocks, rounds }, interfaceName));
}

/** `ncbpf calibrate` */
export const calibrate: Command = {
  words: ['calibrate'],
  summary: 'measure how long instructions take on this machine, for verify --costs',
  onSignal: 'finishes',
  description: [
    'Compiles a program with a block for each kind of instruction, runs it in the kernel a thousand times on a veth pair of its own, and prints what one ' +
      'instruction takes, as JSON: the least, and what 99 of 100 runs keep to. docs/verify.md says what is in it. Needs clang, and CAP_BPF and CAP_NET_ADMIN.',
    'No frame leaves the machine. With IFACE the pair has the queueing discipline of that interface, through which frames go.',
  ],
  positionals: [{ name: 'IFACE', kind: 'interface', optional: true }],
  options: [
    { name: 'output', short: 'o', argument: 'OUT', summary: 'write the file here, in place of standard output' },
    { name: 'bytes', argument: 'N', summary: `the longest byte string that your programs have (${MAX_PAYLOAD})` },
    { name: 'rounds', argument: 'N', summary: `how often each instruction is measured (${ROUNDS})` },
  ],
  examples: [
    { line: 'ncbpf calibrate -o costs.json', what: 'then: ncbpf verify tx.nc rx.nc --costs costs.json' },
    { line: 'ncbpf calibrate eth0 --bytes 64', what: 'with frames through a queueing discipline like that of eth0' },
  ],
  async run(context) {
    const { io, out, json, positionals, option } = context;
    const rounds = wholeNumber(context, 'rounds', { standard: ROUNDS, least: 1, most: MOST_ROUNDS });
    const bytes = wholeNumber(context, 'bytes', { standard: MAX_PAYLOAD, least: 1, most: MAX_PAYLOAD });
    const output = option('output');
    requireKernel();
    requirePrivileges('measuring instructions');
    const interfaceName = positionals[0] ?? null;
    // Before the compiler runs.
    if (interfaceName !== null) await requireInterface(interfaceName);
    const costs = await measure(interfaceName, bytes, rounds);
    if (output !== undefined) await writeOutput(io.cwd, output, `${toJson(costs)}\n`);
    if (output === undefined) out.line(toJson(costs));
    else if (json) out.line(toJson({ output, costs }));
    return STATUS.done;
  },
};
