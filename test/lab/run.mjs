#!/usr/bin/env node
// Runs a command as root in a guest with another kernel: `npm run lab -- --help`.
import { Buffer } from 'node:buffer';
import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath, URL } from 'node:url';
import { writeArchive } from './cpio.mjs';
import { explain, LabError } from './errors.mjs';
import { addInputs, addProject, addUserland } from './guest-files.mjs';
import { runGuest } from './guest.mjs';
import { cacheFolder, obtainKernel, requireSpace } from './kernel-cache.mjs';
import { KERNELS, MODULES } from './kernels.mjs';
import { resolveModules } from './modules.mjs';
import { parseOptions, USAGE } from './options.mjs';
import { requirePrograms } from './programs.mjs';
import { kernelComplained, parseResult, unpackFiles } from './results.mjs';

/** @typedef {import('./options.mjs').Options} Options */

const PROJECT = fileURLToPath(new URL('../..', import.meta.url));
const EXIT = { environment: 3, deadline: 124, died: 125, interrupted: 130 };
/** Room for one guest's initramfs. */
const SPACE_NEEDED_MIB = 400;
const CONSOLE_LINES = 40;

/** @param {string} line */
function say(line) {
  process.stderr.write(`lab: ${line}\n`);
}

/**
 * @param {readonly string[]} args
 * @returns {Promise<number>} exit status
 */
async function main(args) {
  const options = parseOptions(args);
  if (options === 'help') {
    process.stdout.write(USAGE);
    return 0;
  }
  requirePrograms();
  const kernel = KERNELS[options.kernel];
  if (kernel === undefined) throw new LabError(`unknown kernel ${options.kernel}.`);
  const cached = obtainKernel(options.kernel, kernel, { update: options.update, say });
  if (options.command.length === 0) return 0;
  requireSpace(cacheFolder(), SPACE_NEEDED_MIB);
  removeAbandoned();
  const scratch = mkdtempSync(join(cacheFolder(), `run-${String(process.pid)}-`));
  try {
    return await runIn(scratch, options, cached);
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

/** Removes the folders of runs that were killed. */
function removeAbandoned() {
  for (const name of readdirSync(cacheFolder())) {
    const pid = /^run-(\d+)-/.exec(name)?.[1];
    if (pid !== undefined && !existsSync(`/proc/${pid}`))
      rmSync(join(cacheFolder(), name), { recursive: true, force: true });
  }
}

/**
 * @param {string} scratch a folder for this run
 * @param {Options} options
 * @param {import('./kernel-cache.mjs').CachedKernel} cached
 * @returns {Promise<number>} exit status
 */
async function runIn(scratch, options, cached) {
  const mark = Buffer.concat([Buffer.of(0), Buffer.from(randomBytes(16).toString('hex'))]);
  const initramfs = join(scratch, 'initramfs.cpio');
  writeArchive(initramfs, guestFiles(options, cached.modules, mark));
  const out = prepareOut(options);
  /** @type {Buffer[]} */
  const result = [];
  /** @type {Buffer[]} */
  const consoleOutput = [];
  const sinks = {
    stdout: (/** @type {Buffer} */ bytes) => void process.stdout.write(bytes),
    stderr: (/** @type {Buffer} */ bytes) => void process.stderr.write(bytes),
    result: (/** @type {Buffer} */ bytes) => void result.push(bytes),
    console: (/** @type {Buffer} */ bytes) => {
      consoleOutput.push(bytes);
      if (options.console) process.stderr.write(bytes);
    },
  };
  const ending = await runGuest({ ...options, image: cached.image, initramfs, mark }, sinks, interruption());
  writeFileSync(join(out, 'console.txt'), Buffer.concat(consoleOutput));
  if (ending === 'done') return finish(Buffer.concat(result), out);
  if (ending === 'interrupted') return EXIT.interrupted;
  const why = ending === 'deadline' ? `ended after ${String(options.deadlineSeconds)} s` : 'died';
  say(`the guest with kernel ${options.kernel} (${cached.found.release}) ${why}; the end of its console:`);
  process.stderr.write(lastLines(Buffer.concat(consoleOutput).toString()));
  return EXIT[ending];
}

/**
 * @param {Options} options
 * @param {string} modules folder
 * @param {Buffer} mark
 */
function guestFiles(options, modules, mark) {
  /** @type {import('./guest-files.mjs').Files} */
  const files = new Map();
  addUserland(files);
  addInputs(files, options.added);
  const missing = addProject(files, PROJECT, options.packages);
  if (missing.length > 0) say(`not packed, because not there: ${missing.join(', ')}`);
  resolveModules(modules, MODULES).forEach(({ name, bytes }, index) => {
    files.set(`/lab/modules/${String(index).padStart(3, '0')}-${name}.ko`, { bytes });
  });
  files.set('/init', { from: fileURLToPath(new URL('guest-init.sh', import.meta.url)), executable: true });
  files.set('/lab/mark', { bytes: mark });
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

/** @param {Buffer} bytes @param {string} out @returns {number} the command's exit status */
function finish(bytes, out) {
  const result = parseResult(bytes);
  unpackFiles(result, out);
  if (kernelComplained(result)) say(`the kernel complained: see ${relative(process.cwd(), join(out, 'dmesg.txt'))}`);
  return result.status;
}

/** @returns {Promise<void>} */
function interruption() {
  return new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.once(signal, () => resolve());
    // Whoever reads the output has gone (`| head`).
    process.stdout.once('error', () => resolve());
  });
}

/** @param {string} text */
function lastLines(text) {
  const lines = text.replaceAll('\r', '').trimEnd().split('\n');
  return `${lines.slice(-CONSOLE_LINES).join('\n')}\n`;
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  const explained = explain(error);
  if (!(explained instanceof LabError)) throw explained;
  say(explained.message);
  process.exitCode = EXIT.environment;
}
