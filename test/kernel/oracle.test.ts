// The oracle: every data case on the machine in virtual time and on the compiled program in the kernel.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { packageRoot } from '../../loader/native.js';
import { comparable } from '../support/compare-results.js';
import { KernelBench } from '../support/kernel-run.js';
import { parseOracleCase } from '../support/oracle-case.js';
import { runCaseOnOracle } from '../support/oracle-run.js';
import { Scratch } from '../support/scratch.js';

const scratch = new Scratch();
let bench: KernelBench;
beforeAll(() => {
  bench = new KernelBench(scratch);
});
afterAll(() => scratch.cleanUp());

const folder = join(packageRoot(), 'test', 'cases', 'oracle');
const only = process.env['NCBPF_CASE'];

for (const file of readdirSync(folder).sort()) {
  if (only !== undefined && !file.includes(only)) continue;
  test(file, async () => {
    const oracleCase = parseOracleCase(file.replace(/\.case$/, ''), readFileSync(join(folder, file), 'utf8'));
    const { oracle, kernel } = comparable(runCaseOnOracle(oracleCase), await bench.play(oracleCase));
    expect(kernel).toEqual(oracle);
  });
}
