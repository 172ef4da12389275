// Plays the programs that the user named, by the script that the user named.
import type { JsonDiagnostic } from '../../lang/render.js';
import { UsageError } from '../../loader/errors.js';
import { defaultMac } from '../../schedule/verify/system.js';
import type { Context } from '../command.js';
import { formatDuration, parseDuration } from '../duration.js';
import { readInputOrStandard, shownName } from '../files.js';
import { parseRate } from '../rate.js';
import { nodeNames, readPrograms, type NamedProgram } from '../verify/input.js';
import { play, type Plan, type Played } from './player.js';
import { NO_SCRIPT, readScript, type Script } from './script-file.js';
import { scriptInstant, stepsOf, type PlayedNode } from './steps.js';

const DEFAULT_FOR_NS = 100_000_000n;
const DEFAULT_RATE = 1e9;
const MOST_NODES = 256;

/** What was played, and what came of it; null when a program has errors. */
export interface Simulation {
  readonly simulated: { readonly nodes: readonly PlayedNode[]; readonly played: Played } | null;
  /** What was said of the programs. */
  readonly diagnostics: readonly JsonDiagnostic[];
}

/**
 * Reads programs and script and plays them.
 * @throws UsageError, PermissionError
 */
export async function simulatePrograms(context: Context): Promise<Simulation> {
  const length = context.option('for');
  const untilNs = length === undefined ? DEFAULT_FOR_NS : parseDuration(length, '--for');
  const script = await scriptOf(context);
  const diagnostics: JsonDiagnostic[] = [];
  const programs = await programsOf(context, diagnostics);
  if (programs === null) return { simulated: null, diagnostics };
  const { nodes, plan } = naming(context.option('script'), () => planOf(programs, script, untilNs));
  return { simulated: { nodes, played: play(nodes, plan) }, diagnostics };
}

function planOf(
  programs: readonly NamedProgram[],
  script: Script,
  untilNs: bigint,
): { nodes: PlayedNode[]; plan: Plan } {
  const nodes = playedNodes(programs, script);
  const steps = stepsOf(script, nodes);
  const last = steps.at(-1);
  if (last !== undefined && last.atNs > untilNs) {
    throw new UsageError(
      `it goes on until ${formatDuration(last.atNs)}, the simulation ends at ${formatDuration(untilNs)}: give a longer --for`,
    );
  }
  const delayNs = script.delay === undefined ? 0n : scriptInstant(script.delay, 'delay');
  return { nodes, plan: { steps, untilNs, delayNs, rate: parseRate(script.rate) ?? DEFAULT_RATE } };
}

/** What is wrong with a script is said with its file. */
function naming<T>(file: string | undefined, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (file === undefined || !(error instanceof UsageError)) throw error;
    throw new UsageError(`${shownName(file)}: ${error.message}`, { cause: error });
  }
}

async function scriptOf({ io, option }: Context): Promise<Script> {
  const path = option('script');
  if (path === undefined) return NO_SCRIPT;
  return readScript(shownName(path), (await readInputOrStandard(io, path)).toString('utf8'));
}

async function programsOf(context: Context, said: JsonDiagnostic[]): Promise<NamedProgram[] | null> {
  const programs: NamedProgram[] = [];
  let failed = false;
  for (const file of context.positionals) {
    const read = await readPrograms(context, file, said);
    if (read === null) failed = true;
    else programs.push(...read);
  }
  return failed ? null : programs;
}

function playedNodes(programs: readonly NamedProgram[], { nodes: given = {} }: Script): PlayedNode[] {
  if (programs.length === 0) throw new UsageError('there is no program to simulate');
  if (programs.length > MOST_NODES) throw new UsageError(`there are more than ${MOST_NODES} nodes: name fewer`);
  const names = nodeNames(programs);
  const stranger = Object.keys(given).find((name) => !names.includes(name));
  if (stranger !== undefined) {
    throw new UsageError(`there is no node ${stranger.slice(0, 63)}, the nodes are ${names.join(', ')}`);
  }
  const nodes = programs.map(({ file, program }, index): PlayedNode => {
    const name = names[index]!;
    const said = given[name] ?? {};
    return { program, file, name, mac: said.mac ?? defaultMac(index), startNs: startOf(said.start, name) };
  });
  const macs = nodes.map(({ mac }) => mac);
  const twice = macs.find((mac, index) => macs.indexOf(mac) !== index);
  if (twice !== undefined) throw new UsageError(`two nodes have the address ${twice}: give each its own`);
  return nodes;
}

function startOf(start: string | number | undefined, name: string): bigint | null {
  if (start === 'hold') return null;
  return start === undefined ? 0n : scriptInstant(start, `nodes.${name}.start`);
}
