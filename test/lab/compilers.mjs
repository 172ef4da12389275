import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath, URL } from 'node:url';
import { LabError } from './errors.mjs';
import { findProgram, runProgram, searchPath } from './programs.mjs';

/** What guests may have the host run. */
const COMPILER = /^(clang(-\d+)?|llvm-strip(-\d+)?|gcc|g\+\+|cc|c\+\+)$/;

const SOURCE = fileURLToPath(new URL('remote-tool.c', import.meta.url));
const FLAGS = ['-O2', '-static', '-std=gnu11', '-Wall', '-Wextra', '-Werror'];

/**
 * The compilers of the host, which guests have by the same paths through remote-tool.c.
 * @returns {Map<string, string>} path by name
 */
export function hostCompilers() {
  const folders = searchPath().filter((folder) => existsSync(folder));
  const names = folders.flatMap((folder) => readdirSync(folder)).filter((name) => COMPILER.test(name));
  const found = [...new Set(names)].sort().map((name) => /** @type {const} */ ([name, findProgram(name) ?? '']));
  return new Map(found.filter(([, path]) => path !== ''));
}

/**
 * Compiles remote-tool.c, once for each of its versions.
 * @param {string} folder where it is kept
 * @returns {string | undefined} its path; undefined when the host has no compiler for itself
 * @throws {LabError} it does not compile
 */
export function buildRemoteTool(folder) {
  const version = createHash('sha256').update(readFileSync(SOURCE)).update(FLAGS.join(' ')).digest('hex').slice(0, 16);
  const path = join(folder, `remote-tool-${version}`);
  if (existsSync(path)) return path;
  const compiler = ['cc', 'gcc', 'clang'].find((name) => findProgram(name) !== undefined);
  if (compiler === undefined) return undefined;
  const fresh = `${path}.${String(process.pid)}`;
  const { status, stderr } = runProgram(compiler, [...FLAGS, '-o', fresh, SOURCE]);
  if (/No space left/.test(stderr)) throw new LabError(`no space left in ${folder}.`);
  if (status !== 0) throw new LabError(`${compiler} cannot compile ${SOURCE}: ${stderr.trim().split('\n')[0] ?? ''}.`);
  renameSync(fresh, path);
  return path;
}
