import { Buffer } from 'node:buffer';
import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath, URL } from 'node:url';
import { buildRemoteTool, hostCompilers } from './compilers.mjs';
import { writeArchive } from './cpio.mjs';
import { addInputs, addProject, addRemoteTools, addUserland } from './guest-files.mjs';
import { runGuest } from './guest.mjs';
import { cacheFolder, requireSpace } from './kernel-cache.mjs';
import { KERNELS, MODULES } from './kernels.mjs';
import { resolveModules } from './modules.mjs';
import { kernelComplained, parseResult, unpackFiles } from './results.mjs';
import { ToolServer } from './tool-server.mjs';

/** @typedef {import('./options.mjs').Options} Options */

/** Folder of package.json. */
export const PROJECT = fileURLToPath(new URL('../..', import.meta.url));

/** Room for one guest's initramfs. */
const SPACE_NEEDED_MIB = 400;
const CONSOLE_LINES = 40;

/**
 * Where a guest's output goes.
 * @typedef {object} Output
 * @property {(bytes: Buffer) => void} stdout
 * @property {(bytes: Buffer) => void} stderr
 * @property {(line: string) => void} say one line about the lab itself
 */

/**
 * What became of a guest.
 * @typedef {object} Outcome
 * @property {import('./guest.mjs').Ending} ending
 * @property {number | undefined} status exit status of the command, if it came to its end
 * @property {boolean} complained whether the kernel warned; then dmesg.txt is in the folder
 * @property {string} console its last lines
 * @property {string} out folder with the files of the guest's /out and console.txt
 */

/**
 * A place for temporary files of runs; those of runs that were killed are removed.
 * @param {number} guests how many at a time
 * @returns {string} path of a folder, to be removed by the caller
 * @throws {LabError} no space
 */
export function makeScratch(guests = 1) {
  mkdirSync(cacheFolder(), { recursive: true });
  requireSpace(cacheFolder(), SPACE_NEEDED_MIB * guests);
  for (const name of readdirSync(cacheFolder())) {
    const pid = /^run-(\d+)-/.exec(name)?.[1];
    if (pid !== undefined && !existsSync(`/proc/${pid}`))
      rmSync(join(cacheFolder(), name), { recursive: true, force: true });
  }
  return mkdtempSync(join(cacheFolder(), `run-${String(process.pid)}-`));
}

/**
 * Compilers for guests.
 * @param {string} scratch folder for temporary files
 */
export function makeToolServer(scratch) {
  return new ToolServer(PROJECT, [...hostCompilers().keys()], scratch);
}

/**
 * Boots a guest, runs the command in it and brings back what it left.
 * @param {Options} options
 * @param {import('./kernel-cache.mjs').CachedKernel} cached
 * @param {{ scratch: string, tools: ToolServer, output: Output, interrupt: Promise<void> }} setting
 * @returns {Promise<Outcome>}
 * @throws {LabError} something is missing
 */
export async function bootGuest(options, cached, { scratch, tools, output, interrupt }) {
  const mark = Buffer.concat([Buffer.of(0), Buffer.from(randomBytes(16).toString('hex'))]);
  const initramfs = join(scratch, `initramfs-${options.kernel}.cpio`);
  writeArchive(initramfs, guestFiles(options, cached.modules, mark, output.say));
  const out = prepareOut(options);
  /** @type {Buffer[]} */
  const result = [];
  /** @type {Buffer[]} */
  const consoleOutput = [];
  const sinks = {
    ...output,
    result: (/** @type {Buffer} */ bytes) => void result.push(bytes),
    console: (/** @type {Buffer} */ bytes) => {
      consoleOutput.push(bytes);
      if (options.console) output.stderr(bytes);
    },
  };
  const ending = await runGuest({ ...options, image: cached.image, initramfs, mark, tools }, sinks, interrupt);
  rmSync(initramfs);
  writeFileSync(join(out, 'console.txt'), Buffer.concat(consoleOutput));
  const outcome = { ending, out, console: lastLines(Buffer.concat(consoleOutput).toString()) };
  if (ending !== 'done') return { ...outcome, status: undefined, complained: false };
  const parsed = parseResult(Buffer.concat(result));
  unpackFiles(parsed, out);
  return { ...outcome, status: parsed.status, complained: kernelComplained(parsed) };
}

/**
 * @param {Options} options
 * @param {string} modules folder
 * @param {Buffer} mark
 * @param {(line: string) => void} say
 */
function guestFiles(options, modules, mark, say) {
  /** @type {import('./guest-files.mjs').Files} */
  const files = new Map();
  addUserland(files);
  addInputs(files, options.added);
  const remoteTool = buildRemoteTool(cacheFolder());
  if (remoteTool === undefined) say('the guest has no compilers, because the host has none for itself');
  else addRemoteTools(files, remoteTool, hostCompilers().values());
  const missing = addProject(files, PROJECT, options.packages);
  if (missing.length > 0) say(`not packed, because not there: ${missing.join(', ')}`);
  resolveModules(modules, MODULES).forEach(({ name, bytes }, index) => {
    files.set(`/lab/modules/${String(index).padStart(3, '0')}-${name}.ko`, { bytes });
  });
  files.set('/init', { from: fileURLToPath(new URL('guest-init.sh', import.meta.url)), executable: true });
  files.set('/lab/mark', { bytes: mark });
  if (options.virtualTime) files.set('/lab/virtual-time', { text: '' });
  files.set('/lab/command', { text: commandScript(options), executable: true });
  return files;
}

/** @param {Options} options @returns {string} a shell script that becomes the command */
function commandScript({ kernel, virtualTime, command }) {
  const settings = {
    PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin:/lab/applets',
    HOME: '/root',
    NCBPF_LAB_KERNEL: kernel,
    NCBPF_LAB_LACKS: (KERNELS[kernel]?.lacks ?? []).join(' '),
    ...(virtualTime ? { NCBPF_LAB_VIRTUAL_TIME: '1' } : {}),
  };
  const exports = Object.entries(settings).map(([name, value]) => `export ${name}=${quote(value)}\n`);
  return `#!/bin/sh\n${exports.join('')}cd /project && exec ${command.map(quote).join(' ')}\n`;
}

/** @param {string} word */
function quote(word) {
  return `'${word.replaceAll("'", "'\\''")}'`;
}

/** @param {Options} options @returns {string} the folder for the guest's files */
function prepareOut({ out, kernel }) {
  const folder = out ?? join(PROJECT, 'build/lab', kernel);
  if (out === undefined) rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  return folder;
}

/** @param {string} text */
function lastLines(text) {
  const lines = text.replaceAll('\r', '').trimEnd().split('\n');
  return `${lines.slice(-CONSOLE_LINES).join('\n')}\n`;
}
