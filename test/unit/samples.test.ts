import { describe, expect, test } from '@jest/globals';
import { actualLines, expectedLines } from '../support/oracle-expect.js';
import { runCaseOnOracle } from '../support/oracle-run.js';
import { caseOf, readSample, sampleNames, simulatedExpectations, simulatedLines } from '../support/sample.js';

test('there are samples', () => {
  expect(sampleNames().length).toBeGreaterThanOrEqual(5);
});

describe.each(sampleNames())('%s', (name) => {
  const sample = readSample(name);

  test.each(sample.nodes)('$file does in virtual time what is expected', (node) => {
    const sampleCase = caseOf(sample, node);
    expect(actualLines(sampleCase, runCaseOnOracle(sampleCase))).toEqual(expectedLines(sampleCase));
  });

  // A simulation has no applications that write.
  if (sample.nodes.every(({ writes }) => writes.length === 0)) {
    test('its nodes together do what is expected', () => {
      expect(simulatedLines(sample)).toEqual(simulatedExpectations(sample));
    });
  }
});
