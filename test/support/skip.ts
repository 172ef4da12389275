import { test } from '@jest/globals';

/**
 * `test`, or a `test.skip` that says why: `testUnless(reason)('name', ...)`. `reason` is undefined when the test can be run.
 * The summary of `npm test` prints the reason, and fails on a skip without one.
 */
export function testUnless(reason: string | undefined): (name: string, body: () => void | Promise<void>) => void {
  if (reason === undefined) return test;
  return (name, body) => {
    test.skip(`${name} (skipped: ${reason})`, body);
  };
}
