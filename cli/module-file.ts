// TypeScript modules (`*.nc.ts`) that the user named.
import { checkModuleIn, isModule } from '../codegen/module-files.js';
import { printTree } from '../lang/print.js';
import type { ReadProgram } from '../lang/read-program.js';
import type { Quoted } from '../lang/render.js';
import type { ModuleCheck } from '../lang/typescript/check-module.js';
import { UsageError } from '../loader/errors.js';
import type { Context, OptionSpec } from './command.js';

/** The option, as commands that read modules take it. */
export const NODE_OPTION: OptionSpec = {
  name: 'node',
  argument: 'NAME',
  summary: 'the node that is meant, of a module (.nc.ts) that describes several',
};

/** Whoever names a node means a module. Throws UsageError. */
export function refuseNodeOption(context: Context, files: readonly string[]): void {
  if (context.option('node') === undefined || files.some(isModule)) return;
  throw new UsageError('--node is for modules (.nc.ts): other programs describe one node');
}

/**
 * Checks a module: all its nodes, or the one that `--node` names.
 * @throws UsageError when there is no such node
 */
export async function checkModuleFile(context: Context, file: string, content: Uint8Array): Promise<ModuleCheck> {
  const node = context.option('node');
  const checked = await checkModuleIn(context.io.cwd, file, content, node);
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
