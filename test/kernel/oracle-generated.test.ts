// Random programs mean compiled what they mean in virtual time. More of them: npm run test:oracle.
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { playGenerated } from '../oracle/generated.js';
import { singleNodes } from '../oracle/single.js';
import { systems } from '../oracle/system.js';
import { oraclePrograms } from '../support/oracle-shard.js';
import { KernelBench } from '../support/kernel-run.js';
import { Scratch } from '../support/scratch.js';

const SEED = 20260101;
/** With those of the systems, which have at least two each, 500 programs or more. */
const ALL_PROGRAMS = 460;
const PROGRAMS = oraclePrograms(ALL_PROGRAMS);
const SYSTEMS = oraclePrograms(20);
const LONGEST_MS = 900_000;

const scratch = new Scratch();
let bench: KernelBench;
beforeAll(() => {
  bench = new KernelBench(scratch);
});
afterAll(() => {
  scratch.cleanUp();
});

test(
  'programs of one node',
  async () => {
    const { played, failure, coverage } = await playGenerated(singleNodes(bench), { seed: SEED, count: PROGRAMS });
    expect(failure).toBeNull();
    expect(played).toBe(PROGRAMS);
    expect(bench.early).toBeGreaterThan(0);
    // All instructions, guards both ways, errors, handlers, causes of drops, steps of scripts.
    if (PROGRAMS === ALL_PROGRAMS) expect(coverage.missing()).toEqual([]);
  },
  LONGEST_MS,
);

test(
  'systems of two to four nodes',
  async () => {
    const { played, failure } = await playGenerated(systems(scratch), { seed: SEED, count: SYSTEMS });
    expect(failure).toBeNull();
    expect(played).toBe(SYSTEMS);
  },
  LONGEST_MS,
);
