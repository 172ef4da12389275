// Breaks the world of a machine under pacer fq, again and again, under load: `npm run test:storms -- --kernel 6.12 [--times 100]`. After each
// storm the machine is back on its grid or `status` says why not; there are never two carriers, and ordinary traffic passes.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { fileURLToPath, URL } from 'node:url';
import { parseArgs } from 'node:util';

const HERE = fileURLToPath(new URL('.', import.meta.url));
const CLI = fileURLToPath(new URL('../../dist/cli/bin.js', import.meta.url));
const COMPILERS = ['clang-19', 'clang-18', 'clang-17', 'clang-16'];
const SECONDS_A_STORM = 20;
const BOOT_SECONDS = 300;

const { values } = parseArgs({
  options: { kernel: { type: 'string', default: '6.12' }, times: { type: 'string', default: '100' } },
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
 * @typedef {{ on: boolean, grid: boolean, one: boolean, passes: boolean, mended: boolean, problems: string[] }} Seen
 * @param {Seen[]} all
 */
function failuresOf(all) {
  const isRight = (/** @type {Seen} */ seen) =>
    (seen.on ? seen.grid : seen.problems.length > 0) && seen.one && seen.passes && seen.mended;
  return all.filter((seen) => !isRight(seen));
}

function main() {
  const added = [...build(), join(HERE, 'storms-guest.mjs')].flatMap((file) => ['--add', file]);
  const deadline = String(BOOT_SECONDS + SECONDS_A_STORM * Number(values.times));
  const options = ['--kernel', values.kernel, '--deadline', deadline, '--out', join(scratch, 'out'), ...added];
  const command = ['--', 'node', '/in/storms-guest.mjs', values.times];
  const lab = run(process.execPath, join(HERE, 'run.mjs'), ...options, ...command);
  if (lab.status !== 0) {
    process.stderr.write(lab.stderr);
    return lab.status ?? 1;
  }
  /** @type {Record<string, Seen[] | string>} */
  const answer = JSON.parse(lab.stdout);
  let failed = 0;
  for (const [name, all] of Object.entries(answer)) {
    if (!Array.isArray(all)) continue;
    const failures = failuresOf(all);
    failed += failures.length;
    const on = all.filter((seen) => seen.on).length;
    process.stdout.write(
      `${name}: ${all.length} times, ${on} went on, ${all.length - on} said why not, ${failures.length} wrong\n`,
    );
    for (const seen of failures.slice(0, 5)) process.stdout.write(`  ${JSON.stringify(seen)}\n`);
  }
  return failed === 0 ? 0 : 1;
}

try {
  process.exitCode = main();
} finally {
  rmSync(scratch, { recursive: true, force: true });
}
