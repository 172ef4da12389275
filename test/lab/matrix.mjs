#!/usr/bin/env node
// Runs the kernel tests in a guest with each kernel: `npm run lab:matrix -- --help`.
import { createWriteStream, existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join, relative } from 'node:path';
import { bootGuest, makeScratch, makeToolServer, PROJECT } from './boot.mjs';
import { runMain, say } from './command.mjs';
import { LabError } from './errors.mjs';
import { interruption } from './interruption.mjs';
import { obtainKernel } from './kernel-cache.mjs';
import { KERNELS } from './kernels.mjs';
import { parseMatrixOptions, USAGE } from './matrix-options.mjs';
import { judge, summaryTable, totals } from './matrix-results.mjs';
import {
  CPUS,
  ENVIRONMENT,
  LEFT_OUT,
  MEMORY_MIB,
  ON_ONE_KERNEL,
  ONE_KERNEL,
  PACKAGES,
  TEST_TIMEOUT_MS,
  VIRTUAL_TIME,
} from './matrix-suite.mjs';
import { requirePrograms } from './programs.mjs';

/** @typedef {import('./matrix-options.mjs').MatrixOptions} MatrixOptions */
/** @typedef {import('./matrix-results.mjs').KernelResult} KernelResult */
/** @typedef {import('./boot.mjs').Outcome} Outcome */

const EXIT = { passed: 0, failed: 1, interrupted: 130 };
const RESULTS = join(PROJECT, 'build/lab/matrix');

/**
 * @param {readonly string[]} args
 * @returns {Promise<number>} exit status
 */
