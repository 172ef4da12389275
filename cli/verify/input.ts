// The system that the user named: programs, modules with their nodes, or a network file that names the programs.
import { dirname, join } from 'node:path';
import { isModule } from '../../codegen/module-files.js';
import { readProgram } from '../../lang/read-program.js';
import type { Program } from '../../lang/program.js';
import type { JsonDiagnostic } from '../../lang/render.js';
import { UsageError } from '../../loader/errors.js';
import { defaultMac, type System, type SystemNode } from '../../schedule/verify/system.js';
import type { Context } from '../command.js';
import { readInput, refuseBundle } from '../files.js';
import { checkModuleFile } from '../module-file.js';
import { anyBytecode, readGivenParams } from '../params-file.js';
import { hasErrors, reportDiagnostics } from '../program-file.js';
import { parseRate } from '../rate.js';
import { mediaOf, networkDuration, readNetwork, type Network } from './network.js';

/** A program and the file that the user named. */
export interface NamedProgram {
  readonly file: string;
  readonly program: Program;
}

/**
 * Reads the system; null when a program has errors, which have been said.
 * @throws UsageError, PermissionError
 */
export async function readSystem(context: Context): Promise<System | null> {
  const { files, network } = await inputsOf(context);
  const programs: NamedProgram[] = [];
  if (!anyBytecode(files)) await readGivenParams(context, false);
  let failed = false;
  for (const file of files) {
    const read = await readPrograms(context, file);
    if (read === null) failed = true;
    else programs.push(...read);
  }
  if (failed) return null;
  if (programs.length === 0) throw new UsageError('there is no program among the files');
  return systemOf(programs, network, parseRate(context.option('rate')));
}

const NO_PARAMS = { params: null, diagnostics: [], text: '' };

/**
 * The network of a file; without one, that of `verify` without options.
 * @throws UsageError, PermissionError
 */
export async function networkAt({ io }: Context, path: string | undefined): Promise<Network> {
  return path === undefined ? {} : readNetwork(path, (await readInput(io.cwd, path)).toString('utf8'));
}

/** A network file among the files stands for the programs that it names. */
async function inputsOf(context: Context): Promise<{ files: string[]; network: Network }> {
  const { positionals } = context;
  const given = context.option('network');
  const [named, ...more] = positionals.filter((file) => file.endsWith('.json'));
  if (more.length > 0 || (named !== undefined && given !== undefined)) {
    throw new UsageError('there can be one network file only');
  }
  const path = given ?? named;
  const network = await networkAt(context, path);
  const programs = positionals.filter((file) => file !== named);
  if (programs.length > 0 || path === undefined) return { files: programs, network };
  const files = Object.values(network.nodes ?? {}).flatMap(({ file }) => (file === undefined ? [] : [file]));
  return { files: [...new Set(files)].map((file) => join(dirname(path), file)), network };
}

/**
 * The programs of a file; null when it has errors, which have been said; `said` gets them.
 * @throws UsageError, PermissionError
 */
export async function readPrograms(
  context: Context,
  file: string,
  said: JsonDiagnostic[] = [],
): Promise<NamedProgram[] | null> {
  const source = await readInput(context.io.cwd, file);
  refuseBundle(source, file);
  if (isModule(file)) {
    const { programs, diagnostics, sources } = await checkModuleFile(context, file, source);
    said.push(...reportDiagnostics(context, diagnostics, sources));
    return hasErrors(diagnostics) ? null : programs.map((program) => ({ file, program }));
  }
  const given = anyBytecode([file]) ? await readGivenParams(context, true) : NO_PARAMS;
  said.push(...reportDiagnostics(context, given.diagnostics, given.text));
  if (hasErrors(given.diagnostics)) return null;
  const { program, diagnostics, text } = readProgram(source, file, given.params);
  said.push(...reportDiagnostics(context, diagnostics, text));
  return program === null ? null : [{ file, program }];
}

/** The names of the nodes: the second one of a name is called NAME_2. */
export function nodeNames(programs: readonly NamedProgram[]): string[] {
  return programs.map(({ program }, index) => {
    const same = programs.slice(0, index).filter((each) => each.program.node === program.node).length;
    return same === 0 ? program.node : `${program.node}_${same + 1}`;
  });
}

/**
 * The system of these programs, with addresses in their order where the network gives none.
 * @throws UsageError
 */
export function systemOf(programs: readonly NamedProgram[], network: Network, rate: number | null): System {
  const names = nodeNames(programs);
  for (const name of Object.keys(network.nodes ?? {})) {
    if (!names.includes(name)) {
      throw new UsageError(`the network names a node ${name}, but the nodes are ${names.join(', ')}`);
    }
  }
  const nodes = programs.map(({ file, program }, index): SystemNode => {
    const given = network.nodes?.[names[index]!];
    const mac = given?.mac?.toLowerCase() ?? defaultMac(index);
    return { program, file, name: names[index]!, mac, startNs: networkDuration(given?.start, 'start') };
  });
  const macs = nodes.map(({ mac }) => mac);
  const twice = macs.find((mac, index) => macs.indexOf(mac) !== index);
  if (twice !== undefined) throw new UsageError(`two nodes have the address ${twice}: give each its own`);
  return { nodes, media: mediaOf(network, names, rate) };
}
