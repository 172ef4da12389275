import { existsSync, lstatSync, readdirSync, readlinkSync, realpathSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { LabError } from './errors.mjs';
import { packageFolders } from './npm-packages.mjs';
import { findProgram, librariesOf } from './programs.mjs';
import { hostPython } from './python.mjs';

/** @typedef {import('./cpio.mjs').GuestFile} GuestFile */
/** @typedef {Map<string, GuestFile>} Files by absolute path in the guest */

/** Programs that tests and the project call. */
const NEEDED = [
  'ip',
  'tc',
  'ss',
  'getent',
  'bpftool',
  'nsenter',
  'unshare',
  'setpriv',
  'taskset',
  'chrt',
  'sh',
  'mount',
  'umount',
];

/**
 * Programs that run other programs, and aids: the guest has them if the host does. Busybox has applets of the same
 * names, but what an applet starts is an applet again where there is one, `ip` for instance, whatever PATH says.
 */
const WANTED = [
  'bash',
  'env',
  'timeout',
  'nice',
  'nohup',
  'xargs',
  'find',
  'setsid',
  'flock',
  'prlimit',
  'bridge',
  'ethtool',
  'ss',
  'tcpdump',
];

const KERNEL_HEADER = '/usr/include/x86_64-linux-gnu/asm/types.h';

/** What of the project the guest gets, if it is there. */
const PROJECT = [
  'package.json',
  'jest.config.js',
  'tsconfig.json',
  'index.ts',
  'dist',
  'build/Release',
  'bpf',
  'samples',
  'lang',
  'maps',
  'schedule',
  'codegen',
  'loader',
  'cli',
  'test',
  'docs',
  'include',
  'scripts',
];

/** Without these the project's own commands do not run in the guest: worth a word when they are missing. */
const PROJECT_BUILT = ['dist', 'build/Release/ncbpf_addon.node', 'build/Release/ncbpf-pacer', 'samples'];

/**
 * Busybox, the real programs and Node, with their libraries, at the paths that they have on the host.
 * @param {Files} files
 * @throws {LabError} the host lacks one
 */
export function addUserland(files) {
  const busybox = findProgram('busybox');
  if (busybox === undefined) throw new LabError('busybox not found.');
  if (librariesOf(busybox).length > 0) throw new LabError(`${busybox} is not static: install busybox-static.`);
  files.set('/lab/busybox', { from: busybox, executable: true });
  addProgram(files, process.execPath, '/usr/bin/node');
  for (const name of [...NEEDED, ...WANTED]) {
    const path = findProgram(name);
    if (path !== undefined) addProgram(files, path, name === 'sh' ? '/bin/sh' : path);
    else if (NEEDED.includes(name))
      throw new LabError(`${name} not found: the guest needs it; run test/lab/setup.sh as root.`);
  }
  addPython(files);
  files.set('/etc/passwd', { text: 'root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534:nobody:/:/bin/false\n' });
  files.set('/etc/group', { text: 'root:x:0:\ndaemon:x:1:\nnogroup:x:65534:\n' });
  files.set('/etc/hosts', { text: '127.0.0.1 localhost lab\n::1 localhost\n' });
}

/**
 * Compilers, which the host runs; see remote-tool.c.
 * @param {Files} files
 * @param {string} remoteTool path of what stands for them
 * @param {Iterable<string>} places their paths
 */
export function addRemoteTools(files, remoteTool, places) {
  files.set('/lab/remote-tool', { from: remoteTool, executable: true });
  for (const place of places) files.set(place, { link: '/lab/remote-tool' });
  // Whoever wants to know whether clang needs its folder looks for this one.
  if (existsSync(KERNEL_HEADER)) files.set(KERNEL_HEADER, { from: KERNEL_HEADER });
}

/** @param {Files} files @param {string} path @param {string} place */
function addProgram(files, path, place) {
  files.set(place, { from: realpathSync(path), executable: true });
  addLibraries(files, path);
}

/** @param {Files} files */
function addPython(files) {
  const python = hostPython();
  if (python === undefined) return;
  addProgram(files, python.program, python.program);
  if (python.program !== '/usr/bin/python3') files.set('/usr/bin/python3', { link: python.program });
  for (const path of python.files.filter(existsSync)) addTree(files, path, path);
  files.set(join(python.extensions, '.keep'), { text: '' });
}

/** @param {Files} files @param {string} path of a program or library */
function addLibraries(files, path) {
  for (const library of librariesOf(path)) files.set(library, { from: realpathSync(library), executable: true });
}

/**
 * The project, at /project, as far as it is built.
 * @param {Files} files
 * @param {string} project folder of package.json
 * @param {readonly string[]} packages npm packages in addition to the project's dependencies
 * @returns {string[]} what is missing
 */
export function addProject(files, project, packages) {
  for (const path of PROJECT) addTree(files, join(project, path), `/project/${path}`);
  const installed = packageFolders(project, packages);
  for (const folder of installed.folders) addTree(files, join(project, folder), `/project/${folder}`);
  return [...PROJECT_BUILT.filter((path) => !existsSync(join(project, path))), ...installed.missing];
}

/**
 * Files and folders of the host, in /in by their last names.
 * @param {Files} files
 * @param {readonly string[]} paths
 * @throws {LabError} one is not there
 */
export function addInputs(files, paths) {
  for (const path of paths) {
    if (!existsSync(path)) throw new LabError(`${path} does not exist.`);
    addTree(files, path, `/in/${basename(resolve(path))}`);
  }
}

/** @param {Files} files @param {string} from a file or folder; need not be there @param {string} to */
function addTree(files, from, to) {
  const status = lstatSync(from, { throwIfNoEntry: false });
  if (status === undefined) return;
  if (status.isDirectory()) {
    for (const name of readdirSync(from))
      if (name !== 'node_modules') addTree(files, join(from, name), `${to}/${name}`);
  } else if (status.isSymbolicLink()) {
    files.set(to, { link: readlinkSync(from) });
  } else if (status.isFile()) {
    const executable = (status.mode & 0o111) !== 0;
    files.set(to, { from, executable });
    if (executable || /\.(node|so)$/.test(from)) addLibraries(files, from);
  }
}
