import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statfsSync,
  writeFileSync,
} from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { Apt } from './apt.mjs';
import { LabError } from './errors.mjs';
import { runProgram } from './programs.mjs';

/** Package file, its unpacked content and the package lists of the largest kernel. */
const SPACE_NEEDED_MIB = 700;

/**
 * What was found for a kernel of the table; kernel.json in the cache.
 * @typedef {object} Found
 * @property {string} release as `uname -r` prints it
 * @property {string} found when, ISO 8601
 * @property {readonly string[]} suites that were searched
 * @property {readonly import('./apt.mjs').Package[]} packages
 */

/**
 * A kernel, unpacked in the cache.
 * @typedef {object} CachedKernel
 * @property {Found} found
 * @property {string} image path of vmlinuz
 * @property {string} modules path of lib/modules/RELEASE
 */

/** The lab's folder outside the repository. */
export function cacheFolder() {
  return join(process.env['XDG_CACHE_HOME'] || join(homedir(), '.cache'), 'ncbpf-lab');
}

/**
 * The kernel from the cache; fetched first if it is not there.
 * @param {string} name in the table
 * @param {import('./kernels.mjs').Kernel} kernel
 * @param {{ update: boolean, say: (line: string) => void }} settings update: look for a newer package even so
 * @returns {CachedKernel}
 * @throws {LabError} no network, no such package, no space
 */
export function obtainKernel(name, kernel, { update, say }) {
  const folder = join(cacheFolder(), 'kernels', name);
  if (update || !existsSync(join(folder, 'kernel.json'))) fetchKernel(folder, kernel, say);
  const found = /** @type {Found} */ (JSON.parse(readFileSync(join(folder, 'kernel.json'), 'utf8')));
  const inLib = ['lib/modules', 'usr/lib/modules'].map((path) => join(folder, 'root', path, found.release));
  const modules = inLib.find((path) => existsSync(join(path, 'kernel')));
  const image = [
    ...inLib.map((path) => join(path, 'vmlinuz')),
    join(folder, 'root/boot', `vmlinuz-${found.release}`),
  ].find(existsSync);
  if (modules !== undefined && image !== undefined) return { found, image, modules };
  throw new LabError(`the packages of kernel ${name} have no image or no modules where the lab looks for them.`);
}

/**
 * Into a folder of its own first, so that a fetch that was broken off or runs twice at a time leaves no half kernel.
 * @param {string} folder
 * @param {import('./kernels.mjs').Kernel} kernel
 * @param {(line: string) => void} say
 */
function fetchKernel(folder, kernel, say) {
  mkdirSync(join(folder, '..'), { recursive: true });
  requireSpace(join(folder, '..'), SPACE_NEEDED_MIB);
  const fresh = mkdtempSync(`${folder}.`);
  try {
    say(`looking for kernel ${kernel.version} (${kernel.flavour}) in ${kernel.suites.join(', ')}`);
    const apt = new Apt(join(fresh, 'apt'), kernel.suites);
    const release = chooseRelease(apt, kernel);
    const packages = apt.download(packagesOf(apt, release), fresh);
    for (const { name, version } of packages) say(`found ${name} ${version}`);
    unpackAll(fresh);
    /** @type {Found} */
    const found = { release, found: new Date().toISOString(), suites: kernel.suites, packages };
    writeFileSync(join(fresh, 'kernel.json'), `${JSON.stringify(found, undefined, 2)}\n`);
    rmSync(join(fresh, 'apt'), { recursive: true });
    rmSync(folder, { recursive: true, force: true });
    renameSync(fresh, folder);
  } finally {
    rmSync(fresh, { recursive: true, force: true });
  }
}

/**
 * @param {string} folder
 * @param {number} mebibytes
 * @throws {LabError} there is less space
 */
export function requireSpace(folder, mebibytes) {
  const { bavail, bsize } = statfsSync(folder);
  const free = Math.floor((bavail * bsize) / 2 ** 20);
  if (free < mebibytes)
    throw new LabError(`no space in ${folder}: ${String(free)} MiB free, ${String(mebibytes)} needed.`);
}

/** @param {Apt} apt @param {import('./kernels.mjs').Kernel} kernel @returns {string} the newest release of the version, or the nearest newer one */
function chooseRelease(apt, { version, flavour, suites }) {
  const names = apt.search(`^linux-image-[0-9].*-${flavour}-amd64$`);
  const wanted = numbers(version);
  /** @param {string} release */
  const distance = (release) => compare(numbers(release).slice(0, 2), wanted);
  const newEnough = names.map((name) => name.slice('linux-image-'.length)).filter((release) => distance(release) >= 0);
  const oldestFirst = newEnough.sort((a, b) => compare(numbers(a), numbers(b)));
  const series = oldestFirst[0] === undefined ? [] : numbers(oldestFirst[0]).slice(0, 2);
  const release = oldestFirst.findLast((candidate) => compare(numbers(candidate).slice(0, 2), series) === 0);
  if (release !== undefined) return release;
  throw new LabError(`${suites.join(', ')} have no ${flavour} kernel ${version} or newer.`);
}

/** @param {Apt} apt @param {string} release @returns {string[]} newer kernels are split into several packages */
function packagesOf(apt, release) {
  const names = ['image', 'binary', 'modules', 'base'].map((part) => `linux-${part}-${release}`);
  const known = new Set(apt.search(`^linux-(image|binary|modules|base)-[0-9]`));
  return names.filter((name) => known.has(name));
}

/** @param {string} folder where the package files are; they are removed */
function unpackAll(folder) {
  for (const file of readdirSync(folder).filter((name) => name.endsWith('.deb'))) {
    const { status, stderr } = runProgram('dpkg-deb', ['-x', join(folder, file), join(folder, 'root')]);
    if (/No space left/.test(stderr)) throw new LabError(`no space left in ${folder}.`);
    if (status !== 0) throw new LabError(`cannot unpack ${file}: ${stderr.trim().split('\n')[0] ?? ''}.`);
    rmSync(join(folder, file));
  }
}

/** @param {string} version @returns {number[]} */
function numbers(version) {
  return [...version.matchAll(/\d+/g)].map(Number);
}

/** @param {readonly number[]} a @param {readonly number[]} b */
function compare(a, b) {
  for (let i = 0; i < Math.max(a.length, b.length); i++) {
    if (a[i] !== b[i]) return (a[i] ?? -1) - (b[i] ?? -1);
  }
  return 0;
}
