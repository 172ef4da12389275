// The oracle: every data case on the machine in virtual time and on the compiled program in the kernel. Shards are test files of
// their own, so that they run beside each other.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { packageRoot } from '../../loader/native.js';
import { comparable } from './compare-results.js';
import { KernelBench } from './kernel-run.js';
import { parseOracleCase } from './oracle-case.js';
import { runCaseOnOracle } from './oracle-run.js';
import { Scratch } from './scratch.js';

/** How many programs to play where `all` would be: NCBPF_ORACLE_PROGRAMS if that is less, for slow machines. */
export function oraclePrograms(all: number): number {
  return Math.min(all, Number(process.env.NCBPF_ORACLE_PROGRAMS ?? all));
}

/** `count` of some things, at equal distances. */
function spread<Thing>(things: readonly Thing[], count: number): Thing[] {
  return Array.from({ length: count }, (_, at) => things[Math.floor((at * things.length) / count)]!);
}

/**
 * Defines the tests of every `count`-th case from `index` on; NCBPF_CASE chooses cases by a part of their name,
 * NCBPF_ORACLE_PROGRAMS says how many at most.
 */
export function defineShard(index: number, count: number, cases = 'oracle'): void {
  const folder = join(packageRoot(), 'test', 'cases', cases);
  const scratch = new Scratch();
  let bench: KernelBench;
  beforeAll(() => {
    bench = new KernelBench(scratch);
  });
  afterAll(() => scratch.cleanUp());
  const only = process.env.NCBPF_CASE ?? '';
  const mine = readdirSync(folder)
    .sort()
    .filter((file, at) => at % count === index && file.includes(only));
  for (const file of spread(mine, oraclePrograms(mine.length))) {
    test(file, async () => {
      const oracleCase = parseOracleCase(file.replace(/\.case$/, ''), readFileSync(join(folder, file), 'utf8'));
      const { oracle, kernel } = comparable(runCaseOnOracle(oracleCase), await bench.play(oracleCase));
      expect(kernel).toEqual(oracle);
    });
  }
}
