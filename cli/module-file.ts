// TypeScript modules (`*.nc.ts`) that the user named. Their front end is loaded only when there is one: it brings a compiler.
import { existsSync, readFileSync, statSync } from 'node:fs';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { printTree } from '../lang/print.js';
import type { ReadProgram } from '../lang/read-program.js';
import type { ModuleCheck } from '../lang/typescript/check-module.js';
import { UsageError } from '../loader/errors.js';
import { isNativeError } from '../loader/native.js';
import type { Context, OptionSpec } from './command.js';
import type { Quoted } from './program-file.js';

/** The option, as commands that read modules take it. */
export const NODE_OPTION: OptionSpec = {
  name: 'node',
  argument: 'NAME',
  summary: 'the node that is meant, of a module (.nc.ts) that describes several',
};

export function isModule(file: string): boolean {
  return file.endsWith('.nc.ts');
}

/** Whoever names a node means a module. Throws UsageError. */
export function refuseNodeOption(context: Context, files: readonly string[]): void {
  if (context.option('node') === undefined || files.some(isModule)) return;
  throw new UsageError('--node is for modules (.nc.ts): other programs describe one node');
}

/** The bytes of a module that another one imports; null where there is no regular file that can be read. */
function readImported(path: string): Uint8Array | null {
  try {
    return statSync(path).isFile() ? readFileSync(path) : null;
  } catch (error) {
    if (isNativeError(error)) return null;
    throw error;
  }
}

/** The types of `ncbpf/program`: declarations where ncbpf is built, else their source. */
function programTypes(): string {
  const [built, source] = ['d.ts', 'ts'].map((ending) => {
    return fileURLToPath(new URL(`../lang/typescript/program.${ending}`, import.meta.url));
  });
  return readFileSync(built !== undefined && existsSync(built) ? built : source!, 'utf8');
}

/**
 * Checks a module: all its nodes, or the one that `--node` names.
 * @throws UsageError when there is no such node
 */
export async function checkModuleFile(context: Context, file: string, content: Uint8Array): Promise<ModuleCheck> {
  const { checkModule } = await import('../lang/typescript/check-module.js');
  const node = context.option('node');
  const readFile = (path: string): Uint8Array | null => {
    return path === file ? content : readImported(resolve(context.io.cwd, path));
  };
  const checked = checkModule(file, { readFile, declarations: programTypes() }, node === undefined ? {} : { node });
  if (node !== undefined && checked.nodes.length > 0 && !checked.nodes.includes(node)) {
    throw new UsageError(`${file} describes no node ${node}: ${listOf(checked.nodes)}`);
  }
  return checked;
}

function listOf(nodes: readonly string[]): string {
  return nodes.length === 1 ? `its node is ${nodes[0] ?? ''}` : `its nodes are ${nodes.join(', ')}`;
}

/** A module as a program: `text` is what its text form would be. */
export interface ReadModule {
  /** Null where not even the nodes are known. */
  readonly result: ReadProgram | null;
  readonly diagnostics: ReadProgram['diagnostics'];
  readonly quoted: Quoted;
}

/**
 * Reads the one program of a module.
 * @throws UsageError when it describes several nodes and `--node` names none of them
 */
export async function readModule(context: Context, file: string, content: Uint8Array): Promise<ReadModule> {
  const { nodes, trees, programs, diagnostics, sources } = await checkModuleFile(context, file, content);
  if (nodes.length > 1 && context.option('node') === undefined) {
    throw new UsageError(`${file} describes ${nodes.length} nodes: choose one with --node; ${listOf(nodes)}`);
  }
  const [tree] = trees;
  const result = tree ? { program: programs[0] ?? null, tree, diagnostics, text: printTree(tree) } : null;
  return { result, diagnostics, quoted: sources };
}
