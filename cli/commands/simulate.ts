import { UsageError } from '../../loader/errors.js';
import type { Program } from '../../lang/program.js';
import { replay } from '../../schedule/verify/replay.js';
import { exactTime, renderTimeline } from '../../schedule/verify/timeline.js';
import type { Trace } from '../../schedule/verify/trace.js';
import { PROPERTIES } from '../../schedule/verify/violation.js';
import type { Command, Context } from '../command.js';
import { STATUS } from '../failure.js';
import { readInputOrStandard, shownName } from '../files.js';
import { toJson } from '../json.js';
import { NODE_OPTION, refuseNodeOption } from '../module-file.js';
import { anyBytecode, PARAMS_OPTION, readGivenParams } from '../params-file.js';
import { SIMULATION_LIMITS } from '../simulate/player.js';
import { resultOf } from '../simulate/result.js';
import { simulatePrograms } from '../simulate/run.js';
import { MOST_SCRIPT_EVENTS } from '../simulate/script-file.js';
import { remainsOf, timelineOf } from '../simulate/timeline.js';
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

/** Plays a counterexample of verify. */
async function playAgain(context: Context, file: string): Promise<number> {
  const { io, out, json, option, positionals } = context;
  if (positionals.length > 0) throw new UsageError('--replay takes its programs from the trace: name none beside it');
  const text = (await readInputOrStandard(io, file)).toString('utf8');
  const trace = readTrace(shownName(file), text, option('property'));
  if (trace.costs === true)
    throw new UsageError(
      'a run with --costs or --drift cannot be played: in the simulator instructions take no time and clocks do not drift',
    );
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
}

/** Plays programs. */
async function playPrograms(context: Context): Promise<number> {
  const { out, json, positionals, option } = context;
  if (positionals.length === 0) {
    throw new UsageError('say what to play: programs, or --replay with what verify --json printed');
  }
  if (option('property') !== undefined) throw new UsageError('--property goes with --replay');
  refuseNodeOption(context, positionals);
  if (!anyBytecode(positionals)) await readGivenParams(context, false);
  const { simulated, diagnostics } = await simulatePrograms(context);
  if (simulated === null) {
    if (json) out.line(toJson({ diagnostics }));
    return STATUS.programErrors;
  }
  const { nodes, played } = simulated;
  if (json) out.line(toJson({ ...resultOf(nodes, played), diagnostics }));
  else for (const line of [...timelineOf(nodes, played), ...remainsOf(nodes, played)]) out.line(line);
  return STATUS.done;
}

/** `ncbpf simulate` */
export const simulate: Command = {
  words: ['simulate'],
  summary: 'play programs in virtual time, by a script, or a run that verify has found',
  onSignal: 'dies',
  description: [
    'Plays one node, or several that are joined on one wire, through the machine of the language: without a kernel, in virtual time, exactly. The script says ' +
      'what happens to them and when: frames, writes of applications, stalls, sends that the kernel refuses, lost and repeated frames, stop and start, ordinary ' +
      'traffic at the gate. docs/simulate.md describes it and the answer.',
    'Prints what happened, instant by instant, and what is left. With --json: {end, frames, blocks, events, nodes, diagnostics}; of programs with errors {diagnostics}. Nodes get the addresses ' +
      '02:00:00:00:00:01, :02, ... in their order and start at 0, where the script says nothing else.',
    `Bounds: ${MOST_SCRIPT_EVENTS} events in a script; ${SIMULATION_LIMITS.blocks} blocks, ${SIMULATION_LIMITS.events} events and ` +
      `${SIMULATION_LIMITS.frameBytes} bytes of frames in a simulation. Beyond one of them the exit status is 2.`,
    'With --replay: plays a counterexample of verify, with the same choices, losses and lengths; the simulator does not know the verifier. Prints the run, and says ' +
      'whether the property fails there at the same instant; if it does not, the programs have changed since, or one of the two is wrong. The exit status is 0 when ' +
      'the simulator shows the same, 1 when it does not. The files are those that verify was given, from the same folder.',
  ],
  positionals: [{ name: 'FILE', kind: 'file', many: true, optional: true }],
  options: [
    { name: 'script', argument: 'FILE', summary: 'what happens to the nodes, as JSON; `-` is standard input' },
    { name: 'for', argument: 'DURATION', summary: 'play until this instant, itself included (100ms)' },
    {
      name: 'replay',
      argument: 'TRACE',
      summary: 'what verify --json printed, or one trace of it; `-` is standard input',
    },
    { name: 'property', choices: PROPERTIES, summary: 'which trace, where there are several (the first)' },
    PARAMS_OPTION,
    NODE_OPTION,
  ],
  examples: [
    { line: 'ncbpf simulate tx.nc rx.nc --for 10ms', what: 'two nodes on one wire' },
    { line: 'ncbpf simulate rx.nc --script script.json --json', what: 'one node, fed by a script' },
    { line: 'ncbpf simulate --replay answer.json', what: 'the first property that fails' },
  ],
  run(context) {
    const trace = context.option('replay');
    if (trace === undefined) return playPrograms(context);
    const other = ['script', 'for', 'node'].find((name) => context.option(name) !== undefined);
    if (other !== undefined) throw new UsageError(`--${other} does not go with --replay: the trace says it`);
    return playAgain(context, trace);
  },
};
