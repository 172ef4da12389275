import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { LabError } from './errors.mjs';
import { runProgram } from './programs.mjs';

/**
 * A kernel module, unpacked.
 * @typedef {object} Module
 * @property {string} name
 * @property {Buffer} bytes
 */

/**
 * Modules and all that they depend on, each after what it depends on. What is part of the kernel image is left out.
 * The package has no modules.dep (depmod makes it when a kernel is installed), so the modules themselves are asked.
 * @param {string} folder the kernel's lib/modules/RELEASE
 * @param {readonly string[]} names
 * @returns {Module[]}
 * @throws {LabError} the kernel has no such module
 */
export function resolveModules(folder, names) {
  const builtin = new Set(lines(join(folder, 'modules.builtin')).map(moduleName));
  const paths = new Map(moduleFiles(folder).map((path) => [moduleName(path), path]));
  /** @type {Map<string, Module>} */
  const done = new Map();
  /** @param {string} name */
  const visit = (name) => {
    if (name === '' || done.has(name) || builtin.has(name)) return;
    const path = paths.get(name);
    if (path === undefined) throw new LabError(`the kernel in ${folder} has no module ${name}.`);
    const bytes = unpack(path);
    dependenciesOf(bytes).forEach(visit);
    done.set(name, { name, bytes });
  };
  for (const name of names) visit(moduleName(name));
  return [...done.values()];
}

/** @param {string} folder */
function moduleFiles(folder) {
  const entries = readdirSync(join(folder, 'kernel'), { recursive: true, encoding: 'utf8' });
  return entries.filter((path) => /\.ko(\.\w+)?$/.test(path)).map((path) => join(folder, 'kernel', path));
}

/** @param {string} path @returns {string} the name that the kernel uses: underscores only */
function moduleName(path) {
  return basename(path)
    .replace(/\.ko(\.\w+)?$/, '')
    .replaceAll('-', '_');
}

/** @param {string} path */
function unpack(path) {
  if (path.endsWith('.ko')) return readFileSync(path);
  if (!path.endsWith('.xz')) throw new LabError(`${path} is packed in a way that the lab does not know.`);
  const { status, stdout, stderr } = runProgram('xz', ['-dc', path]);
  if (status !== 0) throw new LabError(`cannot unpack ${path}: ${stderr.trim()}.`);
  return stdout;
}

/** @param {Buffer} bytes a module, whose section .modinfo has one "depends=a,b" */
function dependenciesOf(bytes) {
  const start = bytes.indexOf('\0depends=');
  if (start < 0) return [];
  const from = start + '\0depends='.length;
  return bytes.toString('latin1', from, bytes.indexOf(0, from)).split(',').map(moduleName);
}

/** @param {string} path */
function lines(path) {
  return existsSync(path)
    ? readFileSync(path, 'utf8')
        .split('\n')
        .filter((line) => line !== '')
    : [];
}
