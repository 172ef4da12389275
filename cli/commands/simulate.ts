import { UsageError } from '../../loader/errors.js';
import type { Program } from '../../lang/program.js';
import { replay } from '../../schedule/verify/replay.js';
import { exactTime, renderTimeline } from '../../schedule/verify/timeline.js';
import type { Trace } from '../../schedule/verify/trace.js';
import { PROPERTIES } from '../../schedule/verify/violation.js';
import type { Command, Context } from '../command.js';
import { STATUS } from '../failure.js';
import { readInput } from '../files.js';
import { toJson } from '../json.js';
import { PARAMS_OPTION } from '../params-file.js';
import { readPrograms, type NamedProgram } from '../verify/input.js';
import { readTrace } from '../verify/trace-file.js';

/** The programs of a trace, in its order; null when one has errors, which have been said. */
async function programsOf(context: Context, trace: Trace): Promise<Program[] | null> {
  const byFile = new Map<string, NamedProgram[]>();
  for (const file of new Set(trace.nodes.map((node) => node.file))) {
    const programs = await readPrograms(context, file);
    if (programs === null) return null;
    byFile.set(file, programs);
  }
  return trace.nodes.map(({ node, file }) => {
    const programs = byFile.get(file) ?? [];
    // The second node of a name is called NAME_2.
    const found =
      programs.find(({ program }) => program.node === node) ?? (programs.length === 1 ? programs[0] : undefined);
    if (found === undefined) throw new UsageError(`${file} describes no node ${node} any more: verify it again`);
    return found.program;
  });
}

/** `ncbpf simulate` */
export const simulate: Command = {
  words: ['simulate'],
  summary: 'play a run that verify has found through the simulator',
  description: [
    'Plays a counterexample of verify in the simulator of the language, which does not know the verifier: the same choices, losses and lengths. Prints ' +
      'the run, and says whether the property fails there at the same instant; if it does not, the programs have changed since, or one of the two is wrong.',
    'The exit status is 0 when the simulator shows the same, 1 when it does not. The files are those that verify was given, from the same folder.',
  ],
  positionals: [],
  options: [
    { name: 'replay', argument: 'TRACE', summary: 'what verify --json printed, or one trace of it' },
    { name: 'property', choices: PROPERTIES, summary: 'which trace, where there are several (the first)' },
    PARAMS_OPTION,
  ],
  examples: [{ line: 'ncbpf simulate --replay answer.json', what: 'the first property that fails' }],
  async run(context) {
    const { io, out, json, option } = context;
    const file = option('replay');
    if (file === undefined) throw new UsageError('say what to play: --replay with what verify --json printed');
    const trace = readTrace(file, (await readInput(io.cwd, file)).toString('utf8'), option('property'));
    if (trace.costs === true)
      throw new UsageError('a run with --costs cannot be played: instructions of the simulator take no time');
    if (trace.property === 'recovers' || trace.property === 'gate') {
      throw new UsageError(`${trace.property} cannot be played: it is about more than one run or instant`);
    }
    const programs = await programsOf(context, trace);
    if (programs === null) return STATUS.programErrors;
    const { same, failures } = replay(trace, programs);
    const { property, at } = trace;
    if (json) out.line(toJson({ property, at, same, failures }));
    else {
      for (const line of renderTimeline(trace)) out.line(line);
      out.line(`${property} ${same ? 'fails' : 'does NOT fail'} in the simulator at ${exactTime(at)}`);
    }
    return same ? STATUS.done : STATUS.programErrors;
  },
};
