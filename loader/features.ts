// What this kernel and this process can do, asked without changing anything that outlives the question.
import { readFileSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { release } from 'node:os';
import { join } from 'node:path';
import { isInBpffs } from './bpffs.js';
import { CommandError, runCommand } from './commands.js';
import { UnsupportedFeatureError } from './errors.js';
import { AddonUnavailableError, native } from './native.js';
import { requireKernel } from './preflight.js';
import type { Roots } from './roots.js';

/** `null`: it cannot be known here, for want of a permission or of type information. */
export type Answer = boolean | null;

export interface KernelFeatures {
  readonly release: string;
  /** Linux 6.1 or later. */
  readonly supported: boolean;
  /** Type information of the kernel, /sys/kernel/btf/vmlinux. */
  readonly btf: boolean;
  readonly xdp: Answer;
  readonly clsact: Answer;
  readonly fq: Answer;
  readonly bpfLoop: Answer;
  readonly testRun: Answer;
}

export interface ProcessFeatures {
  /** Why the addon cannot be used, or null. */
  readonly addonProblem: string | null;
  readonly libbpf: string | null;
  readonly capabilities: readonly string[];
}

const BTF = '/sys/kernel/btf/vmlinux';
/** Functions of the kernel that are there when the feature is. */
const SYMBOLS = { xdp: 'bpf_xdp_link_attach', bpfLoop: 'bpf_loop', testRun: 'bpf_prog_test_run_skb' } as const;
/** Names of the modules; the functions of those that are built in are in the kernel's type information. */
const QDISCS = {
  clsact: { module: 'sch_ingress', symbol: 'clsact_init', place: ['clsact'] },
  fq: { module: 'sch_fq', symbol: 'fq_enqueue', place: ['root', 'fq'] },
} as const;

function readTypes(): Buffer | null {
  try {
    return readFileSync(BTF);
  } catch {
    return null;
  }
}

function hasSymbol(types: Buffer | null, symbol: string): Answer {
  return types === null ? null : types.includes(`\0${symbol}\0`);
}

/** Whether the kernel's modules, loaded or not, have one of that name. */
async function hasModule(name: string): Promise<boolean> {
  const folder = join('/lib/modules', release());
  const lists = await Promise.all(
    ['modules.builtin', 'modules.dep'].map((file) => readFile(join(folder, file), 'utf8').catch(() => '')),
  );
  const loaded = await readdir('/sys/module').catch((): string[] => []);
  return loaded.includes(name) || lists.some((list) => list.includes(`/${name}.ko`));
}

/**
 * Tries a qdisc in a network namespace that ends with the command. As with any use of a qdisc, the kernel may load its module.
 * Null where no namespace can be made.
 */
async function tryQdisc(place: readonly string[]): Promise<Answer> {
  try {
    await runCommand('unshare', ['--net', 'tc', 'qdisc', 'add', 'dev', 'lo', ...place]);
    return true;
  } catch (error) {
    if (error instanceof UnsupportedFeatureError) return null;
    if (!(error instanceof CommandError)) throw error;
    return /unknown|not supported|No such file|Invalid argument/i.test(error.stderr) &&
      !error.stderr.includes('unshare')
      ? false
      : null;
  }
}

async function hasQdisc(name: keyof typeof QDISCS, types: Buffer | null): Promise<Answer> {
  const { module, symbol, place } = QDISCS[name];
  const tried = await tryQdisc(place);
  if (tried !== null) return tried;
  return hasSymbol(types, symbol) === true || (await hasModule(module)) || null;
}

function isSupported(version: string): boolean {
  try {
    requireKernel(version);
    return true;
  } catch (error) {
    if (error instanceof UnsupportedFeatureError) return false;
    throw error;
  }
}

/** What the kernel has. */
export async function kernelFeatures(): Promise<KernelFeatures> {
  const types = readTypes();
  return {
    release: release(),
    supported: isSupported(release()),
    btf: types !== null,
    xdp: hasSymbol(types, SYMBOLS.xdp),
    clsact: await hasQdisc('clsact', types),
    fq: await hasQdisc('fq', types),
    bpfLoop: hasSymbol(types, SYMBOLS.bpfLoop),
    testRun: hasSymbol(types, SYMBOLS.testRun),
  };
}

/** What this process has. */
export function processFeatures(): ProcessFeatures {
  try {
    return { addonProblem: null, libbpf: native().libbpfVersion(), capabilities: native().capabilities() };
  } catch (error) {
    if (!(error instanceof AddonUnavailableError)) throw error;
    return { addonProblem: error.message, libbpf: null, capabilities: [] };
  }
}

/** Whether the pins' folder lies in a mounted bpffs; attach mounts /sys/fs/bpf if need be. */
export function bpffsFeature(roots: Roots): { readonly path: string; readonly mounted: boolean } {
  return { path: roots.pins, mounted: isInBpffs(roots.pins) };
}
