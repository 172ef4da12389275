// The gate for ordinary traffic on kernels that have fq, in virtual time: `npm run test:gate`. NCBPF_LAB_KERNELS names other kernels
// than 6.12.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { fileURLToPath, URL } from 'node:url';

const HERE = fileURLToPath(new URL('.', import.meta.url));
const CLI = fileURLToPath(new URL('../../dist/cli/bin.js', import.meta.url));
const ENVIRONMENT_MISSING = 3;
const FRAMES = 3000;
const WINDOW_US = 200;
/** When the program's block begins, and what it takes until its frame is on the interface. */
const BLOCK_US = 500;
const SENDING_US = 5;
const kernels = (process.env['NCBPF_LAB_KERNELS'] ?? '6.12').split(' ');
const scratch = mkdtempSync(join(tmpdir(), 'ncbpf-gate-'));
after(() => rmSync(scratch, { recursive: true, force: true }));

/** @param {string} program @param {string[]} args */
function run(program, ...args) {
  const { status, stdout, stderr } = spawnSync(program, args, { encoding: 'utf8', maxBuffer: 1 << 28 });
  return { status, stdout, stderr };
}

/** Objects are built outside. */
function bundle() {
  const path = join(scratch, 'gate.ncb');
  const { status, stderr } = run(process.execPath, CLI, 'build', join(HERE, 'gate.nc'), '-o', path);
  assert.equal(status, 0, stderr);
  return path;
}

/** @param {number[]} phases us since the opening, to 1 us @param {(phase: number) => boolean} holds */
function share(phases, holds) {
  return phases.filter(holds).length / phases.length;
}

for (const kernel of kernels) {
  test(`the gate with fq on ${kernel}`, (context) => {
    const added = ['--add', bundle(), '--add', join(HERE, 'gate-guest.mjs')];
    const options = ['--kernel', kernel, '--virtual-time', '--out', join(scratch, 'out'), ...added];
    const command = ['--', 'node', '/in/gate-guest.mjs', String(FRAMES)];
    const lab = run(process.execPath, join(HERE, 'run.mjs'), ...options, ...command);
    if (lab.status === ENVIRONMENT_MISSING) return context.skip(lab.stderr.trim());
    assert.equal(lab.status, 0, lab.stderr);
    const result = JSON.parse(lab.stdout);
    const { before, during, after: end, counted, stopped, ordinary, own, foreign } = result;
    assert.equal(result.pacer, 'fq', 'auto takes fq');
    assert.deepEqual(result.warnings, []);
    assert.deepEqual(during, { qdisc: 'fq', segments: 1 });
    assert.deepEqual(end, before, 'detach restores qdisc and segments');

    assert.equal(ordinary.length, FRAMES, 'every ordinary frame leaves');
    assert.ok(counted.gate_held > 0, 'most of them were held');
    assert.equal(counted.gate_dropped, 0);
    const inside = share(ordinary, (phase) => phase <= WINDOW_US || phase >= 999);
    assert.ok(inside > 0.999, `ordinary frames leave while the gate is open: ${inside}`);
    const onGrid = share(own, (phase) => phase >= BLOCK_US - 1 && phase <= BLOCK_US + SENDING_US);
    assert.ok(own.length > 0);
    // How exact the pacer is, fq-test.mjs judges; here, that ordinary traffic does not keep the program's frames back.
    assert.ok(onGrid > 0.99, `the program's frames leave on the grid: ${onGrid}`);

    assert.equal(stopped.gate_passed, counted.gate_passed, 'a machine that is stopped has no gate');
    assert.equal(stopped.gate_dropped, 0);
    assert.deepEqual(foreign.fq, { warnings: [], seen: 'fq', left: 'fq' });
    assert.deepEqual([foreign.pfifo.seen, foreign.pfifo.left], ['pfifo', 'pfifo']);
    assert.match(foreign.pfifo.warnings.join(), /dropped, not held/);
    context.diagnostic(
      `${ordinary.length} ordinary frames, ${counted.gate_held} held, ${(100 * inside).toFixed(2)} % in their window; ` +
        `${own.length} own ones, ${(100 * onGrid).toFixed(2)} % within ${SENDING_US} us of their instant`,
    );
  });
}