async function main(args) {
  const options = parseMatrixOptions(args);
  if (options === 'help') {
    process.stdout.write(USAGE);
    return EXIT.passed;
  }
  if (options === 'list') {
    process.stdout.write(`${Object.keys(KERNELS).join('\n')}\n`);
    return EXIT.passed;
  }
  requirePrograms();
  // All of them first: what is missing is said before anything takes its time.
  const cached = new Map(options.kernels.map((name) => [name, obtain(name)]));
  const scratch = makeScratch(options.jobs);
  const setting = { scratch, tools: makeToolServer(scratch), interrupt: interruption() };
  let interrupted = false;
  void setting.interrupt.then(() => (interrupted = true));
  // The longest one first.
  const waiting = [...cached].sort(([a], [b]) => Number(b === ONE_KERNEL) - Number(a === ONE_KERNEL));
  /** @type {KernelResult[]} */
  const results = [];
  const work = async () => {
    for (let next = waiting.shift(); next !== undefined && !interrupted; next = waiting.shift())
      results.push(await runKernel(next[0], next[1], options, setting));
  };
  try {
    await Promise.all(Array.from({ length: options.jobs }, work));
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
  return interrupted ? EXIT.interrupted : report(results, options.kernels, setting.tools.counts);
}

/** @param {string} name */
function obtain(name) {
  const kernel = KERNELS[name];
  if (kernel === undefined) throw new LabError(`unknown kernel ${name}.`);
  return obtainKernel(name, kernel, { update: false, say });
}

/**
 * @param {string} kernel
 * @param {import('./kernel-cache.mjs').CachedKernel} cached
 * @param {MatrixOptions} options
 * @param {{ scratch: string, tools: import('./tool-server.mjs').ToolServer, interrupt: Promise<void> }} setting
 * @returns {Promise<KernelResult>}
 */
async function runKernel(kernel, cached, { tests, deadlineSeconds }, setting) {
  const started = Date.now();
  const out = join(RESULTS, kernel);
  rmSync(out, { recursive: true, force: true });
  mkdirSync(out, { recursive: true });
  const log = createWriteStream(join(out, 'output.txt'));
  /** @param {Buffer} bytes */
  const write = (bytes) => {
    log.write(bytes);
    for (const line of bytes.toString().split('\n'))
      if (/^(PASS|FAIL) /.test(line)) say(`${kernel}: ${line.replace(/ kernel test\/kernel\//, ' ')}`);
  };
  const output = { stdout: write, stderr: write, say: (/** @type {string} */ line) => say(`${kernel}: ${line}`) };
  const outcome = await bootGuest(guestOptions(kernel, tests, deadlineSeconds, out), cached, { ...setting, output });
  log.end();
  const seconds = (Date.now() - started) / 1000;
  return { kernel, release: cached.found.release, seconds, ...judgeOutcome(kernel, outcome, seconds) };
}

/**
 * @param {string} kernel
 * @param {readonly string[]} tests
 * @param {number} deadlineSeconds
 * @param {string} out
 * @returns {import('./options.mjs').Options}
 */
function guestOptions(kernel, tests, deadlineSeconds, out) {
  const settings = Object.entries(ENVIRONMENT).map(([name, value]) => `${name}=${value}`);
  const jest = ['node', 'node_modules/jest/bin/jest.js', '--selectProjects', 'kernel', '--runInBand', '--ci'];
  const elsewhere = tests.length > 0 || kernel === ONE_KERNEL ? [] : ON_ONE_KERNEL;
  const whole = LEFT_OUT.filter(({ name }) => name === undefined);
  const files = [...whole, ...elsewhere].map(({ file }) => `/${file}$`);
  const names = LEFT_OUT.flatMap(({ name }) => name ?? []);
  const chosen = [
    `--testTimeout=${String(TEST_TIMEOUT_MS)}`,
    ...files.map((file) => `--testPathIgnorePatterns=${file}`),
    `--testNamePattern=^(?!.*(${names.join('|')}))`,
  ];
  return {
    kernel,
    virtualTime: VIRTUAL_TIME,
    cpus: CPUS,
    memoryMib: MEMORY_MIB,
    deadlineSeconds,
    out,
    console: false,
    update: false,
    added: [],
    packages: PACKAGES,
    command: ['env', ...settings, ...jest, ...chosen, '--verbose', '--json', '--outputFile=/out/jest.json', ...tests],
  };
}

/**
 * @param {string} kernel
 * @param {Outcome} outcome
 * @param {number} seconds
 * @returns {Pick<KernelResult, 'passed' | 'failures' | 'skipped'>}
 */
function judgeOutcome(kernel, { ending, out, console: lines, status, complained }, seconds) {
  const none = { passed: 0, skipped: new Map() };
  if (ending !== 'done') {
    const why = ending === 'deadline' ? `was ended after ${seconds.toFixed(0)} s` : 'died';
    return { ...none, failures: [`the guest ${why}; the end of its console:\n${lines}`] };
  }
  const report = join(out, 'jest.json');
  if (!existsSync(report))
    return { ...none, failures: [`Jest wrote no report and ended with status ${String(status)}: see output.txt`] };
  const judged = judge(
    /** @type {import('./matrix-results.mjs').JestReport} */ (JSON.parse(readFileSync(report, 'utf8'))),
    KERNELS[kernel]?.lacks ?? [],
    LEFT_OUT,
  );
  if (complained) judged.failures.push('the kernel complained: see dmesg.txt');
  if (judged.passed === 0) judged.failures.push('no test passed: see output.txt');
  return judged;
}

/**
 * @param {readonly KernelResult[]} results
 * @param {readonly string[]} order of kernels
 * @param {{ requests: number, runs: number }} counts
 * @returns {number} exit status
 */
function report(results, order, { requests, runs }) {
  const sorted = [...results].sort((a, b) => order.indexOf(a.kernel) - order.indexOf(b.kernel));
  for (const { kernel, failures } of sorted)
    for (const failure of failures) process.stdout.write(`failed on ${kernel}: ${failure}\n\n`);
  say(`compilers were asked ${String(requests)} times and ran ${String(runs)} times`);
  const failed = sorted.some(({ failures }) => failures.length > 0);
  if (failed) say(`what the guests printed and left is in ${relative(process.cwd(), RESULTS)}`);
  process.stdout.write(`${summaryTable(sorted)}${totals(sorted)}\n`);
  return failed ? EXIT.failed : EXIT.passed;
}

await runMain(main);
