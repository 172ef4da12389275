#!/usr/bin/env node
// Runs a command as root in a guest with another kernel: `npm run lab -- --help`.
import { rmSync } from 'node:fs';
import { join, relative } from 'node:path';
import { bootGuest, makeScratch, makeToolServer } from './boot.mjs';
import { runMain, say } from './command.mjs';
import { deadlineInWords } from './deadline.mjs';
import { LabError } from './errors.mjs';
import { interruption } from './interruption.mjs';
import { obtainKernel } from './kernel-cache.mjs';
import { KERNELS } from './kernels.mjs';
import { parseOptions, USAGE } from './options.mjs';
import { requirePrograms } from './programs.mjs';

/** @typedef {import('./options.mjs').Options} Options */

const EXIT = { deadline: 124, died: 125, interrupted: 130 };

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
  const scratch = makeScratch();
  try {
    return await runIn(scratch, options, cached);
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

/**
 * @param {string} scratch a folder for this run
 * @param {Options} options
 * @param {import('./kernel-cache.mjs').CachedKernel} cached
 * @returns {Promise<number>} exit status
 */
async function runIn(scratch, options, cached) {
  const output = {
    stdout: (/** @type {Buffer} */ bytes) => void process.stdout.write(bytes),
    stderr: (/** @type {Buffer} */ bytes) => void process.stderr.write(bytes),
    say,
  };
  const setting = { scratch, tools: makeToolServer(scratch), output, interrupt: interruption() };
  const { ending, status = 0, complained, out, console: lines } = await bootGuest(options, cached, setting);
  if (complained) say(`the kernel complained: see ${relative(process.cwd(), join(out, 'dmesg.txt'))}`);
  if (ending === 'done') return status;
  if (ending === 'interrupted') return EXIT.interrupted;
  const why = ending === 'deadline' ? `ended after ${deadlineInWords(options)}` : 'died';
  say(`the guest with kernel ${options.kernel} (${cached.found.release}) ${why}; the end of its console:`);
  process.stderr.write(lines);
  return EXIT[ending];
}

await runMain(main);
