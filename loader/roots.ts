// Where attachments live on the file system.
import { join, resolve } from 'node:path';

export interface Roots {
  /** Folder of the pins, in a bpffs: one folder for each interface. */
  readonly pins: string;
  /** Folder of records, indexes and locks. */
  readonly run: string;
}

export const DEFAULT_PINS = '/sys/fs/bpf/ncbpf';
const DEFAULT_RUN = '/run/ncbpf';

/** The same folders from every working directory: records, the pacer and the watch of a trial name them too. */
export function absoluteRoots({ pins, run }: Roots): Roots {
  return { pins: resolve(pins), run: resolve(run) };
}

/** The roots, moved by NCBPF_PIN_ROOT and NCBPF_RUN_ROOT. */
export function rootsFromEnvironment(env: Readonly<Record<string, string | undefined>>): Roots {
  return absoluteRoots({ pins: env.NCBPF_PIN_ROOT || DEFAULT_PINS, run: env.NCBPF_RUN_ROOT || DEFAULT_RUN });
}

/** bpffs refuses dots in names: `eth0.100` is `eth0%2e100`. */
export function pinFolder(roots: Roots, interfaceName: string): string {
  return join(roots.pins, interfaceName.replaceAll('%', '%25').replaceAll('.', '%2e'));
}

/** The interface whose pins a folder of that name holds. */
export function interfaceOfPinFolder(name: string): string {
  return name.replaceAll('%2e', '.').replaceAll('%25', '%');
}

export function recordPath(roots: Roots, interfaceName: string): string {
  return join(roots.run, `${interfaceName}.json`);
}

/** Text index of the variables, for applications without ncbpf. */
export function variableIndexPath(roots: Roots, interfaceName: string): string {
  return join(roots.run, `${interfaceName}.vars`);
}

/** Locks by which applications claim variables for writing. */
export function writersPath(roots: Roots, interfaceName: string): string {
  return join(roots.run, `${interfaceName}.writers`);
}

export function lockPath(roots: Roots, interfaceName: string): string {
  return join(roots.run, `.${interfaceName}.lock`);
}

const INTERFACE_NAME = /^(?!\.{1,2}$)[^\s/:]{1,15}$/;

/** Whether the kernel would take this as an interface's name. */
export function isInterfaceName(name: string): boolean {
  return INTERFACE_NAME.test(name) && Buffer.byteLength(name) <= 15;
}
