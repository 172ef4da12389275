import { Buffer } from 'node:buffer';
import { spawnSync } from 'node:child_process';
import { accessSync, closeSync, constants, openSync, readSync, realpathSync } from 'node:fs';
import { join } from 'node:path';
import { LabError } from './errors.mjs';

/** Debian packages of the programs that the lab needs on the host; setup.sh installs the same. */
const PACKAGE_OF = {
  'qemu-system-x86_64': 'qemu-system-x86',
  busybox: 'busybox-static',
  xz: 'xz-utils',
  'apt-get': 'apt',
  'apt-cache': 'apt',
  'dpkg-deb': 'dpkg',
  setpriv: 'util-linux',
  ldd: 'libc-bin',
  tar: 'tar',
};

/**
 * Finds a program as a root user would.
 * @param {string} name
 * @returns {string | undefined} its path
 */
export function findProgram(name) {
  return searchPath()
    .map((folder) => join(folder, name))
    .find(isExecutable);
}

/** @returns {string[]} the folders where a root user finds programs */
export function searchPath() {
  const path = `${process.env['PATH'] ?? ''}:/usr/local/sbin:/usr/sbin:/sbin`;
  return path.split(':').filter((folder) => folder.startsWith('/'));
}

/**
 * Says which programs are missing, all at once.
 * @throws {LabError} naming the programs and the script that installs them
 */
export function requirePrograms() {
  if (process.arch !== 'x64') throw new LabError(`the lab needs an x86-64 host, this one is ${process.arch}.`);
  const missing = Object.keys(PACKAGE_OF).filter((name) => findProgram(name) === undefined);
  if (missing.length === 0) return;
  const packages = missing.map((name) => PACKAGE_OF[/** @type {keyof typeof PACKAGE_OF} */ (name)]);
  throw new LabError(
    `${missing.join(', ')} not found: run test/lab/setup.sh as root or install ${[...new Set(packages)].join(' ')}.`,
  );
}

/**
 * Runs a program to its end.
 * @param {string} name
 * @param {readonly string[]} args
 * @param {{ input?: Buffer, cwd?: string, env?: Record<string, string> }} [settings] env: in addition to the lab's own
 * @returns {{ status: number | null, stdout: Buffer, stderr: string }}
 * @throws {LabError} the program is not there
 */
export function runProgram(name, args, settings = {}) {
  const path = findProgram(name);
  if (path === undefined) throw new LabError(`${name} not found.`);
  const options = { ...settings, maxBuffer: 1 << 30, env: { ...process.env, LC_ALL: 'C', ...settings.env } };
  const { status, stdout, stderr, error } = spawnSync(path, args, options);
  if (error !== undefined) throw error;
  return { status, stdout, stderr: stderr.toString() };
}

/**
 * The shared libraries that a program or library needs, with the dynamic loader, at the paths where it looks for them.
 * @param {string} path
 * @returns {string[]} empty for a static program, a script, or what is for another C library
 */
export function librariesOf(path) {
  if (!isElf(path)) return [];
  const { stdout } = runProgram('ldd', [realpathSync(path)]);
  return [...stdout.toString().matchAll(/^\s+(?:\S+ => )?(\/\S+) \(0x/gm)].map((match) => match[1] ?? '');
}

/** @param {string} path */
function isElf(path) {
  const start = Buffer.alloc(4);
  const descriptor = openSync(path, 'r');
  readSync(descriptor, start);
  closeSync(descriptor);
  return start.toString('latin1') === '\x7fELF';
}

/** @param {string} path */
function isExecutable(path) {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
