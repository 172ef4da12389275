// Breaks the world of a machine under pacer fq, again and again, under load, in virtual time:
// `npm run test:storms -- --kernel 6.12 [--times 100] [--storm NAME]... [--deadline SECONDS]`. After each storm the machine is back on its grid or
// `status` says why not; there are never two carriers, and ordinary traffic passes within the time after which a dead machine lets it.
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { createInterface } from 'node:readline';
import { fileURLToPath, URL } from 'node:url';
import { parseArgs } from 'node:util';

const HERE = fileURLToPath(new URL('.', import.meta.url));
const CLI = fileURLToPath(new URL('../../dist/cli/bin.js', import.meta.url));
const COMPILERS = ['clang-19', 'clang-18', 'clang-17', 'clang-16'];
const SECONDS_A_TIME = 12;
const BOOT_SECONDS = 300;
const STORMS = ['sync', 'stall', 'flush', 'link', 'pair', 'filter', 'qdisc'];
/** 100 ms until a machine counts as dead, and what the guest takes to send a frame and look for it. */
const MOST_BLOCKED_MS = 120;

const { values } = parseArgs({
  options: {
    kernel: { type: 'string', default: '6.12' },
    times: { type: 'string', default: '100' },
    storm: { type: 'string', multiple: true, default: [] },
    deadline: { type: 'string' },
  },
});
const scratch = mkdtempSync(join(tmpdir(), 'ncbpf-storms-'));

/** @param {string} program @param {string[]} args */
function run(program, ...args) {
  const { status, stdout, stderr, error } = spawnSync(program, args, { encoding: 'utf8', maxBuffer: 1 << 28 });
  if (process.env['NCBPF_VERBOSE'] !== undefined) process.stderr.write(stderr);
  return { status: error === undefined ? status : null, stdout, stderr };
}

/** Objects are built outside. */
function build() {
  const bundles = ['storm', 'storm-slave'].map((name) => {
    const bundle = join(scratch, `${name}.ncb`);
    const { status, stderr } = run(process.execPath, CLI, 'build', join(HERE, `${name}.nc`), '-o', bundle);
    if (status !== 0) throw new Error(stderr);
    return bundle;
  });
  const object = join(scratch, 'stall.bpf.o');
  const flags = ['-g', '-O2', '-target', 'bpf', '-mcpu=v3', '-I/usr/include/x86_64-linux-gnu'];
  const source = join(HERE, 'stall.bpf.c');
  if (!COMPILERS.some((clang) => run(clang, ...flags, '-c', source, '-o', object).status === 0))
    throw new Error(`none of ${COMPILERS.join(', ')} compiles ${source}`);
  return [...bundles, object];
}

/**
 * @typedef {{ on: boolean, problems: string[], mended: boolean, grid: boolean, one: boolean, passedMs: number | null }} Seen
 * @typedef {{ name: string, seconds: number, restarted: number, problems: string[], all: Seen[] }} Verdict
 * @param {Seen} seen
 */
function isRight({ on, problems, mended, grid, one, passedMs }) {
  const explained = on || problems.length > 0;
  return explained && mended && grid && one && passedMs !== null && passedMs <= MOST_BLOCKED_MS;
}

/** @param {Verdict} verdict @returns {boolean} whether all was right */
function report({ name, seconds, restarted, problems, all }) {
  const wrong = all.filter((seen) => !isRight(seen));
  const on = all.filter((seen) => seen.on).length;
  const blocked = Math.max(...all.map(({ passedMs }) => passedMs ?? Infinity));
  const counts = `${on} went on, ${all.length - on} said why not, ${restarted} grids restarted, ${wrong.length} wrong`;
  process.stdout.write(
    `${name}: ${all.length} times in ${seconds} s: ${counts}; ordinary frames passed within ${blocked} ms\n`,
  );
  for (const seen of wrong.slice(0, 5)) process.stdout.write(`  ${JSON.stringify(seen)}\n`);
  for (const problem of problems) process.stdout.write(`  afterwards: ${problem}\n`);
  return wrong.length === 0 && problems.length === 0;
}

async function main() {
  const unknown = values.storm.find((name) => !STORMS.includes(name));
  if (unknown !== undefined) {
    process.stderr.write(`there is no storm ${unknown}: known are ${STORMS.join(', ')}\n`);
    return 2;
  }
  const added = [...build(), join(HERE, 'storms-guest.mjs')].flatMap((file) => ['--add', file]);
  const deadline = values.deadline ?? String(BOOT_SECONDS + SECONDS_A_TIME * Number(values.times));
  const options = ['--kernel', values.kernel, '--virtual-time', '--deadline', deadline, '--out', join(scratch, 'out')];
  const command = ['--', 'node', '/in/storms-guest.mjs', values.times, ...values.storm];
  const lab = spawn(process.execPath, [join(HERE, 'run.mjs'), ...options, ...added, ...command], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ended = once(lab, 'close');
  let right = true;
  for await (const line of createInterface({ input: lab.stdout })) right = report(JSON.parse(line)) && right;
  const [status] = await ended;
  return status === 0 ? Number(!right) : (status ?? 1);
}

try {
  process.exitCode = await main();
} finally {
  rmSync(scratch, { recursive: true, force: true });
}
