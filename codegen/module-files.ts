// TypeScript modules (`*.nc.ts`) on the file system, as their front end wants them. That is loaded only when there is one: it brings a compiler.
import { existsSync, readFileSync, statSync } from 'node:fs';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { ModuleCheck } from '../lang/typescript/check-module.js';

/** Whether a file is a module, by its name. */
export function isModule(file: string): boolean {
  return file.endsWith('.nc.ts');
}

/** The bytes of a module that another one imports; null where there is no regular file that can be read. */
function readImported(path: string): Uint8Array | null {
  try {
    return statSync(path).isFile() ? readFileSync(path) : null;
  } catch {
    return null;
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
 * Checks a module with this content: all its nodes, or the one of the name `node`. What it imports is read from its folder;
 * `file` is its path from `cwd`, as diagnostics show it.
 */
export async function checkModuleIn(
  cwd: string,
  file: string,
  content: Uint8Array,
  node: string | undefined,
): Promise<ModuleCheck> {
  const { checkModule } = await import('../lang/typescript/check-module.js');
  const readFile = (path: string) => (path === file ? content : readImported(resolve(cwd, path)));
  return checkModule(file, { readFile, declarations: programTypes() }, node === undefined ? {} : { node });
}
