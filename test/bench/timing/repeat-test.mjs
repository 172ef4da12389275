// Two runs of the timing benchmark on the same commit say the same: `npm run test:timing`. NCBPF_LAB_KERNELS names other kernels than 6.12,
// NCBPF_TIMING_OPTIONS other options than these.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { fileURLToPath, URL } from 'node:url';

const HERE = fileURLToPath(new URL('.', import.meta.url));
const TOLERANCE_US = 0.1;
const ENVIRONMENT_MISSING = 3;
const SHORT = '--for 300ms --periods 200us --loads idle,flood --senders fq,packet_spin';
const options = (process.env['NCBPF_TIMING_OPTIONS'] ?? SHORT).split(' ');
const kernels = (process.env['NCBPF_LAB_KERNELS'] ?? '6.12').split(' ');
const scratch = mkdtempSync(join(tmpdir(), 'ncbpf-timing-test-'));
after(() => rmSync(scratch, { recursive: true, force: true }));

/** @typedef {{ period_us: number, load: string, lost: number, p50: number, p99: number, p99_9: number }} Cell */

/** @param {string} kernel */
function measure(kernel) {
  const bench = ['--import', join(HERE, '../typescript.mjs'), join(HERE, 'bench.ts'), '--kernel', kernel, '--json'];
  return spawnSync(process.execPath, [...bench, '--out', join(scratch, kernel), ...options], {
    encoding: 'utf8',
    maxBuffer: 1 << 28,
  });
}

/** What is compared, by sender, period and load. @param {string} json @returns {Map<string, Cell>} */
function cellsOf(json) {
  /** @type {Record<string, { cells?: Cell[], variants?: Record<string, Cell[]>, peer?: Record<string, Cell[]> }>} */
  const report = JSON.parse(json);
  const cells = new Map();
  for (const [key, { cells: own = [], variants = {}, peer = {} }] of Object.entries(report)) {
    for (const [sender, list] of Object.entries({ [key]: own, ...variants, ...peer }))
      for (const cell of list) cells.set(`${sender}, ${String(cell.period_us)} us, ${cell.load}`, cell);
  }
  return cells;
}

for (const kernel of kernels) {
  test(`two runs on ${kernel}`, (context) => {
    const runs = [measure(kernel), measure(kernel)];
    const missing = runs.find(({ status }) => status === ENVIRONMENT_MISSING);
    if (missing !== undefined) return context.skip(missing.stderr.trim());
    const [first, second] = runs.map(({ status, stdout, stderr }) => {
      assert.equal(status, 0, stderr);
      return cellsOf(stdout);
    });
    assert.ok(first !== undefined && second !== undefined && first.size > 0);
    assert.deepEqual([...first.keys()], [...second.keys()]);
    for (const [name, cell] of first) {
      const again = second.get(name);
      for (const figure of /** @type {const} */ (['p50', 'p99', 'p99_9'])) {
        const [one, other] = [cell[figure], again?.[figure] ?? NaN];
        const difference = Math.abs(one - other);
        // A hair more for sums of decimal fractions.
        assert.ok(difference <= TOLERANCE_US + 1e-9, `${name}: ${figure} is ${String(one)} and ${String(other)} us`);
      }
      context.diagnostic(`${name}: p99.9 ${String(cell.p99_9)} and ${String(again?.p99_9)} us`);
    }
  });
}
