import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { KernelBench } from '../support/kernel-run.js';
import { actualLines, expectedLines } from '../support/oracle-expect.js';
import { caseOf, readSample, sampleNames } from '../support/sample.js';
import { Scratch } from '../support/scratch.js';

const scratch = new Scratch();
let bench: KernelBench;
beforeAll(() => {
  bench = new KernelBench(scratch);
});
afterAll(() => scratch.cleanUp());

/** What the kernel does not keep in this form; no sample asks for it. */
const NOT_KEPT = { queues: {}, peers: {}, applications: [], gate: 'none' };

describe.each(sampleNames())('%s', (name) => {
  const sample = readSample(name);

  test.each(sample.nodes)('$file does in the kernel what is expected', async (node) => {
    const sampleCase = caseOf(sample, node);
    const result = await bench.play(sampleCase);
    expect(actualLines(sampleCase, { ...NOT_KEPT, ...result })).toEqual(expectedLines(sampleCase));
  });
});
