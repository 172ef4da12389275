// Pacer fq, on a kernel that has fq, in virtual time: `npm run test:fq`. NCBPF_LAB_KERNELS names other kernels than 6.12.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { fileURLToPath, URL } from 'node:url';
import { KERNELS } from './kernels.mjs';

const HERE = fileURLToPath(new URL('.', import.meta.url));
const CLI = fileURLToPath(new URL('../../dist/cli/bin.js', import.meta.url));
const ENVIRONMENT_MISSING = 3;
const RUN_MS = 3000;
/** Of host time, on a host that is busy. */
const DEADLINE_SECONDS = '900';
const kernels = (process.env['NCBPF_LAB_KERNELS'] ?? '6.12').split(' ');
const scratch = mkdtempSync(join(tmpdir(), 'ncbpf-fq-'));
after(() => rmSync(scratch, { recursive: true, force: true }));

/** @param {string} program @param {string[]} args */
function run(program, ...args) {
  const { status, stdout, stderr } = spawnSync(program, args, { encoding: 'utf8', maxBuffer: 1 << 28 });
  return { status, stdout, stderr };
}

/** Objects are built outside. @returns {string[]} options of the lab */
function bundles() {
  return ['master', 'slave'].flatMap((node) => {
    const bundle = join(scratch, `${node}.ncb`);
    const { status, stderr } = run(process.execPath, CLI, 'build', join(HERE, `fq-${node}.nc`), '-o', bundle);
    assert.equal(status, 0, stderr);
    return ['--add', bundle];
  });
}

/** How often a frame is at the beginning of a millisecond of CLOCK_TAI or 200 us behind it. @param {number[]} phases us in the millisecond */
function aligned(phases) {
  const near = (/** @type {number} */ phase, /** @type {number} */ to) => Math.abs(phase - to) <= 1;
  return phases.filter((phase) => near(phase, 0) || near(phase, 1000) || near(phase, 200)).length / phases.length;
}

/** How often the time between two frames is the one of the schedule, to a microsecond. @param {number[]} sent */
function onGrid(sent) {
  const gaps = sent.slice(1).map((instant, index) => instant - (sent[index] ?? 0));
  return gaps.filter((gap) => Math.abs(gap - 200) <= 1 || Math.abs(gap - 800) <= 1).length / gaps.length;
}

for (const kernel of kernels) {
  test(`two hosts under pacer fq on ${kernel}`, (context) => {
    const setting = ['--kernel', kernel, '--virtual-time', '--deadline', DEADLINE_SECONDS];
    const options = [...setting, '--out', join(scratch, 'out'), ...bundles()];
    const guest = join(HERE, 'fq-guest.mjs');
    const command = ['--add', guest, '--', 'node', '/in/fq-guest.mjs', String(RUN_MS)];
    const lab = run(process.execPath, join(HERE, 'run.mjs'), ...options, ...command);
    if (lab.status === ENVIRONMENT_MISSING) return context.skip(lab.stderr.trim());
    assert.equal(lab.status, 0, lab.stderr);
    const {
      pacers,
      inUserSpace,
      before,
      after: end,
      seen,
      problems,
      sent,
      phases,
      threads,
      left,
    } = JSON.parse(lab.stdout);
    assert.deepEqual(pacers, ['fq', 'fq'], 'auto takes fq');
    assert.deepEqual(inUserSpace, [], 'nothing of ncbpf runs in user space');
    const own = KERNELS[kernel]?.flavour === 'rt' ? [true, true, true, true] : [];
    assert.deepEqual(threads, [own, []], 'a real-time kernel has threads for each pair, as long as it is attached');
    const rounds = end.rounds - before.rounds;
    assert.ok(rounds >= RUN_MS, `the machine goes on after attach has ended: ${rounds} rounds`);
    // The counters of the two hosts are read one after the other, some rounds apart.
    assert.ok(
      Math.abs(end.syncs - before.syncs - rounds) <= 0.1 * rounds,
      `the slave follows: ${end.syncs - before.syncs} of ${rounds}`,
    );
    assert.equal(seen, String(0x01020304));
    assert.deepEqual(problems, []);
    assert.ok(onGrid(sent) > 0.999, `frames leave on the grid: ${onGrid(sent)}`);
    assert.ok(aligned(phases) > 0.999, `that grid is the one of CLOCK_TAI: ${aligned(phases)}`);
    assert.deepEqual(left, ['lo', 'host-a', 'noqueue', 'lo', 'host-b', 'noqueue'], 'detach leaves nothing');
    context.diagnostic(`${sent.length} frames, ${(100 * onGrid(sent)).toFixed(2)} % on the grid to 1 us`);
  });
}
